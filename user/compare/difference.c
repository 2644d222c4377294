// SPDX-License-Identifier: GPL-2.0-only
/* Where a difference in wall time comes from. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "compare/compare.h"
#include "compare/numbers.h"
#include "compare/result.h"
#include "compare/spread.h"
#include "lib/strbuf.h"
#include "report/report.h"

#define MOST_PARTS 20 /* told one by one; the rest is "other" */

static const struct report_column columns[] = {
	{"side", "side", R_INT, U_NONE, 0},	    {"base", "against", R_INT, U_NONE, 0},
	{"base_ns", "base", R_INT, U_NS, 0},	    {"ns", "wall time", R_INT, U_NS, 0},
	{"delta_ns", "difference", R_INT, U_NS, 0}, {"ratio", "times as long", R_REAL, U_NONE, 0},
	{"noise", "noise", R_BOOL, U_NONE, 0},	    {"small", "small", R_BOOL, U_NONE, 0},
};

static const struct report_column part_columns[] = {
	{"state", "state", R_TEXT, U_NONE, 0},	    {"cause", "cause", R_TEXT, U_NONE, 0},
	{"subject", "subject", R_TEXT, U_NONE, 0},  {"comm", "thread", R_TEXT, U_NONE, 0},
	{"site", "where", R_TEXT, U_NONE, 0},	    {"heading", "what", R_TEXT, U_NONE, 0},
	{"base_ns", "base", R_INT, U_NS, 0},	    {"ns", "time", R_INT, U_NS, 0},
	{"delta_ns", "difference", R_INT, U_NS, 0}, {"noise", "noise", R_BOOL, U_NONE, 0},
};

#define COUNT(columns) (sizeof(columns) / sizeof(*(columns)))

/* One way to take the wall time apart. */
static const struct basis {
	enum measure measure;
	const char *table;
} bases[] = {
	{MEASURE_CPUS, "cpus"},
	{MEASURE_PATH, "critical_path"},
};

/* Why a CPU was idle although there may have been work; as the causes of the table idle.by. */
static const struct {
	const char *cause, *words;
} idle_words[] = {
	{"no-thread", "idle CPU time for want of threads"},
	{"wakeup", "idle CPU time until a woken thread ran"},
	{"balance", "idle CPU time while threads waited for another CPU"},
	{"affinity", "idle CPU time that waiting threads may not use"},
	{"throttled", "idle CPU time while threads were throttled"},
	{"unknown", "idle CPU time, it is not known why"},
};

/* Causes of waiting, where nothing tells what it was for. */
static const struct {
	const char *cause, *words;
} wait_words[] = {
	{"disk", "a storage device"},
	{"file", "a file"},
	{"network", "the network"},
	{"pipe", "a pipe"},
	{"poll", "events"},
	{"child", "a child process to end"},
	{"join", "a thread to end"},
	{"pagefault", "a page to come into memory"},
	{"signal", "a signal"},
	{"stopped", "being continued"},
	{"kernel", "a lock in the kernel"},
	{"other", "something"},
};

static const char *waited_for(const struct number *n)
{
	const char *cause = n->labels[LABEL_CAUSE];
	size_t i;

	if (n->labels[LABEL_NAME])
		return n->labels[LABEL_NAME];
	for (i = 0; cause && i < COUNT(wait_words); i++)
		if (!strcmp(cause, wait_words[i].cause))
			return wait_words[i].words;
	return cause ? cause : "something";
}

static void idle_heading(const struct number *n, struct strbuf *out)
{
	const char *cause = n->labels[LABEL_CAUSE];
	size_t i;

	for (i = 0; cause && i < COUNT(idle_words); i++) {
		if (strcmp(cause, idle_words[i].cause) != 0)
			continue;
		strbuf__puts(out, idle_words[i].words);
		return;
	}
	strbuf__puts(out, "idle CPU time");
	if (!cause)
		return;
	if (!strcmp(cause, "sleep")) {
		strbuf__puts(out, " while threads slept");
		return;
	}
	strbuf__puts(out, " while threads waited for ");
	strbuf__puts(out, waited_for(n));
}

