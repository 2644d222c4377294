// SPDX-License-Identifier: GPL-2.0-only
#include "lib/spill.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdlib.h>
#include <unistd.h>

#define COPY_BYTES (256u << 10)

/* A file descriptor, -1 with errno. */
static int open_in(const char *folder)
{
	char path[PATH_MAX];
	int fd;

	if (snprintf(path, sizeof(path), "%s/conctrace-XXXXXX", folder) >= (int)sizeof(path)) {
		errno = ENAMETOOLONG;
		return -1;
	}
	fd = mkostemp(path, O_CLOEXEC);
	if (fd >= 0)
		unlink(path);
	return fd;
}

FILE *spill__open(void)
{
	const char *folders[] = {secure_getenv("TMPDIR"), "/var/tmp", "/tmp"};
	FILE *file;
	size_t i;
	int fd = -1;

	for (i = 0; fd < 0 && i < sizeof(folders) / sizeof(folders[0]); i++)
		if (folders[i] && folders[i][0])
			fd = open_in(folders[i]);
	if (fd < 0)
		return NULL;
	file = fdopen(fd, "w+");
	if (!file)
		close(fd);
	return file;
}

int spill__copy(FILE *spill, FILE *out)
{
	char *buf;
	size_t n;
	int err = 0;

	if (fflush(spill) || fseeko(spill, 0, SEEK_SET))
		return -EIO;
	buf = malloc(COPY_BYTES);
	if (!buf)
		return -ENOMEM;
	while (!err && (n = fread(buf, 1, COPY_BYTES, spill)))
		if (fwrite(buf, 1, n, out) != n)
			err = -EIO;
	if (!err && ferror(spill))
		err = -EIO;
	free(buf);
	return err;
}
