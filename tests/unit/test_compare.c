// SPDX-License-Identifier: GPL-2.0-only
/* Comparisons of reports made by hand: what is matched, what adds up, what is noise, what is shown.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "compare/compare.h"
#include "export/rows.h"
#include "export/text_out.h"
#include "report/report.h"

#include "tests/unit/compare_make.inc"

/* --- matching --- */

/* Addresses and lines differ, the lock is the same; one that is alone keeps its full name. */
static void test_objects(void **state)
{
	struct made all[2] = {make(100 * MS, 100 * MS), make(100 * MS, 100 * MS)};
	struct report *r;
	size_t row;

	(void)state;
	add_sync(&all[0], 0, "mutex", "registry_lock", 10, 10 * MS);
	add_sync(&all[0], 1, "mutex", "heap 0x5581d5c0e060 used in f() a.c:58", 5, 7 * MS);
	add_sync(&all[0], 2, "mutex", "heap 0x5581d5c0f0a0 used in f() a.c:58", 3, 2 * MS);
	row = add_sync(&all[0], 3, "condvar", NULL, 4, 4 * MS);
	set_site(all[0].sites, table__add_row(all[0].sites, row), "take", 10);
	add_sync(&all[0], 4, "rwlock", "gone", 100, 50 * MS);
	row = add_sync(&all[1], 0, "condvar", NULL, 6, 6 * MS);
	set_site(all[1].sites, table__add_row(all[1].sites, row), "take", 12);
	add_sync(&all[1], 1, "mutex", "heap 0x7777d5c0e060 used in f() a.c:60", 1, 1 * MS);
	add_sync(&all[1], 2, "mutex", "registry_lock", 20, 30 * MS);
	add_sync(&all[1], 3, "rwlock", "registry_lock", 9, 9 * MS);
	r = compare(all, 2, 1);
	assert_int_equal(value(r, "sync", "wait_ns", "mutex registry_lock", 1, "delta"), 20 * MS);
	assert_int_equal(value(r, "sync", "waits", "mutex registry_lock", 0, "median"), 10);
	assert_int_equal(
		value(r, "sync", "objects", "mutex in heap 0x... used in f() a.c", 0, "median"), 2);
	assert_int_equal(
		value(r, "sync", "wait_ns", "mutex in heap 0x... used in f() a.c", 1, "delta"),
		-8 * MS);
	assert_int_equal(value(r, "sync", "wait_ns", "condvar used in take() app.c", 1, "delta"),
			 2 * MS);
	assert_int_equal(value(r, "sync", "wait_ns", "rwlock gone", 1, "median"), 0);
	assert_int_equal(value(r, "sync", "wait_ns", "rwlock gone", 1, "runs"), 0);
	assert_int_equal(value(r, "sync", "wait_ns", "rwlock registry_lock", 0, "runs"), 0);
	assert_int_equal(value(r, "sync", "wait_ns", "rwlock registry_lock", 1, "delta"), 9 * MS);
	/* The largest difference leads its section. */
	for (row = 0; strcmp(table__text(report__find(r, "numbers"), row, "section"), "sync");
	     row++)
		;
	assert_string_equal(table__text(report__find(r, "numbers"), row, "name"), "rwlock gone");
	report__free(r);
}

static void test_thread_groups(void **state)
{
	struct made all[2] = {make(100 * MS, 100 * MS), make(100 * MS, 100 * MS)};
	struct report *r;

	(void)state;
	add_task(&all[0], "main", MS, 2 * MS);
	add_task(&all[0], "worker-1", 10 * MS, 20 * MS);
	add_task(&all[0], "worker-2", 30 * MS, 40 * MS);
	add_task(&all[0], "stage2", 1, 1);
	add_task(&all[1], "worker-1", 5 * MS, 0);
	add_task(&all[1], "stage2", 1, 1);
	r = compare(all, 2, 1);
	assert_int_equal(value(r, "threads", "running_ns", "worker-*", 0, "median"), 40 * MS);
	assert_int_equal(value(r, "threads", "threads", "worker-*", 1, "delta"), -1);
	assert_int_equal(value(r, "threads", "blocked_ns", "main", 1, "delta"), -2 * MS);
	value_row(r, "threads", "running_ns", "stage2", 0);
	assert_int_equal(value(r, "total", "cpu_ns", NULL, 0, "median"), 41 * MS + 1);
	assert_int_equal(value(r, "blocked", "blocked_ns", "mutex", 1, "median"), 1);
	report__free(r);
}

/* --- sums --- */

