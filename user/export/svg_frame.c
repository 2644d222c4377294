// SPDX-License-Identifier: GPL-2.0-only
/* What stands around the lanes: what it was, what colours mean, the axis, what the report found. */
#include <errno.h>
#include <inttypes.h>
#include <string.h>

#include "export/axis.h"
#include "export/svg_page.h"
#include "export/text_sections.h"
#include "lib/units.h"
#include "report/report.h"

#define FINDINGS 3
#define CAUSES	 4   /* named for one look */
#define LETTER	 6.2 /* how wide one is, on average, on the safe side */
#define AXIS	 22

static uint64_t field(const struct report *report, const char *key)
{
	return (uint64_t)table__int(report__find(report, ""), 0, key);
}

/* "2.03 s wall, 2 CPUs, exit 0" */
static void add_facts(struct strbuf *out, const struct svg_page *p)
{
	const char *text;
	char facts[128];

	text__facts(facts, sizeof(facts), p->report);
	for (text = facts; *text; text++) {
		bool gap = !strncmp(text, "   ", 3);

		strbuf__add(out, gap ? ", " : text, gap ? 2 : 1);
		text += gap ? 2 : 0;
	}
}

static bool is_part(const struct svg_page *p)
{
	return p->from_ns || p->span_ns != field(p->report, "wall_ns");
}

/* "; shown: 200 ms to 300 ms, with 1.02 CPUs used on average"; the middle if it is a part. */
static void add_range(struct strbuf *out, const struct svg_page *p)
{
	uint64_t end = p->from_ns + p->span_ns, step = 1;
	char from[AXIS_LEN], to[AXIS_LEN];
	struct axis a;

	if (!p->span_ns)
		return;
	if (is_part(p)) {
		/* Two times that differ must look so. */
		while (step < p->span_ns / 1000 || !(p->from_ns % step || end % step))
			step *= 10;
		if (p->from_ns % step || end % step)
			step = step > 1 ? step / 10 : 1;
		axis__choose(&a, step, end);
		axis__write(from, &a, p->from_ns);
		axis__write(to, &a, end);
		strbuf__printf(out, "; shown: %s to %s", from, to);
	}
	strbuf__printf(out, "%s %.2f CPUs used on average", is_part(p) ? ", with" : ";",
		       p->cpu_ns[LANE_RUNNING] / (double)p->span_ns);
}

static unsigned int put_lost(struct strbuf *out, const struct svg_page *p, unsigned int y)
{
	uint64_t lost = field(p->report, "events.lost");
	const char *why = text__why_cut(p->report);
	char count[UNITS_LEN], text[160];

	if (lost) {
		snprintf(text, sizeof(text),
			 "%s events were lost: what they would have told is drawn as not known.",
			 units__count(count, lost));
		svg__text(out, "warn", SVG_MARGIN, y, text, 150);
		y += 16;
	}
	if (why) {
		svg__text(out, "warn", SVG_MARGIN, y, why, 150);
		y += 16;
	}
	return y;
}

static unsigned int put_head(struct strbuf *out, const struct svg_page *p)
{
	struct strbuf text = {0};
	unsigned int y = 26;

	text__command(&text, p->report);
	svg__text(out, "title ink", SVG_MARGIN, y, strbuf__text(&text), 100);
	strbuf__reset(&text);
	add_facts(&text, p);
	add_range(&text, p);
	y += 20;
	svg__text(out, "soft", SVG_MARGIN, y, strbuf__text(&text), 150);
	y = put_lost(out, p, y + 16);
	out->failed |= strbuf__failed(&text);
	strbuf__free(&text);
	return y;
}

struct legend {
	struct strbuf *out;
	double x;
	unsigned int y;
};

static void put_item(struct legend *l, const char *class, unsigned int height, const char *words)
{
	double width = 20 + LETTER * (double)strlen(words) + 16;

	if (l->x + width > SVG_WIDTH && l->x > SVG_MARGIN) {
		l->x = SVG_MARGIN;
		l->y += 18;
	}
	strbuf__printf(l->out,
		       "<rect class=\"%s\" x=\"%.0f\" y=\"%u\" width=\"14\" height=\"%u\"/>\n",
		       class, l->x, l->y - 10 + (11 - height) / 2, height);
	svg__text(l->out, "small soft", (unsigned int)l->x + 20, l->y, words, 100);
	l->x += width;
}

