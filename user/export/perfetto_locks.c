// SPDX-License-Identifier: GPL-2.0-only
#include "export/perfetto_locks.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

#include "export/perfetto_labels.h"
#include "export/perfetto_packets.h"
#include "export/perfetto_tracks.h"
#include "lib/array.h"
#include "lib/u64map.h"
#include "model/model.h"

#define PLACES (THING_LOCK_LAST - THING_LOCK + 1)

struct lock {
	uint64_t end_ns[PLACES]; /* of the last slice on each of its tracks; 0 = not used */
	uint64_t told_ns;	 /* the number of waiters is told up to here */
	uint32_t waiters;	 /* the last number told */
	bool used;
};

struct locks {
	struct packets *ps;
	struct labels *labels;
	const struct model *model;
	uint64_t origin;
	struct lock *locks; /* by object id */
	size_t n;
	uint64_t crowded; /* holds that found no place */
};

struct locks *locks__new(struct packets *ps, struct labels *labels, const struct model *model,
			 uint64_t origin)
{
	struct locks *l = calloc(1, sizeof(*l));

	if (!l)
		return NULL;
	l->ps = ps;
	l->labels = labels;
	l->model = model;
	l->origin = origin;
	return l;
}

void locks__free(struct locks *l)
{
	if (!l)
		return;
	free(l->locks);
	free(l);
}

static int put_waiters(struct locks *l, uint32_t id, uint64_t ns, uint32_t waiters)
{
	struct lock *lock = &l->locks[id];

	if (lock->waiters == waiters)
		return 0;
	lock->waiters = waiters;
	return packets__counter(l->ps, THING_TRACK(id, THING_WAITERS), l->origin + ns, waiters);
}

/* The most at once during each hold; how the number changed meanwhile is not told. */
static int tell_waiters(struct locks *l, uint32_t id, const struct hold_slice *slice)
{
	struct lock *lock = &l->locks[id];
	uint64_t start = slice->start_ns;
	int err = 0;

	if (slice->end_ns <= lock->told_ns)
		return 0;
	if (start > lock->told_ns)
		err = put_waiters(l, id, lock->told_ns, 0);
	else
		start = lock->told_ns;
	lock->told_ns = slice->end_ns;
	return err ? err : put_waiters(l, id, start, slice->waiters);
}

static int put_hold(struct locks *l, uint64_t track, const struct hold_slice *slice)
{
	const struct model_task *holder = slice->holder;
	struct proto *p = packets__event(l->ps, l->origin + slice->start_ns, TYPE_BEGIN, track);
	int err;

	proto__uint(p, TRACK_EVENT_NAME_IID,
		    holder ? labels__holder(l->labels, holder) : EVENT_NAME_UNKNOWN);
	if (holder)
		packets__note_int(p, NOTE_HOLDER_TID, holder->tid);
	packets__note_text(p, NOTE_CONFIDENCE, labels__confidence(slice->confidence));
	packets__note_int(p, NOTE_WAITERS, slice->waiters);
	packets__note_text(p, NOTE_ADDRESS, labels__address(l->labels, slice->object));
	err = packets__event_end(l->ps);
	return err ? err : packets__end_slice(l->ps, l->origin + slice->end_ns, track);
}

int locks__hold(struct locks *l, const struct hold_slice *slice)
{
	uint32_t id = slice->object->id;
	struct lock *lock = array__reserve(l->locks, &l->n, id, sizeof(*lock));
	unsigned int place = 0;
	int err;

	if (!lock)
		return -ENOMEM;
	l->locks = lock;
	lock += id;
	if (slice->start_ns >= slice->end_ns)
		return 0;
	while (place < PLACES && lock->end_ns[place] > slice->start_ns)
		place++;
	if (place == PLACES) {
		l->crowded++;
		return 0;
	}
	lock->used = true;
	lock->end_ns[place] = slice->end_ns;
	err = put_hold(l, THING_TRACK(id, THING_LOCK + place), slice);
	return err ? err : tell_waiters(l, id, slice);
}

/* The process's own track, once. */
static int describe_process(struct packets *head, struct u64map *told, uint32_t pid)
{
	struct track_description process = {.uuid = TRACK_PROCESS + pid, .pid = pid};

	if (!pid || u64map__get(told, pid))
		return 0;
	if (u64map__set(told, pid, told))
		return -ENOMEM;
	return packets__describe(head, &process);
}

static int describe(struct locks *l, struct packets *head, uint32_t id, struct u64map *told)
{
	const struct sync_object *object = model__object(l->model, id);
	uint64_t parent = object->pid ? TRACK_PROCESS + object->pid : TRACK_GROUP;
	char *name = labels__object_name(l->labels, object), *waiters = NULL;
	struct track_description track = {.parent = parent, .name = name, .alone = true};
	unsigned int place;
	int err = -ENOMEM;

	if (!name || asprintf(&waiters, "waiters: %s", name) < 0) {
		free(name);
		return err;
	}
	err = describe_process(head, told, object->pid);
	for (place = 0; !err && place < PLACES && l->locks[id].end_ns[place]; place++) {
		track.uuid = THING_TRACK(id, THING_LOCK + place);
		err = packets__describe(head, &track);
	}
	track.uuid = THING_TRACK(id, THING_WAITERS);
	track.name = waiters;
	track.unit = "threads";
	if (!err)
		err = packets__describe(head, &track);
	free(waiters);
	free(name);
	return err;
}

/* Nothing is left out without a word. */
static int tell_crowded(const struct locks *l, struct packets *head)
{
	uint64_t start = l->origin + model__window_start(l->model);
	uint64_t end = l->origin + model__window_end(l->model);
	char text[96];
	int err;

	if (!l->crowded)
		return 0;
	snprintf(text, sizeof(text), "%" PRIu64 " holds not drawn: too many at once", l->crowded);
	err = packets__track(head, TRACK_CROWDED, TRACK_GROUP, "Not drawn", NULL);
	return err ? err : packets__slice(head, TRACK_CROWDED, start, end, text);
}

int locks__finish(struct locks *l, struct packets *head)
{
	struct u64map *told = u64map__new();
	uint32_t id;
	int err = told ? tell_crowded(l, head) : -ENOMEM;

	for (id = 0; !err && id < l->n; id++) {
		if (!l->locks[id].used)
			continue;
		err = put_waiters(l, id, l->locks[id].told_ns, 0);
		if (!err)
			err = describe(l, head, id, told);
	}
	u64map__free(told);
	return err;
}
