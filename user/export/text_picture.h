/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The picture of time: one lane per CPU and for the busiest threads, and who held which lock. The
 * report opens with a small one; `conctrace timeline` is a large one.
 */
#ifndef EXPORT_TEXT_PICTURE_H
#define EXPORT_TEXT_PICTURE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "model/slice.h"

struct lane;
struct lock_lane;
struct text_out;

struct thread {
	const struct model_task *task;
	struct lane *lane;
	uint64_t busy_ns, blocked_ns; /* busy: running or wanting to */
};

/* What is followed while slices go by; all-zero is what the report wants. */
struct picture_scope {
	uint64_t from_ns, to_ns; /* of the window; to_ns 0 = up to its end */
	unsigned int buckets;	 /* of a lane; 0 = LANE_BUCKETS */
	size_t most;		 /* threads that are followed at all; 0 = a good many */
	bool locks;
};

struct picture {
	struct picture_scope scope;
	struct thread *threads; /* by task id; lane is NULL if not followed */
	size_t nthreads, nlanes;
	struct lane **cpus; /* by CPU */
	size_t ncpus;
	struct lock_lane *locks; /* by object id */
	size_t nlocks;
};

struct picture_lock {
	uint32_t id;
	const char *name; /* not to be trusted */
};

/* How it is drawn. */
struct picture_wish {
	size_t width;	      /* no line is wider; 40 or more */
	size_t threads, cpus; /* lanes; more CPUs become one lane of numbers */
	bool unicode, axis;
	bool fair;	    /* columns by what is owed: see text_fair.h */
	const bool *chosen; /* by task id: these threads alone; NULL = the busiest */
	const struct picture_lock *locks;
	size_t nlocks;
};

/* Returns NULL when out of memory. */
struct picture *picture__new(const struct picture_scope *scope);
void picture__free(struct picture *p);

/* start_ns: the window's. Return 0 or -ENOMEM. */
int picture__add_task(struct picture *p, const struct task_slice *slice, uint64_t start_ns);
int picture__add_cpu(struct picture *p, const struct cpu_slice *slice, uint64_t start_ns);
int picture__add_hold(struct picture *p, const struct hold_slice *slice, uint64_t start_ns);
/*
 * The threads to show, in the order of their birth: at most `most`, the busiest, of those that are
 * chosen (by task id; NULL = all). Returns 0 with an array to free, or -ENOMEM.
 */
int picture__choose(const struct picture *p, const bool *chosen, size_t most,
		    const struct thread ***shown, size_t *nshown);
/* Once, after the last slice; span_ns is the length of what is drawn. Returns 0 or -ENOMEM. */
int picture__draw(struct picture *p, struct text_out *o, uint64_t span_ns,
		  const struct picture_wish *wish);

#endif
