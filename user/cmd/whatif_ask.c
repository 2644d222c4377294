// SPDX-License-Identifier: GPL-2.0-only
/* What was asked: numbers from the command line, names as the report has them. */
#include <errno.h>
#include <inttypes.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "cmd/nearest.h"
#include "cmd/whatif.h"
#include "lib/error.h"
#include "lib/strbuf.h"
#include "report/report.h"
#include "trace/info.h"

#define MOST_FACTOR 1000000
#define MOST_NAMES  3 /* that are offered for an unknown one */

static int parse_factor(const char *option, const char *text, double least, double *factor,
			struct error *err)
{
	char *end;

	/* strtod() also takes blanks, signs, "nan" and "0x1". */
	if (text[strspn(text, "0123456789.")] == '\0' && *text) {
		*factor = strtod(text, &end);
		if (!*end && *factor >= least && *factor <= MOST_FACTOR)
			return 0;
	}
	return error__set(err, -EINVAL, "option '--%s': '%s' is not a factor, as 0.5 or 2", option,
			  text);
}

/* "NAME=FACTOR"; names may have a '=' in them. */
static int parse_pair(const char *option, const char *text, double least, char **name,
		      double *factor, struct error *err)
{
	const char *equals = strrchr(text, '=');

	if (!equals || equals == text)
		return error__set(err, -EINVAL, "option '--%s': '%s' is not NAME=FACTOR", option,
				  text);
	*name = strndup(text, (size_t)(equals - text));
	if (!*name)
		return error__set(err, -ENOMEM, "not enough memory");
	return parse_factor(option, equals + 1, least, factor, err);
}

int whatif__parse(struct whatif_answer *a, struct error *err)
{
	const struct whatif_question *q = &a->question;
	struct change *c = &a->change;
	int rc = 0;

	*c = (struct change){.cpus = q->cpus,
			     .without = REPLAY_NONE,
			     .held = REPLAY_NONE,
			     .hold = 1,
			     .io = 1,
			     .timers = 1,
			     .faster = 1};
	if (q->cpus > TRACE_MAX_CPUS)
		return error__set(err, -EINVAL, "option '--cpus': at most %d", TRACE_MAX_CPUS);
	if (q->hold)
		rc = parse_pair("hold", q->hold, 0, &a->name, &c->hold, err);
	if (!rc && q->faster)
		rc = parse_pair("faster", q->faster, 0.001, &a->site, &c->faster, err);
	if (!rc && q->io)
		rc = parse_factor("io", q->io, 0, &c->io, err);
	if (!rc && q->sleep)
		rc = parse_factor("sleep", q->sleep, 0, &c->timers, err);
	/* The report writes functions so. */
	if (!rc && a->site && strlen(a->site) > 2 && !strcmp(a->site + strlen(a->site) - 2, "()"))
		a->site[strlen(a->site) - 2] = '\0';
	return rc;
}

void whatif__free(struct whatif_answer *a)
{
	free(a->name);
	free(a->site);
}

static bool offered(const char *const *names, size_t count, const char *name)
{
	size_t i;

	for (i = 0; i < count; i++)
		if (!strcmp(names[i], name))
			return true;
	return false;
}

/* "there is ..., ..." of those that are most like it, else of the first ones. */
static int fail_unknown(const char *what, const char *typed, const struct report_table *t,
			const char *column, struct error *err)
{
	const char *names[MOST_NAMES] = {0}, *best = NULL;
	struct strbuf text = {0};
	size_t row, n = 0, i;
	int pass, rc;

	for (row = 0; row < table__rows(t); row++)
		if (table__text(t, row, column))
			nearest__offer(typed, table__text(t, row, column), &best);
	if (best)
		names[n++] = best;
	for (pass = best ? 0 : 1; pass < 2 && !n; pass++)
		for (row = 0; row < table__rows(t) && n < MOST_NAMES; row++) {
			const char *name = table__text(t, row, column);

			if (name && !offered(names, n, name) && (strstr(name, typed) || pass))
				names[n++] = name;
		}
	for (i = 0; i < n; i++) {
		strbuf__puts(&text, i ? ", '" : "'");
		strbuf__add_printable(&text, names[i], strlen(names[i]));
		strbuf__puts(&text, "'");
	}
	rc = error__set(err, -EINVAL, "no %s '%s' in the report%s%s", what, typed,
			!n     ? ""
			: best ? "; did you mean "
			       : "; it has ",
			strbuf__text(&text));
	strbuf__free(&text);
	return rc;
}

static int find_object(const struct report *report, const char *typed, uint32_t *object,
		       struct error *err)
{
	const struct report_table *t = report__find(report, "sync");
	size_t row;
	char id[16];

	for (row = 0; row < table__rows(t); row++) {
		const char *name = table__text(t, row, "name");

		snprintf(id, sizeof(id), "#%" PRId64, table__int(t, row, "id"));
		if ((name && !strcmp(name, typed)) || !strcmp(id, typed)) {
			*object = (uint32_t)table__int(t, row, "id");
			return 0;
		}
	}
	return fail_unknown("lock", typed, t, "name", err);
}

int whatif__no_function(const struct whatif_answer *a, const struct report *report,
			struct error *err)
{
	const struct report_table *t = report__find(report, "samples.sites");

	if (!table__rows(t))
		return error__set(err, -EINVAL,
				  "the recording has no samples of running code: '--faster' needs "
				  "them");
	return fail_unknown("running function", a->site, t, "function", err);
}

int whatif__find(struct whatif_answer *a, const struct report *report, struct error *err)
{
	int rc = 0;

	if (a->question.without)
		rc = find_object(report, a->question.without, &a->change.without, err);
	if (!rc && a->question.hold)
		rc = find_object(report, a->name, &a->change.held, err);
	return rc;
}
