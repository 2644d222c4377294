// SPDX-License-Identifier: GPL-2.0-only
#include "export/perfetto_packets.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "export/perfetto_fields.h"
#include "export/perfetto_group.h"
#include "export/perfetto_order.h"
#include "export/perfetto_tracks.h"

/* Fields of messages that only this file writes: see perfetto_fields.h. */
enum {
	DEFAULTS_CLOCK_ID = 58,
	DESCRIPTOR_UUID = 1,
	DESCRIPTOR_NAME = 2,
	DESCRIPTOR_PROCESS = 3,
	DESCRIPTOR_THREAD = 4,
	DESCRIPTOR_PARENT_UUID = 5,
	DESCRIPTOR_COUNTER = 8,
	DESCRIPTOR_CHILD_ORDERING = 11,
	DESCRIPTOR_SIBLING_RANK = 12,
	DESCRIPTOR_DESCRIPTION = 14,
	DESCRIPTOR_SIBLING_MERGE = 15,
	DESCRIPTOR_PROCESS_ORDERING = 19,
	DESCRIPTOR_THREAD_ORDERING = 20,
	PROCESS_PID = 1,
	THREAD_PID = 1,
	THREAD_TID = 2,
	LEGACY_SORT_INDEX = 3, /* of either: what the browser's viewer goes by */
	COUNTER_UNIT_NAME = 6,
};

#define SIBLING_MERGE_NONE 2
#define CHILDREN_BY_RANK   3
#define OTHERS_BY_RANK	   1 /* of processes, and of threads */

/*
 * What a trace may take, before compression: so much for each recorded event, and a little that
 * lets a short trace show all.
 */
#define BUDGET_AN_EVENT 22
#define BUDGET_SHORT	(1u << 20)
#define BUDGET_ROOM	(64 << 10) /* so much left is room again */

struct packets {
	struct groups *groups;
	struct order order;
	size_t mark, event; /* of the open packet, of the open event in it */
	bool first;
	enum perfetto_clock clock;
	uint64_t last; /* what the incremental clock shows */
	uint64_t recorded;
	int err;
};

struct packets *packets__new(FILE *out, const struct packets_setup *setup)
{
	struct packets *ps = calloc(1, sizeof(*ps));

	if (!ps)
		return NULL;
	ps->first = setup->first;
	ps->clock = setup->first ? CLOCK_ID_HEAD : CLOCK_ID_EVENTS;
	ps->last = setup->origin;
	ps->groups = groups__new(out, setup->plain);
	if (ps->groups)
		return ps;
	free(ps);
	return NULL;
}

void packets__free(struct packets *ps)
{
	if (!ps)
		return;
	groups__free(ps->groups);
	order__free(&ps->order);
	free(ps);
}

struct proto *packets__begin(struct packets *ps)
{
	struct proto *p = groups__next(ps->groups);

	ps->mark = proto__begin(p, TRACE_PACKET);
	proto__uint(p, PACKET_SEQUENCE_ID, SEQUENCE_ID);
	proto__uint(p, PACKET_SEQUENCE_FLAGS, ps->first ? SEQUENCE_CLEARED : SEQUENCE_NEEDS_STATE);
	ps->first = false;
	return p;
}

int packets__end(struct packets *ps)
{
	proto__end(groups__next(ps->groups), ps->mark);
	if (!ps->err)
		ps->err = groups__put(ps->groups);
	return ps->err;
}

int packets__defaults(struct packets *ps)
{
	struct proto *p = packets__begin(ps);
	size_t mark = proto__begin(p, PACKET_DEFAULTS);

	proto__uint(p, DEFAULTS_CLOCK_ID, ps->clock);
	proto__end(p, mark);
	return packets__end(ps);
}

/*
 * It may do without the flag that says that it needs the sequence's state: that is for readers of a
 * part of a trace. A time before the last one is told in full, by another clock.
 */
