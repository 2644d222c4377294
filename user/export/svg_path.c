// SPDX-License-Identifier: GPL-2.0-only
/* The critical path: a lane of its own, and bars in the lanes of the threads it leads through. */
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "export/svg_page.h"
#include "export/text_fair.h"
#include "export/text_out.h"
#include "report/report.h"

#define BUCKETS 4096
#define LETTER	6
#define ROOM	40 /* a piece that narrow bears no name */

static unsigned int state_of(const struct report_table *t, size_t row)
{
	const char *state = table__text(t, row, "state"), *cause = table__text(t, row, "cause");
	unsigned int i;

	if (!state || !strcmp(state, "unknown"))
		return LANE_UNKNOWN;
	if (!strcmp(state, "running"))
		return LANE_RUNNING;
	if (!strcmp(state, "runnable"))
		return LANE_RUNNABLE;
	for (i = 0; i < CAUSE_COUNT; i++)
		if (cause && !strcmp(cause, cause__name((enum cause)i)))
			return i;
	return CAUSE_OTHER;
}

/* Cuts a piece to what is shown, in ns from there; false: nothing of it is. */
static bool clip(const struct svg_page *p, const struct report_table *t, size_t row, uint64_t *from,
		 uint64_t *to)
{
	uint64_t first = p->start_ns + p->from_ns;

	*from = (uint64_t)table__int(t, row, "start_ns");
	*to = (uint64_t)table__int(t, row, "end_ns");
	if (*to <= first || *from >= first + p->span_ns)
		return false;
	*from = *from > first ? *from - first : 0;
	*to = *to - first < p->span_ns ? *to - first : p->span_ns;
	return *from < *to;
}

static void put_pieces(struct svg_page *p, const struct report_table *t, struct lane *lane)
{
	uint64_t from, to, end = 0;
	struct strip strip;
	size_t row, column;

	for (row = 0; row < table__rows(t); row++) {
		if (!clip(p, t, row, &from, &to) || from < end)
			continue;
		lane__add(lane, state_of(t, row), from, to);
		end = to;
	}
	strip__init(&strip, SVG_LANE);
	for (column = 0; column < STRIP_COLUMNS; column++) {
		double ns[LANE_STATES] = {0}, looks[STRIP_KINDS] = {0};
		unsigned int state;

		svg__column(p, column, &from, &to);
		lane__sum(lane, from, to, ns);
		for (state = 0; state < LANE_STATES; state++) {
			looks[look__of(state)] += ns[state];
			p->state_ns[state] += ns[state];
		}
		strip__fill(&strip, column, looks, (double)(to - from));
	}
	svg__strip(p, &strip, false);
}

/* Of a word in that piece. */
static const char *class_of(const struct report_table *t, size_t row)
{
	switch (look__of(state_of(t, row))) {
	case LOOK_SLEEP:
		return "in ink";
	case LOOK_UNKNOWN:
		return "in page";
	default:
		return "in on";
	}
}

/* "worker-1: mutex big_lock", or without the rest if that needs too much room. */
static void put_names(struct svg_page *p, const struct report_table *t)
{
	struct strbuf words = {0};
	uint64_t from, to;
	size_t row, room;

	for (row = 0; row < table__rows(t); row++) {
		const char *comm = table__text(t, row, "comm");
		const char *subject = table__text(t, row, "subject");
		double left, right;

		if (!comm || !clip(p, t, row, &from, &to))
			continue;
		left = svg__x(p, (uint64_t)table__int(t, row, "start_ns"));
		right = svg__x(p, (uint64_t)table__int(t, row, "end_ns"));
		if (right - left < ROOM)
			continue;
		strbuf__reset(&words);
		strbuf__printf(&words, "%s%s%s", comm, subject ? ": " : "", subject ? subject : "");
		room = (size_t)(right - left - 8) / LETTER;
		if (strlen(comm) > room)
			continue;
		svg__text(&p->body, class_of(t, row), (unsigned int)left + 4, p->y + 12,
			  words.len > room ? comm : strbuf__text(&words), room);
	}
	p->body.failed |= strbuf__failed(&words);
	strbuf__free(&words);
}

void svg__path(struct svg_page *p)
{
	const struct report_table *t = report__find(p->report, "critical_path.segments");
	struct lane *lane;

	if (!table__rows(t))
		return;
	lane = lane__new(BUCKETS);
	if (!lane) {
		p->body.failed = true;
		return;
	}
	svg__heading(p, "Critical path: what the program's end waited for", NULL);
	strbuf__puts(&p->body, "<g><title>critical path</title>\n");
	svg__track(p, SVG_LANE, "critical path", 0);
	put_pieces(p, t, lane);
	put_names(p, t);
	strbuf__puts(&p->body, "</g>\n");
	p->y += SVG_PITCH;
	p->path = true;
	lane__free(lane);
}

/* The part of each column that the path spends in the thread. */
static void add_parts(const struct svg_page *p, const struct report_table *t, uint32_t tid,
		      double *parts)
{
	uint64_t from, to, start, end;
	size_t row, column;

	for (row = 0; row < table__rows(t); row++) {
		if (table__int(t, row, "tid") != tid || !clip(p, t, row, &from, &to))
			continue;
		column = (size_t)((unsigned __int128)from * STRIP_COLUMNS / p->span_ns);
		for (; column < STRIP_COLUMNS; column++) {
			svg__column(p, column, &start, &end);
			if (start >= to)
				break;
			start = start > from ? start : from;
			end = end < to ? end : to;
			parts[column] += end > start ? (double)(end - start) : 0;
		}
	}
}

/* A column is marked or not: as many of them as the thread has time in the path. */
void svg__path_bar(struct svg_page *p, uint32_t tid, unsigned int y)
{
	const struct report_table *t = report__find(p->report, "critical_path.segments");
	double parts[STRIP_COLUMNS] = {0}, owed[2] = {0};
	unsigned int width = 0;
	size_t column;
	uint64_t from, to;

	add_parts(p, t, tid, parts);
	strbuf__puts(&p->body, "<path class=\"ink\" d=\"");
	for (column = 0; column <= STRIP_COLUMNS; column++) {
		double ns[2] = {0};

		svg__column(p, column, &from, &to);
		if (column < STRIP_COLUMNS) {
			ns[1] = parts[column];
			ns[0] = (double)(to - from) - ns[1];
		}
		if (column < STRIP_COLUMNS && fair__choose(ns, owed, 2) == 1) {
			width += STRIP_COLUMN;
			continue;
		}
		if (width)
			strbuf__printf(&p->body, "M%u %uh%uv3h-%uz",
				       SVG_LEFT + (unsigned int)column * STRIP_COLUMN - width,
				       y + SVG_LANE - 1, width, width);
		width = 0;
	}
	strbuf__puts(&p->body, "\"/>\n");
}
