// SPDX-License-Identifier: GPL-2.0-only
#include "launch/identity.h"

#include <errno.h>
#include <grp.h>
#include <pwd.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "lib/error.h"

struct identity {
	uid_t uid;
	gid_t gid;
	gid_t *groups;
	int ngroups;
	/* NULL = not known: the variable stays as it is */
	char *user, *home, *shell;
};

/* (uid_t)-1 means "no change" to the kernel, so it is no user. */
static int parse_id(const char *name, unsigned int *id, struct error *err)
{
	const char *text = getenv(name);
	unsigned long value;
	char *end;

	errno = 0;
	value = text && *text >= '0' && *text <= '9' ? strtoul(text, &end, 10) : 0;
	if (!text || *text < '0' || *text > '9' || errno || *end || value >= (unsigned int)-1)
		return error__set(err, -EINVAL,
				  "%s is '%s', which is no id: cannot tell whom to run the command "
				  "as (--as-root runs it as root)",
				  name, text ? text : "");
	*id = (unsigned int)value;
	return 0;
}

bool identity__caller(uid_t *uid, gid_t *gid)
{
	return geteuid() == 0 && getenv("SUDO_UID") && getenv("SUDO_GID") && getenv("SUDO_USER") &&
	       !parse_id("SUDO_UID", uid, NULL) && !parse_id("SUDO_GID", gid, NULL) && *uid != 0;
}

static int copy_text(char **to, const char *from)
{
	if (!from || !*from)
		return 0;
	*to = strdup(from);
	return *to ? 0 : -ENOMEM;
}

static int find_groups(struct identity *id)
{
	int n = 32, got;
	gid_t *grown;

	/* getgrouplist says how many there are when the list is too short. */
	for (;;) {
		grown = reallocarray(id->groups, (size_t)n, sizeof(*grown));
		if (!grown)
			return -ENOMEM;
		id->groups = grown;
		got = n;
		if (getgrouplist(id->user, id->gid, id->groups, &got) >= 0)
			break;
		n = got > n ? got : 2 * n;
	}
	id->ngroups = got;
	return 0;
}

static int find_user(struct identity *id)
{
	const struct passwd *pw = getpwuid(id->uid);
	int rc;

	rc = copy_text(&id->user, pw ? pw->pw_name : getenv("SUDO_USER"));
	if (!rc && pw)
		rc = copy_text(&id->home, pw->pw_dir);
	if (!rc && pw)
		rc = copy_text(&id->shell, pw->pw_shell);
	if (!rc && id->user)
		rc = find_groups(id);
	return rc;
}

int identity__find(struct identity **out, struct error *err)
{
	struct identity *id;
	unsigned int uid = 0, gid = 0;
	int rc;

	*out = NULL;
	if (geteuid() != 0 || !getenv("SUDO_UID") || !getenv("SUDO_GID") || !getenv("SUDO_USER"))
		return 0;
	rc = parse_id("SUDO_UID", &uid, err);
	if (!rc)
		rc = parse_id("SUDO_GID", &gid, err);
	if (rc || uid == 0)
		return rc;
	id = calloc(1, sizeof(*id));
	if (!id)
		return error__errno(err, -ENOMEM, "cannot look up user %u", uid);
	id->uid = uid;
	id->gid = gid;
	rc = find_user(id);
	if (rc) {
		identity__free(id);
		return error__errno(err, rc, "cannot look up user %u", uid);
	}
	*out = id;
	return 0;
}

void identity__free(struct identity *id)
{
	if (!id)
		return;
	free(id->groups);
	free(id->user);
	free(id->home);
	free(id->shell);
	free(id);
}

static int set_variable(const char *name, const char *value)
{
	return value && setenv(name, value, 1) ? -errno : 0;
}

int identity__assume(const struct identity *id)
{
	int rc;

	if (!id)
		return 0;
	/* The order matters: without uid 0 the groups can no longer be set. */
	if (setgroups((size_t)id->ngroups, id->groups) || setresgid(id->gid, id->gid, id->gid) ||
	    setresuid(id->uid, id->uid, id->uid))
		return -errno;
	rc = set_variable("HOME", id->home);
	if (!rc)
		rc = set_variable("USER", id->user);
	if (!rc)
		rc = set_variable("LOGNAME", id->user);
	if (!rc)
		rc = set_variable("SHELL", id->shell);
	return rc;
}
