// SPDX-License-Identifier: GPL-2.0-only
/* Each idle nanosecond of each CPU has one cause: the rules one by one, and that all adds up. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include <cmocka.h>

#include "analysis/idle_shares.h"
#include "analysis/rows.h"
#include "analysis/settle.h"
#include "tests/unit/fake_model.inc"

static struct report *analyse(const struct fake *f)
{
	struct report *r = fake__report(f);

	assert_non_null(r);
	return r;
}

/* All idle time with this cause; object: that of one, -1 = of all, -2 = of none. */
static int64_t time_of(const struct report *r, const char *cause, int64_t object)
{
	const struct report_table *t = report__find(r, "idle.by");
	int64_t ns = 0;
	size_t row;

	for (row = 0; row < table__rows(t); row++) {
		bool has = table__has(t, row, "sync");

		if (strcmp(table__text(t, row, "cause"), cause) != 0)
			continue;
		if (object == -1 || (object == -2 && !has) ||
		    (has && table__int(t, row, "sync") == object))
			ns += table__int(t, row, "ns");
	}
	return ns;
}

static int64_t of_cpu(const struct report *r, size_t cpu, const char *cause)
{
	const struct report_table *t = report__find(r, "cpus.idle_because");
	int64_t ns = 0;
	size_t row;

	for (row = 0; row < table__rows(t); row++)
		if (table__parent_row(t, row) == cpu &&
		    (!cause || !strcmp(table__text(t, row, "cause"), cause)))
			ns += table__int(t, row, "ns");
	return ns;
}

static int64_t sum(const struct report *r, const char *table, const char *key)
{
	const struct report_table *t = report__find(r, table);
	int64_t ns = 0;
	size_t row;

	for (row = 0; row < table__rows(t); row++)
		ns += table__int(t, row, key);
	return ns;
}

/* What must hold whatever happened. */
static void check_sums(const struct report *r)
{
	const struct report_table *cpus = report__find(r, "cpus");
	unsigned int cause;
	size_t cpu;

	for (cpu = 0; cpu < table__rows(cpus); cpu++)
		assert_int_equal(of_cpu(r, cpu, NULL), table__int(cpus, cpu, "idle_ns"));
	assert_int_equal(sum(r, "idle.by", "ns"), sum(r, "cpus", "idle_ns"));
	for (cause = 0; cause < IDLE_CAUSES; cause++) {
		int64_t ns = 0;

		for (cpu = 0; cpu < table__rows(cpus); cpu++)
			ns += of_cpu(r, cpu, idle_cause__name(cause));
		assert_int_equal(ns, time_of(r, idle_cause__name(cause), -1));
	}
}

/* One rule: a busy thread on CPU 0 for `ns`, and another thread that does one thing meanwhile. */
struct rule {
	const char *name;
	unsigned int cpus;
	enum task_state state;
	enum cause cause; /* blocked */
	bool preempted, throttled;
	uint64_t allowed; /* 0 = everywhere */
	uint64_t ns;
	struct {
		const char *cause;
		int64_t ns;
	} expect[3];
};

static const struct rule rules[] = {
	{"just woken", 2, TASK_RUNNABLE, 0, false, false, 0, 50000, {{"wakeup", 50000}}},
	{"woken a while ago",
	 2,
	 TASK_RUNNABLE,
	 0,
	 false,
	 false,
	 0,
	 80000,
	 {{"wakeup", 50000}, {"balance", 30000}}},
	{"preempted", 2, TASK_RUNNABLE, 0, true, false, 0, 80000, {{"balance", 80000}}},
	{"not allowed there", 2, TASK_RUNNABLE, 0, false, false, 1, 80000, {{"affinity", 80000}}},
	{"allowed on one of two",
	 3,
	 TASK_RUNNABLE,
	 0,
	 true,
	 false,
	 5,
	 80000,
	 {{"balance", 80000}, {"no-thread", 80000}}},
	{"throttled", 2, TASK_RUNNABLE, 0, true, true, 0, 80000, {{"throttled", 80000}}},
	{"throttled and not allowed",
	 2,
	 TASK_RUNNABLE,
	 0,
	 true,
	 true,
	 1,
	 80000,
	 {{"throttled", 80000}}},
	{"blocked", 2, TASK_BLOCKED, CAUSE_DISK, false, false, 0, 80000, {{"disk", 80000}}},
	{"blocked, and too few",
	 4,
	 TASK_BLOCKED,
	 CAUSE_SLEEP,
	 false,
	 false,
	 0,
	 80000,
	 {{"sleep", 80000}, {"no-thread", 160000}}},
	{"joins", 2, TASK_BLOCKED, CAUSE_JOIN, false, false, 0, 80000, {{"join", 80000}}},
	{"nobody knows", 2, TASK_UNKNOWN, 0, false, false, 0, 80000, {{"unknown", 80000}}},
	{"runs", 2, TASK_RUNNING, 0, false, false, 0, 80000, {{"no-thread", 0}}},
	{"runs, and too few", 3, TASK_RUNNING, 0, false, false, 0, 80000, {{"no-thread", 80000}}},
};

