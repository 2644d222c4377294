// SPDX-License-Identifier: GPL-2.0-only
/*
 * Critical sections: from getting a lock to giving it back. Both ends are seen only while others
 * wait: getting it after a wait, and waking one that waits. Where one end is missing, the section
 * is taken to be as long as others of that lock are.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "lib/array.h"
#include "replay/recording.h"

/* From being woken in vain to blocking again a thread computes less than this. */
#define RETRY_NS 8000u
/* The same of Python's interpreter lock, which has a mutex and a condition variable in it. */
#define GIL_RETRY_NS 50000u

/* What is missing, at a place on the task's line of computing time. */
struct missing {
	uint64_t progress;
	uint64_t low, high; /* it lies between these */
	size_t at;	    /* the op whose other end is missing */
	size_t after;	    /* an op that it comes behind */
	uint32_t object;
	uint8_t kind;
	bool gil;
};

/* A lock, as the task at hand has to do with it. */
struct use {
	uint64_t got, let_go; /* progress */
	size_t at;	      /* the op that got it, or tries to */
	size_t let_go_at;
	uint32_t task;
	bool has, fresh; /* fresh: nothing but computing since */
	bool known, gil;
};

struct length {
	uint32_t object;
	uint64_t ns;
};

struct search {
	struct program *p;
	struct use *uses; /* by object */
	struct missing *missing;
	size_t nmissing, missing_size;
	struct length *lengths;
	size_t nlengths, lengths_size;
	uint32_t *held; /* objects that the task has */
	size_t nheld, held_size;
	uint64_t blocked; /* progress at the last wait */
	size_t blocked_at;
};

static struct missing *add_missing(struct search *s, enum op_kind kind, uint32_t object, size_t at)
{
	struct missing *all =
		array__reserve(s->missing, &s->missing_size, s->nmissing, sizeof(*all));

	if (!all)
		return NULL;
	s->missing = all;
	all += s->nmissing++;
	*all = (struct missing){.kind = (uint8_t)kind,
				.object = object,
				.at = at,
				.gil = s->p->ops[at].cause == CAUSE_GIL};
	return all;
}

static int add_length(struct search *s, uint32_t object, uint64_t ns)
{
	struct length *all =
		array__reserve(s->lengths, &s->lengths_size, s->nlengths, sizeof(*all));

	if (!all)
		return -ENOMEM;
	s->lengths = all;
	all[s->nlengths++] = (struct length){object, ns};
	return 0;
}

static struct use *use_of(struct search *s, uint32_t task, uint32_t object)
{
	struct use *use = &s->uses[object];

	if (!use->known || use->task != task)
		*use = (struct use){
			.known = true, .task = task, .let_go_at = s->p->tasks[task].first};
	return use;
}

/* It was not seen to let go of it: it must have, before `progress`. */
static int let_go_unseen(struct search *s, struct use *use, uint32_t object, uint64_t progress,
			 size_t at)
{
	struct missing *m = add_missing(s, OP_RELEASE, object, use->at);

	if (!m)
		return -ENOMEM;
	m->low = use->got;
	m->high = progress;
	m->after = use->at;
	use->has = false;
	use->let_go = progress;
	use->let_go_at = at;
	return 0;
}

static void forget_held(struct search *s, uint32_t object)
{
	size_t i;

	for (i = 0; i < s->nheld; i++)
		if (s->held[i] == object)
			s->held[i--] = s->held[--s->nheld];
}

static int acquire(struct search *s, uint32_t task, size_t at, uint64_t progress)
{
	struct op *op = &s->p->ops[at];
	struct use *use = use_of(s, task, op->object);
	uint32_t *held;

	use->gil = op->cause == CAUSE_GIL;
	if (use->has && use->fresh && progress - use->got <= (use->gil ? GIL_RETRY_NS : RETRY_NS)) {
		/* The same attempt: another was quicker. */
		s->p->ops[use->at].latency = op->latency;
		op->kind = OP_NONE;
		use->got = progress;
		return 0;
	}
	if (use->has && let_go_unseen(s, use, op->object, progress, at ? at - 1 : 0))
		return -ENOMEM;
	forget_held(s, op->object);
	held = array__reserve(s->held, &s->held_size, s->nheld, sizeof(*held));
	if (!held)
		return -ENOMEM;
	s->held = held;
	held[s->nheld++] = op->object;
	use->has = use->fresh = true;
	use->got = progress;
	use->at = at;
	return 0;
}