static void test_cpus_sum(void **state)
{
	struct made all[2] = {make(2000 * MS + 1, 2003 * MS), make(1000 * MS + 3, 1987 * MS + 1)};
	struct report *r;
	char *text;
	size_t i;

	(void)state;
	/* Odd nanoseconds, to be divided by two. */
	add_sync(&all[0], 7, "mutex", "big_lock", 1000, 900 * MS);
	add_idle(&all[0], "mutex", 7, "mutex big_lock", 1800 * MS + 1);
	add_idle(&all[0], "no-thread", -1, NULL, 101 * MS + 1);
	add_idle(&all[1], "no-thread", -1, NULL, 3 * MS + 1);
	r = compare(all, 2, 1);
	assert_sums(r, "cpus");
	assert_int_equal(part(r, "differences.cpus",
			      "idle CPU time while threads waited for mutex big_lock", "ns"),
			 0);
	assert_in_range(part(r, "differences.cpus",
			     "idle CPU time while threads waited for mutex big_lock", "base_ns"),
			900 * MS - 1, 900 * MS + 1);
	/* What the table of causes does not tell is idle for no known cause. */
	assert_in_range(part(r, "differences.cpus", "idle CPU time", "base_ns"), 48 * MS, 49 * MS);
	for (i = 0; i < table__rows(report__find(r, "differences.cpus")); i++)
		assert_string_not_equal(
			table__text(report__find(r, "differences.cpus"), i, "state"), "rest");
	assert_int_equal(table__rows(report__find(r, "differences.critical_path")), 0);
	text = text_of(r);
	assert_has(text, "B takes 1.00 s less than A: 2.00 s -> 1.00 s, 2.00x as fast\n");
	assert_has(text,
		   "  900 ms of it: no more idle CPU time while threads waited for mutex big");
	assert_has(text, "waiting for mutex big_lock 900 ms -> 0 s\n");
	free(text);
	report__free(r);
}

static void test_path_sums(void **state)
{
	struct made all[2] = {make(1000 * MS, 1000 * MS), make(400 * MS, 700 * MS)};
	struct report *r;
	char *text;

	(void)state;
	add_sync(&all[0], 3, "mutex", "heap 0x5581d5c0e060 used in f() a.c:58", 1, MS);
	add_sync(&all[1], 9, "mutex", "heap 0x99991d5c0e06 used in f() a.c:59", 1, MS);
	add_running(&all[0], "worker-1", "step(int)", 30, 300 * MS);
	add_running(&all[0], "worker-2", "step(int)", 31, 350 * MS);
	add_blocked(&all[0], "mutex", 3, "mutex heap 0x5581d5c0e060", 40 * MS);
	add_blocked(&all[0], "network", -1, "tcp 127.0.0.1:43210", 310 * MS);
	add_running(&all[1], "worker-1", "step(int)", 32, 370 * MS);
	add_blocked(&all[1], "mutex", 9, "mutex heap 0x99991d5c0e06", 25 * MS);
	add_blocked(&all[1], "network", -1, "tcp 127.0.0.1:55555", 2 * MS);
	r = compare(all, 2, 1); /* 3 ms of B are not told: they must be "other" */
	assert_sums(r, "critical_path");
	assert_int_equal(part(r, "differences.critical_path", "other", "delta_ns"), 3 * MS);
	assert_int_equal(part(r, "differences.critical_path", "worker-* computing in step() app.c",
			      "delta_ns"),
			 -280 * MS);
	assert_int_equal(
		part(r, "differences.critical_path", "waiting for tcp 127.0.0.1:...", "delta_ns"),
		-308 * MS);
	assert_int_equal(part(r, "differences.critical_path",
			      "waiting for mutex in heap 0x... used in f() a.c", "delta_ns"),
			 -15 * MS);
	/* The largest one leads. */
	assert_string_equal(table__text(report__find(r, "differences.critical_path"), 0, "cause"),
			    "network");
	text = text_of(r);
	assert_has(text, "  308 ms of it: no more waiting for tcp");
	assert_has(text, "  280 ms of it: less worker-* computing in step()");
	assert_has(text, "  by CPUs, 450 ms of it: less idle CPU time\n");
	assert_has(text, "\nCRITICAL PATH ");
	assert_has(text, "\n  = wall time ");
	free(text);
	report__free(r);
}

