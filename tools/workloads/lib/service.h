/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What an event loop serves: clients, one thread and one connection each, that ask, wait for the
 * answer and think; and the callbacks for what they ask. Now and then one takes long.
 */
#ifndef WORKLOADS_LIB_SERVICE_H
#define WORKLOADS_LIB_SERVICE_H

#include <stdbool.h>
#include <stdint.h>

struct run;
struct service;

struct service_how {
	uint64_t block_ms; /* computing of a long callback; 0 = there is none */
	uint64_t think_us;
	bool helper; /* long callbacks run in a thread of their own */
};

#define SERVICE_HOW                                                                                \
	{                                                                                          \
		.block_ms = 20, .think_us = 2000                                                   \
	}

/* Rows of options.h that set it. */
#define SERVICE_OPTIONS(how)                                                                       \
	{.name = "block-ms",                                                                       \
	 .count = &(how)->block_ms,                                                                \
	 .min = 0,                                                                                 \
	 .max = 10000,                                                                             \
	 .help = "computing of a long callback; 0: there is none"},                                \
		{.name = "think-us",                                                               \
		 .count = &(how)->think_us,                                                        \
		 .min = 0,                                                                         \
		 .max = 1000000,                                                                   \
		 .help = "a client's pause between two questions"},                                \
	{                                                                                          \
		.name = "fixed", .flag = &(how)->helper,                                           \
		.help = "a helper thread for what is long"                                         \
	}

/* Starts `n` clients. An operation of the run is one question. */
struct service *service__start(struct run *run, unsigned int n, const struct service_how *how);
/* The loop's end of connection i. A client that has nothing more to ask closes its end. */
int service__fd(const struct service *s, unsigned int i);
/*
 * Runs the callback for a question of connection i. Returns true if *answer is to be sent now;
 * false if the helper will do that.
 */
bool service__call(struct service *s, unsigned int i, uint64_t question, uint64_t *answer);
/* When the loop has ended: joins all, and prints how long the slowest answer took. */
void service__stop(struct service *s, const char *name);

#endif
