/* SPDX-License-Identifier: GPL-2.0-only */
/* What the parts of the SVG picture share: its measures, its state, its words. */
#ifndef EXPORT_SVG_PAGE_H
#define EXPORT_SVG_PAGE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include "export/svg_look.h"
#include "export/svg_strip.h"
#include "export/text_lane.h"
#include "lib/strbuf.h"

#define SVG_MARGIN  12
#define SVG_LEFT    184 /* where lanes begin */
#define SVG_PLOT    (STRIP_COLUMNS * STRIP_COLUMN)
#define SVG_WIDTH   (SVG_LEFT + SVG_PLOT + SVG_MARGIN)
#define SVG_LANE    16
#define SVG_PITCH   20 /* from lane to lane */
#define SVG_THREADS 24 /* lanes at most; the rest is counted */
#define SVG_CPUS    16
#define SVG_LOCKS   5

struct lock_lane;
struct picture;
struct report;
struct thread;

struct svg_page {
	const struct picture *picture;
	const struct report *report;
	uint64_t start_ns;	   /* the window's; times of the report count from before */
	uint64_t from_ns, span_ns; /* what is shown, from the window's start on */
	struct strbuf body;	   /* the lanes; their y counts from the first */
	unsigned int y;		   /* where the next one goes */
	const struct thread **shown;
	size_t nshown;
	const struct lock_lane *locks[SVG_LOCKS];
	size_t lock_rows[SVG_LOCKS]; /* their rows in the report's table */
	size_t nlocks;
	uint8_t hues[SVG_THREADS];    /* of shown threads that hold one of these; 0 = none */
	double state_ns[LANE_STATES]; /* of the threads that are shown */
	double cpu_ns[LANE_STATES];   /* of all CPUs */
	bool drawn[LOOK_COUNT];	      /* these looks occur in lanes */
	bool hue_drawn[HUE_COUNT];    /* likewise holders */
	bool path;		      /* there is a critical path */
};

/* A column's times since from_ns; never empty. */
void svg__column(const struct svg_page *p, size_t column, uint64_t *from, uint64_t *to);
/* The x of a time of the report (since the recording's start), cut to what is shown. */
double svg__x(const struct svg_page *p, uint64_t ns);

/* Appends untrusted text as character data that is also fit for an attribute, cut to max columns.
 */
void svg__escape(struct strbuf *out, const char *text, size_t max);
/* Appends <text>; y is its baseline. */
void svg__text(struct strbuf *out, const char *class, unsigned int x, unsigned int y,
	       const char *text, size_t max);
/* Text as wide as it may be, lines of at most `columns`, `lines` of them. Returns the lines. */
unsigned int svg__wrap(struct strbuf *out, const char *class, unsigned int x, unsigned int y,
		       const char *text, size_t columns, unsigned int lines);
/* A lane's ground, and its name to the left of it. */
void svg__track(struct svg_page *p, unsigned int height, const char *name, unsigned int indent);
/* The heading of a group of lanes; more is what is to be said about it, or NULL. */
void svg__heading(struct svg_page *p, const char *name, const char *more);

/* Draws a strip of looks, or of hues, in the lane that begins at p->y. */
void svg__strip(struct svg_page *p, const struct strip *strip, bool hues);

/* Words in a lane wherever one thing fills it for long enough: ids by column, SVG_MIXED = none. */
#define SVG_MIXED 255
struct svg_words {
	const char *text, *class;
};
void svg__label(struct svg_page *p, unsigned int y, const uint8_t *ids,
		struct svg_words (*words)(const void *ctx, unsigned int id), const void *ctx);

/* The parts, from top to bottom; each adds to the body. */
void svg__cpus(struct svg_page *p);
void svg__path(struct svg_page *p);
/* Before anything is drawn: which locks, and whose colours. */
void svg__choose_locks(struct svg_page *p);
void svg__locks(struct svg_page *p);
void svg__threads(struct svg_page *p);
/* A bar along the bottom of a thread's lane where the critical path leads through it. */
void svg__path_bar(struct svg_page *p, uint32_t tid, unsigned int y);

/* The whole picture, around the body. Returns 0, -ENOMEM or -EIO. */
int svg__write(struct svg_page *p, FILE *out);

#endif
