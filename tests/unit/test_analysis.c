// SPDX-License-Identifier: GPL-2.0-only
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include <cmocka.h>

#include "analysis/rows.h"
#include "analysis/samples.h"
#include "analysis/sweep.h"
#include "tests/unit/fake_model.inc"

static struct report_table *table(const struct report *r, const char *name)
{
	struct report_table *t = report__find(r, name);

	assert_non_null(t);
	return t;
}

static int64_t root_int(const struct report *r, const char *key)
{
	assert_true(table__has(table(r, ""), 0, key));
	return table__int(table(r, ""), 0, key);
}

static void test_run(void **state)
{
	struct fake *f = fake__convoy(2, 4, 10, 1000);
	struct report *r;
	struct report_table *root;

	(void)state;
	f->trailer.exit_code = 3;
	f->model.lost[CT_SWITCH] = 5;
	f->trailer.lost[CT_SWITCH] = 7; /* includes those 5 */
	f->model.lost[CT_SWITCH_FUTEX] = 2;
	f->trailer.lost[15] = 1;
	r = fake__report(f);
	root = table(r, "");
	assert_string_equal(table__text(root, 0, "schema"), "conctrace.report/1");
	assert_string_equal(table__text(root, 0, "start_time"), "2023-11-14T22:13:21.000000001Z");
	assert_string_equal(table__text(root, 0, "ended"), "workload");
	assert_string_equal(table__text(root, 0, "mode"), "command");
	assert_int_equal(root_int(r, "exit.code"), 3);
	assert_false(table__has(root, 0, "exit.signal"));
	assert_int_equal(root_int(r, "wall_ns"), f->model.end_ns);
	assert_int_equal(root_int(r, "host.cpus"), 2);
	assert_int_equal(root_int(r, "events.recorded"), 192512);
	assert_int_equal(root_int(r, "events.lost"), 10);
	assert_int_equal(root_int(r, "events.lost_by.switch"), 9);
	assert_int_equal(root_int(r, "events.lost_by.other"), 1);
	assert_int_equal(table__rows(table(r, "command")), 3);
	assert_string_equal(table__text(table(r, "command"), 1, ""), "--threads");
	report__free(r);
	fake__free(f);
}

static void test_killed_and_attached(void **state)
{
	struct fake *f = fake__convoy(1, 1, 1, 1000);
	struct report *r;

	(void)state;
	f->trailer.exit_signal = 9;
	f->info.mode = TRACE_PID;
	f->info.target_pid = 77;
	f->info.argv = NULL;
	f->info.argc = 0;
	f->input.truncated = true;
	r = fake__report(f);
	assert_int_equal(root_int(r, "exit.signal"), 9);
	assert_false(table__has(table(r, ""), 0, "exit.code"));
	assert_int_equal(root_int(r, "target_pid"), 77);
	assert_true(table__bool(table(r, ""), 0, "truncated"));
	assert_int_equal(table__rows(table(r, "command")), 0);
	report__free(r);
	fake__free(f);
}

/* Both partitions are exact: of each CPU's window, and of each thread's life. */
static void test_partitions(void **state)
{
	struct fake *f = fake__convoy(3, 5, 40, 777);
	struct report *r = fake__report(f);
	struct report_table *cpus = table(r, "cpus"), *tasks = table(r, "tasks");
	int64_t workload = 0, running = 0;
	size_t row;

	(void)state;
	assert_int_equal(table__rows(cpus), 3);
	for (row = 0; row < 3; row++) {
		workload += table__int(cpus, row, "workload_ns");
		assert_int_equal(table__int(cpus, row, "workload_ns") +
					 table__int(cpus, row, "other_ns") +
					 table__int(cpus, row, "idle_ns") +
					 table__int(cpus, row, "unknown_ns"),
				 root_int(r, "wall_ns"));
	}
	assert_int_equal(table__rows(tasks), 6);
	for (row = 0; row < 6; row++) {
		int64_t blocked = table__int(tasks, row, "blocked_ns");

		running += table__int(tasks, row, "running_ns");
		assert_int_equal(table__int(tasks, row, "running_ns") + blocked +
					 table__int(tasks, row, "runnable_ns") +
					 table__int(tasks, row, "unknown_ns"),
				 table__int(tasks, row, "end_ns") -
					 table__int(tasks, row, "start_ns"));
		assert_int_equal(table__int(tasks, row, "blocked_by.mutex") +
					 table__int(tasks, row, "blocked_by.join"),
				 blocked);
	}
	assert_int_equal(running, workload);
	report__free(r);
	fake__free(f);
}