static void cpu_heading(const struct number *n, const char *state, struct strbuf *out)
{
	if (!strcmp(state, "workload"))
		strbuf__puts(out, "computing");
	else if (!strcmp(state, "other"))
		strbuf__puts(out, "CPU time of other programs");
	else if (!strcmp(state, "idle"))
		idle_heading(n, out);
	else
		strbuf__puts(out, "CPU time of which nothing is known");
}

static void path_heading(const struct number *n, const char *state, struct strbuf *out)
{
	const char *cause = n->labels[LABEL_CAUSE], *name = n->labels[LABEL_NAME];

	if (!strcmp(state, "running")) {
		strbuf__puts(out, n->labels[LABEL_COMM] ? n->labels[LABEL_COMM] : "a thread");
		strbuf__puts(out, " computing");
		if (n->labels[LABEL_SITE])
			strbuf__puts(out, " in ");
		strbuf__puts(out, n->labels[LABEL_SITE] ? n->labels[LABEL_SITE] : "");
	} else if (!strcmp(state, "runnable")) {
		strbuf__puts(out, "waiting for a ");
		strbuf__puts(out, name ? name : "CPU");
	} else if (!strcmp(state, "blocked") && cause && !strcmp(cause, "sleep")) {
		strbuf__puts(out, "sleeping");
	} else if (!strcmp(state, "blocked")) {
		strbuf__puts(out, "waiting for ");
		strbuf__puts(out, waited_for(n));
	} else {
		strbuf__puts(out, "time of which nothing is known");
	}
}

static void part_heading(const struct number *n, struct strbuf *out)
{
	const char *state = n->labels[LABEL_STATE] ? n->labels[LABEL_STATE] : "unknown";

	if (n->measure == MEASURE_CPUS)
		cpu_heading(n, state, out);
	else
		path_heading(n, state, out);
}

struct part {
	const struct number *number;
	int64_t base_ns, ns;
	size_t place;
};

static int64_t distance(const struct part *part)
{
	return part->ns > part->base_ns ? part->ns - part->base_ns : part->base_ns - part->ns;
}

static int by_distance(const void *a, const void *b)
{
	const struct part *left = a, *right = b;

	if (distance(left) != distance(right))
		return distance(left) < distance(right) ? 1 : -1;
	return left->place < right->place ? -1 : 1;
}

struct difference {
	struct result *r;
	size_t side, row;
	struct report_table *table; /* of parts */
	int64_t base_ns, ns;	    /* what they must sum to */
	struct strbuf heading;
};

static void set_label(struct report_table *t, size_t row, const char *key, const char *text)
{
	if (text && *text)
		table__set_text(t, row, key, text);
}

static size_t add_part(struct difference *d, const char *state, int64_t base_ns, int64_t ns)
{
	size_t row = table__add_row(d->table, d->row);

	table__set_text(d->table, row, "state", state);
	table__set_text(d->table, row, "heading", strbuf__text(&d->heading));
	table__set_int(d->table, row, "base_ns", base_ns);
	table__set_int(d->table, row, "ns", ns);
	table__set_int(d->table, row, "delta_ns", ns - base_ns);
	d->base_ns -= base_ns;
	d->ns -= ns;
	return row;
}

static int add_known_part(struct difference *d, const struct part *part)
{
	const struct number *n = part->number;
	const struct result *r = d->r;
	struct spread base, s;
	size_t row;

	if (spread__of(&base, n->values + r->first[0], r->sides[0].nruns) ||
	    spread__of(&s, n->values + r->first[d->side], r->sides[d->side].nruns))
		return -ENOMEM;
	strbuf__reset(&d->heading);
	part_heading(n, &d->heading);
	row = add_part(d, n->labels[LABEL_STATE] ? n->labels[LABEL_STATE] : "unknown",
		       part->base_ns, part->ns);
	set_label(d->table, row, "cause", n->labels[LABEL_CAUSE]);
	set_label(d->table, row, "subject", n->labels[LABEL_NAME]);
	set_label(d->table, row, "comm", n->labels[LABEL_COMM]);
	set_label(d->table, row, "site", n->labels[LABEL_SITE]);
	table__set_bool(d->table, row, "noise", spread__noise(&base, &s));
	return 0;
}

