// SPDX-License-Identifier: GPL-2.0-only
/*
 * Switches and wakings. What a task did off the CPU is only settled when it comes back: 9 % of
 * blocks were seen to have their only waking before the switch-out, because the waker acts between
 * the task's decision to sleep and its leaving the CPU.
 */
#include <errno.h>

#include "model/python.h"
#include "model/state.h"
#include "model/syscalls.h"

#define STATE_DEAD 0x80

/* include/linux/interrupt.h */
enum { VEC_TIMER = 1, VEC_NET_TX = 2, VEC_NET_RX = 3, VEC_BLOCK = 4, VEC_HRTIMER = 8 };

/* Inside a loss: what happens next may go unseen. */
static bool in_gap(const struct model *m, uint64_t ts)
{
	return ts < m->gap_until;
}

void sched__settle(struct model *m, struct task *task, uint64_t ts)
{
	const struct woken *woken = &task->woken;
	uint64_t ready = woken->valid && woken->ts < ts ? woken->ts : ts;

	switch (task->phase) {
	case PHASE_RUNNING:
		emit__running(m, task, (struct span){task->since, ts}, task->cpu);
		break;
	case PHASE_RUNNABLE:
		emit__off(m, task, (struct span){task->since, ts}, TASK_RUNNABLE, woken);
		break;
	case PHASE_BLOCKED:
		if (task->guessed && task->pub.traced && !task->described)
			wait__of_guess(m, task);
		emit__off(m, task, (struct span){task->since, ready}, TASK_BLOCKED, woken);
		emit__off(m, task, (struct span){ready, ts}, TASK_RUNNABLE, woken);
		break;
	case PHASE_UNSEEN:
	case PHASE_UNKNOWN:
		emit__off(m, task, (struct span){task->since, ts}, TASK_UNKNOWN, NULL);
		break;
	case PHASE_ENDED:
		break;
	}
}

static void enter_phase(struct task *task, enum phase phase, uint64_t ts)
{
	task->phase = phase;
	task->since = ts;
	task->guessed = task->throttled = false;
	task->woken.valid = false;
}

/* The kernel's own count tells voluntary from not; where it is not known, its rule does. */
static void count_switch(const struct model *m, struct task *task, const struct ct_switch *sw)
{
	bool voluntary = sw->prev_state && !(sw->h.flags & CT_F_PREEMPT);

	if (task->has_aux && (uint8_t)(sw->h.aux - task->aux) <= 1)
		voluntary = sw->h.aux != task->aux;
	task->has_aux = true;
	task->aux = sw->h.aux;
	if (sw->h.ts < m->window_start || sw->h.ts > m->window_end)
		return;
	if (voluntary)
		task->pub.voluntary++;
	else
		task->pub.involuntary++;
	if (sw->h.flags & CT_F_YIELD)
		task->pub.yields++;
}

/* A task that the snapshot or a loss left in doubt turns out to have been running. */
static void assume_running(struct model *m, struct task *task, unsigned int cpu, uint64_t since)
{
	if (task->phase == PHASE_RUNNING && task->cpu == cpu)
		return;
	if (task->phase != PHASE_UNSEEN && !task->guessed && task->phase != PHASE_UNKNOWN)
		task->phase = PHASE_UNKNOWN; /* it came in unreported, some time since */
	if (task->phase == PHASE_UNSEEN || task->guessed)
		since = task->since < since ? task->since : since;
	else if (since < task->since)
		since = task->since;
	if (since > task->since)
		sched__settle(m, task, since);
	if (since < task->begin)
		task->begin = since; /* nobody told of it before */
	enter_phase(task, PHASE_RUNNING, since);
	task->cpu = cpu;
}

static void switch_out(struct model *m, struct task *task, unsigned int cpu,
		       const union ct_event *ev)
{
	const struct ct_switch *sw = &ev->sw;
	uint64_t ts = sw->h.ts;

	assume_running(m, task, cpu, m->lanes[cpu].since);
	sched__settle(m, task, ts);
	task->since = ts;
	count_switch(m, task, sw);
	if (sw->prev_state & STATE_DEAD) {
		life__dead(m, task, ts);
		return;
	}
	if (in_gap(m, ts)) {
		enter_phase(task, PHASE_UNKNOWN, ts);
	} else if (sw->prev_state && !(sw->h.flags & CT_F_PREEMPT)) {
		enter_phase(task, PHASE_BLOCKED, ts);
		if (task->pub.traced) {
			wait__of_switch(m, task, ev);
			task->wait.in_task = python__task_now(m->python);
			holders__blocked(m, task, ev);
		}
	} else {
		enter_phase(task, PHASE_RUNNABLE, ts);
		task->throttled = sw->h.type == CT_SWITCH && (sw->h.flags & CT_F_THROTTLED);
	}
}