/* It was not seen to get it: it must have, since it let go last, or was blocked. */
static int got_unseen(struct search *s, const struct use *use, size_t at, uint64_t progress)
{
	const struct op *op = &s->p->ops[at];
	struct missing *m = add_missing(s, OP_ACQUIRE, op->object, at);
	bool seen = op->ns && op->ns - 1 < progress;

	if (!m)
		return -ENOMEM;
	m->progress = progress; /* where it ends */
	m->high = seen ? op->ns - 1 : progress;
	if (use->let_go_at > s->blocked_at || m->high < s->blocked) {
		m->low = use->let_go < m->high ? use->let_go : m->high;
		m->after = use->let_go_at;
	} else {
		m->low = s->blocked;
		m->after = s->blocked_at;
	}
	return 0;
}

static int release(struct search *s, uint32_t task, size_t at, uint64_t progress)
{
	struct op *op = &s->p->ops[at];
	struct use *use = use_of(s, task, op->object);
	int err = 0;

	if (use->has)
		err = add_length(s, op->object, progress - use->got);
	else if (use->let_go == progress && use->let_go)
		op->kind = OP_NONE; /* woke more than one */
	else
		err = got_unseen(s, use, at, progress);
	use->has = false;
	use->let_go = progress;
	use->let_go_at = at;
	forget_held(s, op->object);
	op->ns = 0;
	return err;
}

/* Waiting for a condition gives the mutex back that goes with it; which one, is not known. */
static int wait_for_condition(struct search *s, uint32_t task, uint64_t progress, size_t at)
{
	while (s->nheld) {
		uint32_t object = s->held[s->nheld - 1];
		struct use *use = use_of(s, task, object);

		s->nheld--;
		if (use->has && let_go_unseen(s, use, object, progress, at ? at - 1 : 0))
			return -ENOMEM;
	}
	return 0;
}

/* Python code that is about to block has given the interpreter lock back. */
static int leave_python(struct search *s, uint32_t task, uint64_t progress, size_t at)
{
	size_t i;

	for (i = 0; i < s->nheld; i++) {
		struct use *use = use_of(s, task, s->held[i]);

		if (use->has && use->gil &&
		    let_go_unseen(s, use, s->held[i], progress, at ? at - 1 : 0))
			return -ENOMEM;
	}
	return 0;
}

static int search_task(struct search *s, uint32_t task)
{
	const struct replay_task *t = &s->p->tasks[task];
	uint64_t progress = 0;
	size_t i, at;
	int err = 0;

	s->nheld = 0;
	s->blocked = 0;
	s->blocked_at = t->first;
	for (at = t->first; at < t->first + t->count && !err; at++) {
		struct op *op = &s->p->ops[at];

		switch (op->kind) {
		case OP_RUN:
			progress += op->ns;
			break;
		case OP_ACQUIRE:
			err = acquire(s, task, at, progress);
			break;
		case OP_RELEASE:
			err = release(s, task, at, progress);
			break;
		case OP_WAIT:
		case OP_DELAY:
			err = leave_python(s, task, progress, at);
			s->blocked = progress;
			s->blocked_at = at;
			for (i = 0; i < s->nheld; i++)
				use_of(s, task, s->held[i])->fresh = false;
			if (!err && (op->kind == OP_WAIT || op->flags & OP_TIMER))
				if (op->cause == CAUSE_CONDVAR)
					err = wait_for_condition(s, task, progress, at);
			break;
		}
	}
	return err ? err : wait_for_condition(s, task, progress, at);
}

static int by_length(const void *a, const void *b)
{
	const struct length *x = a, *y = b;

	if (x->object != y->object)
		return x->object < y->object ? -1 : 1;
	return x->ns < y->ns ? -1 : x->ns > y->ns;
}

/* The median by object: of whole sections, else twice that of the parts that were seen. */
static int find_lengths(struct search *s)
{
	size_t i, end;

	s->p->hold_ns = calloc(s->p->nobjects + 1, sizeof(*s->p->hold_ns));
	if (!s->p->hold_ns)
		return -ENOMEM;
	if (s->nlengths)
		qsort(s->lengths, s->nlengths, sizeof(*s->lengths), by_length);
	for (i = 0; i < s->nlengths; i = end) {
		for (end = i; end < s->nlengths && s->lengths[end].object == s->lengths[i].object;
		     end++)
			;
		s->p->hold_ns[s->lengths[i].object] = s->lengths[i + (end - i) / 2].ns;
	}
	return 0;
}

