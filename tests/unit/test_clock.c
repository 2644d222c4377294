// SPDX-License-Identifier: GPL-2.0-only
/*
 * Clocks that are wrong: of one CPU or of all, that jump by hours (a machine that was suspended, a
 * guest that was moved) or go back. Written, read and modelled, tasks and CPUs are tiled without
 * hole or overlap, and what the file could not take is counted.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "model/model.h"
#include "tests/unit/trace_make.inc"

#define CPUS  3
#define TASKS 6
#define HOUR  3600000000000ll
#define START (10 * (uint64_t)HOUR)
#define STEPS 4000

/* How far the clock of a CPU is off, and how that changes from record to record. */
struct clock {
	const char *name;
	unsigned int one_in; /* so many records it jumps */
	int64_t most, least; /* by something between, evenly */
	bool all;	     /* the clocks of all CPUs */
	bool refused;	     /* the file cannot take all of it */
};

static const struct clock clocks[] = {
	{"right", 0, 0, 0, false, false},
	{"of one CPU, a little back and forth", 3, 900, -900, false, false},
	{"of one CPU, milliseconds back and forth", 20, 5000000, -5000000, false, true},
	{"of all CPUs, hours forward", 400, 5 * HOUR, HOUR, true, false},
	{"of one CPU, hours forward", 400, HOUR, 0, false, false},
	{"of all CPUs, back by an hour", 1000, -HOUR, -HOUR, true, true},
	{"of one CPU, hours back and forth", 50, 3 * HOUR, -3 * HOUR, false, true},
};

struct world {
	const struct clock *clock;
	uint64_t now;
	int64_t off[CPUS];
	uint32_t on[CPUS]; /* tid that runs there, 0 = idle */
	bool blocked[TASKS + 1];
	uint64_t sent, refused, last;
};

static uint64_t time_on(struct world *w, unsigned int cpu)
{
	const struct clock *clock = w->clock;
	int64_t by = 0;

	w->now += 1 + make_below(2000);
	if (clock->one_in && !make_below(clock->one_in))
		by = clock->least +
		     (int64_t)(make_random() % (uint64_t)(clock->most - clock->least + 1));
	for (unsigned int i = 0; i < CPUS; i++)
		if (clock->all || i == cpu)
			w->off[i] += by;
	by = w->off[cpu] < -(int64_t)(START / 2) ? 0 : w->off[cpu];
	return w->now + (uint64_t)by;
}

static void send(struct world *w, struct trace_writer *writer, unsigned int cpu, union ct_event *ev)
{
	int ret = trace_writer__append(writer, cpu, ev, make_length(ev));

	assert_true(ret == 0 || ret == -EINVAL);
	w->sent += !ret;
	w->refused += ret != 0;
	if (!ret && ev->h.ts > w->last)
		w->last = ev->h.ts;
}

/* A CPU lets somebody go and takes whoever is ready, or nobody. */
static void switch_on(struct world *w, struct trace_writer *writer, unsigned int cpu)
{
	uint32_t prev = w->on[cpu], next = make_below(TASKS + 1);
	union ct_event ev = {.sw = {.h = {.ts = time_on(w, cpu),
					  .type = CT_SWITCH,
					  .flags = prev ? CT_F_PREV_TRACED : 0,
					  .tid = prev}}};

	for (unsigned int i = 0; i < CPUS; i++)
		if (w->on[i] == next)
			next = 0;
	if (next && w->blocked[next])
		next = 0;
	w->blocked[prev] = prev && make_below(2);
	ev.sw.prev_state = w->blocked[prev];
	ev.sw.next_tid = next;
	w->on[cpu] = next;
	send(w, writer, cpu, &ev);
}

static void wake_on(struct world *w, struct trace_writer *writer, unsigned int cpu)
{
	uint32_t tid = 1 + make_below(TASKS);
	union ct_event ev = {.waking = {.h = {.ts = time_on(w, cpu), .type = CT_WAKING, .tid = tid},
					.waker = w->on[cpu],
					.nr = -1}};

	w->blocked[tid] = false;
	send(w, writer, cpu, &ev);
}