/* "blocked by a lock: mutex, kernel" */
static void describe(const struct svg_page *p, enum svg_look look, char *words, size_t size)
{
	unsigned int state, n = 0;

	snprintf(words, size, "%s", look__words(look));
	for (state = 0; state < CAUSE_COUNT; state++) {
		size_t len = strlen(words);

		if (look__of(state) != look || p->state_ns[state] <= 0)
			continue;
		if (n++ < CAUSES)
			snprintf(words + len, size - len, "%s%s", n == 1 ? ": " : ", ",
				 cause__name((enum cause)state));
		else if (n == CAUSES + 1)
			snprintf(words + len, size - len, "...");
	}
}

/* What occurs, and nothing else. */
static unsigned int put_legend(struct strbuf *out, const struct svg_page *p, unsigned int y)
{
	struct legend l = {.out = out, .x = SVG_MARGIN, .y = y + 6};
	bool unknown = p->drawn[LOOK_UNKNOWN] || p->hue_drawn[HUE_UNKNOWN], held = false;
	unsigned int look, hue;
	char words[128];

	for (look = LOOK_RUNNING; look < LOOK_COUNT; look++) {
		if (!p->drawn[look] && !(look == LOOK_UNKNOWN && unknown))
			continue;
		describe(p, look, words, sizeof(words));
		put_item(&l, look_classes[look], 11, words);
	}
	if (p->path)
		put_item(&l, "ink", 3, "critical path");
	for (hue = HUE_FIRST; hue < HUE_ANOTHER && !held; hue++) {
		held = p->hue_drawn[hue];
		if (held)
			put_item(&l, hue_classes[hue], 9,
				 "holder of a lock: the colour beside the thread's name");
	}
	if (p->hue_drawn[HUE_ANOTHER])
		put_item(&l, hue_classes[HUE_ANOTHER], 9,
			 held ? "another holder" : "holder of a lock, who has no lane");
	return l.y + 10;
}

/* The smallest of 1, 2, 5, 10... of which the axis has room for. */
static uint64_t tick_of(const struct svg_page *p, struct axis *a)
{
	static const unsigned int steps[] = {1, 2, 5};
	uint64_t power = 1, end = p->from_ns + p->span_ns;
	char text[AXIS_LEN];
	size_t i = 0;

	for (;;) {
		uint64_t tick = power * steps[i];
		double width = (double)tick / (double)p->span_ns * SVG_PLOT;

		axis__choose(a, tick, end);
		if (width >= 70 && width >= 12 + LETTER * (double)axis__write(text, a, end))
			return tick;
		i = (i + 1) % 3;
		power *= i ? 1 : 10;
	}
}

/* Times stand above the lanes, lines lie beneath them. */
static unsigned int put_axis(struct strbuf *out, const struct svg_page *p, unsigned int y)
{
	uint64_t tick, ns, end = p->from_ns + p->span_ns;
	unsigned int top = y + AXIS;
	char text[AXIS_LEN];
	struct axis a;

	if (!p->span_ns)
		return top;
	tick = tick_of(p, &a);
	for (ns = (p->from_ns + tick - 1) / tick * tick; ns <= end; ns += tick) {
		double x = svg__x(p, p->start_ns + ns);

		strbuf__printf(out,
			       "<rect class=\"line\" x=\"%.1f\" y=\"%u\" width=\"1\" "
			       "height=\"%u\"/>\n",
			       x - 0.5, top - 5, p->y + 5);
		axis__write(text, &a, ns);
		if (x + 4 + LETTER * (double)strlen(text) < SVG_WIDTH - 2)
			svg__text(out, "small soft", (unsigned int)x + 4, top - 5, text, AXIS_LEN);
	}
	return top;
}

/* "costs 0.94 s of 2.03 s" */
static void put_cost(struct strbuf *out, const struct svg_page *p, const struct report_table *t,
		     size_t row, unsigned int y)
{
	char cost[UNITS_LEN], wall[UNITS_LEN];

	if (!table__has(t, row, "cost_ns"))
		return;
	strbuf__printf(out,
		       "<text class=\"soft\" x=\"%d\" y=\"%u\" text-anchor=\"end\">costs %s of "
		       "%s</text>\n",
		       SVG_LEFT + SVG_PLOT, y,
		       units__ns(cost, (uint64_t)table__int(t, row, "cost_ns")),
		       units__ns(wall, field(p->report, "wall_ns")));
}

