// SPDX-License-Identifier: GPL-2.0-only
/*
 * Records of one task may come from several CPUs, in any order: of each kind the latest counts, and
 * what is older than the task's birth is of another one that bore its tid. One that has ended stays
 * for a while: records of its life may still come.
 */
#include "trace/carry_tasks.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "trace/carry_inside.h"

#define STATE_DEAD 0x80
#define STAYS_DEAD 3 /* times that what was dropped is settled */

struct carried {
	uint32_t tid;
	bool traced;
	uint8_t settled;			  /* how often since it was dead */
	uint64_t born_ns, off_ns, on_ns, dead_ns; /* the latest; 0 = not seen */
	uint64_t named_ns;
	char comm[CT_COMM_LEN];
	struct image *image; /* NULL = it is not known whose thread it is */
	struct kept *birth, *exec, *affinity;
	struct kept *off; /* how it left a CPU, of traced ones; to the idle task, as it were */
	struct kept *at;  /* where in its Python code it was then */
	struct kept *woken, *blocked;
};

struct carried_tasks {
	struct images_of *images;
	struct u64map *by_tid;
};

struct carried_tasks *carried_tasks__new(struct images_of *images)
{
	struct carried_tasks *all = calloc(1, sizeof(*all));

	if (!all)
		return NULL;
	all->images = images;
	all->by_tid = u64map__new();
	if (!all->by_tid) {
		free(all);
		return NULL;
	}
	return all;
}

static void leave_image(struct carried_tasks *all, struct carried *t)
{
	if (!t->image)
		return;
	t->image->tasks--;
	images_of__put(all->images, t->image);
	t->image = NULL;
}

static void free_task(struct carried *t)
{
	free(t->birth);
	free(t->exec);
	free(t->affinity);
	free(t->off);
	free(t->at);
	free(t->woken);
	free(t->blocked);
	free(t);
}

void carried_tasks__free(struct carried_tasks *all)
{
	struct carried *t;
	size_t pos = 0;
	uint64_t tid;

	if (!all)
		return;
	while ((t = u64map__next(all->by_tid, &pos, &tid)))
		free_task(t);
	u64map__free(all->by_tid);
	free(all);
}

static struct carried *find(const struct carried_tasks *all, uint32_t tid)
{
	return u64map__get(all->by_tid, tid);
}

static struct carried *get(struct carried_tasks *all, uint32_t tid)
{
	struct carried *t = find(all, tid);

	if (t)
		return t;
	t = calloc(1, sizeof(*t));
	if (!t || u64map__set(all->by_tid, tid, t)) {
		free(t);
		return NULL;
	}
	t->tid = tid;
	return t;
}

static int set(struct kept **slot, const struct seen *s)
{
	return kept__set(slot, s->order, s->stream, s->ev, s->size);
}

/* --- running and waiting --- */

static void bury(struct carried *t, uint64_t ts)
{
	if (ts > t->dead_ns)
		t->dead_ns = ts;
	t->settled = 0;
}

static int leave(struct carried *t, const struct seen *s)
{
	const struct ct_switch *sw = &s->ev->sw;

	t->off_ns = sw->h.ts;
	kept__drop(t->at);
	kept__drop(t->blocked);
	if (sw->prev_state & STATE_DEAD)
		bury(t, t->off_ns);
	if (sw->h.flags & CT_F_PREV_TRACED)
		t->traced = true;
	if (!t->traced)
		return 0;
	if (set(&t->off, s))
		return -ENOMEM;
	kept__event(t->off)->sw.next_tid = 0;
	return 0;
}

int carried_tasks__switch(struct carried_tasks *all, const struct seen *s)
{
	const struct ct_switch *sw = &s->ev->sw;
	uint64_t ts = sw->h.ts;
	struct carried *t = NULL;

	if (sw->h.tid) {
		t = get(all, sw->h.tid);
		if (!t)
			return -ENOMEM;
		if (ts >= t->off_ns && ts >= t->born_ns && leave(t, s))
			return -ENOMEM;
	}
	if (!sw->next_tid)
		return 0;
	t = get(all, sw->next_tid);
	if (!t)
		return -ENOMEM;
	if (ts >= t->born_ns && ts > t->on_ns)
		t->on_ns = ts;
	return 0;
}

