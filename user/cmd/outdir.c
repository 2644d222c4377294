// SPDX-License-Identifier: GPL-2.0-only
#include "cmd/outdir.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "cmd/outfile.h"
#include "cmd/shared.h"
#include "cmd/temporary.h"
#include "export/export.h"
#include "lib/error.h"

struct outdir {
	const char *path; /* the caller's */
	const struct export_directory *kind;
	char *final;	 /* path without what is no part of the name */
	char *temporary; /* NULL: not made */
	int fd;		 /* of it; -1 = none */
};

static bool is_dots(const char *name)
{
	return strcmp(name, ".") == 0 || strcmp(name, "..") == 0;
}

/* NULL when out of memory. Symbolic links are followed: what they lead to gets replaced. */
static char *final_name(const char *path)
{
	char *name = realpath(path, NULL);
	size_t len;

	if (name)
		return name;
	name = strdup(path);
	for (len = name ? strlen(name) : 0; len > 1 && name[len - 1] == '/'; len--)
		name[len - 1] = '\0';
	return name;
}

static bool has_suffix(const char *name, const char *suffix)
{
	size_t len = strlen(name), n = strlen(suffix);

	return len > n && strcmp(name + len - n, suffix) == 0;
}

static bool begins_with(int dir, const char *name, const char *head)
{
	char start[64] = "";
	size_t len = strlen(head);
	int fd = openat(dir, name, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC);
	bool same;

	if (fd < 0)
		return false;
	same = len <= sizeof(start) && read(fd, start, len) == (ssize_t)len &&
	       memcmp(start, head, len) == 0;
	close(fd);
	return same;
}

/* Nothing in it is anybody else's: it is empty, or holds the marker and files of such names. */
static int judge_content(const char *name, const struct export_directory *kind)
{
	DIR *dir = opendir(name);
	const struct dirent *entry;
	bool marked = false, empty = true;
	int rc = 0;

	if (!dir)
		return -errno;
	while (!rc && (entry = readdir(dir))) {
		struct stat st;
		bool regular;

		if (is_dots(entry->d_name))
			continue;
		empty = false;
		regular = !fstatat(dirfd(dir), entry->d_name, &st, AT_SYMLINK_NOFOLLOW) &&
			  S_ISREG(st.st_mode);
		if (regular && strcmp(entry->d_name, kind->marker) == 0)
			marked = begins_with(dirfd(dir), entry->d_name, kind->head);
		else if (!regular || !has_suffix(entry->d_name, kind->suffix))
			rc = -ENOTEMPTY;
	}
	closedir(dir);
	return rc || empty || marked ? rc : -ENOTEMPTY;
}

static bool is_mount_point(const char *name, const struct stat *st)
{
	char above[PATH_MAX];
	struct stat parent;

	return snprintf(above, sizeof(above), "%s/..", name) < (int)sizeof(above) &&
	       stat(above, &parent) == 0 &&
	       (parent.st_dev != st->st_dev || parent.st_ino == st->st_ino);
}

static int judge(const char *path, const char *final, const struct export_directory *kind,
		 struct error *err)
{
	const char *slash = strrchr(path, '/');
	struct stat st;
	int rc;

	rc = shared__check(path, err);
	if (rc)
		return rc;
	if (!*path || is_dots(slash ? slash + 1 : path))
		return error__set(err, -EINVAL, "cannot write '%s': name a directory to be made",
				  path);
	if (stat(final, &st) && (errno != ENOENT || lstat(final, &st) == 0))
		return error__errno(err, -errno, "cannot write %s", path);
	if (lstat(final, &st))
		return outfile__check_folder(final, err);
	if (!S_ISDIR(st.st_mode))
		return error__set(err, -ENOTDIR, "cannot write %s: it is no directory", path);
	if (is_mount_point(final, &st))
		return error__set(err, -EBUSY,
				  "cannot write %s: it is a mount point, name a directory in it",
				  path);
	rc = judge_content(final, kind);
	if (rc == -ENOTEMPTY)
		return error__set(err, rc,
				  "cannot write %s: there are other files in it than an earlier "
				  "export's: name another directory",
				  path);
	return rc ? error__errno(err, rc, "cannot write %s", path)
		  : outfile__check_folder(final, err);
}

