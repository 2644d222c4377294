// SPDX-License-Identifier: GPL-2.0-only
#include "export/perfetto_bundle.h"

#include <errno.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#include "bpf/events.h"
#include "export/perfetto_fields.h"
#include "export/perfetto_packets.h"

/* Fields of messages that only this file writes: see perfetto_fields.h. */
enum {
	BUNDLE_CPU = 1,
	BUNDLE_EVENT = 2,
	BUNDLE_LOST_EVENTS = 3,
	BUNDLE_COMPACT_SCHED = 4,
	SCHED_SWITCH_TIMESTAMP = 1,
	SCHED_SWITCH_PREV_STATE = 2,
	SCHED_SWITCH_NEXT_PID = 3,
	SCHED_SWITCH_NEXT_PRIO = 4,
	SCHED_INTERN_TABLE = 5,
	SCHED_SWITCH_NEXT_COMM = 6,
	SCHED_WAKING_TIMESTAMP = 7,
	SCHED_WAKING_PID = 8,
	SCHED_WAKING_TARGET_CPU = 9,
	SCHED_WAKING_PRIO = 10,
	SCHED_WAKING_COMM = 11,
	SCHED_WAKING_COMMON_FLAGS = 12,
};

#define BUNDLE_EVENTS 1024 /* of a kind */
#define BUNDLE_NAMES  128  /* different ones */
#define BUNDLE_BYTES  (32u << 10)
#define NAME_SLOTS    (BUNDLE_NAMES * 4)

struct sched_event {
	uint64_t ts;
	uint32_t tid;
	uint32_t extra; /* switch: prev_state; waking: target CPU */
	uint8_t prio;
	uint8_t name; /* index into names */
	uint8_t common_flags;
};

/* A name as two words, zero-filled: quick to compare. */
struct name {
	uint64_t word[CT_COMM_LEN / 8];
};

struct bundle {
	uint32_t cpu;
	bool lost;
	uint32_t nswitches, nwakings, nnames;
	struct sched_event switches[BUNDLE_EVENTS];
	struct sched_event wakings[BUNDLE_EVENTS];
	struct name names[BUNDLE_NAMES];
	uint8_t slot[NAME_SLOTS]; /* index into names, plus one; 0 = empty */
	struct proto events;	  /* other events, encoded */
	size_t event;		  /* mark of the open one */
};

struct bundle *bundle__new(uint32_t cpu)
{
	struct bundle *b = calloc(1, sizeof(*b));

	if (b)
		b->cpu = cpu;
	return b;
}

void bundle__free(struct bundle *b)
{
	if (!b)
		return;
	proto__free(&b->events);
	free(b);
}

/* Finds or adds a name; the caller has made sure that there is room for one. */
static uint8_t intern(struct bundle *b, const char *comm)
{
	struct name name = {{0}};
	uint32_t i;

	memcpy(&name, comm, strnlen(comm, CT_COMM_LEN - 1));
	i = (uint32_t)(((name.word[0] ^ (name.word[1] * 31)) * 0x9e3779b97f4a7c15ULL) >> 55);
	for (;; i++) {
		i %= NAME_SLOTS;
		if (!b->slot[i])
			break;
		if (!memcmp(&b->names[b->slot[i] - 1], &name, sizeof(name)))
			return b->slot[i] - 1;
	}
	b->names[b->nnames++] = name;
	b->slot[i] = (uint8_t)b->nnames;
	return b->slot[i] - 1;
}

static int add(struct bundle *b, struct packets *ps, bool is_switch, struct sched_event e,
	       const struct bundle_task *task)
{
	uint32_t *n = is_switch ? &b->nswitches : &b->nwakings;
	int err;

	if (*n == BUNDLE_EVENTS || b->nnames == BUNDLE_NAMES) {
		err = bundle__flush(b, ps);
		if (err)
			return err;
	}
	e.tid = task->tid;
	e.prio = task->prio;
	e.name = intern(b, task->comm);
	(is_switch ? b->switches : b->wakings)[(*n)++] = e;
	return 0;
}

int bundle__switch(struct bundle *b, struct packets *ps, uint64_t ts, uint32_t prev_state,
		   const struct bundle_task *next)
{
	return add(b, ps, true, (struct sched_event){.ts = ts, .extra = prev_state}, next);
}

