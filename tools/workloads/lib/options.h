/* SPDX-License-Identifier: GPL-2.0-only */
/* The command line of a workload: options that all have, and rows for its own. */
#ifndef WORKLOADS_LIB_OPTIONS_H
#define WORKLOADS_LIB_OPTIONS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* How much to do; filled with the workload's defaults before parsing. */
struct load {
	double seconds;	  /* stop after this time; 0 = no limit */
	uint64_t work;	  /* stop after this many operations; 0 = no limit */
	uint64_t workers; /* threads or processes; 0 = the workload's own choice */
};

/* One own option. Exactly one of flag, count and choice says where its value goes. */
struct option_row {
	const char *name; /* without dashes */
	const char *help; /* a choice: what precedes its words */
	bool *flag;
	uint64_t *count; /* within min..max */
	uint64_t min, max;
	unsigned int *choice; /* index into choices */
	const char *const *choices;
};

struct options {
	const char *name;      /* as in the registry, which says what it does and shows */
	const char *operation; /* what --work counts, in plural */
	const struct option_row *rows;
	size_t nrows;
};

#define OPTIONS_RUN (-1)

/*
 * Parses; --work without --seconds lifts a default time limit, and the other way round.
 * Returns OPTIONS_RUN to go on, else the exit code: 0 after --help, 2 after a usage error.
 */
int options__parse(const struct options *opts, struct load *load, int argc, char **argv);
/* For conflicts that rows cannot express: prints and returns the exit code 2. */
int options__reject(const struct options *opts, const char *reason);

#endif
