// SPDX-License-Identifier: GPL-2.0-only
/* What it cost to start threads and processes. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include <cmocka.h>

#include "analysis/rows.h"
#include "tests/unit/fake_model.inc"

#include "tests/unit/fake_symbol.inc"

#define NR_VFORK 58
#define NR_WAIT4 61

static struct model_task *born(struct fake *f, enum birth birth, uint64_t born_ns, uint64_t run_ns)
{
	struct model_task *task = fake__task(f, "t", born_ns);

	task->birth = birth;
	task->born_ns = born_ns;
	task->first_run_ns = run_ns;
	return task;
}

static void test_spawn(void **state)
{
	static const struct wait vfork = {.cause = CAUSE_CHILD, .nr = NR_VFORK};
	static const struct wait wait4 = {.cause = CAUSE_CHILD, .nr = NR_WAIT4};
	struct fake *f = fake__new(1, 0);
	struct model_task *root = fake__task(f, "root", 0), *child;
	struct report_table *t;
	struct report *r;

	(void)state;
	fake__do(f, root, TASK_BLOCKED, 70, 0, &vfork);
	fake__do(f, root, TASK_BLOCKED, 700, 0, &wait4);
	born(f, BIRTH_THREAD, 100, 110);
	born(f, BIRTH_THREAD, 200, 230);
	born(f, BIRTH_THREAD, 300, 0); /* never ran, as far as was seen */
	born(f, BIRTH_THREAD, 400, 401)->traced = false;
	born(f, BIRTH_THREAD, 400, 401)->started = false;
	child = born(f, BIRTH_FORK, 1000, 1100);
	child->exec_ns = 1500;
	child->ended = true;
	child->end_ns = 2000;
	child->reaped_ns = 2010;
	child = born(f, BIRTH_VFORK, 3000, 3050); /* never exec'd, not seen to be reaped */
	child->ended = true;
	fake__complete(f);
	r = fake__report(f);
	t = report__find(r, "");
	assert_int_equal(table__int(t, 0, "spawn.threads.count"), 3);
	assert_int_equal(table__int(t, 0, "spawn.threads.p50_ns"), 10);
	assert_int_equal(table__int(t, 0, "spawn.threads.max_ns"), 30);
	assert_int_equal(table__int(t, 0, "spawn.threads.total_ns"), 40);
	assert_int_equal(table__int(t, 0, "spawn.processes.count"), 2);
	assert_int_equal(table__int(t, 0, "spawn.processes.total_ns"), 150);
	assert_int_equal(table__int(t, 0, "spawn.processes.exec.count"), 1);
	assert_int_equal(table__int(t, 0, "spawn.processes.exec.max_ns"), 500);
	assert_int_equal(table__int(t, 0, "spawn.processes.vfork_blocked_ns"), 70);
	assert_int_equal(table__int(t, 0, "spawn.reap.count"), 1);
	assert_int_equal(table__int(t, 0, "spawn.reap.max_ns"), 10);
	report__free(r);
	fake__free(f);
}

static void test_nothing_started(void **state)
{
	struct fake *f = fake__new(1, 0);
	struct report *r = fake__report(f);
	struct report_table *t = report__find(r, "");

	(void)state;
	assert_int_equal(table__int(t, 0, "spawn.threads.count"), 0);
	assert_false(table__has(t, 0, "spawn.threads.p50_ns"));
	assert_false(table__has(t, 0, "spawn.reap.max_ns"));
	report__free(r);
	fake__free(f);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_spawn),
		cmocka_unit_test(test_nothing_started),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
