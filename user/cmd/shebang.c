// SPDX-License-Identifier: GPL-2.0-only
#include "cmd/shebang.h"

#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define FIRST_LINE 128

/* Opens it as execvp() would find it; -1 if it is no regular file, or not there. */
static int open_command(const char *command)
{
	const char *path = strchr(command, '/') ? "" : getenv("PATH"), *end;
	struct stat st;
	char file[PATH_MAX];
	int fd = -1;

	for (; path && fd < 0; path = *end ? end + 1 : NULL) {
		end = strchrnul(path, ':');
		snprintf(file, sizeof(file), "%.*s%s%s", (int)(end - path), path,
			 end > path ? "/" : "", command);
		if (!stat(file, &st) && S_ISREG(st.st_mode))
			fd = open(file, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
	}
	return fd;
}

bool shebang__is_python(const char *command)
{
	const char *slash = strrchr(command, '/');
	char line[FIRST_LINE];
	ssize_t got;
	int fd;

	if (!strncmp(slash ? slash + 1 : command, "python", strlen("python")))
		return true;
	fd = open_command(command);
	got = fd < 0 ? -1 : read(fd, line, sizeof(line) - 1);
	if (fd >= 0)
		close(fd);
	if (got < 2 || line[0] != '#' || line[1] != '!')
		return false;
	line[got] = '\0';
	line[strcspn(line, "\n")] = '\0';
	return strstr(line, "python");
}
