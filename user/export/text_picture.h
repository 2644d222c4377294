/* SPDX-License-Identifier: GPL-2.0-only */
/* The small picture of time: one lane per CPU and for the busiest threads. */
#ifndef EXPORT_TEXT_PICTURE_H
#define EXPORT_TEXT_PICTURE_H

#include <stddef.h>
#include <stdint.h>

#include "model/slice.h"

struct lane;
struct text_out;

struct thread {
	const struct model_task *task;
	struct lane *lane;
	uint64_t busy_ns, blocked_ns; /* busy: running or wanting to */
};

struct picture {
	struct thread *threads; /* by task id; lane is NULL if not followed */
	size_t nthreads, nlanes;
	struct lane **cpus; /* by CPU */
	size_t ncpus;
};

/* Returns NULL when out of memory. */
struct picture *picture__new(void);
void picture__free(struct picture *p);

/* start_ns: the window's. Return 0 or -ENOMEM. */
int picture__add_task(struct picture *p, const struct task_slice *slice, uint64_t start_ns);
int picture__add_cpu(struct picture *p, const struct cpu_slice *slice, uint64_t start_ns);
/* Once, after the last slice; wall_ns is the window's length. Returns 0 or -ENOMEM. */
int picture__draw(struct picture *p, struct text_out *o, uint64_t wall_ns);

#endif
