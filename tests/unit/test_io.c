// SPDX-License-Identifier: GPL-2.0-only
/* Files, pipes, sockets, disks, sleeps and page faults: what they were waited for. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <sys/socket.h>
#include <sys/stat.h>

#include <cmocka.h>

#include "analysis/rows.h"
#include "tests/unit/fake_model.inc"

#include "tests/unit/fake_symbol.inc"

#define NR_READ	     0
#define NR_WRITE     1
#define NR_FSYNC     74
#define NR_NANOSLEEP 230

static const struct frame worker[] = {{.module = &fake_libc, .address = 1},
				      {.module = &fake_app, .address = 0}};

static struct report_table *table(const struct report *r, const char *name)
{
	struct report_table *t = report__find(r, name);

	assert_non_null(t);
	return t;
}

static struct task_slice *last(struct fake *f)
{
	return &f->tasks[f->ntasks - 1];
}

/* A pipe: one end reads and is woken by the other, which now and then finds it full. */
static void test_pipe(void **state)
{
	static const struct file_info pipe = {.index = 0, .mode = S_IFIFO, .ino = 4711};
	const struct wait reads = {.cause = CAUSE_PIPE, .nr = NR_READ, .file = &pipe};
	const struct wait writes = {.cause = CAUSE_PIPE, .nr = NR_WRITE, .file = &pipe};
	struct fake *f = fake__new(1, 0);
	struct model_task *a = fake__task(f, "reader", 0), *b = fake__task(f, "writer", 0);
	struct report_table *t, *by, *wakes;
	struct report *r;
	size_t i;

	(void)state;
	for (i = 0; i < 3; i++) {
		fake__do(f, a, TASK_BLOCKED, 100 + i, 0, &reads);
		last(f)->woken_by = WAKE_TASK;
		last(f)->waker = b;
	}
	fake__do(f, a, TASK_BLOCKED, 1, 0, &reads);
	last(f)->woken_by = WAKE_TIMER;
	fake__do(f, b, TASK_BLOCKED, 50, 0, &writes);
	fake__complete(f);
	r = fake__report(f);
	t = table(r, "io.targets");
	by = table(r, "io.targets.by");
	wakes = table(r, "io.targets.woken_by");
	assert_int_equal(table__rows(t), 1);
	assert_string_equal(table__text(t, 0, "kind"), "pipe");
	assert_string_equal(table__text(t, 0, "name"), "pipe:[4711]");
	assert_string_equal(table__text(t, 0, "cause"), "pipe");
	assert_int_equal(table__int(t, 0, "ino"), 4711);
	assert_int_equal(table__int(t, 0, "waits"), 5);
	assert_int_equal(table__int(t, 0, "wait_ns"), 354);
	assert_int_equal(table__int(t, 0, "max_wait_ns"), 102);
	assert_int_equal(table__int(t, 0, "waiters"), 2);
	assert_int_equal(table__rows(by), 2);
	assert_string_equal(table__text(by, 0, "comm"), "reader");
	assert_string_equal(table__text(by, 0, "call"), "read");
	assert_int_equal(table__int(by, 0, "wait_ns"), 304);
	assert_string_equal(table__text(by, 1, "call"), "write");
	assert_int_equal(table__rows(wakes), 1);
	assert_string_equal(table__text(wakes, 0, "comm"), "writer");
	assert_int_equal(table__int(wakes, 0, "count"), 3);
	report__free(r);
	fake__free(f);
}

