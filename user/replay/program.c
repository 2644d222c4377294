// SPDX-License-Identifier: GPL-2.0-only
/*
 * From what was recorded to what each task does. Its stretches on CPUs become one line of computing
 * time, along which lie its waits, and the wakes that it gave others. How long a wait took is kept
 * only where nobody else in the recording ended it.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "lib/array.h"
#include "replay/recording.h"

/* Whom somebody woken takes the CPU from has hardly gone on by then. */
#define PUSH_NS 20000u

/* Something that a task did to another, on its own line of time. */
struct deed {
	uint64_t ns, since_ns; /* since: RELEASE: the task was seen to hold it, 0 = not */
	uint32_t task, peer, object;
	uint8_t kind, cause, flags;
};

struct deeds {
	struct deed *all;
	size_t count, size;
};

struct build {
	struct program *p;
	struct recording *rec;
	const struct model *model;
	uint32_t *index; /* of tasks, by id */
	struct deeds deeds;
	is_site_fn is_site;
	void *ctx;
	/* The task at hand. */
	uint64_t *progress; /* at the beginning of each slice */
	size_t progress_size;
	size_t sample;
};

static bool is_lock(enum cause cause)
{
	return cause == CAUSE_MUTEX || cause == CAUSE_GIL;
}

/* Whom another task keeps waiting, as opposed to time or a device. */
static bool is_ended_by_task(const struct build *b, const struct kept_slice *s)
{
	if (s->state != TASK_BLOCKED || s->woken_by != WAKE_TASK || s->waker == REPLAY_NONE)
		return false;
	if (s->cause == CAUSE_SLEEP || s->cause == CAUSE_DISK || s->cause == CAUSE_PAGEFAULT)
		return false;
	return b->index[s->waker] != REPLAY_NONE && !s->iowait;
}

static uint8_t flags_of_meeting(enum cause cause)
{
	switch (cause) {
	case CAUSE_BARRIER:
		return OP_TOGETHER;
	case CAUSE_CONDVAR:
	case CAUSE_SEMAPHORE:
	case CAUSE_FUTEX:
	case CAUSE_PIPE:
		return OP_MEET;
	default:
		return 0;
	}
}

static uint8_t flags_of_delay(const struct kept_slice *s)
{
	if (s->state == TASK_UNKNOWN)
		return OP_LOST;
	if (s->cause == CAUSE_SLEEP || s->woken_by == WAKE_TIMER)
		return OP_TIMER;
	if (s->cause == CAUSE_DISK || s->cause == CAUSE_NETWORK || s->iowait ||
	    s->woken_by == WAKE_DISK || s->woken_by == WAKE_NETWORK)
		return OP_DEVICE;
	return 0;
}

struct op *program__add(struct program *p, enum op_kind kind)
{
	struct op *ops = array__reserve(p->ops, &p->ops_size, p->nops, sizeof(*ops));

	if (!ops)
		return NULL;
	p->ops = ops;
	ops += p->nops++;
	*ops = (struct op){.kind = (uint8_t)kind, .object = REPLAY_NONE, .peer = REPLAY_NONE};
	return ops;
}

static struct deed *add_deed(struct build *b, enum op_kind kind, uint32_t task, uint64_t ns)
{
	struct deeds *d = &b->deeds;
	struct deed *all = array__reserve(d->all, &d->size, d->count, sizeof(*all));

	if (!all)
		return NULL;
	d->all = all;
	all += d->count++;
	*all = (struct deed){.kind = (uint8_t)kind, .task = task, .ns = ns};
	return all;
}

static struct kept_slice *slice_at(struct kept_task *task, uint64_t ns)
{
	size_t low = 0, high = task->nslices;

	while (low < high) {
		size_t mid = (low + high) / 2;

		if (task->slices[mid].end_ns <= ns)
			low = mid + 1;
		else
			high = mid;
	}
	return low < task->nslices && task->slices[low].start_ns <= ns ? &task->slices[low] : NULL;
}

/*
 * Had the scheduler stopped the holder that `s` had to wait for? It was stopped with the lock when
 * `s` came; and at any time until it let go itself.
 */
