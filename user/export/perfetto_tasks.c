// SPDX-License-Identifier: GPL-2.0-only
#include "export/perfetto_tasks.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "export/perfetto_bundle.h"
#include "export/perfetto_fields.h"
#include "export/perfetto_lanes.h"
#include "export/perfetto_packets.h"
#include "export/perfetto_tracks.h"
#include "export/perfetto_turns.h"
#include "export/perfetto_waits.h"
#include "lib/u64map.h"
#include "model/model.h"

/* Fields of messages that only this file writes: see perfetto_fields.h. */
enum {
	TREE_PROCESSES = 1,
	TREE_THREADS = 2,
	PROCESS_PID = 1,
	PROCESS_PPID = 2,
	PROCESS_CMDLINE = 3,
	THREAD_TID = 1,
	THREAD_NAME = 2,
	THREAD_TGID = 3,
	NEWTASK_PID = 1,
	NEWTASK_COMM = 2,
	NEWTASK_CLONE_FLAGS = 3,
	FREE_COMM = 1,
	FREE_PID = 2,
};

#define CLONE_THREAD 0x10000 /* include/uapi/linux/sched.h */

#define NEVER UINT64_MAX

#define MOST_RANKS (1 << 30) /* no trace has as many tasks */

struct writer {
	const struct tasks_input *in;
	struct bundle *bundle; /* of CPU 0: takes what belongs to none */
	struct u64map *told;
	uint64_t before; /* just before anything in the trace */
};

static bool is_leader(const struct model_task *task)
{
	return task->tid == task->pid;
}

static void put_process(struct proto *p, const struct model_task *task)
{
	size_t mark = proto__begin(p, TREE_PROCESSES);
	const char *arg = task->args, *end;
	size_t len;

	proto__uint(p, PROCESS_PID, task->pid);
	proto__uint(p, PROCESS_PPID, task->ppid);
	if (arg && task->args_len) {
		for (end = arg + task->args_len; arg < end; arg += len + 1) {
			len = strnlen(arg, (size_t)(end - arg));
			proto__string(p, PROCESS_CMDLINE, arg, len);
		}
	} else {
		proto__string(p, PROCESS_CMDLINE, task->comm, strlen(task->comm));
	}
	proto__end(p, mark);
}

static int write_identity(const struct writer *w, const struct model_task *task, uint64_t ts)
{
	struct proto *p = packets__timed_begin(w->in->ps, ts);
	size_t tree, thread;

	tree = proto__begin(p, PACKET_PROCESS_TREE);
	if (is_leader(task))
		put_process(p, task);
	thread = proto__begin(p, TREE_THREADS);
	proto__uint(p, THREAD_TID, task->tid);
	proto__string(p, THREAD_NAME, task->comm, strlen(task->comm));
	proto__uint(p, THREAD_TGID, task->pid);
	proto__end(p, thread);
	proto__end(p, tree);
	return packets__timed_end(w->in->ps);
}

static int write_birth(const struct writer *w, const struct model_task *task)
{
	uint32_t parent = task->parent_tid ? task->parent_tid : task->ppid;
	struct proto *p;
	size_t mark;

	p = bundle__event_begin(w->bundle, w->in->origin + task->start_ns, parent);
	mark = proto__begin(p, EVENT_TASK_NEWTASK);
	proto__uint(p, NEWTASK_PID, task->tid);
	proto__string(p, NEWTASK_COMM, task->comm, strlen(task->comm));
	proto__uint(p, NEWTASK_CLONE_FLAGS, is_leader(task) ? 0 : CLONE_THREAD);
	proto__end(p, mark);
	return bundle__event_end(w->bundle, w->in->ps);
}

static int write_death(const struct writer *w, const struct model_task *task, uint64_t ns)
{
	struct proto *p = bundle__event_begin(w->bundle, w->in->origin + ns + 1, task->tid);
	size_t mark = proto__begin(p, EVENT_SCHED_PROCESS_FREE);

	proto__string(p, FREE_COMM, task->comm, strlen(task->comm));
	proto__uint(p, FREE_PID, task->tid);
	proto__end(p, mark);
	return bundle__event_end(w->bundle, w->in->ps);
}

