// SPDX-License-Identifier: GPL-2.0-only
/*
 * Python's interpreter lock: which waits are for it, and who had it when. Scripts for
 * holders_play.inc, as threads of CPython 3.11 were seen to do it: "gil" waits for the lock with a
 * timeout, "frees" wakes one from there, "gives" waits until another one has taken it, "takes"
 * wakes one from there; "inner" and "inwakes" are about the mutex that guards its fields.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "lib/strbuf.h"
#include "model/entity.h"
#include "model/futex.h"
#include "model/gil.h"
#include "model/holding.h"
#include "model/model.h"
#include "trace/info.h"
#include "trace/reader.h"

#include "tests/unit/holders_play.inc"

struct expect {
	const char *name, *script, *holds;
	const char *waits; /* as in test_holders.c */
};

static void check(void **state)
{
	const struct expect *e = *state;
	const struct sync_object *object;
	struct run r;
	size_t i;

	play_all(&r, e->script);
	assert_string_equal(strbuf__text(&r.holds), e->holds);
	if (e->waits)
		assert_string_equal(strbuf__text(&r.waits), e->waits);
	for (i = 0; (object = model__object(r.m, i)); i++)
		if ((object->kind == CAUSE_GIL) != (object->pid == FIRST))
			fail_msg("%s: a %s", e->name, cause__name(object->kind));
	assert_true(model__object_count(r.m) <= 1);
	end(&r);
}

/* What a thread did is remembered from when it first had to do with a lock. */
#define BEFORE "10 gil 10 0 p; 20 frees 10 11 p; 25 in 10 0 p;"
#define HELD   "p 11 medium 10-20 @20, p 0 none 20-25, "

static const struct expect cases[] = {
	{"who frees it had it; who is woken by that takes it, and says so",
	 "100 gil 11 0 p; 200 frees 11 10 p; 205 gives 10 0 p; 220 in 11 0 p; 222 takes 10 11 p;"
	 "230 in 10 0 p; 232 gil 10 0 p; 300 frees 10 11 p; 310 in 10 0 p;",
	 "p 10 medium 100-200 @200, p 0 none 200-220, p 11 medium 220-222, p 11 medium 222-300 "
	 "@300, "
	 "p 0 none 300-310",
	 "11 for 10:2, 10 for 11:2, 10 for 11:2"},

	{"a timeout is no release",
	 "100 gil 11 0 p; 200 timer 11 0 p; 202 in 11 0 p; 206 gil 11 0 p; 300 frees 11 10 p;"
	 "310 in 11 0 p;",
	 "p 10 medium 100-300 @300, p 0 none 300-310", NULL},

	{"made to let go while the other one was awake: seen where it waits for it to be taken",
	 BEFORE
	 "100 gil 11 0 p; 1200 timer 11 0 p; 1202 in 11 0 p; 1230 gives 10 0 p; 1231 takes 10 11 p;"
	 "1240 in 10 0 p; 1242 gil 10 0 p; 1300 frees 10 11 p; 1310 in 10 0 p;",
	 HELD "p 10 medium 100-1230, p 11 low 1230-1231, p 11 medium 1231-1300 @1300, "
	      "p 0 none 1300-1310",
	 NULL},

	{"let go while the other one was awake, who has taken it by then: it had computed for long",
	 BEFORE
	 "100 gil 11 0 p; 1200 timer 11 0 p; 1202 in 11 0 p; 1230 gil 10 0 p; 1300 frees 10 11 p;"
	 "1310 in 10 0 p;",
	 HELD "p 10 medium 100-1230, p 11 low 1230-1300 @1300, p 0 none 1300-1310", NULL},

	{"back from a system call, it had not",
	 "50 sleep 12 0 z; 100 gil 11 0 p; 1200 timer 11 0 p; 1202 in 11 0 p; 1210 wake 12 10 z;"
	 "1215 in 12 0 z; 1230 gil 12 0 p; 1300 frees 12 11 p; 1310 in 12 0 p;",
	 "p 0 none 100-1202, p 11 medium 1230-1300 @1300, p 0 none 1300-1310", NULL},

	{"the mutex that guards its fields is a part of it, and tells nothing",
	 "100 gil 11 0 p; 200 frees 11 10 p; 210 in 11 0 p; 212 inner 11 10 p; 214 inwakes 11 10 p;"
	 "220 in 11 0 p; 230 gil 12 0 p; 300 frees 12 11 p; 310 in 12 0 p;",
	 "p 10 medium 100-200 @200, p 0 none 200-210, p 11 medium 230-300 @300, p 0 none 300-310",
	 NULL},

	{"of another process, which has no Python at that address", "100 gil 14 0 p;", "", NULL},
};

/* --- the classification alone --- */

#define STATE 0x10000
#define LEN   0x1000