static void note_stopped_holder(struct build *b, const struct kept_slice *s)
{
	uint32_t id = s->holder != REPLAY_NONE ? s->holder : s->waker;
	struct kept_task *task = id < b->rec->ntasks ? &b->rec->tasks[id] : NULL;
	struct kept_slice *at = task ? slice_at(task, s->start_ns) : NULL;

	if (s->cause == CAUSE_GIL) /* Python code always has it, whether others wait or not */
		return;
	for (; at && at < task->slices + task->nslices && at->start_ns < s->end_ns; at++) {
		if (at->state == TASK_RUNNABLE) {
			at->held = true;
			at->object = s->object;
		}
		if (id != s->waker)
			break;
	}
}

/* Was the waker stopped for the sake of whom it woke? */
static void note_pushed(struct build *b, const struct kept_slice *s)
{
	struct kept_task *task = &b->rec->tasks[s->waker];
	struct kept_slice *at = s->end_ns ? slice_at(task, s->end_ns - 1) : NULL;

	if (!at || at->state != TASK_RUNNING || at + 1 >= task->slices + task->nslices)
		return;
	if (at[1].state == TASK_RUNNABLE && at->end_ns < s->end_ns + PUSH_NS)
		at[1].pushed = true;
}

/* The other's part of a wait. */
static int add_cause_of_wait(struct build *b, const struct kept_slice *s)
{
	struct deed *deed;

	if (s->in_vain)
		return 0;
	deed = add_deed(b, is_lock(s->cause) ? OP_RELEASE : OP_WAKE, b->index[s->waker], s->end_ns);
	if (!deed)
		return -ENOMEM;
	note_pushed(b, s);
	deed->object = s->object;
	deed->cause = s->cause;
	if (is_lock(s->cause)) {
		note_stopped_holder(b, s);
		deed->since_ns = s->holder == s->waker ? s->start_ns : 0;
		return 0;
	}
	deed->flags = flags_of_meeting(s->cause);
	deed->peer = (uint32_t)b->p->nwakes++;
	return 0;
}

/* Tasks get their numbers, and what they did to each other is gathered. */
static int gather(struct build *b)
{
	struct recording *rec = b->rec;
	struct program *p = b->p;
	uint32_t id, i;
	size_t s;

	b->index = malloc((rec->ntasks + 1) * sizeof(*b->index));
	p->tasks = calloc(rec->ntasks + 1, sizeof(*p->tasks));
	if (!b->index || !p->tasks)
		return -ENOMEM;
	for (id = 0; id < rec->ntasks; id++) {
		b->index[id] = rec->tasks[id].nslices ? (uint32_t)p->ntasks : REPLAY_NONE;
		if (rec->tasks[id].nslices)
			p->tasks[p->ntasks++].id = id;
	}
	for (i = 0; i < p->ntasks; i++) {
		struct kept_task *task = &rec->tasks[p->tasks[i].id];
		bool started =
			task->creator < rec->ntasks && b->index[task->creator] != REPLAY_NONE;
		struct deed *deed;

		p->tasks[i].begins = !started;
		p->tasks[i].creator = task->creator;
		if (started) {
			deed = add_deed(b, OP_START, b->index[task->creator], task->started_ns);
			if (!deed)
				return -ENOMEM;
			deed->peer = i;
		}
		for (s = 0; s < task->nslices; s++)
			if (is_ended_by_task(b, &task->slices[s]) &&
			    add_cause_of_wait(b, &task->slices[s]))
				return -ENOMEM;
	}
	return 0;
}

static int by_task_and_time(const void *a, const void *b)
{
	const struct deed *x = a, *y = b;

	if (x->task != y->task)
		return x->task < y->task ? -1 : 1;
	if (x->ns != y->ns)
		return x->ns < y->ns ? -1 : 1;
	if (x->kind != y->kind)
		return x->kind < y->kind ? -1 : 1;
	return x->peer < y->peer ? -1 : x->peer > y->peer;
}

/* Computing time from `from` to `to`; samples in it are counted in object and peer. */
static int add_run(struct build *b, const struct kept_task *task, uint16_t cpu, uint64_t from,
		   uint64_t to)
{
	struct program *p = b->p;
	struct op *op = p->nops ? &p->ops[p->nops - 1] : NULL;

	if (to <= from)
		return 0;
	/* A preemption is kept as an end: others came first there. */
	if (!op || op->kind != OP_RUN || op->at + op->ns != from) {
		op = program__add(p, OP_RUN);
		if (!op)
			return -ENOMEM;
		op->object = op->peer = 0;
		op->at = from;
		op->stretch = 1;
		op->cpu = cpu;
	}
	op->ns += to - from;
	for (; b->is_site && b->sample < task->nsamples && task->samples[b->sample].ns <= to;
	     b->sample++) {
		if (!task->samples[b->sample].stack)
			continue;
		op->object++;
		op->peer += b->is_site(b->ctx, task->samples[b->sample].stack);
	}
	return 0;
}

