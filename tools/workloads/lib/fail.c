// SPDX-License-Identifier: GPL-2.0-only
#include "lib/fail.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const char *program = "workload";

void fail__set_name(const char *name)
{
	program = name;
}

_Noreturn void fail(const char *what, int error)
{
	fprintf(stderr, "%s: %s: %s\n", program, what, strerror(error));
	exit(1);
}

void check(int error, const char *what)
{
	if (error)
		fail(what, error);
}

long check_errno(long ret, const char *what)
{
	if (ret == -1)
		fail(what, errno);
	return ret;
}
