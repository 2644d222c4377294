// SPDX-License-Identifier: GPL-2.0-only
/*
 * The model on synthetic records: each case is a list of records and the slices that must come of
 * them, written as text. Every case also checks that tasks and CPUs are tiled exactly.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "lib/strbuf.h"
#include "model/model.h"
#include "trace/info.h"
#include "trace/reader.h"

#define START	1000 /* the recording's start; slices come relative to it */
#define MOST	32
#define TASK_A	10
#define TASK_B	11
#define MUTEX_A 0x7000

struct record {
	unsigned int cpu;
	union ct_event ev;
};

#include "tests/unit/model_records.inc"

struct expect {
	const char *name;
	enum trace_mode mode;
	uint64_t last_end; /* relative to START; 0 = none, then the recording ends at 1000 */
	struct record records[MOST];
	const char *tasks; /* "tid state start-end ..." */
	const char *cpus;
};

static char cause_letter(const struct task_slice *s)
{
	return s->wait ? cause__letter(s->wait->cause) : '?';
}

struct collected {
	struct strbuf tasks[MOST], cpus[2];
	uint32_t tid_of[MOST];
	uint64_t task_from[MOST], task_at[MOST], cpu_at[2];
	uint64_t running, workload;
	bool unknown;
};

static int on_task(void *ctx, const struct task_slice *s)
{
	struct collected *c = ctx;
	uint32_t id = s->task->id;

	assert_true(id < MOST);
	assert_true(s->start_ns < s->end_ns);
	if (c->task_at[id])
		assert_int_equal(c->task_at[id], s->start_ns);
	else
		c->task_from[id] = s->start_ns;
	c->task_at[id] = s->end_ns;
	c->tid_of[id] = s->task->tid;
	if (s->state == TASK_RUNNING)
		c->running += s->end_ns - s->start_ns;
	if (s->state == TASK_UNKNOWN)
		c->unknown = true;
	strbuf__printf(&c->tasks[id], " %c%s%llu-%llu",
		       s->state == TASK_BLOCKED ? cause_letter(s) : "#-B?"[s->state],
		       s -> state == TASK_RUNNABLE && s -> preempted ? "p" : "",
		       (unsigned long long)s->start_ns, (unsigned long long)s->end_ns);
	return 0;
}

static int on_cpu(void *ctx, const struct cpu_slice *s)
{
	struct collected *c = ctx;

	assert_true(s->cpu < 2);
	assert_true(s->start_ns < s->end_ns);
	if (c->cpu_at[s->cpu])
		assert_int_equal(c->cpu_at[s->cpu], s->start_ns);
	c->cpu_at[s->cpu] = s->end_ns;
	if (s->use == CPU_WORKLOAD)
		c->workload += s->end_ns - s->start_ns;
	if (s->use == CPU_UNKNOWN)
		c->unknown = true;
	strbuf__printf(&c->cpus[s->cpu], " %c%llu-%llu", "wo.?"[s->use],
		       (unsigned long long)s -> start_ns, (unsigned long long)s -> end_ns);
	return 0;
}

static size_t record_size(const union ct_event *ev)
{
	static const size_t sizes[CT_TYPE_END] = {
		[CT_SWITCH] = sizeof(ev->sw),	       [CT_SWITCH_WAIT] = sizeof(ev->wait),
		[CT_SWITCH_FUTEX] = sizeof(ev->futex), [CT_WAKING] = sizeof(ev->waking),
		[CT_WAKEUP_NEW] = sizeof(ev->waking),  [CT_FORK] = sizeof(ev->fork),
		[CT_EXEC] = sizeof(ev->exec),	       [CT_END] = sizeof(ev->end),
		[CT_LOST] = sizeof(ev->lost),	       [CT_TASK] = sizeof(ev->task),
		[CT_ARRIVED] = sizeof(ev->arrived),    [CT_QUEUED] = sizeof(ev->arrived),
	};

	return sizes[ev->h.type];
}

