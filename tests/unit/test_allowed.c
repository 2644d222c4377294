// SPDX-License-Identifier: GPL-2.0-only
/* Which CPUs a task may run on, and that its quota is used up: from records to runnable slices. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include <errno.h>

#include "lib/strbuf.h"
#include "model/allowed.h"
#include "model/history.h"
#include "model/model.h"
#include "trace/info.h"
#include "trace/reader.h"

#define CPUS   70
#define TRACED CT_F_PREV_TRACED

static struct ct_affinity mask(uint64_t low, uint64_t high)
{
	return (struct ct_affinity){.ncpus = 128, .mask = {low, high}};
}

static void test_sets(void **state)
{
	struct allowed *a = allowed__new();
	struct ct_affinity one = mask(1, 0), high = mask(0, 0x20), beyond = mask(1, ~0x3fULL);
	struct ct_affinity all = mask(~0ULL, ~0ULL), few = {.ncpus = 3, .mask = {~0ULL, ~0ULL}};
	struct ct_affinity every = {.mask = {1}};
	size_t words;

	(void)state;
	assert_int_equal(allowed__add(a, &one, CPUS), 1);
	assert_int_equal(allowed__add(a, &high, CPUS), 2);
	assert_int_equal(allowed__add(a, &one, CPUS), 1);
	assert_int_equal(allowed__add(a, &beyond, CPUS), 1); /* there are no such CPUs */
	assert_int_equal(allowed__add(a, &all, CPUS), 0);
	assert_int_equal(allowed__add(a, &every, CPUS), 0);
	assert_int_equal(allowed__add(a, &few, CPUS), 3); /* it tells of 3 */
	assert_int_equal(allowed__cpus(a, 2, &words)[1], 0x20);
	assert_int_equal(allowed__cpus(a, 3, &words)[0], 7);
	assert_null(allowed__cpus(a, 0, &words));
	assert_null(allowed__cpus(a, 99, &words));
	allowed__free(a);
}

/* A program may change its mind without end: not at the cost of memory. */
static void test_bounded(void **state)
{
	struct allowed *a = allowed__new();
	uint64_t i;
	int id = 0;

	(void)state;
	for (i = 1; i < 10000; i++) {
		struct ct_affinity wild = mask(i * 0x9e3779b97f4a7c15ULL, i);

		id = allowed__add(a, &wild, CPUS);
		assert_int_equal(id, i < 4096 ? (int)i : -ENOSPC);
	}
	allowed__free(a);
}

/* --- the model --- */

struct collected {
	struct model *model;
	struct strbuf text;
};

static void describe(struct collected *c, uint32_t tid, uint64_t ns, bool throttled,
		     uint32_t allowed)
{
	size_t words;
	const uint64_t *cpus = model__allowed(c->model, allowed, &words);

	strbuf__printf(&c->text, "%u %llu %s%llx; ", tid, (unsigned long long)ns,
		       throttled ? "t" : "", cpus ? (unsigned long long)cpus[0] : 0ULL);
}

static int on_task(void *ctx, const struct task_slice *s)
{
	if (s->state == TASK_RUNNABLE)
		describe(ctx, s->task->tid, s->start_ns, s->throttled, s->allowed);
	else
		assert_true(!s->throttled && !s->allowed);
	return 0;
}

static int on_step(void *ctx, const struct rewind *rw, const struct step *step)
{
	struct collected *c = ctx;
	const struct past_task *s = step->kind == PAST_TASK ? step->task.earlier : NULL;

	(void)rw;
	if (s && s->state == TASK_RUNNABLE)
		describe(c, model__task(c->model, s->task)->tid, s->start_ns, s->throttled,
			 s->allowed);
	return 0;
}

static union ct_event at(uint64_t ts, enum ct_type type, uint32_t tid, unsigned int flags)
{
	return (union ct_event){.h = {.ts = ts,
				      .type = (unsigned char)type,
				      .flags = (unsigned char)flags,
				      .tid = tid}};
}

