// SPDX-License-Identifier: GPL-2.0-only
/*
 * Writes a big trace of a machine that never was, for benchmarks: gen_trace FILE EVENTS CPUS
 * THREADS [full]. The same arguments give the same file. "full": with stacks, files, mappings...
 *
 * A shell forks and execs the root, which forks THREADS tasks, most of them threads, some
 * processes that exec. They work in pairs: each runs for some microseconds, wakes its partner and
 * waits for it, in futex() or in read() of a pipe; now and then one sleeps, or is preempted. When
 * EVENTS records are there, all exit, and the root last. A task is on one CPU at a time, its switch
 * counts are kept as the kernel keeps them, and its CT_END says what the records say.
 */
#include <errno.h>
#include <inttypes.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "bpf/events.h"
#include "lib/error.h"
#include "trace/info.h"
#include "trace/writer.h"

#define START_NS     1000000000000ULL
#define SHELL_TID    900
#define ROOT_TID     1000
#define KTHREADS     20
#define MARK_EVERY   100000
#define MANY	     10000
#define NEVER	     UINT64_MAX
#define STATE_DEAD   0x80
#define PRIO	     120
#define NR_READ	     0
#define NR_WRITE     1
#define NR_CLONE     56
#define NR_EXIT	     60
#define NR_WAIT4     61
#define NR_FUTEX     202
#define NR_NANOSLEEP 230

enum state { UNBORN, RUNNABLE, RUNNING, BLOCKED, SLEEPING, DEAD };
/* What a running task does when its time has come. */
enum step { STEP_START, STEP_WORK, STEP_WAIT, STEP_EXIT, STEP_GONE };

struct task {
	uint32_t tid, pid;
	enum state state;
	enum step step;
	bool traced;
	unsigned int cpu;
	uint64_t since;	  /* RUNNING: from when on */
	uint64_t wake_at; /* SLEEPING */
	uint64_t nvcsw, nivcsw, ran;
	struct task *queued; /* behind it on the run queue */
	/* With "full": */
	uint32_t stacks; /* sites whose stack was sent */
	uint32_t turn;
	bool has_pipe; /* sent */
};

struct cpu {
	struct task *running; /* NULL = idle */
	struct task *first, *last;
	uint64_t next; /* when something happens here */
};

struct sim {
	struct trace_writer *writer;
	struct task shell, root, *workers;
	struct cpu *cpus;
	unsigned int ncpus, nworkers, forked, alive;
	bool full;
	uint64_t now, events, limit, next_mark, next_wake, next_sample, random;
	int failure;
};

static uint32_t any(struct sim *s, uint32_t below)
{
	/* xorshift64* (Vigna 2014) */
	s->random ^= s->random >> 12;
	s->random ^= s->random << 25;
	s->random ^= s->random >> 27;
	return (uint32_t)((s->random * 0x2545f4914f6cdd1dULL >> 32) * below >> 32);
}

static void emit(struct sim *s, unsigned int stream, const void *record, size_t size)
{
	int ret = trace_writer__append(s->writer, stream, record, size);

	s->events++;
	if (ret && !s->failure)
		s->failure = ret;
}

static struct ct_hdr header(const struct sim *s, enum ct_type type, uint32_t tid)
{
	return (struct ct_hdr){.ts = s->now, .type = (unsigned char)type, .tid = tid};
}

static bool traced(const struct task *t)
{
	return t && t->traced;
}

static struct task *partner(struct sim *s, const struct task *t)
{
	size_t i = (size_t)(t - s->workers) ^ 1;

	return i < s->nworkers ? &s->workers[i] : NULL;
}

static bool uses_futex(const struct sim *s, const struct task *t)
{
	return (t - s->workers) & 2;
}

static uint64_t futex_of(const struct task *t)
{
	return 0x7f0000001000ULL + (t->tid & ~1u) * 64ULL;
}

#include "tests/lib/gen_more.inc"

/* --- run queues --- */

static void enqueue(struct sim *s, struct task *t)
{
	struct cpu *c = &s->cpus[t->cpu];

	t->state = RUNNABLE;
	t->queued = NULL;
	if (c->first)
		c->last->queued = t;
	else
		c->first = t;
	c->last = t;
	if (!c->running && c->next == NEVER)
		c->next = s->now + 800 + any(s, 2000);
}

