// SPDX-License-Identifier: GPL-2.0-only
/*
 * From evidence to a timeline. What lies between two pieces of evidence is told when the second
 * one comes: at most one piece is pending per object.
 *
 * While somebody sleeps on a lock, whoever lets go must wake, and that is seen. When the only
 * waiters are woken and have yet to get a CPU, the lock may change hands unseen: then it is said
 * who probably had it, with low confidence: who released it and runs on, mostly takes it again.
 */
#include <errno.h>

#include "model/holders_inside.h"

/* From running again to trying for the lock: out of the kernel and one exchange; 1 to 2 us. */
#define TRY_NS 3000u

/* One futex call that wakes many takes less than this. */
#define SAME_RELEASE_NS 1000000u

static void learn(struct hold *hold, uint64_t ns)
{
	if (ns > UINT32_MAX / 2)
		ns = UINT32_MAX / 2;
	hold->typical = hold->typical ? (uint32_t)((hold->typical * 7ull + ns) / 8) : (uint32_t)ns;
}

/* It is free for all after a release, not only for who was woken. */
static bool anybody_may(const struct sync_object *object)
{
	return object->kind == CAUSE_MUTEX || object->kind == CAUSE_RWLOCK;
}

/* Between a release and the next evidence. */
static void tell_free(struct model *m, struct hold *hold, uint64_t ts)
{
	uint64_t end = hold->since, next;
	struct task *task = hold->releaser;
	unsigned int pieces = 0;

	if (hold->open == OPEN_RELEASED && anybody_may(hold->object)) {
		end = past__runs_until(task, hold->since, ts);
		hold__tell(m, hold, task, (struct span){hold->since, end}, CONFIDENCE_LOW, 0);
		for (; end < ts && pieces < 2 * HOLD_PAST; pieces++, end = next) {
			task = past__probable(hold, task, end, ts, &next);
			hold__tell(m, hold, task, (struct span){end, next}, CONFIDENCE_LOW, 0);
		}
	}
	hold__tell(m, hold, NULL, (struct span){end, ts}, CONFIDENCE_NONE, 0);
}

/* The woken thread has it: tells what lies before. */
static void confirm_next(struct model *m, struct hold *hold)
{
	tell_free(m, hold, hold->next_ts);
	if (hold->open == OPEN_RELEASED)
		hold__handoff(m, hold, hold->next_ts - hold->released_ts);
}

/*
 * Since when `task` may have had it, which has it at `ts`, at the earliest: since it ran. What
 * Python code does without being blocked it does with the interpreter lock, also if it waits for a
 * CPU.
 */
static uint64_t possible_since(const struct hold *hold, const struct task *task, uint64_t ts)
{
	uint64_t ran = past__ran_since(task, hold->since, ts), unblocked;

	if (hold->object->kind != CAUSE_GIL)
		return ran;
	unblocked = past__unblocked_since(task, task->since < ts ? task->since : ts);
	if (unblocked < hold->since)
		unblocked = hold->since;
	return unblocked < ran ? unblocked : ran;
}

/*
 * `task` was in possession at `ts`, and before that nobody is known. It can have been since it ran,
 * but not for longer than usual if there is somebody else to name for the time before.
 */
static void tell_gap(struct model *m, struct hold *hold, struct task *task, uint64_t ts,
		     uint64_t stack)
{
	uint64_t since = task ? possible_since(hold, task, ts) : ts;
	uint64_t usual = ts - since > hold->typical ? ts - hold->typical : since, other;

	if (hold->open == OPEN_RELEASED && hold->typical && task != hold->releaser) {
		other = past__runs_until(hold->releaser, hold->since, usual);
		since = other > since ? other : since;
	}
	tell_free(m, hold, since);
	hold__tell(m, hold, task, (struct span){since, ts},
		   hold->open == OPEN_WAITED ? CONFIDENCE_MEDIUM : CONFIDENCE_LOW, stack);
}

/* Two that contradict each other: the one before has let go unseen. */
static void tell_both(struct model *m, struct hold *hold, struct task *task, uint64_t ts,
		      uint64_t stack)
{
	uint64_t change = hold->next == task && hold->next_ts > hold->since ? hold->next_ts : ts;

	if (change < hold->counted)
		change = hold->counted;
	hold__tell_held(m, hold, change, CONFIDENCE_LOW, 0);
	hold__tell(m, hold, task, (struct span){change, ts}, CONFIDENCE_LOW, stack);
}

/* The woken thread must have had it: it ran for long enough, and nobody slept to be woken. */
static bool had_time(const struct hold *hold, uint64_t ts)
{
	return hold->loose && ts - hold->next_ts > TRY_NS;
}