static void test_rules(void **state)
{
	size_t i, e;

	(void)state;
	for (i = 0; i < sizeof(rules) / sizeof(*rules); i++) {
		const struct rule *rule = &rules[i];
		struct fake *f = fake__new(rule->cpus, 700);
		struct model_task *busy = fake__task(f, "busy", 700);
		struct model_task *other = fake__task(f, "other", 700);
		struct task_slice *slice;
		struct report *r;
		int64_t told = 0;

		print_message("%s\n", rule->name);
		fake__do(f, busy, TASK_RUNNING, rule->ns, 0, NULL);
		fake__do(f, other, rule->state, rule->ns, 1,
			 rule->state == TASK_BLOCKED ? fake__wait(f, rule->cause, NULL) : NULL);
		slice = &f->tasks[f->ntasks - 1];
		slice->preempted = rule->preempted;
		slice->throttled = rule->throttled;
		slice->allowed = rule->allowed ? 1 : 0;
		f->model.allowed[1] = rule->allowed;
		fake__complete(f);
		r = analyse(f);
		check_sums(r);
		for (e = 0; e < 3 && rule->expect[e].cause; e++) {
			assert_int_equal(time_of(r, rule->expect[e].cause, -2), rule->expect[e].ns);
			told += rule->expect[e].ns;
		}
		assert_int_equal(told, sum(r, "cpus", "idle_ns"));
		report__free(r);
		fake__free(f);
	}
}

/* Five CPUs are idle, two of them for threads that could run, one may not, one waits for a lock. */
static void test_all_at_once(void **state)
{
	struct fake *f = fake__new(7, 0);
	const struct wait *wait = fake__wait(f, CAUSE_MUTEX, fake__object(f, CAUSE_MUTEX, 0x10));
	struct report *r;
	int i;

	(void)state;
	for (i = 0; i < 2; i++)
		fake__do(f, fake__task(f, "busy", 0), TASK_RUNNING, 1000, (uint32_t)i, NULL);
	for (i = 0; i < 4; i++) {
		fake__do(f, fake__task(f, "ready", 0), TASK_RUNNABLE, 1000, 0, NULL);
		f->tasks[f->ntasks - 1].allowed = i == 2;
		f->tasks[f->ntasks - 1].preempted = i == 1;
		f->tasks[f->ntasks - 1].throttled = i == 3;
	}
	f->model.allowed[1] = 3;
	fake__do(f, fake__task(f, "waits", 0), TASK_BLOCKED, 1000, 0, wait);
	fake__do(f, fake__task(f, "joins", 0), TASK_BLOCKED, 1000, 0,
		 fake__wait(f, CAUSE_JOIN, NULL));
	fake__complete(f);
	r = analyse(f);
	check_sums(r);
	assert_int_equal(time_of(r, "wakeup", -2), 1000);
	assert_int_equal(time_of(r, "balance", -2), 1000);
	assert_int_equal(time_of(r, "affinity", -2), 1000);
	assert_int_equal(time_of(r, "throttled", -2), 1000);
	assert_int_equal(time_of(r, "mutex", 0), 1000);
	assert_int_equal(time_of(r, "join", -1), 0); /* somebody else is blocked */
	assert_int_equal(of_cpu(r, 6, "mutex"), 200);
	assert_int_equal(of_cpu(r, 0, NULL), 0);
	report__free(r);
	fake__free(f);
}