static void run(const struct expect *e, struct collected *c)
{
	struct trace_info info = {.ncpus = 2, .online = 2, .start_ns = START, .mode = e->mode};
	struct trace_trailer trailer = {.end_ns = START + 1000};
	struct model_sink sink = {.ctx = c, .task_slice = on_task, .cpu_slice = on_cpu};
	struct model *m;
	size_t i;

	if (e->last_end)
		trailer.last_end_ns = START + e->last_end;
	m = model__new(&info, &trailer);
	assert_non_null(m);
	assert_int_equal(model__add_sink(m, &sink), 0);
	for (i = 0; i < MOST && e->records[i].ev.h.type; i++) {
		struct trace_event te = {.cpu = e->records[i].cpu, .ev = &e->records[i].ev};

		te.size = record_size(te.ev);
		assert_int_equal(model__apply(m, &te), 0);
	}
	assert_int_equal(model__finish(m), 0);
	for (i = 0; i < 2; i++)
		assert_int_equal(c->cpu_at[i], model__window_end(m));
	for (i = 0; i < model__task_count(m); i++)
		assert_true(!c->task_at[i] || (c->task_from[i] == model__task(m, i)->start_ns &&
					       c->task_at[i] == model__task(m, i)->end_ns));
	model__free(m);
}

static void check(void **state)
{
	const struct expect *e = *state;
	struct collected c = {0};
	struct strbuf tasks = {0}, cpus = {0};
	size_t i;

	run(e, &c);
	if (!c.unknown)
		assert_int_equal(c.running, c.workload);
	for (i = 0; i < MOST; i++)
		if (c.tasks[i].len)
			strbuf__printf(&tasks, "%s%u%s", tasks.len ? "; " : "", c.tid_of[i],
				       strbuf__text(&c.tasks[i]));
	for (i = 0; i < 2; i++)
		strbuf__printf(&cpus, "%s%zu%s", i ? "; " : "", i, strbuf__text(&c.cpus[i]));
	assert_string_equal(strbuf__text(&tasks), e->tasks);
	if (e->cpus)
		assert_string_equal(strbuf__text(&cpus), e->cpus);
	for (i = 0; i < MOST; i++)
		strbuf__free(&c.tasks[i]);
	strbuf__free(&c.cpus[0]);
	strbuf__free(&c.cpus[1]);
	strbuf__free(&tasks);
	strbuf__free(&cpus);
}

