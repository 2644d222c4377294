// SPDX-License-Identifier: GPL-2.0-only
/* Event loops and their turns. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include <cmocka.h>

#include "analysis/rows.h"
#include "tests/unit/fake_model.inc"

#include "tests/unit/fake_symbol.inc"

#define NR_EPOLL_WAIT 232

static const struct frame worker[] = {{.module = &fake_libc, .address = 1},
				      {.module = &fake_app, .address = 0}};
static const struct frame step[] = {{.module = &fake_app, .address = 2}};

static const struct wait polls = {.cause = CAUSE_POLL, .nr = NR_EPOLL_WAIT};

static struct report_table *table(const struct report *r, const char *name)
{
	struct report_table *t = report__find(r, name);

	assert_non_null(t);
	return t;
}

static void poll_for(struct fake *f, struct model_task *task, uint64_t ns, enum wake_source by)
{
	fake__do(f, task, TASK_BLOCKED, ns, 0, &polls);
	f->tasks[f->ntasks - 1].woken_by = by;
}

static void test_turns(void **state)
{
	struct wait locks = {.cause = CAUSE_MUTEX};
	struct fake *f = fake__new(1, 0);
	struct model_task *a = fake__task(f, "loop", 0);
	struct report_table *t, *turns, *sites;
	struct model_stack stack;
	struct report *r;

	(void)state;
	locks.stack = fake__stack(f, &stack, worker, 2, STACK_COMPLETE);
	fake__do(f, a, TASK_RUNNING, 1000, 0, NULL); /* before the first wait: no turn */
	poll_for(f, a, 10, WAKE_NETWORK);
	fake__do(f, a, TASK_RUNNABLE, 1, 0, NULL);
	fake__do(f, a, TASK_RUNNING, 20, 0, NULL);
	poll_for(f, a, 10, WAKE_TIMER);
	fake__do(f, a, TASK_RUNNABLE, 2, 0, NULL);
	fake__do(f, a, TASK_RUNNING, 30, 0, NULL);
	fake__do(f, a, TASK_BLOCKED, 100, 0, &locks);
	fake__do(f, a, TASK_UNKNOWN, 3, 0, NULL);
	poll_for(f, a, 10, WAKE_TASK);
	fake__do(f, a, TASK_RUNNING, 50, 0, NULL);
	poll_for(f, a, 10, WAKE_TASK);
	fake__do(f, a, TASK_RUNNING, 5000, 0, NULL); /* until it ends: no turn */
	a->ended = true;
	fake__complete(f);
	r = fake__report(f);
	t = table(r, "loops");
	turns = table(r, "loops.longest");
	sites = table(r, "loops.longest.sites");
	assert_int_equal(table__rows(t), 1);
	assert_string_equal(table__text(t, 0, "comm"), "loop");
	assert_int_equal(table__int(t, 0, "turns"), 3);
	assert_int_equal(table__int(t, 0, "busy_ns"), 21 + 135 + 50);
	assert_int_equal(table__int(t, 0, "p50_ns"), 50);
	assert_int_equal(table__int(t, 0, "max_ns"), 135);
	assert_int_equal(table__int(t, 0, "waits"), 4);
	assert_int_equal(table__int(t, 0, "wait_ns"), 40);
	assert_int_equal(table__int(t, 0, "woken_by.task"), 2);
	assert_int_equal(table__int(t, 0, "woken_by.timer"), 1);
	assert_int_equal(table__int(t, 0, "woken_by.network"), 1);
	assert_int_equal(table__rows(turns), 3);
	assert_int_equal(table__int(turns, 0, "start_ns"), 1041);
	assert_int_equal(table__int(turns, 0, "ns"), 135);
	assert_int_equal(table__int(turns, 0, "running_ns"), 30);
	assert_int_equal(table__int(turns, 0, "runnable_ns"), 2);
	assert_int_equal(table__int(turns, 0, "unknown_ns"), 3);
	assert_int_equal(table__int(turns, 0, "blocked_by.mutex"), 100);
	assert_int_equal(table__int(turns, 1, "ns"), 50);
	assert_int_equal(table__int(turns, 2, "ns"), 21);
	assert_int_equal(table__rows(sites), 1);
	assert_string_equal(table__text(sites, 0, "function"), "worker");
	assert_int_equal(table__int(sites, 0, "wait_ns"), 100);
	assert_int_equal(table__rows(table(r, "loops.sites")), 1);
	report__free(r);
	fake__free(f);
}

