// SPDX-License-Identifier: GPL-2.0-only
/* Who was compared; their numbers and findings. */
#include "compare/result.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "compare/compare.h"
#include "compare/numbers.h"
#include "compare/spread.h"
#include "lib/strbuf.h"
#include "report/report.h"

static const struct report_column root_columns[] = {
	{"schema", "schema", R_TEXT, U_NONE, 0},
	{"version", "version", R_TEXT, U_NONE, 0},
};

static const struct report_column side_columns[] = {
	{"side", "side", R_INT, U_NONE, 0},
	{"cpus", "CPUs", R_INT, U_COUNT, 0},
	{"hostname", "host", R_TEXT, U_NONE, 0},
	{"kernel", "kernel", R_TEXT, U_NONE, 0},
};

static const struct report_column word_columns[] = {{"", "word", R_TEXT, U_NONE, 0}};

static const struct report_column run_columns[] = {
	{"file", "file", R_TEXT, U_NONE, 0},
	{"wall_ns", "wall", R_INT, U_NS, 0},
	{"middle", "in the middle", R_BOOL, U_NONE, 0},
	{"exit.code", "exit code", R_INT, U_NONE, 0},
	{"exit.signal", "signal", R_INT, U_NONE, 0},
	{"ended", "ended by", R_TEXT, U_NONE, 0},
	{"events_lost", "lost", R_INT, U_COUNT, 0},
	{"truncated", "truncated", R_BOOL, U_NONE, R_SKIP_ZERO},
};

static const struct report_column number_columns[] = {
	{"section", "section", R_TEXT, U_NONE, 0}, {"measure", "measure", R_TEXT, U_NONE, 0},
	{"name", "of", R_TEXT, U_NONE, 0},	   {"heading", "what", R_TEXT, U_NONE, 0},
	{"unit", "unit", R_TEXT, U_NONE, 0},
};

static const struct report_column value_columns[] = {
	{"side", "side", R_INT, U_NONE, 0},
	{"median", "median", R_INT, U_NONE, 0},
	{"min", "least", R_INT, U_NONE, 0},
	{"max", "most", R_INT, U_NONE, 0},
	{"runs", "runs that have it", R_INT, U_COUNT, 0},
	{"delta", "difference", R_INT, U_NONE, 0},
	{"noise", "noise", R_BOOL, U_NONE, 0},
	{"small", "small", R_BOOL, U_NONE, 0},
};

static const struct report_column finding_columns[] = {
	{"code", "code", R_TEXT, U_NONE, 0},
	{"subject", "subject", R_TEXT, U_NONE, 0},
};

static const struct report_column finding_value_columns[] = {
	{"side", "side", R_INT, U_NONE, 0},
	{"runs", "runs that have it", R_INT, U_COUNT, 0},
	{"change", "change", R_TEXT, U_NONE, 0},
};

#define COUNT(columns) (sizeof(columns) / sizeof(*(columns)))

static void copy_text(struct report_table *to, size_t row, const char *key,
		      const struct report_table *from, const char *from_key)
{
	const char *text = table__text(from, 0, from_key);

	if (text)
		table__set_text(to, row, key, text);
}

static void copy_int(struct report_table *to, size_t row, const char *key,
		     const struct report_table *from, const char *from_key)
{
	if (table__has(from, 0, from_key))
		table__set_int(to, row, key, table__int(from, 0, from_key));
}

static void add_run(struct report_table *t, size_t side, const struct compare_run *run, bool middle)
{
	const struct report_table *root = report__find(run->report, "");
	size_t row = table__add_row(t, side);

	if (run->file)
		table__set_text(t, row, "file", run->file);
	copy_int(t, row, "wall_ns", root, "wall_ns");
	table__set_bool(t, row, "middle", middle);
	copy_int(t, row, "exit.code", root, "exit.code");
	copy_int(t, row, "exit.signal", root, "exit.signal");
	copy_text(t, row, "ended", root, "ended");
	table__set_int(t, row, "events_lost", table__int(root, 0, "events.lost"));
	table__set_bool(t, row, "truncated", table__bool(root, 0, "truncated"));
}

