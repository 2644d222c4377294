// SPDX-License-Identifier: GPL-2.0-only
/* Tasks come, change their name or program, and go; and records that were lost. */
#include <errno.h>
#include <string.h>

#include "model/state.h"

static bool in_window(const struct model *m, uint64_t ts)
{
	return ts >= m->window_start && ts <= m->window_end;
}

static struct task *add_task(struct model *m, uint32_t tid, uint64_t since)
{
	struct task *task = tasks__add(m->tasks, tid);

	if (!task) {
		m->failed = -ENOMEM;
		return NULL;
	}
	task->since = task->begin = since;
	task->phase = PHASE_UNSEEN;
	task->wait.cause = CAUSE_OTHER;
	task->wait.nr = CT_NR_NONE;
	return task;
}

/* One that was there before: nothing is known of it from the start on. */
struct task *life__task(struct model *m, uint32_t tid, uint64_t ts)
{
	struct task *task = tasks__find(m->tasks, tid);

	if (task && task->phase != PHASE_ENDED)
		return task;
	/* Born while records were lost, else before the recording. */
	return add_task(m, tid, m->gap_until || task ? ts : 0);
}

/* include/uapi/linux/sched.h; arch/x86/entry/syscalls/syscall_64.tbl */
#define CLONE_VM    0x100
#define CLONE_VFORK 0x4000
#define NR_VFORK    58

static enum birth birth_of(const struct ct_fork *f)
{
	if (f->parent_pid == f->pid)
		return BIRTH_THREAD;
	if (f->nr == NR_VFORK || (f->cflags & CLONE_VFORK))
		return BIRTH_VFORK;
	return f->nr > 0 ? BIRTH_FORK : BIRTH_UNKNOWN;
}

uint32_t life__space(struct model *m, struct task *task)
{
	/* Before it is known whose thread it is, only for the moment. */
	if (!task->space && !task->pub.pid)
		return spaces__of_process(m->spaces, task->pub.tid);
	if (!task->space)
		task->space = spaces__of_process(m->spaces, task->pub.pid);
	if (!task->space)
		m->failed = -ENOMEM;
	return task->space;
}

/* Threads share it; so does, until it execs, a child that was made to exec at once. */
static void inherit_space(struct model *m, struct task *task, struct task *parent,
			  const struct ct_fork *f)
{
	uint32_t space = life__space(m, parent);

	if (f->parent_pid == f->pid || f->nr == NR_VFORK || (f->cflags & CLONE_VM))
		task->space = space;
	else
		task->space = spaces__fork(m->spaces, space, f->pid);
	if (!task->space)
		m->failed = -ENOMEM;
	if (spaces__python(m->spaces, task->space))
		holders__remember(m, task);
}

void life__runtime(struct model *m, const struct ct_runtime *r)
{
	struct task *task;
	size_t i;

	if (spaces__runtime(m->spaces, r)) {
		m->failed = -ENOMEM;
		return;
	}
	if (r->h.flags & CT_R_FRAMES)
		python__expect(m->python);
	for (i = 0; i < tasks__count(m->tasks); i++) {
		task = tasks__at(m->tasks, i);
		if (task->pub.pid == r->pid && task->phase != PHASE_ENDED)
			holders__remember(m, task);
	}
}

void life__fork(struct model *m, const struct ct_fork *f)
{
	struct task *parent = tasks__find(m->tasks, f->parent_tid);
	struct task *old = tasks__find(m->tasks, f->h.tid), *task;

	if (old && old->phase != PHASE_ENDED) /* its end was not recorded */
		life__dead(m, old, f->h.ts);
	task = add_task(m, f->h.tid, f->h.ts);
	if (!task)
		return;
	task->phase = PHASE_RUNNABLE;
	task->has_aux = true; /* the kernel counts from 0 */
	task->pub.started = in_window(m, f->h.ts);
	task->pub.parent_tid = f->parent_tid;
	task->pub.ppid = f->parent_pid;
	task->pub.traced = f->flags & CT_T_TRACED;
	task->pub.root = f->flags & CT_T_ROOT;
	task->pub.kthread = f->flags & CT_T_KTHREAD;
	task->pub.recorder = f->flags & CT_T_RECORDER;
	task->pub.tls = f->tls;
	task->pub.birth = birth_of(f);
	task->pub.born_ns = in_window(m, f->h.ts) ? f->h.ts - m->info->start_ns : 0;
	if (parent) {
		if (f->parent_pid == f->pid)
			task->pub.ppid = parent->pub.ppid;
		task->allowed = parent->allowed;
		if (task->pub.traced)
			inherit_space(m, task, parent, f);
		task->pub.exec_file = parent->pub.exec_file;
		task->pub.args = parent->pub.args;
		task->pub.args_len = parent->pub.args_len;
	}
	if (tasks__rename(m->tasks, task, f->comm) ||
	    tasks__identify(m->tasks, task, f->pid, f->ns_tid, f->ns_pid))
		m->failed = -ENOMEM;
}

