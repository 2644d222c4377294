// SPDX-License-Identifier: GPL-2.0-only
/* What a switched-out task waits for: system call, then futex signature. */
#include <errno.h>
#include <string.h>

#include "lib/arch.h"
#include "model/futex.h"
#include "model/gil.h"
#include "model/state.h"
#include "model/syscalls.h"

#define FRAMES_BYTES	  1024 /* of a few functions of a C library */
#define SHARED_FILES_MOST 4096 /* that are searched at every wait until the right one comes */

struct process {
	const struct tasks *tasks;
	uint32_t pid;
};

static bool is_thread(void *ctx, uint32_t ns_tid)
{
	const struct process *process = ctx;

	return tasks__has_thread(process->tasks, process->pid, ns_tid);
}

/* By the stack pointers that it was seen with, the present one among them if it was looked at. */
static bool is_on_stack(const struct model_task *task, uint64_t address)
{
	return task->stack_low && address >= task->stack_low &&
	       address < task->stack_high + FRAMES_BYTES;
}

/* What waits at this address were before. */
static enum cause known_kind(struct model *m, struct object_key key)
{
	const struct sync_object *object = objects__find(m->objects, key);

	return object ? object->kind : CAUSE_FUTEX;
}

static bool known_counter(struct model *m, struct object_key key)
{
	const struct sync_object *object = objects__find(m->objects, key);

	return object && object->counter;
}

/*
 * A runtime's own word that takes all sorts of values is no lock, though it may have looked like
 * one when it happened to be 2: Rust's condition variables count.
 */
static void note_counter(struct sync_object *object, const struct futex_wait *w)
{
	if (!futex__counts(w))
		return;
	object->counter = true;
	if (object->kind == CAUSE_MUTEX)
		object->kind = CAUSE_FUTEX;
}

/* What it waits for; *offset: where the futex word lies in that. */
static enum cause classify(struct model *m, const struct futex_wait *w, uint32_t space,
			   unsigned int *offset)
{
	enum cause cause = futex__classify(w);
	struct python_state *python = spaces__python(m->spaces, space);

	if (python && gil__waited(python, w, cause == CAUSE_CONDVAR, m->arch->mutex_bytes, offset))
		return CAUSE_GIL;
	*offset = futex__offset(w, cause);
	return cause;
}

static void classify_futex(struct model *m, struct task *task, const struct ct_switch_futex *f)
{
	struct process process = {m->tasks, task->pub.pid};
	struct object_key key = {f->shared ? 0 : life__space(m, task),
				 f->shared ? f->shared : f->uaddr};
	struct sync_object *object;
	unsigned int offset;
	struct futex_wait w = {
		.uaddr = f->uaddr,
		.op = f->op,
		.val = f->val,
		.has_words = f->s.h.flags & CT_F_WORDS,
		.has_before = f->s.h.flags & CT_F_BEFORE,
		.timeout = f->s.h.flags & CT_F_TIMEOUT,
		.on_stack = is_on_stack(&task->pub, f->uaddr),
		.known = known_kind(m, key),
		.counter = known_counter(m, key),
		.is_thread = is_thread,
		.ctx = &process,
	};

	memcpy(w.words, f->words, sizeof(w.words));
	memcpy(w.before, f->before, sizeof(w.before));
	memset(&task->wait, 0, sizeof(task->wait));
	task->wait.nr = SYSCALL_FUTEX;
	task->wait.args[0] = f->uaddr;
	task->wait.args[1] = f->op;
	task->wait.args[2] = f->val;
	task->wait.stack = f->stack;
	task->wait.cause = classify(m, &w, key.space, &offset);
	if (task->wait.cause == CAUSE_JOIN) { /* threads use stacks of others that have ended */
		task->wait.args[2] = futex__joined(&w);
		key.address ^= task->wait.args[2] << 47;
	}
	object = objects__get(m->objects, key, task->pub.pid, f->uaddr, task->wait.cause, offset);
	if (!object) {
		m->failed = -ENOMEM;
		return;
	}
	if (!object->space) {
		object->space = life__space(m, task);
		object->mutex_bytes = (uint8_t)m->arch->mutex_bytes;
		object->first_ns =
			f->s.h.ts > m->info->start_ns ? f->s.h.ts - m->info->start_ns : 0;
	}
	/* One of the words inside was waited at before it was known what it is a part of. */
	if (task->wait.cause == CAUSE_GIL)
		task->wait.cause = object->kind;
	/* Another CPU may have been the first to see the file, and tell of it a little later. */
	if (f->shared && !object->file && files__count(m->files) < SHARED_FILES_MOST)
		object->file = files__of_futex(m->files, f->shared);
	note_counter(object, &w);
	task->wait.object = object;
	task->wait.file = object->file;
}