static void fill_wait(struct sim *s, unsigned int cpu, struct task *prev,
		      struct ct_switch_wait *wait)
{
	wait->stack = stack_of(s, cpu, prev, 0);
	wait->fd_mode = CT_FD_NONE;
	if (prev == &s->root) {
		wait->nr = NR_WAIT4;
		wait->args[0] = UINT64_MAX;
	} else if (prev->state == SLEEPING) {
		wait->nr = NR_NANOSLEEP;
		wait->args[2] = 0x7ffc00001000ULL + prev->tid * 4096ULL;
		wait->detail = s->full ? prev->wake_at - s->now : 0;
	} else {
		wait->nr = NR_READ;
		wait->fd_mode = S_IFIFO;
		wait->args[0] = 3 + (prev->tid & 1);
		wait->args[1] = 0x7ffc00002000ULL + prev->tid * 4096ULL;
		wait->args[2] = 1;
		wait->target = pipe_of(s, cpu, prev);
	}
}

static void fill_futex(struct sim *s, unsigned int cpu, struct task *prev,
		       struct ct_switch_futex *futex)
{
	futex->s.h.flags |= CT_F_WORDS;
	futex->uaddr = futex_of(prev);
	futex->op = 0x80;
	futex->val = 2;
	futex->words[0] = 2;
	futex->words[2] = partner(s, prev)->tid;
	futex->words[3] = 1;
	futex->stack = stack_of(s, cpu, prev, 0);
	if (s->full && prev->pid == prev->tid)
		futex->shared = mix(futex->uaddr, 0);
}

/* The CPU's running task gives way to the first of the queue, or to the idle task. */
static void switch_from(struct sim *s, struct cpu *c, uint32_t state, bool preempted)
{
	struct task *prev = c->running, *next = c->first;
	union ct_event ev = {.h = header(s, CT_SWITCH, prev ? prev->tid : 0)};
	unsigned int cpu = (unsigned int)(c - s->cpus);
	bool waits = traced(prev) && state == 1;
	size_t size = sizeof(ev.sw);

	if (prev) {
		prev->ran += s->now - prev->since;
		if (state && !preempted)
			prev->nvcsw++;
		else
			prev->nivcsw++;
		ev.h.aux = (unsigned char)prev->nvcsw;
	}
	ev.h.flags = (unsigned char)((preempted ? CT_F_PREEMPT : 0) |
				     (traced(prev) ? CT_F_PREV_TRACED : 0));
	ev.h.prio = PRIO;
	ev.sw.next_tid = next ? next->tid : 0;
	ev.sw.prev_state = state;
	if (waits && prev != &s->root && prev->state == BLOCKED && uses_futex(s, prev)) {
		ev.h.type = CT_SWITCH_FUTEX;
		fill_futex(s, cpu, prev, &ev.futex);
		size = sizeof(ev.futex);
	} else if (waits) {
		ev.h.type = CT_SWITCH_WAIT;
		fill_wait(s, cpu, prev, &ev.wait);
		size = sizeof(ev.wait);
	}
	emit(s, cpu, &ev, size);
	c->running = next;
	c->next = NEVER;
	if (!next)
		return;
	c->first = next->queued;
	next->state = RUNNING;
	next->since = s->now;
	c->next = s->now + 1000 + any(s, next->step == STEP_WORK ? 3000 : 300);
}

static void wake(struct sim *s, unsigned int cpu, struct task *t, uint8_t irq, short nr)
{
	struct task *waker = s->cpus[cpu].running;
	struct ct_waking_futex w = {.w.h = header(s, CT_WAKING, t->tid)};

	for (unsigned int i = 0; s->cpus[t->cpu].running && i < s->ncpus; i++)
		if (!s->cpus[i].running && !s->cpus[i].first)
			t->cpu = i;
	w.w.h.flags = (unsigned char)(irq | (traced(waker) ? CT_W_WAKER_TRACED : 0));
	w.w.h.prio = PRIO;
	w.w.waker = waker ? waker->tid : 0;
	w.w.nr = irq || !traced(waker) ? CT_NR_NONE : nr;
	w.w.target_cpu = (unsigned short)t->cpu;
	if (w.w.nr != CT_NR_NONE)
		w.w.stack = stack_of(s, cpu, waker, 1);
	if (w.w.nr == NR_WRITE)
		w.w.target = pipe_of(s, cpu, waker);
	if (w.w.nr == NR_FUTEX) {
		w.w.h.type = CT_WAKING_FUTEX;
		w.uaddr = futex_of(t);
		w.op = 0x81;
		w.val = 1;
		emit(s, cpu, &w, sizeof(w));
	} else {
		emit(s, cpu, &w.w, sizeof(w.w));
	}
	enqueue(s, t);
}

