// SPDX-License-Identifier: GPL-2.0-only
#include "compare/models.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "report/report.h"

static const struct report_column root_columns[] = {
	{"schema", "schema", R_TEXT, U_NONE, 0},     {"version", "version", R_TEXT, U_NONE, 0},
	{"kind", "kind", R_TEXT, U_NONE, 0},	     {"language", "language", R_TEXT, U_NONE, 0},
	{"server", "server", R_TEXT, U_NONE, 0},     {"cpus", "CPUs", R_INT, U_COUNT, 0},
	{"runs", "runs of each", R_INT, U_COUNT, 0},
};

/* Numbers in the order in which they are shown, by what goes before the dot. */
static const struct report_column columns[] = {
	{"model", "model", R_TEXT, U_NONE, 0},
	{"wall_ns", "wall time", R_INT, U_NS, 0},
	{"wall_min_ns", "  of the fastest run", R_INT, U_NS, 0},
	{"wall_max_ns", "  of the slowest run", R_INT, U_NS, 0},
	{"speedup", "times as fast", R_REAL, U_NONE, 0},
	{"cpu_ns", "CPU time", R_INT, U_NS, 0},
	{"parallelism", "CPUs used on average", R_REAL, U_NONE, 0},
	{"cpus_used", "  of all CPU time", R_REAL, U_SHARE, 0},
	{"other_ns", "others' CPU time", R_INT, U_NS, 0},
	{"others_used", "  of all CPU time", R_REAL, U_SHARE, 0},
	{"copying.share", "CPU time: pipe copies", R_REAL, U_SHARE, 0},
	{"copying.samples", "  samples that say so", R_INT, U_COUNT, R_SKIP_ZERO},
	{"start.threads", "threads started", R_INT, U_COUNT, 0},
	{"start.thread_p50_ns", "  start-up, half within", R_INT, U_NS, 0},
	{"start.processes", "processes started", R_INT, U_COUNT, 0},
	{"start.process_p50_ns", "  start-up, half within", R_INT, U_NS, 0},
	{"peak_memory.largest_bytes", "peak memory, one process", R_INT, U_BYTES, 0},
	{"peak_memory.sum_bytes", "  sum, shared pages too", R_INT, U_BYTES, 0},
	{"switches.voluntary", "switches: had to wait", R_INT, U_COUNT, 0},
	{"switches.involuntary", "  CPU taken away", R_INT, U_COUNT, 0},
	{"switches.yields", "  CPU given away", R_INT, U_COUNT, 0},
	{"migrations", "changes of CPU", R_INT, U_COUNT, 0},
	{"run_queue.ns", "waited for a CPU", R_INT, U_NS, 0},
	{"run_queue.p50_ns", "  wake-up to run, half", R_INT, U_NS, 0},
	{"run_queue.p99_ns", "  wake-up to run, 99 %", R_INT, U_NS, 0},
	{"blocked.ns", "waited, all threads", R_INT, U_NS, 0},
	{"blocked.gil_ns", "  interpreter lock", R_INT, U_NS, 0},
	{"blocked.pipe_ns", "  pipes", R_INT, U_NS, 0},
	{"blocked.network_ns", "  network", R_INT, U_NS, 0},
	{"blocked.poll_ns", "  event loop", R_INT, U_NS, 0},
	{"blocked.sleep_ns", "  sleep", R_INT, U_NS, 0},
	{"blocked.other_ns", "  each other, and more", R_INT, U_NS, 0},
	{"unknown_ns", "not known", R_INT, U_NS, R_SKIP_ZERO},
	{"events_lost", "events LOST", R_INT, U_COUNT, R_SKIP_ZERO},
	{"finding.code", "finding", R_TEXT, U_NONE, 0},
	{"finding.summary", "in words", R_TEXT, U_NONE, 0},
};

static const struct report_column word_columns[] = {{"", "word", R_TEXT, U_NONE, 0}};

/* Which cause goes into which column; all that is not here goes into the last one. */
static const struct {
	const char *from, *to;
} causes[] = {
	{"blocked_by.gil", "blocked.gil_ns"},	      {"blocked_by.pipe", "blocked.pipe_ns"},
	{"blocked_by.network", "blocked.network_ns"}, {"blocked_by.poll", "blocked.poll_ns"},
	{"blocked_by.sleep", "blocked.sleep_ns"},
};

#define COUNT(array) (sizeof(array) / sizeof(*(array)))

static int64_t wall(const struct report *report)
{
	return table__int(report__find(report, ""), 0, "wall_ns");
}

