// SPDX-License-Identifier: GPL-2.0-only
#include "compare/extract.h"

#include <string.h>

#include "compare/match.h"
#include "compare/numbers.h"
#include "lib/strbuf.h"
#include "report/report.h"

struct extract {
	struct numbers *all;
	const struct report *report;
	size_t run;
	struct strbuf name, key;
};

static int64_t sum(const struct report_table *t, const char *column)
{
	int64_t all = 0;
	size_t row;

	for (row = 0; row < table__rows(t); row++)
		all += table__int(t, row, column);
	return all;
}

static void total(struct extract *x, enum measure measure, int64_t value)
{
	numbers__add(x->all, measure, NULL, x->run, value);
}

static void named(struct extract *x, enum measure measure, const char *key, const char *name,
		  int64_t value)
{
	struct number *n = numbers__add(x->all, measure, key, x->run, value);

	numbers__label(x->all, n, LABEL_NAME, name, key);
}

/* Of the name and key that were built; empties both. */
static void begin_name(struct extract *x)
{
	strbuf__reset(&x->name);
	strbuf__reset(&x->key);
}

static void built(struct extract *x, enum measure measure, int64_t value)
{
	named(x, measure, strbuf__text(&x->key), strbuf__text(&x->name), value);
}

static void totals(struct extract *x)
{
	const struct report_table *root = report__find(x->report, "");
	const struct report_table *tasks = report__find(x->report, "tasks");
	const struct report_table *cpus = report__find(x->report, "cpus");
	int64_t wall = table__int(root, 0, "wall_ns"), running = sum(tasks, "running_ns");

	total(x, MEASURE_WALL, wall);
	total(x, MEASURE_CPU, running);
	total(x, MEASURE_CPUS_USED, wall ? (int64_t)(1000.0 * (double)running / (double)wall) : 0);
	total(x, MEASURE_IDLE, sum(cpus, "idle_ns"));
	total(x, MEASURE_OTHER, sum(cpus, "other_ns"));
	total(x, MEASURE_RUNNABLE, sum(tasks, "runnable_ns"));
	total(x, MEASURE_BLOCKED, sum(tasks, "blocked_ns"));
	total(x, MEASURE_UNKNOWN, sum(tasks, "unknown_ns"));
	total(x, MEASURE_THREADS, (int64_t)table__rows(tasks));
	total(x, MEASURE_VOLUNTARY, table__int(root, 0, "switches.voluntary"));
	total(x, MEASURE_INVOLUNTARY, table__int(root, 0, "switches.involuntary"));
	total(x, MEASURE_MIGRATIONS, sum(tasks, "migrations"));
	total(x, MEASURE_WAKEUP_P50, table__int(root, 0, "run_queue_latency.p50_ns"));
	total(x, MEASURE_WAKEUP_P99, table__int(root, 0, "run_queue_latency.p99_ns"));
	total(x, MEASURE_WAKEUP_MAX, table__int(root, 0, "run_queue_latency.max_ns"));
}

/* The columns "prefix.cause" of a table, summed up over its rows. */
static void by_cause(struct extract *x, const char *table, const char *prefix, enum measure measure)
{
	const struct report_table *t = report__find(x->report, table);
	const struct report_column *columns;
	size_t i, n = table__columns(t, &columns), len = strlen(prefix);

	for (i = 0; i < n; i++) {
		const char *key = columns[i].key;
		int64_t value;

		if (strncmp(key, prefix, len) != 0)
			continue;
		value = sum(t, key);
		if (value)
			named(x, measure, key + len, key + len, value);
	}
}

static void sync_objects(struct extract *x)
{
	const struct report_table *t = report__find(x->report, "sync");
	size_t row;

	for (row = 0; row < table__rows(t); row++) {
		const char *kind = table__text(t, row, "kind");

		begin_name(x);
		match__object(&x->name, &x->key, x->report, row);
		built(x, MEASURE_SYNC_WAIT, table__int(t, row, "wait_ns"));
		built(x, MEASURE_SYNC_WAITS, table__int(t, row, "waits"));
		/* A thread to be joined is not an object to be counted. */
		if (!kind || strcmp(kind, "join") != 0)
			built(x, MEASURE_SYNC_OBJECTS, 1);
		if (!table__has(t, row, "handoff.count"))
			continue;
		built(x, MEASURE_SYNC_HANDOFFS, table__int(t, row, "handoff.count"));
		built(x, MEASURE_SYNC_HANDOFF, table__int(t, row, "handoff.total_ns"));
	}
}

