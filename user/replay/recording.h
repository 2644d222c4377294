/* SPDX-License-Identifier: GPL-2.0-only */
/* What a replay needs of a recording: watches the slices go by and keeps it. Grows with events. */
#ifndef REPLAY_RECORDING_H
#define REPLAY_RECORDING_H

#include "model/model.h"
#include "replay/program.h"

/* What a task did for a while; of waiting for a CPU only what follows a preemption. */
struct kept_slice {
	uint64_t start_ns, end_ns;
	uint32_t waker, object; /* REPLAY_NONE = none */
	uint32_t holder;	/* of the object, by its own word, when the wait began */
	uint32_t latency;	/* blocked: from woken to running, if a CPU was idle */
	uint16_t cpu;		/* running */
	uint8_t state, cause, woken_by;
	bool iowait;
	bool held;    /* preempted: the object is a lock that it had then */
	bool pushed;  /* preempted: by a task that it had just woken: not at random */
	bool in_vain; /* blocked on the GIL: who woke it had not let go of that */
};

struct kept_sample {
	uint64_t ns, stack;
};

struct kept_task {
	struct kept_slice *slices;
	struct kept_sample *samples;
	size_t nslices, slices_size, nsamples, samples_size;
	uint64_t woken_ns, queued_ns; /* since then it waits for a CPU */
	bool woken, queued;
	uint32_t creator; /* who started it; REPLAY_NONE = not known */
	uint64_t started_ns;
};

struct kept_idle {
	uint64_t start_ns, end_ns;
	uint64_t idle_ns, work_ns; /* in all; work: of the workload */
	uint64_t work_end_ns;	   /* the end of the last of it */
};

struct recording {
	struct kept_task *tasks; /* by id in the model */
	size_t ntasks;
	struct replay_cpu cpus[1024]; /* TRACE_MAX_CPUS: when others ran there */
	struct replay_cpu wanted;     /* when some task waited for a CPU */
	struct kept_idle idle[1024];  /* the last time that it was idle */
	uint64_t *latencies, *stints; /* from woken to running; from running to preempted */
	size_t nlatencies, latencies_size, nstints, stints_size;
	uint64_t *allowed_ns; /* time in run queues, by the set of CPUs that were allowed */
	size_t nallowed;
};

/* All-zero is an empty one. The sink's ctx is the recording. */
struct model_sink recording__sink(struct recording *rec);
void recording__clear(struct recording *rec);
/* Returns 0 or -ENOMEM. */
int recording__add_busy(struct replay_cpu *cpu, uint64_t start_ns, uint64_t end_ns);

/* True: the function that is to be faster is where this stack stands. */
typedef bool (*is_site_fn)(void *ctx, uint64_t stack);

/* After model__finish; takes what it can from rec. is_site may be NULL. Returns 0 or -ENOMEM. */
int program__build(struct program *p, struct recording *rec, const struct model *model,
		   is_site_fn is_site, void *ctx);
void program__free(struct program *p);

/* Parts of program__build. */
/* Whose wait each wake ends, and its number among that task's. */
void program__number_wakes(struct program *p);
struct op *program__add(struct program *p, enum op_kind kind); /* NULL when out of memory */
int program__take_machine(struct program *p, struct recording *rec, const struct model *model);
/* Of a RUN, `object` is the number of samples and `peer` of those at the site: becomes `share`. */
int program__share_samples(struct program *p); /* 0 or -ENOMEM */
/* Where locks are held, from where threads waited and woke. Returns 0 or -ENOMEM. */
int program__find_sections(struct program *p);

#endif
