// SPDX-License-Identifier: GPL-2.0-only
/*
 * Who holds locks, on synthetic records: each case is a script for holders_play.inc and what must
 * come of it. Every case also checks that slices do not overlap and that all sums are exact.
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
#include "model/holding.h"
#include "model/model.h"
#include "trace/info.h"
#include "trace/reader.h"

#include "tests/unit/holders_play.inc"

struct expect {
	const char *name, *script, *holds;
	const char *waits; /* "tid for HOLDER:CONFIDENCE" per wait; NULL = no matter */
};

static void check(void **state)
{
	const struct expect *e = *state;
	struct run r;

	play_all(&r, e->script);
	assert_string_equal(strbuf__text(&r.holds), e->holds);
	if (e->waits)
		assert_string_equal(strbuf__text(&r.waits), e->waits);
	end(&r);
}

static const struct expect cases[] = {
	{"the owner's field, until the release",
	 "100 block 11 10 a; 200 wake 11 10 a; 210 in 11 0 a;",
	 "a 10 high 100-200 @200, a 10 low 200-210", "11 for 10:3"},

	{"no owner: who releases it had it", "100 block 11 0 a; 200 wake 11 10 a; 210 in 11 0 a;",
	 "a 10 medium 100-200 @200, a 10 low 200-210", "11 for 10:2"},

	{"the woken thread is the next owner when it runs",
	 "90 sleep 13 0 a; 100 block 11 10 a; 110 block 12 10 a; 200 wake 11 10 a; 201 sleep 10 0 "
	 "a;"
	 "210 in 11 0 a; 300 wake 12 11 a; 301 sleep 11 0 a; 320 in 12 0 a;",
	 "a 10 high 100-200 @200, a 10 low 200-201, a 0 none 201-210, a 11 medium 210-300 @300, "
	 "a 11 low 300-301, a 0 none 301-320",
	 "11 for 10:3, 12 for 10:3"},

	{"woken in vain: who released it had taken it again",
	 "100 block 11 10 a; 200 wake 11 10 a; 230 in 11 0 a; 232 block 11 10 a; 300 wake 11 10 a;"
	 "330 in 11 0 a;",
	 "a 10 high 100-200 @200, a 10 low 200-232, a 10 high 232-300 @300, a 10 low 300-330",
	 NULL},

	{"woken in vain: a third one came first",
	 "90 block 13 10 a; 100 block 11 10 a; 200 wake 11 10 a; 201 sleep 10 0 a; 220 in 11 0 a;"
	 "222 block 11 12 a; 300 wake 11 12 a; 301 sleep 12 0 a; 310 in 11 0 a; 400 wake 13 11 a;"
	 "410 in 13 0 a;",
	 "a 10 high 90-200 @200, a 12 low 200-222, a 12 high 222-300 @300, a 12 low 300-301, "
	 "a 0 none 301-310, a 11 medium 310-400 @400, a 11 low 400-410",
	 NULL},

	{"who did not run cannot have taken it",
	 "80 sleep 12 0 a; 100 block 11 10 a; 110 block 13 10 a; 200 wake 11 10 a; 201 sleep 10 0 "
	 "a;"
	 "240 timer 12 0 a; 250 in 12 0 a; 270 in 11 0 a; 272 block 11 12 a; 300 wake 13 12 a;"
	 "310 in 13 0 a;",
	 "a 10 high 100-200 @200, a 10 low 200-201, a 0 none 201-250, a 12 low 250-272, "
	 "a 12 high 272-300 @300, a 12 low 300-310, a 13 medium 310-4000",
	 NULL},

	{"the first one to block cannot tell, and the woken one fails at once",
	 "100 block 11 0 a; 200 wake 11 10 a; 210 in 11 0 a; 212 block 11 0 a; 300 wake 11 10 a;"
	 "310 in 11 0 a;",
	 "a 10 medium 100-200 @200, a 10 low 200-300 @300, a 10 low 300-310",
	 "11 for 10:2, 11 for 10:2"},

	{"woken while it was still leaving: its block says who has it now",
	 "90 block 12 10 a; 100 wake 11 10 a; 102 block 11 13 a; 120 in 11 0 a; 122 block 11 13 a;"
	 "200 wake 12 13 a; 210 in 12 0 a; 300 wake 11 12 a; 310 in 11 0 a;",
	 "a 10 high 90-100 @100, a 13 low 100-102, a 13 medium 102-122, a 13 high 122-200 @200, "
	 "a 13 low 200-210, a 12 medium 210-300 @300, a 12 low 300-310",
	 NULL},

	{"two who woke up, and the lock changed hands unseen",
	 "90 block 11 10 a; 100 wake 11 10 a; 101 block 12 10 a; 110 wake 12 10 a; 115 in 11 0 a;"
	 "200 block 13 10 a; 220 wake 13 10 a; 230 in 13 0 a; 231 in 12 0 a;",
	 "a 10 high 90-100 @100, a 10 low 100-101, a 10 high 101-110 @110, a 10 low 110-115, "
	 "a 11 low 115-157.5, a 10 low 157.5-200, a 10 high 200-220 @220, a 10 low 220-230, "
	 "a 13 low 230-231",
	 NULL},

	{"priority inheritance: the kernel hands it over",
	 "100 pi 11 10 a; 110 pi 12 10 a; 200 unlockpi 11 10 a; 250 in 11 0 a; 260 pi 10 11 a;"
	 "300 unlockpi 12 11 a; 310 in 12 0 a;",
	 "a 10 high 100-200 @200, a 11 medium 200-260, a 11 high 260-300 @300, "
	 "a 12 medium 300-4000",
	 NULL},

	{"robust", "100 robust 11 10 a; 200 wake 11 10 a; 210 in 11 0 a;",
	 "a 10 high 100-200 @200, a 10 low 200-210", "11 for 10:3"},

	{"stdio: the owner's thread pointer", "100 stdio 11 10 a; 200 wake 11 10 a; 200 in 11 0 a;",
	 "a 10 high 100-200 @200", "11 for 10:3"},

	{"a number in somebody's data is no owner",
	 "100 data 11 12 a; 200 wake 11 10 a; 200 in 11 0 a;", "a 10 medium 100-200 @200",
	 "11 for 10:2"},

	{"nor is a thread that has ended",
	 "50 end 12 0 a; 100 block 11 12 a; 200 wake 11 10 a;"
	 "200 in 11 0 a;",
	 "a 10 medium 100-200 @200", "11 for 10:2"},

	{"nor one of another process", "100 block 11 14 a; 200 wake 11 10 a; 200 in 11 0 a;",
	 "a 10 medium 100-200 @200", "11 for 10:2"},

	{"between processes",
	 "100 shared 11 14 a; 200 wake 11 14 a; 201 sleep 14 0 a; 210 in 11 0 a;",
	 "a 14 high 100-200 @200, a 14 low 200-201, a 0 none 201-210", "11 for 14:3"},

	{"readers wait for a writer, then hold together",
	 "100 reads 11 10 a; 110 reads 12 10 a; 200 wake 11 10 a; 201 wake 12 10 a; 202 sleep 10 0 "
	 "a;"
	 "210 in 11 0 a; 220 in 12 0 a;",
	 "a 10 high 100-200 @200, a 10 low 200-202, a 0 none 202-210, a 0 none 210-220", NULL},

	{"a writer waits for readers; the last one lets go",
	 "100 writes 11 0 a; 200 wake 11 12 a; 200 in 11 0 a;", "a 12 low 100-200 @200", NULL},

	{"a writer waits for a writer", "100 writes 11 10 a; 200 wake 11 10 a; 200 in 11 0 a;",
	 "a 10 high 100-200 @200", "11 for 10:3"},

	{"the holder ends with it in hand", "100 block 11 10 a; 110 block 12 10 a; 200 end 10 0 a;",
	 "a 10 high 100-200, a 0 none 200-4000", NULL},

	{"a loss: nothing is known any more",
	 "100 block 11 10 a; 200 lost 300 0 a; 400 wake 11 10 a; 410 in 11 0 a; 500 block 12 10 a;"
	 "600 wake 12 10 a; 600 in 12 0 a;",
	 "a 10 high 100-200, a 0 none 200-300, a 10 high 500-600 @600", NULL},

	{"a waiter gives up: nobody waits, nothing is told",
	 "100 timed 11 10 a; 200 timer 11 0 a; 210 in 11 0 a; 400 block 12 10 a; 500 wake 12 10 a;"
	 "500 in 12 0 a;",
	 "a 10 high 100-200, a 10 medium 200-210, a 10 high 400-500 @500", NULL},

	{"one of two gives up: the other one sleeps on",
	 "100 timed 11 10 a; 110 block 12 10 a; 200 timer 11 0 a; 210 in 11 0 a; 300 wake 12 10 a;"
	 "300 in 12 0 a;",
	 "a 10 high 100-300 @300", NULL},

	{"whoever is thought to hold it waits for it itself",
	 "90 block 13 0 a; 100 block 11 0 a; 150 wake 11 10 a; 160 in 11 0 a; 170 sleep 11 0 a;"
	 "200 timer 11 0 a; 200 in 11 0 a; 210 block 11 12 a; 300 wake 13 12 a; 300 in 13 0 a;",
	 "a 10 medium 90-150 @150, a 10 low 150-160, a 11 low 160-210, a 12 high 210-300 @300, "
	 "a 13 medium 300-4000",
	 NULL},

	{"who had it blocks on something else with it in hand",
	 "90 block 12 10 a; 100 block 11 10 a; 200 wake 11 10 a; 201 sleep 10 0 a; 210 in 11 0 a;"
	 "220 sleep 11 0 a; 300 timer 11 0 a; 310 in 11 0 a; 400 wake 12 11 a; 400 in 12 0 a;",
	 "a 10 high 90-200 @200, a 10 low 200-201, a 0 none 201-210, a 11 medium 210-400 @400",
	 NULL},
};

