// SPDX-License-Identifier: GPL-2.0-only
#include "export/svg_strip.h"

#include <string.h>

#include "export/text_fair.h"
#include "lib/strbuf.h"

/*
 * Lanes' shares are rounded, and of their last bucket it is not known where in it something ended:
 * a gap that small is none.
 */
#define GAP	 0.002
#define LAST_GAP 0.15

void strip__init(struct strip *s, unsigned int height)
{
	memset(s, 0, sizeof(*s));
	s->height = height;
}

void strip__fill(struct strip *s, size_t column, const double *ns, double length_ns)
{
	double gap = column == STRIP_COLUMNS - 1 ? LAST_GAP : GAP;
	double all[STRIP_KINDS], sum = 0;
	unsigned int i;
	size_t kind;

	for (kind = 1; kind < STRIP_KINDS; kind++) {
		all[kind] = ns[kind];
		sum += ns[kind];
	}
	all[0] = length_ns - sum > gap * length_ns ? length_ns - sum : 0;
	for (kind = 0; kind < STRIP_KINDS; kind++)
		all[kind] /= length_ns * s->height;
	for (i = 0; i < s->height; i++) {
		kind = fair__choose(all, s->owed, STRIP_KINDS);
		s->cells[column][kind < STRIP_KINDS ? kind : 0]++;
	}
}

unsigned int strip__cells(const struct strip *s, size_t kind)
{
	unsigned int cells = 0;
	size_t column;

	for (column = 0; column < STRIP_COLUMNS; column++)
		cells += s->cells[column][kind];
	return cells;
}

/* How high the pile is up to this kind; 0 where there is none of it. */
static unsigned int height_of(const struct strip *s, size_t column, size_t kind)
{
	unsigned int height = 0;
	size_t k;

	if (column >= STRIP_COLUMNS || !s->cells[column][kind])
		return 0;
	for (k = 1; k <= kind; k++)
		height += s->cells[column][k];
	return height;
}

static void add_outline(const struct strip *s, struct strbuf *out, unsigned int x,
			unsigned int bottom, size_t kind)
{
	unsigned int now = 0, next, width = 0;
	size_t column;

	for (column = 0; column <= STRIP_COLUMNS; column++, width += STRIP_COLUMN) {
		next = height_of(s, column, kind);
		if (next == now)
			continue;
		if (now)
			strbuf__printf(out, "h%u", width);
		if (!now)
			strbuf__printf(out, "M%u %u", x + (unsigned int)column * STRIP_COLUMN,
				       bottom);
		strbuf__printf(out, "V%u%s", bottom - next, next ? "" : "z");
		now = next;
		width = 0;
	}
}

/*
 * Each path reaches down to the lane's bottom, and those that are lower in the pile come later and
 * lie over it: so there is no seam between two.
 */
void strip__add(const struct strip *s, struct strbuf *out, unsigned int x, unsigned int y,
		const char *const *classes)
{
	size_t kind;

	for (kind = STRIP_KINDS - 1; kind; kind--) {
		if (!strip__cells(s, kind))
			continue;
		strbuf__printf(out, "<path class=\"%s\" d=\"", classes[kind]);
		add_outline(s, out, x, y + s->height, kind);
		strbuf__puts(out, "\"/>\n");
	}
}