/* Where on its line of computing time the task was at `ns`. */
static uint64_t progress_at(const struct build *b, const struct kept_task *task, uint64_t ns)
{
	const struct kept_slice *s = slice_at((struct kept_task *)task, ns);

	if (!s)
		return 0;
	return b->progress[s - task->slices] + (s->state == TASK_RUNNING ? ns - s->start_ns : 0);
}

static int add_deed_op(struct build *b, const struct kept_task *task, const struct deed *d)
{
	struct op *op = program__add(b->p, d->kind);

	if (!op)
		return -ENOMEM;
	op->at = d->ns;
	op->object = d->object;
	op->peer = d->peer;
	op->cause = d->cause;
	op->flags = d->flags;
	/* Of a release `ns` is 1 + how far the task was when it was seen to hold the lock. */
	if (d->kind == OP_RELEASE && d->since_ns)
		op->ns = 1 + progress_at(b, task, d->since_ns);
	if (d->kind == OP_START)
		op->object = REPLAY_NONE;
	return 0;
}

/* The deeds of a task are numbered as its waits are: in the order of time. */
static int add_wait(struct build *b, const struct kept_slice *s, uint32_t *next_wake)
{
	/* Who waits for the interpreter lock only looks up when its timeout has passed. */
	bool other = is_ended_by_task(b, s) || (s->state == TASK_BLOCKED && s->cause == CAUSE_GIL);
	struct op *op = program__add(b->p, !other	       ? OP_DELAY
					   : is_lock(s->cause) ? OP_ACQUIRE
							       : OP_WAIT);

	if (!op)
		return -ENOMEM;
	op->at = s->start_ns;
	op->object = s->object;
	op->cause = s->cause;
	op->latency = s->latency;
	if (op->kind == OP_DELAY) {
		op->ns = s->end_ns - s->start_ns;
		op->flags = flags_of_delay(s);
		if (op->flags & OP_LOST)
			b->p->unknown_ns += op->ns;
	} else if (op->kind == OP_WAIT) {
		op->flags = flags_of_meeting(s->cause);
		op->peer = (*next_wake)++;
	}
	return 0;
}

static int note_progress(struct build *b, const struct kept_task *task)
{
	uint64_t sum = 0;
	size_t s;

	for (s = 0; s < task->nslices; s++) {
		uint64_t *progress =
			array__reserve(b->progress, &b->progress_size, s, sizeof(*progress));

		if (!progress)
			return -ENOMEM;
		b->progress = progress;
		progress[s] = sum;
		b->p->task_ns += task->slices[s].end_ns - task->slices[s].start_ns;
		if (task->slices[s].state == TASK_RUNNING)
			sum += task->slices[s].end_ns - task->slices[s].start_ns;
	}
	return 0;
}

static int add_slice(struct build *b, const struct kept_task *task, const struct kept_slice *s,
		     const struct deed **deed, const struct deed *end, uint32_t *next_wake)
{
	uint64_t at = s->start_ns;
	bool runs = s->state == TASK_RUNNING;
	int err = 0;

	for (; !err && *deed < end && (*deed)->ns <= (runs ? s->end_ns : s->start_ns); ++*deed) {
		if (runs) {
			err = add_run(b, task, s->cpu, at, (*deed)->ns);
			at = (*deed)->ns > at ? (*deed)->ns : at;
		}
		if (!err)
			err = add_deed_op(b, task, *deed);
	}
	if (err || s->state == TASK_RUNNABLE)
		return err;
	return runs ? add_run(b, task, s->cpu, at, s->end_ns) : add_wait(b, s, next_wake);
}

