// SPDX-License-Identifier: GPL-2.0-only
/* Where only one thread had something to do. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include <cmocka.h>

#include "analysis/rows.h"
#include "tests/unit/fake_model.inc"

#include "tests/unit/fake_symbol.inc"

#define P "parallelism."

static struct report_table *table(const struct report *r, const char *name)
{
	struct report_table *t = report__find(r, name);

	assert_non_null(t);
	return t;
}

static int64_t root_int(const struct report *r, const char *key)
{
	return table__int(table(r, ""), 0, key);
}

/* The report; what must hold of any is checked. */
static struct report *report_of(struct fake *f)
{
	struct report_table *serial;
	struct report *r;
	int64_t all = 0;
	size_t i;

	fake__complete(f);
	r = fake__report(f);
	assert_non_null(r);
	serial = table(r, P "serial");
	for (i = 0; i < table__rows(serial); i++)
		all += table__int(serial, i, "ns");
	assert_int_equal(all + root_int(r, P "serial_omitted.ns"), root_int(r, P "serial_ns"));
	assert_int_equal(root_int(r, P "serial_ns") + root_int(r, P "held_back_ns"),
			 table__int(table(r, P "running_ns"), 1, ""));
	return r;
}

static void waits(struct fake *f, struct model_task *task, uint64_t ns)
{
	fake__do(f, task, TASK_BLOCKED, ns, 0, fake__wait(f, CAUSE_CONDVAR, NULL));
}

/*
 * main runs alone for 100 ns, then with b for 50, then b alone for 30 with a break for a CPU in
 * between, then both wait, then main alone again while b wants a CPU for a part of it.
 */
static void test_levels(void **state)
{
	struct fake *f = fake__new(2, 1000);
	struct model_task *a = fake__task(f, "main", 1000), *b = fake__task(f, "b", 1000);
	struct report_table *t;
	struct report *r;

	(void)state;
	fake__do(f, a, TASK_RUNNING, 150, 0, NULL);
	waits(f, b, 100);
	fake__do(f, b, TASK_RUNNING, 60, 1, NULL);
	fake__do(f, b, TASK_RUNNABLE, 5, 1, NULL);
	fake__do(f, b, TASK_RUNNING, 20, 1, NULL);
	waits(f, a, 45);
	waits(f, b, 15);
	fake__do(f, b, TASK_RUNNABLE, 7, 1, NULL);
	waits(f, b, 10);
	fake__do(f, a, TASK_RUNNING, 22, 0, NULL);
	r = report_of(f);
	assert_int_equal(root_int(r, P "serial_ns"), 100 + 10 + 20 + 15);
	assert_int_equal(root_int(r, P "held_back_ns"), 7);
	assert_true(table__real(table(r, ""), 0, P "serial_share") == 145.0 / (150 + 80 + 22));
	assert_int_equal(root_int(r, P "longest_serial.start_ns"), 1000);
	assert_int_equal(root_int(r, P "longest_serial.ns"), 100);
	assert_string_equal(table__text(table(r, ""), 0, P "longest_serial.comm"), "main");
	t = table(r, P "serial");
	assert_int_equal(table__rows(t), 2);
	assert_string_equal(table__text(t, 0, "comm"), "main");
	assert_int_equal(table__int(t, 0, "ns"), 115);
	assert_int_equal(table__int(t, 0, "sections"), 3); /* 100, 5, 10 */
	assert_int_equal(table__int(t, 0, "longest_ns"), 100);
	assert_string_equal(table__text(t, 1, "comm"), "b");
	assert_int_equal(table__int(t, 1, "ns"), 30);
	assert_int_equal(table__int(t, 1, "sections"), 1); /* its break is none of the section */
	assert_int_equal(table__int(t, 1, "longest_ns"), 35);
	report__free(r);
	fake__free(f);
}