static struct holder_total total_of(const struct run *r, size_t object, uint32_t tid)
{
	struct holder_total total;
	size_t i;

	for (i = 0; model__holder(r->m, object, i, &total); i++)
		if ((total.task ? total.task->tid : 0) == tid)
			return total;
	fail_msg("thread %u is no holder", tid);
	return total;
}

/* What the holder did meanwhile: it ran, slept, waited for a CPU, and waited for lock b. */
static void test_while(void **state)
{
	struct holder_total total;
	struct handoffs handoffs;
	struct run r;

	(void)state;
	play_all(&r, "50 block 12 13 b; 100 block 11 10 a; 120 sleep 10 0 a; 150 timer 10 0 a;"
		     "160 in 10 0 a; 170 out 10 0 a; 175 in 10 0 a; 180 block 10 13 b;"
		     "280 wake 10 13 b; 290 in 10 0 a; 300 wake 11 10 a; 307 in 11 0 a;");
	total = total_of(&r, 1, 10);
	assert_int_equal(total.ns, 207000);
	assert_int_equal(total.running_ns, 20000 + 10000 + 5000 + 10000 + 7000);
	assert_int_equal(total.runnable_ns, 10000 + 5000 + 10000);
	assert_int_equal(total.blocked_ns[CAUSE_SLEEP], 30000);
	assert_int_equal(total.blocked_ns[CAUSE_MUTEX], 100000);
	assert_int_equal(total.unknown_ns, 0);
	assert_true(model__handoffs(r.m, 1, &handoffs));
	assert_int_equal(handoffs.count, 1);
	assert_int_equal(handoffs.p50_ns, 7000);
	assert_int_equal(handoffs.max_ns, 7000);
	assert_int_equal(model__confidence(r.m, 1), CONFIDENCE_HIGH);
	assert_int_equal(model__confidence(r.m, 99), CONFIDENCE_NONE);
	end(&r);
}

