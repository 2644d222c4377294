// SPDX-License-Identifier: GPL-2.0-only
#include "replay/engine.h"

#include <errno.h>
#include <stdlib.h>

#include "replay/state.h"

static const struct op *op_of(const struct sim *s, uint32_t task)
{
	return &s->p->ops[s->tasks[task].op];
}

/* Whether the one that is to be woken is still too far behind for this wake. */
static bool is_ahead(const struct sim *s, const struct op *op)
{
	const struct replay_wake *wake = &s->p->wakes[op->peer];
	const struct sim_task *waiter = &s->tasks[wake->task];
	uint32_t lead = op->flags & OP_TOGETHER ? 0 : s->set.lead;

	if (!(op->flags & (OP_MEET | OP_TOGETHER)) || waiter->phase == SIM_ENDED)
		return false;
	return (uint64_t)waiter->arrived + lead <= wake->number;
}

/* The wake that a leader waits to give, or has given too early. */
static const struct op *led_by(const struct sim *s, uint32_t leader)
{
	return s->tasks[leader].ahead ? s->tasks[leader].ahead : op_of(s, leader);
}

/* The task has come to one more of its waits, or has ended: who was ahead of it may go on. */
static void let_leaders_go(struct sim *s, uint32_t task)
{
	uint32_t leader = s->tasks[task].leaders;

	s->tasks[task].leaders = REPLAY_NONE;
	while (leader != REPLAY_NONE) {
		struct sim_task *l = &s->tasks[leader];
		uint32_t next = l->next;

		if (is_ahead(s, led_by(s, leader))) {
			l->next = s->tasks[task].leaders;
			s->tasks[task].leaders = leader;
		} else {
			l->leads = false;
			l->ahead = NULL;
			sched__ready(s, leader, REPLAY_NONE, task);
		}
		leader = next;
	}
}

static void wait_as_leader(struct sim *s, uint32_t task, const struct op *op)
{
	struct sim_task *w = &s->tasks[s->p->wakes[op->peer].task];

	s->tasks[task].leads = true;
	s->tasks[task].next = w->leaders;
	w->leaders = task;
}

/* True if it goes on at once. */
static bool wake(struct sim *s, uint32_t task, const struct op *op)
{
	uint32_t waiter = s->p->wakes[op->peer].task;
	struct sim_task *t = &s->tasks[task], *w = &s->tasks[waiter];
	const struct op *waits;

	if (is_ahead(s, op)) {
		/* Who has a lock that the other may need to get there waits when it has let go. */
		if (t->lock == REPLAY_NONE) {
			wait_as_leader(s, task, op);
			return false;
		}
		t->owes = op;
	}
	s->woken[op->peer] = 1;
	waits = op_of(s, waiter);
	if (w->phase == SIM_BLOCKED && waits->kind == OP_WAIT && waits->peer == op->peer)
		sched__ready(s, waiter, waits->latency, task);
	return true;
}

static bool release(struct sim *s, uint32_t task, const struct op *op)
{
	const struct op *owes = s->tasks[task].owes;

	lock__release(s, task, op->object);
	if (!owes || s->tasks[task].lock != REPLAY_NONE)
		return true;
	s->tasks[task].owes = NULL;
	if (!is_ahead(s, owes))
		return true;
	s->tasks[task].ahead = owes;
	wait_as_leader(s, task, owes);
	return false;
}

/* True if the op is done, and the next may follow. */
static bool perform(struct sim *s, uint32_t task, const struct op *op)
{
	struct sim_task *t = &s->tasks[task];

	switch (op->kind) {
	case OP_DELAY:
		if (t->delayed || !op->ns) {
			t->delayed = false;
			return true;
		}
		t->delayed = true;
		event__add(s, EVENT_READY, s->now + op->ns, task, 0);
		return false;
	case OP_WAIT:
		if (!t->delayed) { /* comes here for the first time */
			t->arrived++;
			let_leaders_go(s, task);
		}
		t->delayed = !s->woken[op->peer];
		return s->woken[op->peer];
	case OP_WAKE:
		return wake(s, task, op);
	case OP_ACQUIRE:
		return lock__acquire(s, task, op->object);
	case OP_RELEASE:
		return release(s, task, op);
	case OP_START:
		if (s->tasks[op->peer].phase == SIM_UNBORN) {
			s->live++;
			sched__ready(s, op->peer, REPLAY_NONE, task);
		}
		return true;
	}
	return true;
}

static void journal_end(struct sim *s, uint32_t task)
{
	const struct sim_task *t = &s->tasks[task];

	if (s->set.journal && s->now > t->since)
		journal__add(s->set.journal, &(struct entry){.kind = ENTRY_RUN,
							     .task = task,
							     .start_ns = t->since,
							     .end_ns = s->now,
							     .by = SIZE_MAX,
							     .object = REPLAY_NONE});
}

bool engine__advance(struct sim *s, uint32_t task)
{
	const struct replay_task *rt = &s->p->tasks[task];
	struct sim_task *t = &s->tasks[task];

	if (sched__is_other(s, task)) {
		t->phase = SIM_BLOCKED;
		return false;
	}
	for (; t->op < rt->first + rt->count; t->op++) {
		const struct op *op = &s->p->ops[t->op];

		if (op->kind == OP_RUN) {
			if (!op->ns)
				continue;
			t->remaining = op->ns;
			t->place = op->at;
			t->stretch = op->stretch;
			t->op++;
			return true;
		}
		if (!perform(s, task, op)) {
			journal_end(s, task);
			s->active--;
			t->phase = SIM_BLOCKED;
			t->since = s->now;
			return false;
		}
	}
	journal_end(s, task);
	t->phase = SIM_ENDED;
	let_leaders_go(s, task);
	s->result->wall_ns = s->now;
	s->live--;
	s->active--;
	return false;
}

