// SPDX-License-Identifier: GPL-2.0-only
#include <fcntl.h>
#include <signal.h>
#include <unistd.h>

#include "cmd/commands.h"
#include "launch/launch.h"

/*
 * Whoever started us with one of the three standard descriptors closed must not find our trace
 * file there. Close-on-exec: to the workload they are closed, as they were to us.
 */
static void fill_standard_descriptors(void)
{
	int fd = 0;

	while (fd <= STDERR_FILENO) {
		if (fcntl(fd, F_GETFD) >= 0)
			fd++;
		else if (open("/dev/null", O_RDWR | O_CLOEXEC) != fd)
			return;
	}
}

/* A file that would grow beyond the limit (ulimit -f) is an error to tell, not a reason to die. */
static void ignore_file_limit_signal(void)
{
	const struct sigaction ignore = {.sa_handler = SIG_IGN};

	sigaction(SIGXFSZ, &ignore, NULL);
}

int main(int argc, char **argv)
{
	launch__remember_signals();
	ignore_file_limit_signal();
	fill_standard_descriptors();
	return commands__main(argc, argv);
}
