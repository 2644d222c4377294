// SPDX-License-Identifier: GPL-2.0-only
/*
 * uring: the event loop of the workload reactor, on io_uring: reads and writes are handed over and
 * waited for together, one system call a turn.
 *
 * What a profiler should find: the same as there. The loop thread waits in io_uring_enter(); one
 * question of a hundred takes long, and it computes in long_callback() while all other clients
 * wait. With --fixed a helper thread does that.
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "lib/compute.h"
#include "lib/crew.h"
#include "lib/fail.h"
#include "lib/options.h"
#include "lib/ring.h"
#include "lib/run.h"
#include "lib/service.h"

#define UNSUPPORTED 77
#define WROTE	    (1ULL << 32) /* in a tag: a write is done; else a read */

struct slot {
	uint64_t question, answer;
};

struct reactor {
	struct service *service;
	struct ring *ring;
	unsigned int n, open; /* connections */
	struct slot *slot;    /* one each */
};

static void read_next(struct reactor *r, unsigned int conn)
{
	ring__read(r->ring, service__fd(r->service, conn), &r->slot[conn].question,
		   sizeof(r->slot[conn].question), conn);
}

/* What is done comes in the order in which it was: the task that has waited longest is first. */
static FRAME void run_task(struct reactor *r, unsigned int conn, int result)
{
	struct slot *slot = &r->slot[conn];

	if (result < 0)
		fail("read", -result);
	if (!result) {
		r->open--;
		return;
	}
	if (service__call(r->service, conn, slot->question, &slot->answer))
		ring__write(r->ring, service__fd(r->service, conn), &slot->answer,
			    sizeof(slot->answer), WROTE | conn);
	else
		read_next(r, conn); /* the helper will write */
}

static void loop(void *arg, unsigned int index)
{
	struct reactor *r = arg;
	uint64_t tag;
	int result;

	(void)index;
	for (unsigned int i = 0; i < r->n; i++)
		read_next(r, i);
	while (r->open) {
		ring__enter(r->ring, true);
		while (ring__result(r->ring, &tag, &result)) {
			if (!(tag & WROTE))
				run_task(r, (unsigned int)tag, result);
			else if (result < 0)
				fail("write", -result);
			else
				read_next(r, (unsigned int)tag);
		}
	}
}

int main(int argc, char **argv)
{
	struct load load = {.seconds = 1.0, .workers = 8};
	struct service_how how = SERVICE_HOW;
	struct reactor r = {0};
	struct run *run;
	const struct option_row rows[] = {SERVICE_OPTIONS(&how)};
	const struct options opts = {"uring", "questions", rows, sizeof(rows) / sizeof(*rows)};
	int code = options__parse(&opts, &load, argc, argv);

	if (code != OPTIONS_RUN)
		return code;
	r.n = r.open = (unsigned int)load.workers;
	r.slot = calloc(r.n, sizeof(*r.slot));
	if (!r.slot)
		fail("memory", ENOMEM);
	r.ring = ring__new(2 * r.n);
	if (!r.ring) {
		fprintf(stderr,
			"uring: io_uring is not to be had here: %s (old kernel, seccomp, or the "
			"sysctl kernel.io_uring_disabled)\n",
			strerror(errno));
		return UNSUPPORTED;
	}
	run = run__start(&load);
	r.service = service__start(run, r.n, &how);
	crew__join(crew__threads("loop", 1, loop, &r));
	service__stop(r.service, "uring");
	ring__free(r.ring);
	free(r.slot);
	return run__finish(run, "uring", r.n);
}