static const struct expect cases[] = {
	{"a command from exec to end",
	 TRACE_COMMAND,
	 500,
	 {ROOT, SW(0, 500, TASK_A, 0x80, TRACED, 0), END(0, 500, TASK_A)},
	 "10 #100-500",
	 "0 w100-500; 1 .100-500"},

	{"blocks, is woken by a timer, waits for the CPU",
	 TRACE_COMMAND,
	 500,
	 {ROOT, WAITS(0, 200, TASK_A, 1, 0, 0, 230, CT_FD_NONE),
	  WAKE(0, 300, TASK_A, CT_W_HARDIRQ, 0), SW(0, 310, 0, 0, 0, TASK_A),
	  SW(0, 500, TASK_A, 0x80, TRACED, 0), END(0, 500, TASK_A)},
	 "10 #100-200 z200-300 -300-310 #310-500",
	 "0 w100-200 .200-310 w310-500; 1 .100-500"},

	{"the only waking came before the switch-out",
	 TRACE_COMMAND,
	 500,
	 {ROOT, WAKE(1, 195, TASK_A, 0, 0), WAITS(0, 200, TASK_A, 1, 0, 0, 0, 0010000),
	  SW(0, 210, 0, 0, 0, TASK_A), SW(0, 500, TASK_A, 0x80, TRACED, 0), END(0, 500, TASK_A)},
	 "10 #100-200 -200-210 #210-500",
	 "0 w100-200 .200-210 w210-500; 1 .100-500"},

	{"a stale waking while running does not end a later block",
	 TRACE_COMMAND,
	 500,
	 {ROOT, WAKE(1, 150, TASK_A, 0, 0), WAITS(0, 200, TASK_A, 1, 0, 0, 0, 0010000),
	  WAKE(1, 260, TASK_A, 0, 0), SW(0, 270, 0, 0, 0, TASK_A),
	  SW(0, 500, TASK_A, 0x80, TRACED, 0), END(0, 500, TASK_A)},
	 "10 #100-200 p200-260 -260-270 #270-500",
	 NULL},

	{"preempted: runnable although its state says asleep",
	 TRACE_COMMAND,
	 500,
	 {ROOT, SW(0, 200, TASK_A, 1, TRACED | CT_F_PREEMPT, 77), SW(0, 260, 77, 0, 0, TASK_A),
	  SW(0, 500, TASK_A, 0x80, TRACED, 0), END(0, 500, TASK_A)},
	 "10 #100-200 -p200-260 #260-500",
	 "0 w100-200 o200-260 w260-500; 1 .100-500"},

	{"blocked and back, but nobody woke it: what lies between is not known",
	 TRACE_COMMAND,
	 500,
	 {ROOT, WAITS(0, 200, TASK_A, 1, 0, 0, 0, 0010000), SW(0, 210, 0, 0, 0, TASK_A),
	  SW(0, 500, TASK_A, 0x80, TRACED, 0), END(0, 500, TASK_A)},
	 "10 #100-200 ?200-210 #210-500",
	 NULL},

	{"a thread on the other CPU; the join",
	 TRACE_COMMAND,
	 600,
	 {ROOT, FORK(0, 150, TASK_B, TASK_A, TASK_A, 0), NEW(0, 151, TASK_B, TASK_A),
	  SW(1, 160, 0, 0, 0, TASK_B), FUTEX(0, 200, TASK_A, 0, 0x9000, 0x109, TASK_B, TASK_B),
	  WAKE(1, 390, TASK_A, 0, TASK_B), SW(1, 400, TASK_B, 0x80, TRACED, 0), END(1, 400, TASK_B),
	  SW(0, 410, 0, 0, 0, TASK_A), SW(0, 600, TASK_A, 0x80, TRACED, 0), END(0, 600, TASK_A)},
	 "10 #100-200 j200-390 -390-410 #410-600; 11 -150-160 #160-400",
	 "0 w100-200 .200-410 w410-600; 1 .100-160 w160-400 .400-600"},

	{"a mutex: the owner is a live thread",
	 TRACE_COMMAND,
	 600,
	 {ROOT, FORK(0, 150, TASK_B, TASK_A, TASK_A, 0), NEW(0, 151, TASK_B, TASK_A),
	  SW(1, 160, 0, 0, 0, TASK_B), FUTEX(1, 200, TASK_B, 0, MUTEX_A, 0x80, 2, 2, 0, TASK_A),
	  WAKE(0, 300, TASK_B, 0, TASK_A), SW(1, 310, 0, 0, 0, TASK_B),
	  SW(1, 400, TASK_B, 0x80, TRACED, 0), END(1, 400, TASK_B),
	  SW(0, 600, TASK_A, 0x80, TRACED, 0), END(0, 600, TASK_A)},
	 "10 #100-600; 11 -150-160 #160-200 m200-300 -300-310 #310-400",
	 NULL},

	{"yields are involuntary and runnable",
	 TRACE_COMMAND,
	 500,
	 {ROOT, SW(0, 200, TASK_A, 0, TRACED | CT_F_YIELD, 77), SW(0, 210, 77, 1, 0, TASK_A),
	  SW(0, 500, TASK_A, 0x80, TRACED, 0), END(0, 500, TASK_A)},
	 "10 #100-200 -p200-210 #210-500",
	 NULL},

	{"the tid is used again",
	 TRACE_COMMAND,
	 600,
	 {ROOT, FORK(0, 150, TASK_B, TASK_B, TASK_A, 0), NEW(0, 151, TASK_B, TASK_A),
	  SW(1, 160, 0, 0, 0, TASK_B), SW(1, 200, TASK_B, 0x80, TRACED, 0), END(1, 200, TASK_B),
	  FORK(0, 250, TASK_B, TASK_B, TASK_A, 0), NEW(0, 251, TASK_B, TASK_A),
	  SW(1, 260, 0, 0, 0, TASK_B), SW(1, 300, TASK_B, 0x80, TRACED, 0), END(1, 300, TASK_B),
	  SW(0, 600, TASK_A, 0x80, TRACED, 0), END(0, 600, TASK_A)},
	 "10 #100-600; 11 -150-160 #160-200; 11 -250-260 #260-300",
	 NULL},

	{"a thread that is not the leader execs; the leader's end comes under the thread's tid",
	 TRACE_COMMAND,
	 600,
	 {ROOT, FORK(0, 150, TASK_B, TASK_A, TASK_A, 0), NEW(0, 151, TASK_B, TASK_A),
	  SW(1, 160, 0, 0, 0, TASK_B), EXEC(1, 200, TASK_A, TASK_B),
	  SW(0, 210, TASK_B, 0x80, TRACED, 0), END(0, 210, TASK_B),
	  SW(1, 600, TASK_A, 0x80, TRACED, 0), END(1, 600, TASK_A)},
	 "11 #100-210; 10 -150-160 #160-600",
	 "0 w100-210 .210-600; 1 .100-160 w160-600"},

	{"attached: what the snapshot saw holds from the start",
	 TRACE_PID,
	 0,
	 {SNAP(-10, TASK_A, CT_T_TRACED, 1, 0, 230),
	  SNAP(-9, TASK_B, CT_T_TRACED | CT_T_ON_CPU, 0, 1, -1),
	  WAKE(0, 300, TASK_A, CT_W_HARDIRQ, 0), SW(0, 310, 0, 0, 0, TASK_A)},
	 "10 z0-300 -300-310 #310-1000; 11 #0-1000",
	 "0 .0-310 w310-1000; 1 w0-1000"},

	{"attached: the snapshot was a moment late",
	 TRACE_PID,
	 0,
	 {SNAP(-10, TASK_A, CT_T_TRACED, 1, 0, 230), WAITS(0, 50, TASK_A, 1, 0, 0, 35, CT_FD_NONE),
	  WAKE(0, 300, TASK_A, CT_W_HARDIRQ, 0), SW(0, 310, 0, 0, 0, TASK_A)},
	 "10 #0-50 z50-300 -300-310 #310-1000",
	 "0 w0-50 .50-310 w310-1000; 1 .0-1000"},

	{"a loss on its CPU makes a task unknown until the next record",
	 TRACE_COMMAND,
	 600,
	 {ROOT, LOST(0, 200, 250), WAITS(0, 300, TASK_A, 1, 0, 0, 230, CT_FD_NONE),
	  WAKE(0, 400, TASK_A, CT_W_HARDIRQ, 0), SW(0, 410, 0, 0, 0, TASK_A),
	  SW(0, 600, TASK_A, 0x80, TRACED, 0), END(0, 600, TASK_A)},
	 "10 #100-200 ?200-250 #250-300 z300-400 -400-410 #410-600",
	 "0 w100-200 ?200-250 w250-300 .300-410 w410-600; 1 .100-600"},
	{"a loss elsewhere leaves a running task alone, a blocked one not",
	 TRACE_COMMAND,
	 600,
	 {ROOT, FORK(0, 150, TASK_B, TASK_A, TASK_A, 0), NEW(0, 151, TASK_B, TASK_A),
	  SW(1, 160, 0, 0, 0, TASK_B), WAITS(1, 180, TASK_B, 1, 0, 0, 230, CT_FD_NONE),
	  LOST(1, 200, 250), WAKE(0, 300, TASK_B, 0, TASK_A), SW(1, 310, 0, 0, 0, TASK_B),
	  SW(1, 400, TASK_B, 0x80, TRACED, 0), END(1, 400, TASK_B),
	  SW(0, 600, TASK_A, 0x80, TRACED, 0), END(0, 600, TASK_A)},
	 "10 #100-600; 11 -150-160 #160-180 z180-200 ?200-300 -300-310 #310-400",
	 "0 w100-600; 1 .100-160 w160-180 .180-200 ?200-250 .250-310 w310-400 .400-600"},

	{"what another CPU lost before the command began and until after it",
	 TRACE_COMMAND,
	 500,
	 {FORK(0, 10, TASK_A, TASK_A, 5, CT_T_ROOT), NEW(0, 11, TASK_A, 5),
	  SW(0, 20, 5, 1, 0, TASK_A), LOST(1, 50, 300), EXEC(0, 100, TASK_A, TASK_A),
	  SW(1, 400, 0, 0, 0, 7), SW(0, 500, TASK_A, 0x80, TRACED, 0), END(0, 500, TASK_A)},
	 "10 #100-500",
	 "0 w100-500; 1 ?100-300 .300-400 o400-500"},
	{"the command's begin is among what was lost",
	 TRACE_COMMAND,
	 500,
	 {LOST_OF(0, 50, 200, CT_EXEC), SW(1, 60, 0, 0, 0, 7), SW(0, 300, TASK_A, 1, TRACED, 0),
	  WAKE(0, 400, TASK_A, 0, 0), SW(0, 410, 0, 0, 0, TASK_A),
	  SW(0, 500, TASK_A, 0x80, TRACED, 0), END(0, 500, TASK_A)},
	 "10 #200-300 ?300-400 -400-410 #410-500",
	 "0 ?50-200 w200-300 .300-410 w410-500; 1 .50-60 o60-500"},
	{"the birth of the root is among what was lost",
	 TRACE_COMMAND,
	 500,
	 {LOST_OF(0, 5, 20, CT_FORK), SW(0, 20, 5, 1, 0, TASK_A), EXEC(0, 100, TASK_A, TASK_A),
	  SW(0, 500, TASK_A, 0x80, TRACED, 0), END(0, 500, TASK_A)},
	 "10 #100-500",
	 "0 w100-500; 1 .100-500"},
	{"what leaves the CPU during a loss elsewhere is unknown",
	 TRACE_COMMAND,
	 600,
	 {ROOT, LOST(1, 150, 300), WAITS(0, 200, TASK_A, 1, 0, 0, 230, CT_FD_NONE),
	  WAKE(0, 250, TASK_A, CT_W_HARDIRQ, 0), SW(0, 350, 0, 0, 0, TASK_A),
	  SW(0, 600, TASK_A, 0x80, TRACED, 0), END(0, 600, TASK_A)},
	 "10 #100-200 ?200-250 ?250-350 #350-600",
	 NULL},

	{"born while records were lost: that it is one of ours shows when it leaves the CPU",
	 TRACE_COMMAND,
	 500,
	 {ROOT, LOST(1, 120, 180), WAKE(1, 200, TASK_B, 0, 0), SW(1, 210, 0, 0, 0, TASK_B),
	  WAITS(1, 260, TASK_B, 1, 0, 0, 230, CT_FD_NONE), SW(0, 500, TASK_A, 0x80, TRACED, 0),
	  END(0, 500, TASK_A)},
	 "10 #100-500; 11 ?200-210 #210-260 z260-500",
	 NULL},
	{"still blocked when the recording ends",
	 TRACE_COMMAND,
	 0,
	 {ROOT, WAITS(0, 200, TASK_A, 1, 0, 0, 61, CT_FD_NONE)},
	 "10 #100-200 h200-1000",
	 "0 w100-200 .200-1000; 1 .100-1000"},

	{"a switch that the kernel kept to itself: the scheduler's account of the arrival",
	 TRACE_COMMAND,
	 500,
	 {ROOT, SW(0, 200, TASK_A, 0, TRACED | CT_F_PREEMPT, 77), ARRIVED(0, 400, TASK_A, 230),
	  SW(0, 400, TASK_A, 0, TRACED | CT_F_PREEMPT, 78), SW(0, 410, 78, 1, 0, TASK_A),
	  SW(0, 500, TASK_A, 0x80, TRACED, 0), END(0, 500, TASK_A)},
	 "10 #100-200 -p200-230 #230-400 -p400-410 #410-500",
	 "0 w100-200 o200-230 w230-400 o400-410 w410-500; 1 .100-500"},

	{"a hidden task of the workload itself: how long it ran is not known",
	 TRACE_PID,
	 0,
	 {SNAP(-10, TASK_A, CT_T_TRACED | CT_T_ON_CPU, 0, 0, -1),
	  SNAP(-9, TASK_B, CT_T_TRACED, 1, 0, 230), WAKE(0, 190, TASK_B, CT_W_HARDIRQ, TASK_A),
	  SW(0, 200, TASK_A, 0, TRACED | CT_F_PREEMPT, TASK_B), ARRIVED(0, 400, TASK_A, 230),
	  SW(0, 400, TASK_A, 0, TRACED | CT_F_PREEMPT, 78), SW(0, 410, 78, 1, 0, TASK_B)},
	 "10 #0-200 -p200-230 #230-400 -p400-1000; 11 z0-190 -190-200 ?200-410 #410-1000",
	 "0 w0-200 ?200-230 w230-400 o400-410 w410-1000; 1 .0-1000"},

	{"a switch that was kept back, and the account is silent",
	 TRACE_COMMAND,
	 500,
	 {ROOT, SW(0, 200, TASK_A, 0, TRACED | CT_F_PREEMPT, 77),
	  SW(0, 400, TASK_A, 0, TRACED | CT_F_PREEMPT, 78), SW(0, 410, 78, 1, 0, TASK_A),
	  SW(0, 500, TASK_A, 0x80, TRACED, 0), END(0, 500, TASK_A)},
	 "10 #100-200 ?200-400 -p400-410 #410-500",
	 "0 w100-200 ?200-400 o400-410 w410-500; 1 .100-500"},

	{"nobody was seen to wake it, but the scheduler knows when it became runnable",
	 TRACE_COMMAND,
	 500,
	 {ROOT, WAITS(0, 200, TASK_A, 1, 0, 0, 230, CT_FD_NONE), QUEUED(0, 310, TASK_A, 295),
	  SW(0, 310, 0, 0, 0, TASK_A), SW(0, 500, TASK_A, 0x80, TRACED, 0), END(0, 500, TASK_A)},
	 "10 #100-200 z200-295 -295-310 #310-500",
	 NULL},

	{"woken while it runs unseen: that is about its next wait",
	 TRACE_COMMAND,
	 700,
	 {ROOT, WAITS(0, 200, TASK_A, 1, 0, 77, 230, CT_FD_NONE), WAKE(1, 390, TASK_A, 0, TASK_B),
	  ARRIVED(0, 400, TASK_A, 250), WAITS(0, 400, TASK_A, 1, 0, 77, 230, CT_FD_NONE),
	  SW(0, 450, 77, 1, 0, TASK_A), SW(0, 700, TASK_A, 0x80, TRACED, 0), END(0, 700, TASK_A)},
	 "10 #100-200 ?200-250 #250-400 -400-450 #450-700",
	 "0 w100-200 o200-250 w250-400 o400-450 w450-700; 1 .100-700"},

	{"woken twice: as it slept, and while it ran unseen, about its next wait",
	 TRACE_COMMAND,
	 700,
	 {ROOT, WAITS(0, 200, TASK_A, 1, 0, 77, 230, CT_FD_NONE), WAKE(1, 240, TASK_A, 0, TASK_B),
	  WAKE(1, 390, TASK_A, 0, TASK_B), ARRIVED(0, 400, TASK_A, 250),
	  WAITS(0, 400, TASK_A, 1, 0, 77, 230, CT_FD_NONE), QUEUED(0, 450, TASK_A, 412),
	  SW(0, 450, 77, 1, 0, TASK_A), SW(0, 700, TASK_A, 0x80, TRACED, 0), END(0, 700, TASK_A)},
	 "10 #100-200 z200-240 -240-250 #250-400 -400-450 #450-700",
	 "0 w100-200 o200-250 w250-400 o400-450 w450-700; 1 .100-700"},

	{"the idle task wakes somebody: the hidden one has left",
	 TRACE_COMMAND,
	 600,
	 {ROOT, WAITS(0, 200, TASK_A, 1, 0, 77, 230, CT_FD_NONE),
	  WAKE(0, 300, TASK_A, CT_W_HARDIRQ, 0), SW(0, 310, 0, 0, 0, TASK_A),
	  SW(0, 600, TASK_A, 0x80, TRACED, 0), END(0, 600, TASK_A)},
	 "10 #100-200 z200-300 -300-310 #310-600",
	 "0 w100-200 ?200-300 .300-310 w310-600; 1 .100-600"},

	{"nothing after the last task's end counts",
	 TRACE_COMMAND,
	 500,
	 {ROOT, SW(0, 500, TASK_A, 0x80, TRACED, 0), END(0, 500, TASK_A), SW(1, 700, 0, 0, 0, 99),
	  SW(1, 800, 99, 1, 0, 0)},
	 "10 #100-500",
	 "0 w100-500; 1 .100-500"},
};

