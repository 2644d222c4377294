// SPDX-License-Identifier: GPL-2.0-only
/* What the records say about who holds what. */
#include "model/holders.h"

#include <errno.h>
#include <stdlib.h>

#include "lib/array.h"
#include "lib/u64map.h"
#include "model/gil.h"
#include "model/holders_inside.h"
#include "model/holders_owner.h"

/* include/uapi/linux/futex.h */
#define CMD_MASK    0x7f
#define WAKE	    1
#define WAKE_OP	    5
#define UNLOCK_PI   7
#define WAKE_BITSET 10

/* Python code that has computed for so long was not on its way back from a system call. */
#define LONG_NS 1000000u

/* arch/x86/entry/syscalls/syscall_64.tbl */
#define NR_EXIT	      60
#define NR_EXIT_GROUP 231

struct holders *holders__new(void)
{
	struct holders *h = calloc(1, sizeof(*h));

	if (!h)
		return NULL;
	h->sums = u64map__new();
	if (!h->sums) {
		free(h);
		return NULL;
	}
	return h;
}

void holders__free(struct holders *h)
{
	size_t i;

	if (!h)
		return;
	for (i = 0; i < h->nobjects; i++)
		hold__free(h->by_object[i]);
	while (h->tasks) {
		struct hold_task *next = h->tasks->link;

		free(h->tasks);
		h->tasks = next;
	}
	free(h->by_object);
	free(h->circles);
	u64map__free(h->sums);
	free(h);
}

struct hold_task *hold__task(struct model *m, struct task *task)
{
	if (task->hold)
		return task->hold;
	task->hold = calloc(1, sizeof(*task->hold));
	if (!task->hold) {
		m->failed = -ENOMEM;
		return NULL;
	}
	task->hold->link = m->holders->tasks;
	m->holders->tasks = task->hold;
	return task->hold;
}

void holders__remember(struct model *m, struct task *task)
{
	hold__task(m, task);
}

static struct hold *find(const struct model *m, const struct sync_object *object)
{
	const struct holders *h = m->holders;

	return object && object->id < h->nobjects ? h->by_object[object->id] : NULL;
}

static struct hold *get(struct model *m, const struct sync_object *object)
{
	struct holders *h = m->holders;
	struct hold *hold = find(m, object), **grown;

	if (hold)
		return hold;
	grown = array__reserve(h->by_object, &h->nobjects, object->id, sizeof(struct hold *));
	if (grown)
		h->by_object = grown;
	hold = grown ? calloc(1, sizeof(*hold)) : NULL;
	if (!hold) {
		m->failed = -ENOMEM;
		return NULL;
	}
	hold->object = object;
	h->by_object[object->id] = hold;
	return hold;
}

/* It waits for what somebody has. */
static bool has_holder(const struct wait *wait)
{
	const struct sync_object *object = wait->object;

	if (!object || object->parking)
		return false;
	switch (object->kind) {
	case CAUSE_GIL:
		return gil__word(object, wait->args[0]) != GIL_NONE;
	case CAUSE_MUTEX:
	case CAUSE_RWLOCK:
	case CAUSE_ONCE:
	case CAUSE_KERNEL:
		return true;
	default:
		return false;
	}
}

/* True if it was woken from this very futex while it was leaving. */
static bool woken_early(const struct task *task)
{
	const struct hold_task *ht = task->hold;

	return ht->early_ts && task->pending.valid && task->pending.ts == ht->early_ts &&
	       task->since - ht->early_ts <= MODEL_EARLY_WAKING_NS &&
	       ht->early_uaddr == task->wait.args[0];
}

static struct owner read_owner(struct model *m, const struct task *task, const union ct_event *ev)
{
	struct owner owner = {0};

	if (ev->h.type == CT_SWITCH_FUTEX)
		return owner__read(m, task, &ev->futex);
	if (ev->h.type == CT_SWITCH_WAIT && (ev->h.flags & CT_F_KLOCK) && ev->wait.detail > 1)
		owner.task = tasks__find(m->tasks, (uint32_t)(ev->wait.detail - 1));
	return owner;
}

/* One who waits for it does not have it, unless it waits for itself. */
static bool waits_itself(const struct hold *hold, const struct task *owner,
			 const struct task *waiter)
{
	if (owner == waiter || (hold->phase == HOLD_HELD && hold->holder == owner))
		return false;
	return owner->hold && owner->hold->waits == hold;
}

