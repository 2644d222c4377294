/* SPDX-License-Identifier: GPL-2.0-only */
/* The kernel side, from here: load and attach the probes, choose whom to trace, drain, stop. */
#ifndef CAPTURE_CAPTURE_H
#define CAPTURE_CAPTURE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#include "bpf/events.h"

struct capture;
struct error;

struct capture_options {
	uint64_t ring_bytes;  /* per CPU, a power of two; 0 = default */
	bool all;	      /* trace every user task of the machine */
	bool existing;	      /* tasks will be traced that exist already */
	uint32_t stack_bytes; /* to keep of each user stack, up to CT_STACK_MOST; 0 = none */
	uint32_t sample_hz;   /* look where tasks run, per CPU and second; 0 = never */
	bool python;	      /* it is Python that will run: be ready for it */
};

/* Gets one record; `stream` is a CPU or CT_STREAM_HOST. Nonzero ends the drain with it. */
typedef int (*capture_fn)(void *ctx, unsigned int stream, const void *record, size_t size);

/*
 * Loads and attaches; from then on records gather. Returns 0, or a negative errno with err
 * saying what the kernel or machine lacks and what to do about it.
 */
int capture__open(const struct capture_options *opts, struct capture **out, struct error *err);
void capture__close(struct capture *c);

/* Until told otherwise (0), tasks that this process forks become the workload's root. */
void capture__adopt_children(struct capture *c, pid_t parent);
/* Traces a process with all its threads and their later descendants. -ESRCH if there is none. */
int capture__attach_pid(struct capture *c, pid_t pid, struct error *err);

/*
 * Hands on every task of the machine as a CT_TASK record, stream CT_STREAM_HOST, in time
 * order. Call after the probes are in place and the workload's root is known.
 */
int capture__snapshot(struct capture *c, capture_fn fn, void *ctx, struct error *err);

/* Hands on all records that are there. Returns their number, or what fn returned if nonzero. */
long capture__drain(struct capture *c, capture_fn fn, void *ctx);

/* True if programs are to be seen soon after they begin: drain every few milliseconds. */
bool capture__is_eager(const struct capture *c);
/* True if the sampling clock runs: it was asked for and can be had. */
bool capture__samples(const struct capture *c);
/*
 * After the snapshot: what is needed to name the code of processes that exist already.
 * Returns 0 or what fn returned if nonzero.
 */
int capture__describe(struct capture *c, capture_fn fn, void *ctx);
/* At the end: hands on copies of files that a later analysis will not find. As above. */
int capture__keep(struct capture *c, capture_fn fn, void *ctx);
/* From now on all that is told once (stacks, files, code of Python) is told again when it is met.
 */
void capture__tell_anew(struct capture *c);
/* Traced tasks alive now. */
uint64_t capture__live(const struct capture *c);
/* CLOCK_MONOTONIC ns of the last traced task's final switch-out; 0 while any lives. */
uint64_t capture__last_end(const struct capture *c);
/* Detaches all probes; drain once more afterwards to have everything. */
void capture__stop(struct capture *c);
/* Adds what was lost on all CPUs by enum ct_type; call after capture__stop. */
void capture__lost(const struct capture *c, uint64_t lost[CT_LOST_KINDS]);
/* CPUs that may appear, and the ring's size per CPU in bytes. */
unsigned int capture__cpus(const struct capture *c);
uint64_t capture__ring_bytes(const struct capture *c);

#endif