static int add_task(struct build *b, uint32_t i, const struct deed **deed, uint32_t *next_wake)
{
	struct replay_task *t = &b->p->tasks[i];
	const struct kept_task *task = &b->rec->tasks[t->id];
	const struct deed *end = *deed;
	const struct deed *last = b->deeds.count ? b->deeds.all + b->deeds.count : end;
	uint64_t begin = model__window_start(b->model);
	struct op *op;
	size_t s;
	int err = note_progress(b, task);

	while (end < last && end->task == i)
		end++;
	t->first = b->p->nops;
	b->sample = 0;
	/* A mark that keeps the runs of two tasks apart; it also waits for the task's time. */
	op = err ? NULL : program__add(b->p, OP_DELAY);
	if (!op)
		return -ENOMEM;
	if (t->begins && task->slices[0].start_ns > begin)
		op->ns = task->slices[0].start_ns - begin;
	op->latency = 0;
	for (s = 0; s < task->nslices && !err; s++)
		err = add_slice(b, task, &task->slices[s], deed, end, next_wake);
	for (; !err && *deed < end; ++*deed)
		err = add_deed_op(b, task, *deed);
	t->count = b->p->nops - t->first;
	return err;
}

void program__number_wakes(struct program *p)
{
	uint32_t i, number;
	size_t o;

	for (i = 0; i < p->ntasks; i++) {
		number = 0;
		for (o = 0; o < p->tasks[i].count; o++) {
			const struct op *op = &p->ops[p->tasks[i].first + o];

			if (op->kind == OP_WAIT)
				p->wakes[op->peer] = (struct replay_wake){i, number++};
		}
	}
}

static int count_users(struct build *b)
{
	struct program *p = b->p;
	struct replay_user *user;
	uint32_t i;
	size_t s, u, first;

	for (i = 0; i < p->ntasks; i++) {
		const struct kept_task *task = &b->rec->tasks[p->tasks[i].id];
		uint32_t stops = 0;

		first = p->nusers;
		for (s = 0; s < task->nslices; s++) {
			const struct kept_slice *slice = &task->slices[s];

			stops += slice->state == TASK_RUNNABLE && !slice->pushed;
			if (!slice->held || slice->pushed)
				continue;
			for (u = first; u < p->nusers && p->users[u].object != slice->object; u++)
				;
			user = array__reserve(p->users, &p->users_size, u, sizeof(*user));
			if (!user)
				return -ENOMEM;
			p->users = user;
			if (u == p->nusers)
				p->users[p->nusers++] =
					(struct replay_user){.task = i, .object = slice->object};
			p->users[u].held++;
		}
		for (u = first; u < p->nusers; u++)
			p->users[u].stops = stops;
	}
	return 0;
}

static int build_ops(struct build *b)
{
	struct program *p = b->p;
	const struct deed *deed;
	uint32_t i, next_wake = 0;
	int err = gather(b);

	if (err)
		return err;
	if (b->deeds.count)
		qsort(b->deeds.all, b->deeds.count, sizeof(*b->deeds.all), by_task_and_time);
	deed = b->deeds.all;
	for (i = 0; i < p->ntasks && !err; i++)
		err = add_task(b, i, &deed, &next_wake);
	if (err)
		return err;
	p->wakes = calloc(p->nwakes + 1, sizeof(*p->wakes));
	if (!p->wakes)
		return -ENOMEM;
	program__number_wakes(p);
	return 0;
}

int program__build(struct program *p, struct recording *rec, const struct model *model,
		   is_site_fn is_site, void *ctx)
{
	struct build b = {.p = p, .rec = rec, .model = model, .is_site = is_site, .ctx = ctx};
	int err;

	memset(p, 0, sizeof(*p));
	p->nobjects = model__object_count(model);
	p->wall_ns = model__window_end(model) - model__window_start(model);
	err = build_ops(&b);
	if (!err)
		err = count_users(&b);
	if (!err)
		err = program__take_machine(p, rec, model);
	if (!err && is_site)
		err = program__share_samples(p);
	if (!err)
		err = program__find_sections(p);
	free(b.index);
	free(b.deeds.all);
	free(b.progress);
	return err;
}

void program__free(struct program *p)
{
	unsigned int i;

	for (i = 0; p->cpus && i < p->ncpus; i++)
		free(p->cpus[i].busy);
	free(p->cpus);
	free(p->ops);
	free(p->tasks);
	free(p->wakes);
	free(p->users);
	free(p->hold_ns);
	memset(p, 0, sizeof(*p));
}