int result__sides(struct result *r)
{
	struct report_table *root =
		report__add(r->report, "", "", root_columns, COUNT(root_columns));
	struct report_table *t =
		report__add(r->report, "", "sides", side_columns, COUNT(side_columns));
	struct report_table *words = report__add(r->report, "sides", "command", word_columns, 1);
	struct report_table *runs =
		report__add(r->report, "sides", "runs", run_columns, COUNT(run_columns));
	size_t side, i, row;

	table__set_text(root, 0, "schema", "conctrace.compare/1");
	table__set_text(root, 0, "version", CONCTRACE_VERSION);
	for (side = 0; side < r->nsides; side++) {
		const struct report *report = r->sides[side].runs[0].report;
		const struct report_table *from = report__find(report, "");
		const struct report_table *command = report__find(report, "command");

		row = table__add_row(t, 0);
		table__set_int(t, row, "side", (int64_t)side);
		table__set_int(t, row, "cpus", (int64_t)table__rows(report__find(report, "cpus")));
		copy_text(t, row, "hostname", from, "host.hostname");
		copy_text(t, row, "kernel", from, "host.kernel");
		for (i = 0; i < table__rows(command); i++)
			table__set_text(words, table__add_row(words, row), "",
					table__text(command, i, ""));
		for (i = 0; i < r->sides[side].nruns; i++)
			add_run(runs, row, &r->sides[side].runs[i],
				r->first[side] + i == r->middle[side]);
	}
	return 0;
}

void result__heading(const struct number *n, struct strbuf *out)
{
	strbuf__puts(out, measures[n->measure].words);
	if (!n->labels[LABEL_NAME])
		return;
	strbuf__puts(out, " ");
	strbuf__puts(out, n->labels[LABEL_NAME]);
}

static const char *unit_of(enum measure measure)
{
	if (measure == MEASURE_CPUS_USED)
		return "milli";
	return measures[measure].unit == U_NS ? "ns" : "count";
}

static size_t runs_with(const struct result *r, const struct number *n, size_t side)
{
	size_t i, found = 0;

	for (i = r->first[side]; i < r->first[side + 1]; i++)
		found += n->present[i];
	return found;
}

struct sorted {
	const struct number *number;
	double weight;
	size_t place;
};

static int by_section_and_weight(const void *a, const void *b)
{
	const struct sorted *left = a, *right = b;
	const char *of_left = measures[left->number->measure].section;
	const char *of_right = measures[right->number->measure].section;

	if (strcmp(of_left, of_right) != 0)
		return left->number->measure < right->number->measure ? -1 : 1;
	if (left->weight != right->weight)
		return left->weight < right->weight ? 1 : -1;
	return left->place < right->place ? -1 : 1;
}

/* How large the difference is, among numbers of one section: times first, in their order. */
static int weigh(const struct result *r, struct sorted *s)
{
	const struct number *n = s->number;
	struct spread base, other;
	size_t side;

	for (side = 0; side < r->nsides; side++) {
		double delta;

		if (spread__of(&other, n->values + r->first[side], r->sides[side].nruns))
			return -ENOMEM;
		if (!side)
			base = other;
		delta = (double)(other.median - base.median);
		delta = delta < 0 ? -delta : delta;
		/* A wait counts more than any number of events. */
		if (measures[n->measure].unit != U_NS)
			delta /= 1e9;
		s->weight = delta > s->weight ? delta : s->weight;
	}
	/* The totals are few, and each has its place. */
	if (n->measure <= MEASURE_WAKEUP_MAX)
		s->weight = -(double)n->measure;
	return 0;
}

static bool is_number(const struct number *n)
{
	return n->measure != MEASURE_PATH && n->measure != MEASURE_CPUS &&
	       n->measure != MEASURE_FINDING;
}

