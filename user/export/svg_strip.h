/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * A lane of the SVG picture: columns, each a pile of cells, each cell of one kind. A kind has as
 * many cells of the lane as it has time in it, give or take one (see text_fair.h), whatever the
 * pieces are; and a column has as many cells as it is high.
 */
#ifndef EXPORT_SVG_STRIP_H
#define EXPORT_SVG_STRIP_H

#include <stddef.h>
#include <stdint.h>

#define STRIP_COLUMNS 400
#define STRIP_COLUMN  2 /* its width in the picture */
#define STRIP_KINDS   9 /* at most; kind 0 is what is not drawn */
#define STRIP_HEIGHT  64

struct strbuf;

struct strip {
	unsigned int height; /* at most STRIP_HEIGHT */
	uint8_t cells[STRIP_COLUMNS][STRIP_KINDS];
	double owed[STRIP_KINDS];
};

void strip__init(struct strip *s, unsigned int height);
/* Columns in their order; ns by kind. What is left of length_ns is kind 0. */
void strip__fill(struct strip *s, size_t column, const double *ns, double length_ns);
/* Cells of one kind in all columns. */
unsigned int strip__cells(const struct strip *s, size_t kind);
/* Appends a path for each kind there is, from the bottom in the order of the kinds. */
void strip__add(const struct strip *s, struct strbuf *out, unsigned int x, unsigned int y,
		const char *const *classes);

#endif