/* The run with the median wall time: as many are faster as are slower, or one less. */
static const struct report *middle(const struct models_side *side)
{
	size_t i, j, before;

	for (i = 0; i < side->nreports; i++) {
		int64_t mine = wall(side->reports[i]);

		for (j = before = 0; j < side->nreports; j++)
			before += wall(side->reports[j]) < mine ||
				  (wall(side->reports[j]) == mine && j < i);
		if (before == (side->nreports - 1) / 2)
			return side->reports[i];
	}
	return side->reports[0];
}

/* The process whose first thread has that name; 0 = none. */
static int64_t process_named(const struct report_table *tasks, const char *name)
{
	size_t row;

	for (row = 0; name && row < table__rows(tasks); row++) {
		const char *comm = table__text(tasks, row, "comm");

		if (table__int(tasks, row, "tid") == table__int(tasks, row, "pid") && comm &&
		    !strcmp(comm, name))
			return table__int(tasks, row, "pid");
	}
	return 0;
}

static void add(struct report_table *t, size_t row, const char *key, int64_t value)
{
	table__set_int(t, row, key, table__int(t, row, key) + value);
}

static void add_task(struct report_table *t, size_t row, const struct report_table *tasks,
		     size_t task)
{
	int64_t left = table__int(tasks, task, "blocked_ns");
	size_t i;

	add(t, row, "cpu_ns", table__int(tasks, task, "running_ns"));
	add(t, row, "run_queue.ns", table__int(tasks, task, "runnable_ns"));
	add(t, row, "blocked.ns", left);
	add(t, row, "unknown_ns", table__int(tasks, task, "unknown_ns"));
	add(t, row, "switches.voluntary", table__int(tasks, task, "switches.voluntary"));
	add(t, row, "switches.involuntary", table__int(tasks, task, "switches.involuntary"));
	add(t, row, "switches.yields", table__int(tasks, task, "switches.yields"));
	add(t, row, "migrations", table__int(tasks, task, "migrations"));
	for (i = 0; i < COUNT(causes); i++) {
		int64_t ns = table__int(tasks, task, causes[i].from);

		add(t, row, causes[i].to, ns);
		left -= ns;
	}
	add(t, row, "blocked.other_ns", left);
}

/* The peak of each process is on its tasks that ended last. */
static void add_memory(struct report_table *t, size_t row, const struct report_table *tasks,
		       int64_t apart)
{
	int64_t largest = 0, sum = 0;
	size_t i, j;

	for (i = 0; i < table__rows(tasks); i++) {
		int64_t pid = table__int(tasks, i, "pid");
		int64_t peak = table__int(tasks, i, "peak_memory_bytes");

		for (j = 0; peak && j < table__rows(tasks); j++) {
			int64_t other = table__int(tasks, j, "peak_memory_bytes");

			if (j != i && table__int(tasks, j, "pid") == pid &&
			    (other > peak || (other == peak && j < i)))
				peak = 0;
		}
		if (apart && pid == apart)
			continue;
		sum += peak;
		largest = peak > largest ? peak : largest;
	}
	if (!largest)
		return;
	table__set_int(t, row, "peak_memory.largest_bytes", largest);
	table__set_int(t, row, "peak_memory.sum_bytes", sum);
}

/* What the server does is part of the work, not of the way to do it. */
static void add_tasks(struct report_table *t, size_t row, const struct report *report,
		      const char *server)
{
	const struct report_table *tasks = report__find(report, "tasks");
	const struct report_table *cpus = report__find(report, "cpus");
	int64_t apart = process_named(tasks, server), others = 0;
	size_t i;

	for (i = 0; i < table__rows(cpus); i++)
		others += table__int(cpus, i, "other_ns");
	for (i = 0; i < table__rows(tasks); i++) {
		if (apart && table__int(tasks, i, "pid") == apart)
			others += table__int(tasks, i, "running_ns");
		else
			add_task(t, row, tasks, i);
	}
	table__set_int(t, row, "other_ns", others);
	add_memory(t, row, tasks, apart);
}

static void copy(struct report_table *t, size_t row, const char *key, const struct report *report,
		 const char *from)
{
	const struct report_table *root = report__find(report, "");

	if (table__has(root, 0, from))
		table__set_int(t, row, key, table__int(root, 0, from));
}

static void add_starts(struct report_table *t, size_t row, const struct report *report)
{
	copy(t, row, "start.threads", report, "spawn.threads.count");
	if (table__int(t, row, "start.threads"))
		copy(t, row, "start.thread_p50_ns", report, "spawn.threads.p50_ns");
	copy(t, row, "start.processes", report, "spawn.processes.count");
	if (table__int(t, row, "start.processes"))
		copy(t, row, "start.process_p50_ns", report, "spawn.processes.p50_ns");
}