/* Who polls twice waits for something; a turn that nobody ends counts while its thread lives. */
static void test_what_is_a_loop(void **state)
{
	struct fake *f = fake__new(2, 0);
	struct model_task *twice = fake__task(f, "twice", 0), *stuck = fake__task(f, "stuck", 0);
	struct report *r;
	int i;

	(void)state;
	for (i = 0; i < 2; i++) {
		poll_for(f, twice, 10, WAKE_TASK);
		fake__do(f, twice, TASK_RUNNING, 10, 0, NULL);
	}
	for (i = 0; i < 3; i++) {
		poll_for(f, stuck, 10, WAKE_TASK);
		fake__do(f, stuck, TASK_RUNNING, i == 2 ? 700 : 10, 1, NULL);
	}
	twice->ended = true;
	fake__complete(f);
	r = fake__report(f);
	assert_int_equal(table__rows(table(r, "loops")), 1);
	assert_string_equal(table__text(table(r, "loops"), 0, "comm"), "stuck");
	assert_int_equal(table__int(table(r, "loops"), 0, "max_ns"), 700);
	report__free(r);
	fake__free(f);
}

/* Only the longest turns are kept, in order, whatever their order was. */
static void test_longest(void **state)
{
	struct fake *f = fake__new(1, 0);
	struct model_task *a = fake__task(f, "loop", 0);
	struct report_table *t;
	struct report *r;
	unsigned int i;

	(void)state;
	for (i = 0; i < 1000; i++) {
		poll_for(f, a, 1, WAKE_TASK);
		fake__do(f, a, TASK_RUNNING, 1 + i * 7919 % 1000, 0, NULL);
	}
	poll_for(f, a, 1, WAKE_TASK);
	fake__complete(f);
	r = fake__report(f);
	t = table(r, "loops.longest");
	assert_int_equal(table__int(table(r, "loops"), 0, "turns"), 1000);
	assert_int_equal(table__int(table(r, "loops"), 0, "busy_ns"), 1000 * 1001 / 2);
	assert_int_equal(table__rows(t), 5);
	for (i = 0; i < 5; i++)
		assert_int_equal(table__int(t, i, "ns"), 1000 - i);
	report__free(r);
	fake__free(f);
}

/* What is long is counted in all turns, also those that are not kept; waiting for a CPU is not. */
static void test_long_ones(void **state)
{
	struct fake *f = fake__new(1, 0);
	struct model_task *a = fake__task(f, "loop", 0);
	struct report *r;
	unsigned int i;

	(void)state;
	for (i = 0; i < 20; i++) {
		poll_for(f, a, 1, WAKE_TASK);
		fake__do(f, a, TASK_RUNNABLE, 7000000, 0, NULL);
		fake__do(f, a, TASK_RUNNING, i % 2 ? 10000000 : 9999999, 0, NULL);
	}
	poll_for(f, a, 1, WAKE_TASK);
	fake__complete(f);
	r = fake__report(f);
	assert_int_equal(table__int(table(r, "loops"), 0, "long_turns"), 10);
	assert_int_equal(table__int(table(r, "loops"), 0, "long_ns"), 100000000);
	report__free(r);
	fake__free(f);
}

/* Samples arrive while a turn goes on; the slices of that turn come later. */
static void test_samples(void **state)
{
	const struct analysis *a = &analysis_loops;
	struct fake *f = fake__new(1, 0);
	struct model_task *task = fake__task(f, "loop", 0), *other = fake__task(f, "o", 0);
	struct model_sample sample = {.task = task}, foreign = {.task = other};
	struct model_stack stacks[2];
	struct report *r = report__new();
	struct report_table *t;
	void *loops = a->begin(&f->input);
	size_t i;

	(void)state;
	sample.stack = foreign.stack = fake__stack(f, &stacks[0], step, 1, STACK_COMPLETE);
	for (i = 0; i < 4; i++) {
		poll_for(f, task, 10, WAKE_TASK);
		fake__do(f, task, TASK_RUNNING, i == 1 ? 500 : 10, 0, NULL);
	}
	for (i = 0; i < 8; i++) {
		assert_int_equal(a->task_slice(loops, &f->tasks[i]), 0);
		if (i == 2) { /* the second wait is over */
			assert_int_equal(a->sample(loops, &sample), 0);
			assert_int_equal(a->sample(loops, &sample), 0);
			assert_int_equal(a->sample(loops, &foreign), 0);
		}
	}
	assert_int_equal(a->finish(loops, &f->input, r), 0);
	a->end(loops);
	t = table(r, "loops.longest.sites");
	assert_int_equal(table__rows(t), 1);
	assert_int_equal(table__parent_row(t, 0), 0);
	assert_int_equal(table__int(t, 0, "samples"), 2);
	assert_string_equal(table__text(t, 0, "function"), "step");
	assert_int_equal(table__int(table(r, "loops.sites"), 0, "samples"), 2);
	report__free(r);
	fake__free(f);
}

