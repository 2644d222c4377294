// SPDX-License-Identifier: GPL-2.0-only
#include "cmd/commands.h"

#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

#include "cmd/nearest.h"
#include "lib/error.h"

const struct command *const commands[] = {
	&command_record, &command_report,  &command_timeline, &command_export,
	&command_view,	 &command_compare, &command_whatif,   &command_workload,
	&command_doctor, &command_help,	   &command_version,  NULL,
};

/* Options that stand for a command; any other option is one of `record`. */
static const struct {
	const char *option;
	const struct command *command;
} aliases[] = {
	{"--help", &command_help},
	{"-h", &command_help},
	{"--version", &command_version},
	{"-V", &command_version},
};

const struct command *commands__find(const char *name)
{
	size_t i;

	for (i = 0; commands[i]; i++) {
		if (strcmp(commands[i]->name, name) == 0)
			return commands[i];
	}
	return NULL;
}

static const struct command *find_alias(const char *option)
{
	size_t i;

	for (i = 0; i < sizeof(aliases) / sizeof(aliases[0]); i++) {
		if (strcmp(aliases[i].option, option) == 0)
			return aliases[i].command;
	}
	return NULL;
}

int commands__unknown(const char *name)
{
	const char *best = NULL;
	struct stat st;
	size_t i;

	for (i = 0; commands[i]; i++)
		nearest__offer(name, commands[i]->name, &best);
	fprintf(stderr, "conctrace: unknown command '%s'; ", name);
	if (best)
		fprintf(stderr, "did you mean '%s'?\n", best);
	else if (strchr(name, '/') || stat(name, &st) == 0)
		fprintf(stderr, "to record a program: conctrace -- %s ...\n", name);
	else
		fprintf(stderr, "'conctrace help' lists all\n");
	return EXIT_OWN_FAILURE;
}

int commands__fail(const char *who, const struct error *err)
{
	fprintf(stderr, "%s: %s\n", who, err->text);
	return EXIT_OWN_FAILURE;
}

int commands__main(int argc, char **argv)
{
	const struct command *command;

	if (argc < 2) {
		fputs("usage: conctrace [OPTIONS] -- COMMAND [ARG...]\n"
		      "       conctrace help\n",
		      stderr);
		return EXIT_OWN_FAILURE;
	}
	if (argv[1][0] == '-') {
		command = find_alias(argv[1]);
		if (!command)
			return command_record.run(argc, argv);
	} else {
		command = commands__find(argv[1]);
		if (!command)
			return commands__unknown(argv[1]);
	}
	return command->run(argc - 1, argv + 1);
}
