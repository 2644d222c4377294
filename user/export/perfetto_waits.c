// SPDX-License-Identifier: GPL-2.0-only
#include "export/perfetto_waits.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

#include "export/perfetto_chains.h"
#include "export/perfetto_labels.h"
#include "export/perfetto_packets.h"
#include "export/perfetto_tracks.h"
#include "lib/array.h"
#include "model/model.h"

#define LOOK_EVERY 256 /* whether there is too much, or room again */
#define FEW	   (LOOK_EVERY / 16)
#define MOST_PARTS 64
/* 2^44 us are half a year: no wait is longer than that. */
#define MOST_LEVEL 44

/* What is not drawn from some time on. */
struct part {
	uint64_t from_ns;
	uint64_t hidden, longest_ns;
};

struct waits {
	struct waits_input in;
	uint8_t *drawn; /* by task id: has a track */
	size_t ntasks;
	uint64_t flows;		   /* ids used */
	unsigned int level;	   /* the shortest that is drawn is so many times doubled */
	unsigned int seen, passed; /* since the last look */
	struct part parts[MOST_PARTS];
	unsigned int nparts; /* at least 1 */
};

struct waits *waits__new(const struct waits_input *in)
{
	struct waits *w = calloc(1, sizeof(*w));

	if (!w)
		return NULL;
	w->in = *in;
	w->nparts = 1;
	return w;
}

void waits__free(struct waits *w)
{
	if (!w)
		return;
	free(w->drawn);
	free(w);
}

static void halve_parts(struct waits *w)
{
	struct part *a, *b;
	size_t i;

	for (i = 0; i < MOST_PARTS / 2; i++) {
		a = &w->parts[2 * i];
		b = a + 1;
		w->parts[i] =
			(struct part){.from_ns = a->from_ns,
				      .hidden = a->hidden + b->hidden,
				      .longest_ns = a->longest_ns > b->longest_ns ? a->longest_ns
										  : b->longest_ns};
	}
	w->nparts = MOST_PARTS / 2;
}

/* Slices come in the order of their ends, roughly: parts shall not go back. */
static void next_part(struct waits *w, uint64_t ns)
{
	struct part *last = &w->parts[w->nparts - 1];

	if (!last->hidden)
		return;
	if (ns < last->from_ns)
		ns = last->from_ns;
	if (w->nparts == MOST_PARTS)
		halve_parts(w);
	w->parts[w->nparts++] = (struct part){.from_ns = ns};
}

/*
 * Waits of a lock may be much of a length: then now and then some are drawn that follow each other,
 * and none in between.
 */
static void look(struct waits *w, uint64_t ns)
{
	unsigned int before = w->level;

	/* If few are drawn it is not they that take the room: they are the long ones. */
	if (packets__are_many(w->in.ps) && w->level < MOST_LEVEL && w->passed > FEW)
		w->level++;
	else if (w->level && packets__are_few(w->in.ps))
		w->level--;
	if (w->level != before)
		next_part(w, ns);
	w->seen = w->passed = 0;
}

static bool draws(struct waits *w, uint64_t start_ns, uint64_t end_ns, uint64_t shortest)
{
	struct part *part;

	if (++w->seen == LOOK_EVERY)
		look(w, end_ns);
	if (end_ns - start_ns >= shortest) {
		w->passed++;
		return true;
	}
	part = &w->parts[w->nparts - 1];
	if (!part->hidden++ && w->nparts == 1)
		part->from_ns = start_ns;
	if (end_ns - start_ns > part->longest_ns)
		part->longest_ns = end_ns - start_ns;
	return false;
}

bool waits__draws(struct waits *w, uint64_t start_ns, uint64_t end_ns)
{
	return draws(w, start_ns, end_ns, (uint64_t)WAITS_SHORTEST_NS << w->level);
}

bool waits__draws_hold(struct waits *w, uint64_t start_ns, uint64_t end_ns)
{
	return draws(w, start_ns, end_ns, w->level ? (uint64_t)WAITS_SHORTEST_NS << w->level : 0);
}

/* Of a thread: its track's number, 0 when out of memory. */
static uint64_t track_of(struct waits *w, const struct model_task *task)
{
	uint8_t *grown = array__reserve(w->drawn, &w->ntasks, task->id, sizeof(*grown));

	if (!grown)
		return 0;
	w->drawn = grown;
	grown[task->id] = true;
	return THING_TRACK(task->id, THING_THREAD);
}