/* Many hand-offs, more than are kept one by one. */
static void test_handoffs(void **state)
{
	struct strbuf script = {0};
	struct handoffs handoffs;
	unsigned int i, at = 100;
	struct run r;

	(void)state;
	for (i = 0; i < 80; i++, at += 10)
		strbuf__printf(&script,
			       "%u block 11 10 a; %u wake 11 10 a; %u in 11 0 a; %u sleep 11 0 a;"
			       "%u timer 11 0 a; %u in 11 0 a;",
			       at, at + 2, at + 2 + i % 4, at + 6, at + 7, at + 8);
	play_all(&r, strbuf__text(&script));
	assert_true(model__handoffs(r.m, 0, &handoffs));
	assert_int_equal(handoffs.count, 80);
	assert_int_equal(handoffs.total_ns, 20 * 6000);
	assert_int_equal(handoffs.max_ns, 3000);
	assert_in_range(handoffs.p50_ns, 1000, 1040);
	end(&r);
	strbuf__free(&script);
}

/* More holders than are looked for one by one; they held for 1 us, 2 us and so on, twice. */
static void test_many_holders(void **state)
{
	const unsigned int many = 30;
	struct holder_total total;
	struct strbuf script = {0};
	unsigned int i, at = 100;
	struct run r;

	(void)state;
	begin(&r, &info, &trailer);
	for (i = 0; i < many; i++)
		give_birth(&r, OTHER + 1 + i);
	for (i = 0; i < 2 * many; i++) {
		uint32_t tid = OTHER + 1 + i % many;

		strbuf__printf(&script, "%u block 11 %u a; %u wake 11 %u a; %u in 11 0 a;", at, tid,
			       at + 1 + i % many, tid, at + 1 + i % many);
		at += 2 + i % many;
	}
	run_script(&r, strbuf__text(&script));
	assert_int_equal(model__finish(r.m), 0);
	check_sums(&r);
	for (i = 0; i < many; i++) {
		assert_true(model__holder(r.m, 0, i, &total));
		assert_int_equal(total.task->tid, OTHER + many - i);
		assert_in_range(total.ns, 2000 * (many - i), 2000 * (many - i) + 2000);
	}
	assert_true(model__holder(r.m, 0, 3, &total)); /* going back is allowed, too */
	assert_int_equal(total.task->tid, OTHER + many - 3);
	end(&r);
	strbuf__free(&script);
}