/* Everything that waits in files, pipes, sockets and disks is in some row, known or not. */
static void test_adds_up(void **state)
{
	static const struct file_info file = {
		.index = 0, .mode = S_IFREG, .flags = CT_FILE_PATH, .text = "/a", .text_len = 2};
	static const struct file_info sock = {.index = 1,
					      .mode = S_IFSOCK,
					      .family = AF_INET,
					      .protocol = SOCK_STREAM,
					      .local = {127, 0, 0, 1},
					      .local_port = 80,
					      .peer = {127, 0, 0, 1},
					      .peer_port = 5000};
	static const struct wait waits[] = {
		{.cause = CAUSE_DISK, .nr = NR_FSYNC, .file = &file},
		{.cause = CAUSE_FILE, .nr = NR_READ, .file = &file},
		{.cause = CAUSE_NETWORK, .nr = NR_READ, .file = &sock},
		{.cause = CAUSE_DISK, .nr = 0},
		{.cause = CAUSE_PIPE, .nr = 0},
		{.cause = CAUSE_POLL, .nr = 7}, /* of several: no target */
		{.cause = CAUSE_MUTEX, .nr = 202, .file = &file},
		{.cause = CAUSE_PAGEFAULT, .nr = CT_NR_NONE, .file = &file},
		{.cause = CAUSE_PAGEFAULT, .nr = CT_NR_NONE},
	};
	static const char *const causes[] = {"disk", "file", "network", "pipe"};
	struct fake *f = fake__new(1, 0);
	struct model_task *a = fake__task(f, "a", 0);
	struct report_table *t, *tasks, *root;
	struct report *r;
	char key[32];
	size_t i, row;

	(void)state;
	for (i = 0; i < sizeof(waits) / sizeof(*waits); i++)
		fake__do(f, a, TASK_BLOCKED, 1 << i, 0, &waits[i]);
	fake__complete(f);
	r = fake__report(f);
	t = table(r, "io.targets");
	tasks = table(r, "tasks");
	root = table(r, "");
	assert_int_equal(table__rows(t), 5);
	for (i = 0; i < 4; i++) {
		int64_t ns = 0;

		for (row = 0; row < table__rows(t); row++)
			if (!strcmp(table__text(t, row, "cause"), causes[i]))
				ns += table__int(t, row, "wait_ns");
		snprintf(key, sizeof(key), "blocked_by.%s", causes[i]);
		assert_int_equal(ns, table__int(tasks, 0, key));
	}
	assert_false(table__has(t, 0, "name")); /* a pipe, longest; nothing is known of it */
	assert_string_equal(table__text(t, 0, "kind"), "pipe");
	assert_string_equal(table__text(t, 2, "name"), "tcp 127.0.0.1:80 <-> 127.0.0.1:5000");
	assert_string_equal(table__text(t, 2, "local"), "127.0.0.1:80");
	assert_string_equal(table__text(t, 2, "peer"), "127.0.0.1:5000");
	assert_int_equal(table__int(root, 0, "io.faults.count"), 2);
	assert_int_equal(table__int(root, 0, "io.faults.ns"), 128 + 256);
	t = table(r, "io.faults.by");
	assert_int_equal(table__rows(t), 2);
	assert_false(table__has(t, 0, "name"));
	assert_string_equal(table__text(t, 1, "name"), "/a");
	report__free(r);
	fake__free(f);
}

static void test_is_capped(void **state)
{
	enum { N = 1003 };
	struct file_info *files = fake__calloc(N, sizeof(*files));
	struct wait *waits = fake__calloc(N, sizeof(*waits));
	struct fake *f = fake__new(1, 0);
	struct model_task *a = fake__task(f, "a", 0);
	struct report *r;
	uint32_t i;

	(void)state;
	for (i = 0; i < N; i++) {
		files[i] = (struct file_info){.index = i, .mode = S_IFIFO, .ino = i + 1};
		waits[i] = (struct wait){.cause = CAUSE_PIPE, .file = &files[i]};
		fake__do(f, a, TASK_BLOCKED, i + 1, 0, &waits[i]);
	}
	fake__complete(f);
	r = fake__report(f);
	assert_int_equal(table__rows(table(r, "io.targets")), 1000);
	assert_int_equal(table__int(table(r, ""), 0, "io.targets_omitted.targets"), 3);
	assert_int_equal(table__int(table(r, ""), 0, "io.targets_omitted.waits"), 3);
	assert_int_equal(table__int(table(r, ""), 0, "io.targets_omitted.wait_ns"), 6);
	report__free(r);
	fake__free(f);
	free(files);
	free(waits);
}

