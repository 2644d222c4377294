/* SPDX-License-Identifier: GPL-2.0-only */
/* Who owns a lock, as the words of a futex tell. */
#ifndef MODEL_HOLDERS_OWNER_H
#define MODEL_HOLDERS_OWNER_H

#include <stdbool.h>

#include "bpf/events.h"

struct model;
struct task;

struct owner {
	struct task *task; /* NULL = nobody, not known */
	bool readers;	   /* a rwlock in the hands of readers */
	bool to_read;	   /* who blocks wants to read */
	bool queues;	   /* a release will have to wake somebody who sleeps */
};

/* As the words were when `waiter` blocked; waiter->wait says on what. */
struct owner owner__read(struct model *m, const struct task *waiter,
			 const struct ct_switch_futex *f);

#endif