static void apply(struct model *m, unsigned int cpu, union ct_event ev)
{
	struct trace_event te = {.cpu = cpu, .ev = &ev, .size = sizeof(ev)};

	assert_int_equal(model__apply(m, &te), 0);
}

static void switches(struct model *m, uint64_t ts, uint32_t prev, uint32_t state,
		     unsigned int flags, uint32_t next)
{
	union ct_event ev = at(ts, CT_SWITCH, prev, flags);

	ev.sw.prev_state = state;
	ev.sw.next_tid = next;
	apply(m, 0, ev);
}

static void may_run_on(struct model *m, unsigned int stream, uint64_t ts, uint32_t tid,
		       uint64_t cpus)
{
	union ct_event ev = at(ts, CT_AFFINITY, tid, 0);

	ev.affinity.ncpus = cpus ? 128 : 0;
	ev.affinity.mask[0] = cpus;
	apply(m, stream, ev);
}

static void forks(struct model *m, uint64_t ts, uint32_t tid, uint32_t parent)
{
	union ct_event ev = at(ts, CT_FORK, tid, 0);

	ev.fork.flags = CT_T_TRACED;
	ev.fork.pid = ev.fork.parent_pid = 10;
	ev.fork.parent_tid = parent;
	apply(m, 0, ev);
}

static void wakes(struct model *m, uint64_t ts, uint32_t tid)
{
	union ct_event ev = at(ts, CT_WAKING, tid, CT_W_HARDIRQ);

	apply(m, 0, ev);
}

static void play(struct model *m)
{
	union ct_event task = at(1000, CT_TASK, 10, 0);

	task.task.flags = CT_T_TRACED | CT_T_ON_CPU;
	task.task.pid = 10;
	apply(m, CT_STREAM_HOST, task);
	switches(m, 1100, 10, 0, TRACED | CT_F_PREEMPT, 77);
	switches(m, 1150, 77, 1, 0, 10);
	may_run_on(m, 0, 1200, 10, 2); /* told on the way out, at the same instant */
	switches(m, 1200, 10, 0, TRACED | CT_F_THROTTLED, 77);
	switches(m, 1250, 77, 1, 0, 10);
	forks(m, 1300, 11, 10);
	may_run_on(m, 0, 1350, 10, 0);
	switches(m, 1400, 10, 0, TRACED | CT_F_PREEMPT, 11);
	may_run_on(m, 0, 1450, 11, 5);
	switches(m, 1450, 11, 1, TRACED, 10); /* sleeps: not throttled any more */
	wakes(m, 1500, 11);
	switches(m, 1550, 10, 0, TRACED, 11);
	switches(m, 1600, 11, 0x80, TRACED, 10);
}

static void test_slices(void **state)
{
	struct trace_info info = {
		.ncpus = CPUS, .online = CPUS, .start_ns = 1000, .mode = TRACE_PID};
	struct trace_trailer trailer = {.end_ns = 1700};
	struct model *m = model__new(&info, &trailer);
	struct collected c = {.model = m};
	struct model_sink sink = {.ctx = &c, .task_slice = on_task};
	struct history *history = history__new();
	struct model_sink keep = history__sink(history);

	(void)state;
	assert_int_equal(model__add_sink(m, &sink), 0);
	assert_int_equal(model__add_sink(m, &keep), 0);
	play(m);
	assert_int_equal(model__finish(m), 0);
	assert_string_equal(strbuf__text(&c.text),
			    "10 100 0; 10 200 t2; 11 300 2; 10 400 0; 11 500 5; 10 550 0; ");
	strbuf__reset(&c.text);
	assert_int_equal(history__end(history), 0);
	assert_int_equal(history__rewind(history, on_step, &c), 0);
	assert_string_equal(strbuf__text(&c.text),
			    "10 550 0; 11 500 5; 10 400 0; 11 300 2; 10 200 t2; 10 100 0; ");
	strbuf__free(&c.text);
	history__free(history);
	model__free(m);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_sets),
		cmocka_unit_test(test_bounded),
		cmocka_unit_test(test_slices),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