/*
 * Nothing can go on: the orders that the recording has do not fit the changed program. The first
 * task that is ahead of another need not wait for it; if there is none, one that waits for a wake.
 */
static bool drop_an_order(struct sim *s)
{
	uint32_t i, best = REPLAY_NONE;

	for (i = 0; i < s->p->ntasks; i++) {
		const struct sim_task *t = &s->tasks[i];

		if (t->phase != SIM_BLOCKED)
			continue;
		if (best == REPLAY_NONE || t->leads > s->tasks[best].leads ||
		    (t->leads == s->tasks[best].leads && t->since < s->tasks[best].since))
			best = i;
	}
	if (best == REPLAY_NONE)
		return false;
	s->result->dropped++;
	if (s->tasks[best].leads) {
		uint32_t waiter = s->p->wakes[led_by(s, best)->peer].task;
		uint32_t *link = &s->tasks[waiter].leaders;

		while (*link != best)
			link = &s->tasks[*link].next;
		*link = s->tasks[best].next;
		s->tasks[best].leads = false;
		s->tasks[best].ahead = NULL;
		/* It is let past: as if the other had come. */
		s->tasks[waiter].arrived++;
	} else if (op_of(s, best)->kind == OP_WAIT) {
		s->woken[op_of(s, best)->peer] = 1;
	} else if (op_of(s, best)->kind == OP_ACQUIRE) {
		s->locks[op_of(s, best)->object].holder = REPLAY_NONE;
		s->locks[op_of(s, best)->object].first = s->tasks[best].next;
		s->locks[op_of(s, best)->object].waiting--;
	}
	sched__ready(s, best, 0, REPLAY_NONE);
	return true;
}

static void handle(struct sim *s, const struct event *event)
{
	s->now = event->ns;
	switch (event->kind) {
	case EVENT_CPU:
		if (s->cpus[event->index].age == event->age)
			sched__cpu(s, event->index);
		break;
	case EVENT_READY:
		sched__ready(s, event->index, op_of(s, event->index)->latency, REPLAY_NONE);
		break;
	case EVENT_OTHER:
		sched__other(s, event->index);
		break;
	case EVENT_OTHER_WAITS:
		sched__other_waits(s, event->index);
		break;
	case EVENT_TICK:
		sched__tick(s);
		break;
	}
}

static void begin(struct sim *s)
{
	uint32_t i;

	for (i = 0; i < s->set.cpus; i++)
		s->cpus[i].task = REPLAY_NONE;
	for (i = 0; i < s->p->nobjects; i++)
		s->locks[i] = (struct sim_lock){REPLAY_NONE, REPLAY_NONE, REPLAY_NONE, 0};
	for (i = 0; i < s->p->ntasks; i++) {
		s->tasks[i].op = s->p->tasks[i].first;
		s->tasks[i].leaders = s->tasks[i].next = s->tasks[i].lock = REPLAY_NONE;
	}
	s->searches = true;
	sched__start_others(s);
	for (i = 0; i < s->p->ntasks; i++) {
		if (!s->p->tasks[i].begins)
			continue;
		s->live++;
		sched__ready(s, i, 0, REPLAY_NONE);
	}
}

/* A replay that does not come to its end: so many events for each op are never needed. */
#define MOST_EVENTS(p) (100000 + 64 * (uint64_t)(p)->nops)

static void run(struct sim *s)
{
	struct event event;
	uint64_t steps = 0;

	while (s->live && !s->failed) {
		if (steps++ > MOST_EVENTS(s->p)) {
			s->failed = -ELOOP;
			break;
		}
		if (!s->timers && !s->active && !drop_an_order(s))
			break;
		if (event__next(s, &event))
			handle(s, &event);
	}
}

static int make_room(struct sim *s)
{
	const struct program *p = s->p;

	s->tasks = calloc(p->ntasks + p->ncpus, sizeof(*s->tasks));
	s->cpus = calloc(s->set.cpus, sizeof(*s->cpus));
	s->locks = calloc(p->nobjects + 1, sizeof(*s->locks));
	s->woken = calloc(p->nwakes + 1, sizeof(*s->woken));
	s->busy = calloc(p->ncpus, sizeof(*s->busy));
	s->rounds = calloc(p->ncpus, sizeof(*s->rounds));
	s->due = calloc(p->ncpus, sizeof(*s->due));
	return s->tasks && s->cpus && s->locks && s->woken && s->busy && s->due && s->rounds
		       ? 0
		       : -ENOMEM;
}

int engine__run(const struct program *p, const struct engine_settings *settings,
		struct engine_result *result)
{
	struct sim s = {.p = p, .set = *settings, .result = result};
	unsigned int c;
	int err;

	*result = (struct engine_result){0};
	if (!s.set.cpus)
		s.set.cpus = p->ncpus;
	if (!s.set.slice_ns)
		s.set.slice_ns = p->slice_ns;
	s.random = s.set.seed * 0x9e3779b97f4a7c15ULL + 1;
	err = make_room(&s);
	if (!err && s.set.journal)
		err = journal__begin(s.set.journal, p->ntasks);
	if (!err) {
		begin(&s);
		run(&s);
		err = s.failed;
	}
	if (!err && s.set.journal)
		err = s.set.journal->failed;
	free(s.tasks);
	for (c = 0; s.cpus && c < s.set.cpus; c++)
		free(s.cpus[c].queue);
	free(s.cpus);
	free(s.locks);
	free(s.woken);
	free(s.busy);
	free(s.rounds);
	free(s.due);
	free(s.events);
	return err;
}