/* The report's findings as a caption; they are about the whole run. */
static unsigned int put_findings(struct strbuf *out, const struct svg_page *p, unsigned int y)
{
	const struct report_table *t = report__find(p->report, "findings");
	size_t row, all = table__rows(t);
	char text[64];

	for (row = 0; row < all && row < FINDINGS; row++) {
		const char *summary = table__text(t, row, "summary");
		const char *detail = table__text(t, row, "detail");

		y += 20;
		snprintf(text, sizeof(text), "%zu", row + 1);
		svg__text(out, "head ink", SVG_MARGIN, y, text, 3);
		svg__text(out, "head ink", SVG_MARGIN + 18, y, summary ? summary : "", 100);
		put_cost(out, p, t, row, y);
		y += 1 + 15 * svg__wrap(out, "small soft", SVG_MARGIN + 18, y + 16,
					detail ? detail : "", 150, 2);
	}
	if (t && !all) {
		y += 20;
		svg__text(out, "soft", SVG_MARGIN, y,
			  "Nothing stands out: no wait cost more than 5 % of the time.", 100);
	}
	if (all > FINDINGS) {
		y += 18;
		snprintf(text, sizeof(text), "and %zu more findings", all - FINDINGS);
		svg__text(out, "small soft", SVG_MARGIN + 18, y, text, 60);
	}
	return y;
}

/* How it is to be read. */
static unsigned int put_foot(struct strbuf *out, const struct svg_page *p, unsigned int y)
{
	char step[UNITS_LEN], text[200];

	y += 26;
	snprintf(text, sizeof(text),
		 "A column is %s; what shares it is piled up, by the time it took.%s Drawn by "
		 "conctrace " CONCTRACE_VERSION ".",
		 units__ns(step, p->span_ns / STRIP_COLUMNS),
		 is_part(p) ? " Findings are about the whole run." : "");
	svg__text(out, "small soft", SVG_MARGIN, y, text, 150);
	return y + 12;
}

/* For those who do not see it, and for search. */
static void put_description(struct strbuf *out, const struct svg_page *p)
{
	const struct report_table *t = report__find(p->report, "findings");
	struct strbuf command = {0};
	size_t row;

	text__command(&command, p->report);
	strbuf__puts(out, "<title id=\"conctrace-title\">Timeline of ");
	svg__escape(out, strbuf__text(&command), 100);
	strbuf__puts(out, "</title>\n<desc id=\"conctrace-desc\">What CPUs, locks and threads did "
			  "over time. ");
	add_facts(out, p);
	add_range(out, p);
	strbuf__puts(out, ".");
	for (row = 0; row < table__rows(t) && row < FINDINGS; row++) {
		const char *summary = table__text(t, row, "summary");

		strbuf__puts(out, row ? "; " : " Findings: ");
		svg__escape(out, summary ? summary : "", 150);
	}
	strbuf__puts(out, "</desc>\n");
	out->failed |= strbuf__failed(&command);
	strbuf__free(&command);
}

int svg__write(struct svg_page *p, FILE *out)
{
	struct strbuf head = {0}, tail = {0}, frame = {0};
	unsigned int top, height;
	int err = 0;

	top = put_head(&frame, p);
	top = put_legend(&frame, p, top);
	top = put_axis(&frame, p, top);
	height = put_findings(&tail, p, top + p->y);
	height = put_foot(&tail, p, height);
	strbuf__printf(&head,
		       "<svg xmlns=\"http://www.w3.org/2000/svg\" version=\"1.1\" "
		       "class=\"conctrace\" width=\"%d\" height=\"%u\" viewBox=\"0 0 %d %u\" "
		       "role=\"img\" aria-labelledby=\"conctrace-title conctrace-desc\">\n",
		       SVG_WIDTH, height, SVG_WIDTH, height);
	put_description(&head, p);
	look__add_style(&head);
	strbuf__puts(&head, "<rect class=\"page\" width=\"100%\" height=\"100%\"/>\n");
	if (strbuf__failed(&head) || strbuf__failed(&frame) || strbuf__failed(&p->body) ||
	    strbuf__failed(&tail))
		err = -ENOMEM;
	if (!err)
		fprintf(out,
			"%s%s<g transform=\"translate(0 %u)\" shape-rendering=\"crispEdges\">\n"
			"%s</g>\n%s</svg>\n",
			strbuf__text(&head), strbuf__text(&frame), top, strbuf__text(&p->body),
			strbuf__text(&tail));
	strbuf__free(&head);
	strbuf__free(&frame);
	strbuf__free(&tail);
	if (!err && (fflush(out) || ferror(out)))
		err = -EIO;
	return err;
}