/* More parts than are told one by one, of which none is lost. */
static void test_many_parts_sum(void **state)
{
	struct made all[2] = {make(100 * MS, 0), make(50 * MS, 0)};
	struct report *r;
	char name[32];
	int i;

	(void)state;
	for (i = 0; i < 60; i++) {
		snprintf(name, sizeof(name), "f%c%c", 'a' + i / 26, 'a' + i % 26);
		add_running(&all[i % 2], "main", name, 1, i * 10007 + 1);
	}
	r = compare(all, 2, 1);
	assert_sums(r, "critical_path");
	assert_int_equal(table__rows(report__find(r, "differences.critical_path")), 21);
	assert_sums(r, "cpus");
	report__free(r);
}

/* Only one of the two tells its critical path: then nothing can be said of the difference. */
static void test_half_a_path(void **state)
{
	struct made all[2] = {make(100 * MS, 0), make(50 * MS, 0)};
	struct report *r;

	(void)state;
	add_running(&all[0], "main", "f", 1, 100 * MS);
	r = compare(all, 2, 1);
	assert_int_equal(table__rows(report__find(r, "differences.critical_path")), 0);
	report__free(r);
}

/* What a part is called: what the others say who fill the tables, or words for a bare cause. */
static void test_part_words(void **state)
{
	struct made all[2] = {make(1000 * MS, 0), make(100 * MS, 0)};
	struct report *r;
	size_t row;

	(void)state;
	add_blocked(&all[0], "sleep", -1, "timer", 200 * MS);
	add_blocked(&all[0], "network", -1, "", 100 * MS);
	add_blocked(&all[0], "novel", -1, "", 50 * MS);
	add_blocked(&all[0], "join", -1, "thread worker-1", 25 * MS);
	for (row = 0; row < 2; row++) {
		size_t at = table__add_row(all[0].path, 0);

		table__set_text(all[0].path, at, "state", "runnable");
		table__set_text(all[0].path, at, "subject", row ? "CPU, preempted" : "CPU");
		table__set_int(all[0].path, at, "ns", (int64_t)row + 1);
	}
	add_idle(&all[0], "sleep", -1, NULL, 3 * MS);
	add_idle(&all[0], "poll", -1, NULL, 4 * MS);
	add_idle(&all[0], "balance", -1, NULL, 5 * MS);
	add_running(&all[1], "main", "f", 1, 100 * MS);
	r = compare(all, 2, 1);
	part_row(r, "differences.critical_path", "sleeping");
	part_row(r, "differences.critical_path", "waiting for the network");
	part_row(r, "differences.critical_path", "waiting for novel");
	part_row(r, "differences.critical_path", "waiting for thread worker-1");
	part_row(r, "differences.critical_path", "waiting for a CPU");
	part_row(r, "differences.critical_path", "waiting for a CPU, preempted");
	part_row(r, "differences.cpus", "idle CPU time while threads slept");
	part_row(r, "differences.cpus", "idle CPU time while threads waited for events");
	part_row(r, "differences.cpus", "idle CPU time while threads waited for another CPU");
	assert_sums(r, "critical_path");
	report__free(r);
}

/* --- noise --- */

/* Medians of unsorted runs, parts of the run in the middle, and ranges that overlap. */
static void test_runs(void **state)
{
	static const int64_t wall[] = {110, 100, 105, 112, 90, 101};
	struct made all[6];
	struct report *r;
	const struct report_table *runs;
	char *text;
	size_t i;

	(void)state;
	for (i = 0; i < 6; i++) {
		all[i] = make(wall[i] * MS, 100 * MS);
		add_running(&all[i], "main", "f", 1, (wall[i] - 1 - (int64_t)i) * MS);
		add_sync(&all[i], 0, "mutex", "l", i < 3 ? 500 : 100 + (int64_t)i, MS);
	}
	r = compare(all, 2, 3);
	assert_int_equal(value(r, "total", "wall_ns", NULL, 0, "median"), 105 * MS);
	assert_int_equal(value(r, "total", "wall_ns", NULL, 1, "median"), 101 * MS);
	assert_int_equal(value(r, "total", "wall_ns", NULL, 1, "min"), 90 * MS);
	assert_int_equal(value(r, "total", "wall_ns", NULL, 1, "max"), 112 * MS);
	assert_true(flag(r, "total", "wall_ns", NULL, 1, "noise"));
	assert_false(flag(r, "sync", "waits", "mutex l", 1, "noise"));
	assert_int_equal(value(r, "sync", "waits", "mutex l", 1, "runs"), 3);
	assert_int_equal(
		part(r, "differences.critical_path", "main computing in f() app.c:1", "base_ns"),
		102 * MS); /* of the third run */
	assert_sums(r, "critical_path");
	assert_sums(r, "cpus");
	runs = report__find(r, "sides.runs");
	for (i = 0; i < 6; i++)
		assert_int_equal(table__bool(runs, i, "middle"), i == 2 || i == 5);
	text = text_of(r);
	assert_has(text, "No difference beyond noise: A 105 ms (100..110), B 101 ms (90..112)\n");
	assert_has_not(text, "\n  wall time");
	assert_has_not(text, "of it");
	assert_has(text, "500  104 103..105 ");
	free(text);
	report__free(r);
}