/* By samples: 99 of each second of CPU time. */
static void add_copying(struct report_table *t, size_t row, const struct report *report)
{
	const struct report_table *root = report__find(report, "");
	int64_t all = table__int(root, 0, "samples.count");
	int64_t copying = table__int(root, 0, "samples.copying");

	if (all <= 0)
		return;
	table__set_int(t, row, "copying.samples", copying);
	table__set_real(t, row, "copying.share", (double)copying / (double)all);
}

/* The worst one: they come in that order. */
static void add_finding(struct report_table *t, size_t row, const struct report *report)
{
	const struct report_table *findings = report__find(report, "findings");
	const char *code = table__rows(findings) ? table__text(findings, 0, "code") : NULL;
	const char *summary = table__rows(findings) ? table__text(findings, 0, "summary") : NULL;

	if (code)
		table__set_text(t, row, "finding.code", code);
	if (summary)
		table__set_text(t, row, "finding.summary", summary);
}

static void add_wall(struct report_table *t, size_t row, const struct models_side *side,
		     const struct report *report)
{
	int64_t least = wall(report), most = least;
	size_t i;

	table__set_int(t, row, "wall_ns", wall(report));
	for (i = 0; i < side->nreports; i++) {
		least = wall(side->reports[i]) < least ? wall(side->reports[i]) : least;
		most = wall(side->reports[i]) > most ? wall(side->reports[i]) : most;
	}
	if (side->nreports == 1)
		return;
	table__set_int(t, row, "wall_min_ns", least);
	table__set_int(t, row, "wall_max_ns", most);
}

static void set_ratios(struct report_table *t, size_t row, int64_t cpus)
{
	double wall_ns = (double)table__int(t, row, "wall_ns");

	if (wall_ns <= 0)
		return;
	table__set_real(t, row, "speedup", (double)table__int(t, 0, "wall_ns") / wall_ns);
	table__set_real(t, row, "parallelism", (double)table__int(t, row, "cpu_ns") / wall_ns);
	if (cpus <= 0)
		return;
	table__set_real(t, row, "cpus_used",
			(double)table__int(t, row, "cpu_ns") / wall_ns / (double)cpus);
	table__set_real(t, row, "others_used",
			(double)table__int(t, row, "other_ns") / wall_ns / (double)cpus);
}

static void add_side(struct report_table *t, struct report_table *words,
		     const struct models_work *work, const struct models_side *side)
{
	const struct report *report = middle(side);
	size_t row = table__add_row(t, 0), word;
	char **next;

	if (row == SIZE_MAX)
		return;
	table__set_text(t, row, "model", side->model);
	for (next = side->command; *next; next++) {
		word = table__add_row(words, row);
		table__set_text(words, word, "", *next);
	}
	add_wall(t, row, side, report);
	add_tasks(t, row, report, work->server);
	add_starts(t, row, report);
	add_copying(t, row, report);
	copy(t, row, "run_queue.p50_ns", report, "run_queue_latency.p50_ns");
	copy(t, row, "run_queue.p99_ns", report, "run_queue_latency.p99_ns");
	copy(t, row, "events_lost", report, "events.lost");
	add_finding(t, row, report);
	set_ratios(t, row, (int64_t)table__rows(report__find(report, "cpus")));
}

struct report *models__new(const struct models_work *work, const struct models_side *sides,
			   size_t nsides)
{
	struct report *r = report__new();
	struct report_table *root, *t, *words;
	size_t i;

	if (!r)
		return NULL;
	root = report__add(r, "", "", root_columns, COUNT(root_columns));
	t = report__add(r, "", "models", columns, COUNT(columns));
	words = report__add(r, "models", "command", word_columns, 1);
	table__set_text(root, 0, "schema", "conctrace.models/1");
	table__set_text(root, 0, "version", CONCTRACE_VERSION);
	table__set_text(root, 0, "kind", work->kind);
	table__set_text(root, 0, "language", work->language);
	if (work->server)
		table__set_text(root, 0, "server", work->server);
	table__set_int(root, 0, "runs", (int64_t)sides[0].nreports);
	table__set_int(root, 0, "cpus",
		       (int64_t)table__rows(report__find(sides[0].reports[0], "cpus")));
	for (i = 0; i < nsides; i++)
		add_side(t, words, work, &sides[i]);
	if (!report__failed(r))
		return r;
	report__free(r);
	return NULL;
}
