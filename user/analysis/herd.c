// SPDX-License-Identifier: GPL-2.0-only
/*
 * Herds: several threads are woken at once from waiting for the same thing, and most of them find
 * nothing to do and wait again. A waking is in vain if the thread goes back to the same wait having
 * computed next to nothing, whatever locks it had to take meanwhile.
 */
#include <errno.h>
#include <stdlib.h>

#include "analysis/rows.h"
#include "analysis/sites.h"
#include "lib/array.h"
#include "lib/u64map.h"
#include "report/report.h"

#define TOGETHER_NS  200000u /* between two wakings of one herd */
#define HERD	     3	     /* threads woken at once: fewer are no herd */
#define NOTHING_NS   50000u  /* of computing */
#define MAX_MEETINGS 16384   /* things waited for that are told apart */
#define MAX_ROWS     100

/* One burst of wakings. */
struct burst {
	uint64_t last_ns, number;
	uint32_t threads;
};

/* What many may wait for: an object, else the place where they wait. */
struct meeting {
	uint64_t stack;
	uint32_t object; /* UINT32_MAX = none */
	enum cause cause;
	struct burst now, before;
	uint64_t bursts, wakings, vain, vain_ns; /* of herds */
	uint32_t most;
};

/* A thread that was woken. */
struct woken_task {
	struct meeting *meeting; /* NULL = it has not waited yet */
	uint64_t burst, running_ns;
};

struct herd {
	struct u64map *meetings;
	struct woken_task *tasks; /* by task id */
	size_t ntasks;
};

static const struct report_column columns[] = {
	{"cause", "waits for", R_TEXT, U_NONE, 0},
	{"sync", "object", R_INT, U_NONE, 0},
	{"bursts", "times", R_INT, U_COUNT, 0},
	{"wakings", "threads woken", R_INT, U_COUNT, 0},
	{"most", "most at once", R_INT, U_COUNT, 0},
	{"in_vain", "in vain", R_INT, U_COUNT, 0},
	{"in_vain_ns", "CPU time of these", R_INT, U_NS, 0},
	SITE_COLUMNS(""),
};

static void herd__end(void *state)
{
	struct herd *h = state;
	size_t pos = 0;
	uint64_t key;
	void *meeting;

	if (!h)
		return;
	while (h->meetings && (meeting = u64map__next(h->meetings, &pos, &key)))
		free(meeting);
	u64map__free(h->meetings);
	free(h->tasks);
	free(h);
}

static void *herd__begin(const struct analysis_input *in)
{
	struct herd *h = calloc(1, sizeof(*h));

	(void)in;
	if (!h)
		return NULL;
	h->meetings = u64map__new();
	if (h->meetings)
		return h;
	herd__end(h);
	return NULL;
}

static uint64_t key_of(const struct wait *wait)
{
	return wait->object ? wait->object->id : wait->stack;
}

/* NULL with *err 0: not one that herds wait at, or there are too many. */
static struct meeting *meeting_of(struct herd *h, const struct wait *wait, int *err)
{
	struct meeting *meeting;

	*err = 0;
	if (!wait->object && !wait->stack)
		return NULL;
	meeting = u64map__get(h->meetings, key_of(wait));
	if (meeting || u64map__size(h->meetings) >= MAX_MEETINGS)
		return meeting;
	meeting = calloc(1, sizeof(*meeting));
	if (!meeting || u64map__set(h->meetings, key_of(wait), meeting)) {
		free(meeting);
		*err = -ENOMEM;
		return NULL;
	}
	meeting->object = wait->object ? wait->object->id : UINT32_MAX;
	meeting->stack = wait->stack;
	meeting->cause = wait->cause;
	return meeting;
}

static uint32_t size_of_burst(const struct meeting *meeting, uint64_t number)
{
	if (meeting->now.number == number)
		return meeting->now.threads;
	return meeting->before.number == number ? meeting->before.threads : 0;
}

/* It waits there again: was there anything to do? */
static void judge(struct meeting *meeting, const struct woken_task *task)
{
	if (size_of_burst(meeting, task->burst) < HERD || task->running_ns >= NOTHING_NS)
		return;
	meeting->vain++;
	meeting->vain_ns += task->running_ns;
}

