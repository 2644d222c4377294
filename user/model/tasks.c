// SPDX-License-Identifier: GPL-2.0-only
#include "model/tasks.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "lib/array.h"
#include "lib/u64map.h"

#define MOST_NAMES 16
#define BELOW	   4096 /* tids that are looked up without hashing: the last one of each rest */

struct text { /* kept to the end: tasks share it */
	struct text *next;
	char bytes[];
};

struct tasks {
	struct u64map *by_tid;
	struct task *below[BELOW]; /* by tid % BELOW, of those in by_tid */
	struct u64map *by_ns;	   /* (pid, ns_tid) -> task */
	struct u64map *by_tls;	   /* (pid, thread pointer) -> task */
	struct task **all;
	size_t count, size;
	struct text *texts;
};

static uint64_t ns_key(uint32_t pid, uint32_t ns_tid)
{
	return ((uint64_t)pid << 32) | ns_tid;
}

/* Thread pointers are addresses, of 47 bits. */
static uint64_t tls_key(uint32_t pid, uint64_t tls)
{
	return tls ^ ((uint64_t)pid << 42);
}

struct tasks *tasks__new(void)
{
	struct tasks *t = calloc(1, sizeof(*t));

	if (!t)
		return NULL;
	t->by_tid = u64map__new();
	t->by_ns = u64map__new();
	t->by_tls = u64map__new();
	if (!t->by_tid || !t->by_ns || !t->by_tls) {
		tasks__free(t);
		return NULL;
	}
	return t;
}

static void free_names(const struct task_name *name)
{
	while (name) {
		const struct task_name *next = name->next;

		free((void *)name);
		name = next;
	}
}

void tasks__free(struct tasks *t)
{
	size_t i;

	if (!t)
		return;
	for (i = 0; i < t->count; i++) {
		free_names(t->all[i]->pub.names);
		free(t->all[i]);
	}
	while (t->texts) {
		struct text *next = t->texts->next;

		free(t->texts);
		t->texts = next;
	}
	free(t->all);
	u64map__free(t->by_tid);
	u64map__free(t->by_ns);
	u64map__free(t->by_tls);
	free(t);
}

struct task *tasks__find(const struct tasks *t, uint32_t tid)
{
	struct task *task = t->below[tid % BELOW];

	return task && task->pub.tid == tid ? task : u64map__get(t->by_tid, tid);
}

static int set_tid(struct tasks *t, uint32_t tid, struct task *task)
{
	if (u64map__set(t->by_tid, tid, task))
		return -ENOMEM;
	t->below[tid % BELOW] = task;
	return 0;
}

static void remove_tid(struct tasks *t, uint32_t tid)
{
	u64map__remove(t->by_tid, tid);
	t->below[tid % BELOW] = NULL;
}

struct task *tasks__add(struct tasks *t, uint32_t tid)
{
	struct task *task, **all;

	all = array__reserve(t->all, &t->size, t->count, sizeof(struct task *));
	if (!all)
		return NULL;
	t->all = all;
	task = calloc(1, sizeof(*task));
	if (!task)
		return NULL;
	task->pub.id = (uint32_t)t->count;
	task->pub.tid = tid;
	task->cpu = UINT32_MAX;
	if (set_tid(t, tid, task)) {
		free(task);
		return NULL;
	}
	t->all[t->count++] = task;
	return task;
}

void tasks__retire(struct tasks *t, struct task *task)
{
	uint64_t key = ns_key(task->pub.pid, task->pub.ns_tid);

	if (u64map__get(t->by_ns, key) == task)
		u64map__remove(t->by_ns, key);
	key = tls_key(task->pub.pid, task->pub.tls);
	if (u64map__get(t->by_tls, key) == task)
		u64map__remove(t->by_tls, key);
	if (tasks__find(t, task->pub.tid) == task)
		remove_tid(t, task->pub.tid);
}

int tasks__exchange(struct tasks *t, struct task *task, uint32_t leader_tid)
{
	struct task *leader = tasks__find(t, leader_tid);
	uint32_t old_tid = task->pub.tid;

	if (leader == task)
		return 0;
	task->pub.tid = leader_tid;
	if (tasks__identify(t, task, task->pub.pid, task->pub.ns_pid, task->pub.ns_pid) ||
	    set_tid(t, leader_tid, task))
		return -ENOMEM;
	if (!leader || leader->phase == PHASE_ENDED) {
		remove_tid(t, old_tid);
		return 0;
	}
	leader->pub.tid = old_tid;
	return set_tid(t, old_tid, leader);
}

