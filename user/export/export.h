/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * An exporter writes what was found in one form. It reads the report and, if it draws time, the
 * slices as they go by. It never leaves a half-written file under its final name.
 */
#ifndef EXPORT_EXPORT_H
#define EXPORT_EXPORT_H

#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>

#include "model/model.h"

struct error;
struct report;
struct trace_info;

/* What of a report is to be shown; all-zero is the usual. */
struct export_view {
	bool details;
	uint32_t tid;	  /* all about this thread alone; 0 = about everything */
	const char *sync; /* all about this sync object alone: its name or id; NULL = all */
	bool plain;	  /* Perfetto's packets are not compressed */
	/* This part of the run, in ns since its start; to_ns 0 = up to its end. */
	uint64_t from_ns, to_ns;
};

struct export_input {
	const struct model *model; /* NULL for an exporter of the report alone */
	const struct trace_info *info;
	int directory;		 /* of an exporter with .directory: where to make its files */
	struct export_view view; /* for exporters for people */
};

/* What is written as a directory of files, and how one is known that was written before. */
struct export_directory {
	const char *marker; /* the file that is always there */
	const char *head;   /* what that begins with, at most 64 bytes */
	const char *suffix; /* how all others are called */
};

struct exporter {
	const char *name;			  /* also its option: --name FILE, or DIR */
	const char *help;			  /* one line */
	bool ranged;				  /* it can show a part of the run */
	const struct export_directory *directory; /* NULL: it writes one file */
	/*
	 * Before the first slice. `out` is where to write, NULL for one that writes a directory; it
	 * is the caller's. Returns 0 with *state set, or a negative errno. The callbacks get it as
	 * ctx.
	 */
	int (*begin)(const struct export_input *in, FILE *out, void **state);
	int (*task_slice)(void *state, const struct task_slice *slice);
	int (*cpu_slice)(void *state, const struct cpu_slice *slice);
	int (*waking)(void *state, const struct model_waking *waking);
	int (*hold)(void *state, const struct hold_slice *slice);
	int (*sample)(void *state, const struct model_sample *sample);
	int (*disk)(void *state, const struct model_disk *disk);
	/* After the report is complete. Returns 0 or a negative errno (-EIO: out failed). */
	int (*finish)(void *state, const struct report *report);
	void (*end)(void *state); /* frees it; also after a failure */
};

/* All exporters, NULL-terminated. A row here adds one, with its option. */
extern const struct exporter *const exporters[];

#endif
