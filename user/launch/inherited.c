// SPDX-License-Identifier: GPL-2.0-only
#include "launch/inherited.h"

#include <signal.h>
#include <stdbool.h>

#include "launch/launch.h"

static struct {
	bool known;
	sigset_t mask;
	struct sigaction action[NSIG];
	bool has_action[NSIG]; /* the C library keeps two signals to itself */
} inherited;

void launch__remember_signals(void)
{
	int signo;

	sigprocmask(SIG_SETMASK, NULL, &inherited.mask);
	for (signo = 1; signo < NSIG; signo++)
		inherited.has_action[signo] = sigaction(signo, NULL, &inherited.action[signo]) == 0;
	inherited.known = true;
}

void inherited__restore(void)
{
	int signo;

	if (!inherited.known)
		return;
	for (signo = 1; signo < NSIG; signo++) {
		if (inherited.has_action[signo])
			sigaction(signo, &inherited.action[signo], NULL);
	}
	sigprocmask(SIG_SETMASK, &inherited.mask, NULL);
}