/* In what task of asyncio it was: of all that is known of them, who took longest comes first. */
static void test_tasks(void **state)
{
	static const struct wait naps = {.cause = CAUSE_SLEEP, .in_task = "naps"};
	const struct analysis *a = &analysis_loops;
	struct fake *f = fake__new(1, 0);
	struct model_task *task = fake__task(f, "loop", 0);
	struct model_sample sample = {.task = task};
	struct report *r = report__new();
	struct report_table *t;
	void *loops = a->begin(&f->input);
	size_t i;

	(void)state;
	for (i = 0; i < 3; i++) {
		poll_for(f, task, 10, WAKE_TASK);
		fake__do(f, task, TASK_RUNNING, 400, 0, NULL);
		if (i == 1)
			fake__do(f, task, TASK_BLOCKED, 150, 0, &naps);
	}
	poll_for(f, task, 10, WAKE_TASK);
	for (i = 0; i < f->ntasks; i++) {
		assert_int_equal(a->task_slice(loops, &f->tasks[i]), 0);
		if (i != 2) /* the second wait is over */
			continue;
		sample.in_task =
			"computes"; /* twice of four: 200 of 400; the other one 100 + 150 */
		assert_int_equal(a->sample(loops, &sample), 0);
		assert_int_equal(a->sample(loops, &sample), 0);
		sample.in_task = naps.in_task;
		assert_int_equal(a->sample(loops, &sample), 0);
		sample.in_task = NULL;
		assert_int_equal(a->sample(loops, &sample), 0);
	}
	assert_int_equal(a->finish(loops, &f->input, r), 0);
	a->end(loops);
	t = table(r, "loops.longest.tasks");
	assert_int_equal(table__rows(t), 2);
	assert_int_equal(table__parent_row(t, 1), 0);
	assert_string_equal(table__text(t, 0, "name"), "naps");
	assert_int_equal(table__int(t, 0, "waits"), 1);
	assert_int_equal(table__int(t, 0, "wait_ns"), 150);
	assert_int_equal(table__int(t, 0, "samples"), 1);
	assert_string_equal(table__text(t, 1, "name"), "computes");
	assert_int_equal(table__int(t, 1, "samples"), 2);
	report__free(r);
	fake__free(f);
}

static void test_oncpu(void **state)
{
	const struct analysis *a = &analysis_oncpu;
	struct fake *f = fake__new(1, 0);
	struct model_task *tasks[2] = {fake__task(f, "a", 0), fake__task(f, "b", 0)};
	struct model_stack stacks[3];
	struct report *r = report__new();
	struct report_table *t, *by;
	uint64_t ids[3];
	void *oncpu = a->begin(&f->input);
	size_t i;

	(void)state;
	f->info.sample_hz = 997;
	ids[0] = fake__stack(f, &stacks[0], worker, 2, STACK_COMPLETE);
	ids[1] = fake__stack(f, &stacks[1], worker + 1, 1, STACK_COMPLETE); /* the same site */
	ids[2] = fake__stack(f, &stacks[2], step, 1, STACK_COMPLETE);
	for (i = 0; i < 10; i++) {
		struct model_sample sample = {.task = tasks[i % 2],
					      .stack = ids[i % 3],
					      .kernel = i == 0,
					      .copying = i == 2 || i == 5 || i == 6};

		assert_int_equal(a->sample(oncpu, &sample), 0);
	}
	assert_int_equal(a->sample(oncpu, &(struct model_sample){.task = tasks[0]}), 0);
	assert_int_equal(a->finish(oncpu, &f->input, r), 0);
	a->end(oncpu);
	t = table(r, "samples.sites");
	by = table(r, "samples.sites.by");
	assert_int_equal(table__int(table(r, ""), 0, "samples.count"), 11);
	assert_int_equal(table__int(table(r, ""), 0, "samples.hz"), 997);
	assert_int_equal(table__int(table(r, ""), 0, "samples.kernel"), 1);
	assert_int_equal(table__int(table(r, ""), 0, "samples.copying"), 3);
	assert_int_equal(table__int(table(r, ""), 0, "samples.other_sites"), 1);
	assert_int_equal(table__rows(t), 2);
	assert_string_equal(table__text(t, 0, "function"), "worker");
	assert_int_equal(table__int(t, 0, "samples"), 7);
	assert_int_equal(table__int(t, 0, "kernel"), 1);
	assert_int_equal(table__int(t, 0, "copying"), 1);
	assert_string_equal(table__text(t, 1, "function"), "step");
	assert_int_equal(table__int(t, 1, "samples"), 3);
	assert_int_equal(table__int(t, 1, "copying"), 2);
	assert_int_equal(table__rows(by), 4);
	assert_int_equal(table__int(by, 0, "samples") + table__int(by, 1, "samples"), 7);
	report__free(r);
	fake__free(f);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_turns),	cmocka_unit_test(test_what_is_a_loop),
		cmocka_unit_test(test_longest), cmocka_unit_test(test_long_ones),
		cmocka_unit_test(test_samples), cmocka_unit_test(test_tasks),
		cmocka_unit_test(test_oncpu),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