/*
 * When each task may be told dead, NEVER if it may not. With its leader, Perfetto buries a whole
 * process; but a leader may end before its threads, and is freed after them in the kernel too.
 */
static int find_deaths(const struct model *model, uint64_t *death)
{
	struct u64map *leaders = u64map__new();
	size_t i, n = model__task_count(model);
	const struct model_task *task, *leader;
	int err = -ENOMEM;

	if (!leaders)
		return err;
	for (i = 0; i < n; i++) {
		task = model__task(model, i);
		death[i] = task->ended ? task->end_ns : NEVER;
		if (is_leader(task)) {
			/* Ids follow the order of birth: of a reused pid, the later owner's. */
			if (u64map__set(leaders, task->pid, (void *)task))
				goto out;
			continue;
		}
		leader = u64map__get(leaders, task->pid);
		if (leader && death[leader->id] < death[i])
			death[leader->id] = death[i];
	}
	err = 0;
out:
	u64map__free(leaders);
	return err;
}

/* From when on Perfetto knows the thread. */
static uint64_t known_from(const struct writer *w, const struct model_task *task)
{
	return lanes__has_birth(w->in->lanes, task) ? w->in->origin + task->start_ns + 1
						    : w->before;
}

/* What has no rank has 0: so the workload's come first, in the order of their birth. */
static int describe_process(const struct writer *w, const struct model_task *task)
{
	const struct track_description track = {.uuid = TRACK_PROCESS + task->pid,
						.pid = task->pid,
						.rank = (int32_t)task->id - MOST_RANKS,
						.ts = known_from(w, task) + 1};

	if (!task->traced || u64map__get(w->told, task->pid))
		return 0;
	if (u64map__set(w->told, task->pid, w->told))
		return -ENOMEM;
	return packets__describe(w->in->ps, &track);
}

static int describe_thread(const struct writer *w, const struct model_task *task)
{
	const struct track_description track = {.uuid = THING_TRACK(task->id, THING_THREAD),
						.pid = task->pid,
						.tid = task->tid,
						.rank = (int32_t)task->id + 1,
						.ts = known_from(w, task) + 1};

	/* Perfetto needs to know whose thread it is. */
	if (!task->pid || !task->tid)
		return 0;
	if (!task->traced && !waits__has_track(w->in->waits, task->id) &&
	    !turns_drawn__has_track(w->in->turns, task->id))
		return 0;
	return packets__describe(w->in->ps, &track);
}

static int write_life(const struct writer *w, const struct model_task *task, uint64_t death)
{
	int err = 0;

	if (lanes__has_birth(w->in->lanes, task))
		err = write_birth(w, task);
	if (!err)
		err = write_identity(w, task, known_from(w, task));
	if (!err && death != NEVER)
		err = write_death(w, task, death);
	if (!err && is_leader(task))
		err = describe_process(w, task);
	return err;
}

int perfetto_tasks__write(const struct tasks_input *in, struct u64map *told)
{
	struct writer w = {.in = in, .told = told};
	size_t i, n = model__task_count(in->model);
	const struct model_task *task;
	uint64_t *death;
	int err;

	w.bundle = lanes__bundle(in->lanes, 0);
	if (!w.bundle)
		return -ENOMEM;
	if (!n)
		return 0;
	death = calloc(n, sizeof(*death));
	if (!death)
		return -ENOMEM;
	/* The first switches come 1 ns before the window. */
	w.before = in->origin + model__window_start(in->model);
	w.before -= w.before > 3 ? 3 : w.before;
	err = find_deaths(in->model, death);
	for (i = 0; !err && i < n; i++) {
		task = model__task(in->model, i);
		if (task->known)
			err = write_life(&w, task, death[i]);
		if (!err)
			err = describe_thread(&w, task);
	}
	free(death);
	return err;
}
