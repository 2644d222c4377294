// SPDX-License-Identifier: GPL-2.0-only
#include "export/perfetto_lanes.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "export/perfetto_bundle.h"
#include "export/perfetto_fields.h"
#include "export/perfetto_packets.h"
#include "model/model.h"
#include "trace/info.h"

/* Fields of messages that only this file writes: see perfetto_fields.h. */
enum {
	WAKING_COMM = 1,
	WAKING_PID = 2,
	WAKING_PRIO = 3,
	WAKING_TARGET_CPU = 5,
};

/* prev_state as sched_switch reports it: include/linux/sched.h and trace/events/sched.h, 4.14+ */
#define REPORT_UNINTERRUPTIBLE 0x02
#define REPORT_DEAD	       0x10
#define REPORT_PARKED	       0x40
#define REPORT_IDLE	       0x80
#define REPORT_PREEMPTED       0x100
#define REPORT_MASK	       0x7f
/* The same in task->__state, which is what was recorded. */
#define STATE_DEAD   0x80
#define STATE_IDLE   0x402  /* uninterruptible, and no part of the load */
#define STATE_FROZEN 0x9000 /* TASK_RTLOCK_WAIT, TASK_FROZEN: shown as uninterruptible */
/*
 * No user thread is ever parked: stands for "what it did then was lost", which has no letter, so
 * that neither the run queue nor sleep is blamed.
 */
#define REPORT_UNKNOWN REPORT_PARKED

#define FLAG_HARDIRQ 0x08
#define FLAG_SOFTIRQ 0x10

#define PRIO_DEFAULT 120
/* Above any tid that Linux gives (PID_MAX_LIMIT is 2^22): "runs" where nobody knows who did. */
#define PLACEHOLDER_TID 0x40000000u

struct cpu {
	struct bundle *bundle;
	bool seen;
	/* Its last slice so far. */
	const struct model_task *task; /* NULL = idle or unknown */
	bool unknown, switched;
	uint32_t prev_state; /* as reported */
	uint64_t end_ns;
};

/*
 * A waking may come before the switch-out that it undoes: the kernel had begun to block the task,
 * its CPU had not switched yet. Perfetto ignores a waking of what still runs, so when the task is
 * back and no other waking was seen, this one is told again, just after the switch-out.
 */
struct wake {
	const struct model_task *task;
	bool blocked;	     /* so ended its last slice; what follows tells of that */
	bool retell, woken;  /* a waking came early; one came since */
	uint32_t waker, cpu; /* of the early one; where the task blocked */
	uint64_t blocked_ns, woken_ns;
	/* The last waking of all. Slices come when they end, so it may belong to the next one. */
	bool any;
	uint32_t last_waker;
	uint64_t last_ns;
};

struct lanes {
	struct packets *ps;
	const struct model *model;
	uint64_t origin;
	struct wake *wakes; /* by task id */
	size_t nwakes;
	struct cpu cpus[TRACE_MAX_CPUS];
};

struct lanes *lanes__new(struct packets *ps, uint64_t origin, const struct model *model)
{
	struct lanes *l = calloc(1, sizeof(*l));

	if (!l)
		return NULL;
	l->ps = ps;
	l->model = model;
	l->origin = origin;
	return l;
}

void lanes__free(struct lanes *l)
{
	uint32_t i;

	if (!l)
		return;
	for (i = 0; i < TRACE_MAX_CPUS; i++)
		bundle__free(l->cpus[i].bundle);
	free(l->wakes);
	free(l);
}

struct bundle *lanes__bundle(struct lanes *l, uint32_t cpu)
{
	struct cpu *c = &l->cpus[cpu < TRACE_MAX_CPUS ? cpu : 0];

	if (!c->bundle)
		c->bundle = bundle__new((uint32_t)(c - l->cpus));
	return c->bundle;
}

static struct wake *wake_of(struct lanes *l, const struct model_task *task)
{
	size_t n = l->nwakes ? l->nwakes : 64;
	struct wake *grown;

	if (task->id < l->nwakes)
		return &l->wakes[task->id];
	while (n <= task->id)
		n *= 2;
	grown = realloc(l->wakes, n * sizeof(*grown));
	if (!grown)
		return NULL;
	memset(grown + l->nwakes, 0, (n - l->nwakes) * sizeof(*grown));
	l->wakes = grown;
	l->nwakes = n;
	return &l->wakes[task->id];
}