/*
 * The woken thread had it, and let go when there was nobody to wake: how long is not known. As long
 * as at other times, or half of the time. From then on it is open again.
 */
static void had_it(struct model *m, struct hold *hold, uint64_t ts)
{
	uint64_t start = hold->next_ts, ns = ts - start;

	confirm_next(m, hold);
	ns = hold->typical && hold->typical < ns ? hold->typical : ns / 2;
	hold__tell(m, hold, hold->next, (struct span){start, start + ns}, CONFIDENCE_LOW, 0);
	hold->phase = HOLD_OPEN;
	hold->since = hold->released_ts = start + ns;
	hold->next = NULL;
}

static void tell_next(struct model *m, struct hold *hold, uint64_t ts, uint64_t stack, bool ends)
{
	uint64_t ns = ts - hold->next_ts;
	bool unsure = hold->loose && ns > 2ull * hold->typical;

	confirm_next(m, hold);
	hold__tell(m, hold, hold->next, (struct span){hold->next_ts, ts},
		   unsure ? CONFIDENCE_LOW : CONFIDENCE_MEDIUM, stack);
	if (ends && !hold->loose)
		learn(hold, ns);
}

/*
 * Tells all up to `ts`, when `task` turns out to hold the object, or to have released it (NULL:
 * nobody known). The caller enters another phase.
 */
static void settle(struct model *m, struct hold *hold, struct task *task, uint64_t ts,
		   uint64_t stack)
{
	if (hold->phase == HOLD_MAYBE && task && task != hold->next) {
		if (had_time(hold, ts))
			had_it(m, hold, ts);
		hold->phase = HOLD_OPEN;
	}
	switch (hold->phase) {
	case HOLD_QUIET:
		break;
	case HOLD_OPEN:
		tell_gap(m, hold, task, ts, stack);
		break;
	case HOLD_MAYBE:
		tell_next(m, hold, ts, stack, task);
		break;
	case HOLD_HELD:
		if (task && task != hold->holder)
			tell_both(m, hold, task, ts, stack);
		else
			hold__tell_held(m, hold, ts, hold->confidence, stack);
		break;
	case HOLD_READ:
		/* Who releases it was the last reader: for how long is not known. */
		hold__tell(m, hold, task, (struct span){hold->since, ts}, CONFIDENCE_LOW, stack);
		break;
	}
}

static void enter(struct hold *hold, enum hold_phase phase, uint64_t ts)
{
	hold__list(hold, NULL);
	hold->holder = NULL;
	hold->phase = phase;
	hold->since = ts;
	hold->open = OPEN_UNSEEN;
	hold->next = NULL;
	hold->most = hold->waiting;
}

void hold__close(struct model *m, struct hold *hold, uint64_t ts)
{
	settle(m, hold, NULL, ts, 0);
	enter(hold, HOLD_QUIET, ts);
	hold->quiet = 0;
}

void hold__quieten(struct model *m, struct hold *hold)
{
	hold__close(m, hold, hold->quiet);
}

void hold__owner_seen(struct model *m, struct hold *hold, struct task *task, uint64_t ts,
		      enum confidence confidence)
{
	bool same = hold->phase == HOLD_HELD && hold->holder == task;
	uint64_t handed = same ? hold->handed : 0;

	if (same && hold->confidence >= confidence)
		return;
	settle(m, hold, task, ts, 0);
	enter(hold, HOLD_OPEN, ts);
	hold__begin(m, hold, task, ts, confidence);
	hold->handed = handed;
}

void hold__readers_seen(struct model *m, struct hold *hold, uint64_t ts)
{
	if (hold->phase == HOLD_READ)
		return;
	settle(m, hold, NULL, ts, 0);
	enter(hold, HOLD_READ, ts);
}

static void maybe_next(struct hold *hold, struct task *task, uint64_t ts)
{
	hold->phase = HOLD_MAYBE;
	hold->loose = !hold->queued;
	hold->next = task;
	hold->next_ts = ts;
	task->hold->maybe = hold;
}

/* Woken and running by now, it comes to the lock just in time; NULL if nobody does. */
static struct task *just_in_time(const struct hold *hold, const struct task *by, uint64_t ts)
{
	struct task *next = hold->next;

	if (!next || next == by || ts - hold->next_ts > TRY_NS || next->phase != PHASE_RUNNING ||
	    next->hold->waits)
		return NULL;
	return next;
}

