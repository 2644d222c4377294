// SPDX-License-Identifier: GPL-2.0-only
/*
 * The critical path: backwards from the end, always along what was waited for. Who runs, or waits
 * for a CPU, is on the path itself. Of who was blocked, the path goes on with whoever ended that,
 * at the time of the waking; what a thread of the workload did not end stays on the path as it is.
 * Of who began, the path goes on with the creator. So every moment of the window is on it just
 * once.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "analysis/path_report.h"
#include "analysis/path_rows.h"
#include "analysis/rows.h"
#include "analysis/segments.h"
#include "lib/array.h"
#include "lib/u64map.h"
#include "model/history.h"
#include "model/holding.h"
#include "trace/info.h"

/* Threads that wake each other at one instant: times are not exact enough to tell who was first. */
#define MOST_JUMPS 16
/* In search of creators by tid, all in all: a trace that is made to be slow is not to succeed. */
#define MOST_LOOKS 10000000

#define MOST_CIRCLE 64 /* threads in a deadlock */

struct walk {
	const struct model *model;
	const struct trace_trailer *trailer;
	struct path_rows *rows;
	struct segments *segments; /* by the rows' numbers */
	uint64_t *ran_ns;	   /* by task: until when it last ran */
	size_t ntasks;
	struct u64map *outside; /* by name: tasks that are not the workload's, + 1 */
	bool begun;
	uint32_t task;	    /* whom the path follows; PAST_NONE: nobody */
	uint32_t awaited;   /* goes before that one, if its last slice ends at this time */
	uint64_t at;	    /* all that is later has been told */
	unsigned int jumps; /* at this time */
	unsigned int looks;
};

static void critical_path__end(void *state)
{
	struct walk *w = state;

	if (!w)
		return;
	path_rows__free(w->rows);
	segments__free(w->segments);
	u64map__free(w->outside);
	free(w->ran_ns);
	free(w);
}

static void *critical_path__begin(const struct analysis_input *in)
{
	struct walk *w = calloc(1, sizeof(*w));

	if (!w)
		return NULL;
	w->model = in->model;
	w->trailer = in->trailer;
	w->task = w->awaited = PAST_NONE;
	w->rows = path_rows__new();
	w->outside = u64map__new();
	if (w->rows && w->outside)
		return w;
	critical_path__end(w);
	return NULL;
}

static int critical_path__slice(void *state, const struct task_slice *slice)
{
	struct walk *w = state;
	uint64_t *ran_ns;

	if (slice->state != TASK_RUNNING)
		return 0;
	ran_ns = array__reserve(w->ran_ns, &w->ntasks, slice->task->id, sizeof(*ran_ns));
	if (!ran_ns)
		return -ENOMEM;
	w->ran_ns = ran_ns;
	ran_ns[slice->task->id] = slice->end_ns;
	return 0;
}

/* --- what lies on the path --- */

/* One of the tasks that bear its name, always the same. PAST_NONE: no other program's task. */
static int find_outsider(struct walk *w, uint32_t task, uint32_t *outsider)
{
	const struct model_task *t = model__task(w->model, task);
	uint64_t name[2] = {0}, key;
	uintptr_t found;

	*outsider = PAST_NONE;
	if (t->traced || t->kthread || !t->comm[0])
		return 0;
	memcpy(name, t->comm, strnlen(t->comm, sizeof(name)));
	key = name[0] * 0x9e3779b97f4a7c15u ^ name[1];
	found = (uintptr_t)u64map__get(w->outside, key);
	*outsider = found ? (uint32_t)(found - 1) : task;
	return found ? 0 : u64map__set(w->outside, key, (void *)((uintptr_t)task + 1));
}

