/* SPDX-License-Identifier: GPL-2.0-only */
/* The kernel's own records of mappings and program starts: perf_event_open(2), one ring per CPU. */
#ifndef CAPTURE_SIDEBAND_H
#define CAPTURE_SIDEBAND_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct error;
struct sideband;

struct sideband_event {
	uint64_t ts;	   /* CLOCK_MONOTONIC ns */
	uint32_t pid, tid; /* in our pid namespace */
	bool exec;	   /* a new program begins; the rest is of mappings */
	uint64_t start, len, pgoff, ino;
	uint32_t dev_major, dev_minor;
	const char *path; /* valid during the call */
};

typedef void (*sideband_fn)(void *ctx, const struct sideband_event *event);

/* Executable mappings of all processes, on CPUs below ncpus. 0, or -errno with err filled. */
int sideband__open(unsigned int ncpus, struct sideband **out, struct error *err);
void sideband__close(struct sideband *s);
/* Takes what is there from before before_ns: CPU by CPU, of each in time order. */
void sideband__drain(struct sideband *s, uint64_t before_ns, sideband_fn fn, void *ctx);
/* Shows all that is there, and leaves it there. */
void sideband__peek(struct sideband *s, sideband_fn fn, void *ctx);
uint64_t sideband__lost(const struct sideband *s);

#endif