/* --- births and deaths --- */

static void fork_task(struct sim *s, unsigned int cpu, struct task *child, bool thread)
{
	const struct task *parent = s->cpus[cpu].running;
	struct ct_fork f = {.h = header(s, CT_FORK, child->tid)};
	struct ct_waking w = {.h = header(s, CT_WAKEUP_NEW, child->tid)};

	child->pid = thread ? parent->pid : child->tid;
	child->traced = true;
	child->cpu = (cpu + child->tid) % s->ncpus;
	f.h.prio = PRIO;
	f.flags = CT_T_TRACED | (child == &s->root ? CT_T_ROOT : 0);
	f.pid = f.ns_pid = child->pid;
	f.ns_tid = child->tid;
	f.parent_tid = parent->tid;
	f.parent_pid = parent->pid;
	if (s->full) {
		f.tls = 0x7ffff0000000ULL + child->tid * 0x801000ULL;
		f.cflags = thread ? 0x3d0f00 : 0x1200011;
		f.nr = NR_CLONE;
	}
	snprintf(f.comm, sizeof(f.comm), "%s", parent == &s->shell ? "bash" : "busy");
	emit(s, cpu, &f, sizeof(f));
	w.h.ts += 300;
	w.h.prio = PRIO;
	w.h.flags = traced(parent) ? CT_W_WAKER_TRACED : 0;
	w.waker = parent->tid;
	w.nr = traced(parent) ? NR_CLONE : CT_NR_NONE;
	w.target_cpu = (unsigned short)child->cpu;
	emit(s, cpu, &w, sizeof(w));
	s->now += 300;
	enqueue(s, child);
}

static void exec_task(struct sim *s, unsigned int cpu, const struct task *t)
{
	static const char file[] = "/usr/bin/busy";
	struct ct_exec e = {.h = header(s, CT_EXEC, t->tid)};

	e.flags = CT_T_TRACED | (t == &s->root ? CT_T_ROOT : 0);
	e.old_tid = t->tid;
	e.file_len = sizeof(file) - 1;
	memcpy(e.text, file, e.file_len);
	e.args_len = (unsigned short)(snprintf(e.text + e.file_len, 64, "busy%c-n%c%" PRIu32, 0, 0,
					       t->tid) +
				      1);
	snprintf(e.comm, sizeof(e.comm), "busy");
	emit(s, cpu, &e, sizeof(e));
	if (s->full)
		emit_maps(s, t->pid);
}

static void end_task(struct sim *s, unsigned int cpu, struct task *t)
{
	struct ct_end e = {.h = header(s, CT_END, t->tid)};

	t->state = DEAD;
	switch_from(s, &s->cpus[cpu], STATE_DEAD, false);
	e.nvcsw = t->nvcsw;
	e.nivcsw = t->nivcsw;
	e.sum_exec = t->ran;
	e.stime = t->ran / 4;
	e.utime = t->ran - e.stime;
	emit(s, cpu, &e, sizeof(e));
}

/* --- what tasks do --- */

static void block(struct sim *s, struct cpu *c, bool asleep)
{
	struct task *t = c->running;

	t->state = asleep ? SLEEPING : BLOCKED;
	if (asleep) {
		t->wake_at = s->now + 50000 + any(s, 200000);
		if (t->wake_at < s->next_wake)
			s->next_wake = t->wake_at;
	}
	t->step = STEP_WORK;
	switch_from(s, c, 1, false);
}

static void step_shell(struct sim *s, unsigned int cpu)
{
	if (s->root.state == UNBORN) {
		fork_task(s, cpu, &s->root, false);
		s->cpus[cpu].next = s->now + 5000;
	} else {
		block(s, &s->cpus[cpu], false);
	}
}

static void step_root(struct sim *s, unsigned int cpu, struct task *t)
{
	struct cpu *c = &s->cpus[cpu];

	/* Many are forked faster: else those that are there fill the file meanwhile. */
	c->next = s->now + (2000 + any(s, 20000)) / (s->nworkers > MANY ? 20 : 1);
	if (t->step == STEP_START) {
		exec_task(s, cpu, t);
		t->step = STEP_WORK;
	} else if (t->step == STEP_EXIT) {
		end_task(s, cpu, t);
	} else if (s->forked < s->nworkers) {
		fork_task(s, cpu, &s->workers[s->forked], s->forked % 8);
		s->forked++;
	} else if (s->alive) {
		block(s, c, false);
	} else {
		wake(s, cpu, &s->shell, 0, NR_EXIT);
		t->step = STEP_EXIT;
	}
}

