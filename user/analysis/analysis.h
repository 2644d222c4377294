/* SPDX-License-Identifier: GPL-2.0-only */
/* An analysis answers one question: it watches slices go by and fills report tables. */
#ifndef ANALYSIS_ANALYSIS_H
#define ANALYSIS_ANALYSIS_H

#include <stdbool.h>
#include <stdint.h>

#include "model/model.h"

struct report;
struct rewind;
struct step;
struct trace_info;
struct trace_trailer;

struct analysis_input {
	const struct model *model;
	const struct trace_info *info;
	const struct trace_trailer *trailer;
	uint64_t file_bytes, events;
	bool truncated;
};

struct analysis {
	const char *name;
	/* Returns the state that the callbacks get as ctx, NULL when out of memory. */
	void *(*begin)(const struct analysis_input *in);
	int (*task_slice)(void *state, const struct task_slice *slice);
	bool blocked_only; /* see struct model_sink */
	int (*cpu_slice)(void *state, const struct cpu_slice *slice);
	int (*waking)(void *state, const struct model_waking *waking);
	int (*hold)(void *state, const struct hold_slice *slice);
	int (*sample)(void *state, const struct model_sample *sample);
	int (*disk)(void *state, const struct model_disk *disk);
	/*
	 * After model__finish: all of it once more, backwards. See model/history.h. Two analyses
	 * may be called in two threads at once: only the state is the callback's to write.
	 */
	int (*back)(void *state, const struct rewind *rw, const struct step *step);
	bool back_is_dear; /* takes about as long as those that are not, together */
	/* After model__finish, and after `back`. Returns 0 or a negative errno. */
	int (*finish)(void *state, const struct analysis_input *in, struct report *report);
	void (*end)(void *state); /* frees it; may be NULL */
};

/* All analyses in the order in which they finish; NULL-terminated. A row here adds one. */
extern const struct analysis *const analyses[];

#endif