/* Two idle CPUs are shared by three that could run in proportion: one was just woken. */
static void test_proportion(void **state)
{
	struct fake *f = fake__new(2, 0);
	struct report *r;
	int i;

	(void)state;
	for (i = 0; i < 3; i++) {
		fake__do(f, fake__task(f, "ready", 0), TASK_RUNNABLE, 3000, 0, NULL);
		f->tasks[f->ntasks - 1].preempted = i > 0;
	}
	fake__complete(f);
	r = analyse(f);
	check_sums(r);
	assert_int_equal(time_of(r, "wakeup", -2), 2000);
	assert_int_equal(time_of(r, "balance", -2), 4000);
	assert_int_equal(of_cpu(r, 1, "wakeup"), 1000);
	report__free(r);
	fake__free(f);
}

/* Three wait for one lock and one for another: each has a quarter of the only idle CPU. */
static void test_subjects(void **state)
{
	struct fake *f = fake__new(2, 0);
	struct sync_object *a = fake__object(f, CAUSE_MUTEX, 0x10);
	struct sync_object *b = fake__object(f, CAUSE_MUTEX, 0x20);
	const struct report_table *t;
	struct report *r;
	int i;

	(void)state;
	fake__do(f, fake__task(f, "holder", 0), TASK_RUNNING, 4001, 0, NULL);
	for (i = 0; i < 3; i++)
		fake__do(f, fake__task(f, "a", 0), TASK_BLOCKED, 4001, 0,
			 fake__wait(f, CAUSE_MUTEX, a));
	/* The same word, taken for something else at first. */
	fake__do(f, fake__task(f, "b", 0), TASK_BLOCKED, 4001, 0, fake__wait(f, CAUSE_FUTEX, b));
	fake__complete(f);
	r = analyse(f);
	check_sums(r);
	t = report__find(r, "idle.by");
	assert_int_equal(table__rows(t), 2);
	assert_int_equal(table__int(t, 0, "ns"), 3001);
	assert_string_equal(table__text(t, 0, "subject"), "mutex 0x10");
	assert_string_equal(table__text(t, 1, "cause"), "futex");
	assert_int_equal(table__int(t, 1, "ns"), 1000);
	assert_int_equal(table__int(t, 1, "sync"), 1);
	assert_true(table__real(t, 0, "share") > 0.75 && table__real(t, 0, "share") < 0.751);
	report__free(r);
	fake__free(f);
}

/* A thread is bound to CPU 0; CPU 0 and CPU 1 take turns in being idle. */
static void test_idle_where_allowed(void **state)
{
	struct fake *f = fake__new(2, 0);
	struct model_task *busy = fake__task(f, "busy", 0), *bound = fake__task(f, "bound", 0);
	struct report *r;

	(void)state;
	f->model.allowed[1] = 1;
	fake__do(f, busy, TASK_RUNNING, 1000, 0, NULL);
	fake__do(f, busy, TASK_RUNNING, 500, 1, NULL);
	fake__do(f, bound, TASK_RUNNABLE, 1500, 0, NULL);
	f->tasks[f->ntasks - 1].preempted = true;
	f->tasks[f->ntasks - 1].allowed = 1;
	fake__complete(f);
	r = analyse(f);
	check_sums(r);
	assert_int_equal(of_cpu(r, 1, "affinity"), 1000);
	assert_int_equal(of_cpu(r, 0, "balance"), 500);
	report__free(r);
	fake__free(f);
}

/* More objects than are told one by one. */
static void test_rest(void **state)
{
	struct fake *f = fake__new(1, 0);
	struct model_task *task = fake__task(f, "task", 0);
	const struct report_table *t;
	struct report *r;
	int64_t objects = 0;
	size_t row;
	int i;

	(void)state;
	for (i = 0; i < 250; i++)
		fake__do(f, task, TASK_BLOCKED, (uint64_t)(1000 + i), 0,
			 fake__wait(f, i % 2 ? CAUSE_MUTEX : CAUSE_BARRIER,
				    fake__object(f, CAUSE_MUTEX, (uint64_t)i)));
	fake__complete(f);
	r = analyse(f);
	check_sums(r);
	t = report__find(r, "idle.by");
	assert_int_equal(table__rows(t), 202);
	assert_int_equal(table__int(t, 0, "ns"), 1249);
	for (row = 200; row < 202; row++) {
		assert_false(table__has(t, row, "sync"));
		objects += table__int(t, row, "objects");
	}
	assert_int_equal(objects, 50);
	report__free(r);
	fake__free(f);
}

