// SPDX-License-Identifier: GPL-2.0-only
/* Who held locks, where they were waited for and let go; deadlocks. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include <cmocka.h>

#include "analysis/rows.h"
#include "tests/unit/fake_model.inc"

#include "tests/unit/fake_symbol.inc"

static const struct frame worker[] = {{.module = &fake_libc, .address = 1},
				      {.module = &fake_app, .address = 0}};
static const struct frame step[] = {{.module = &fake_libc, .address = 1},
				    {.module = &fake_app, .address = 2}};
static const struct frame from_main[] = {{.module = &fake_libc, .address = 1},
					 {.module = &fake_app, .address = 1}};

static struct report_table *table(const struct report *r, const char *name)
{
	struct report_table *t = report__find(r, name);

	assert_non_null(t);
	return t;
}

static void test_sites(void **state)
{
	struct fake *f = fake__new(1, 0);
	struct wait at[3] = {
		{.cause = CAUSE_MUTEX}, {.cause = CAUSE_MUTEX}, {.cause = CAUSE_MUTEX}};
	struct model_task *a = fake__task(f, "a", 0), *b = fake__task(f, "b", 0);
	const struct maps maps = {&fake_app};
	const struct model_space space = {.maps = &maps};
	struct model_stack stacks[3];
	struct report_table *t, *sites, *releases;
	struct report *r;
	int i;

	(void)state;
	f->model.space = &space;
	for (i = 0; i < 3; i++)
		at[i].object = i ? at[0].object : fake__object(f, CAUSE_CONDVAR, 0x11000);
	at[0].stack = fake__stack(f, &stacks[0], worker, 2, STACK_COMPLETE);
	at[1].stack = fake__stack(f, &stacks[1], step, 2, STACK_TRUNCATED);
	fake__stack(f, &stacks[2], from_main, 2, STACK_COMPLETE);
	at[2].stack = 0; /* nobody knows where */
	for (i = 0; i < 6; i++) {
		fake__do(f, a, TASK_BLOCKED, 10 * (i % 3 + 1), 0, &at[i % 3]);
		f->tasks[f->ntasks - 1].woken_by = i ? WAKE_TASK : WAKE_TIMER;
		f->tasks[f->ntasks - 1].waker = b;
		f->tasks[f->ntasks - 1].waker_stack = stacks[2].id;
	}
	fake__complete(f);
	r = fake__report(f);
	t = table(r, "sync");
	sites = table(r, "sync.sites");
	releases = table(r, "sync.holder_sites");
	assert_string_equal(table__text(t, 0, "name"), "registry_lock");
	assert_int_equal(table__rows(sites), 2);
	assert_string_equal(table__text(sites, 0, "function"), "step");
	assert_int_equal(table__int(sites, 0, "waits"), 2);
	assert_int_equal(table__int(sites, 0, "wait_ns"), 40);
	assert_int_equal(table__int(sites, 1, "wait_ns"), 20);
	assert_int_equal(table__int(t, 0, "other_sites.waits"), 2);
	assert_int_equal(table__int(t, 0, "other_sites.wait_ns"), 60);
	assert_int_equal(table__rows(releases), 1);
	assert_string_equal(table__text(releases, 0, "function"), "main");
	assert_int_equal(table__int(releases, 0, "releases"), 5);
	/* Only the chains that are referred to, each once. */
	assert_int_equal(table__rows(table(r, "stacks")), 3);
	assert_int_equal(table__int(sites, 0, "stack"), 0);
	assert_false(table__bool(table(r, "stacks"), 0, "complete"));
	assert_string_equal(table__text(table(r, "stacks.frames"), 1, "offset"), "0x2");
	assert_false(table__has(t, 0, "confidence"));
	assert_false(table__has(t, 0, "handoff.count"));
	report__free(r);
	fake__free(f);
}

