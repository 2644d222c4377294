/* SPDX-License-Identifier: GPL-2.0-only */
/* What a recording is told in when it is gone through again, backwards. Types only. */
#ifndef MODEL_PAST_H
#define MODEL_PAST_H

#include "model/slice.h"

#define PAST_NONE UINT32_MAX /* no such task, object or file; not known */

enum past_kind { PAST_TASK, PAST_CPU, PAST_HOLD, PAST_SAMPLE };

/* As struct task_slice; tasks, objects and files by their ids in the model. */
struct past_task {
	uint64_t start_ns, end_ns;
	uint64_t stack, waker_stack; /* 0 = not taken */
	uint32_t task, cpu;
	uint32_t object, file; /* blocked: what for */
	uint32_t waker;
	enum task_state state;
	enum cause cause; /* blocked */
	enum wake_source woken_by;
	uint32_t allowed; /* runnable */
	bool preempted, iowait, throttled;
	bool first; /* of this task */
};

/* As struct cpu_slice. What is left out ran the workload. */
struct past_cpu {
	uint64_t start_ns, end_ns;
	uint32_t cpu, task;
	enum cpu_use use;
};

/* As struct hold_slice. */
struct past_hold {
	uint64_t start_ns, end_ns;
	uint64_t release_stack;
	uint32_t object, holder;
	enum confidence confidence;
};

/* As struct model_sample. */
struct past_sample {
	uint64_t ns, stack;
	uint32_t task, cpu, held;
	bool kernel;
};

/*
 * A change, met on the way back: at `ns`, what was there after it gives way to what was there
 * before. `earlier` NULL: there was none (the task had not begun; the CPU ran the workload; nobody
 * held the object). `later` NULL likewise: it had ended, or `ns` is the end of the window.
 */
struct step {
	enum past_kind kind;
	uint64_t ns;
	union {
		struct {
			const struct past_task *earlier, *later;
		} task;
		struct {
			const struct past_cpu *earlier, *later;
		} cpu;
		struct {
			const struct past_hold *earlier, *later;
		} hold;
		const struct past_sample *sample;
	};
};

#endif