void hold__released(struct model *m, struct hold *hold, struct task *by, uint64_t ts,
		    uint64_t stack)
{
	struct task *next;

	if (hold->phase == HOLD_QUIET || hold->quiet)
		return;
	if (hold->phase == HOLD_OPEN && hold->open == OPEN_RELEASED && hold->releaser == by &&
	    ts - hold->since < SAME_RELEASE_NS && hold->object->kind != CAUSE_MUTEX)
		return; /* the same one wakes many */
	settle(m, hold, by, ts, stack);
	next = just_in_time(hold, by, ts);
	enter(hold, HOLD_OPEN, ts);
	hold->releases++;
	if (!hold__task(m, by))
		return;
	hold__list(hold, by);
	hold->open = OPEN_RELEASED;
	hold->releaser = by;
	hold->released_ts = ts;
	hold->stretches = by->hold->npast;
	if (next)
		maybe_next(hold, next, ts);
}

void hold__goes_on(struct model *m, struct hold *hold, uint64_t ts)
{
	if (hold->listed->hold->npast - hold->stretches < HOLD_PAST - 2 || ts <= hold->since)
		return;
	tell_free(m, hold, ts);
	hold->since = ts;
	hold->stretches = hold->listed->hold->npast;
}

void hold__let_go(struct model *m, struct hold *hold, uint64_t ts, enum confidence confidence)
{
	if (hold->phase == HOLD_QUIET || hold->quiet)
		return;
	if (hold->phase == HOLD_HELD && hold->confidence > confidence)
		hold->confidence = confidence;
	settle(m, hold, NULL, ts, 0);
	enter(hold, HOLD_OPEN, ts);
}

void hold__handed(struct model *m, struct hold *hold, struct task *task, uint64_t ts)
{
	if (hold->phase != HOLD_OPEN)
		return;
	hold__begin(m, hold, task, ts, CONFIDENCE_MEDIUM);
	hold->handed = ts;
}

void hold__doubt(struct model *m, struct hold *hold, uint64_t ts)
{
	struct task *holder = hold->holder;

	if (hold->phase != HOLD_HELD || hold->confidence != CONFIDENCE_HIGH || hold->quiet)
		return;
	settle(m, hold, NULL, ts, 0);
	enter(hold, HOLD_OPEN, ts);
	hold__begin(m, hold, holder, ts, CONFIDENCE_MEDIUM);
}

void hold__tries(struct model *m, struct hold *hold, struct task *task, uint64_t ts)
{
	if (hold->phase == HOLD_HELD) {
		if (hold->holder == task && hold->handed)
			hold__handoff(m, hold, ts - hold->handed);
		if (hold->holder == task)
			hold->handed = 0;
		hold->next = task;
		hold->next_ts = ts;
		return;
	}
	if (hold->phase != HOLD_OPEN || hold->open != OPEN_RELEASED || !task->hold->given ||
	    hold->object->kind == CAUSE_ONCE)
		return;
	if (task->hold->reader)
		hold__readers_seen(m, hold, ts);
	else
		maybe_next(hold, task, ts);
}

void hold__came_through(struct model *m, struct task *task)
{
	struct hold *hold = task->hold->maybe;
	uint64_t since, ts = task->since;
	enum confidence sure;

	task->hold->maybe = NULL;
	if (!hold || hold->phase != HOLD_MAYBE || hold->next != task)
		return;
	if (hold->quiet) {
		hold__quieten(m, hold);
		return;
	}
	since = hold->next_ts;
	if (had_time(hold, ts) && hold->typical && hold->typical < ts - since) {
		had_it(m, hold, ts);
		return;
	}
	confirm_next(m, hold);
	sure = hold->loose ? CONFIDENCE_LOW : CONFIDENCE_MEDIUM;
	enter(hold, HOLD_OPEN, since);
	hold__begin(m, hold, task, since, sure);
}

static void activate(struct holders *h, struct hold *hold)
{
	if (hold->active)
		return;
	hold->active = true;
	hold->next_active = h->active;
	h->active = hold;
}

void hold__resume(struct model *m, struct hold *hold, struct task *task, uint64_t ts)
{
	struct hold_task *ht = task->hold;

	activate(m->holders, hold);
	if (hold->quiet && ts - hold->quiet <= HOLD_RETRY_NS && (hold->last == task || ht->had))
		hold->quiet = 0;
	if (hold->quiet)
		hold__quieten(m, hold);
	if (hold->phase == HOLD_MAYBE && hold->next == task) {
		if (had_time(hold, ts))
			had_it(m, hold, ts);
		hold->phase = HOLD_OPEN;
		hold->next = NULL;
	}
	ht->maybe = NULL;
	if (hold->phase != HOLD_QUIET)
		return;
	enter(hold, HOLD_OPEN, ts);
	if (ht->queued)
		hold->open = OPEN_WAITED;
}