/* Of what is held, the model tells when it is let go: whoever wakes a waiter may have killed it. */
static void test_releases(void **state)
{
	const struct analysis *a = &analysis_sync;
	struct fake *f = fake__new(1, 0);
	struct model_task *task = fake__task(f, "a", 0);
	struct wait wait = {.cause = CAUSE_MUTEX, .object = fake__object(f, CAUSE_MUTEX, 0x10)};
	struct model_stack stacks[2];
	struct hold_slice hold = {.object = wait.object, .holder = task, .end_ns = 10};
	struct task_slice slice = {.task = task,
				   .end_ns = 10,
				   .state = TASK_BLOCKED,
				   .wait = &wait,
				   .woken_by = WAKE_TASK,
				   .waker = task};
	struct report *r = report__new();
	void *sync = a->begin(&f->input);

	(void)state;
	hold.release_stack = fake__stack(f, &stacks[0], step, 2, STACK_COMPLETE);
	slice.waker_stack = fake__stack(f, &stacks[1], from_main, 2, STACK_COMPLETE);
	assert_int_equal(a->hold(sync, &hold), 0);
	assert_int_equal(a->task_slice(sync, &slice), 0);
	assert_int_equal(a->hold(sync, &hold), 0);
	hold.release_stack = 0;
	assert_int_equal(a->hold(sync, &hold), 0);
	/* Held, but never waited for: not in the report. */
	hold.object = fake__object(f, CAUSE_MUTEX, 0x20);
	hold.release_stack = stacks[0].id;
	assert_int_equal(a->hold(sync, &hold), 0);
	assert_int_equal(a->finish(sync, &f->input, r), 0);
	a->end(sync);
	assert_int_equal(table__rows(table(r, "sync")), 1);
	assert_int_equal(table__rows(table(r, "sync.holder_sites")), 1);
	assert_string_equal(table__text(table(r, "sync.holder_sites"), 0, "function"), "step");
	assert_int_equal(table__int(table(r, "sync.holder_sites"), 0, "releases"), 2);
	report__free(r);
	fake__free(f);
}

static void test_holders(void **state)
{
	struct fake *f = fake__convoy(2, 4, 10, 1000);
	struct report_table *t, *holders;
	struct report *r;
	int64_t held;
	size_t i;

	(void)state;
	f->model.confidence = CONFIDENCE_MEDIUM;
	f->model.handoffs =
		(struct handoffs){.count = 9, .total_ns = 90, .p50_ns = 8, .max_ns = 20};
	for (i = 0; i < 20; i++)
		f->model.holders[i].total = (struct holder_total){
			.task = i ? f->model.tasks[i % 4] : NULL,
			.ns = 1000 - i,
			.running_ns = 900 - i,
			.unknown_ns = 40,
			.blocked_ns = {[CAUSE_DISK] = 60},
		};
	f->model.nholders = 20;
	r = fake__report(f);
	t = table(r, "sync");
	holders = table(r, "sync.holders");
	assert_string_equal(table__text(t, 0, "confidence"), "medium");
	assert_int_equal(table__int(t, 0, "handoff.count"), 9);
	assert_int_equal(table__int(t, 0, "handoff.total_ns"), 90);
	assert_int_equal(table__rows(holders), 16);
	assert_false(table__has(holders, 0, "tid")); /* nobody knows who */
	assert_string_equal(table__text(holders, 1, "comm"), "worker-1");
	held = table__int(t, 0, "other_holders.ns");
	for (i = 0; i < 16; i++) {
		held += table__int(holders, i, "ns");
		assert_int_equal(table__int(holders, i, "ns"),
				 table__int(holders, i, "while.running") +
					 table__int(holders, i, "while.unknown") +
					 table__int(holders, i, "while.disk"));
	}
	assert_int_equal(table__int(t, 0, "other_holders.count"), 4);
	assert_int_equal(held, 20 * 1000 - 19 * 20 / 2);
	report__free(r);
	fake__free(f);
}

/* Many stacks at one object, and many objects: what is told is bounded, and adds up. */
static void test_bounds(void **state)
{
	struct fake *f = fake__new(1, 0);
	struct model_task *a = fake__task(f, "a", 0);
	const struct sync_object *object = fake__object(f, CAUSE_MUTEX, 0x10);
	struct wait *waits = fake__calloc(2000, sizeof(*waits));
	struct report_table *t;
	struct report *r;
	uint64_t i;

	(void)state;
	for (i = 0; i < 2000; i++) {
		waits[i] = (struct wait){.cause = CAUSE_MUTEX, .object = object, .stack = i + 1};
		fake__do(f, a, TASK_BLOCKED, 7, 0, &waits[i]);
	}
	fake__complete(f);
	r = fake__report(f);
	t = table(r, "sync");
	assert_int_equal(table__rows(table(r, "sync.sites")), 0); /* none of them came */
	assert_int_equal(table__int(t, 0, "other_sites.waits"), 2000);
	assert_int_equal(table__int(t, 0, "other_sites.wait_ns"), 14000);
	assert_int_equal(table__rows(table(r, "stacks")), 0);
	report__free(r);
	fake__free(f);
	free(waits);
}