/* True if the last waking while it ran is what undid the block that it is in now. */
static bool woken_early(const struct task *task)
{
	return task->pending.valid && task->since - task->pending.ts <= MODEL_EARLY_WAKING_NS;
}

/* include <sys/wait.h>: arch/x86/entry/syscalls/syscall_64.tbl */
enum { NR_WAIT4 = 61, NR_WAITID = 247 };

/* It runs for the first time, or comes back from waiting for a child. */
static void note_life(struct model *m, struct task *task, uint64_t ts)
{
	const struct model_task *child = task->woken.valid ? task->woken.waker : NULL;
	int nr = task->wait.nr;

	if (ts < m->window_start || ts > m->window_end)
		return;
	if (!task->pub.first_run_ns)
		task->pub.first_run_ns = ts - m->info->start_ns;
	if (child && task->phase == PHASE_BLOCKED && (nr == NR_WAIT4 || nr == NR_WAITID) &&
	    child->ppid == task->pub.pid && !child->reaped_ns)
		((struct model_task *)child)->reaped_ns = ts - m->info->start_ns;
}

static void switch_in(struct model *m, struct task *task, unsigned int cpu, uint64_t ts)
{
	holders__runs(m, task, ts);
	if (task->phase == PHASE_BLOCKED && !task->woken.valid && woken_early(task)) {
		/* It was woken while it was still leaving. */
		task->phase = PHASE_RUNNABLE;
		task->woken = task->pending;
	} else if (task->phase == PHASE_RUNNING ||
		   (task->phase == PHASE_BLOCKED && !task->woken.valid)) {
		/* Its switch-out, or what woke it, was not reported. */
		task->phase = PHASE_UNKNOWN;
	}
	sched__settle(m, task, ts);
	if (task->cpu != cpu && task->cpu != UINT32_MAX && ts >= m->window_start &&
	    ts <= m->window_end)
		task->pub.migrations++;
	note_life(m, task, ts);
	enter_phase(task, PHASE_RUNNING, ts);
	task->pending.valid = false;
	task->cpu = cpu;
}

/* Who leaves: what the lane says runs, unless a thread took its leader's tid in exec. */
static struct task *find_prev(struct model *m, const struct lane *lane, const struct ct_hdr *h)
{
	struct task *running = lane->known ? lane->task : NULL;

	if (!h->tid)
		return NULL;
	if (running && running->pub.tid != h->tid && running->pub.pid == h->tid &&
	    tasks__exchange(m->tasks, running, h->tid))
		m->failed = -ENOMEM;
	return life__task(m, h->tid, h->ts);
}

/*
 * Tasks leave unreported whose every event the kernel hides. Whoever was seen last, or another of
 * its kind, ran until `since`: other programs, unless they count as the workload themselves; then
 * which of them ran how long is not known.
 */
void sched__arrived(struct model *m, unsigned int cpu, const struct ct_arrived *a)
{
	struct lane *lane = &m->lanes[cpu];
	struct task *task = find_prev(m, lane, &a->h);
	struct woken early = {0};

	if (!lane->known || lane->task == task || !task)
		return;
	if (a->since <= lane->since || a->since > a->h.ts || a->since < task->since)
		return;
	lane->known = lane->task && !lane->task->pub.traced;
	emit__cpu(m, cpu, a->since, NULL);
	/* What woke it while it ran unseen is about its next wait; what ended the one before is
	 * hidden. */
	if (task->phase == PHASE_BLOCKED && task->pending.valid && task->pending.ts > a->since)
		early = task->pending;
	if (task->phase == PHASE_BLOCKED && task->woken.valid && task->woken.ts > a->since) {
		early = early.valid ? early : task->woken;
		task->woken.valid = false;
	}
	switch_in(m, task, cpu, a->since);
	task->pending = early;
	lane->known = true;
	lane->task = task;
	lane->since = a->since;
}

/* Its waking came early, or is hidden: then nobody knows who, but the scheduler knows when. */
void sched__queued(struct model *m, const struct ct_arrived *q)
{
	struct task *task = tasks__find(m->tasks, q->h.tid);

	if (!task || task->phase != PHASE_BLOCKED || task->woken.valid || task->guessed)
		return;
	if (woken_early(task) || !q->since)
		return;
	task->woken.source = WAKE_UNKNOWN;
	task->woken.waker = NULL;
	task->woken.ts = q->since > task->since ? q->since : task->since;
	task->woken.valid = true;
}

/* Until when the lane's task ran is not known; at `ts` it was gone. */
static void doubt_lane(struct model *m, unsigned int cpu, uint64_t ts)
{
	struct lane *lane = &m->lanes[cpu];

	lane->known = false;
	emit__cpu(m, cpu, ts, NULL);
	lane->since = ts;
}

