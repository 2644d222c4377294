// SPDX-License-Identifier: GPL-2.0-only
/*
 * Goes back through a history. Entries are on the tape in the order in which they became known,
 * which is after their end: so all that ends at a time or later has been read once `latest` of what
 * is still unread is earlier. What has been read waits, latest end first.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "lib/array.h"
#include "lib/tape.h"
#include "model/due.h"
#include "model/history.h"
#include "model/history_code.h"

struct node {
	struct past past;
	bool open;	   /* its end has been passed: at its start it closes */
	struct node *next; /* free list */
};

struct now {
	struct node **at;
	size_t count;
};

struct rewind {
	const struct history *history;
	struct tape_reader *reader;
	uint64_t latest; /* of what is still unread */
	bool at_start;
	struct due_queue queue;
	struct node *unused;
	struct now tasks, cpus, holds;
	rewind_fn fn;
	void *ctx;
};

/* When something happens to the node: ns << 1 | opens; what opens comes before what closes. */
static struct due due_of(struct node *node)
{
	uint64_t ns;

	if (!node->open)
		return (struct due){past__end(&node->past) << 1 | 1, node};
	switch (node->past.kind) {
	case PAST_TASK:
		ns = node->past.task.start_ns;
		break;
	case PAST_CPU:
		ns = node->past.cpu.start_ns;
		break;
	default:
		ns = node->past.hold.start_ns;
		break;
	}
	return (struct due){ns << 1, node};
}

static int push(struct rewind *rw, struct node *node)
{
	return due__push(&rw->queue, due_of(node));
}

static struct node *new_node(struct rewind *rw)
{
	struct node *node = rw->unused;

	if (!node)
		return calloc(1, sizeof(*node));
	rw->unused = node->next;
	node->open = false;
	node->next = NULL;
	return node;
}

static void free_node(struct rewind *rw, struct node *node)
{
	if (!node)
		return;
	node->next = rw->unused;
	rw->unused = node;
}

/* All that ends at the next due time, or later, has been read. */
static bool has_read_enough(const struct rewind *rw)
{
	const struct due *first = due__first(&rw->queue);

	return rw->at_start || (first && first->key >> 1 > rw->latest);
}

static int read_on(struct rewind *rw)
{
	const uint8_t *bytes;
	int len, err;

	while (!has_read_enough(rw)) {
		struct node *node;

		len = tape_reader__back(rw->reader, &bytes);
		if (len < 0)
			return len;
		if (!len) {
			rw->at_start = true;
			break;
		}
		node = new_node(rw);
		if (!node)
			return -ENOMEM;
		history_code__get(rw->history, bytes, &rw->latest, &node->past);
		err = push(rw, node);
		if (err) {
			free_node(rw, node);
			return err;
		}
	}
	return 0;
}

static struct node **slot(struct now *now, size_t i)
{
	struct node **at;

	if (i < now->count)
		return &now->at[i];
	at = array__reserve(now->at, &now->count, i, sizeof(struct node *));
	if (!at)
		return NULL;
	now->at = at;
	return &at[i];
}

/* Where what goes on is kept. NULL when out of memory. */
static struct node **now_at(struct rewind *rw, const struct past *past)
{
	switch (past->kind) {
	case PAST_TASK:
		return slot(&rw->tasks, past->task.task);
	case PAST_CPU:
		return slot(&rw->cpus, past->cpu.cpu);
	default:
		return slot(&rw->holds, past->hold.object);
	}
}

/* In place: a copy would load more at once than was stored at once, for which the CPU stalls. */
static void set_step(struct step *step, enum past_kind kind, uint64_t ns,
		     const struct node *earlier, const struct node *later)
{
	step->kind = kind;
	step->ns = ns;
	switch (kind) {
	case PAST_TASK:
		step->task.earlier = earlier ? &earlier->past.task : NULL;
		step->task.later = later ? &later->past.task : NULL;
		break;
	case PAST_CPU:
		step->cpu.earlier = earlier ? &earlier->past.cpu : NULL;
		step->cpu.later = later ? &later->past.cpu : NULL;
		break;
	case PAST_HOLD:
		step->hold.earlier = earlier ? &earlier->past.hold : NULL;
		step->hold.later = later ? &later->past.hold : NULL;
		break;
	case PAST_SAMPLE:
		step->sample = &earlier->past.sample;
		break;
	}
}