/* Circles as "tid on lock, ..." */
static void check_circles(const char *script, const char *expected)
{
	const struct model_task *tasks[8];
	const struct sync_object *objects[8];
	struct strbuf found = {0};
	size_t i, j, n;
	struct run r;

	play_all(&r, script);
	for (i = 0; (n = model__deadlock(r.m, i, tasks, objects, 8)); i++)
		for (j = 0; j < n; j++)
			strbuf__printf(&found, "%s%u %s",
				       j	   ? ", "
				       : found.len ? "; "
						   : "",
				       tasks[j]->tid, cause__name(objects[j]->kind));
	assert_string_equal(strbuf__text(&found), expected);
	assert_int_equal(model__deadlock(r.m, i, tasks, objects, 1), 0);
	strbuf__free(&found);
	end(&r);
}

static void test_deadlock(void **state)
{
	(void)state;
	check_circles("100 block 10 11 a; 110 block 11 10 b;", "10 mutex, 11 mutex");
	check_circles("100 block 10 11 a; 110 block 11 12 b; 120 block 12 10 c; 130 block 13 10 c;",
		      "10 mutex, 11 mutex, 12 mutex");
	check_circles("100 block 10 11 a; 110 block 11 10 b; 120 block 12 13 c; 130 block 13 12 d;",
		      "10 mutex, 11 mutex; 12 mutex, 13 mutex");
	check_circles("100 block 10 10 a;", "10 mutex");
	check_circles("100 join 10 11 a; 110 block 11 10 b;", "10 join, 11 mutex");
	check_circles("100 pi 10 11 a; 110 writes 11 10 b;", "10 mutex, 11 rwlock");
}

