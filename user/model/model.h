/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Turns the merged record stream into slices: what each task and each CPU did from when to when.
 *
 * Two partitions, exact in nanoseconds. Task: from start to end = running + runnable + blocked +
 * unknown, without gap or overlap. CPU: the window = workload + other + idle + unknown. All times
 * given out are nanoseconds since the recording's start (trace_info.start_ns), clipped to the
 * window: from the command's exec (else the recording's start) to the end of the last traced task
 * (else the recording's end).
 *
 * Memory grows with tasks and sync objects, not with events.
 */
#ifndef MODEL_MODEL_H
#define MODEL_MODEL_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "model/cause.h"
#include "model/file_info.h"
#include "model/observed.h"
#include "model/slice.h"

struct arch;
struct error;
struct model;
struct modules;
struct trace_event;
struct trace_info;
struct trace_trailer;

/* Any callback may be NULL; one that returns nonzero ends model__apply with that value. */
struct model_sink {
	void *ctx;
	/* Traced tasks only; per task in time order, given when the slice's end is known. */
	int (*task_slice)(void *ctx, const struct task_slice *slice);
	bool blocked_only; /* a hint: task_slice has no use for others than blocked ones */
	/* All CPUs, per CPU in time order, given when the slice ends. */
	int (*cpu_slice)(void *ctx, const struct cpu_slice *slice);
	/* Every waking, of all tasks, in time order. */
	int (*waking)(void *ctx, const struct model_waking *waking);
	/* Objects that were waited for; see struct hold_slice. */
	int (*hold)(void *ctx, const struct hold_slice *slice);
	/* Traced tasks, in time order. */
	int (*sample)(void *ctx, const struct model_sample *sample);
	/* All requests to block devices, in the order of completion. */
	int (*disk)(void *ctx, const struct model_disk *disk);
};

/* info and trailer must outlive the model. Returns NULL when out of memory. */
struct model *model__new(const struct trace_info *info, const struct trace_trailer *trailer);
void model__free(struct model *m);
/* Up to 32 sinks; copied. Returns 0 or -ENOSPC. */
int model__add_sink(struct model *m, const struct model_sink *sink);

/* Records in the reader's order. Returns 0, a sink's value, or a negative errno. */
int model__apply(struct model *m, const struct trace_event *te);
/* Closes all slices at the window's end. Returns as model__apply. */
int model__finish(struct model *m);

/* The window; the start is final once the command has exec'd, the end after model__finish. */
uint64_t model__window_start(const struct model *m);
uint64_t model__window_end(const struct model *m);

/* Tasks by their dense id, 0 .. count - 1; all that were ever seen, traced or not. */
size_t model__task_count(const struct model *m);
const struct model_task *model__task(const struct model *m, size_t id);
/* Sync objects by their dense id; those that traced tasks waited for. */
size_t model__object_count(const struct model *m);
const struct sync_object *model__object(const struct model *m, size_t id);

/* What is known of a stack id of a slice; NULL = its record never came. */
const struct model_stack *model__stack(const struct model *m, uint64_t id);
size_t model__file_count(const struct model *m);
const struct file_info *model__file(const struct model *m, size_t index);
/* Process images, numbered from 1. */
size_t model__space_count(const struct model *m);
const struct model_space *model__space(const struct model *m, uint32_t id);
/* Where a file system is mounted (of the recorder's mount namespace); NULL = not known. */
const char *model__mount(const struct model *m, uint32_t dev);
/* The kernel's name of an address; NULL = not known. */
const char *model__kernel_symbol(const struct model *m, uint64_t address, uint64_t *offset);
/* The files whose code ran, to say what could not be resolved. */
const struct modules *model__modules(const struct model *m);

unsigned int model__cpus(const struct model *m);
/* The machine that was recorded. */
const struct arch *model__arch(const struct model *m);
/*
 * The CPUs that a task_slice.allowed stands for: bit c % 64 of word c / 64, `*words` of them. NULL
 * = all CPUs, as for id 0.
 */
const uint64_t *model__allowed(const struct model *m, uint32_t id, size_t *words);
/* Records lost, as the LOST records in the stream told, by enum ct_type (CT_LOST_KINDS entries). */
const uint64_t *model__lost(const struct model *m);

#endif