/* True if it is in the list, or the list is as long as we let a program make it. */
static bool had_name(const struct task *task, const char *comm)
{
	const struct task_name *name;
	unsigned int count = 0;

	for (name = task->pub.names; name; name = name->next)
		if (++count == MOST_NAMES || !strcmp(name->comm, comm))
			return true;
	return false;
}

static int add_name(struct task *task, const char *comm)
{
	struct task_name *name;

	if (!comm[0] || had_name(task, comm))
		return 0;
	name = calloc(1, sizeof(*name));
	if (!name)
		return -ENOMEM;
	memcpy(name->comm, comm, strlen(comm));
	name->next = (struct task_name *)task->pub.names;
	task->pub.names = name;
	return 0;
}

/* `comm` has no more than TASK_NAME_LEN bytes. */
static int change_name(struct task *task, const char *comm)
{
	int ret = 0;

	if (!strcmp(comm, task->pub.comm))
		return 0;
	ret = add_name(task, task->pub.comm);
	if (!ret)
		snprintf(task->pub.comm, sizeof(task->pub.comm), "%s", comm);
	return ret;
}

int tasks__rename(struct tasks *t, struct task *task, const char comm[CT_COMM_LEN])
{
	char bounded[CT_COMM_LEN + 1] = {0};

	(void)t;
	memcpy(bounded, comm, CT_COMM_LEN);
	return task->named ? add_name(task, bounded) : change_name(task, bounded);
}

int tasks__set_name(struct task *task, const char *name)
{
	char bounded[TASK_NAME_LEN + 1] = {0};
	size_t len = strlen(name);

	if (len > TASK_NAME_LEN) /* not inside of a character of UTF-8 */
		for (len = TASK_NAME_LEN; len && ((unsigned char)name[len] & 0xc0) == 0x80; len--)
			;
	memcpy(bounded, name, len);
	task->named = true;
	return change_name(task, bounded);
}

void tasks__forget_names(struct task *task)
{
	free_names(task->pub.names);
	task->pub.names = NULL;
}

struct task *tasks__thread(const struct tasks *t, uint32_t pid, uint32_t ns_tid)
{
	struct task *task = u64map__get(t->by_ns, ns_key(pid, ns_tid));

	return task && task->phase != PHASE_ENDED && task->pub.ns_tid == ns_tid ? task : NULL;
}

bool tasks__has_thread(const struct tasks *t, uint32_t pid, uint32_t ns_tid)
{
	return tasks__thread(t, pid, ns_tid) != NULL;
}

struct task *tasks__by_tls(const struct tasks *t, uint32_t pid, uint64_t tls)
{
	struct task *task = u64map__get(t->by_tls, tls_key(pid, tls));

	if (!task || task->phase == PHASE_ENDED || task->pub.tls != tls || task->pub.pid != pid)
		return NULL;
	return task;
}

int tasks__identify(struct tasks *t, struct task *task, uint32_t pid, uint32_t ns_tid,
		    uint32_t ns_pid)
{
	task->pub.pid = pid;
	task->pub.ns_tid = ns_tid;
	task->pub.ns_pid = ns_pid;
	task->pub.known = true;
	if (task->pub.tls && u64map__set(t->by_tls, tls_key(pid, task->pub.tls), task))
		return -ENOMEM;
	return ns_tid ? u64map__set(t->by_ns, ns_key(pid, ns_tid), task) : 0;
}

int tasks__set_exec(struct tasks *t, struct task *task, const struct ct_exec *exec)
{
	size_t file_len = exec->file_len, args_len = exec->args_len;
	struct text *text;

	if (file_len > CT_EXEC_TEXT || args_len > CT_EXEC_TEXT - file_len)
		return 0; /* a damaged record; what it says is not worth keeping */
	text = calloc(1, sizeof(*text) + file_len + args_len + 2);
	if (!text)
		return -ENOMEM;
	text->next = t->texts;
	t->texts = text;
	memcpy(text->bytes, exec->text, file_len);
	memcpy(text->bytes + file_len + 1, exec->text + file_len, args_len);
	task->pub.exec_file = text->bytes;
	task->pub.args = text->bytes + file_len + 1;
	task->pub.args_len = (uint32_t)args_len;
	return 0;
}

size_t tasks__count(const struct tasks *t)
{
	return t->count;
}

struct task *tasks__at(const struct tasks *t, size_t id)
{
	return id < t->count ? t->all[id] : NULL;
}