/* Parts of both sides' middle runs, unless both are 0. */
static size_t collect(const struct difference *d, enum measure measure, struct part *parts,
		      bool *told)
{
	const struct result *r = d->r;
	const struct number *n;
	size_t i, count = 0;

	told[0] = told[1] = false;
	for (i = 0; (n = numbers__at(r->all, i)); i++) {
		if (n->measure != measure)
			continue;
		told[0] |= n->present[r->middle[0]];
		told[1] |= n->present[r->middle[d->side]];
		if (!n->values[r->middle[0]] && !n->values[r->middle[d->side]])
			continue;
		if (parts)
			parts[count] = (struct part){n, n->values[r->middle[0]],
						     n->values[r->middle[d->side]], count};
		count++;
	}
	return count;
}

/* Nothing, if one of the two does not tell it: half a comparison would be a wrong one. */
static int add_parts(struct difference *d, enum measure measure)
{
	bool told[2];
	size_t i, count = collect(d, measure, NULL, told);
	struct part *parts = calloc(count ? count : 1, sizeof(*parts));
	int rc = 0;

	if (!parts)
		return -ENOMEM;
	collect(d, measure, parts, told);
	qsort(parts, count, sizeof(*parts), by_distance);
	for (i = 0; i < count && i < MOST_PARTS && told[0] && told[1] && !rc; i++)
		rc = add_known_part(d, &parts[i]);
	if (!rc && told[0] && told[1] && (d->base_ns || d->ns)) {
		strbuf__reset(&d->heading);
		strbuf__puts(&d->heading, "other");
		add_part(d, "rest", d->base_ns, d->ns);
	}
	free(parts);
	return rc;
}

static int add_difference(struct result *r, struct report_table *t, struct report_table **tables,
			  size_t side)
{
	const struct number *wall = numbers__find(r->all, MEASURE_WALL, "");
	struct difference d = {.r = r, .side = side, .row = table__add_row(t, 0)};
	struct spread base, s;
	size_t i;
	int rc = 0;

	if (spread__of(&base, wall->values + r->first[0], r->sides[0].nruns) ||
	    spread__of(&s, wall->values + r->first[side], r->sides[side].nruns))
		return -ENOMEM;
	table__set_int(t, d.row, "side", (int64_t)side);
	table__set_int(t, d.row, "base", 0);
	table__set_int(t, d.row, "base_ns", base.median);
	table__set_int(t, d.row, "ns", s.median);
	table__set_int(t, d.row, "delta_ns", s.median - base.median);
	if (base.median)
		table__set_real(t, d.row, "ratio", (double)s.median / (double)base.median);
	table__set_bool(t, d.row, "noise", spread__noise(&base, &s));
	table__set_bool(t, d.row, "small", spread__small(&base, &s, SCALE_WALL, base.median));
	for (i = 0; i < COUNT(bases) && !rc; i++) {
		d.table = tables[i];
		d.base_ns = base.median;
		d.ns = s.median;
		rc = add_parts(&d, bases[i].measure);
	}
	if (!rc && strbuf__failed(&d.heading))
		rc = -ENOMEM;
	strbuf__free(&d.heading);
	return rc;
}

int result__differences(struct result *r)
{
	struct report_table *t = report__add(r->report, "", "differences", columns, COUNT(columns));
	struct report_table *tables[COUNT(bases)];
	size_t i, side;
	int rc = 0;

	for (i = 0; i < COUNT(bases); i++)
		tables[i] = report__add(r->report, "differences", bases[i].table, part_columns,
					COUNT(part_columns));
	for (side = 1; side < r->nsides && !rc; side++)
		rc = add_difference(r, t, tables, side);
	return rc;
}
