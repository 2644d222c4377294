// SPDX-License-Identifier: GPL-2.0-only
/*
 * The last part of a recording tells of its time what the whole one does: which task did what, for
 * what it waited, under which name; whatever was dropped before.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "model/model.h"
#include "tests/unit/trace_make.inc"
#include "trace/carry.h"
#include "trace/kept.h"

/* --- the same recording, whole and in part --- */

/* Of a task, or (tid 0) of a CPU. Times as in the records. */
struct slice {
	uint32_t tid, pid, state, cause, cpu, nr;
	uint64_t from, to, address, stack;
	char comm[CT_COMM_LEN + 1];
	char exec[64];	 /* the task's program */
	uint64_t frames; /* of the stack, and 1 if it is known */
	const struct model_task *task;
};

struct slices {
	struct slice *at;
	size_t count, size;
	uint64_t zero;
};

static void add_slice(struct slices *s, const struct slice *slice)
{
	if (s->count == s->size) {
		s->size = s->size ? 2 * s->size : 256;
		s->at = realloc(s->at, s->size * sizeof(*s->at));
		assert_non_null(s->at);
	}
	s->at[s->count] = *slice;
	s->at[s->count].from += s->zero;
	s->at[s->count++].to += s->zero;
}

static int on_task(void *ctx, const struct task_slice *t)
{
	struct slice slice = {.tid = t->task->tid,
			      .pid = t->task->pid,
			      .state = t->state,
			      .cpu = t->cpu,
			      .from = t->start_ns,
			      .to = t->end_ns,
			      .task = t->task};

	if (t->wait) {
		slice.cause = t->wait->cause;
		slice.nr = (uint32_t)t->wait->nr;
		slice.stack = t->wait->stack;
		slice.address = t->wait->object ? t->wait->object->address : 0;
	}
	memcpy(slice.comm, t->task->comm, sizeof(slice.comm));
	add_slice(ctx, &slice);
	return 0;
}

static int on_cpu(void *ctx, const struct cpu_slice *c)
{
	struct slice slice = {.pid = c->task ? c->task->tid : 0,
			      .state = c->use,
			      .cpu = c->cpu,
			      .from = c->start_ns,
			      .to = c->end_ns};

	if (c->task)
		memcpy(slice.comm, c->task->comm, sizeof(slice.comm));
	add_slice(ctx, &slice);
	return 0;
}

static int by_whom(const void *a, const void *b)
{
	const struct slice *x = a, *y = b;

	if (x->tid != y->tid)
		return x->tid < y->tid ? -1 : 1;
	if (!x->tid && x->cpu != y->cpu)
		return x->cpu < y->cpu ? -1 : 1;
	return x->from < y->from ? -1 : x->from > y->from;
}

/* What is only known in the end. */
static void complete(struct slices *slices, const struct model *m)
{
	for (size_t i = 0; i < slices->count; i++) {
		struct slice *s = &slices->at[i];
		const struct model_stack *stack = s->stack ? model__stack(m, s->stack) : NULL;

		s->frames = stack ? stack->nframes + 1 : 0;
		if (s->task && s->task->exec_file)
			snprintf(s->exec, sizeof(s->exec), "%s", s->task->exec_file);
		s->task = NULL;
	}
}

/* What the model makes of a file. Returns the time that it begins with. */
static uint64_t look_at(const char *path, struct slices *slices, bool *recent)
{
	const struct model_sink sink = {.ctx = slices, .task_slice = on_task, .cpu_slice = on_cpu};
	struct trace_reader *r;
	struct trace_event te;
	struct error err = {0};
	struct model *m;
	uint64_t begin;
	int ret;

	assert_int_equal(trace_reader__open(path, &r, &err), 0);
	memset(slices, 0, sizeof(*slices));
	slices->zero = trace_reader__info(r)->start_ns;
	*recent = trace_reader__info(r)->recent;
	m = model__new(trace_reader__info(r), trace_reader__trailer(r));
	assert_non_null(m);
	assert_int_equal(model__add_sink(m, &sink), 0);
	while ((ret = trace_reader__next(r, &te, &err)) > 0)
		assert_int_equal(model__apply(m, &te), 0);
	if (ret)
		fail_msg("%s", err.text);
	assert_int_equal(model__finish(m), 0);
	complete(slices, m);
	qsort(slices->at, slices->count, sizeof(*slices->at), by_whom);
	begin = slices->zero + model__window_start(m);
	model__free(m);
	trace_reader__close(r);
	return begin;
}