/* nvcsw's low byte decides, whatever state the tracepoint gives. */
static void test_counts(void **state)
{
	struct trace_info info = {
		.ncpus = 1, .online = 1, .start_ns = START, .mode = TRACE_COMMAND};
	struct trace_trailer trailer = {.end_ns = START + 1000};
	struct record records[] = {ROOT,
				   SW(0, 200, TASK_A, 0, TRACED, 77),
				   SW(0, 210, 77, 1, 0, TASK_A),
				   SW(0, 220, TASK_A, 0, TRACED, 77),
				   SW(0, 230, 77, 1, 0, TASK_A),
				   SW(0, 500, TASK_A, 0x80, TRACED, 0),
				   END(0, 500, TASK_A)};
	struct model *m = model__new(&info, &trailer);
	size_t i;

	(void)state;
	records[4].ev.h.aux = 1; /* a signal was pending: state 0, yet voluntary */
	records[6].ev.h.aux = 1; /* preempted on the way to user mode */
	records[8].ev.h.aux = 2;
	records[9].ev.end.nvcsw = 2;
	records[9].ev.end.nivcsw = 1;
	for (i = 0; i < sizeof(records) / sizeof(records[0]); i++) {
		struct trace_event te = {.cpu = 0, .ev = &records[i].ev};

		assert_int_equal(model__apply(m, &te), 0);
	}
	assert_int_equal(model__finish(m), 0);
	for (i = 0; i < model__task_count(m); i++) {
		const struct model_task *task = model__task(m, i);

		if (task->tid != TASK_A)
			continue;
		assert_int_equal(task->voluntary, 2);
		assert_int_equal(task->involuntary, 1);
		assert_true(task->has_kernel_counts);
		assert_int_equal(task->kernel_nvcsw, 2);
		assert_string_equal(task->comm, "prog");
		assert_null(task->names);
	}
	model__free(m);
}

int main(void)
{
	struct CMUnitTest tests[sizeof(cases) / sizeof(cases[0]) + 1];
	size_t i, n = sizeof(cases) / sizeof(cases[0]);

	for (i = 0; i < n; i++)
		tests[i] = (struct CMUnitTest){cases[i].name, check, NULL, NULL, (void *)&cases[i]};
	tests[n] = (struct CMUnitTest)cmocka_unit_test(test_counts);
	return _cmocka_run_group_tests("model", tests, n + 1, NULL, NULL);
}