/* There is one to each wait: the kernel tells of none of a task that is woken already. */
static int wake(struct carried_tasks *all, const struct seen *s)
{
	struct carried *t = find(all, s->ev->h.tid);
	uint64_t ts = s->ev->h.ts;

	if (!t || !t->traced || ts < t->born_ns || kept__since(t->woken, ts))
		return 0;
	return set(&t->woken, s);
}

/* It follows the record that it is about, of the same instant. */
static int note_python(struct carried_tasks *all, const struct seen *s)
{
	struct carried *t = find(all, s->ev->h.tid);

	if (!t || (s->ev->h.flags & CT_P_WAKER) || !kept__is(t->off) ||
	    t->off->stream != s->stream || s->ev->h.ts != t->off_ns)
		return 0;
	return set(&t->at, s);
}

/* --- births, names and deaths --- */

static void join_image(struct carried_tasks *all, struct carried *t, uint32_t pid)
{
	struct image *image = images_of__get(all->images, pid);

	if (image)
		image->tasks++;
	leave_image(all, t);
	t->image = image;
}

static void set_name(struct carried *t, const char comm[CT_COMM_LEN], uint64_t ts)
{
	if (ts < t->named_ns)
		return;
	t->named_ns = ts;
	memcpy(t->comm, comm, sizeof(t->comm));
}

/* Another one bore the tid before. */
static void forget_before(struct carried *t, uint64_t ts)
{
	struct kept *all[] = {t->exec, t->affinity, t->off, t->at, t->woken, t->blocked};

	for (size_t i = 0; i < sizeof(all) / sizeof(all[0]); i++)
		if (!kept__since(all[i], ts))
			kept__drop(all[i]);
	if (t->off_ns < ts)
		t->off_ns = 0;
	if (t->on_ns < ts)
		t->on_ns = 0;
	if (t->dead_ns < ts)
		t->dead_ns = 0;
	if (t->named_ns < ts)
		t->named_ns = 0;
}

/* Whatever the parent is worth, it may be gone by the time that this is read. */
static int inherit(struct carried *t, const struct carried *parent, const struct seen *s)
{
	const struct ct_fork *f = &s->ev->fork;
	const struct {
		const struct kept *from;
		struct kept **to;
	} copies[] = {{parent ? parent->exec : NULL, &t->exec},
		      {parent ? parent->affinity : NULL, &t->affinity}};
	bool process = f->pid == f->h.tid;

	if (process && t->image && image__inherit(t->image, parent ? parent->image : NULL, s))
		return -ENOMEM;
	for (size_t i = process ? 0 : 1; i < 2; i++) {
		union ct_event *ev;

		if (!kept__is(copies[i].from) || kept__is(*copies[i].to))
			continue;
		if (kept__set(copies[i].to, s->order + 1 + i, s->stream,
			      (const union ct_event *)copies[i].from->words, copies[i].from->size))
			return -ENOMEM;
		ev = kept__event(*copies[i].to);
		ev->h.ts = f->h.ts;
		ev->h.tid = f->h.tid;
		if (ev->h.type == CT_EXEC)
			ev->exec.old_tid = f->h.tid;
	}
	return 0;
}

static int see_birth(struct carried_tasks *all, const struct seen *s)
{
	const union ct_event *ev = s->ev;
	bool fork = ev->h.type == CT_FORK;
	struct carried *t = get(all, ev->h.tid);

	if (!t)
		return -ENOMEM;
	if (fork ? kept__since(t->birth, ev->h.ts + 1) : kept__is(t->birth))
		return 0;
	if (set(&t->birth, s))
		return -ENOMEM;
	t->born_ns = fork ? ev->h.ts : 0;
	if (fork)
		forget_before(t, ev->h.ts);
	t->traced = (fork ? ev->fork.flags : ev->task.flags) & CT_T_TRACED;
	set_name(t, fork ? ev->fork.comm : ev->task.comm, fork ? ev->h.ts : 0);
	join_image(all, t, fork ? ev->fork.pid : ev->task.pid);
	return fork ? inherit(t, find(all, ev->fork.parent_tid), s) : 0;
}

static void remove_task(struct carried_tasks *all, struct carried *t)
{
	u64map__remove(all->by_tid, t->tid);
	leave_image(all, t);
	free_task(t);
}

