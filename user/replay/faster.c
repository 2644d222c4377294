// SPDX-License-Identifier: GPL-2.0-only
/* How much of each stretch of computing is in the function that is to be faster, by samples. */
#include <errno.h>
#include <stdlib.h>

#include "lib/array.h"
#include "replay/recording.h"

/*
 * A stretch with fewer samples has the share of all its task's stretches; a task with fewer that of
 * all such tasks of its creator.
 */
#define FEW_SAMPLES 20

struct found {
	uint64_t all, hits;
};

static double share_of(const struct found *f)
{
	return f->all ? (double)f->hits / (double)f->all : 0;
}

static struct found count(const struct program *p, uint32_t task)
{
	const struct replay_task *t = &p->tasks[task];
	struct found f = {0};
	size_t o;

	for (o = t->first; o < t->first + t->count; o++) {
		if (p->ops[o].kind != OP_RUN)
			continue;
		f.all += p->ops[o].object;
		f.hits += p->ops[o].peer;
	}
	return f;
}

static void set_shares(struct program *p, uint32_t task, double share)
{
	const struct replay_task *t = &p->tasks[task];
	size_t o;

	for (o = t->first; o < t->first + t->count; o++) {
		struct op *op = &p->ops[o];
		struct found own = {op->object, op->peer};

		if (op->kind != OP_RUN)
			continue;
		op->share = (float)(own.all >= FEW_SAMPLES ? share_of(&own) : share);
		op->object = op->peer = REPLAY_NONE;
	}
}

/* Whose sum it belongs to; 0 = of those whose creator is not known. */
static size_t family_of(const struct program *p, uint32_t task)
{
	return p->tasks[task].creator == REPLAY_NONE ? 0 : p->tasks[task].creator + (size_t)1;
}

int program__share_samples(struct program *p)
{
	struct found *families = NULL, f;
	size_t nfamilies = 0, id;
	uint32_t i;

	for (i = 0; i < p->ntasks; i++) {
		struct found *grown;

		id = family_of(p, i);
		grown = array__reserve(families, &nfamilies, id, sizeof(*grown));
		if (!grown) {
			free(families);
			return -ENOMEM;
		}
		families = grown;
		f = count(p, i);
		if (f.all >= FEW_SAMPLES)
			continue;
		families[id].all += f.all;
		families[id].hits += f.hits;
	}
	for (i = 0; i < p->ntasks; i++) {
		f = count(p, i);
		set_shares(p, i, share_of(f.all >= FEW_SAMPLES ? &f : &families[family_of(p, i)]));
	}
	free(families);
	return 0;
}