int outdir__check(const char *path, const struct export_directory *kind, struct error *err)
{
	char *final = final_name(path);
	int rc;

	if (!final)
		return error__errno(err, -ENOMEM, "cannot write %s", path);
	rc = judge(path, final, kind, err);
	free(final);
	return rc;
}

static int make_directory(const char *name)
{
	return mkdir(name, 0700) ? -errno : 0;
}

int outdir__open(const char *path, const struct export_directory *kind, struct outdir **out,
		 struct error *err)
{
	struct outdir *d = calloc(1, sizeof(*d));
	int rc;

	*out = NULL;
	if (!d)
		return error__errno(err, -ENOMEM, "cannot write %s", path);
	*d = (struct outdir){.path = path, .kind = kind, .fd = -1, .final = final_name(path)};
	rc = d->final ? judge(path, d->final, kind, err)
		      : error__errno(err, -ENOMEM, "cannot write %s", path);
	if (rc)
		goto fail;
	rc = temporary__make(d->final, make_directory, &d->temporary);
	if (!rc) {
		d->fd = open(d->temporary, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
		rc = d->fd < 0 ? -errno : shared__give(d->fd);
	}
	if (!rc) {
		*out = d;
		return 0;
	}
	error__errno(err, rc, "cannot write %s", path);
fail:
	outdir__abandon(d);
	return rc;
}

int outdir__fd(const struct outdir *d)
{
	return d->fd;
}

/* There are no directories in it. */
static void remove_all(const char *name)
{
	DIR *dir = opendir(name);
	const struct dirent *entry;

	while (dir && (entry = readdir(dir)))
		if (!is_dots(entry->d_name))
			unlinkat(dirfd(dir), entry->d_name, 0);
	if (dir)
		closedir(dir);
	rmdir(name);
}

/* For file systems that cannot exchange two names: for a moment nothing has the name. */
static int replace_in_steps(struct outdir *d)
{
	char *old;
	int rc = 0;

	if (asprintf(&old, "%s.old", d->temporary) < 0)
		return -ENOMEM;
	if (rename(d->final, old)) {
		rc = -errno;
	} else if (rename(d->temporary, d->final)) {
		rc = -errno;
		rename(old, d->final);
	} else {
		remove_all(old);
	}
	free(old);
	return rc;
}

static int give_name(struct outdir *d)
{
	if (renameat2(AT_FDCWD, d->temporary, AT_FDCWD, d->final, RENAME_NOREPLACE) == 0)
		return 0;
	if (errno == EEXIST &&
	    renameat2(AT_FDCWD, d->temporary, AT_FDCWD, d->final, RENAME_EXCHANGE) == 0) {
		remove_all(d->temporary);
		return 0;
	}
	if (errno != EINVAL && errno != ENOSYS && errno != EEXIST)
		return -errno;
	/* An empty directory is replaced by an ordinary rename. */
	if (rename(d->temporary, d->final) == 0)
		return 0;
	return errno == ENOTEMPTY || errno == EEXIST ? replace_in_steps(d) : -errno;
}

int outdir__commit(struct outdir *d, struct error *err)
{
	int rc = judge(d->path, d->final, d->kind, err);

	if (!rc) {
		rc = give_name(d);
		if (rc)
			error__errno(err, rc, "cannot write %s", d->path);
	}
	if (!rc) {
		free(d->temporary);
		d->temporary = NULL;
	}
	outdir__abandon(d);
	return rc;
}

void outdir__abandon(struct outdir *d)
{
	if (!d)
		return;
	if (d->fd >= 0)
		close(d->fd);
	if (d->temporary)
		remove_all(d->temporary);
	free(d->temporary);
	free(d->final);
	free(d);
}

void outdir__release(struct outdir *d)
{
	if (!d)
		return;
	free(d->temporary);
	d->temporary = NULL;
	outdir__abandon(d);
}