/* Its birth was lost; that it is one of ours is news, so nothing of its past was told yet. */
static void adopt(struct model *m, struct task *task)
{
	task->pub.traced = true;
	if (task->begin < task->since)
		emit__off(m, task, (struct span){task->begin, task->since}, TASK_UNKNOWN, NULL);
}

void sched__switch(struct model *m, unsigned int cpu, const union ct_event *ev)
{
	const struct ct_switch *sw = &ev->sw;
	struct lane *lane = &m->lanes[cpu];
	struct task *prev = find_prev(m, lane, &sw->h), *next = NULL;

	if (prev && (sw->h.flags & CT_F_PREV_TRACED) && !prev->pub.traced && !prev->pub.known)
		adopt(m, prev);
	if (!lane->known) {
		/* No switch since the lane's doubt began: prev has run all the time. */
		lane->known = true;
		lane->task = prev;
	} else if (lane->task != prev) {
		doubt_lane(m, cpu, sw->h.ts);
	}
	emit__cpu(m, cpu, sw->h.ts, sw);
	if (prev)
		switch_out(m, prev, cpu, ev);
	if (sw->next_tid)
		next = life__task(m, sw->next_tid, sw->h.ts);
	if (next)
		switch_in(m, next, cpu, sw->h.ts);
	lane->known = true;
	lane->task = next;
	lane->since = sw->h.ts;
	lane->prio = sw->h.prio;
}

static enum wake_source irq_source(const struct ct_waking *w)
{
	if (w->h.flags & CT_W_HARDIRQ)
		return w->h.flags & CT_W_TIMER ? WAKE_TIMER : WAKE_IRQ;
	switch (w->h.aux) {
	case VEC_TIMER:
	case VEC_HRTIMER:
		return WAKE_TIMER;
	case VEC_NET_TX:
	case VEC_NET_RX:
		return WAKE_NETWORK;
	case VEC_BLOCK:
		return WAKE_DISK;
	default:
		return WAKE_IRQ;
	}
}

static struct woken woken_of(const struct model *m, const struct ct_waking *w)
{
	struct woken woken = {.valid = true,
			      .ts = w->h.ts,
			      .source = WAKE_TASK,
			      .stack = w->stack,
			      .target = w->target};
	const struct task *waker = w->waker ? tasks__find(m->tasks, w->waker) : NULL;
	bool sends = !(w->h.flags & (CT_W_HARDIRQ | CT_W_COMPAT)) && w->h.aux == VEC_NET_RX &&
		     syscalls__sends(w->nr);

	/* On loopback the receiver's softirq runs inside the sender's call. */
	if ((w->h.flags & (CT_W_HARDIRQ | CT_W_SOFTIRQ)) && !sends) {
		woken.source = irq_source(w);
		woken.stack = woken.target = 0; /* of the one that was interrupted */
	} else if (waker) {
		woken.waker = &waker->pub;
	} else {
		woken.source = WAKE_UNKNOWN;
	}
	return woken;
}

static void wake(struct model *m, struct task *task, const struct woken *woken)
{
	if (task->guessed && task->phase == PHASE_RUNNABLE)
		task->phase = PHASE_UNSEEN; /* one that is woken was not queued */
	switch (task->phase) {
	case PHASE_RUNNING:
		task->pending = *woken;
		break;
	case PHASE_BLOCKED:
		if (!task->woken.valid)
			task->woken = *woken;
		else
			task->pending = *woken; /* it may run unseen: sched__arrived() */
		break;
	case PHASE_UNSEEN:
	case PHASE_UNKNOWN:
		sched__settle(m, task, woken->ts);
		if (in_gap(m, woken->ts)) {
			task->since = woken->ts;
			break;
		}
		enter_phase(task, PHASE_RUNNABLE, woken->ts);
		task->woken = *woken;
		break;
	case PHASE_RUNNABLE:
	case PHASE_ENDED:
		break;
	}
}

void sched__waking(struct model *m, unsigned int cpu, const union ct_event *ev)
{
	const struct ct_waking *w = &ev->waking;
	struct task *task = life__task(m, w->h.tid, w->h.ts);
	struct woken woken = woken_of(m, w);

	if (!task)
		return;
	/* The idle task wakes somebody: whom we believed on this CPU has left it unreported. */
	if (!w->waker && m->lanes[cpu].known && m->lanes[cpu].task) {
		doubt_lane(m, cpu, w->h.ts);
		m->lanes[cpu].known = true;
		m->lanes[cpu].task = NULL;
	}
	emit__waking(m, cpu, w, &woken, task);
	if (w->h.type == CT_WAKEUP_NEW) {
		if (task->phase == PHASE_RUNNABLE)
			task->woken = woken;
		return;
	}
	if (!in_gap(m, w->h.ts))
		holders__waking(m, ev, task);
	wake(m, task, &woken);
}