/* Perfetto needs to know whose thread it is. */
static bool can_have_track(const struct model_task *task)
{
	return task && task->tid && task->pid;
}

static uint64_t name_of(const struct waits *w, const struct wait *wait)
{
	return wait->object ? labels__wait(w->in.labels, wait->object)
			    : labels__io_wait(w->in.labels, wait);
}

static int put_wait(struct waits *w, uint64_t track, const struct task_slice *slice)
{
	const struct waits_input *in = &w->in;
	const struct wait *wait = slice->wait;
	struct proto *p = packets__event(in->ps, in->origin + slice->start_ns, TYPE_BEGIN, track);
	int err;

	proto__uint(p, TRACK_EVENT_NAME_IID, name_of(w, wait));
	if (wait->holder)
		packets__note_text(p, NOTE_HOLDER,
				   labels__task(in->labels, wait->holder, wait->confidence));
	if (wait->stack)
		chains__put(in->chains, p, wait->stack);
	err = packets__event_end(in->ps);
	return err ? err : packets__end_slice(in->ps, in->origin + slice->end_ns, track);
}

/* The source of a flow is what begins first: so its other end cannot be the wait itself. */
static int put_flow(struct waits *w, uint64_t track, const struct task_slice *slice)
{
	const struct waits_input *in = &w->in;
	uint64_t waker = track_of(w, slice->waker), flow = ++w->flows;
	struct proto *p;
	int err;

	if (!waker)
		return -ENOMEM;
	p = packets__event(in->ps, in->origin + slice->end_ns, TYPE_INSTANT, waker);
	proto__uint(p, TRACK_EVENT_NAME_IID,
		    slice->wait->object ? labels__release(in->labels, slice->wait->object)
					: EVENT_NAME_WAKES);
	if (slice->waker_stack)
		chains__put(in->chains, p, slice->waker_stack);
	proto__fixed64(p, TRACK_EVENT_FLOW, flow);
	err = packets__event_end(in->ps);
	if (err)
		return err;
	p = packets__event(in->ps, in->origin + slice->end_ns, TYPE_INSTANT, track);
	proto__uint(p, TRACK_EVENT_NAME_IID, labels__woken_by(in->labels, slice->waker));
	proto__fixed64(p, TRACK_EVENT_TERMINATING_FLOW, flow);
	return packets__event_end(in->ps);
}

int waits__add(struct waits *w, const struct task_slice *slice)
{
	uint64_t track;
	int err;

	if ((!slice->wait->object && !labels__is_io(slice->wait->cause)) ||
	    !can_have_track(slice->task) || !waits__draws(w, slice->start_ns, slice->end_ns))
		return 0;
	track = track_of(w, slice->task);
	if (!track)
		return -ENOMEM;
	err = put_wait(w, track, slice);
	if (err || slice->woken_by != WAKE_TASK || !can_have_track(slice->waker) ||
	    slice->waker == slice->task)
		return err;
	return put_flow(w, track, slice);
}

bool waits__has_track(const struct waits *w, uint32_t task_id)
{
	return task_id < w->ntasks && w->drawn[task_id];
}

static int describe_parts(const struct waits *w, struct packets *head)
{
	uint64_t end = model__window_end(w->in.model), until;
	char text[96];
	unsigned int i;
	int err = packets__track(head, TRACK_THINNED, TRACK_GROUP,
				 "Short waits, holds and turns not drawn", NULL);

	for (i = 0; !err && i < w->nparts; i++) {
		until = i + 1 < w->nparts ? w->parts[i + 1].from_ns : end;
		if (!w->parts[i].hidden || until <= w->parts[i].from_ns)
			continue;
		snprintf(text, sizeof(text), "%" PRIu64 " up to %" PRIu64 " us", w->parts[i].hidden,
			 (w->parts[i].longest_ns + 999) / 1000);
		err = packets__slice(head, TRACK_THINNED, w->in.origin + w->parts[i].from_ns,
				     w->in.origin + until, text);
	}
	return err;
}

int waits__finish(struct waits *w, struct packets *head)
{
	unsigned int i;

	for (i = 0; i < w->nparts; i++)
		if (w->parts[i].hidden)
			return describe_parts(w, head);
	return 0;
}