static void io_targets(struct extract *x)
{
	const struct report_table *t = report__find(x->report, "io.targets");
	size_t row;

	for (row = 0; row < table__rows(t); row++) {
		const char *name = table__text(t, row, "name");
		const char *kind = table__text(t, row, "kind"),
			   *cause = table__text(t, row, "cause");

		begin_name(x);
		if (kind && strcmp(kind, "other") != 0) {
			strbuf__printf(&x->name, "%s ", kind);
			strbuf__printf(&x->key, "%s ", kind);
		}
		strbuf__puts(&x->name, name ? name : cause ? cause : "");
		match__subject(&x->key, name ? name : cause ? cause : "");
		built(x, MEASURE_IO_WAIT, table__int(t, row, "wait_ns"));
		built(x, MEASURE_IO_WAITS, table__int(t, row, "waits"));
	}
}

static void threads(struct extract *x)
{
	const struct report_table *t = report__find(x->report, "tasks");
	size_t row;

	for (row = 0; row < table__rows(t); row++) {
		const char *comm = table__text(t, row, "comm");

		begin_name(x);
		strbuf__puts(&x->name, comm ? comm : "");
		match__threads(&x->key, comm ? comm : "");
		built(x, MEASURE_THREAD_RUNNING, table__int(t, row, "running_ns"));
		built(x, MEASURE_THREAD_RUNNABLE, table__int(t, row, "runnable_ns"));
		built(x, MEASURE_THREAD_BLOCKED, table__int(t, row, "blocked_ns"));
		built(x, MEASURE_THREAD_COUNT, 1);
	}
}

/* Of the object with that number in the report; false: the report does not list it. */
static bool object_named(struct extract *x, int64_t id)
{
	const struct report_table *t = report__find(x->report, "sync");
	size_t row;

	for (row = 0; row < table__rows(t); row++) {
		if (table__int(t, row, "id") != id)
			continue;
		match__object(&x->name, &x->key, x->report, row);
		return true;
	}
	return false;
}

/* The subject of a row: its object as all sections call it, else what it says itself. */
static void name_subject(struct extract *x, const struct report_table *t, size_t row)
{
	const char *subject = table__text(t, row, "subject");

	if (table__has(t, row, "sync") && object_named(x, table__int(t, row, "sync")))
		return;
	if (!subject)
		return;
	strbuf__puts(&x->name, subject);
	match__subject(&x->key, subject);
}

static void findings(struct extract *x)
{
	const struct report_table *t = report__find(x->report, "findings");
	struct number *n;
	size_t row;

	for (row = 0; row < table__rows(t); row++) {
		const char *code = table__text(t, row, "code");
		const char *subject = table__text(t, row, "subject");

		begin_name(x);
		strbuf__printf(&x->key, "%s|", code ? code : "");
		if (table__has(t, row, "tid") && !table__has(t, row, "sync") && subject) {
			strbuf__puts(&x->name, subject);
			match__threads(&x->key, subject);
		} else {
			name_subject(x, t, row);
		}
		n = numbers__add(x->all, MEASURE_FINDING, strbuf__text(&x->key), x->run,
				 table__int(t, row, "cost_ns"));
		numbers__label(x->all, n, LABEL_STATE, code ? code : "", "");
		numbers__label(x->all, n, LABEL_NAME, strbuf__text(&x->name),
			       strchr(strbuf__text(&x->key), '|') + 1);
	}
}

static void idle_causes(struct extract *x)
{
	const struct report_table *t = report__find(x->report, "idle.by");
	size_t row;

	for (row = 0; row < table__rows(t); row++) {
		const char *cause = table__text(t, row, "cause");

		begin_name(x);
		name_subject(x, t, row);
		if (!x->key.len) {
			strbuf__puts(&x->key, cause ? cause : "unknown");
			strbuf__puts(&x->name, cause ? cause : "unknown");
		}
		built(x, MEASURE_IDLE_BY, table__int(t, row, "ns"));
	}
}

static void end(struct extract *x)
{
	if (strbuf__failed(&x->name) || strbuf__failed(&x->key))
		numbers__fail(x->all);
	strbuf__free(&x->name);
	strbuf__free(&x->key);
}

void extract__numbers(struct numbers *all, const struct report *report, size_t run)
{
	struct extract x = {.all = all, .report = report, .run = run};

	totals(&x);
	by_cause(&x, "tasks", "blocked_by.", MEASURE_BLOCKED_BY);
	by_cause(&x, "", "switches.by_cause.", MEASURE_BLOCKS_BY);
	idle_causes(&x);
	sync_objects(&x);
	io_targets(&x);
	threads(&x);
	findings(&x);
	end(&x);
}

