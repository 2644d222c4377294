// SPDX-License-Identifier: GPL-2.0-only
#include "cmd/urgency.h"

#include <errno.h>
#include <sys/resource.h>

#define MOST_URGENT (-20)

/* To Linux PRIO_PROCESS with 0 is the calling thread, not its process: see setpriority(2). */
struct urgency urgency__raise(void)
{
	struct urgency before;

	errno = 0;
	before.nice = getpriority(PRIO_PROCESS, 0);
	if (before.nice == -1 && errno)
		before.nice = 0;
	setpriority(PRIO_PROCESS, 0, MOST_URGENT);
	return before;
}

void urgency__settle(struct urgency before)
{
	setpriority(PRIO_PROCESS, 0, before.nice);
}
