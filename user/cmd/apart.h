/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Work in a process of its own, so that we go on whatever becomes of it: a recording that was made
 * on purpose may take all memory, or a library may end the process that asked it.
 */
#ifndef CMD_APART_H
#define CMD_APART_H

#include <stdbool.h>

struct error;

struct apart_work {
	/*
	 * The work. It asks apart__cancelled(a) now and then, and answers with 0, or with a
	 * negative errno and err filled; what it opened is not for us.
	 */
	int (*run)(void *ctx, void *a, struct error *err);
	void *ctx;
	/* Called here meanwhile: returns false once `fd` is readable, true if the work is to be
	 * cancelled. What is to be cancelled again is killed. */
	bool (*wait)(void *ctx, int fd);
	void *wait_ctx;
};

/*
 * Call with one thread alone; signals that are blocked stay so in the work's process, and nobody
 * reads them there. Returns what the work answered, with err filled; -ECHILD if it ended without an
 * answer.
 */
int apart__run(const struct apart_work *work, struct error *err);

/* For the `cancelled` of analyse_options; `a` is what run() was given. */
bool apart__cancelled(void *a);

#endif
