/* SPDX-License-Identifier: GPL-2.0-only */
/* What is seen beside switches and wakings: running tasks, requests to devices. Types only. */
#ifndef MODEL_OBSERVED_H
#define MODEL_OBSERVED_H

#include "model/entity.h"

struct model_sample {
	uint64_t ns;
	uint32_t cpu;
	const struct model_task *task;
	/*
	 * Its callers: of this stack's frames the first is that of the sample that brought it, and
	 * is to be replaced by `leaf`. 0 = not taken.
	 */
	uint64_t stack;
	struct frame leaf;		/* where it was in user space */
	bool kernel;			/* it was in the kernel, called from there */
	bool copying;			/* there: much data, into or out of a pipe */
	const char *in_task;		/* of asyncio: see python__task_now() */
	const struct sync_object *held; /* what it held while others waited; NULL = nothing known */
};

struct model_disk {
	uint64_t issued_ns, done_ns;
	uint64_t sector;
	uint32_t bytes, dev, op; /* dev: major << 20 | minor; op: enum req_op, 0 read, 1 write */
	int error;
	const struct model_task *task; /* who issued it; NULL = not known */
};

#endif