/* `again`: the thread is of the present burst already. */
static void note_waking(struct meeting *meeting, uint64_t ns, bool again)
{
	struct burst *now = &meeting->now;

	if (!now->number || again || ns > now->last_ns + TOGETHER_NS) {
		meeting->before = *now;
		*now = (struct burst){.number = now->number + 1};
	}
	now->last_ns = ns > now->last_ns ? ns : now->last_ns;
	now->threads++;
	if (now->threads < HERD)
		return;
	if (now->threads == HERD)
		meeting->bursts++;
	meeting->wakings += now->threads == HERD ? HERD : 1;
	meeting->most = now->threads > meeting->most ? now->threads : meeting->most;
}

static int waited(struct herd *h, struct woken_task *task, const struct task_slice *slice)
{
	struct meeting *meeting;
	bool again;
	int err;

	/* Those that hold one another up on the way out are still on their way. */
	if (slice->wait->cause == CAUSE_MUTEX || slice->wait->cause == CAUSE_KERNEL)
		return 0;
	meeting = meeting_of(h, slice->wait, &err);
	if (!meeting)
		return err;
	if (task->meeting == meeting)
		judge(meeting, task);
	again = task->meeting == meeting && task->burst == meeting->now.number;
	task->meeting = NULL;
	task->running_ns = 0;
	if (slice->woken_by == WAKE_UNKNOWN || slice->woken_by == WAKE_TIMER)
		return 0;
	note_waking(meeting, slice->end_ns, again);
	task->meeting = meeting;
	task->burst = meeting->now.number;
	return 0;
}

static int herd__slice(void *state, const struct task_slice *slice)
{
	struct herd *h = state;
	struct woken_task *tasks;

	tasks = array__reserve(h->tasks, &h->ntasks, slice->task->id, sizeof(*tasks));
	if (!tasks)
		return -ENOMEM;
	h->tasks = tasks;
	if (slice->state == TASK_RUNNING)
		tasks[slice->task->id].running_ns += slice->end_ns - slice->start_ns;
	if (slice->state != TASK_BLOCKED)
		return 0;
	return waited(h, &tasks[slice->task->id], slice);
}

static int most_in_vain_first(const void *a, const void *b)
{
	const struct meeting *x = *(const struct meeting *const *)a;
	const struct meeting *y = *(const struct meeting *const *)b;

	if (x->vain != y->vain)
		return x->vain > y->vain ? -1 : 1;
	if (x->stack != y->stack)
		return x->stack < y->stack ? -1 : 1;
	return x->object < y->object ? -1 : x->object > y->object;
}

static void add_row(struct report_table *t, struct sites *sites, const struct meeting *meeting)
{
	size_t row = table__add_row(t, 0);

	table__set_text(t, row, "cause", cause__name(meeting->cause));
	if (meeting->object != UINT32_MAX)
		table__set_int(t, row, "sync", meeting->object);
	table__set_int(t, row, "bursts", (int64_t)meeting->bursts);
	table__set_int(t, row, "wakings", (int64_t)meeting->wakings);
	table__set_int(t, row, "most", meeting->most);
	table__set_int(t, row, "in_vain", (int64_t)meeting->vain);
	table__set_int(t, row, "in_vain_ns", (int64_t)meeting->vain_ns);
	sites__set(sites, t, row, "", sites__of(sites, meeting->stack), meeting->stack);
}

static int herd__finish(void *state, const struct analysis_input *in, struct report *report)
{
	const struct herd *h = state;
	struct report_table *t =
		report__add(report, "", "herds", columns, sizeof(columns) / sizeof(*columns));
	struct meeting **list = calloc(u64map__size(h->meetings) + 1, sizeof(struct meeting *)),
		       *meeting;
	struct sites *sites = sites__new(in->model, report);
	size_t pos = 0, n = 0, i;
	uint64_t key;

	while (list && (meeting = u64map__next(h->meetings, &pos, &key)))
		if (meeting->vain)
			list[n++] = meeting;
	if (n)
		qsort(list, n, sizeof(struct meeting *), most_in_vain_first);
	for (i = 0; i < n && i < MAX_ROWS && sites; i++)
		add_row(t, sites, list[i]);
	sites__free(sites);
	free(list);
	return list && sites ? 0 : -ENOMEM;
}

const struct analysis analysis_herd = {
	.name = "herd",
	.begin = herd__begin,
	.task_slice = herd__slice,
	.finish = herd__finish,
	.end = herd__end,
};