/* Takes in what the words said when `task` blocked. */
static void use_owner(struct model *m, struct hold *hold, struct task *task,
		      const struct owner *owner, uint64_t ts)
{
	bool asleep = owner->queues && task->hold->queued;

	if (owner->task && waits_itself(hold, owner->task, task))
		return;
	/* A release will be seen only if there is somebody to wake. */
	if (owner->task)
		hold__owner_seen(m, hold, owner->task, ts,
				 asleep ? CONFIDENCE_HIGH : CONFIDENCE_MEDIUM);
	else if (owner->readers)
		hold__readers_seen(m, hold, ts);
	else if (hold->phase == HOLD_HELD && hold->holder == task)
		hold__let_go(m, hold, ts, CONFIDENCE_LOW);
}

static void name_holder(struct task *task, const struct hold *hold, const struct owner *owner)
{
	const struct hold_task *ht = task->hold;
	struct wait *wait = &task->wait;

	wait->holder = NULL;
	wait->confidence = CONFIDENCE_LOW;
	if (hold->phase == HOLD_HELD) {
		wait->holder = &hold->holder->pub;
		wait->confidence = owner->task == hold->holder ? CONFIDENCE_HIGH : hold->confidence;
	} else if (hold->phase == HOLD_MAYBE) {
		wait->holder = &hold->next->pub;
	} else if (ht->given && ht->early_waker) {
		wait->holder = &ht->early_waker->pub;
	} else {
		wait->confidence = CONFIDENCE_NONE;
	}
}

/*
 * Who waits for Python's interpreter lock had it until a moment ago, if it waits for another one to
 * take it, for it was made to let go; or if it has computed for long before.
 */
static bool had_gil(const struct hold *hold, const struct task *task, uint64_t ts)
{
	if (hold->object->kind != CAUSE_GIL)
		return false;
	return gil__word(hold->object, task->wait.args[0]) == GIL_TAKEN ||
	       ts - past__unblocked_since(task, ts) >= LONG_NS;
}

/* Mostly its letting go was seen, but not where those who wait were awake just then. */
static void gave_way(struct model *m, struct hold *hold, struct task *task, uint64_t ts,
		     uint64_t stack)
{
	if (hold->phase == HOLD_HELD ? hold->holder == task
				     : hold->open != OPEN_RELEASED || hold->releaser != task)
		hold__released(m, hold, task, ts, stack);
}

static void begin_wait(struct model *m, struct hold *hold, struct task *task, uint64_t ts)
{
	struct hold_task *ht = task->hold;

	ht->given = woken_early(task);
	ht->queued = !ht->given;
	if (ht->given)
		ht->stuck = NULL;
	hold__resume(m, hold, task, ts);
	ht->waits = hold;
	ht->releases = hold->releases;
	hold->waiting++;
	hold->queued += ht->queued;
	if (hold->waiting > hold->most)
		hold->most = hold->waiting;
}

void holders__blocked(struct model *m, struct task *task, const union ct_event *ev)
{
	uint64_t ts = ev->h.ts;
	struct owner owner;
	struct hold *hold;

	hold__stuck(m, task, &ev->h);
	if (!has_holder(&task->wait)) {
		if (task->hold)
			hold__came_through(m, task);
		return;
	}
	hold = get(m, task->wait.object);
	if (!hold || !hold__task(m, task))
		return;
	if (task->hold->waits) /* that it came back was not reported */
		holders__runs(m, task, ts);
	if (task->hold->maybe != hold)
		hold__came_through(m, task);
	task->hold->had = had_gil(hold, task, ts);
	begin_wait(m, hold, task, ts);
	if (task->hold->had)
		gave_way(m, hold, task, ts, task->wait.stack);
	else if (task->hold->given && hold->object->kind == CAUSE_GIL)
		gave_way(m, hold, task->hold->early_waker, ts, 0);
	owner = read_owner(m, task, ev);
	task->hold->reader = owner.to_read;
	use_owner(m, hold, task, &owner, ts);
	name_holder(task, hold, &owner);
}

static bool in_interrupt(const struct ct_hdr *h)
{
	return h->flags & (CT_W_HARDIRQ | CT_W_SOFTIRQ);
}

