// SPDX-License-Identifier: GPL-2.0-only
#include "export/perfetto_turns.h"

#include <errno.h>
#include <stdlib.h>

#include "export/perfetto_labels.h"
#include "export/perfetto_packets.h"
#include "export/perfetto_tracks.h"
#include "export/perfetto_waits.h"
#include "lib/array.h"
#include "model/model.h"

#define EARLY 2 /* whoever makes no more turns does not loop, says the report */

struct loop {
	uint64_t count;
	uint64_t start_ns; /* of the turn that goes on */
	bool in_turn, drawn;
	struct {
		uint64_t start_ns, end_ns;
	} early[EARLY]; /* kept back until there is one more */
};

struct turns_drawn {
	struct packets *ps;
	struct waits *waits;
	const struct model *model;
	uint64_t origin;
	struct loop **loops; /* by task id; NULL where it never polled */
	size_t count;
};

struct turns_drawn *turns_drawn__new(struct packets *ps, struct waits *waits,
				     const struct model *model, uint64_t origin)
{
	struct turns_drawn *t = calloc(1, sizeof(*t));

	if (!t)
		return NULL;
	t->ps = ps;
	t->waits = waits;
	t->model = model;
	t->origin = origin;
	return t;
}

void turns_drawn__free(struct turns_drawn *t)
{
	size_t i;

	if (!t)
		return;
	for (i = 0; i < t->count; i++)
		free(t->loops[i]);
	free(t->loops);
	free(t);
}

static struct loop *find_or_add(struct turns_drawn *t, uint32_t id)
{
	struct loop **loops = array__reserve(t->loops, &t->count, id, sizeof(*loops));

	if (!loops)
		return NULL;
	t->loops = loops;
	if (!loops[id])
		loops[id] = calloc(1, sizeof(*loops[id]));
	return loops[id];
}

static int draw(struct turns_drawn *t, struct loop *loop, uint32_t id, uint64_t start_ns,
		uint64_t end_ns)
{
	uint64_t track = THING_TRACK(id, THING_TURNS);
	struct proto *p;
	int err;

	if (!waits__draws(t->waits, start_ns, end_ns))
		return 0;
	loop->drawn = true;
	p = packets__event(t->ps, t->origin + start_ns, TYPE_BEGIN, track);
	proto__uint(p, TRACK_EVENT_NAME_IID, EVENT_NAME_TURN);
	err = packets__event_end(t->ps);
	return err ? err : packets__end_slice(t->ps, t->origin + end_ns, track);
}

static int end_turn(struct turns_drawn *t, struct loop *loop, uint32_t id, uint64_t end_ns)
{
	int i, err = 0;

	if (!loop->in_turn)
		return 0;
	loop->in_turn = false;
	if (loop->count < EARLY) {
		loop->early[loop->count].start_ns = loop->start_ns;
		loop->early[loop->count++].end_ns = end_ns;
		return 0;
	}
	for (i = 0; !err && i < EARLY && loop->count == EARLY; i++)
		err = draw(t, loop, id, loop->early[i].start_ns, loop->early[i].end_ns);
	loop->count++;
	return err ? err : draw(t, loop, id, loop->start_ns, end_ns);
}

int turns_drawn__wait(struct turns_drawn *t, const struct task_slice *slice)
{
	uint32_t id = slice->task->id;
	struct loop *loop;
	int err;

	/* Perfetto needs to know whose thread it is. */
	if (!slice->task->tid || !slice->task->pid)
		return 0;
	loop = find_or_add(t, id);
	if (!loop)
		return -ENOMEM;
	err = end_turn(t, loop, id, slice->start_ns);
	loop->start_ns = slice->end_ns;
	loop->in_turn = true;
	return err;
}

/* As of when it is drawn first: the thread has begun by then. */
static int describe(const struct turns_drawn *t, struct packets *head, uint32_t id)
{
	const struct track_description track = {.uuid = THING_TRACK(id, THING_TURNS),
						.parent = THING_TRACK(id, THING_THREAD),
						.name = "event loop",
						.ts = t->origin + t->loops[id]->early[0].start_ns};

	return packets__describe(head, &track);
}

bool turns_drawn__has_track(const struct turns_drawn *t, uint32_t task_id)
{
	return task_id < t->count && t->loops[task_id] && t->loops[task_id]->drawn;
}

int turns_drawn__finish(struct turns_drawn *t)
{
	size_t id;
	int err = 0;

	for (id = 0; !err && id < t->count; id++) {
		const struct model_task *task = t->loops[id] ? model__task(t->model, id) : NULL;

		if (!task)
			continue;
		/* As the report has it, one that has not ended may still be in a turn. */
		if (!task->ended && task->end_ns > t->loops[id]->start_ns)
			err = end_turn(t, t->loops[id], (uint32_t)id, task->end_ns);
	}
	return err;
}

int turns_drawn__describe(const struct turns_drawn *t, struct packets *head)
{
	size_t id;
	int err = 0;

	for (id = 0; !err && id < t->count; id++)
		if (turns_drawn__has_track(t, (uint32_t)id))
			err = describe(t, head, (uint32_t)id);
	return err;
}
