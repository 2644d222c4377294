/* SPDX-License-Identifier: GPL-2.0-only */
/* The same work done sequentially, by threads, by processes and by an event loop: recorded,
 * compared. */
#ifndef CMD_MODELS_H
#define CMD_MODELS_H

#include <stdbool.h>
#include <stdint.h>

#define MODELS_RUNS_UNSET UINT32_MAX

struct models_options {
	const char *kind; /* of work, as the user calls it */
	bool python;
	uint32_t runs;	  /* of each, MODELS_RUNS_UNSET = as many as usual */
	const char *json; /* NULL = none */
	bool quiet;
	char **args; /* more for each of them; NULL-terminated */
};

/* Returns the exit code, all said. */
int models__run(const struct models_options *opts);

#endif