static void work(struct sim *s, unsigned int cpu, struct task *t)
{
	struct cpu *c = &s->cpus[cpu];
	struct task *other = partner(s, t);
	bool done = s->events >= s->limit && s->forked == s->nworkers;

	c->next = s->now + 500 + any(s, 600);
	if (c->first && !any(s, 8)) {
		enqueue(s, t);
		switch_from(s, c, 0, true);
		return;
	}
	t->step = done ? STEP_EXIT : STEP_WAIT;
	if (other && other->state == BLOCKED)
		wake(s, cpu, other, 0, uses_futex(s, t) ? NR_FUTEX : NR_WRITE);
}

static void step_worker(struct sim *s, unsigned int cpu, struct task *t)
{
	const struct task *other = partner(s, t);
	bool asleep;

	switch (t->step) {
	case STEP_START:
		if (t->pid == t->tid)
			exec_task(s, cpu, t);
		t->step = STEP_WORK;
		s->cpus[cpu].next = s->now + 20000;
		break;
	case STEP_WORK:
		work(s, cpu, t);
		break;
	case STEP_WAIT:
		/* Whose partner will not look before it waits itself, sleeps instead. */
		asleep = !other || other->state == UNBORN || other->state == BLOCKED ||
			 other->step >= STEP_WAIT || !any(s, 64);
		block(s, &s->cpus[cpu], asleep);
		break;
	default:
		s->alive--;
		if (!s->alive && s->root.state == BLOCKED)
			wake(s, cpu, &s->root, 0, NR_EXIT);
		t->step = STEP_GONE;
		end_task(s, cpu, t);
	}
}

/* Timer interrupts, on the CPU where the sleeper is at home. */
static void fire_timers(struct sim *s)
{
	s->next_wake = NEVER;
	for (unsigned int i = 0; i < s->nworkers; i++) {
		struct task *t = &s->workers[i];

		if (t->state == SLEEPING && t->wake_at <= s->now)
			wake(s, t->cpu, t, CT_W_HARDIRQ | CT_W_TIMER, CT_NR_NONE);
		else if (t->state == SLEEPING && t->wake_at < s->next_wake)
			s->next_wake = t->wake_at;
	}
}

static void step_cpu(struct sim *s, unsigned int cpu)
{
	struct task *t = s->cpus[cpu].running;

	if (!t)
		switch_from(s, &s->cpus[cpu], 0, false);
	else if (t == &s->shell)
		step_shell(s, cpu);
	else if (t == &s->root)
		step_root(s, cpu, t);
	else
		step_worker(s, cpu, t);
}

static void run(struct sim *s)
{
	while (s->root.state != DEAD && !s->failure) {
		unsigned int cpu = 0;

		for (unsigned int i = 1; i < s->ncpus; i++)
			if (s->cpus[i].next < s->cpus[cpu].next)
				cpu = i;
		if (s->next_wake <= s->cpus[cpu].next) {
			/* Not before what has happened: a fork took some of its CPU's time. */
			if (s->next_wake > s->now)
				s->now = s->next_wake;
			fire_timers(s);
			continue;
		}
		if (s->cpus[cpu].next > s->now)
			s->now = s->cpus[cpu].next;
		look_at_clock(s);
		step_cpu(s, cpu);
		if (s->events >= s->next_mark) {
			trace_writer__mark(s->writer, s->now);
			s->next_mark += MARK_EVERY;
		}
	}
}

/* --- the frame --- */

static void emit_task(struct sim *s, uint32_t tid, const char *comm, uint32_t flags)
{
	struct ct_task t = {.h = header(s, CT_TASK, tid)};

	t.h.prio = PRIO;
	t.flags = flags;
	t.pid = t.ns_tid = t.ns_pid = tid;
	t.ppid = flags & CT_T_KTHREAD ? 2 : 1;
	t.state = flags & CT_T_ON_CPU ? 0 : 1;
	t.start_ts = START_NS / 2 + tid;
	t.nr = CT_NR_NONE;
	snprintf(t.comm, sizeof(t.comm), "%s", comm);
	emit(s, TRACE_STREAM_HOST, &t, sizeof(t));
	s->now += 700;
}

