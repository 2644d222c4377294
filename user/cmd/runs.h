/* SPDX-License-Identifier: GPL-2.0-only */
/* Commands recorded by turns, several times each; reports instead of recordings. */
#ifndef CMD_RUNS_H
#define CMD_RUNS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct error;
struct report;

struct runs_options {
	char **const *commands; /* each NULL-terminated */
	size_t ncommands;
	const char *const *names; /* what to call each; NULL = A, B, C ... */
	uint32_t times;
	const char *keep; /* directory for the recordings, NULL = they are removed */
	bool as_root, no_wait, quiet;
};

/*
 * Runs the first command, the second, ..., then all of them again, `times` times. reports[] gets
 * ncommands * times of them, those of one command together; on failure, too, some may be set. The
 * caller frees them. Returns 0, or the exit code to end with, all said: 125 our own failure,
 * 126 and 127 a command that cannot be run, 128 + N if signal N asked us to end.
 */
int runs__record(const struct runs_options *opts, struct report **reports);

#endif