/* Leaves `path` with the last `bytes` of the recording, marked every so many records. */
static void keep_last(const char *whole, const char *path, uint64_t bytes, unsigned int every)
{
	const struct trace_keep keep = {.bytes = bytes};
	struct trace_writer_stats stats;
	struct trace_writer *w;
	struct trace_reader *r;
	struct trace_event te;
	struct error err;
	uint64_t count = 0;
	int result;

	assert_int_equal(trace_reader__open(whole, &r, &err), 0);
	assert_int_equal(trace_writer__open_recent(&keep, trace_reader__info(r), &w, &err), 0);
	while (trace_reader__next(r, &te, &err) > 0) {
		assert_int_equal(trace_writer__append(w, te.cpu, te.ev, te.size), 0);
		if (++count % every == 0)
			assert_int_equal(trace_writer__mark(w, te.ev->h.ts), 0);
	}
	assert_int_equal(trace_writer__dump(w, path, trace_reader__trailer(r)), 0);
	while (!trace_writer__dumped(w, &result, &stats))
		usleep(100);
	assert_int_equal(result, 0);
	assert_int_equal(stats.bytes, file_size(path));
	assert_int_equal(trace_writer__close(w, trace_reader__trailer(r), NULL, &err), 0);
	trace_reader__close(r);
}

/* How much later does the last part begin? 0: it is the whole. */
static uint64_t compare(const char *whole, const char *path)
{
	struct slices all, part;
	bool recent;
	uint64_t begin = look_at(whole, &all, &recent), from;
	size_t at = 0;

	assert_false(recent);
	from = look_at(path, &part, &recent);
	assert_int_equal(recent, from > begin);
	for (size_t i = 0; i < all.count; i++) {
		struct slice want = all.at[i];

		if (want.to <= from)
			continue;
		if (want.from < from)
			want.from = from;
		assert_true(at < part.count);
		if (memcmp(&want, &part.at[at], sizeof(want)))
			fail_msg("tid %u cpu %u from %" PRIu64 ": state %u until %" PRIu64
				 " (%s); tid %u cpu %u state %u from %" PRIu64 " until %" PRIu64
				 " (%s), begins at %" PRIu64,
				 want.tid, want.cpu, want.from, want.state, want.to, want.comm,
				 part.at[at].tid, part.at[at].cpu, part.at[at].state,
				 part.at[at].from, part.at[at].to, part.at[at].comm, from);
		at++;
	}
	assert_int_equal(at, part.count);
	free(all.at);
	free(part.at);
	return from - begin;
}

static const char *other_file; /* to try by hand, instead of the golden ones */

static void test_same(void **state)
{
	static const struct {
		const char *whole;
		uint64_t bytes;
		unsigned int every;
		bool part;
	} rows[] = {
		{"tests/golden/two-cpus.data", 1 << 20, 100, false},
		{"tests/golden/two-cpus.data", 4000, 100, true},
		{"tests/golden/four-cpus.data", 1 << 20, 500, false},
		{"tests/golden/four-cpus.data", 40000, 200, true},
		{"tests/golden/four-cpus.data", 20000, 200, true},
		{"tests/golden/four-cpus.data", 10000, 97, true},
		{"tests/golden/four-cpus.data", 5000, 50, true},
		{"tests/golden/four-cpus.data", 3000, 1000, true},
	};
	char *path = make_path();

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		const char *whole = other_file ? other_file : rows[i].whole;
		uint64_t later;

		keep_last(whole, path, rows[i].bytes, rows[i].every);
		later = compare(whole, path);
		if (!other_file)
			assert_int_equal(later > 0, rows[i].part);
	}
	unlink(path);
	free(path);
}

/* --- long ones --- */

#define SECOND 1000000000ULL

struct run {
	struct trace_writer *w;
	uint64_t now;
	uint32_t born; /* threads so far, one after the other */
};

static void put(struct run *r, unsigned int stream, union ct_event *ev, enum ct_type type,
		uint32_t tid)
{
	ev->h.type = (unsigned char)type;
	ev->h.ts = r->now;
	ev->h.tid = tid;
	assert_int_equal(trace_writer__append(r->w, stream, ev, sizeof(*ev)), 0);
}