/* CPU time to be divided by the number of CPUs: what is left over goes to the parts that follow. */
struct share {
	int64_t cpus, done_ns, given_ns;
};

static int64_t share_of(struct share *s, int64_t cpu_ns)
{
	int64_t part;

	s->done_ns += cpu_ns;
	part = s->done_ns / s->cpus - s->given_ns;
	s->given_ns += part;
	return part;
}

static void part(struct extract *x, enum measure measure, const char *state, const char *cause,
		 int64_t ns)
{
	struct strbuf key = {0};
	struct number *n;

	strbuf__printf(&key, "%s|%s|", state, cause ? cause : "");
	strbuf__puts(&key, strbuf__text(&x->key));
	n = numbers__add(x->all, measure, strbuf__text(&key), x->run, ns);
	numbers__label(x->all, n, LABEL_STATE, state, state);
	numbers__label(x->all, n, LABEL_CAUSE, cause, cause);
	if (x->name.len)
		numbers__label(x->all, n, LABEL_NAME, strbuf__text(&x->name),
			       strbuf__text(&x->key));
	x->key.failed |= key.failed;
	strbuf__free(&key);
}

void extract__cpu_parts(struct numbers *all, const struct report *report, size_t run)
{
	static const char *const states[] = {"workload", "other", "unknown"};
	static const char *const columns[] = {"workload_ns", "other_ns", "unknown_ns"};
	const struct report_table *cpus = report__find(report, "cpus");
	const struct report_table *idle = report__find(report, "idle.by");
	struct extract x = {.all = all, .report = report, .run = run};
	struct share share = {.cpus = (int64_t)table__rows(cpus)};
	int64_t rest = sum(cpus, "idle_ns");
	size_t i;

	if (!share.cpus)
		return;
	for (i = 0; i < 3; i++)
		part(&x, MEASURE_CPUS, states[i], NULL, share_of(&share, sum(cpus, columns[i])));
	for (i = 0; i < table__rows(idle); i++) {
		int64_t ns = table__int(idle, i, "ns");

		begin_name(&x);
		name_subject(&x, idle, i);
		part(&x, MEASURE_CPUS, "idle", table__text(idle, i, "cause"), share_of(&share, ns));
		rest -= ns;
	}
	begin_name(&x);
	part(&x, MEASURE_CPUS, "idle", NULL, share_of(&share, rest));
	end(&x);
}

/* What a task on the path was doing is told with the task, what it waited for is told alone. */
static void path_part(struct extract *x, const struct report_table *t, size_t row)
{
	const char *state = table__text(t, row, "state"), *cause = table__text(t, row, "cause");
	const char *comm = table__text(t, row, "comm");
	bool running = state && !strcmp(state, "running");
	struct strbuf key = {0}, site = {0}, site_key = {0}, group = {0};
	struct number *n;

	begin_name(x);
	if (!running)
		name_subject(x, t, row);
	else if (comm)
		match__threads(&group, comm);
	if (running)
		match__site(&site, &site_key, t, row, "");
	strbuf__printf(&key, "%s|%s|", state ? state : "unknown", cause ? cause : "");
	strbuf__puts(&key, strbuf__text(&x->key));
	strbuf__puts(&key, "|");
	strbuf__puts(&key, strbuf__text(&group));
	strbuf__puts(&key, "|");
	strbuf__puts(&key, strbuf__text(&site_key));
	n = numbers__add(x->all, MEASURE_PATH, strbuf__text(&key), x->run,
			 table__int(t, row, "ns"));
	numbers__label(x->all, n, LABEL_STATE, state ? state : "unknown", "unknown");
	numbers__label(x->all, n, LABEL_CAUSE, cause, cause);
	if (x->name.len)
		numbers__label(x->all, n, LABEL_NAME, strbuf__text(&x->name),
			       strbuf__text(&x->key));
	if (running && comm)
		numbers__label(x->all, n, LABEL_COMM, comm, strbuf__text(&group));
	if (site.len)
		numbers__label(x->all, n, LABEL_SITE, strbuf__text(&site), strbuf__text(&site_key));
	x->key.failed |= key.failed | site.failed | site_key.failed | group.failed;
	strbuf__free(&key);
	strbuf__free(&site);
	strbuf__free(&site_key);
	strbuf__free(&group);
}

void extract__path_parts(struct numbers *all, const struct report *report, size_t run)
{
	const struct report_table *t = report__find(report, "critical_path.by");
	struct extract x = {.all = all, .report = report, .run = run};
	size_t row;

	for (row = 0; row < table__rows(t); row++)
		path_part(&x, t, row);
	end(&x);
}
