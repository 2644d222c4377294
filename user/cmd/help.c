// SPDX-License-Identifier: GPL-2.0-only
#include <stdio.h>
#include <string.h>

#include "cmd/commands.h"

static void list(void)
{
	size_t i;

	puts("usage: conctrace [OPTIONS] -- COMMAND [ARG...]\n"
	     "       conctrace <command> [OPTIONS] ...\n"
	     "\n"
	     "Runs a program and tells where its time went: how long each thread ran, waited for\n"
	     "a CPU, or was blocked and on what. Without the name of a command it records; its\n"
	     "options are record's.\n"
	     "\n"
	     "commands:");
	for (i = 0; commands[i]; i++)
		printf("  %-10s %s\n", commands[i]->name, commands[i]->summary);
	puts("\n'conctrace COMMAND --help' shows the options of a command.");
}

static int run(int argc, char **argv)
{
	static char ask[] = "--help";
	const struct command *command;
	char *words[] = {argv[0], ask, NULL};

	if (argc < 2 || argv[1][0] == '-') {
		list();
		return 0;
	}
	command = commands__find(argv[1]);
	if (!command)
		return commands__unknown(argv[1]);
	return command->run(2, words);
}

const struct command command_help = {
	.name = "help",
	.summary = "list the commands, or show the options of one",
	.run = run,
};