/* From task->__state to what sched_switch reports: __trace_sched_switch_state() in the kernel. */
static uint32_t reported_state(const struct cpu_slice *slice)
{
	uint32_t state = slice->prev_state;

	if (slice->preempt)
		return REPORT_PREEMPTED;
	if (!state)
		return 0;
	if ((state & STATE_IDLE) == STATE_IDLE)
		return REPORT_IDLE;
	if (state & STATE_DEAD)
		return REPORT_DEAD;
	if (state & STATE_FROZEN || !(state & REPORT_MASK))
		return REPORT_UNINTERRUPTIBLE;
	return 1u << (31 - __builtin_clz(state & REPORT_MASK));
}

/* How the CPU's last slice ended: what the switch at its end says of prev. */
static uint32_t end_state(const struct cpu *c, bool unknown_next)
{
	if (!c->seen)
		return 0;
	if (c->unknown)
		return REPORT_DEAD;
	if (c->switched)
		return c->prev_state;
	return unknown_next ? REPORT_UNKNOWN : REPORT_PREEMPTED;
}

static int switch_to(struct lanes *l, struct cpu *c, uint64_t ns, uint32_t prev_state,
		     const struct bundle_task *next)
{
	return bundle__switch(c->bundle, l->ps, l->origin + ns, prev_state, next);
}

static const struct bundle_task idle = {.prio = PRIO_DEFAULT, .comm = "swapper"};

static int start_slice(struct lanes *l, struct cpu *c, const struct cpu_slice *slice, bool unknown)
{
	struct bundle_task next = idle;
	int err;

	if (unknown) {
		next.tid = PLACEHOLDER_TID + slice->cpu;
		next.comm = "not recorded";
	} else if (slice->task) {
		next.tid = slice->task->tid;
		next.prio = slice->prio;
		next.comm = slice->task->comm;
	}
	if (!c->seen) {
		/* Perfetto takes a CPU's first switch as "this is what runs" only. */
		err = switch_to(l, c, slice->start_ns - 1, 0, &idle);
		if (err)
			return err;
	}
	return switch_to(l, c, slice->start_ns, end_state(c, unknown), &next);
}

/* A waking that is not where Perfetto looks for it: by `waker`, 0 = not known. */
static int tell_waking(struct lanes *l, uint64_t ns, const struct model_task *task, uint32_t cpu,
		       uint32_t waker)
{
	struct bundle *b = lanes__bundle(l, cpu);
	struct proto *p;
	size_t mark;

	if (!b)
		return -ENOMEM;
	p = bundle__event_begin(b, l->origin + ns, waker);
	mark = proto__begin(p, EVENT_SCHED_WAKING);
	proto__string(p, WAKING_COMM, task->comm, strlen(task->comm));
	proto__uint(p, WAKING_PID, task->tid);
	proto__uint(p, WAKING_TARGET_CPU, cpu);
	proto__end(p, mark);
	return bundle__event_end(b, l->ps);
}

static int retell_waking(struct lanes *l, const struct wake *w)
{
	return tell_waking(l, w->blocked_ns + 1, w->task, w->cpu, w->waker);
}

int lanes__runnable(struct lanes *l, const struct task_slice *slice)
{
	struct wake *w = wake_of(l, slice->task);

	if (!w)
		return -ENOMEM;
	/* The model knows better whether a waking that came early undid this block. */
	if (w->retell && w->blocked && slice->start_ns > w->blocked_ns)
		w->retell = false;
	if (slice->preempted || slice->woken_by != WAKE_UNKNOWN)
		return 0;
	return tell_waking(l, slice->start_ns + 1, slice->task, slice->cpu, 0);
}

