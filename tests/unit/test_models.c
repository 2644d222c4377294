// SPDX-License-Identifier: GPL-2.0-only
/* The same work done in several ways: what is taken from reports made by hand, and how it is shown.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "compare/models.h"
#include "export/rows.h"
#include "export/text_out.h"
#include "report/report.h"

#define MS 1000000LL

#define I(key)                                                                                     \
	{                                                                                          \
		key, key, R_INT, U_NONE, 0                                                         \
	}
#define T(key)                                                                                     \
	{                                                                                          \
		key, key, R_TEXT, U_NONE, 0                                                        \
	}
#define N(c) (sizeof(c) / sizeof(*(c)))

static const struct report_column root_columns[] = {
	I("wall_ns"),
	I("spawn.threads.count"),
	I("spawn.threads.p50_ns"),
	I("spawn.processes.count"),
	I("spawn.processes.p50_ns"),
	I("run_queue_latency.p50_ns"),
	I("events.lost"),
	I("samples.count"),
	I("samples.copying"),
};
static const struct report_column task_columns[] = {
	I("tid"),
	I("pid"),
	T("comm"),
	I("running_ns"),
	I("runnable_ns"),
	I("blocked_ns"),
	I("blocked_by.gil"),
	I("blocked_by.sleep"),
	I("blocked_by.child"),
	I("switches.voluntary"),
	I("migrations"),
	I("peak_memory_bytes"),
};
static const struct report_column cpu_columns[] = {I("cpu"), I("other_ns")};
static const struct report_column finding_columns[] = {T("code"), T("summary")};

/* Two CPUs; thread 1 of process 1. */
static struct report *make(int64_t wall, int64_t running)
{
	struct report *r = report__new();
	struct report_table *t = report__add(r, "", "", root_columns, N(root_columns));

	table__set_int(t, 0, "wall_ns", wall);
	table__set_int(t, 0, "spawn.threads.count", 2);
	table__set_int(t, 0, "spawn.threads.p50_ns", 30000);
	table__set_int(t, 0, "spawn.processes.count", 0);
	table__set_int(t, 0, "spawn.processes.p50_ns", 0);
	table__set_int(t, 0, "run_queue_latency.p50_ns", 9000);
	t = report__add(r, "", "cpus", cpu_columns, N(cpu_columns));
	table__add_row(t, 0);
	table__set_int(t, table__add_row(t, 0), "other_ns", 4 * MS);
	t = report__add(r, "", "tasks", task_columns, N(task_columns));
	table__add_row(t, 0);
	table__set_int(t, 0, "tid", 1);
	table__set_int(t, 0, "pid", 1);
	table__set_text(t, 0, "comm", "\033[31mmain");
	table__set_int(t, 0, "running_ns", running);
	table__set_int(t, 0, "runnable_ns", MS);
	table__set_int(t, 0, "switches.voluntary", 5);
	report__add(r, "", "findings", finding_columns, N(finding_columns));
	return r;
}

static void add_thread(struct report *r, int64_t tid, int64_t pid, const char *comm,
		       int64_t running, int64_t gil, int64_t sleep, int64_t child)
{
	struct report_table *t = report__find(r, "tasks");
	size_t row = table__add_row(t, 0);

	table__set_int(t, row, "tid", tid);
	table__set_int(t, row, "pid", pid);
	table__set_text(t, row, "comm", comm);
	table__set_int(t, row, "running_ns", running);
	table__set_int(t, row, "blocked_ns", gil + sleep + child);
	table__set_int(t, row, "blocked_by.gil", gil);
	table__set_int(t, row, "blocked_by.sleep", sleep);
	table__set_int(t, row, "blocked_by.child", child);
	table__set_int(t, row, "switches.voluntary", 10);
	table__set_int(t, row, "migrations", 1);
}

static char *words[] = {(char[]){"prog"}, (char[]){"--fast"}, NULL};

static struct report *two(struct report *a, struct report *b, const char *server)
{
	const struct report *const one[] = {a}, *const other[] = {b};
	const struct models_side sides[] = {{"sequential", words, one, 1},
					    {"threads", words, other, 1}};
	const struct models_work work = {"cpu", "Python", server};
	struct report *result = models__new(&work, sides, 2);

	assert_non_null(result);
	report__free(a);
	report__free(b);
	return result;
}

static int64_t number(const struct report *r, size_t row, const char *key)
{
	return table__int(report__find(r, "models"), row, key);
}