static void test_no_deadlock(void **state)
{
	(void)state;
	check_circles("100 block 10 11 a; 110 block 11 12 b; 120 sleep 12 0 a;", "");
	check_circles("100 timed 10 11 a; 110 block 11 10 b;", "");
	check_circles("100 block 10 11 a; 110 block 11 10 b; 200 wake 10 11 a; 210 in 10 0 a;", "");
	check_circles("100 block 10 11 a; 110 block 11 10 b; 200 lost 210 0 a;", "");
	check_circles("100 data 10 11 a; 110 data 11 10 b;", "");
}

/* The program is killed where it hangs: the threads run once more, to end. */
static void test_killed(void **state)
{
	(void)state;
	check_circles("100 block 10 11 a; 110 block 11 10 b; 200 signal 10 0 a; 200 signal 11 0 a;"
		      "210 in 10 0 a; 220 end 10 0 a; 230 in 11 0 a; 240 end 11 0 a;",
		      "10 mutex, 11 mutex");
	check_circles("100 block 10 11 a; 110 block 11 10 b; 200 signal 10 0 a; 210 in 10 0 a;"
		      "290 signal 11 0 a; 300 in 11 0 a; 310 sleep 10 0 a; 320 end 11 0 a;",
		      "");
}

static uint32_t random_below(uint32_t *seed, uint32_t n)
{
	*seed = *seed * 1103515245 + 12345;
	return (*seed >> 16) % n;
}

/* Threads that do anything at any time: what is told must hold together all the same. */
static void test_anything(void **state)
{
	static const char *const blocks[] = {"block",  "pi",   "robust", "stdio",  "reads",
					     "writes", "data", "timed",	 "shared", "join"};
	unsigned int round, i, us;
	struct line l;
	struct run r;

	(void)state;
	for (round = 1; round <= 400; round++) {
		bool out[THREADS] = {false};
		uint32_t seed = round, tid;

		begin(&r, &info, &trailer);
		for (tid = FIRST; tid < FIRST + THREADS; tid++)
			give_birth(&r, tid);
		for (i = 0, us = 50; i < 300; i++) {
			us += random_below(&seed, 5);
			l = (struct line){.us = us,
					  .tid = FIRST + random_below(&seed, THREADS),
					  .arg = FIRST + random_below(&seed, THREADS)};
			l.lock = (char)('a' + random_below(&seed, 3));
			if (random_below(&seed, 60) == 0) {
				l.tid = us + random_below(&seed, 20);
				strcpy(l.what, "lost");
				play(&r, &l);
				continue;
			}
			if (out[l.tid - FIRST]) {
				strcpy(l.what, random_below(&seed, 8) ? "wake" : "timer");
				if (out[l.arg - FIRST])
					strcpy(l.what, "timer");
				if (random_below(&seed, 2)) {
					strcpy(l.what, "in");
					out[l.tid - FIRST] = false;
				}
			} else {
				strcpy(l.what, random_below(&seed, 3)
						       ? blocks[random_below(&seed, 10)]
						       : "sleep");
				out[l.tid - FIRST] = true;
			}
			if (!strcmp(l.what, "timer"))
				l.arg = 0;
			play(&r, &l);
		}
		assert_int_equal(model__finish(r.m), 0);
		check_sums(&r);
		end(&r);
	}
}

int main(void)
{
	struct CMUnitTest tests[64] = {0};
	size_t count = 0, i;

	for (i = 0; i < sizeof(cases) / sizeof(cases[0]); i++)
		tests[count++] = (struct CMUnitTest){.name = cases[i].name,
						     .test_func = check,
						     .initial_state = (void *)&cases[i]};
	tests[count++] = (struct CMUnitTest)cmocka_unit_test(test_while);
	tests[count++] = (struct CMUnitTest)cmocka_unit_test(test_handoffs);
	tests[count++] = (struct CMUnitTest)cmocka_unit_test(test_many_holders);
	tests[count++] = (struct CMUnitTest)cmocka_unit_test(test_deadlock);
	tests[count++] = (struct CMUnitTest)cmocka_unit_test(test_no_deadlock);
	tests[count++] = (struct CMUnitTest)cmocka_unit_test(test_killed);
	tests[count++] = (struct CMUnitTest)cmocka_unit_test(test_anything);
	return _cmocka_run_group_tests("holders", tests, count, NULL, NULL);
}
