// SPDX-License-Identifier: GPL-2.0-only
#include "replay/change.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "replay/recording.h"

static uint64_t scaled(uint64_t ns, double factor)
{
	return factor == 1 ? ns : (uint64_t)((double)ns * factor + 0.5);
}

static void *copy_of(const void *from, size_t count, size_t bytes)
{
	void *to = malloc((count + 1) * bytes);

	if (to && count)
		memcpy(to, from, count * bytes);
	return to;
}

int change__copy_frame(const struct program *from, struct program *to)
{
	unsigned int i;

	*to = *from;
	to->ops = NULL;
	to->nops = to->ops_size = 0;
	to->tasks = copy_of(from->tasks, from->ntasks, sizeof(*from->tasks));
	to->wakes = copy_of(from->wakes, from->nwakes, sizeof(*from->wakes));
	to->users = copy_of(from->users, from->nusers, sizeof(*from->users));
	to->hold_ns = copy_of(from->hold_ns, from->nobjects, sizeof(*from->hold_ns));
	to->cpus = calloc(from->ncpus, sizeof(*to->cpus));
	if (!to->tasks || !to->wakes || !to->users || !to->hold_ns || !to->cpus)
		return -ENOMEM;
	for (i = 0; i < from->ncpus; i++) {
		to->cpus[i] = from->cpus[i];
		to->cpus[i].busy = copy_of(from->cpus[i].busy, from->cpus[i].count,
					   sizeof(*from->cpus[i].busy));
		if (!to->cpus[i].busy)
			return -ENOMEM;
	}
	return 0;
}

/* Its change; OP_NONE: it goes away. */
static struct op changed(const struct op *op, const struct change *c, bool held)
{
	struct op to = *op;

	switch (op->kind) {
	case OP_RUN:
		if (c->faster != 1)
			to.ns = scaled(to.ns, 1 - (double)op->share * (1 - 1 / c->faster));
		if (held)
			to.ns = scaled(to.ns, c->hold);
		if (to.ns)
			to.stretch *= (float)((double)op->ns / (double)to.ns);
		break;
	case OP_DELAY:
		if (op->flags & OP_TIMER)
			to.ns = scaled(to.ns, c->timers);
		else if (op->flags & OP_DEVICE)
			to.ns = scaled(to.ns, c->io);
		/* fallthrough */
	default:
		if (op->object != REPLAY_NONE && op->object == c->without)
			to.kind = OP_NONE;
		break;
	}
	return to;
}

int change__apply(const struct program *from, const struct change *c, struct program *to)
{
	int err = change__copy_frame(from, to);
	uint32_t i;
	size_t at;

	for (i = 0; i < from->ntasks && !err; i++) {
		const struct replay_task *t = &from->tasks[i];
		bool held = false;

		to->tasks[i].first = to->nops;
		for (at = t->first; at < t->first + t->count && !err; at++) {
			struct op op = changed(&from->ops[at], c, held), *copy;

			if (op.object == c->held && op.object != REPLAY_NONE &&
			    (op.kind == OP_ACQUIRE || op.kind == OP_RELEASE))
				held = op.kind == OP_ACQUIRE;
			if (op.kind == OP_NONE)
				continue;
			copy = program__add(to, op.kind);
			if (copy)
				*copy = op;
			else
				err = -ENOMEM;
		}
		to->tasks[i].count = to->nops - to->tasks[i].first;
	}
	if (!err)
		program__number_wakes(to);
	return err;
}