/* A lock inside the kernel, and who holds it if its owner could be read. */
static void note_kernel_lock(struct model *m, struct task *task, const struct ct_switch_wait *w)
{
	struct object_key key = {OBJECTS_KERNEL, w->target};
	struct task *holder = w->detail ? tasks__find(m->tasks, (uint32_t)(w->detail - 1)) : NULL;
	struct sync_object *object;

	task->wait.cause = CAUSE_KERNEL;
	object = objects__get(m->objects, key, task->pub.pid, 0, CAUSE_KERNEL, 0);
	if (!object) {
		m->failed = -ENOMEM;
		return;
	}
	object->kernel = w->target;
	object->mmap_lock = w->klock == CT_KLOCK_MMAP;
	if (!object->space)
		object->space = life__space(m, task);
	task->wait.object = object;
	if (!holder)
		return;
	task->wait.holder = &holder->pub;
	task->wait.confidence = CONFIDENCE_HIGH;
}

static void classify_call(struct task *task, const struct block *block)
{
	struct wait *wait = &task->wait;

	if (block->nr == SYSCALL_RESTART && !block->compat)
		return; /* goes on with the same wait */
	memset(wait, 0, sizeof(*wait));
	wait->nr = block->nr;
	wait->iowait = block->iowait;
	memcpy(wait->args, block->args, sizeof(wait->args));
	wait->cause = syscalls__cause(block);
}

static void note_detail(struct task *task, const struct ct_switch_wait *w,
			const struct file_info *file)
{
	task->wait.file = file;
	task->wait.detail = w->detail;
}

/* A fault on a call's buffer has nothing to do with the call's descriptor. */
static const struct file_info *file_of(const struct task *task, const struct block *block)
{
	return task->wait.cause == CAUSE_PAGEFAULT && !block->fault ? NULL : block->file;
}

/* The futex call itself sleeps interruptibly: else it is a fault or a kernel lock inside it. */
static bool is_futex_wait(const struct ct_switch_futex *f)
{
	struct block block = {.nr = SYSCALL_FUTEX,
			      .prev_state = f->s.prev_state,
			      .fd_mode = CT_FD_NONE,
			      .iowait = f->s.h.flags & CT_F_IOWAIT};

	return syscalls__cause(&block) == CAUSE_FUTEX;
}

void wait__of_switch(struct model *m, struct task *task, const union ct_event *ev)
{
	struct block block = {.nr = CT_NR_NONE,
			      .prev_state = ev->sw.prev_state,
			      .fd_mode = CT_FD_NONE,
			      .iowait = ev->h.flags & CT_F_IOWAIT,
			      .compat = ev->h.flags & CT_F_COMPAT};

	if (ev->h.type == CT_SWITCH_FUTEX && is_futex_wait(&ev->futex)) {
		classify_futex(m, task, &ev->futex);
		return;
	}
	if (ev->h.type == CT_SWITCH_WAIT) {
		block.fault = ev->h.flags & CT_F_FAULT;
		block.nr = ev->wait.nr;
		block.fd_mode = ev->wait.fd_mode;
		memcpy(block.args, ev->wait.args, sizeof(block.args));
	} else if (ev->h.type == CT_SWITCH_FUTEX) {
		block.nr = SYSCALL_FUTEX;
		block.args[0] = ev->futex.uaddr;
	}
	if (block.fault || (ev->h.type == CT_SWITCH_WAIT && syscalls__on_file(&block)))
		block.file = files__find(m->files, ev->wait.target);
	classify_call(task, &block);
	if (ev->h.type == CT_SWITCH_WAIT) {
		task->wait.stack = ev->wait.stack;
		if (ev->h.flags & CT_F_KLOCK)
			note_kernel_lock(m, task, &ev->wait);
		else if (block.nr != SYSCALL_RESTART)
			note_detail(task, &ev->wait, file_of(task, &block));
	} else if (ev->h.type == CT_SWITCH_FUTEX) {
		task->wait.stack = ev->futex.stack;
	}
}

void wait__of_guess(struct model *m, struct task *task)
{
	const struct wait *seen = &task->wait;
	struct block block = {.nr = seen->nr,
			      .prev_state = task->guessed_state,
			      .fd_mode = CT_FD_NONE,
			      .compat = task->guessed_compat};
	struct ct_switch_futex f = {.uaddr = seen->args[0]};

	task->guessed = false;
	if (seen->nr == SYSCALL_FUTEX && !block.compat) {
		f.op = (uint32_t)seen->args[1];
		f.val = (uint32_t)seen->args[2];
		f.s.h.flags = seen->args[3] ? CT_F_TIMEOUT : 0;
		classify_futex(m, task, &f);
		return;
	}
	memcpy(block.args, seen->args, sizeof(block.args));
	classify_call(task, &block);
}

void wait__described(struct model *m, struct task *task, const struct ct_blocked *b)
{
	union ct_event ev = {0};
	struct ct_switch_futex *f = &ev.futex;

	task->described = true;
	if (task->wait.nr != SYSCALL_FUTEX || task->guessed_compat) {
		wait__of_guess(m, task);
		task->guessed = true;
		task->wait.stack = b->stack;
		return;
	}
	f->s.h = b->h;
	f->s.h.type = CT_SWITCH_FUTEX;
	f->s.prev_state = task->guessed_state;
	f->uaddr = b->uaddr;
	f->op = b->op;
	f->val = b->val;
	f->stack = b->stack;
	memcpy(f->words, b->words, sizeof(f->words));
	memcpy(f->before, b->before, sizeof(f->before));
	classify_futex(m, task, f);
	holders__blocked(m, task, &ev);
}
