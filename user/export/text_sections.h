/* SPDX-License-Identifier: GPL-2.0-only */
/* The parts of the terminal's report, each from the report's tables; absent tables print nothing.
 */
#ifndef EXPORT_TEXT_SECTIONS_H
#define EXPORT_TEXT_SECTIONS_H

#include <stdbool.h>
#include <stddef.h>

struct export_view;
struct report;
struct strbuf;
struct text_out;

/* All about one thread or object. */
void text__focus(struct text_out *o, const struct report *report, const struct export_view *view);
/* Threads that wait for each other in a circle. */
void text__deadlocks(struct text_out *o, const struct report *report);
/* What holds the program back, and what to try. */
void text__verdict(struct text_out *o, const struct report *report);
/* "2.03 s wall   2 CPUs   exit 0" */
void text__facts(char *text, size_t size, const struct report *report);
/* Why there may be less than the program's whole life in it; NULL: there is not. */
const char *text__why_cut(const struct report *report);
/* The command in one piece, as far as it is of use in a line. */
void text__command(struct strbuf *sb, const struct report *report);
/* What it was, what of it is missing, how much of the CPUs it used. */
void text__summary(struct text_out *o, const struct report *report);
/* Where each thread's time went. Returns 0 or -ENOMEM. */
int text__threads(struct text_out *o, const struct report *report);
/* Where all threads' time went, and the CPUs'. */
void text__totals(struct text_out *o, const struct report *report);
/* What the whole had to wait for, and who ran alone. Returns 0 or -ENOMEM. */
int text__path(struct text_out *o, const struct report *report);
/* What CPUs were idle for. Returns 0 or -ENOMEM. */
int text__idle(struct text_out *o, const struct report *report);
/* The locks and other objects that they waited for longest; with holders and places, or not. */
void text__locks(struct text_out *o, const struct report *report, bool details);
/* What threads really waited for, where another was to blame. */
void text__blame(struct text_out *o, const struct report *report);
/* The files, pipes and sockets that they waited for longest. Returns 0 or -ENOMEM. */
int text__io(struct text_out *o, const struct report *report);
/* Event loops, those with the longest turns. */
void text__loops(struct text_out *o, const struct report *report);
/* Threads and processes that were started, if that mattered. */
void text__spawn(struct text_out *o, const struct report *report);
/* Code that could not be named. */
void text__unresolved(struct text_out *o, const struct report *report);
/* The recording, and where to look next. */
void text__footer(struct text_out *o, const struct report *report);

#endif