static void put_task(struct run *r, uint32_t tid, const char *comm)
{
	union ct_event ev = {.task = {.flags = CT_T_TRACED, .pid = 100, .ns_tid = tid}};

	snprintf(ev.task.comm, sizeof(ev.task.comm), "%s", comm);
	ev.task.nr = CT_NR_NONE;
	put(r, TRACE_STREAM_HOST, &ev, CT_TASK, tid);
}

static void put_switch(struct run *r, uint32_t from, uint32_t to, uint32_t state)
{
	union ct_event ev = {.wait.s = {.next_tid = to, .prev_state = state}};

	ev.h.flags = from ? CT_F_PREV_TRACED : 0;
	ev.wait.nr = 23;
	ev.wait.stack = from == 101 ? 4711 : 0;
	put(r, 0, &ev, from && state == 1 ? CT_SWITCH_WAIT : CT_SWITCH, from);
}

static void put_stack(struct run *r, uint64_t id, uint32_t tid)
{
	union ct_event ev = {
		.stack = {.id = id, .pid = 100, .len = 4096, .regs = {.ip = 0x1000, .sp = 0x2000}}};

	for (size_t i = 0; i < 4096; i += 8) /* nothing that compresses */
		memcpy(ev.stack.bytes + i, &(uint64_t){make_random()}, 8);
	put(r, 0, &ev, CT_STACK, tid);
}

static void put_waking(struct run *r, uint32_t tid)
{
	union ct_event ev = {.waking = {.nr = CT_NR_NONE}};

	ev.h.flags = CT_W_HARDIRQ | CT_W_TIMER;
	put(r, 0, &ev, CT_WAKING, tid);
	r->now += 1000;
}

/* A thread is born, runs and ends; its end is told after its final switch. */
static void put_life(struct run *r)
{
	uint32_t tid = 1000 + r->born++;
	union ct_event fork = {
		.fork = {.flags = CT_T_TRACED, .pid = 100, .parent_tid = 100, .parent_pid = 100}};
	union ct_event end = {0};

	put(r, 0, &fork, CT_FORK, tid);
	r->now += 1000;
	put_switch(r, 0, tid, 0);
	r->now += 1000;
	put_switch(r, tid, 0, 0x80);
	r->now += 1000;
	put(r, 0, &end, CT_END, tid);
}

static void check_dump(struct run *r, const char *path, uint64_t keep_ns)
{
	struct trace_trailer trailer = {.end_ns = r->now};
	struct trace_writer_stats stats;
	struct slices part;
	struct got got;
	uint64_t from, forks = 0;
	bool recent;
	int result;

	assert_int_equal(trace_writer__dump(r->w, path, &trailer), 0);
	while (!trace_writer__dumped(r->w, &result, &stats))
		usleep(100);
	assert_int_equal(result, 0);
	from = look_at(path, &part, &recent);
	assert_true(recent);
	assert_in_range(r->now - from, keep_ns, keep_ns + keep_ns / 8 + 2 * SECOND);
	for (size_t i = 0; i < part.count; i++) {
		const struct slice *s = &part.at[i];

		assert_true(s->state != TASK_UNKNOWN);
		if (s->tid == 100 || s->tid == 101)
			assert_string_equal(s->comm, s->tid == 100 ? "sleeper" : "other");
		/* It left long ago, and has waited ever since. */
		if (s->tid == 100)
			assert_true(s->state == TASK_BLOCKED && s->from == from && s->to == r->now);
	}
	got_file(&got, path);
	for (size_t i = 0; i < got.count; i++)
		forks += got.ev[i].h.type == CT_FORK;
	/* Told once, hours ago. */
	assert_true(got.ev[0].h.type == CT_STACK && got.ev[0].stack.id == 4711);
	assert_in_range(forks, keep_ns / SECOND, keep_ns / SECOND * 2);
	got_free(&got);
	free(part.at);
}

