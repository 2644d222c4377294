// SPDX-License-Identifier: GPL-2.0-only
#include "launch/exec.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* As bash judges: a NUL byte in the first line. */
static bool is_binary(const char *path)
{
	char start[128];
	int fd = open(path, O_RDONLY | O_CLOEXEC);
	ssize_t n = fd >= 0 ? read(fd, start, sizeof(start)) : -1;
	const char *line_end;

	if (fd >= 0)
		close(fd);
	if (n <= 0)
		return n < 0;
	line_end = memchr(start, '\n', (size_t)n);
	return memchr(start, '\0', line_end ? (size_t)(line_end - start) : (size_t)n) != NULL;
}

static int run_by_shell(const char *path, char **argv)
{
	static char shell[] = "/bin/sh";
	size_t argc = 0;
	char **with_shell;

	while (argv[argc])
		argc++;
	with_shell = calloc(argc + 2, sizeof(*with_shell));
	if (!with_shell)
		return -ENOMEM;
	with_shell[0] = shell;
	with_shell[1] = (char *)path;
	if (argc > 1)
		memcpy(with_shell + 2, argv + 1, (argc - 1) * sizeof(*argv));
	execve(shell, with_shell, environ);
	free(with_shell);
	return -ENOEXEC;
}

static int run_path(const char *path, char **argv)
{
	int rc;

	execve(path, argv, environ);
	rc = -errno;
	if (rc == -ENOEXEC && !is_binary(path))
		return run_by_shell(path, argv);
	if (rc == -ENOENT && access(path, F_OK) == 0)
		return EXEC_NO_INTERPRETER;
	return rc;
}

int exec__run(char **argv)
{
	const char *search = getenv("PATH"), *end;
	char path[PATH_MAX];
	int rc, result = -ENOENT;

	if (!*argv[0])
		return -ENOENT;
	if (strchr(argv[0], '/'))
		return run_path(argv[0], argv);
	/* What an empty PATH means is up to the system; glibc takes these. */
	for (search = search ? search : "/bin:/usr/bin";; search = end + 1) {
		end = strchrnul(search, ':');
		if (snprintf(path, sizeof(path), "%.*s%s%s", (int)(end - search), search,
			     end > search ? "/" : "", argv[0]) < (int)sizeof(path)) {
			rc = run_path(path, argv);
			/* One that may not be executed counts only if no other can. */
			if (rc == -EACCES)
				result = rc;
			else if (rc != -ENOENT && rc != -ENOTDIR)
				return rc;
		}
		if (!*end)
			return result;
	}
}
