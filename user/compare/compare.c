// SPDX-License-Identifier: GPL-2.0-only
#include "compare/compare.h"

#include <stdlib.h>

#include "compare/extract.h"
#include "compare/numbers.h"
#include "compare/result.h"
#include "report/report.h"

static int64_t wall_of(const struct compare_run *run)
{
	return table__int(report__find(run->report, ""), 0, "wall_ns");
}

/* The run whose wall time is the median, as spread__of() has it: then its parts sum to that. */
static size_t middle_run(const struct compare_side *side)
{
	size_t i, j, before, equal;

	for (i = 0; i < side->nruns; i++) {
		for (j = before = equal = 0; j < side->nruns; j++) {
			before += wall_of(&side->runs[j]) < wall_of(&side->runs[i]);
			equal += wall_of(&side->runs[j]) == wall_of(&side->runs[i]);
		}
		if (before <= (side->nruns - 1) / 2 && (side->nruns - 1) / 2 < before + equal)
			return i;
	}
	return 0;
}

static int place_runs(struct result *r)
{
	size_t i;

	r->first = calloc(r->nsides + 1, sizeof(*r->first));
	r->middle = calloc(r->nsides + 1, sizeof(*r->middle));
	if (!r->first || !r->middle)
		return -1;
	for (i = 0; i < r->nsides; i++) {
		r->middle[i] = r->first[i] + middle_run(&r->sides[i]);
		r->first[i + 1] = r->first[i] + r->sides[i].nruns;
	}
	r->wall_ns = wall_of(&r->sides[0].runs[r->middle[0]]);
	return 0;
}

static struct numbers *extract_all(const struct result *r)
{
	struct numbers *all = numbers__new(r->first[r->nsides]);
	size_t side, i;

	for (side = 0; side < r->nsides && all; side++) {
		for (i = 0; i < r->sides[side].nruns; i++) {
			const struct report *report = r->sides[side].runs[i].report;

			extract__numbers(all, report, r->first[side] + i);
			extract__cpu_parts(all, report, r->first[side] + i);
			extract__path_parts(all, report, r->first[side] + i);
		}
	}
	return all;
}

static int fill(struct result *r)
{
	if (result__sides(r) || result__differences(r))
		return -1;
	return result__numbers(r) || result__findings(r) ? -1 : 0;
}

struct report *compare__new(const struct compare_side *sides, size_t nsides)
{
	struct result r = {.sides = sides, .nsides = nsides, .report = report__new()};
	struct numbers *all = NULL;
	int rc = r.report ? place_runs(&r) : -1;

	if (!rc)
		r.all = all = extract_all(&r);
	if (rc || !all || numbers__failed(all) || fill(&r) || report__failed(r.report)) {
		report__free(r.report);
		r.report = NULL;
	}
	numbers__free(all);
	free(r.first);
	free(r.middle);
	return r.report;
}