int bundle__waking(struct bundle *b, struct packets *ps, uint64_t ts,
		   const struct bundle_task *wakee, uint32_t target_cpu, uint32_t common_flags)
{
	return add(b, ps, false,
		   (struct sched_event){
			   .ts = ts, .extra = target_cpu, .common_flags = (uint8_t)common_flags},
		   wakee);
}

struct proto *bundle__event_begin(struct bundle *b, uint64_t ts, uint32_t tid)
{
	b->event = proto__begin(&b->events, BUNDLE_EVENT);
	proto__uint(&b->events, EVENT_TIMESTAMP, ts);
	proto__uint(&b->events, EVENT_PID, tid);
	return &b->events;
}

int bundle__event_end(struct bundle *b, struct packets *ps)
{
	proto__end(&b->events, b->event);
	return b->events.len >= BUNDLE_BYTES || b->events.failed ? bundle__flush(b, ps) : 0;
}

void bundle__mark_lost(struct bundle *b)
{
	b->lost = true;
}

/* Timestamps: the first is absolute, each further one the distance to its predecessor. */
static void put_times(struct proto *p, uint32_t field, const struct sched_event *e, uint32_t n)
{
	size_t mark = proto__begin(p, field);
	uint64_t last = 0;
	uint32_t i;

	for (i = 0; i < n; i++) {
		proto__packed(p, e[i].ts - last);
		last = e[i].ts;
	}
	proto__end(p, mark);
}

#define PUT_COLUMN(p, field, e, n, member)                                                         \
	do {                                                                                       \
		size_t mark_ = proto__begin(p, field);                                             \
		uint32_t i_;                                                                       \
		for (i_ = 0; i_ < (n); i_++)                                                       \
			proto__packed(p, (e)[i_].member);                                          \
		proto__end(p, mark_);                                                              \
	} while (0)

static void put_switches(struct proto *p, const struct sched_event *e, uint32_t n)
{
	put_times(p, SCHED_SWITCH_TIMESTAMP, e, n);
	PUT_COLUMN(p, SCHED_SWITCH_PREV_STATE, e, n, extra);
	PUT_COLUMN(p, SCHED_SWITCH_NEXT_PID, e, n, tid);
	PUT_COLUMN(p, SCHED_SWITCH_NEXT_PRIO, e, n, prio);
	PUT_COLUMN(p, SCHED_SWITCH_NEXT_COMM, e, n, name);
}

static void put_wakings(struct proto *p, const struct sched_event *e, uint32_t n)
{
	put_times(p, SCHED_WAKING_TIMESTAMP, e, n);
	PUT_COLUMN(p, SCHED_WAKING_PID, e, n, tid);
	PUT_COLUMN(p, SCHED_WAKING_TARGET_CPU, e, n, extra);
	PUT_COLUMN(p, SCHED_WAKING_PRIO, e, n, prio);
	PUT_COLUMN(p, SCHED_WAKING_COMM, e, n, name);
	PUT_COLUMN(p, SCHED_WAKING_COMMON_FLAGS, e, n, common_flags);
}

static void put_sched(struct proto *p, const struct bundle *b)
{
	size_t mark = proto__begin(p, BUNDLE_COMPACT_SCHED);
	uint32_t i;

	for (i = 0; i < b->nnames; i++)
		proto__string(p, SCHED_INTERN_TABLE, (const char *)&b->names[i],
			      strnlen((const char *)&b->names[i], sizeof(b->names[i])));
	if (b->nswitches)
		put_switches(p, b->switches, b->nswitches);
	if (b->nwakings)
		put_wakings(p, b->wakings, b->nwakings);
	proto__end(p, mark);
}

int bundle__flush(struct bundle *b, struct packets *ps)
{
	struct proto *p;
	size_t mark;

	if (b->events.failed)
		return -ENOMEM;
	if (!b->nswitches && !b->nwakings && !b->events.len)
		return 0;
	p = packets__begin(ps);
	mark = proto__begin(p, PACKET_FTRACE_EVENTS);
	proto__uint(p, BUNDLE_CPU, b->cpu);
	if (b->lost)
		proto__uint(p, BUNDLE_LOST_EVENTS, 1);
	if (b->nnames)
		put_sched(p, b);
	proto__append(p, &b->events);
	proto__end(p, mark);
	b->lost = false;
	b->nswitches = b->nwakings = b->nnames = 0;
	memset(b->slot, 0, sizeof(b->slot));
	proto__reset(&b->events);
	return packets__end(ps);
}