static void test_tasks(void **state)
{
	struct task_name first = {.comm = "first"}, second = {.comm = "second", .next = &first};
	struct fake *f = fake__new(1, 100);
	struct model_task *task = fake__task(f, "last", 100), *other;
	struct report *r;
	struct report_table *t, *names;

	(void)state;
	other = fake__task(f, "untraced", 100);
	other->traced = false;
	task->names = &second;
	task->migrations = 4;
	task->has_kernel_counts = true;
	task->kernel_nvcsw = 9;
	fake__do(f, task, TASK_RUNNABLE, 30, 0, NULL);
	fake__do(f, task, TASK_RUNNING, 5, 0, NULL);
	fake__do(f, task, TASK_RUNNABLE, 1000, 0, NULL);
	f->tasks[2].preempted = true; /* not a wake-up */
	fake__do(f, task, TASK_UNKNOWN, 7, 0, NULL);
	fake__complete(f);
	r = fake__report(f);
	t = table(r, "tasks");
	names = table(r, "tasks.names");
	assert_int_equal(table__rows(t), 1);
	assert_string_equal(table__text(t, 0, "comm"), "last");
	assert_int_equal(table__rows(names), 2);
	assert_string_equal(table__text(names, 0, ""), "first");
	assert_string_equal(table__text(names, 1, ""), "second");
	assert_int_equal(table__int(t, 0, "start_ns"), 100);
	assert_int_equal(table__int(t, 0, "unknown_ns"), 7);
	assert_int_equal(table__int(t, 0, "migrations"), 4);
	assert_int_equal(table__int(t, 0, "kernel.nvcsw"), 9);
	assert_int_equal(table__int(t, 0, "wakeup_latency.count"), 1);
	assert_int_equal(table__int(t, 0, "wakeup_latency.max_ns"), 30);
	assert_int_equal(root_int(r, "run_queue_latency.count"), 1);
	assert_int_equal(root_int(r, "run_queue_latency.p99_ns"), 30);
	report__free(r);
	fake__free(f);
}

static void test_switches(void **state)
{
	struct fake *f = fake__new(1, 0);
	struct report *r;
	int i;

	(void)state;
	for (i = 0; i < 3; i++) {
		struct model_task *task = fake__task(f, "t", 0);

		task->traced = i != 1;
		task->voluntary = 10;
		task->involuntary = 3;
		task->yields = 2;
	}
	r = fake__report(f);
	assert_int_equal(root_int(r, "switches.voluntary"), 20);
	assert_int_equal(root_int(r, "switches.total"), 26);
	assert_int_equal(root_int(r, "switches.yields"), 4);
	report__free(r);
	fake__free(f);
}

static void test_sync(void **state)
{
	struct fake *f = fake__new(1, 0);
	struct sync_object *small = fake__object(f, CAUSE_FUTEX, 0x10);
	struct sync_object *big = fake__object(f, CAUSE_FUTEX, 0xffffffffffffffff);
	struct model_task *a = fake__task(f, "a", 0), *b = fake__task(f, "b", 0);
	const struct wait *ws = fake__wait(f, CAUSE_FUTEX, small);
	const struct wait *wb = fake__wait(f, CAUSE_FUTEX, big);
	struct report *r;
	struct report_table *t;

	(void)state;
	fake__object(f, CAUSE_MUTEX, 0x30); /* nobody waits for it */
	fake__do(f, a, TASK_BLOCKED, 10, 0, ws);
	fake__do(f, a, TASK_BLOCKED, 40, 0, wb);
	fake__do(f, a, TASK_BLOCKED, 20, 0, ws); /* again: no new waiter */
	fake__do(f, b, TASK_BLOCKED, 1000, 0, wb);
	fake__do(f, b, TASK_BLOCKED, 5, 0, fake__wait(f, CAUSE_SLEEP, NULL));
	big->kind = CAUSE_BARRIER; /* found out late */
	fake__complete(f);
	r = fake__report(f);
	t = table(r, "sync");
	assert_int_equal(table__rows(t), 2);
	assert_string_equal(table__text(t, 0, "kind"), "barrier");
	assert_string_equal(table__text(t, 0, "address"), "0xffffffffffffffff");
	assert_int_equal(table__int(t, 0, "waits"), 2);
	assert_int_equal(table__int(t, 0, "wait_ns"), 1040);
	assert_int_equal(table__int(t, 0, "max_wait_ns"), 1000);
	assert_int_equal(table__int(t, 0, "waiters"), 2);
	assert_int_equal(table__int(t, 1, "waits"), 2);
	assert_int_equal(table__int(t, 1, "waiters"), 1);
	assert_false(table__has(table(r, ""), 0, "sync_omitted.objects"));
	report__free(r);
	fake__free(f);
}