/* Losses reach ahead: a CPU of which nothing is known for a while yet is told of until then. */
static void open_window(struct model *m, uint64_t ts)
{
	unsigned int cpu;

	m->window_start = ts;
	for (cpu = 0; cpu < m->ncpus && !m->failed; cpu++) {
		struct lane *lane = &m->lanes[cpu];
		const struct lane was = *lane;

		if (was.since <= ts)
			continue;
		lane->known = false;
		lane->since = ts;
		emit__cpu(m, cpu, was.since, NULL);
		*lane = was;
	}
}

/* The command begins here: what came before was our own preparation. */
static void begin_root(struct task *root, const struct ct_exec *e)
{
	root->begin = e->h.ts;
	root->pub.started = true;
	root->base_nvcsw = e->nvcsw;
	root->base_nivcsw = e->nivcsw;
	root->base_sum_exec = e->sum_exec;
	tasks__forget_names(root);
}

void life__exec(struct model *m, const struct ct_exec *e)
{
	struct task *task = tasks__find(m->tasks, e->old_tid);

	if (task && e->old_tid != e->h.tid && tasks__exchange(m->tasks, task, e->h.tid))
		m->failed = -ENOMEM;
	task = life__task(m, e->h.tid, e->h.ts);
	if (!task)
		return;
	holders__gone(m, task, e->h.ts);
	if (task->pub.traced) {
		task->space = spaces__exec(m->spaces, e->h.tid);
		if (!task->space)
			m->failed = -ENOMEM;
	}
	if (!task->pub.exec_ns && in_window(m, e->h.ts))
		task->pub.exec_ns = e->h.ts - m->info->start_ns;
	task->pub.stack_low = task->pub.stack_high = task->pub.tls = 0; /* of the old image */
	task->named = false;
	if (tasks__rename(m->tasks, task, e->comm) || tasks__set_exec(m->tasks, task, e))
		m->failed = -ENOMEM;
	/* The first exec of a traced task is that of the root, also where its fork was lost. */
	if (m->window_start == UINT64_MAX && (task->pub.root || (e->flags & CT_T_TRACED))) {
		open_window(m, e->h.ts);
		begin_root(task, e);
	}
}

void life__dead(struct model *m, struct task *task, uint64_t ts)
{
	if (task->phase == PHASE_ENDED)
		return;
	if (task->since < ts) {
		sched__settle(m, task, ts);
		task->since = ts;
	}
	holders__gone(m, task, ts);
	task->phase = PHASE_ENDED;
	task->pub.ended = ts <= m->window_end;
	task->pub.end_ns = ts;
}

void life__memory(struct model *m, const struct ct_memory *memory)
{
	struct task *task = tasks__find(m->tasks, memory->h.tid);

	if (task)
		task->pub.peak_memory = memory->peak;
}

void life__end(struct model *m, const struct ct_end *e)
{
	struct task *task = tasks__find(m->tasks, e->h.tid);

	if (!task)
		return;
	life__dead(m, task, e->h.ts);
	task->pub.exit_code = e->exit_code;
	/* Since its birth, of which a recording without its beginning does not tell. */
	task->pub.has_kernel_counts = !m->info->recent || task->pub.started;
	task->pub.kernel_nvcsw = e->nvcsw - task->base_nvcsw;
	task->pub.kernel_nivcsw = e->nivcsw - task->base_nivcsw;
	task->pub.kernel_sum_exec = e->sum_exec - task->base_sum_exec;
	task->pub.kernel_utime = e->utime;
	task->pub.kernel_stime = e->stime;
	tasks__retire(m->tasks, task);
}

