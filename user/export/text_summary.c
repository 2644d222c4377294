// SPDX-License-Identifier: GPL-2.0-only
/* The first lines (what it was, what is missing, CPUs used) and the last (where to look next). */
#include <inttypes.h>
#include <stdint.h>
#include <string.h>

#include "export/text_out.h"
#include "export/text_sections.h"
#include "export/text_sums.h"
#include "lib/units.h"
#include "report/report.h"

#define LOST_BY	     "events.lost_by."
#define FACTS_COLUMN 44 /* where the wall time stands if the command is short */

static uint64_t field(const struct report *report, const char *key)
{
	return (uint64_t)table__int(report__find(report, ""), 0, key);
}

void text__facts(char *text, size_t size, const struct report *report)
{
	const struct report_table *root = report__find(report, "");
	uint64_t cpus = table__rows(report__find(report, "cpus"));
	char wall[UNITS_LEN];
	size_t len;

	cpus = cpus ? cpus : field(report, "host.cpus");
	snprintf(text, size, "%s wall   %" PRIu64 " CPU%s",
		 units__ns(wall, field(report, "wall_ns")), cpus, cpus == 1 ? "" : "s");
	len = strlen(text);
	if (table__has(root, 0, "exit.signal")) {
		int number = (int)field(report, "exit.signal");
		const char *name = sigabbrev_np(number);

		snprintf(text + len, size - len, "   killed by %s%s", name ? "SIG" : "signal ",
			 name ? name : "");
		len = strlen(text);
		if (!name)
			snprintf(text + len, size - len, "%d", number);
	} else if (table__has(root, 0, "exit.code")) {
		snprintf(text + len, size - len, "   exit %d", (int)field(report, "exit.code"));
	}
}

void text__command(struct strbuf *sb, const struct report *report)
{
	const struct report_table *root = report__find(report, "");
	const struct report_table *words = report__find(report, "command");
	const char *mode = table__text(root, 0, "mode"), *word;
	size_t row;

	for (row = 0; row < table__rows(words) && sb->len < 4UL * TEXT_COLUMNS; row++) {
		word = table__text(words, row, "");
		strbuf__puts(sb, row ? " " : "");
		strbuf__puts(sb, word ? word : "");
	}
	if (row)
		return;
	if (mode && !strcmp(mode, "pid"))
		strbuf__printf(sb, "process %" PRIu64, field(report, "target_pid"));
	else
		strbuf__puts(sb, mode && !strcmp(mode, "all") ? "the whole machine" : "");
}

static void put_title(struct text_out *o, const struct report *report)
{
	struct strbuf command = {0};
	char facts[128];
	size_t start, column;

	text__facts(facts, sizeof(facts), report);
	start = TEXT_COLUMNS - strlen(facts);
	text__command(&command, report);
	text_out__style(o, TEXT_HEADING);
	text_out__printf(o, "conctrace:");
	text_out__style(o, TEXT_PLAIN);
	text_out__printf(o, " ");
	text_out__name(o, strbuf__text(&command), start - o->width - 3);
	column = o->width + 3 < FACTS_COLUMN ? FACTS_COLUMN : o->width + 3;
	text_out__pad(o, column < start ? column : start);
	text_out__printf(o, "%s", facts);
	text_out__end(o);
	strbuf__free(&command);
}

static void put_lost(struct text_out *o, const struct report *report)
{
	const struct report_table *root = report__find(report, "");
	const struct report_column *columns;
	uint64_t lost = field(report, "events.lost"), all = lost + field(report, "events.recorded");
	size_t i, n = table__columns(root, &columns);
	char a[UNITS_LEN], b[UNITS_LEN], c[UNITS_LEN];
	bool first = true;

	if (!lost)
		return;
	text_out__style(o, TEXT_ALARM);
	text_out__printf(o, "LOST EVENTS");
	text_out__style(o, TEXT_PLAIN);
	text_out__printf(o, "  %s of %s (%s)", units__count(a, lost), units__count(b, all),
			 units__percent(c, (double)lost / (double)all));
	for (i = 0; i < n; i++) {
		const char *kind;
		uint64_t count = (uint64_t)table__int(root, 0, columns[i].key);

		if (!count || strncmp(columns[i].key, LOST_BY, strlen(LOST_BY)) != 0)
			continue;
		kind = columns[i].key + strlen(LOST_BY);
		units__count(a, count);
		if (o->width + strlen(a) + strlen(kind) + 3 <= TEXT_COLUMNS)
			text_out__printf(o, "%s%s %s", first ? ": " : ", ", a, kind);
		first = false;
	}
	text_out__end(o);
	text_out__printf(o, "  %s of thread time and %s of CPU time are unknown (x below);",
			 units__ns(a, text_sum(report__find(report, "tasks"), "unknown_ns")),
			 units__ns(b, text_sum(report__find(report, "cpus"), "unknown_ns")));
	text_out__end(o);
	text_out__printf(o,
			 "  switches and waits are undercounted. To lose none: a larger --buffer.");
	text_out__end(o);
}