/* Where the missing end lies. */
static void place(const struct program *p, struct missing *m)
{
	uint64_t usual = p->hold_ns[m->object], end = m->progress;

	if (m->gil) { /* Python code has it all the time */
		m->progress = m->kind == OP_RELEASE ? m->high : m->low;
		return;
	}
	if (m->kind == OP_RELEASE) {
		m->progress = m->low + usual < m->high && usual ? m->low + usual : m->high;
		return;
	}
	if (!usual)
		usual = 2 * (end - m->high);
	m->progress = end > usual ? end - usual : 0;
	if (m->progress > m->high)
		m->progress = m->high;
	if (m->progress < m->low)
		m->progress = m->low;
}

static int by_place(const void *a, const void *b)
{
	const struct missing *x = a, *y = b;

	if (x->progress != y->progress)
		return x->progress < y->progress ? -1 : 1;
	if (x->after != y->after)
		return x->after < y->after ? -1 : 1;
	if (x->kind != y->kind) /* lets go of one before it gets another */
		return x->kind > y->kind ? -1 : 1;
	return x->at < y->at ? -1 : x->at > y->at;
}

static int copy_op(struct program *to, const struct op *op)
{
	struct op *copy = program__add(to, op->kind);

	if (!copy)
		return -ENOMEM;
	*copy = *op;
	return 0;
}

static int add_end(const struct program *from, struct program *to, const struct missing *m)
{
	struct op *op = program__add(to, m->kind);

	if (!op)
		return -ENOMEM;
	op->object = m->object;
	op->cause = from->ops[m->at].cause;
	op->latency = REPLAY_NONE;
	return 0;
}

/* Whether the missing op is to come now, before `op`, when the task has computed for `progress`. */
static bool is_next(const struct missing *m, const struct missing *end, uint64_t progress,
		    size_t at)
{
	if (m == end || m->progress > progress)
		return false;
	return m->after < at;
}

/* The task's ops again, with what was missing. */
static int insert(struct program *from, struct replay_task *t, struct program *to,
		  const struct missing *m, const struct missing *end)
{
	size_t at, first = to->nops;
	uint64_t progress = 0;
	int err = 0;

	for (at = t->first; at < t->first + t->count && !err; at++) {
		struct op op = from->ops[at];

		while (is_next(m, end, progress, at) && !err)
			err = add_end(from, to, m++);
		while (op.kind == OP_RUN && m < end && m->progress < progress + op.ns && !err) {
			struct op part = op;

			part.ns = m->progress > progress ? m->progress - progress : 0;
			op.ns -= part.ns;
			op.at += (uint64_t)((double)part.ns * op.stretch);
			progress += part.ns;
			if (part.ns)
				err = copy_op(to, &part);
			if (!err)
				err = add_end(from, to, m++);
		}
		if (op.kind == OP_RUN)
			progress += op.ns;
		if (op.kind != OP_NONE && !err)
			err = copy_op(to, &op);
	}
	for (; m < end && !err; m++)
		err = add_end(from, to, m);
	t->first = first;
	t->count = to->nops - first;
	return err;
}

static int insert_all(struct search *s, const size_t *first)
{
	struct program *p = s->p, to = {0};
	uint32_t i;
	int err = 0;

	for (i = 0; i < p->ntasks && !err; i++) {
		struct missing *m = s->nmissing ? s->missing + first[i] : NULL;
		size_t n = first[i + 1] - first[i], k;

		for (k = 0; k < n; k++)
			place(p, &m[k]);
		if (n)
			qsort(m, n, sizeof(*m), by_place);
		err = insert(p, &p->tasks[i], &to, m, n ? m + n : m);
	}
	if (err) {
		free(to.ops);
		return err;
	}
	free(p->ops);
	p->ops = to.ops;
	p->nops = to.nops;
	p->ops_size = to.ops_size;
	return 0;
}

int program__find_sections(struct program *p)
{
	struct search s = {.p = p};
	size_t *first = calloc(p->ntasks + 2, sizeof(*first));
	uint32_t i;
	int err = 0;

	s.uses = calloc(p->nobjects + 1, sizeof(*s.uses));
	if (!s.uses || !first)
		err = -ENOMEM;
	for (i = 0; i < p->ntasks && !err; i++) {
		first[i] = s.nmissing;
		err = search_task(&s, i);
		first[i + 1] = s.nmissing;
	}
	if (!err)
		err = find_lengths(&s);
	if (!err)
		err = insert_all(&s, first);
	free(first);
	free(s.uses);
	free(s.missing);
	free(s.lengths);
	free(s.held);
	return err;
}