static void test_sums(void **state)
{
	struct report *b = make(60 * MS, 20 * MS), *r;
	const struct report_table *t;

	(void)state;
	add_thread(b, 2, 1, "worker-1", 25 * MS, 7 * MS, 2 * MS, 3 * MS);
	add_thread(b, 3, 3, "worker-2", 5 * MS, 1 * MS, 0, 0);
	table__set_int(report__find(b, ""), 0, "samples.count", 80);
	table__set_int(report__find(b, ""), 0, "samples.copying", 20);
	r = two(make(90 * MS, 80 * MS), b, NULL);
	t = report__find(r, "models");
	assert_int_equal(table__rows(t), 2);
	assert_int_equal(number(r, 0, "wall_ns"), 90 * MS);
	assert_int_equal(number(r, 1, "cpu_ns"), 50 * MS);
	assert_int_equal(number(r, 1, "run_queue.ns"), MS);
	assert_int_equal(number(r, 1, "blocked.ns"), 13 * MS);
	assert_int_equal(number(r, 1, "blocked.gil_ns"), 8 * MS);
	assert_int_equal(number(r, 1, "blocked.sleep_ns"), 2 * MS);
	assert_int_equal(number(r, 1, "blocked.other_ns"), 3 * MS);
	assert_int_equal(number(r, 1, "switches.voluntary"), 25);
	assert_int_equal(number(r, 1, "migrations"), 2);
	assert_int_equal(number(r, 1, "other_ns"), 4 * MS);
	assert_int_equal(number(r, 1, "start.thread_p50_ns"), 30000);
	assert_int_equal(number(r, 1, "run_queue.p50_ns"), 9000);
	/* No process was started: then it took no time either, not a time of zero. */
	assert_true(table__has(t, 1, "start.processes"));
	assert_false(table__has(t, 1, "start.process_p50_ns"));
	assert_false(table__has(t, 1, "wall_min_ns"));
	assert_true(table__real(t, 0, "speedup") == 1.0);
	assert_true(table__real(t, 1, "speedup") == 1.5);
	assert_true(table__real(t, 1, "copying.share") == 0.25);
	assert_int_equal(number(r, 1, "copying.samples"), 20);
	assert_false(table__has(t, 0, "copying.share"));
	assert_float_equal(table__real(t, 1, "parallelism"), 50.0 / 60, 1e-6);
	assert_float_equal(table__real(t, 1, "cpus_used"), 50.0 / 120, 1e-6);
	assert_float_equal(table__real(t, 1, "others_used"), 4.0 / 120, 1e-6);
	report__free(r);
}

/* A process counts once, with its most; what ended last of it tells, here of 3 and 4. */
static void test_memory(void **state)
{
	static const struct {
		const char *server;
		int64_t largest, sum;
	} cases[] = {{NULL, 900, 1500}, {"server", 500, 600}};
	struct report_table *t;
	size_t i;

	(void)state;
	for (i = 0; i < N(cases); i++) {
		struct report *b = make(60 * MS, 20 * MS), *r;

		add_thread(b, 3, 3, "worker", MS, 0, 0, 0);
		add_thread(b, 4, 3, "worker", MS, 0, 0, 0);
		add_thread(b, 5, 3, "worker", MS, 0, 0, 0);
		add_thread(b, 6, 6, "server", MS, 0, 0, 0);
		t = report__find(b, "tasks");
		table__set_int(t, 0, "peak_memory_bytes", 100);
		table__set_int(t, 1, "peak_memory_bytes", 500);
		table__set_int(t, 2, "peak_memory_bytes", 500);
		table__set_int(t, 3, "peak_memory_bytes", 400);
		table__set_int(t, 4, "peak_memory_bytes", 900);
		r = two(make(90 * MS, 80 * MS), b, cases[i].server);
		assert_int_equal(number(r, 1, "peak_memory.largest_bytes"), cases[i].largest);
		assert_int_equal(number(r, 1, "peak_memory.sum_bytes"), cases[i].sum);
		/* Not known is not zero. */
		assert_false(table__has(report__find(r, "models"), 0, "peak_memory.largest_bytes"));
		report__free(r);
	}
}

