// SPDX-License-Identifier: GPL-2.0-only
/* STARTED: threads and processes, where there were many or where starting them took its time. */
#include <stdint.h>
#include <stdio.h>

#include "export/text_sections.h"
#include "export/text_wrap.h"
#include "lib/units.h"
#include "report/report.h"

#define MANY 100 /* are told however quickly they started */

static uint64_t field(const struct report *report, const char *what, const char *part)
{
	char key[64];

	snprintf(key, sizeof(key), "spawn.%s.%s", what, part);
	return (uint64_t)table__int(report__find(report, ""), 0, key);
}

/* "1,000 threads, half ran within 60 us, all within 5.1 ms" */
static void put_kind(struct text_wrap *w, const struct report *report, const char *what,
		     const char *const words[2], const char *verb)
{
	uint64_t n = field(report, what, "count");
	char count[UNITS_LEN], p50[UNITS_LEN], max[UNITS_LEN], text[160];

	if (!n)
		return;
	snprintf(text, sizeof(text), "%s %s, half %s within %s, all within %s",
		 units__count(count, n), words[n != 1], verb,
		 units__ns(p50, field(report, what, "p50_ns")),
		 units__ns(max, field(report, what, "max_ns")));
	text_wrap__add(w, "; ", text);
}

void text__spawn(struct text_out *o, const struct report *report)
{
	uint64_t wall = (uint64_t)table__int(report__find(report, ""), 0, "wall_ns");
	uint64_t n = field(report, "threads", "count") + field(report, "processes", "count");
	uint64_t ns = field(report, "threads", "total_ns") +
		      field(report, "processes", "total_ns") +
		      field(report, "processes.exec", "total_ns");
	uint64_t blocked = field(report, "processes", "vfork_blocked_ns");
	static const char *const thread[] = {"thread", "threads"};
	static const char *const process[] = {"process", "processes"};
	static const char *const exec[] = {"exec", "execs"};
	char text[64], value[UNITS_LEN];
	struct text_wrap w;

	/* Both are sums over threads; one hundredth of the program's time is the least to tell. */
	if (!n || (n < MANY && ns + blocked < wall / 100))
		return;
	text_out__heading(o, "STARTED");
	text_wrap__begin(&w, o, 4);
	put_kind(&w, report, "threads", thread, "ran");
	put_kind(&w, report, "processes", process, "ran");
	put_kind(&w, report, "processes.exec", exec, "done");
	if (blocked) {
		snprintf(text, sizeof(text), "creators blocked %s", units__ns(value, blocked));
		text_wrap__add(&w, "; ", text);
	}
	text_wrap__end(&w);
}
