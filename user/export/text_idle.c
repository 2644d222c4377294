// SPDX-License-Identifier: GPL-2.0-only
/* UNUSED CPU TIME: what CPUs were idle for, in words. */
#include <errno.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "export/text_sections.h"
#include "export/text_sums.h"
#include "export/text_wrap.h"
#include "lib/strbuf.h"
#include "lib/units.h"
#include "report/report.h"

#define SHOWN 6
#define NEWS  50 /* less than one in so many of the time is not worth telling */

struct term {
	const char *name; /* untrusted */
	uint64_t ns;
};

/* What the report's causes mean to someone who wrote the program. */
static const char *words_of(const char *cause)
{
	static const struct {
		const char *cause, *words;
	} words[] = {
		{"no-thread", "too few threads"},
		{"wakeup", "waking threads up"},
		{"balance", "threads queued for another CPU"},
		{"affinity", "threads bound to other CPUs"},
		{"throttled", "CPU quota used up"},
		{"unknown", "unknown"},
		{"join", "waiting for threads to end"},
		{"child", "waiting for processes to end"},
		{"sleep", "sleeping"},
		{"poll", "waiting for events"},
		{"pagefault", "page faults"},
		{"gil", "Python's interpreter lock"},
		{"kernel", "locks inside the kernel"},
		{"other", "other waits"},
	};
	size_t i;

	for (i = 0; i < sizeof(words) / sizeof(*words); i++)
		if (!strcmp(cause, words[i].cause))
			return words[i].words;
	return cause;
}

/* Each join is an object of its own; which one matters little here. */
static const char *name_of(const struct report_table *t, size_t row)
{
	const char *cause = table__text(t, row, "cause"), *subject = table__text(t, row, "subject");

	if (!cause)
		return "unknown";
	return subject && strcmp(cause, "join") != 0 ? subject : words_of(cause);
}

static void add_term(struct term *terms, size_t *n, const char *name, uint64_t ns)
{
	size_t i;

	for (i = 0; i < *n; i++)
		if (!strcmp(terms[i].name, name))
			break;
	if (i == *n)
		terms[(*n)++] = (struct term){.name = name};
	terms[i].ns += ns;
}

static int longest_first(const void *a, const void *b)
{
	const struct term *x = a, *y = b;

	if (x->ns != y->ns)
		return x->ns > y->ns ? -1 : 1;
	return strcmp(x->name, y->name);
}

static void put_term(struct text_wrap *w, const char *name, uint64_t ns)
{
	struct strbuf text = {0};
	char value[UNITS_LEN];

	strbuf__printf(&text, "%.60s %s", name, units__ns(value, ns));
	if (!strbuf__failed(&text))
		text_wrap__add(w, " + ", strbuf__text(&text));
	strbuf__free(&text);
}

int text__idle(struct text_out *o, const struct report *report)
{
	const struct report_table *t = report__find(report, "idle.by");
	const struct report_table *cpus = report__find(report, "cpus");
	uint64_t idle = text_sum(t, "ns"), left = idle;
	uint64_t all = idle + text_sum(cpus, "workload_ns") + text_sum(cpus, "other_ns");
	struct term *terms;
	char value[UNITS_LEN];
	struct text_wrap w;
	size_t i, n = 0;

	if (!idle || idle < all / NEWS)
		return 0;
	terms = calloc(table__rows(t), sizeof(*terms));
	if (!terms)
		return -ENOMEM;
	for (i = 0; i < table__rows(t); i++)
		add_term(terms, &n, name_of(t, i), (uint64_t)table__int(t, i, "ns"));
	qsort(terms, n, sizeof(*terms), longest_first);
	text_out__heading(o, "UNUSED CPU TIME");
	text_out__printf(o, "%s = ", units__ns(value, idle));
	text_wrap__begin(&w, o, 4);
	for (i = 0; i < n && i < SHOWN && (!i || terms[i].ns >= idle / NEWS); i++) {
		put_term(&w, terms[i].name, terms[i].ns);
		left -= terms[i].ns;
	}
	if (left)
		put_term(&w, "more", left);
	text_wrap__end(&w);
	free(terms);
	return 0;
}
