/* SPDX-License-Identifier: GPL-2.0-only */
/* Commands recorded by turns, several times each. */
#ifndef CMD_RUNS_H
#define CMD_RUNS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct launch_exit;
struct runs;

struct runs_options {
	char **const *commands; /* each NULL-terminated */
	size_t ncommands;
	const char *const *names; /* what to call each; NULL = A, B, C ... */
	uint32_t times;
	const char *keep; /* directory for the recordings, NULL = a new one that goes with them */
	bool as_root, no_wait, quiet;
};

/*
 * Runs the first command, the second, ..., then all of them again, `times` times. Returns 0, or the
 * exit code to end with, all said: 125 our own failure, 126 and 127 a command that cannot be run,
 * 128 + N if signal N asked us to end. *out is to be ended in any case; opts must live on.
 */
int runs__record(const struct runs_options *opts, struct runs **out);
/* Removes the recordings, unless they are to be kept. NULL is fine. */
void runs__end(struct runs *runs);

/* Names of ncommands * times recordings, those of one command together. */
const char *const *runs__files(const struct runs *runs);
/* How each of them ended, in the same order. */
const struct launch_exit *runs__exits(const struct runs *runs);

#endif
