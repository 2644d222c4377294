/* SPDX-License-Identifier: GPL-2.0-only */
/* Of a recording that keeps its last part only: when it is written to files, and to which. */
#ifndef CMD_DUMPS_H
#define CMD_DUMPS_H

#include <stdbool.h>

struct dumps;
struct error;
struct trace_trailer;
struct trace_writer;
struct trace_writer_stats;

/* Files are named `output`, or OUTPUT.1, OUTPUT.2... NULL when out of memory. */
struct dumps *dumps__new(const char *output, bool quiet);
void dumps__free(struct dumps *d);

/* Whether a file is being written. */
bool dumps__busy(const struct dumps *d);
/* Begins one more, in the background; failures are told on standard error, as the end will be. */
void dumps__begin(struct dumps *d, struct trace_writer *w, const struct trace_trailer *trailer);
/* Looks whether it is done; to be called now and then while it is busy. */
void dumps__poll(struct dumps *d, struct trace_writer *w);

/*
 * Writes `output` itself and waits for it; an older file of that name becomes OUTPUT.old. Returns
 * 0, or a negative errno with err filled. *regular tells whether it can be read again.
 */
int dumps__last(struct dumps *d, struct trace_writer *w, const struct trace_trailer *trailer,
		struct trace_writer_stats *stats, bool *regular, struct error *err);

#endif