static void write_timed(struct packets *ps, size_t i)
{
	struct proto *p = groups__next(ps->groups);
	size_t len, mark = proto__begin(p, TRACE_PACKET);
	const uint8_t *body;
	uint64_t ts;

	body = order__body(&ps->order, i, &len, &ts);
	proto__uint(p, PACKET_SEQUENCE_ID, SEQUENCE_ID);
	if (ts >= ps->last) {
		proto__uint(p, PACKET_TIMESTAMP, ts - ps->last);
		ps->last = ts;
	} else {
		proto__uint(p, PACKET_TIMESTAMP, ts);
		proto__uint(p, PACKET_CLOCK_ID, CLOCK_ID_BOOTTIME);
	}
	proto__append(p, &(struct proto){.data = (uint8_t *)body, .len = len});
	proto__end(p, mark);
}

static int flush(struct packets *ps)
{
	size_t i;

	if (ps->order.failed)
		return -ENOMEM;
	order__sort(&ps->order);
	for (i = 0; i < ps->order.n && !ps->err; i++) {
		write_timed(ps, i);
		ps->err = groups__put(ps->groups);
	}
	order__reset(&ps->order);
	return ps->err;
}

struct proto *packets__timed_begin(struct packets *ps, uint64_t ts)
{
	return order__begin(&ps->order, ts);
}

int packets__timed_end(struct packets *ps)
{
	order__end(&ps->order);
	if (!ps->err && (ps->order.failed || order__is_full(&ps->order)))
		ps->err = flush(ps);
	return ps->err;
}

struct proto *packets__event(struct packets *ps, uint64_t ts, enum perfetto_event_type type,
			     uint64_t track)
{
	struct proto *p = packets__timed_begin(ps, ts);

	ps->event = proto__begin(p, PACKET_TRACK_EVENT);
	proto__uint(p, TRACK_EVENT_TYPE, type);
	proto__uint(p, TRACK_EVENT_TRACK_UUID, track);
	return p;
}

int packets__event_end(struct packets *ps)
{
	proto__end(&ps->order.bodies, ps->event);
	return packets__timed_end(ps);
}

void packets__count(struct packets *ps)
{
	ps->recorded++;
}

/* How many more there may be; less than zero: there are too many. */
static int64_t left(const struct packets *ps)
{
	uint64_t may = BUDGET_SHORT + BUDGET_AN_EVENT * ps->recorded;

	return (int64_t)(may - groups__bytes(ps->groups) - ps->order.bodies.len);
}

bool packets__are_many(const struct packets *ps)
{
	return left(ps) < 0;
}

bool packets__are_few(const struct packets *ps)
{
	return left(ps) > BUDGET_ROOM;
}

int packets__end_slice(struct packets *ps, uint64_t ts, uint64_t track)
{
	packets__event(ps, ts, TYPE_END, track);
	return packets__event_end(ps);
}

int packets__counter(struct packets *ps, uint64_t track, uint64_t ts, double value)
{
	struct proto *p = packets__event(ps, ts, TYPE_COUNTER, track);

	proto__double(p, TRACK_EVENT_DOUBLE_COUNTER, value);
	return packets__event_end(ps);
}

int packets__count_of(struct packets *ps, uint64_t track, uint64_t ts, uint64_t value)
{
	struct proto *p = packets__event(ps, ts, TYPE_COUNTER, track);

	proto__uint(p, TRACK_EVENT_COUNTER, value);
	return packets__event_end(ps);
}

int packets__slice(struct packets *ps, uint64_t track, uint64_t start, uint64_t end,
		   const char *name)
{
	struct proto *p = packets__event(ps, start, TYPE_BEGIN, track);
	int err;

	proto__string(p, TRACK_EVENT_NAME, name, strlen(name));
	err = packets__event_end(ps);
	return err ? err : packets__end_slice(ps, end, track);
}

void packets__note_int(struct proto *p, uint64_t name_iid, uint64_t value)
{
	size_t mark = proto__begin(p, TRACK_EVENT_ANNOTATIONS);

	proto__uint(p, ANNOTATION_NAME_IID, name_iid);
	proto__uint(p, ANNOTATION_INT, value);
	proto__end(p, mark);
}