static unsigned int futex_cmd(const union ct_event *ev)
{
	if (ev->h.type != CT_WAKING_FUTEX || in_interrupt(&ev->h))
		return 0;
	return ev->waking_futex.op & CMD_MASK;
}

static bool is_release(const union ct_event *ev)
{
	switch (futex_cmd(ev)) {
	case WAKE:
	case WAKE_OP:
	case UNLOCK_PI:
	case WAKE_BITSET:
		return true;
	default:
		return false;
	}
}

/* The object that the waker speaks of: the wakee may have been moved to another queue. */
static struct hold *meant(struct model *m, const struct hold *waits, const struct task *waker,
			  uint64_t uaddr)
{
	if (waits && (waits->object->shared || uaddr - waits->object->address + 8 <= 16))
		return (struct hold *)waits;
	if (!waker->space)
		return NULL;
	return find(m, objects__find(m->objects, (struct object_key){waker->space, uaddr}));
}

/* Not by the futex call: what the waking of a waiter says all the same. NULL = nothing. */
static struct hold *let_go_otherwise(struct hold *waits, const struct task *waker,
				     const union ct_event *ev)
{
	if (!waits || !waker || in_interrupt(&ev->h))
		return NULL;
	if (waits->object->kind == CAUSE_KERNEL)
		return waits;
	/* The kernel lets go of robust mutexes in exit. */
	if (ev->waking.nr != NR_EXIT && ev->waking.nr != NR_EXIT_GROUP)
		return NULL;
	return waits->phase == HOLD_HELD && waits->holder == waker ? waits : NULL;
}

/* It may be about to sleep: kept until it does. */
static void note_early(struct model *m, struct task *waker, struct task *wakee,
		       const struct ct_waking_futex *w)
{
	struct hold_task *ht = wakee->pub.traced ? hold__task(m, wakee) : NULL;

	if (!ht)
		return;
	ht->early_ts = w->w.h.ts;
	ht->early_uaddr = w->uaddr;
	ht->early_waker = waker;
}

/*
 * Python's interpreter lock: who was made to let go of it is woken by the next one, which has taken
 * it a moment before. That is no release, and the wakee's turn has not come.
 */
static void taken(struct model *m, struct hold *hold, struct task *wakee, struct task *waker,
		  uint64_t ts)
{
	if (hold->quiet || waits_itself(hold, waker, wakee))
		return;
	hold__owner_seen(m, hold, waker, ts, CONFIDENCE_MEDIUM);
	if (!wakee->hold || wakee->hold->waits != hold || wakee->wait.holder)
		return;
	wakee->wait.holder = &waker->pub;
	wakee->wait.confidence = CONFIDENCE_MEDIUM;
}

/* The wakee was woken from its wait for the object by who had it. */
static void give_up_to(const struct hold *hold, struct task *wakee, const struct task *waker)
{
	struct hold_task *ht = wakee->hold;

	ht->given = true;
	ht->stuck = NULL;
	if (wakee->wait.holder || ht->releases != hold->releases)
		return;
	wakee->wait.holder = &waker->pub;
	wakee->wait.confidence = CONFIDENCE_MEDIUM;
}

/* The wakee sleeps on `waits` no more, for a reason that tells nothing of a release. */
static void woken_otherwise(struct model *m, struct hold *waits, const struct task *waker,
			    const union ct_event *ev)
{
	waits->loose |= !waits->queued;
	/* What tasks that are not traced do in futex() is not recorded. */
	if (waker && !in_interrupt(&ev->h) && !(ev->h.flags & CT_W_WAKER_TRACED))
		hold__let_go(m, waits, ev->h.ts, CONFIDENCE_MEDIUM);
	else if (!waits->queued)
		hold__doubt(m, waits, ev->h.ts);
}

