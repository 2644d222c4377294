/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * How a time is drawn in the SVG picture: few looks, so that they can be told apart, each a colour
 * and a pattern. They are those of the page for the browser (web/kinds.js, web/colours.js).
 */
#ifndef EXPORT_SVG_LOOK_H
#define EXPORT_SVG_LOOK_H

struct strbuf;

enum svg_look {
	LOOK_NONE, /* not there, or idle: nothing is drawn */
	LOOK_RUNNING,
	LOOK_RUNNABLE,
	LOOK_LOCK,
	LOOK_PARTNER, /* other threads: a barrier, a join, a condition variable */
	LOOK_IO,
	LOOK_SLEEP,
	LOOK_OTHER, /* a CPU: another program */
	LOOK_UNKNOWN,
	LOOK_COUNT
};

/* Holders of a lock are told apart by these (by task id, as on the page), after LOOK_NONE, before
 * LOOK_UNKNOWN. */
#define HUES 6
enum { HUE_FIRST = 1, HUE_ANOTHER = HUE_FIRST + HUES, HUE_UNKNOWN, HUE_COUNT };

/* Of a thread's or CPU's lane (enum lane_state or cause). */
enum svg_look look__of(unsigned int state);
/* Classes of the style, by look and by hue. */
extern const char *const look_classes[LOOK_COUNT], *const hue_classes[HUE_COUNT];
/* "blocked by a lock", "running" */
const char *look__words(enum svg_look look);

/* Appends the elements <style> and <defs>. */
void look__add_style(struct strbuf *out);

#endif
