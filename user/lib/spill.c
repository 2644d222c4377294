// SPDX-License-Identifier: GPL-2.0-only
#include "lib/spill.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdlib.h>
#include <unistd.h>

#define COPY_BYTES (256u << 10)

const char *spill__folder(size_t number)
{
	static const char *const folders[SPILL_FOLDERS] = {NULL, "/var/tmp", "/tmp"};
	const char *own;

	if (number)
		return number < SPILL_FOLDERS ? folders[number] : NULL;
	own = secure_getenv("TMPDIR");
	return own && *own ? own : NULL;
}

static int open_nameless(const char *folder)
{
	return open(folder, O_TMPFILE | O_RDWR | O_CLOEXEC, 0600);
}

/* A file descriptor, -1 with errno. */
static int open_in(const char *folder)
{
	char path[PATH_MAX];
	int fd = open_nameless(folder);

	/* Not all file systems can do that. */
	if (fd >= 0 || (errno != EOPNOTSUPP && errno != EISDIR))
		return fd;
	if (snprintf(path, sizeof(path), "%s/conctrace-XXXXXX", folder) >= (int)sizeof(path)) {
		errno = ENAMETOOLONG;
		return -1;
	}
	fd = mkostemp(path, O_CLOEXEC);
	if (fd >= 0)
		unlink(path);
	return fd;
}

int spill__descriptor(void)
{
	int fd = -1;
	size_t i;

	for (i = 0; fd < 0 && i < SPILL_FOLDERS; i++)
		if (spill__folder(i))
			fd = open_in(spill__folder(i));
	return fd < 0 ? -errno : fd;
}

bool spill__is_nameless(void)
{
	int fd = -1;
	size_t i;

	errno = 0;
	for (i = 0; fd < 0 && i < SPILL_FOLDERS && errno != EOPNOTSUPP && errno != EISDIR; i++)
		if (spill__folder(i))
			fd = open_nameless(spill__folder(i));
	if (fd >= 0)
		close(fd);
	return fd >= 0;
}

FILE *spill__open(void)
{
	int fd = spill__descriptor();
	FILE *file;

	if (fd < 0) {
		errno = -fd;
		return NULL;
	}
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