static int sort_numbers(const struct result *r, struct sorted **out, size_t *count)
{
	struct sorted *list;
	size_t i, n = 0;

	while (numbers__at(r->all, n))
		n++;
	*out = list = calloc(n ? n : 1, sizeof(*list));
	*count = 0;
	if (!list)
		return -ENOMEM;
	for (i = 0; i < n; i++) {
		const struct number *number = numbers__at(r->all, i);

		if (!is_number(number))
			continue;
		list[*count] = (struct sorted){.number = number, .place = *count};
		if (weigh(r, &list[(*count)++]))
			return -ENOMEM;
	}
	qsort(list, *count, sizeof(*list), by_section_and_weight);
	return 0;
}

static int add_values(const struct result *r, struct report_table *t, size_t parent,
		      const struct number *n)
{
	struct spread base, s;
	size_t side, row;

	for (side = 0; side < r->nsides; side++) {
		if (spread__of(&s, n->values + r->first[side], r->sides[side].nruns))
			return -ENOMEM;
		if (!side)
			base = s;
		row = table__add_row(t, parent);
		table__set_int(t, row, "side", (int64_t)side);
		table__set_int(t, row, "median", s.median);
		table__set_int(t, row, "min", s.min);
		table__set_int(t, row, "max", s.max);
		table__set_int(t, row, "runs", (int64_t)runs_with(r, n, side));
		if (!side)
			continue;
		table__set_int(t, row, "delta", s.median - base.median);
		table__set_bool(t, row, "noise", spread__noise(&base, &s));
		table__set_bool(t, row, "small",
				spread__small(&base, &s, measures[n->measure].scale, r->wall_ns));
	}
	return 0;
}

int result__numbers(struct result *r)
{
	struct report_table *t =
		report__add(r->report, "", "numbers", number_columns, COUNT(number_columns));
	struct report_table *values =
		report__add(r->report, "numbers", "values", value_columns, COUNT(value_columns));
	struct strbuf heading = {0};
	struct sorted *list;
	size_t i, row, count;
	int rc = sort_numbers(r, &list, &count);

	for (i = 0; i < count && !rc; i++) {
		const struct number *n = list[i].number;

		strbuf__reset(&heading);
		result__heading(n, &heading);
		row = table__add_row(t, 0);
		table__set_text(t, row, "section", measures[n->measure].section);
		table__set_text(t, row, "measure", measures[n->measure].key);
		if (n->labels[LABEL_NAME])
			table__set_text(t, row, "name", n->labels[LABEL_NAME]);
		table__set_text(t, row, "heading", strbuf__text(&heading));
		table__set_text(t, row, "unit", unit_of(n->measure));
		rc = add_values(r, values, row, n);
	}
	if (!rc && strbuf__failed(&heading))
		rc = -ENOMEM;
	strbuf__free(&heading);
	free(list);
	return rc;
}

/* "new" and "gone" are said only if no run of one side has it, and every run of the other. */
static const char *change_of(const struct result *r, const struct number *n, size_t side)
{
	size_t base = runs_with(r, n, 0), other = runs_with(r, n, side);
	size_t most = r->sides[side].nruns, base_most = r->sides[0].nruns;

	if (base == base_most && other == most)
		return "both";
	if (!base && other == most)
		return "new";
	if (base == base_most && !other)
		return "gone";
	return base || other ? "some" : "none";
}

int result__findings(struct result *r)
{
	struct report_table *t =
		report__add(r->report, "", "findings", finding_columns, COUNT(finding_columns));
	struct report_table *values =
		report__add(r->report, "findings", "values", finding_value_columns,
			    COUNT(finding_value_columns));
	const struct number *n;
	size_t i, side, row, value;

	for (i = 0; (n = numbers__at(r->all, i)); i++) {
		if (n->measure != MEASURE_FINDING)
			continue;
		row = table__add_row(t, 0);
		table__set_text(t, row, "code", n->labels[LABEL_STATE]);
		if (n->labels[LABEL_NAME] && *n->labels[LABEL_NAME])
			table__set_text(t, row, "subject", n->labels[LABEL_NAME]);
		for (side = 0; side < r->nsides; side++) {
			value = table__add_row(values, row);
			table__set_int(values, value, "side", (int64_t)side);
			table__set_int(values, value, "runs", (int64_t)runs_with(r, n, side));
			if (side)
				table__set_text(values, value, "change", change_of(r, n, side));
		}
	}
	return 0;
}