/* All tasks are there from the start, as of a process that was attached to. */
static void send_tasks(struct world *w, struct trace_writer *writer)
{
	for (uint32_t tid = 1; tid <= TASKS; tid++) {
		union ct_event ev = {.task = {.h = {.ts = START, .type = CT_TASK, .tid = tid},
					      .flags = CT_T_TRACED | CT_T_RUNNABLE,
					      .pid = 1,
					      .ns_tid = tid,
					      .ns_pid = 1,
					      .comm = "task"}};

		send(w, writer, TRACE_STREAM_HOST, &ev);
	}
}

static void write_trace(struct world *w, const char *path)
{
	const struct trace_info info = {
		.ncpus = CPUS, .online = CPUS, .start_ns = START, .mode = TRACE_PID};
	struct trace_trailer trailer = {.stop = TRACE_STOP_DURATION};
	struct trace_writer *writer;
	struct error err = {0};

	w->now = START;
	assert_int_equal(trace_writer__open(path, &info, &writer, &err), 0);
	send_tasks(w, writer);
	for (unsigned int i = 0; i < STEPS; i++) {
		if (make_below(3))
			switch_on(w, writer, make_below(CPUS));
		else
			wake_on(w, writer, make_below(CPUS));
	}
	trailer.end_ns = (w->last > w->now ? w->last : w->now) + 1000;
	trailer.lost[CT_SWITCH] = w->refused;
	assert_int_equal(trace_writer__close(writer, &trailer, NULL, &err), 0);
}

struct tiles {
	uint64_t task_at[TASKS + 1], task_sum[TASKS + 1], cpu_at[CPUS], cpu_sum[CPUS];
};

static int on_task(void *ctx, const struct task_slice *s)
{
	struct tiles *t = ctx;
	uint32_t tid = s->task->tid;

	assert_in_range(tid, 1, TASKS);
	assert_true(s->start_ns < s->end_ns);
	assert_int_equal(t->task_at[tid], s->start_ns);
	t->task_at[tid] = s->end_ns;
	t->task_sum[tid] += s->end_ns - s->start_ns;
	return 0;
}

static int on_cpu(void *ctx, const struct cpu_slice *s)
{
	struct tiles *t = ctx;

	assert_true(s->start_ns < s->end_ns);
	assert_int_equal(t->cpu_at[s->cpu], s->start_ns);
	t->cpu_at[s->cpu] = s->end_ns;
	t->cpu_sum[s->cpu] += s->end_ns - s->start_ns;
	return 0;
}

static void read_trace(struct world *w, const char *path)
{
	struct tiles tiles = {0};
	struct model_sink sink = {.ctx = &tiles, .task_slice = on_task, .cpu_slice = on_cpu};
	struct trace_reader *reader;
	struct trace_event te;
	struct error err = {0};
	uint64_t count = 0, last = 0, wall;
	struct model *m;

	assert_int_equal(trace_reader__open(path, &reader, &err), 0);
	m = model__new(trace_reader__info(reader), trace_reader__trailer(reader));
	assert_non_null(m);
	assert_int_equal(model__add_sink(m, &sink), 0);
	while (trace_reader__next(reader, &te, &err) == 1) {
		assert_true(te.ev->h.ts >= last);
		last = te.ev->h.ts;
		count++;
		assert_int_equal(model__apply(m, &te), 0);
	}
	assert_int_equal(err.code, 0);
	assert_int_equal(count, w->sent);
	assert_int_equal(model__finish(m), 0);
	wall = model__window_end(m) - model__window_start(m);
	for (unsigned int cpu = 0; cpu < CPUS; cpu++)
		assert_int_equal(tiles.cpu_sum[cpu], wall);
	for (uint32_t tid = 1; tid <= TASKS; tid++)
		assert_int_equal(tiles.task_sum[tid], wall);
	model__free(m);
	trace_reader__close(reader);
}

static void test_clock(void **state)
{
	struct world w = {.clock = *state};
	char *path = make_path();

	write_trace(&w, path);
	assert_int_equal(w.sent + w.refused, STEPS + TASKS);
	assert_true(w.clock->refused == (w.refused > 0));
	read_trace(&w, path);
	unlink(path);
	free(path);
}

int main(void)
{
	struct CMUnitTest tests[sizeof(clocks) / sizeof(clocks[0])];
	size_t i, n = sizeof(clocks) / sizeof(clocks[0]);

	for (i = 0; i < n; i++)
		tests[i] = (struct CMUnitTest){clocks[i].name, test_clock, NULL, NULL,
					       (void *)&clocks[i]};
	return _cmocka_run_group_tests("clock", tests, n, NULL, NULL);
}