static uint64_t any(uint64_t *random, uint64_t below)
{
	/* xorshift64* (Vigna 2014) */
	*random ^= *random >> 12;
	*random ^= *random << 25;
	*random ^= *random >> 27;
	return (*random * 0x2545f4914f6cdd1dULL >> 32) * below >> 32;
}

static void play_at_random(struct fake *f, uint64_t *random, unsigned int cpus)
{
	static const enum cause causes[] = {CAUSE_MUTEX, CAUSE_SLEEP, CAUSE_JOIN, CAUSE_CHILD};
	struct model_task *tasks[12];
	uint64_t busy[8] = {0};
	int i;

	for (i = 0; i < 3; i++)
		fake__object(f, CAUSE_MUTEX, (uint64_t)i);
	for (i = 0; i < 12; i++)
		tasks[i] = fake__task(f, "task", any(random, 100000));
	for (i = 0; i < 1500; i++) {
		struct model_task *task = tasks[any(random, 12)];
		enum task_state state = (enum task_state)any(random, 4);
		uint64_t ns = 1 + any(random, any(random, 4) ? 3000 : 300000);
		uint32_t cpu = (uint32_t)any(random, cpus);
		enum cause cause = causes[any(random, 4)];
		struct task_slice *slice;

		if (state == TASK_RUNNING && busy[cpu] > task->end_ns)
			state = TASK_RUNNABLE;
		if (state == TASK_RUNNING)
			busy[cpu] = task->end_ns + ns;
		fake__do(
			f, task, state, ns, cpu,
			fake__wait(f, cause,
				   cause == CAUSE_MUTEX ? f->model.objects[any(random, 3)] : NULL));
		slice = &f->tasks[f->ntasks - 1];
		if (state != TASK_BLOCKED)
			slice->wait = NULL;
		if (state != TASK_RUNNABLE)
			continue;
		slice->preempted = any(random, 2);
		slice->throttled = !any(random, 5);
		slice->allowed = (uint32_t)any(random, 6);
	}
	for (i = 1; i < 6; i++)
		f->model.allowed[i] = 1 + any(random, 255);
	fake__complete(f);
}

static void test_sums_at_random(void **state)
{
	uint64_t random = 88172645463325252;
	int round;

	(void)state;
	for (round = 0; round < 60; round++) {
		unsigned int cpus = 1 + (unsigned int)any(&random, 8);
		struct fake *f = fake__new(cpus, 0);
		struct report *r;

		play_at_random(f, &random, cpus);
		r = analyse(f);
		check_sums(r);
		assert_true(sum(r, "idle.by", "ns") > 0);
		report__free(r);
		fake__free(f);
	}
}

static void test_settle(void **state)
{
	const fixed_ns one = (fixed_ns)1 << 32;
	const fixed_ns thirds[] = {one / 3, one / 3, one / 3}, none[] = {0, 5 * one / 2, 0};
	uint64_t ns[3];

	(void)state;
	settle(thirds, ns, 3, 1);
	assert_int_equal(ns[0] + ns[1] + ns[2], 1);
	settle(none, ns, 3, 3);
	assert_int_equal(ns[0], 0);
	assert_int_equal(ns[1], 3);
	settle(none, ns, 3, 7); /* more is missing than rounding takes */
	assert_int_equal(ns[1], 7);
	settle(none, ns, 3, 1);
	assert_int_equal(ns[0] + ns[1] + ns[2], 1);
	settle(NULL, NULL, 0, 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_rules),
		cmocka_unit_test(test_all_at_once),
		cmocka_unit_test(test_proportion),
		cmocka_unit_test(test_subjects),
		cmocka_unit_test(test_idle_where_allowed),
		cmocka_unit_test(test_rest),
		cmocka_unit_test(test_sums_at_random),
		cmocka_unit_test(test_settle),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
