// SPDX-License-Identifier: GPL-2.0-only
#include <stdio.h>

#include "cmd/commands.h"

static int run(int argc, char **argv)
{
	(void)argc;
	(void)argv;
	puts("conctrace " CONCTRACE_VERSION);
	return 0;
}

const struct command command_version = {
	.name = "version",
	.summary = "say which version this is",
	.run = run,
};