/* The server's process counts as another program, whatever its threads are called. */
static void test_server(void **state)
{
	static const struct {
		const char *server;
		int64_t cpu, other, blocked;
	} cases[] = {
		{NULL, 68 * MS, 4 * MS, 40 * MS},
		{"server", 60 * MS, 12 * MS, 10 * MS},
		{"nobody", 68 * MS, 4 * MS, 40 * MS},
	};
	size_t i;

	(void)state;
	for (i = 0; i < N(cases); i++) {
		struct report *b = make(60 * MS, 20 * MS), *r;

		add_thread(b, 7, 7, "server", 3 * MS, 0, 20 * MS, 0);
		add_thread(b, 8, 7, "helper", 5 * MS, 0, 10 * MS, 0);
		/* A thread of that name in the program itself is one of its own. */
		add_thread(b, 9, 1, "server", 40 * MS, 0, 10 * MS, 0);
		r = two(make(90 * MS, 80 * MS), b, cases[i].server);
		assert_int_equal(number(r, 1, "cpu_ns"), cases[i].cpu);
		assert_int_equal(number(r, 1, "other_ns"), cases[i].other);
		assert_int_equal(number(r, 1, "blocked.ns"), cases[i].blocked);
		report__free(r);
	}
}

static void test_median(void **state)
{
	static const struct {
		int64_t walls[4];
		size_t n;
		int64_t median, min, max;
	} cases[] = {
		{{30, 10, 20}, 3, 20, 10, 30},
		{{30, 10}, 2, 10, 10, 30},
		{{20, 20, 20}, 3, 20, 20, 20},
		{{40, 10, 30, 20}, 4, 20, 10, 40},
	};
	const struct models_work work = {"cpu", "C", NULL};
	size_t i, j;

	(void)state;
	for (i = 0; i < N(cases); i++) {
		const struct report *runs[4];
		struct models_side side = {"sequential", words, runs, cases[i].n};
		struct report *r;

		for (j = 0; j < cases[i].n; j++)
			runs[j] = make(cases[i].walls[j] * MS, cases[i].walls[j]);
		r = models__new(&work, &side, 1);
		assert_int_equal(number(r, 0, "wall_ns"), cases[i].median * MS);
		assert_int_equal(number(r, 0, "cpu_ns"), cases[i].median);
		assert_int_equal(number(r, 0, "wall_min_ns"), cases[i].min * MS);
		assert_int_equal(number(r, 0, "wall_max_ns"), cases[i].max * MS);
		report__free(r);
		for (j = 0; j < cases[i].n; j++)
			report__free((struct report *)runs[j]);
	}
}

/* The caller frees it. */
static char *text_of(const struct report *result)
{
	struct export_input in = {0};
	char *text = NULL, *line, *end;
	void *state = NULL;
	size_t size;
	FILE *out = open_memstream(&text, &size);

	assert_int_equal(exporter_models.begin(&in, out, &state), 0);
	assert_int_equal(exporter_models.finish(state, result), 0);
	exporter_models.end(state);
	fclose(out);
	if (getenv("SHOW")) /* for whoever works on the layout */
		fprintf(stderr, "\n%s", text);
	for (line = text; *line; line = end + 1) {
		end = strchr(line, '\n');
		assert_non_null(end);
		*end = '\0';
		if (text_width(line) > TEXT_COLUMNS)
			fail_msg("%zu columns: %s", text_width(line), line);
		assert_null(strpbrk(line, "\033\t\r\a"));
		*end = '\n';
	}
	return text;
}

static void assert_has(const char *text, const char *part)
{
	if (!strstr(text, part))
		fail_msg("no '%s' in:\n%s", part, text);
}

static void test_text(void **state)
{
	struct report *a = make(100 * MS, 100 * MS), *b = make(50 * MS, 20 * MS), *r;
	struct report_table *findings = report__find(b, "findings");
	char *text;

	(void)state;
	add_thread(b, 2, 1, "worker-1", 30 * MS, 7 * MS, 0, 0);
	table__set_text(findings, table__add_row(findings, 0), "summary",
			"\033[2JThreads queue for one lock that has a name which is far too long "
			"to be shown here in full");
	r = two(a, b, "server");
	text = text_of(r);
	assert_has(text, "in Python, on 2 CPUs\n");
	assert_has(text, "  times as fast                    1.00         2.00\n");
	assert_has(text, "  CPU time                       100 ms        50 ms\n");
	assert_has(text, "    interpreter lock                  -       7.0 ms\n");
	/* 56 columns of bar: 100 ms with half of the CPUs, and 4 ms / 200 ms of others. */
	assert_has(text, "  sequential  ############################o..........");
	assert_has(text, "  threads     ##############o............. 50 ms\n");
	assert_has(text, "  sequential  nothing\n");
	assert_has(text, "Threads queue");
	assert_has(text, "server they wait for");
	assert_null(strstr(text, "pipes"));
	assert_null(strstr(text, "LOST"));
	free(text);
	report__free(r);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_sums),   cmocka_unit_test(test_memory),
		cmocka_unit_test(test_server), cmocka_unit_test(test_median),
		cmocka_unit_test(test_text),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
