// SPDX-License-Identifier: GPL-2.0-only
#include "cmd/sandbox.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <unistd.h>

#include "cmd/analyse.h"
#include "cmd/broker.h"
#include "cmd/outdir.h"
#include "cmd/outlet.h"
#include "cmd/privilege.h"
#include "export/export.h"
#include "launch/identity.h"
#include "lib/error.h"
#include "lib/filter.h"
#include "lib/landlock.h"
#include "lib/sanitized.h"
#include "lib/spill.h"
#include "symbol/kallsyms.h"

struct sandbox {
	struct outlet *outlets;
	size_t noutlets;
	struct broker *broker;
};

static int open_outlets(struct sandbox *s, const struct sandbox_options *opts)
{
	s->outlets = calloc(opts->ntargets + 1, sizeof(*s->outlets));
	if (!s->outlets)
		return -ENOMEM;
	/* One that cannot be opened is told of by its target, and does not disturb the others. */
	for (; s->noutlets < opts->ntargets; s->noutlets++) {
		outlet__open(&s->outlets[s->noutlets], &opts->targets[s->noutlets]);
		opts->targets[s->noutlets].outlet = &s->outlets[s->noutlets];
	}
	return 0;
}

/* access() asks what the user may do, whatever our capabilities. */
static bool is_readable(const char *trace)
{
	return !trace || !strcmp(trace, "-") || access(trace, R_OK) == 0;
}

/*
 * The invoking user's rights are enough for the invoking user's programs. Root alone, and who asked
 * for others' programs, sees the names of functions in files that only their owners may read.
 */
static int lose_privilege(const struct sandbox_options *opts, struct error *err)
{
	struct identity *user = NULL;
	int rc = opts->stay ? 0 : identity__find(&user, err), ends_with_parent = 0;

	if (rc)
		return rc;
	prctl(PR_GET_PDEATHSIG, &ends_with_parent, 0, 0, 0);
	rc = privilege__to_analyse(user, true);
	if (!rc && user && !opts->all_users && is_readable(opts->trace))
		rc = privilege__to_analyse(NULL, false);
	identity__free(user);
	/* To become somebody else resets it: commit_creds() in kernel/cred.c. */
	prctl(PR_SET_PDEATHSIG, ends_with_parent, 0, 0, 0);
	return rc ? error__errno(err, rc, "cannot give up privileges for the analysis") : 0;
}

/* Returns how many. */
static size_t find_folders(const struct sandbox *s, struct landlock_folder *folders, int *opened,
			   bool unlinks)
{
	size_t i, n = 0;

	for (i = 0; i < SPILL_FOLDERS; i++) {
		const char *name = spill__folder(i);
		int fd = name ? open(name, O_PATH | O_DIRECTORY | O_CLOEXEC) : -1;

		opened[i] = fd;
		if (fd >= 0)
			folders[n++] = (struct landlock_folder){
				.fd = fd, .make = unlinks, .remove = unlinks};
	}
	for (i = 0; i < s->noutlets; i++)
		if (s->outlets[i].dir)
			folders[n++] = (struct landlock_folder){.fd = outdir__fd(s->outlets[i].dir),
								.make = true};
	return n;
}

/* What this kernel does not have is done without: `conctrace doctor` tells. */
static void lock(const struct sandbox *s)
{
	struct landlock_folder *folders = calloc(s->noutlets + SPILL_FOLDERS, sizeof(*folders));
	const bool unlinks = !spill__is_nameless();
	int opened[SPILL_FOLDERS];
	size_t i, n;

	if (!folders)
		return;
	n = find_folders(s, folders, opened, unlinks);
	landlock__enter(folders, n);
	for (i = 0; i < SPILL_FOLDERS; i++)
		if (opened[i] >= 0)
			close(opened[i]);
	free(folders);
	/* Sanitizers make system calls of their own, and look for leaks by ptrace. */
	if (SANITIZED)
		prctl(PR_SET_DUMPABLE, 1, 0, 0, 0);
	else
		filter__enter(unlinks);
}

int sandbox__enter(const struct sandbox_options *opts, struct sandbox **out, struct error *err)
{
	struct sandbox *s = calloc(1, sizeof(*s));
	int rc = s ? open_outlets(s, opts) : -ENOMEM;

	*out = s;
	if (rc)
		return error__errno(err, rc, "cannot analyse");
	rc = broker__start(s->outlets, s->noutlets, &s->broker, err);
	if (rc)
		return rc;
	kallsyms__prepare();
	rc = lose_privilege(opts, err);
	if (!rc)
		lock(s);
	return rc;
}

void sandbox__end(struct sandbox *s)
{
	size_t i;

	if (!s)
		return;
	for (i = 0; i < s->noutlets; i++)
		outlet__close(&s->outlets[i]);
	broker__end(s->broker);
	free(s->outlets);
	free(s);
}