/* Tasks go from slice to slice without a gap: only their first one need be closed. */
static bool must_close(const struct past *past)
{
	return past->kind != PAST_TASK || past->task.first;
}

static int open_node(struct rewind *rw, struct node *node)
{
	struct node **now, *later;
	struct step step;
	int err;

	if (node->past.kind == PAST_SAMPLE) {
		set_step(&step, PAST_SAMPLE, node->past.sample.ns, node, NULL);
		err = rw->fn(rw->ctx, rw, &step);
		free_node(rw, node);
		return err;
	}
	now = now_at(rw, &node->past);
	if (!now) {
		free_node(rw, node);
		return -ENOMEM;
	}
	later = *now;
	*now = node;
	set_step(&step, node->past.kind, past__end(&node->past), node, later);
	err = rw->fn(rw->ctx, rw, &step);
	/* One that is still to be closed is freed then. */
	if (later && !must_close(&later->past))
		free_node(rw, later);
	node->open = true;
	if (!err && must_close(&node->past))
		err = push(rw, node);
	return err;
}

static int close_node(struct rewind *rw, struct node *node)
{
	struct node **now;
	struct step step;
	int err = 0;

	now = now_at(rw, &node->past);
	if (now && *now == node) { /* else another took its place at the same time */
		*now = NULL;
		set_step(&step, node->past.kind, due_of(node).key >> 1, NULL, node);
		err = rw->fn(rw->ctx, rw, &step);
	}
	free_node(rw, node);
	return err;
}

static int go_back(struct rewind *rw)
{
	int err;

	for (;;) {
		struct node *node;

		err = read_on(rw);
		if (err || !due__first(&rw->queue))
			return err;
		node = due__pop(&rw->queue).what;
		err = node->open ? close_node(rw, node) : open_node(rw, node);
		if (err)
			return err;
	}
}

static void free_now(struct rewind *rw, struct now *now)
{
	size_t i;

	for (i = 0; i < now->count; i++)
		if (now->at[i] && !must_close(&now->at[i]->past))
			free_node(rw, now->at[i]);
	free(now->at);
}

static void end(struct rewind *rw)
{
	free_now(rw, &rw->tasks);
	while (due__first(&rw->queue))
		free_node(rw, due__pop(&rw->queue).what);
	due__clear(&rw->queue);
	free(rw->cpus.at);
	free(rw->holds.at);
	while (rw->unused) {
		struct node *next = rw->unused->next;

		free(rw->unused);
		rw->unused = next;
	}
	tape_reader__free(rw->reader);
}

int history__rewind(const struct history *h, rewind_fn fn, void *ctx)
{
	struct rewind rw = {.history = h, .latest = h->latest, .fn = fn, .ctx = ctx};
	int err;

	rw.reader = tape_reader__new(h->tape);
	if (!rw.reader)
		return -ENOMEM;
	err = go_back(&rw);
	end(&rw);
	return err;
}

static const struct past *past_at(const struct now *now, size_t i)
{
	return i < now->count && now->at[i] ? &now->at[i]->past : NULL;
}

const struct past_task *rewind__task(const struct rewind *rw, uint32_t task)
{
	const struct past *past = past_at(&rw->tasks, task);

	return past ? &past->task : NULL;
}

const struct past_cpu *rewind__cpu(const struct rewind *rw, uint32_t cpu)
{
	const struct past *past = past_at(&rw->cpus, cpu);

	return past ? &past->cpu : NULL;
}

const struct past_hold *rewind__hold(const struct rewind *rw, uint32_t object)
{
	const struct past *past = past_at(&rw->holds, object);

	return past ? &past->hold : NULL;
}