static void test_sync_is_capped(void **state)
{
	struct fake *f = fake__new(1, 0);
	struct model_task *a = fake__task(f, "a", 0);
	struct report *r;
	uint64_t i;

	(void)state;
	for (i = 0; i < 1003; i++)
		fake__do(f, a, TASK_BLOCKED, i + 1, 0,
			 fake__wait(f, CAUSE_MUTEX, fake__object(f, CAUSE_MUTEX, i)));
	fake__complete(f);
	r = fake__report(f);
	assert_int_equal(table__rows(table(r, "sync")), 1000);
	assert_int_equal(table__int(table(r, "sync"), 999, "wait_ns"), 4);
	assert_int_equal(root_int(r, "sync_omitted.objects"), 3);
	assert_int_equal(root_int(r, "sync_omitted.waits"), 3);
	assert_int_equal(root_int(r, "sync_omitted.wait_ns"), 6);
	report__free(r);
	fake__free(f);
}

static void test_parallelism(void **state)
{
	struct fake *f = fake__new(4, 50); /* CPU 3 is off: no slices */
	struct model_task *a = fake__task(f, "a", 50), *b = fake__task(f, "b", 50);
	struct report_table *t;
	struct report *r;

	(void)state;
	fake__do(f, a, TASK_RUNNING, 100, 0, NULL);
	fake__do(f, b, TASK_BLOCKED, 60, 0, fake__wait(f, CAUSE_SLEEP, NULL));
	fake__do(f, b, TASK_RUNNING, 70, 1, NULL);
	f->model.cpus = 3;
	fake__complete(f);
	f->model.cpus = 4;
	r = fake__report(f);
	t = table(r, "parallelism.running_ns");
	assert_int_equal(table__rows(t), 4); /* 0 to 3 CPUs */
	assert_int_equal(table__int(t, 0, ""), 0);
	assert_int_equal(table__int(t, 1, ""), 60 + 30);
	assert_int_equal(table__int(t, 2, ""), 40);
	assert_int_equal(table__int(t, 3, ""), 0);
	assert_true(table__real(table(r, ""), 0, "parallelism.mean") == 170.0 / 130.0);
	assert_int_equal(table__int(table(r, ""), 0, "parallelism.unknown_ns"), 0);
	report__free(r);
	fake__free(f);
}

/* Random slices on many CPUs against counting every nanosecond. */
static void test_sweep_is_exact(void **state)
{
	enum { CPUS = 5, WALL = 3000 };
	static const unsigned int lengths[CPUS] = {3, 17, 60, 900, 5000};
	uint64_t expected[CPUS + 1] = {0}, unknown = 0;
	unsigned int cpu, t, k, seed = 12345, round;
	unsigned char use[CPUS][WALL];

	(void)state;
	for (round = 0; round < 20; round++) {
		struct fake *f = fake__new(CPUS, 0);
		struct sweep *s = sweep__new(CPUS);
		size_t i;

		memset(expected, 0, sizeof(expected));
		unknown = 0;
		for (cpu = 0; cpu < CPUS; cpu++) {
			uint64_t at = 0, end;

			for (; at < WALL; at = end) {
				enum cpu_use u;

				seed = seed * 1103515245u + 12345u;
				u = seed >> 16 & 1 ? CPU_WORKLOAD : CPU_IDLE;
				u = (seed >> 17 & 31) == 0 ? CPU_UNKNOWN : u;
				end = at + 1 + (seed >> 8) % lengths[cpu];
				end = end < WALL ? end : WALL;
				memset(&use[cpu][at], (int)u, end - at);
				fake__add_cpu(f, (struct cpu_slice){.cpu = cpu,
								    .start_ns = at + 70,
								    .end_ns = end + 70,
								    .use = u});
			}
		}
		qsort(f->cpus, f->ncpus, sizeof(*f->cpus), fake__cpu_end);
		for (t = 0; t < WALL; t++) {
			bool known = true;

			for (cpu = 0, k = 0; cpu < CPUS; cpu++) {
				k += use[cpu][t] == CPU_WORKLOAD;
				known &= use[cpu][t] != CPU_UNKNOWN;
			}
			expected[k] += known;
			unknown += !known;
		}
		for (i = 0; i < f->ncpus; i++)
			assert_int_equal(sweep__add(s, &f->cpus[i]), 0);
		assert_int_equal(sweep__finish(s, WALL + 70), 0);
		for (k = 0; k <= CPUS; k++)
			assert_int_equal(sweep__busy_ns(s, k), expected[k]);
		assert_int_equal(sweep__unknown_ns(s), unknown);
		sweep__free(s);
		fake__free(f);
	}
}