static void test_sleeps(void **state)
{
	struct wait known = {.cause = CAUSE_SLEEP, .nr = NR_NANOSLEEP, .detail = 90};
	struct wait until = {.cause = CAUSE_SLEEP, .nr = NR_NANOSLEEP, .args = {1, 1}, .detail = 5};
	struct wait forever = {.cause = CAUSE_SLEEP, .nr = 35, .detail = INT64_MAX};
	struct fake *f = fake__new(1, 0);
	struct model_task *a = fake__task(f, "a", 0), *b = fake__task(f, "b", 0);
	struct model_task *c = fake__task(f, "c", 0);
	struct model_stack stack;
	struct report_table *t;
	struct report *r;

	(void)state;
	known.stack = fake__stack(f, &stack, worker, 2, STACK_COMPLETE);
	fake__do(f, a, TASK_BLOCKED, 100, 0, &known);
	fake__do(f, a, TASK_BLOCKED, 110, 0, &known);
	fake__do(f, b, TASK_BLOCKED, 50, 0, &known);
	fake__do(f, b, TASK_BLOCKED, 51, 0, &until);
	fake__do(f, c, TASK_BLOCKED, 10, 0, &forever);
	fake__do(f, c, TASK_BLOCKED, 10, 0, &forever);
	fake__complete(f);
	r = fake__report(f);
	t = table(r, "io.sleeps");
	assert_int_equal(table__rows(t), 3);
	assert_string_equal(table__text(t, 0, "comm"), "a");
	assert_int_equal(table__int(t, 0, "waits"), 2);
	assert_int_equal(table__int(t, 0, "wait_ns"), 210);
	assert_int_equal(table__int(t, 0, "asked_ns"), 180);
	assert_string_equal(table__text(t, 0, "function"), "worker");
	assert_int_equal(table__int(t, 0, "line"), 58);
	assert_int_equal(table__int(t, 0, "stack"), 0);
	assert_false(table__has(t, 1, "asked_ns")); /* of one sleep it is not known */
	assert_true(table__int(t, 2, "asked_ns") == INT64_MAX);
	assert_false(table__has(t, 2, "function"));
	report__free(r);
	fake__free(f);
}

static void test_disks(void **state)
{
	const struct analysis *a = &analysis_disks;
	struct fake *f = fake__new(1, 0);
	struct model_task *task = fake__task(f, "writer", 0);
	struct model_disk requests[] = {
		{.issued_ns = 0, .done_ns = 100, .bytes = 4096, .dev = 254u << 20, .op = 0},
		{.issued_ns = 50, .done_ns = 150, .bytes = 512, .dev = 254u << 20, .op = 1},
		{.issued_ns = 60, .done_ns = 160, .bytes = 0, .dev = 254u << 20, .op = 2},
		{.issued_ns = 155, .done_ns = 355, .bytes = 8, .dev = 254u << 20, .op = 1},
		{.issued_ns = 10, .done_ns = 11, .bytes = 1, .dev = 8u << 20 | 1, .error = -5},
	};
	struct report *r = report__new();
	struct report_table *t, *by;
	void *disks = a->begin(&f->input);
	size_t i;

	(void)state;
	f->model.end_ns = 1000;
	requests[1].task = task;
	for (i = 0; i < 5; i++)
		assert_int_equal(a->disk(disks, &requests[i]), 0);
	assert_int_equal(a->finish(disks, &f->input, r), 0);
	a->end(disks);
	t = table(r, "io.disks");
	by = table(r, "io.disks.by");
	assert_int_equal(table__rows(t), 2);
	assert_string_equal(table__text(t, 0, "dev"), "254:0");
	assert_int_equal(table__int(t, 0, "reads"), 1);
	assert_int_equal(table__int(t, 0, "writes"), 2);
	assert_int_equal(table__int(t, 0, "others"), 1);
	assert_int_equal(table__int(t, 0, "read_bytes"), 4096);
	assert_int_equal(table__int(t, 0, "write_bytes"), 520);
	assert_int_equal(table__int(t, 0, "latency.p50_ns"), 100);
	assert_int_equal(table__int(t, 0, "latency.max_ns"), 200);
	assert_int_equal(table__int(t, 0, "queue.max"), 3);
	assert_true(table__real(t, 0, "queue.mean") == 0.5);
	assert_string_equal(table__text(t, 1, "dev"), "8:1");
	assert_int_equal(table__int(t, 1, "errors"), 1);
	assert_int_equal(table__rows(by), 3);
	assert_int_equal(table__int(by, 0, "requests"), 3);
	assert_false(table__has(by, 0, "tid")); /* nobody knows whose */
	assert_int_equal(table__int(by, 1, "bytes"), 512);
	assert_string_equal(table__text(by, 1, "comm"), "writer");
	report__free(r);
	fake__free(f);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_pipe),	  cmocka_unit_test(test_adds_up),
		cmocka_unit_test(test_is_capped), cmocka_unit_test(test_sleeps),
		cmocka_unit_test(test_disks),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