static int see_exec(struct carried_tasks *all, const struct seen *s)
{
	const struct ct_exec *e = &s->ev->exec;
	struct carried *t = get(all, e->h.tid);
	struct carried *other = e->old_tid != e->h.tid ? find(all, e->old_tid) : NULL;

	if (!t)
		return -ENOMEM;
	if (other && other->born_ns <= e->h.ts) /* a thread: it goes on under its leader's tid */
		bury(other, e->h.ts);
	if (e->h.ts < t->born_ns || kept__since(t->exec, e->h.ts + 1))
		return 0;
	set_name(t, e->comm, e->h.ts);
	return set(&t->exec, s);
}

static int see_end(struct carried_tasks *all, const struct seen *s)
{
	struct carried *t = get(all, s->ev->h.tid);

	if (!t)
		return -ENOMEM;
	if (s->ev->h.ts >= t->born_ns)
		bury(t, s->ev->h.ts);
	return 0;
}

int carried_tasks__see(struct carried_tasks *all, const struct seen *s)
{
	struct carried *t;

	switch (s->ev->h.type) {
	case CT_WAKING:
	case CT_WAKING_FUTEX:
	case CT_WAKEUP_NEW:
		return wake(all, s);
	case CT_FORK:
	case CT_TASK:
		return see_birth(all, s);
	case CT_EXEC:
		return see_exec(all, s);
	case CT_END:
		return see_end(all, s);
	case CT_PYTHON_AT:
		return note_python(all, s);
	default:
		break;
	}
	t = find(all, s->ev->h.tid);
	if (!t || s->ev->h.ts < t->born_ns)
		return 0;
	if (s->ev->h.type == CT_RENAME)
		set_name(t, s->ev->rename.comm, s->ev->h.ts);
	else if (s->ev->h.type == CT_AFFINITY && !kept__since(t->affinity, s->ev->h.ts + 1))
		return set(&t->affinity, s);
	else if (s->ev->h.type == CT_BLOCKED && !t->off_ns)
		return set(&t->blocked, s);
	return 0;
}

void carried_tasks__settle(struct carried_tasks *all)
{
	struct carried *t, *gone = NULL;
	size_t pos = 0;
	uint64_t tid;

	/* Removing moves what is not yet visited: whom that skips is found the next time. */
	while ((t = u64map__next(all->by_tid, &pos, &tid))) {
		if (gone)
			remove_task(all, gone);
		gone = t->dead_ns && ++t->settled >= STAYS_DEAD ? t : NULL;
	}
	if (gone)
		remove_task(all, gone);
}

/* --- giving --- */

/* A thread's creator may be gone: its process counts as that, for names and mappings. */
static void mend_birth(const struct carried_tasks *all, struct carried *t)
{
	union ct_event *ev = kept__event(t->birth);
	const struct carried *parent;

	if (ev->h.type == CT_TASK) {
		memcpy(ev->task.comm, t->comm, sizeof(ev->task.comm));
		return;
	}
	memcpy(ev->fork.comm, t->comm, sizeof(ev->fork.comm));
	parent = find(all, ev->fork.parent_tid);
	if (ev->fork.parent_pid == ev->fork.pid && (!parent || parent->born_ns > ev->h.ts))
		ev->fork.parent_tid = ev->fork.pid;
}

static void give(const struct carried_tasks *all, struct carried *t, struct kept_list *list)
{
	bool off = t->off_ns > t->on_ns;

	if (kept__is(t->birth)) {
		mend_birth(all, t);
		kept_list__add(list, t->birth);
	}
	if (kept__is(t->exec))
		memcpy(kept__event(t->exec)->exec.comm, t->comm, sizeof(t->comm));
	kept_list__add(list, t->exec);
	kept_list__add(list, t->affinity);
	if (off) {
		kept_list__add(list, t->off);
		kept_list__add(list, t->at);
	}
	if (!t->on_ns)
		kept_list__add(list, t->blocked);
	/* Of one that ran, it may be about a wait that begins in what is not dropped. */
	if (kept__since(t->woken, off ? t->off_ns : t->on_ns))
		kept_list__add(list, t->woken);
}

static uint64_t exec_ns(void *ctx, uint32_t pid)
{
	const struct carried *t = find(ctx, pid);

	return t && !t->dead_ns && kept__is(t->exec) ? kept__event(t->exec)->h.ts : 0;
}

void carried_tasks__give(struct carried_tasks *all, struct kept_list *list)
{
	struct carried *t;
	size_t pos = 0;
	uint64_t tid;

	while ((t = u64map__next(all->by_tid, &pos, &tid)))
		if (!t->dead_ns)
			give(all, t, list);
	images_of__give(all->images, exec_ns, all, list);
}