void holders__waking(struct model *m, const union ct_event *ev, struct task *wakee)
{
	struct task *waker = ev->waking.waker ? tasks__find(m->tasks, ev->waking.waker) : NULL;
	struct hold *waits = wakee->hold ? wakee->hold->waits : NULL, *hold;
	bool release = waker && is_release(ev);
	uint64_t ts = ev->h.ts;
	enum gil_word word;

	if (waker && waker->hold && waker->hold->waits && !in_interrupt(&ev->h))
		holders__runs(m, waker, ts); /* that it came back was not reported */
	if (waker && wakee->hold && wakee->hold->stuck_by == waker)
		wakee->hold->stuck = NULL;
	if (release && wakee->phase == PHASE_RUNNING)
		note_early(m, waker, wakee, &ev->waking_futex);
	if (waits && !wakee->hold->queued)
		return;
	if (waits) {
		wakee->hold->queued = false;
		waits->queued--;
	}
	hold = release ? meant(m, waits, waker, ev->waking_futex.uaddr)
		       : let_go_otherwise(waits, waker, ev);
	if (waits && hold != waits)
		woken_otherwise(m, waits, waker, ev);
	if (!hold)
		return;
	if (hold->object->kind == CAUSE_GIL) {
		word = release ? gil__word(hold->object, ev->waking_futex.uaddr) : GIL_NONE;
		if (word == GIL_TAKEN)
			taken(m, hold, wakee, waker, ts);
		if (word != GIL_FREE)
			return;
	}
	if (hold == waits)
		give_up_to(hold, wakee, waker);
	hold__released(m, hold, waker, ts, ev->waking.stack);
	if (hold == waits && futex_cmd(ev) == UNLOCK_PI)
		hold__handed(m, hold, wakee, ts);
}

void holders__runs(struct model *m, struct task *task, uint64_t ts)
{
	struct hold_task *ht = task->hold;
	struct hold *hold;

	if (!ht)
		return;
	ht->early_ts = 0;
	hold = ht->waits;
	if (!hold)
		return;
	if (ts < hold->since)
		ts = hold->since; /* that it came was reported late */
	ht->waits = NULL;
	hold->waiting--;
	hold->queued -= ht->queued;
	ht->queued = false;
	if (ht->stuck)
		ht->stuck_by = hold->phase == HOLD_HELD ? hold->holder : hold->died;
	hold__tries(m, hold, task, ts);
	if (!hold->waiting) {
		hold->quiet = ts;
		hold->last = task;
	}
}

void holders__gone(struct model *m, struct task *task, uint64_t ts)
{
	struct hold_task *ht = task->hold;
	struct hold *hold, *next;

	if (!ht)
		return;
	hold__came_through(m, task);
	for (hold = ht->mine; hold; hold = next) {
		next = hold->sibling;
		if (hold->phase != HOLD_HELD)
			continue;
		if (hold->quiet)
			hold__quieten(m, hold);
		else
			hold__let_go(m, hold, ts, CONFIDENCE_HIGH);
		hold->died = task;
	}
}

/* What is known up to ts is told; the rest is not known. */
static void forget(struct model *m, struct hold *hold, uint64_t ts, uint64_t until)
{
	if (hold->quiet)
		hold__quieten(m, hold);
	else
		hold__close(m, hold, ts);
	if (hold->waiting)
		hold__tell(m, hold, NULL, (struct span){ts, until}, CONFIDENCE_NONE, 0);
	hold->waiting = hold->queued = 0;
}

void holders__lost(struct model *m, uint64_t ts, uint64_t until)
{
	struct holders *h = m->holders;
	struct hold_task *ht;

	while (h->active) {
		struct hold *hold = h->active;

		h->active = hold->next_active;
		hold->active = false;
		forget(m, hold, ts, until);
	}
	for (ht = h->tasks; ht; ht = ht->link) {
		ht->waits = ht->maybe = NULL;
		ht->queued = ht->given = false;
		ht->early_ts = 0;
		ht->stuck = NULL;
	}
}

void holders__finish(struct model *m)
{
	struct holders *h = m->holders;
	struct hold *hold;
	size_t i;

	hold__circles(m);
	for (i = 0; i < h->nobjects; i++) {
		hold = h->by_object[i];
		if (!hold)
			continue;
		if (hold->quiet)
			hold__quieten(m, hold);
		else
			hold__close(m, hold, m->window_end);
		hold__sort(m, hold);
	}
}

const struct sync_object *holders__held_by(const struct task *task)
{
	const struct hold *hold = task->hold ? task->hold->mine : NULL, *most = NULL;

	for (; hold; hold = hold->sibling)
		if (hold->phase == HOLD_HELD && hold->holder == task && hold->waiting &&
		    (!most || hold->waiting > most->waiting))
			most = hold;
	return most ? most->object : NULL;
}