void life__rename(struct model *m, const struct ct_rename *r)
{
	struct task *task = life__task(m, r->h.tid, r->h.ts);

	if (task && tasks__rename(m->tasks, task, r->comm))
		m->failed = -ENOMEM;
}

/* A task's phase as the snapshot saw it: held only until a record tells better. */
static void guess_phase(struct task *task, const struct ct_task *snap)
{
	task->guessed = true;
	task->cpu = snap->cpu;
	if (snap->flags & CT_T_ON_CPU) {
		task->phase = PHASE_RUNNING;
	} else if (snap->flags & CT_T_RUNNABLE) {
		task->phase = PHASE_RUNNABLE;
	} else {
		task->phase = PHASE_BLOCKED;
		task->guessed_state = snap->state;
		task->guessed_compat = snap->flags & CT_T_COMPAT;
		task->wait.nr = snap->nr;
		memcpy(task->wait.args, snap->args, sizeof(task->wait.args));
	}
}

void life__snapshot(struct model *m, const struct ct_task *snap)
{
	struct task *task = life__task(m, snap->h.tid, snap->h.ts);

	if (!task || task->pub.known)
		return;
	task->pub.traced = snap->flags & CT_T_TRACED;
	task->pub.kthread = snap->flags & CT_T_KTHREAD;
	task->pub.recorder = snap->flags & CT_T_RECORDER;
	task->pub.ppid = snap->ppid;
	task->base_nvcsw = snap->nvcsw;
	task->base_nivcsw = snap->nivcsw;
	task->base_sum_exec = snap->sum_exec;
	if (!task->pub.comm[0] && tasks__rename(m->tasks, task, snap->comm))
		m->failed = -ENOMEM;
	if (tasks__identify(m->tasks, task, snap->pid, snap->ns_tid, snap->ns_pid))
		m->failed = -ENOMEM;
	if (task->phase == PHASE_UNSEEN)
		guess_phase(task, snap);
}

void life__affinity(struct model *m, const struct ct_affinity *affinity)
{
	struct task *task = life__task(m, affinity->h.tid, affinity->h.ts);
	int id = allowed__add(m->allowed, affinity, m->ncpus);

	if (id == -ENOMEM)
		m->failed = id;
	if (task)
		task->allowed = id > 0 ? (uint32_t)id : 0;
}

/* What happens to a task that is not running from here on may go unseen. */
static void doubt_tasks(struct model *m, unsigned int cpu, uint64_t ts)
{
	size_t i;

	for (i = 0; i < tasks__count(m->tasks); i++) {
		struct task *task = tasks__at(m->tasks, i);

		if (task->phase == PHASE_ENDED || !task->pub.traced)
			continue;
		if (task->phase == PHASE_RUNNING && task->cpu != cpu)
			continue;
		sched__settle(m, task, ts);
		task->phase = PHASE_UNKNOWN;
		task->since = ts;
		task->guessed = false;
		task->has_aux = false;
		task->woken.valid = task->pending.valid = false;
	}
}

void life__lost(struct model *m, unsigned int cpu, const struct ct_lost *lost)
{
	struct lane *lane = &m->lanes[cpu];
	unsigned int i;

	for (i = 0; i < CT_LOST_KINDS; i++)
		m->lost[i] += lost->count[i];
	/* The command's exec may be among it; better too early, and unknown, than never. */
	if (m->window_start == UINT64_MAX && lost->count[CT_EXEC])
		open_window(m, lost->h.ts > m->info->start_ns ? lost->h.ts : m->info->start_ns);
	holders__lost(m, lost->h.ts, lost->until);
	doubt_tasks(m, cpu, lost->h.ts);
	emit__cpu(m, cpu, lost->h.ts, NULL);
	lane->known = false;
	lane->since = lost->h.ts;
	emit__cpu(m, cpu, lost->until, NULL);
	lane->since = lost->until;
	if (lost->until > m->gap_until)
		m->gap_until = lost->until;
}