static int describe(struct walk *w, const struct past_task *slice, struct path_what *what)
{
	*what = (struct path_what){.task = PAST_NONE,
				   .object = PAST_NONE,
				   .file = PAST_NONE,
				   .from = PAST_NONE,
				   .state = TASK_UNKNOWN};
	if (!slice)
		return 0;
	what->task = slice->task;
	what->state = (uint8_t)slice->state;
	if (slice->state == TASK_RUNNABLE)
		what->preempted = slice->preempted;
	if (slice->state != TASK_BLOCKED)
		return 0;
	what->cause = (uint8_t)slice->cause;
	what->object = slice->object;
	what->file = slice->file;
	what->woken_by = (uint8_t)slice->woken_by;
	if (slice->woken_by != WAKE_TASK || slice->waker == PAST_NONE)
		return 0;
	return find_outsider(w, slice->waker, &what->from);
}

/* From `start` up to where the path has been told, it is this slice; NULL: nobody's. */
static int tell(struct walk *w, const struct past_task *slice, uint64_t start)
{
	uint64_t ns = w->at - start;
	struct path_what what;
	struct path_row *row;
	uint32_t number;
	int err;

	err = describe(w, slice, &what);
	if (!err)
		err = path_rows__find(w->rows, &what, &number);
	if (err)
		return err;
	row = path_rows__at(w->rows, number);
	row->ns += ns;
	row->pieces++;
	segments__add_before(w->segments, start, w->at, number);
	w->at = start;
	w->jumps = 0;
	return what.state == TASK_BLOCKED ? path_rows__stack(w->rows, number, slice->stack, ns) : 0;
}

static int add_sample(struct walk *w, const struct rewind *rw, const struct past_sample *sample)
{
	const struct past_task *slice = rewind__task(rw, sample->task);
	struct path_what what;
	uint32_t number;
	int err;

	if (!slice || slice->state != TASK_RUNNING)
		return 0;
	err = describe(w, slice, &what);
	if (!err)
		err = path_rows__find(w->rows, &what, &number);
	if (err)
		return err;
	path_rows__at(w->rows, number)->samples++;
	return path_rows__stack(w->rows, number, sample->stack, 1);
}

/* --- the way --- */

/*
 * The path goes on with what the task does before w->at. If that is a wait that ends there, it goes
 * on with who ended it: as long as that one is of the workload and there.
 */
static void follow(struct walk *w, const struct rewind *rw, const struct past_task *slice)
{
	w->awaited = PAST_NONE;
	while (slice && slice->start_ns < w->at) {
		uint32_t waker = slice->waker;

		w->task = slice->task;
		if (slice->state != TASK_BLOCKED || slice->end_ns != w->at ||
		    slice->woken_by != WAKE_TASK || waker == w->task || w->jumps == MOST_JUMPS)
			return;
		slice = waker == PAST_NONE ? NULL : rewind__task(rw, waker);
		if (slice) {
			w->jumps++;
			w->task = waker; /* if its own step is still to come, that goes on */
		} else {
			w->awaited = waker; /* it may have ended at this very time */
		}
	}
}

/* Who had that tid when the task began: ids are in the order of appearance. */
static uint32_t find_creator(struct walk *w, const struct model_task *task)
{
	uint32_t id = task->id;

	while (id-- && w->looks++ < MOST_LOOKS)
		if (model__task(w->model, id)->tid == task->parent_tid)
			return id;
	return PAST_NONE;
}

static void follow_creator(struct walk *w, const struct rewind *rw, const struct past_task *first)
{
	const struct model_task *task = model__task(w->model, first->task);
	uint32_t creator = first->woken_by == WAKE_TASK ? first->waker : PAST_NONE;
	const struct past_task *slice = creator != PAST_NONE ? rewind__task(rw, creator) : NULL;

	if (!slice && task->parent_tid) {
		creator = find_creator(w, task);
		slice = creator != PAST_NONE ? rewind__task(rw, creator) : NULL;
	}
	if (!slice)
		return;
	w->task = creator;
	follow(w, rw, slice);
}

