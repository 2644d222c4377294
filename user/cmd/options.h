/* SPDX-License-Identifier: GPL-2.0-only */
/* Command-line options as rows: the same rows parse them and print the help. */
#ifndef CMD_OPTIONS_H
#define CMD_OPTIONS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

struct error;

enum option_kind {
	OPTION_FLAG,	/* bool */
	OPTION_TEXT,	/* const char *: points into argv */
	OPTION_SECONDS, /* uint64_t, nanoseconds; given in seconds, with decimals if need be */
	OPTION_BYTES,	/* uint64_t; K, M or G may follow, times 1024 */
	OPTION_PID,	/* pid_t, above 0 */
	OPTION_COUNT,	/* uint32_t, 0 too */
	OPTION_LIST,	/* struct option_list; may be given more than once */
};

#define OPTION_LIST_MOST 64

struct option_list {
	const char *words[OPTION_LIST_MOST]; /* point into argv */
	size_t count;
};

struct option_row {
	const char *name; /* long name without the dashes */
	char letter;	  /* short name, 0 = none */
	const char *arg;  /* what to call its argument, NULL for a flag */
	const char *help;
	enum option_kind kind;
	void *target; /* what kind says; keeps its value if the option is absent */
};

struct option_table {
	const char *command; /* "conctrace record": for messages */
	const char *usage;   /* lines after "usage: ", each ended by a newline */
	const char *intro;   /* what it does, for --help */
	const struct option_row *rows;
	size_t count;
	/* The first word that is no option ends them, as -- does; else they may follow words. */
	bool stop_at_word;
};

/*
 * Parses argv[1..]; argv[argc] must be NULL. The words that are no options are moved together,
 * *words points at them, NULL-terminated. Returns 0; 1 if --help (or -h) was given, printed to
 * standard output; or -EINVAL with err saying which option is unknown or wrong.
 */
int options__parse(const struct option_table *table, int argc, char **argv, char ***words,
		   struct error *err);

/*
 * Of words that may name one recording: sets *file to it, to the default if there is none. Returns
 * 0, or -EINVAL with err filled if there are more.
 */
int options__file(char *const *words, const char **file, struct error *err);

void options__help(const struct option_table *table, FILE *out);

#endif