const char *text__why_cut(const struct report *report)
{
	const struct report_table *root = report__find(report, "");
	const char *ended = table__text(root, 0, "ended");

	if (ended && !strcmp(ended, "disk"))
		return "The file could not be written any further: what follows is the part "
		       "before.";
	else if (ended && !strcmp(ended, "size"))
		return "The file had reached its --max-size: the program went on, and nothing is "
		       "said "
		       "of that.";
	else if (table__bool(root, 0, "truncated"))
		return "The recorder was killed or its disk full: what follows is what it had "
		       "written.";
	else if (ended && !strcmp(ended, "interrupt"))
		return "Recording was interrupted: the program may have gone on afterwards.";
	return NULL;
}

static void put_cut(struct text_out *o, const struct report *report)
{
	const char *why = text__why_cut(report);

	if (!why)
		return;
	text_out__style(o, TEXT_ALARM);
	text_out__printf(o, "CUT SHORT");
	text_out__style(o, TEXT_PLAIN);
	text_out__end(o);
	text_out__printf(o, "  %s", why);
	text_out__end(o);
}

/* Not cut short, but as it was wanted. */
static void put_recent(struct text_out *o, const struct report *report)
{
	const struct report_table *root = report__find(report, "");
	const char *ended = table__text(root, 0, "ended");

	if (table__bool(root, 0, "recent")) {
		text_out__printf(o,
				 "  The last part of a recording: what was before is not in it.");
		text_out__end(o);
	}
	if (ended && !strcmp(ended, "dump")) {
		text_out__printf(o, "  Written while the recording went on.");
		text_out__end(o);
	}
}

/* Whom the CPUs served; other programs only where they took a share that matters. */
static void put_use(struct text_out *o, const struct report *report)
{
	const struct report_table *cpus = report__find(report, "cpus");
	const struct report_table *root = report__find(report, "");
	uint64_t idle = text_sum(cpus, "idle_ns"), other = text_sum(cpus, "other_ns");
	uint64_t wall = field(report, "wall_ns"), n = table__rows(cpus);
	char text[UNITS_LEN];

	if (!table__has(root, 0, "parallelism.mean"))
		return;
	text_out__printf(o, "  %.2f of %" PRIu64 " CPU%s used on average",
			 table__real(root, 0, "parallelism.mean"), n, n == 1 ? "" : "s");
	text_out__printf(o, "; unused %s", units__ns(text, idle));
	if (n && other / n > wall / 20)
		text_out__printf(o, ", other programs %s", units__ns(text, other));
	text_out__end(o);
}

void text__summary(struct text_out *o, const struct report *report)
{
	put_title(o, report);
	put_lost(o, report);
	put_cut(o, report);
	put_recent(o, report);
	put_use(o, report);
	text_out__end(o);
}

void text__footer(struct text_out *o, const struct report *report)
{
	uint64_t lost = field(report, "events.lost");
	char events[UNITS_LEN], bytes[UNITS_LEN], count[UNITS_LEN];

	text_out__end(o);
	text_out__printf(o, "Recorded %s events, %s, %s lost.",
			 units__count(events, field(report, "events.recorded")),
			 units__bytes(bytes, field(report, "events.bytes")),
			 lost ? units__count(count, lost) : "none");
	text_out__end(o);
	text_out__printf(o, "More: conctrace timeline | view | report --details | --task TID | "
			    "--sync NAME");
	text_out__end(o);
}
