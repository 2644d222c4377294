// SPDX-License-Identifier: GPL-2.0-only
#include "cmd/outfile.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "cmd/shared.h"
#include "cmd/temporary.h"
#include "lib/error.h"

struct outfile {
	const char *path; /* the caller's */
	char *temporary;  /* NULL: path is written directly */
	FILE *stream;
};

/* Whether path is something that exists and that a rename must not replace. */
static bool is_direct(const char *path)
{
	struct stat st;

	return strcmp(path, "-") == 0 ||
	       (stat(path, &st) == 0 && !S_ISREG(st.st_mode) && !S_ISDIR(st.st_mode));
}

static bool is_directory(const char *path)
{
	struct stat st;

	return stat(path, &st) == 0 && S_ISDIR(st.st_mode);
}

static int open_direct(struct outfile *f)
{
	int fd;

	if (strcmp(f->path, "-") == 0)
		fd = fcntl(STDOUT_FILENO, F_DUPFD_CLOEXEC, 3);
	else
		fd = open(f->path, O_WRONLY | O_CLOEXEC | O_NOCTTY);
	return fd < 0 ? -errno : fd;
}

/* It tells of others' programs: for its owner alone. */
static int make_file(const char *name)
{
	int fd = open(name, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0600);
	int rc = fd < 0 ? -errno : shared__give(fd);

	if (!rc)
		return fd;
	if (fd >= 0) {
		close(fd);
		unlink(name);
	}
	return rc;
}

int outfile__open(const char *path, struct outfile **out, struct error *err)
{
	struct outfile *f;
	int fd;

	*out = NULL;
	if (shared__check(path, err))
		return -EPERM;
	if (is_directory(path))
		return error__errno(err, -EISDIR, "cannot write %s", path);
	f = calloc(1, sizeof(*f));
	if (!f)
		return error__errno(err, -ENOMEM, "cannot write %s", path);
	f->path = path;
	fd = is_direct(path) ? open_direct(f) : temporary__make(path, make_file, &f->temporary);
	if (fd >= 0) {
		f->stream = fdopen(fd, "w");
		if (f->stream) {
			*out = f;
			return 0;
		}
		close(fd);
		fd = -ENOMEM;
	}
	outfile__abandon(f);
	return error__errno(err, fd, "cannot write %s", path);
}

FILE *outfile__stream(struct outfile *f)
{
	return f->stream;
}

const char *outfile__path(const struct outfile *f)
{
	return f->temporary ? f->temporary : f->path;
}

bool outfile__regular(const struct outfile *f)
{
	return f->temporary != NULL;
}

static void keep_as_old(const char *path)
{
	struct stat st;
	char *old;

	if (lstat(path, &st) || asprintf(&old, "%s.old", path) < 0)
		return;
	/* If this fails the new file replaces it, as it would without keeping. */
	if (shared__check(old, NULL) || rename(path, old))
		unlink(path);
	free(old);
}

int outfile__close(struct outfile *f)
{
	bool failed;
	int rc = 0;

	if (!f->stream)
		return 0;
	failed = ferror(f->stream);
	errno = 0;
	if (fclose(f->stream) || failed)
		rc = errno ? -errno : -EIO;
	f->stream = NULL;
	return rc;
}

/* Who may have come in between: what was checked when it was opened is checked again. */
static int give_name(struct outfile *f, bool keep_old)
{
	int rc = shared__check(f->path, NULL);

	if (rc)
		return rc;
	if (keep_old)
		keep_as_old(f->path);
	return rename(f->temporary, f->path) ? -errno : 0;
}

int outfile__commit(struct outfile *f, bool keep_old, struct error *err)
{
	int rc = outfile__close(f);

	if (!rc && f->temporary)
		rc = give_name(f, keep_old);
	if (rc) {
		error__errno(err, rc, "cannot write %s", f->path);
		outfile__abandon(f);
		return rc;
	}
	free(f->temporary);
	free(f);
	return 0;
}

void outfile__abandon(struct outfile *f)
{
	if (!f)
		return;
	if (f->stream)
		fclose(f->stream);
	if (f->temporary)
		unlink(f->temporary);
	free(f->temporary);
	free(f);
}

void outfile__release(struct outfile *f)
{
	if (!f)
		return;
	free(f->temporary);
	f->temporary = NULL;
	outfile__abandon(f);
}

int outfile__check_folder(const char *path, struct error *err)
{
	const char *slash = strrchr(path, '/');
	char *directory = slash ? strndup(path, (size_t)(slash - path) + 1) : strdup(".");
	int rc = 0;

	if (!directory)
		return error__errno(err, -ENOMEM, "cannot write %s", path);
	if (access(directory, W_OK | X_OK))
		rc = error__errno(err, -errno, "cannot write %s", path);
	free(directory);
	return rc;
}

int outfile__check(const char *path, struct error *err)
{
	if (shared__check(path, err))
		return -EPERM;
	if (is_directory(path))
		return error__errno(err, -EISDIR, "cannot write %s", path);
	if (is_direct(path))
		return strcmp(path, "-") == 0 || access(path, W_OK) == 0
			       ? 0
			       : error__errno(err, -errno, "cannot write %s", path);
	return outfile__check_folder(path, err);
}