/* A part that varies as much from run to run explains nothing, however large it happens to be. */
static void test_noise_is_no_reason(void **state)
{
	static const int64_t wall[] = {100, 101, 200, 201}, noisy[] = {10, 90, 80, 20};
	struct made all[4];
	struct report *r;
	char *text;
	size_t i;

	(void)state;
	for (i = 0; i < 4; i++) {
		all[i] = make(wall[i] * MS, 100 * MS);
		add_running(&all[i], "main", "noisy", 1, noisy[i] * MS);
		add_running(&all[i], "main", "grown", 2, (wall[i] - noisy[i]) * MS);
	}
	r = compare(all, 2, 2);
	assert_sums(r, "critical_path");
	text = text_of(r);
	assert_has(text, "B takes 100 ms more than A: 100 ms -> 200 ms, 2.00x as long\n"
			 "  30 ms of it: more main computing in grown()");
	assert_has_not(text, "noisy");
	assert_has(text, "\n  other ");
	free(text);
	report__free(r);
}

static void test_same(void **state)
{
	struct made all[2] = {make(100 * MS, 100 * MS), make(100 * MS, 100 * MS)};
	struct report *r;
	char *text;
	size_t i;

	(void)state;
	for (i = 0; i < 2; i++) {
		add_task(&all[i], "main", 100 * MS, 0);
		add_sync(&all[i], 0, "mutex", "l", 50, 10 * MS);
		add_running(&all[i], "main", "f", 1, 100 * MS);
		add_finding(&all[i], "lock-contention", "mutex l", 0);
	}
	r = compare(all, 2, 1);
	text = text_of(r);
	assert_has(text, "No difference: B takes 100 ms, A 100 ms\n");
	assert_has_not(text, "WHAT DIFFERS");
	assert_has_not(text, "FINDINGS");
	free(text);
	for (i = 0; i < table__rows(report__find(r, "numbers.values")); i++)
		assert_int_equal(table__int(report__find(r, "numbers.values"), i, "delta"), 0);
	report__free(r);
}

/* --- findings, three sides, hostile names --- */

static void test_findings(void **state)
{
	struct made all[6];
	const struct report_table *t, *values;
	struct report *r;
	char *text;
	size_t i;

	(void)state;
	for (i = 0; i < 6; i++)
		all[i] = make(100 * MS, 0);
	for (i = 0; i < 3; i++) {
		add_sync(&all[i], (int64_t)i, "mutex", "heap 0x5581d5c0e060 used in f() a.c:1", 1,
			 1);
		add_finding(&all[i], "lock-contention", "mutex heap 0x5581d5c0e060", (int64_t)i);
		add_finding(&all[i + 3], "sleep-bound", "main", -1);
	}
	add_finding(&all[0], "io-bound", "/a", -1); /* not in every run: nothing to be sure of */
	add_finding(&all[4], "affinity", "main", -1);
	r = compare(all, 2, 3);
	t = report__find(r, "findings");
	values = report__find(r, "findings.values");
	assert_int_equal(table__rows(t), 4);
	assert_string_equal(table__text(t, 0, "code"), "lock-contention");
	assert_int_equal(table__int(values, 0, "runs"), 3);
	assert_string_equal(table__text(values, 1, "change"), "gone");
	assert_string_equal(table__text(values, 3, "change"), "some");
	assert_string_equal(table__text(values, 5, "change"), "new");
	assert_string_equal(table__text(values, 7, "change"), "some");
	text = text_of(r);
	assert_has(text,
		   "\n  gone in B  lock-contention  mutex in heap 0x5581d5c0e060 used in f()");
	assert_has(text, "\n  new  in B  sleep-bound  main\n");
	assert_has_not(text, "io-bound");
	assert_has_not(text, "affinity");
	free(text);
	report__free(r);
}

