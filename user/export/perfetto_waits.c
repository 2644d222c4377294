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

#define STEPS 64 /* the shortest doubles with each: more than there are bits */

struct step {
	uint64_t from_ns; /* when it began */
	uint64_t hidden;  /* waits not drawn since */
};

struct waits {
	struct waits_input in;
	uint8_t *drawn; /* by task id: has a track */
	size_t ntasks;
	uint64_t flows;	    /* ids used */
	unsigned int count; /* drawn since the last step */
	struct step step[STEPS];
	unsigned int nsteps; /* at least 1 */
};

struct waits *waits__new(const struct waits_input *in)
{
	struct waits *w = calloc(1, sizeof(*w));

	if (!w)
		return NULL;
	w->in = *in;
	w->nsteps = 1;
	return w;
}

void waits__free(struct waits *w)
{
	if (!w)
		return;
	free(w->drawn);
	free(w);
}

static uint64_t shortest(unsigned int step)
{
	return (uint64_t)WAITS_SHORTEST_NS << step;
}

/* Slices come in the order of their ends, roughly: steps shall not go back. */
static void next_step(struct waits *w, uint64_t ns)
{
	uint64_t last = w->step[w->nsteps - 1].from_ns;

	w->step[w->nsteps++].from_ns = ns > last ? ns : last;
}

bool waits__draws(struct waits *w, uint64_t start_ns, uint64_t end_ns)
{
	struct step *step = &w->step[w->nsteps - 1];

	if (end_ns - start_ns < shortest(w->nsteps - 1)) {
		if (!step->hidden++ && w->nsteps == 1)
			step->from_ns = start_ns;
		return false;
	}
	/* 2^44 us are half a year: no wait is longer than what follows. */
	if (++w->count >= WAITS_A_STEP && w->nsteps < 44 && packets__are_many(w->in.ps)) {
		next_step(w, end_ns);
		w->count = 0;
	}
	return true;
}

bool waits__draws_hold(struct waits *w, uint64_t start_ns, uint64_t end_ns)
{
	if (w->nsteps == 1 && end_ns - start_ns < WAITS_SHORTEST_NS)
		return true;
	return waits__draws(w, start_ns, end_ns);
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
		proto__uint(p, TRACK_EVENT_CALLSTACK_IID,
			    chains__callstack(in->chains, wait->stack));
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
		proto__uint(p, TRACK_EVENT_CALLSTACK_IID,
			    chains__callstack(in->chains, slice->waker_stack));
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

static int describe_threads(const struct waits *w, struct packets *head)
{
	size_t id;
	int err = 0;

	for (id = 0; !err && id < w->ntasks; id++) {
		const struct model_task *task = w->drawn[id] ? model__task(w->in.model, id) : NULL;

		if (!task)
			continue;
		err = packets__describe(
			head, &(struct track_description){.uuid = THING_TRACK(id, THING_THREAD),
							  .pid = task->pid,
							  .tid = task->tid});
	}
	return err;
}

static int describe_steps(const struct waits *w, struct packets *head)
{
	uint64_t end = model__window_end(w->in.model), until;
	char text[96];
	unsigned int i;
	int err = packets__track(head, TRACK_THINNED, TRACK_GROUP,
				 "Short waits, holds and turns not drawn", NULL);

	for (i = 0; !err && i < w->nsteps; i++) {
		until = i + 1 < w->nsteps ? w->step[i + 1].from_ns : end;
		if (!w->step[i].hidden || until <= w->step[i].from_ns)
			continue;
		snprintf(text, sizeof(text), "%" PRIu64 " under %" PRIu64 " us", w->step[i].hidden,
			 shortest(i) / 1000);
		err = packets__slice(head, TRACK_THINNED, w->in.origin + w->step[i].from_ns,
				     w->in.origin + until, text);
	}
	return err;
}

int waits__finish(struct waits *w, struct packets *head)
{
	unsigned int i;
	int err = describe_threads(w, head);

	for (i = 0; !err && i < w->nsteps; i++)
		if (w->step[i].hidden)
			return describe_steps(w, head);
	return err;
}
