// SPDX-License-Identifier: GPL-2.0-only
#include "export/perfetto_locks.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

#include "export/perfetto_labels.h"
#include "export/perfetto_packets.h"
#include "export/perfetto_tracks.h"
#include "export/perfetto_waits.h"
#include "lib/array.h"
#include "lib/u64map.h"
#include "model/model.h"

#define PLACES (THING_LOCK_LAST - THING_LOCK + 1)

/*
 * What one thread holds on end is one slice, though how sure that is and who waits has changed
 * meanwhile. It is kept back until it is known that it does not go on.
 */
struct stretch {
	const struct model_task *holder; /* NULL = none is kept back */
	uint64_t start_ns, end_ns;	 /* end 0: this place was never used */
	uint64_t most_ns;		 /* of the longest part, whose confidence counts */
	enum confidence confidence;
};

struct lock {
	struct stretch places[PLACES]; /* on each of its tracks */
	uint64_t told_ns;	       /* the number of waiters is told up to here */
	uint32_t waiters;	       /* the last number told */
	uint64_t first_ns;	       /* when somebody held it first */
	bool used;
};

struct locks {
	struct packets *ps;
	struct labels *labels;
	struct waits *waits;
	const struct model *model;
	uint64_t origin;
	struct lock *locks; /* by object id */
	size_t n;
	uint64_t crowded; /* holds that found no place */
};

struct locks *locks__new(struct packets *ps, struct labels *labels, struct waits *waits,
			 const struct model *model, uint64_t origin)
{
	struct locks *l = calloc(1, sizeof(*l));

	if (!l)
		return NULL;
	l->ps = ps;
	l->labels = labels;
	l->waits = waits;
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
	return packets__count_of(l->ps, THING_TRACK(id, THING_WAITERS), l->origin + ns, waiters);
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

static int put_hold(struct locks *l, uint64_t track, struct stretch *hold)
{
	uint64_t start = hold->start_ns, end = hold->end_ns;
	const struct model_task *holder = hold->holder;
	struct proto *p;
	int err;

	hold->holder = NULL;
	if (!holder || !waits__draws_hold(l->waits, start, end))
		return 0;
	p = packets__event(l->ps, l->origin + start, TYPE_BEGIN, track);
	proto__uint(p, TRACK_EVENT_NAME_IID, labels__holder(l->labels, holder));
	if (hold->confidence <= CONFIDENCE_LOW)
		packets__note_text(p, NOTE_CONFIDENCE, labels__confidence(hold->confidence));
	err = packets__event_end(l->ps);
	return err ? err : packets__end_slice(l->ps, l->origin + end, track);
}

static void keep_back(struct stretch *hold, const struct hold_slice *slice, bool goes_on)
{
	uint64_t ns = slice->end_ns - slice->start_ns;

	if (!goes_on) {
		hold->holder = slice->holder;
		hold->start_ns = slice->start_ns;
		hold->most_ns = 0;
	}
	hold->end_ns = slice->end_ns;
	if (ns <= hold->most_ns)
		return;
	hold->most_ns = ns;
	hold->confidence = slice->confidence;
}

int locks__hold(struct locks *l, const struct hold_slice *slice)
{
	uint32_t id = slice->object->id;
	struct lock *lock = array__reserve(l->locks, &l->n, id, sizeof(*lock));
	unsigned int place = 0;
	struct stretch *hold;
	bool goes_on;
	int err = 0;

	if (!lock)
		return -ENOMEM;
	l->locks = lock;
	lock += id;
	if (slice->start_ns >= slice->end_ns)
		return 0;
	while (place < PLACES && lock->places[place].end_ns > slice->start_ns)
		place++;
	if (place == PLACES) {
		l->crowded++;
		return 0;
	}
	if (!lock->used)
		lock->first_ns = slice->start_ns;
	lock->used = true;
	hold = &lock->places[place];
	goes_on = hold->holder && hold->holder == slice->holder && hold->end_ns == slice->start_ns;
	if (!goes_on)
		err = put_hold(l, THING_TRACK(id, THING_LOCK + place), hold);
	keep_back(hold, slice, goes_on);
	return err ? err : tell_waiters(l, id, slice);
}

int locks__finish(struct locks *l)
{
	unsigned int place;
	uint32_t id;
	int err = 0;

	for (id = 0; !err && id < l->n; id++) {
		if (!l->locks[id].used)
			continue;
		for (place = 0; !err && place < PLACES; place++)
			err = put_hold(l, THING_TRACK(id, THING_LOCK + place),
				       &l->locks[id].places[place]);
		if (!err)
			err = put_waiters(l, id, l->locks[id].told_ns, 0);
	}
	return err;
}

/* The process's own track, once; as of when it certainly has begun. */
static int describe_process(struct packets *head, struct u64map *told, uint32_t pid, uint64_t ts)
{
	struct track_description process = {.uuid = TRACK_PROCESS + pid, .pid = pid, .ts = ts};

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
	uint64_t first = l->origin + l->locks[id].first_ns;
	struct track_description track = {
		.parent = parent, .name = name, .alone = true, .ts = first};
	unsigned int place;
	char about[128];
	int err = -ENOMEM;

	snprintf(about, sizeof(about),
		 "0x%" PRIx64 ": who held it while others waited; none: not known",
		 object->address);
	track.description = about;
	if (!name || asprintf(&waiters, "waiters: %s", name) < 0) {
		free(name);
		return err;
	}
	err = describe_process(head, told, object->pid, first);
	for (place = 0; !err && place < PLACES && l->locks[id].places[place].end_ns; place++) {
		track.uuid = THING_TRACK(id, THING_LOCK + place);
		err = packets__describe(head, &track);
	}
	track.uuid = THING_TRACK(id, THING_WAITERS);
	track.name = waiters;
	track.unit = "threads";
	track.description = NULL;
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

int locks__describe(struct locks *l, struct packets *head, struct u64map *told)
{
	uint32_t id;
	int err = tell_crowded(l, head);

	for (id = 0; !err && id < l->n; id++)
		if (l->locks[id].used)
			err = describe(l, head, id, told);
	return err;
}