static int move(struct walk *w, const struct rewind *rw, const struct step *step)
{
	int err = step->ns < w->at ? tell(w, step->task.later, step->ns) : 0;

	if (err)
		return err;
	if (step->task.earlier)
		follow(w, rw, step->task.earlier);
	else
		follow_creator(w, rw, step->task.later);
	return 0;
}

/* --- where it begins --- */

static uint64_t ran_ns(const struct walk *w, const struct model_task *task)
{
	return task->id < w->ntasks ? w->ran_ns[task->id] : 0;
}

/* Of two tasks, whose end is the end of it all. */
static bool is_later(const struct walk *w, const struct model_task *a, const struct model_task *b)
{
	if (a->ended != b->ended)
		return !a->ended;
	if (a->ended && a->end_ns != b->end_ns)
		return a->end_ns > b->end_ns;
	return ran_ns(w, a) > ran_ns(w, b);
}

/* Of threads that wait for each other in a circle, the one that ran last. NULL: there is none. */
static const struct model_task *hung_task(const struct walk *w)
{
	const struct model_task *tasks[MOST_CIRCLE], *last = NULL;
	const struct sync_object *objects[MOST_CIRCLE];
	size_t i, n = model__deadlock(w->model, 0, tasks, objects, MOST_CIRCLE);

	for (i = 0; i < n; i++)
		if (!last || is_later(w, tasks[i], last))
			last = tasks[i];
	return last;
}

/*
 * If all have ended, the last one to do so; else, of those that live, the one that ran last: but if
 * it waits, too, and others block each other for good, they are why this does not end. If the
 * recording ended with the command though others live, the command.
 */
static const struct model_task *last_task(const struct walk *w)
{
	const struct model_task *last = NULL, *hung;
	size_t i;

	for (i = 0; i < model__task_count(w->model); i++) {
		const struct model_task *task = model__task(w->model, i);

		if (!task->traced)
			continue;
		if (w->trailer->stop == TRACE_STOP_COMMAND && task->root && task->ended)
			return task;
		if (!last || is_later(w, task, last))
			last = task;
	}
	if (!last || last->ended || ran_ns(w, last) == model__window_end(w->model))
		return last;
	hung = hung_task(w);
	return hung ? hung : last;
}

static int start(struct walk *w)
{
	const struct model_task *last = last_task(w);
	uint64_t end = model__window_end(w->model);

	w->begun = true;
	w->at = end;
	w->task = last ? last->id : PAST_NONE;
	w->segments = segments__new(end - model__window_start(w->model));
	return w->segments ? 0 : -ENOMEM;
}

static int critical_path__back(void *state, const struct rewind *rw, const struct step *step)
{
	struct walk *w = state;
	const struct past_task *slice;

	if (!w->begun && start(w))
		return -ENOMEM;
	switch (step->kind) {
	case PAST_TASK:
		slice = step->task.earlier ? step->task.earlier : step->task.later;
		if (slice->task == w->task)
			return move(w, rw, step);
		if (slice->task == w->awaited && step->ns == w->at)
			follow(w, rw, step->task.earlier);
		return 0;
	case PAST_SAMPLE:
		return step->sample->task == w->task ? add_sample(w, rw, step->sample) : 0;
	case PAST_CPU:
	case PAST_HOLD:
		break;
	}
	return 0;
}

static int critical_path__finish(void *state, const struct analysis_input *in,
				 struct report *report)
{
	uint64_t from = model__window_start(in->model);
	struct walk *w = state;
	int err = w->begun ? 0 : start(w);

	/* Nobody knows what came before. */
	if (!err && w->at > from)
		err = tell(w, NULL, from);
	return err ? err : path_report__fill(in->model, w->rows, w->segments, report);
}

const struct analysis analysis_critical_path = {
	.name = "critical path",
	.begin = critical_path__begin,
	.task_slice = critical_path__slice,
	.back = critical_path__back,
	.finish = critical_path__finish,
	.end = critical_path__end,
};
