/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Recordings and the files that they lead to are read by a process that can do no harm: without
 * privileges, without programs and network, and writing only where it was asked to. The file system
 * is guarded by landlock(7), system calls by seccomp(2), as far as the kernel has them.
 */
#ifndef CMD_SANDBOX_H
#define CMD_SANDBOX_H

#include <stdbool.h>
#include <stddef.h>

struct analyse_target;
struct error;
struct sandbox;

struct sandbox_options {
	const char
		*trace; /* must be readable from inside; NULL = there are several, or it is ours */
	struct analyse_target *targets;
	size_t ntargets;
	bool all_users; /* the recording is not of the invoking user's programs alone */
	bool stay;	/* do not become the user who called sudo */
};

/*
 * Opens the targets' outlets, and gives up everything else for good. Returns 0, or a negative errno
 * with err filled; *out is to be ended in any case.
 */
int sandbox__enter(const struct sandbox_options *opts, struct sandbox **out, struct error *err);
/* Takes away what was not finished. One does not get out of it. NULL is fine. */
void sandbox__end(struct sandbox *s);

#endif