/* Hours of time, of which the last seconds are kept. */
static void test_long(void **state)
{
	const struct trace_keep keep = {.ns = 8 * SECOND};
	struct trace_info info = make_info(1);
	struct run r = {.now = 1000};
	char *path = make_path();
	struct error err;

	(void)state;
	info.mode = TRACE_ALL;
	assert_int_equal(trace_writer__open_recent(&keep, &info, &r.w, &err), 0);
	put_task(&r, 100, "sleeper");
	put_task(&r, 101, "other");
	put_stack(&r, 4711, 101);
	put_waking(&r, 100);
	put_switch(&r, 0, 100, 0);
	r.now += 1000;
	put_switch(&r, 100, 0, 1);
	for (uint64_t second = 1; second <= 4 * 3600; second++) {
		r.now = second * SECOND;
		for (int i = 0; i < 4; i++) {
			put_waking(&r, 101);
			put_switch(&r, 0, 101, 0);
			r.now += 1000000;
			put_switch(&r, 101, 0, 1);
			r.now += 1000000;
		}
		put_life(&r);
		assert_int_equal(trace_writer__mark(r.w, r.now), 0);
		if (second % 2000 == 0)
			check_dump(&r, path, keep.ns);
	}
	assert_int_equal(trace_writer__close(r.w, NULL, NULL, NULL), 0);
	unlink(path);
	free(path);
}

/* Records were lost before: what was known then is not known any more, though it seems to last. */
static void test_loss(void **state)
{
	const struct trace_keep keep = {.ns = SECOND};
	struct trace_info info = make_info(1);
	struct run r = {.now = 1000};
	struct trace_trailer trailer = {0};
	union ct_event lost = {.lost = {.count = {[CT_SWITCH] = 5}}};
	struct trace_writer_stats stats;
	char *path = make_path();
	struct slices part;
	struct got got;
	bool recent;
	int result;

	(void)state;
	info.mode = TRACE_ALL;
	assert_int_equal(trace_writer__open_recent(&keep, &info, &r.w, NULL), 0);
	put_task(&r, 100, "sleeper");
	put_switch(&r, 0, 100, 0);
	put_switch(&r, 100, 0, 1);
	for (int second = 1; second < 10; second++) {
		r.now = (uint64_t)second * SECOND;
		lost.lost.until = r.now + 1000;
		if (second == 3)
			put(&r, 0, &lost, CT_LOST, 0);
		r.now += 1000;
		put_switch(&r, 0, 0, 0);
		assert_int_equal(trace_writer__mark(r.w, r.now), 0);
	}
	trailer.end_ns = r.now;
	trailer.lost[CT_SWITCH] = 5;
	assert_int_equal(trace_writer__dump(r.w, path, &trailer), 0);
	while (!trace_writer__dumped(r.w, &result, &stats))
		usleep(100);
	look_at(path, &part, &recent);
	assert_true(recent);
	for (size_t i = 0; i < part.count; i++)
		if (part.at[i].tid == 100)
			assert_int_equal(part.at[i].state, TASK_UNKNOWN);
	assert_true(part.count > 1);
	got_file(&got, path);
	assert_int_equal(got.trailer.lost[CT_SWITCH], 0); /* none in the time that is told of */
	got_free(&got);
	free(part.at);
	assert_int_equal(trace_writer__close(r.w, NULL, NULL, NULL), 0);
	unlink(path);
	free(path);
}

/* More stacks than may be kept: the oldest go, and all are asked for anew. */
static void test_bound(void **state)
{
	const struct trace_keep keep = {.bytes = 1 << 20};
	struct trace_info info = make_info(1);
	struct run r = {.now = 1000};
	struct trace_trailer trailer = {0};
	struct trace_writer_stats stats;
	unsigned int anew = 0;
	char *path = make_path();
	int result;

	(void)state;
	assert_int_equal(trace_writer__open_recent(&keep, &info, &r.w, NULL), 0);
	for (uint64_t id = 1; id <= 20000; id++, r.now += 1000) {
		put_stack(&r, id, 100);
		anew += trace_writer__wants_anew(r.w);
	}
	assert_in_range(anew, 1, 3);
	trailer.end_ns = r.now;
	assert_int_equal(trace_writer__dump(r.w, path, &trailer), 0);
	while (!trace_writer__dumped(r.w, &result, &stats))
		usleep(100);
	assert_int_equal(result, 0);
	assert_in_range(stats.events, 8000, 20000);
	assert_int_equal(trace_writer__close(r.w, NULL, NULL, NULL), 0);
	unlink(path);
	free(path);
}

int main(int argc, char **argv)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_same),
		cmocka_unit_test(test_long),
		cmocka_unit_test(test_loss),
		cmocka_unit_test(test_bound),
	};

	other_file = argc > 1 ? argv[1] : NULL;
	return cmocka_run_group_tests(tests, NULL, NULL);
}