static const struct word_row {
	const char *name;
	uint64_t uaddr;
	bool timeout, condvar;
	uint32_t val;
	uint64_t gil; /* where the lock is known to be before; 0 = not */
	bool want;
	unsigned int offset;
	bool unknown; /* what is at the address */
} words[] = {
	{"the first wait, with a timeout", STATE + 0x128, true, true, 0, 0, true, 40, false},
	{"its other word", STATE + 0x12c, true, true, 0, 0, true, 44, false},
	{"the first wait, for it to be taken", STATE + 0x180, false, true, 0, 0, true, 128, false},
	{"before the state", STATE - 8, true, true, 0, 0, false, 0, false},
	{"behind the state", STATE + LEN, true, true, 0, 0, false, 0, false},
	{"the lock would begin before the state", STATE + 32, true, true, 0, 0, false, 0, false},
	{"the same, where it is taken", STATE + 100, false, true, 0, 0, false, 0, false},
	{"its own counts being changed", STATE + 0x128, true, false, 0, 0, true, 40, false},
	{"no condition variable", STATE + 0x128, false, false, 0, 0, false, 0, false},
	{"words not known", STATE + 0x128, true, false, 0, 0, true, 40, true},
	{"a mutex, words not known", STATE + 0x130, false, false, 2, 0, false, 0, true},
	{"a mutex, and the lock is not known", STATE + 0x130, false, false, 2, 0, false, 0, false},
	{"the lock's mutex", STATE + 0x130, false, false, 2, STATE + 0x100, true, 48, false},
	{"the other one's", STATE + 0x188, false, false, 2, STATE + 0x100, true, 136, false},
	{"behind it all", STATE + 0x100 + 176, false, false, 2, STATE + 0x100, false, 0, false},
	{"a condition variable elsewhere in it", STATE + 0x428, true, true, 0, STATE + 0x100, false,
	 0, false},
};

static void test_words(void **state)
{
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(words) / sizeof(*words); i++) {
		const struct word_row *row = &words[i];
		struct python_state python = {.start = STATE, .len = LEN, .gil = row->gil};
		struct futex_wait w = {.uaddr = row->uaddr,
				       .val = row->val,
				       .timeout = row->timeout,
				       .op = 0x89,
				       .has_words = !row->unknown};
		unsigned int offset = 0;

		if (gil__waited(&python, &w, row->condvar, 40, &offset) != row->want)
			fail_msg("%s", row->name);
		if (offset != row->offset)
			fail_msg("%s: offset %u", row->name, offset);
	}
}

/* arm64: mutexes of 48 bytes. */
static void test_wider_mutex(void **state)
{
	struct python_state python = {.start = STATE, .len = LEN};
	struct futex_wait w = {.uaddr = STATE + 0x188, .op = 0x89, .has_words = true};
	unsigned int offset = 0;

	(void)state;
	assert_true(gil__waited(&python, &w, true, 48, &offset));
	assert_int_equal(offset, 136);
	assert_true(python.gil == STATE + 0x100);
	w = (struct futex_wait){.uaddr = STATE + 0x1bc, .val = 2, .op = 0x80, .has_words = true};
	assert_true(gil__waited(&python, &w, false, 48, &offset));
	w.uaddr += 4;
	assert_false(gil__waited(&python, &w, false, 48, &offset));
}

static void test_meaning(void **state)
{
	const struct sync_object object = {
		.kind = CAUSE_GIL, .address = 0x5080, .offset = 128, .mutex_bytes = 40};
	const struct sync_object arm64 = {
		.kind = CAUSE_GIL, .address = 0x5088, .offset = 136, .mutex_bytes = 48};
	const struct sync_object other = {.kind = CAUSE_CONDVAR, .address = 0x5028, .offset = 40};

	(void)state;
	assert_int_equal(gil__word(&object, 0x5028), GIL_FREE);
	assert_int_equal(gil__word(&object, 0x502c), GIL_FREE);
	assert_int_equal(gil__word(&object, 0x5080), GIL_TAKEN);
	assert_int_equal(gil__word(&object, 0x5084), GIL_TAKEN);
	assert_int_equal(gil__word(&object, 0x5030), GIL_NONE); /* its mutex */
	assert_int_equal(gil__word(&object, 0x5020), GIL_NONE); /* the condvar's own lock */
	assert_int_equal(gil__word(&object, 0x5000 - 4), GIL_NONE);
	assert_int_equal(gil__word(&other, 0x5028), GIL_NONE);
	assert_int_equal(gil__word(&arm64, 0x5028), GIL_FREE);
	assert_int_equal(gil__word(&arm64, 0x5080), GIL_NONE);
	assert_int_equal(gil__word(&arm64, 0x508c), GIL_TAKEN);
}

int main(void)
{
	struct CMUnitTest tests[32] = {0};
	size_t count = 0, i;

	for (i = 0; i < sizeof(cases) / sizeof(cases[0]); i++)
		tests[count++] = (struct CMUnitTest){.name = cases[i].name,
						     .test_func = check,
						     .initial_state = (void *)&cases[i]};
	tests[count++] = (struct CMUnitTest)cmocka_unit_test(test_words);
	tests[count++] = (struct CMUnitTest)cmocka_unit_test(test_wider_mutex);
	tests[count++] = (struct CMUnitTest)cmocka_unit_test(test_meaning);
	return _cmocka_run_group_tests("gil", tests, count, NULL, NULL);
}