/* Samples count where their thread was alone, and for the longest section where they are in it. */
static void test_sites(void **state)
{
	static const struct frame step[] = {{.module = &fake_app, .address = 2}};
	static const struct frame worker[] = {{.module = &fake_app, .address = 0}};
	struct fake *f = fake__new(2, 0);
	struct model_task *a = fake__task(f, "a", 0), *b = fake__task(f, "b", 0);
	struct model_stack stacks[2];
	struct report_table *t, *sites;
	struct report *r;
	uint64_t ids[2], ns;

	(void)state;
	ids[0] = fake__stack(f, &stacks[0], step, 1, STACK_COMPLETE);
	ids[1] = fake__stack(f, &stacks[1], worker, 1, STACK_COMPLETE);
	fake__do(f, a, TASK_RUNNING, 100, 0, NULL);
	waits(f, a, 100);
	fake__do(f, a, TASK_RUNNING, 40, 0, NULL);
	waits(f, b, 60);
	fake__do(f, b, TASK_RUNNING, 90, 1, NULL); /* with a until 100 */
	waits(f, b, 90);
	for (ns = 5; ns < 100; ns += 10) /* 6 of them while a is alone */
		f->samples[f->nsamples++] =
			(struct model_sample){.ns = ns, .task = a, .stack = ids[0]};
	for (ns = 202; ns < 240; ns += 5) /* 8, all alone, but that section is shorter */
		f->samples[f->nsamples++] =
			(struct model_sample){.ns = ns, .task = a, .stack = ids[1]};
	f->samples[f->nsamples++] = (struct model_sample){.ns = 70, .task = b, .stack = ids[1]};
	r = report_of(f);
	t = table(r, P "serial");
	sites = table(r, P "serial.sites");
	assert_int_equal(table__int(t, 0, "ns"), 60 + 40);
	assert_int_equal(table__int(t, 0, "samples"), 6 + 8);
	assert_string_equal(table__text(t, 0, "function"), "worker");
	assert_int_equal(table__rows(sites), 2);
	assert_int_equal(table__int(sites, 0, "samples"), 8);
	assert_int_equal(table__int(sites, 1, "samples"), 6);
	assert_int_equal(table__int(t, 1, "ns"), 50);
	assert_false(table__has(t, 1, "function"));
	assert_string_equal(table__text(table(r, ""), 0, P "longest_serial.function"), "step");
	report__free(r);
	fake__free(f);
}

/* What is unknown of a CPU may be another thread that runs. */
static void test_unknown_is_not_serial(void **state)
{
	struct fake *f = fake__new(2, 0);
	struct model_task *a = fake__task(f, "a", 0);
	struct report *r;

	(void)state;
	fake__do(f, a, TASK_RUNNING, 100, 0, NULL);
	fake__add_cpu(
		f, (struct cpu_slice){.cpu = 1, .start_ns = 20, .end_ns = 50, .use = CPU_UNKNOWN});
	r = report_of(f);
	assert_int_equal(root_int(r, P "serial_ns"), 70);
	assert_int_equal(root_int(r, P "unknown_ns"), 30);
	assert_true(table__real(table(r, ""), 0, P "serial_share") == 1.0);
	assert_int_equal(root_int(r, P "longest_serial.ns"), 50);
	assert_int_equal(root_int(r, P "longest_serial.start_ns"), 50);
	report__free(r);
	fake__free(f);
}

/* One gives way to another at one instant: two sections, nothing in between. */
static void test_hand_over(void **state)
{
	struct fake *f = fake__new(2, 0);
	struct model_task *a = fake__task(f, "a", 0), *b = fake__task(f, "b", 0);
	struct report *r;
	int i;

	(void)state;
	for (i = 0; i < 10; i++) {
		fake__do(f, a, TASK_RUNNING, 10, 0, NULL);
		waits(f, a, 10);
		waits(f, b, 10);
		fake__do(f, b, TASK_RUNNING, 10, 1, NULL);
	}
	r = report_of(f);
	assert_int_equal(root_int(r, P "serial_ns"), 200);
	assert_int_equal(table__int(table(r, P "serial"), 0, "sections"), 10);
	assert_int_equal(table__int(table(r, P "serial"), 1, "sections"), 10);
	assert_int_equal(table__int(table(r, P "serial"), 1, "longest_ns"), 10);
	assert_int_equal(root_int(r, P "longest_serial.start_ns"), 0); /* the first of equal ones */
	report__free(r);
	fake__free(f);
}

static void test_rows_are_capped(void **state)
{
	struct fake *f = fake__new(1, 0);
	struct report *r;
	uint64_t i;

	(void)state;
	for (i = 0; i < 1003; i++)
		fake__do(f, fake__task(f, "t", i * 10), TASK_RUNNING, i < 3 ? 1 : 10, 0, NULL);
	r = report_of(f);
	assert_int_equal(table__rows(table(r, P "serial")), 1000);
	assert_int_equal(root_int(r, P "serial_omitted.threads"), 3);
	assert_int_equal(root_int(r, P "serial_omitted.ns"), 3);
	report__free(r);
	fake__free(f);
}

static void test_nobody_ran(void **state)
{
	struct fake *f = fake__new(2, 0);
	struct report *r;

	(void)state;
	waits(f, fake__task(f, "a", 0), 100);
	r = report_of(f);
	assert_int_equal(root_int(r, P "serial_ns"), 0);
	assert_false(table__has(table(r, ""), 0, P "serial_share"));
	assert_false(table__has(table(r, ""), 0, P "longest_serial.ns"));
	report__free(r);
	fake__free(f);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_levels),
		cmocka_unit_test(test_sites),
		cmocka_unit_test(test_unknown_is_not_serial),
		cmocka_unit_test(test_hand_over),
		cmocka_unit_test(test_rows_are_capped),
		cmocka_unit_test(test_nobody_ran),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