/* After a loss a slice may end before others' last ends: then shares are guessed, sums are not. */
static void test_sweep_out_of_order(void **state)
{
	static const struct cpu_slice slices[] = {
		{.cpu = 0, .start_ns = 0, .end_ns = 100, .use = CPU_WORKLOAD},
		{.cpu = 0, .start_ns = 100, .end_ns = 200, .use = CPU_IDLE},
		{.cpu = 1, .start_ns = 0, .end_ns = 50, .use = CPU_WORKLOAD},
		{.cpu = 1, .start_ns = 50, .end_ns = 150, .use = CPU_UNKNOWN},
		{.cpu = 1, .start_ns = 170, .end_ns = 180, .use = CPU_IDLE}, /* after a gap */
	};
	struct sweep *s = sweep__new(2);
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(slices) / sizeof(*slices); i++)
		assert_int_equal(sweep__add(s, &slices[i]), 0);
	assert_int_equal(sweep__finish(s, 200), 0); /* CPU 1 has been silent for 20 ns */
	assert_int_equal(sweep__unknown_ns(s), 100 + 20 + 20);
	assert_int_equal(sweep__busy_ns(s, 0) + sweep__busy_ns(s, 1) + sweep__busy_ns(s, 2), 60);
	sweep__free(s);
	sweep__free(NULL);
}

static void test_samples(void **state)
{
	static const struct {
		uint64_t n, p50, p99, max;
	} cases[] = {
		{0, 0, 0, 0}, {1, 1, 1, 1}, {2, 1, 2, 2}, {100, 50, 99, 100}, {256, 128, 254, 256},
	};
	struct samples s = {0};
	uint64_t i;
	size_t c;

	(void)state;
	for (c = 0; c < sizeof(cases) / sizeof(*cases); c++) {
		for (i = cases[c].n; i; i--)
			assert_int_equal(samples__add(&s, i), 0);
		assert_int_equal(samples__count(&s), cases[c].n);
		assert_int_equal(samples__percentile(&s, 50), cases[c].p50);
		assert_int_equal(samples__percentile(&s, 99), cases[c].p99);
		assert_int_equal(samples__max(&s), cases[c].max);
		samples__clear(&s);
	}
	/* Many: within the histogram's 1/32. */
	for (i = 100000; i; i--)
		assert_int_equal(samples__add(&s, i), 0);
	assert_int_equal(samples__count(&s), 100000);
	assert_in_range(samples__percentile(&s, 50), 50000, 51600);
	assert_int_equal(samples__max(&s), 100000);
	samples__clear(&s);
}

static void test_nothing_happened(void **state)
{
	struct fake *f = fake__new(2, 0);
	struct report *r = fake__report(f);

	(void)state;
	assert_non_null(r);
	assert_int_equal(root_int(r, "wall_ns"), 0);
	assert_int_equal(table__rows(table(r, "tasks")), 0);
	assert_int_equal(table__rows(table(r, "sync")), 0);
	report__free(r);
	fake__free(f);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_run),
		cmocka_unit_test(test_killed_and_attached),
		cmocka_unit_test(test_partitions),
		cmocka_unit_test(test_tasks),
		cmocka_unit_test(test_switches),
		cmocka_unit_test(test_sync),
		cmocka_unit_test(test_sync_is_capped),
		cmocka_unit_test(test_parallelism),
		cmocka_unit_test(test_sweep_is_exact),
		cmocka_unit_test(test_sweep_out_of_order),
		cmocka_unit_test(test_samples),
		cmocka_unit_test(test_nothing_happened),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
