// SPDX-License-Identifier: GPL-2.0-only
/*
 * Critical sections that nobody waited for are invisible, and become visible when there are more
 * CPUs. The scheduler stops threads at random moments: how often a thread had the lock then is the
 * part of its computing that lies in critical sections. As many are put in, evenly.
 */
#include <errno.h>
#include <math.h>
#include <string.h>

#include "replay/change.h"
#include "replay/recording.h"

#define FEWEST_STOPS 8 /* fewer looks tell nothing */

/* The part of a user's computing that it has the lock, and `errors` standard errors more. */
static double part_of(const struct replay_user *user, double errors)
{
	double n = user->stops, part = user->held / n;

	part += errors * sqrt(part * (1 - part) / n);
	return part < 0 ? 0 : part > 0.95 ? 0.95 : part;
}

/* The user's lock that it has most; NULL = none that can be told. */
static const struct replay_user *user_of(const struct program *p, uint32_t task)
{
	const struct replay_user *best = NULL;
	size_t u;

	for (u = 0; u < p->nusers; u++) {
		const struct replay_user *user = &p->users[u];

		if (user->task == task && user->stops >= FEWEST_STOPS && p->hold_ns[user->object] &&
		    (!best || user->held > best->held))
			best = user;
	}
	return best;
}

static int add_end(struct program *to, enum op_kind kind, uint32_t object)
{
	struct op *op = program__add(to, kind);

	if (!op)
		return -ENOMEM;
	op->object = object;
	op->latency = REPLAY_NONE;
	op->flags = OP_ASSUMED;
	return 0;
}

static int add_part(struct program *to, const struct op *op, uint64_t done, uint64_t ns)
{
	struct op *part = ns ? program__add(to, OP_RUN) : NULL;

	if (!ns)
		return 0;
	if (!part)
		return -ENOMEM;
	*part = *op;
	part->ns = ns;
	part->at += (uint64_t)((double)done * op->stretch);
	return 0;
}

/* What is left of a section, or of the computing between two. */
struct cursor {
	uint64_t left, hold, gap;
	bool inside;
};

static int split(struct program *to, const struct op *op, struct cursor *c, uint32_t object)
{
	uint64_t ns = op->ns;
	int err = 0;

	while (!err && ns >= c->left) {
		err = add_part(to, op, op->ns - ns, c->left);
		ns -= c->left;
		if (!err)
			err = add_end(to, c->inside ? OP_RELEASE : OP_ACQUIRE, object);
		c->inside = !c->inside;
		c->left = c->inside ? c->hold : c->gap;
	}
	c->left -= ns;
	return err ? err : add_part(to, op, op->ns - ns, ns);
}

/* Whether it has the lock after this op, by what was seen. */
static bool has_lock(const struct op *op, uint32_t object, bool has)
{
	if (op->object != object)
		return has;
	return op->kind == OP_ACQUIRE || (has && op->kind != OP_RELEASE);
}

/* How the sections that are missing lie in the computing that is known to be in none. */
static struct cursor cursor_of(const struct program *p, const struct replay_task *t,
			       const struct replay_user *user, double errors)
{
	struct cursor c = {.hold = p->hold_ns[user->object]};
	uint64_t all = 0, known = 0;
	double part = part_of(user, errors), missing;
	bool has = false;
	size_t at;

	for (at = t->first; at < t->first + t->count; at++) {
		const struct op *op = &p->ops[at];

		has = has_lock(op, user->object, has);
		all += op->kind == OP_RUN ? op->ns : 0;
		known += op->kind == OP_RUN && has ? op->ns : 0;
	}
	missing = part * (double)all - (double)known;
	if (missing <= (double)c.hold || all <= known)
		return (struct cursor){0};
	c.gap = (uint64_t)((double)c.hold * ((double)(all - known) - missing) / missing) + 1;
	c.left = c.gap / 2 + 1;
	return c;
}

static int assume_task(const struct program *from, uint32_t i, double errors, struct program *to)
{
	const struct replay_task *t = &from->tasks[i];
	const struct replay_user *user = user_of(from, i);
	struct cursor c = {0};
	bool has = false;
	size_t at;
	int err = 0;

	if (user)
		c = cursor_of(from, t, user, errors);
	to->tasks[i].first = to->nops;
	for (at = t->first; at < t->first + t->count && !err; at++) {
		const struct op *op = &from->ops[at];
		struct op *copy;

		if (user)
			has = has_lock(op, user->object, has);
		if (c.hold && op->kind == OP_RUN && !has) {
			err = split(to, op, &c, user->object);
			continue;
		}
		if (c.inside && op->kind != OP_RUN) {
			/* Nobody was seen to hold it across anything: it ends here. */
			err = add_end(to, OP_RELEASE, user->object);
			c.inside = false;
			c.left = c.gap;
		}
		copy = err ? NULL : program__add(to, op->kind);
		if (!copy)
			return -ENOMEM;
		*copy = *op;
	}
	if (c.inside && !err)
		err = add_end(to, OP_RELEASE, user->object);
	to->tasks[i].count = to->nops - to->tasks[i].first;
	return err;
}

int change__assume(const struct program *from, double errors, struct program *to)
{
	uint32_t i;
	int err = change__copy_frame(from, to);

	for (i = 0; i < from->ntasks && !err; i++)
		err = assume_task(from, i, errors, to);
	return err;
}