static void begin(struct sim *s)
{
	char comm[CT_COMM_LEN];

	s->now = START_NS;
	s->next_mark = MARK_EVERY;
	s->next_wake = NEVER;
	s->next_sample = START_NS;
	s->random = 1;
	s->alive = s->nworkers;
	for (uint32_t i = 0; i < KTHREADS; i++) {
		snprintf(comm, sizeof(comm), "kworker/%" PRIu32, i);
		emit_task(s, 10 + i, comm, CT_T_KTHREAD);
	}
	emit_task(s, 800, "conctrace", CT_T_RECORDER);
	emit_task(s, SHELL_TID, "bash", CT_T_ON_CPU);
	for (unsigned int i = 0; i < s->ncpus; i++)
		s->cpus[i].next = NEVER;
	s->shell = (struct task){
		.tid = SHELL_TID, .pid = SHELL_TID, .state = RUNNING, .since = s->now};
	s->root.tid = ROOT_TID;
	for (unsigned int i = 0; i < s->nworkers; i++)
		s->workers[i].tid = ROOT_TID + 2 + i;
	s->cpus[0].running = &s->shell;
	s->cpus[0].next = s->now + 1000;
}

static int generate(struct sim *s, const char *path)
{
	static const char mounts[] = "21 1 254:1 / / rw,relatime - ext4 /dev/vda1 rw\n";
	char *argv[] = {"busy", NULL};
	struct trace_info info = {.tool = "gen_trace",
				  .sysname = "Linux",
				  .release = "6.1.0",
				  .version = "#1 SMP",
				  .machine = "x86_64",
				  .hostname = "nowhere",
				  .ncpus = s->ncpus,
				  .online = s->ncpus,
				  .start_ns = START_NS,
				  .clock_monotonic = START_NS,
				  .clock_boottime = START_NS,
				  .clock_realtime = 1700000000000000000ULL,
				  .mode = TRACE_COMMAND,
				  .argc = 1,
				  .argv = argv};
	struct trace_trailer trailer = {.stop = TRACE_STOP_WORKLOAD, .has_exit = true};
	struct trace_writer_stats stats;
	struct error err;
	int ret = trace_writer__open(path, &info, &s->writer, &err);

	if (!ret) {
		begin(s);
		run(s);
		if (s->full)
			emit_blob(s, CT_BLOB_MOUNTS, mounts, sizeof(mounts) - 1);
		trailer.end_ns = s->now + 1000;
		trailer.last_end_ns = s->now;
		trailer.events = s->events;
		ret = trace_writer__close(s->writer, &trailer, &stats, &err);
	}
	if (ret) {
		fprintf(stderr, "gen_trace: %s\n", err.text);
		return 1;
	}
	if (s->failure) {
		fprintf(stderr, "gen_trace: %s\n", strerror(-s->failure));
		return 1;
	}
	fprintf(stderr, "%s: %" PRIu64 " records, %" PRIu64 " bytes, %" PRIu64 " blocks\n", path,
		stats.events, stats.bytes, stats.blocks);
	return 0;
}

int main(int argc, char **argv)
{
	struct sim s = {0};
	int ret = 1;

	if (argc != 5 && (argc != 6 || strcmp(argv[5], "full") != 0)) {
		fprintf(stderr, "usage: gen_trace FILE EVENTS CPUS THREADS [full]\n");
		return 2;
	}
	s.full = argc == 6;
	s.limit = strtoull(argv[2], NULL, 0);
	s.ncpus = (unsigned int)strtoul(argv[3], NULL, 0);
	s.nworkers = (unsigned int)strtoul(argv[4], NULL, 0);
	if (!s.ncpus || s.ncpus > TRACE_MAX_CPUS || !s.nworkers || s.nworkers > 1000000) {
		fprintf(stderr, "gen_trace: 1 to %d CPUs, 1 to 1000000 threads\n", TRACE_MAX_CPUS);
		return 2;
	}
	s.cpus = calloc(s.ncpus, sizeof(*s.cpus));
	s.workers = calloc(s.nworkers, sizeof(*s.workers));
	if (s.cpus && s.workers)
		ret = generate(&s, argv[1]);
	free(s.cpus);
	free(s.workers);
	return ret;
}