static void test_deadlock(void **state)
{
	struct fake *f = fake__new(1, 0);
	struct model_task *a = fake__task(f, "a", 0), *b = fake__task(f, "b", 0);
	struct sync_object *x = fake__object(f, CAUSE_MUTEX, 0x11000);
	struct sync_object *y = fake__object(f, CAUSE_MUTEX, 0x99);
	struct wait for_x = {.cause = CAUSE_MUTEX, .object = x};
	struct wait for_y = {.cause = CAUSE_MUTEX, .object = y};
	const struct maps maps = {&fake_app};
	const struct model_space space = {.maps = &maps};
	struct model_stack stack;
	struct report_table *t;
	struct report *r;

	(void)state;
	f->model.space = &space;
	for_x.stack = fake__stack(f, &stack, worker, 2, STACK_COMPLETE);
	fake__do(f, a, TASK_BLOCKED, 5, 0, &for_y);
	fake__do(f, a, TASK_BLOCKED, 95, 0, &for_x);
	fake__do(f, b, TASK_BLOCKED, 40, 0, fake__wait(f, CAUSE_SLEEP, NULL));
	fake__do(f, b, TASK_BLOCKED, 60, 0, &for_y);
	f->model.circle[0] = a;
	f->model.circle[1] = b;
	f->model.circle_objects[0] = x;
	f->model.circle_objects[1] = y;
	f->model.ncircle = 2;
	fake__complete(f);
	r = fake__report(f);
	t = table(r, "deadlocks.threads");
	assert_int_equal(table__rows(table(r, "deadlocks")), 1);
	assert_int_equal(table__int(table(r, "deadlocks"), 0, "since_ns"), 40);
	assert_int_equal(table__rows(t), 2);
	assert_int_equal(table__int(t, 0, "waits_for"), 0);
	assert_string_equal(table__text(t, 0, "name"), "registry_lock");
	assert_int_equal(table__int(t, 0, "held_by"), b->tid);
	assert_int_equal(table__int(t, 0, "since_ns"), 5);
	assert_string_equal(table__text(t, 0, "site.function"), "worker");
	assert_int_equal(table__int(t, 1, "held_by"), a->tid);
	assert_string_equal(table__text(t, 1, "address"), "0x99");
	assert_false(table__has(t, 1, "site.module"));
	report__free(r);
	fake__free(f);
}

static void test_switches_by_cause(void **state)
{
	struct fake *f = fake__convoy(2, 4, 10, 1000);
	struct report *r = fake__report(f);

	(void)state;
	assert_int_equal(table__int(table(r, ""), 0, "switches.by_cause.join"), 1);
	assert_int_equal(table__int(table(r, ""), 0, "switches.by_cause.mutex"), 3 + 4 * 9);
	assert_int_equal(table__int(table(r, ""), 0, "switches.voluntary"), 1 + 3 + 4 * 9);
	report__free(r);
	fake__free(f);
}

static void hold(struct fake *f, const struct sync_object *object, const struct model_task *task,
		 uint64_t start, uint64_t end)
{
	f->holds[f->nholds++] = (struct hold_slice){
		.object = object, .holder = task, .start_ns = start, .end_ns = end};
}

/* Python's interpreter lock: its name, and how long it is held at a time. */
static void test_gil(void **state)
{
	struct fake *f = fake__new(1, 0);
	struct model_task *a = fake__task(f, "a", 0), *b = fake__task(f, "b", 0);
	const struct sync_object *gil = fake__object(f, CAUSE_GIL, 0x11000);
	const struct sync_object *mutex = fake__object(f, CAUSE_MUTEX, 0x22000);
	struct report_table *t;
	struct report *r;

	(void)state;
	fake__do(f, b, TASK_BLOCKED, 10, 0, fake__wait(f, CAUSE_GIL, gil));
	fake__do(f, a, TASK_BLOCKED, 9, 0, fake__wait(f, CAUSE_MUTEX, mutex));
	hold(f, gil, a, 0, 5);
	hold(f, mutex, b, 0, 5);
	hold(f, gil, a, 5, 9); /* goes on */
	hold(f, gil, NULL, 9, 10);
	hold(f, gil, b, 10, 13);
	hold(f, gil, b, 14, 15);
	fake__complete(f);
	r = fake__report(f);
	t = table(r, "sync");
	assert_string_equal(table__text(t, 0, "name"), "GIL");
	assert_int_equal(table__int(t, 0, "hold.count"), 3);
	assert_int_equal(table__int(t, 0, "hold.p50_ns"), 3);
	assert_int_equal(table__int(t, 0, "hold.max_ns"), 9);
	assert_false(table__has(t, 1, "hold.count"));
	report__free(r);
	fake__free(f);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_sites),	 cmocka_unit_test(test_releases),
		cmocka_unit_test(test_holders),	 cmocka_unit_test(test_bounds),
		cmocka_unit_test(test_deadlock), cmocka_unit_test(test_switches_by_cause),
		cmocka_unit_test(test_gil),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