/* The task ran again: settles how it was woken before, and notes how it left the CPU now. */
static int note_run(struct lanes *l, const struct cpu_slice *slice)
{
	struct wake *w = wake_of(l, slice->task);
	int err = 0;

	if (!w)
		return -ENOMEM;
	if (w->blocked && w->retell && !(w->woken && w->woken_ns <= slice->start_ns))
		err = retell_waking(l, w);
	w->task = slice->task;
	w->blocked = slice->switched && slice->prev_state && !slice->preempt &&
		     !(slice->prev_state & STATE_DEAD);
	w->retell = w->any && w->last_ns >= slice->start_ns &&
		    slice->end_ns - w->last_ns <= MODEL_EARLY_WAKING_NS;
	w->waker = w->last_waker;
	w->woken = false;
	w->blocked_ns = slice->end_ns;
	w->cpu = slice->cpu;
	return err;
}

bool lanes__is_loss(const struct lanes *l, const struct cpu_slice *slice)
{
	/* What runs when the window opens may be unknown, though nothing was lost. */
	return slice->use == CPU_UNKNOWN && slice->start_ns > model__window_start(l->model);
}

int lanes__run(struct lanes *l, const struct cpu_slice *slice)
{
	bool unknown = slice->use == CPU_UNKNOWN || (slice->use != CPU_IDLE && !slice->task);
	struct cpu *c;
	int err = 0;

	if (slice->cpu >= TRACE_MAX_CPUS)
		return -EINVAL;
	if (!lanes__bundle(l, slice->cpu))
		return -ENOMEM;
	c = &l->cpus[slice->cpu];
	/* Cut without a switch, and the same goes on: one stretch. */
	if (!c->seen || c->switched || c->unknown != unknown || c->task != slice->task)
		err = start_slice(l, c, slice, unknown);
	if (lanes__is_loss(l, slice))
		bundle__mark_lost(c->bundle);
	c->seen = true;
	c->unknown = unknown;
	c->task = slice->task;
	c->switched = slice->switched;
	c->prev_state = reported_state(slice);
	c->end_ns = slice->end_ns;
	if (!err && slice->task)
		err = note_run(l, slice);
	return err;
}

bool lanes__has_birth(const struct lanes *l, const struct model_task *task)
{
	/* Whoever is there when the window opens is no newborn to Perfetto: it runs already. */
	return task->known && task->started && (task->parent_tid || task->ppid) &&
	       task->start_ns > model__window_start(l->model);
}

int lanes__waking(struct lanes *l, const struct model_waking *waking)
{
	const struct model_task *task = waking->wakee;
	struct bundle_task wakee = {.tid = task->tid, .prio = waking->prio, .comm = task->comm};
	uint32_t flags =
		(waking->hardirq ? FLAG_HARDIRQ : 0) | (waking->softirq ? FLAG_SOFTIRQ : 0);
	struct wake *w = wake_of(l, task);
	struct bundle *b;

	if (waking->cpu >= TRACE_MAX_CPUS)
		return -EINVAL;
	b = lanes__bundle(l, waking->cpu);
	if (!w || !b)
		return -ENOMEM;
	if (!w->woken) {
		w->woken = true;
		w->woken_ns = waking->ns;
	}
	w->any = true;
	w->last_ns = waking->ns;
	/* Told again, it cannot tell of interrupts: rather nobody than a bystander. */
	w->last_waker = !flags && waking->waker ? waking->waker->tid : 0;
	if (waking->new_task && lanes__has_birth(l, task))
		return 0;
	return bundle__waking(b, l->ps, l->origin + waking->ns, &wakee, waking->target_cpu, flags);
}

int lanes__finish(struct lanes *l)
{
	struct wake *w;
	struct cpu *c;
	size_t i;
	int err;

	for (c = l->cpus; c < l->cpus + TRACE_MAX_CPUS; c++) {
		if (!c->seen)
			continue;
		err = switch_to(l, c, c->end_ns, end_state(c, false), &idle);
		if (err)
			return err;
	}
	for (i = 0; i < l->nwakes; i++) {
		w = &l->wakes[i];
		if (!w->blocked || !w->retell || w->woken)
			continue;
		err = retell_waking(l, w);
		if (err)
			return err;
	}
	return 0;
}

int lanes__flush(struct lanes *l)
{
	struct cpu *c;
	int err = 0;

	for (c = l->cpus; !err && c < l->cpus + TRACE_MAX_CPUS; c++)
		if (c->bundle)
			err = bundle__flush(c->bundle, l->ps);
	return err;
}