void packets__note_text(struct proto *p, uint64_t name_iid, uint64_t text_iid)
{
	size_t mark = proto__begin(p, TRACK_EVENT_ANNOTATIONS);

	proto__uint(p, ANNOTATION_NAME_IID, name_iid);
	proto__uint(p, ANNOTATION_STRING_IID, text_iid);
	proto__end(p, mark);
}

static void put_thread(struct proto *p, const struct track_description *track)
{
	size_t inner = proto__begin(p, DESCRIPTOR_THREAD);

	proto__uint(p, THREAD_PID, track->pid);
	proto__uint(p, THREAD_TID, track->tid);
	if (track->rank)
		proto__int(p, LEGACY_SORT_INDEX, track->rank);
	proto__end(p, inner);
}

static void put_process(struct proto *p, const struct track_description *track)
{
	size_t inner = proto__begin(p, DESCRIPTOR_PROCESS);

	proto__uint(p, PROCESS_PID, track->pid);
	if (track->rank)
		proto__int(p, LEGACY_SORT_INDEX, track->rank);
	proto__end(p, inner);
}

static void put_description(struct proto *p, const struct track_description *track)
{
	size_t inner;

	proto__uint(p, DESCRIPTOR_UUID, track->uuid);
	if (track->name)
		proto__string(p, DESCRIPTOR_NAME, track->name, strlen(track->name));
	if (track->parent)
		proto__uint(p, DESCRIPTOR_PARENT_UUID, track->parent);
	if (track->tid)
		put_thread(p, track);
	else if (track->pid)
		put_process(p, track);
	if (track->unit) {
		inner = proto__begin(p, DESCRIPTOR_COUNTER);
		proto__string(p, COUNTER_UNIT_NAME, track->unit, strlen(track->unit));
		proto__end(p, inner);
	}
	if (track->uuid == TRACK_GROUP)
		proto__uint(p, DESCRIPTOR_CHILD_ORDERING, CHILDREN_BY_RANK);
	if (track->rank)
		proto__int(p, DESCRIPTOR_SIBLING_RANK, track->rank);
	else if (track->parent == TRACK_GROUP)
		proto__uint(p, DESCRIPTOR_SIBLING_RANK, track->uuid);
	if (track->description)
		proto__string(p, DESCRIPTOR_DESCRIPTION, track->description,
			      strlen(track->description));
	if (track->alone)
		proto__uint(p, DESCRIPTOR_SIBLING_MERGE, SIBLING_MERGE_NONE);
}

int packets__describe(struct packets *ps, const struct track_description *track)
{
	struct proto *p = track->ts ? packets__timed_begin(ps, track->ts) : packets__begin(ps);
	size_t mark = proto__begin(p, PACKET_TRACK_DESCRIPTOR);

	put_description(p, track);
	proto__end(p, mark);
	return track->ts ? packets__timed_end(ps) : packets__end(ps);
}

int packets__ranks_count(struct packets *ps)
{
	struct proto *p = packets__begin(ps);
	size_t mark = proto__begin(p, PACKET_TRACK_DESCRIPTOR);

	proto__uint(p, DESCRIPTOR_UUID, 0);
	proto__uint(p, DESCRIPTOR_PROCESS_ORDERING, OTHERS_BY_RANK);
	proto__uint(p, DESCRIPTOR_THREAD_ORDERING, OTHERS_BY_RANK);
	proto__end(p, mark);
	return packets__end(ps);
}

int packets__track(struct packets *ps, uint64_t uuid, uint64_t parent, const char *name,
		   const char *unit)
{
	return packets__describe(
		ps, &(struct track_description){
			    .uuid = uuid, .parent = parent, .name = name, .unit = unit});
}

int packets__finish(struct packets *ps)
{
	if (!ps->err)
		ps->err = flush(ps);
	if (!ps->err)
		ps->err = groups__finish(ps->groups);
	return ps->err;
}
