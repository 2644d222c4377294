// SPDX-License-Identifier: GPL-2.0-only
#include "cmd/shared.h"

#include <errno.h>
#include <limits.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "launch/identity.h"
#include "lib/error.h"

static bool is_ours(uid_t owner)
{
	uid_t uid;
	gid_t gid;

	return owner == 0 || owner == geteuid() || (identity__caller(&uid, &gid) && owner == uid);
}

/* Sticky, for what is in it would be at everybody's mercy anyway if it were not. */
static bool is_shared(const char *directory)
{
	struct stat st;

	return stat(directory, &st) == 0 && (st.st_mode & S_ISVTX) &&
	       (st.st_mode & (S_IWOTH | S_IWGRP));
}

/* What has this name, in the directory before its last slash. */
static bool is_trap(const char *name, bool at_the_end)
{
	char directory[PATH_MAX];
	const char *slash = strrchr(name, '/');
	struct stat st;

	if (lstat(name, &st) || is_ours(st.st_uid) || !(at_the_end || S_ISLNK(st.st_mode)))
		return false;
	snprintf(directory, sizeof(directory), "%.*s", slash ? (int)(slash - name) + 1 : 1,
		 slash ? name : ".");
	return is_shared(directory);
}

int shared__check(const char *path, struct error *err)
{
	char name[PATH_MAX];
	const char *end = path;
	bool last;

	if (strlen(path) >= sizeof(name))
		return error__errno(err, -ENAMETOOLONG, "cannot write %s", path);
	do {
		end += strspn(end, "/");
		end += strcspn(end, "/");
		snprintf(name, sizeof(name), "%.*s", (int)(end - path), path);
		last = !end[strspn(end, "/")];
		if (is_trap(name, last))
			return error__set(err, -EPERM,
					  "cannot write %s: %s is somebody else's, in a directory "
					  "where everybody may make files",
					  path, name);
	} while (!last);
	return 0;
}

int shared__give(int fd)
{
	uid_t uid;
	gid_t gid;

	return identity__caller(&uid, &gid) && fchown(fd, uid, gid) ? -errno : 0;
}