static void test_three(void **state)
{
	struct made all[3] = {make(400 * MS, 400 * MS), make(200 * MS, 400 * MS),
			      make(401 * MS, 400 * MS)};
	struct report *r;
	char *text;
	size_t i;

	(void)state;
	for (i = 0; i < 3; i++)
		add_task(&all[i], "main", 400 * MS, 0);
	r = compare(all, 3, 1);
	assert_int_equal(table__rows(report__find(r, "differences")), 2);
	assert_int_equal(table__int(report__find(r, "differences"), 1, "delta_ns"), MS);
	assert_sums(r, "cpus");
	text = text_of(r);
	assert_has(text, "B takes 200 ms less than A: 400 ms -> 200 ms, 2.00x as fast\n");
	assert_has(text, "No difference: C takes 401 ms, A 400 ms\n");
	assert_has(text, " 400 ms  200 ms  401 ms ~\n");
	assert_has(text, "~ no difference from A");
	free(text);
	report__free(r);
}

/* More sides than columns fit: the rest is told in words. */
static void test_many_sides(void **state)
{
	struct made all[8];
	struct report *r;
	char *text;
	size_t i;

	(void)state;
	for (i = 0; i < 8; i++)
		all[i] = make((int64_t)(i + 1) * 123456 * MS, 400 * MS);
	r = compare(all, 4, 2);
	text = text_of(r);
	assert_has(text, "  wall time ");
	assert_has(text, "123..247");
	free(text);
	report__free(r);
	for (i = 0; i < 8; i++)
		all[i] = make((int64_t)(i + 1) * 100 * MS, 10 * MS);
	r = compare(all, 8, 1);
	text = text_of(r);
	assert_has(text, "H takes 700 ms more than A: 100 ms -> 800 ms, 8.00x as long\n");
	assert_has(text, " 100 ms  200 ms  300 ms  400 ms  500 ms\n");
	free(text);
	report__free(r);
}

static void test_hostile(void **state)
{
	static const char name[] = "\033[2J\r\n\"<b>\\\xff\xc3|% s%n very long indeed, longer than "
				   "any line of the terminal ever was or will be";
	struct made all[2] = {make(400 * MS, 400 * MS), make(200 * MS, 100 * MS)};
	struct export_input in = {0};
	struct report *r;
	char *text = NULL, *c;
	void *json = NULL;
	size_t size, i;
	FILE *out;

	(void)state;
	for (i = 0; i < 2; i++) {
		table__set_text(all[i].words, table__add_row(all[i].words, 0), "", name);
		table__set_text(all[i].root, 0, "host.hostname", i ? name : "host");
		add_task(&all[i], name, 400 * MS, i ? 0 : 100 * MS);
		add_sync(&all[i], 0, name, name, 50, i ? 0 : 100 * MS);
		add_running(&all[i], name, name, 1, i ? 0 : 200 * MS);
		add_blocked(&all[i], name, -1, name, 10 * MS);
		add_idle(&all[i], name, -1, name, i ? 0 : 100 * MS);
	}
	add_finding(&all[0], name, name, -1);
	r = compare(all, 2, 1);
	assert_sums(r, "critical_path");
	text = text_of(r); /* looks for control characters and long lines */
	assert_has(text, "\\x1b[2J");
	free(text);
	out = open_memstream(&text, &size);
	assert_int_equal(exporter_json.begin(&in, out, &json), 0);
	assert_int_equal(exporter_json.finish(json, r), 0);
	exporter_json.end(json);
	fclose(out);
	for (c = text; *c; c++)
		assert_true((unsigned char)*c >= ' ' || *c == '\n');
	assert_has(text, "\\u001b[2J");
	free(text);
	report__free(r);
}

/* A report that has next to nothing: what is not there is not compared. */
static void test_empty(void **state)
{
	struct made all[2] = {{.report = report__new()}, {.report = report__new()}};
	struct report *r = compare(all, 2, 1);
	char *text = text_of(r);

	(void)state;
	assert_has(text, "No difference");
	free(text);
	report__free(r);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_objects),
		cmocka_unit_test(test_thread_groups),
		cmocka_unit_test(test_cpus_sum),
		cmocka_unit_test(test_path_sums),
		cmocka_unit_test(test_many_parts_sum),
		cmocka_unit_test(test_half_a_path),
		cmocka_unit_test(test_part_words),
		cmocka_unit_test(test_runs),
		cmocka_unit_test(test_noise_is_no_reason),
		cmocka_unit_test(test_same),
		cmocka_unit_test(test_findings),
		cmocka_unit_test(test_three),
		cmocka_unit_test(test_many_sides),
		cmocka_unit_test(test_hostile),
		cmocka_unit_test(test_empty),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
