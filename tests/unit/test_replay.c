// SPDX-License-Identifier: GPL-2.0-only
/* Replays of made-up recordings, against what comes out by hand. */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "tests/unit/fake_model.inc"

#include "cmd/whatif.h"
#include "lib/error.h"
#include "replay/change.h"
#include "replay/engine.h"
#include "replay/recording.h"
#include "replay/result.h"

#define MS   1000000ull
#define NEAR (150 * 1000) /* ns: some wake-ups */

#define SITE 77 /* the stack of the function that may become faster */

struct scene {
	struct fake *f;
	struct model_sample samples[4096];
	size_t nsamples;
};

static void scene__begin(struct scene *s, unsigned int cpus)
{
	memset(s, 0, sizeof(*s));
	s->f = fake__new(cpus, MS);
}

static struct model_task *thread(struct scene *s, const char *comm)
{
	return fake__task(s->f, comm, MS);
}

/* Computes, with a sample every 100 us if `stack` is given. */
static void compute(struct scene *s, struct model_task *t, uint64_t ns, uint32_t cpu,
		    uint64_t stack)
{
	uint64_t at;

	for (at = 50000; stack && at < ns; at += 100000)
		s->samples[s->nsamples++] =
			(struct model_sample){.ns = t->end_ns + at, .task = t, .stack = stack};
	fake__do(s->f, t, TASK_RUNNING, ns, cpu, NULL);
}

static void queue(struct scene *s, struct model_task *t, uint64_t ns)
{
	fake__do(s->f, t, TASK_RUNNABLE, ns, 0, NULL);
	s->f->tasks[s->f->ntasks - 1].preempted = true;
}

/* waker NULL: a timer ended it. */
static void block(struct scene *s, struct model_task *t, uint64_t ns, enum cause cause,
		  const struct sync_object *object, struct model_task *waker)
{
	struct task_slice *slice;
	struct wait *wait = (struct wait *)fake__wait(s->f, cause, object);

	fake__do(s->f, t, TASK_BLOCKED, ns, 0, wait);
	slice = &s->f->tasks[s->f->ntasks - 1];
	slice->waker = waker;
	slice->woken_by = waker ? WAKE_TASK : WAKE_TIMER;
	wait->holder = waker;
	wait->confidence = CONFIDENCE_HIGH;
}

/* At one of the words of Python's interpreter lock: 40 of them is where it is free, 128 taken. */
static void wait_for_gil(struct scene *s, struct model_task *t, uint64_t ns,
			 const struct sync_object *gil, uint64_t word, struct model_task *waker)
{
	struct wait *wait = fake__calloc(1, sizeof(*wait));

	assert_true(s->f->nwaits < FAKE_MAX);
	*wait = (struct wait){.cause = CAUSE_GIL, .object = gil, .args[0] = gil->address + word};
	s->f->waits[s->f->nwaits++] = wait;
	fake__do(s->f, t, TASK_BLOCKED, ns, 0, wait);
	s->f->tasks[s->f->ntasks - 1].waker = waker;
	s->f->tasks[s->f->ntasks - 1].woken_by = waker ? WAKE_TASK : WAKE_TIMER;
}

static bool is_site(void *ctx, uint64_t stack)
{
	(void)ctx;
	return stack == SITE;
}

static void build(struct scene *s, struct program *p)
{
	struct recording *rec = calloc(1, sizeof(*rec));
	struct model_sink sink = recording__sink(rec);
	size_t i;

	assert_non_null(rec);
	fake__complete(s->f);
	assert_int_equal(fake__play(s->f, &sink), 0);
	for (i = 0; i < s->nsamples; i++)
		assert_int_equal(sink.sample(sink.ctx, &s->samples[i]), 0);
	assert_int_equal(program__build(p, rec, &s->f->model, is_site, NULL), 0);
	recording__clear(rec);
	free(rec);
	fake__free(s->f);
}

static const struct change nothing = {
	.without = REPLAY_NONE, .held = REPLAY_NONE, .hold = 1, .io = 1, .timers = 1, .faster = 1};

static uint64_t wall_of(const struct program *p, struct change change)
{
	struct prediction first, second;

	assert_int_equal(prediction__make(p, &change, &first), 0);
	assert_int_equal(prediction__make(p, &change, &second), 0);
	assert_memory_equal(&first, &second, sizeof(first));
	assert_true(first.low_ns <= first.wall_ns && first.wall_ns <= first.high_ns);
	assert_true(first.error < 0.02 && first.error > -0.02);
	return first.wall_ns;
}

#define assert_near(ns, wanted) assert_in_range(ns, (wanted)-NEAR, (wanted) + NEAR)

static void test_cpus(void **state)
{
	struct scene *s = malloc(sizeof(*s));
	struct change change = nothing;
	struct model_task *a, *b;
	struct program p;
	int i;

	(void)state;
	scene__begin(s, 1);
	a = thread(s, "a");
	b = thread(s, "b");
	for (i = 0; i < 5; i++) {
		compute(s, a, 4 * MS, 0, 0);
		queue(s, b, 4 * MS);
		queue(s, a, 4 * MS);
		compute(s, b, 4 * MS, 0, 0);
	}
	build(s, &p);
	assert_int_equal(p.ncpus, 1);
	assert_int_equal(p.slice_ns, 4 * MS);
	assert_near(wall_of(&p, change), 40 * MS);
	change.cpus = 2;
	assert_near(wall_of(&p, change), 20 * MS);
	change.cpus = 7;
	assert_near(wall_of(&p, change), 20 * MS);
	program__free(&p);
	free(s);
}

/* a holds the lock for 10 ms, b waits and then has it for 10 ms; both compute 2 ms after it. */
static void test_lock(void **state)
{
	struct scene *s = malloc(sizeof(*s));
	struct change change = nothing;
	struct sync_object *lock;
	struct model_task *a, *b;
	struct program p;

	(void)state;
	scene__begin(s, 2);
	lock = fake__object(s->f, CAUSE_MUTEX, 0x1000);
	a = thread(s, "a");
	b = thread(s, "b");
	compute(s, a, 10 * MS, 0, 0);
	compute(s, b, 100, 1, 0);
	block(s, b, 10 * MS - 100, CAUSE_MUTEX, lock, a);
	compute(s, b, 10 * MS, 1, 0);
	compute(s, a, 2 * MS, 0, 0);
	build(s, &p);
	assert_near(wall_of(&p, change), 20 * MS);
	change.without = 0;
	assert_near(wall_of(&p, change), 12 * MS);
	change = nothing;
	change.held = 0;
	change.hold = 0.5;
	assert_near(wall_of(&p, change), 10 * MS);
	/* On one CPU the lock makes no difference. */
	change = nothing;
	change.cpus = 1;
	assert_near(wall_of(&p, change), 22 * MS);
	program__free(&p);
	free(s);
}

/* Two meet after 4 and 10 ms, and go on for 1 and 3 ms. */
/*
 * Two threads of Python take turns of 5 ms: who waits looks up once, who was made to let go waits
 * until the other has taken it. The second one's last turn meets nobody.
 */
static void test_gil(void **state)
{
	struct scene *s = malloc(sizeof(*s));
	struct change change = nothing;
	struct model_task *a, *b, *t[2];
	struct sync_object *gil;
	struct program p;
	int i;

	(void)state;
	scene__begin(s, 2);
	gil = fake__object(s->f, CAUSE_GIL, 0x1000);
	t[0] = a = thread(s, "a");
	t[1] = b = thread(s, "b");
	compute(s, b, 1000, 1, 0);
	for (i = 0; i < 4; i++) {
		struct model_task *holder = t[i % 2], *waiter = t[(i + 1) % 2];

		compute(s, holder, 5 * MS, (uint32_t)i % 2, 0);
		wait_for_gil(s, holder, 10000, gil, 128, waiter);
		wait_for_gil(s, waiter, 4 * MS - (i ? 0 : 1000), gil, 40, NULL);
		compute(s, waiter, 3000, (uint32_t)(i + 1) % 2, 0);
		wait_for_gil(s, waiter, MS - 3000, gil, 40, holder);
		compute(s, waiter, 10000, (uint32_t)(i + 1) % 2, 0);
	}
	compute(s, a, 12 * MS, 0, 0);
	build(s, &p);
	assert_near(wall_of(&p, change), p.wall_ns);
	assert_in_range(p.wall_ns, 32 * MS, 33 * MS);
	change.without = 0;
	assert_near(wall_of(&p, change), 22 * MS); /* a's own */
	program__free(&p);
	free(s);
}

static void test_barrier(void **state)
{
	struct scene *s = malloc(sizeof(*s));
	struct change change = nothing;
	struct sync_object *barrier;
	struct model_task *a, *b;
	struct program p;

	(void)state;
	scene__begin(s, 2);
	barrier = fake__object(s->f, CAUSE_BARRIER, 0x1000);
	a = thread(s, "a");
	b = thread(s, "b");
	compute(s, a, 4 * MS, 0, 1);
	compute(s, b, 10 * MS, 1, SITE);
	block(s, a, 6 * MS, CAUSE_BARRIER, barrier, b);
	compute(s, a, 1 * MS, 0, 1);
	compute(s, b, 3 * MS, 1, 1);
	build(s, &p);
	assert_near(wall_of(&p, change), 13 * MS);
	change.faster = 2;
	assert_near(wall_of(&p, change), 8 * MS);
	/* Now b is there first, and waits for a. */
	change.faster = 10;
	assert_near(wall_of(&p, change), 7 * MS);
	program__free(&p);
	free(s);
}

/* main waits for a thread that computes 10 ms, half of it at the site. */
static void test_join(void **state)
{
	struct scene *s = malloc(sizeof(*s));
	struct change change = nothing;
	struct sync_object *object;
	struct model_task *root, *child;
	struct program p;

	(void)state;
	scene__begin(s, 2);
	object = fake__object(s->f, CAUSE_JOIN, 0x1000);
	root = thread(s, "main");
	child = thread(s, "child");
	compute(s, root, 1 * MS, 0, 0);
	compute(s, child, 5 * MS, 1, SITE);
	block(s, child, 1 * MS, CAUSE_SLEEP, NULL, NULL);
	compute(s, child, 5 * MS, 1, 1);
	block(s, root, 10 * MS, CAUSE_JOIN, object, child);
	compute(s, root, 1 * MS, 0, 0);
	build(s, &p);
	assert_near(wall_of(&p, change), 12 * MS);
	change.faster = 5;
	assert_near(wall_of(&p, change), 8 * MS);
	change = nothing;
	change.cpus = 1;
	assert_near(wall_of(&p, change), 13 * MS);
	program__free(&p);
	free(s);
}

/* A producer of 1 ms an item waits for a consumer of 2 ms, 50 times. */
static void test_pipeline(void **state)
{
	struct scene *s = malloc(sizeof(*s));
	struct change change = nothing;
	struct sync_object *room;
	struct model_task *in, *out;
	struct program p;
	int i;

	(void)state;
	scene__begin(s, 2);
	room = fake__object(s->f, CAUSE_CONDVAR, 0x1000);
	in = thread(s, "in");
	out = thread(s, "out");
	for (i = 0; i < 50; i++) {
		compute(s, in, 1 * MS, 0, 1);
		compute(s, out, 2 * MS, 1, SITE);
		block(s, in, 1 * MS, CAUSE_CONDVAR, room, out);
	}
	build(s, &p);
	assert_in_range(wall_of(&p, change), 99 * MS, 101 * MS);
	/* The consumer cannot be ahead of the producer by more than an item. */
	change.faster = 20;
	assert_in_range(wall_of(&p, change), 48 * MS, 53 * MS);
	program__free(&p);
	free(s);
}

static void test_delays(void **state)
{
	struct scene *s = malloc(sizeof(*s));
	struct change change = nothing;
	struct model_task *a;
	struct program p;

	(void)state;
	scene__begin(s, 1);
	a = thread(s, "a");
	compute(s, a, 1 * MS, 0, 0);
	block(s, a, 10 * MS, CAUSE_SLEEP, NULL, NULL);
	compute(s, a, 1 * MS, 0, 0);
	block(s, a, 20 * MS, CAUSE_DISK, NULL, NULL);
	s->f->tasks[s->f->ntasks - 1].woken_by = WAKE_DISK;
	compute(s, a, 1 * MS, 0, 0);
	build(s, &p);
	assert_near(wall_of(&p, change), 33 * MS);
	change.timers = 0;
	assert_near(wall_of(&p, change), 23 * MS);
	change.io = 0.5;
	assert_near(wall_of(&p, change), 13 * MS);
	change.io = 0;
	assert_near(wall_of(&p, change), 3 * MS);
	change.timers = 2;
	assert_near(wall_of(&p, change), 23 * MS);
	program__free(&p);
	free(s);
}

/* What nobody knows widens the interval. */
static void test_unknown(void **state)
{
	struct scene *s = malloc(sizeof(*s));
	struct prediction out;
	struct model_task *a;
	struct program p;

	(void)state;
	scene__begin(s, 1);
	a = thread(s, "a");
	compute(s, a, 10 * MS, 0, 0);
	fake__do(s->f, a, TASK_UNKNOWN, 10 * MS, 0, NULL);
	compute(s, a, 80 * MS, 0, 0);
	build(s, &p);
	assert_int_equal(p.unknown_ns, 10 * MS);
	assert_int_equal(p.task_ns, 100 * MS);
	assert_int_equal(prediction__make(&p, &nothing, &out), 0);
	assert_near(out.wall_ns, 100 * MS);
	assert_true(out.unknown > 0.099 && out.unknown < 0.101);
	assert_in_range(out.high_ns, 112 * MS - NEAR, 112 * MS + NEAR);
	assert_in_range(out.low_ns, 88 * MS - NEAR, 88 * MS + NEAR);
	program__free(&p);
	free(s);
}

/* Other programs' time counts where the program waits for it. */
static void test_others(void **state)
{
	struct scene *s = malloc(sizeof(*s));
	struct change change = nothing;
	struct model_task *a;
	struct program p;

	(void)state;
	scene__begin(s, 1);
	a = thread(s, "a");
	compute(s, a, 10 * MS, 0, 0);
	fake__add_cpu(s->f, (struct cpu_slice){.cpu = 0,
					       .start_ns = a->end_ns,
					       .end_ns = a->end_ns + 8 * MS,
					       .use = CPU_OTHER,
					       .switched = true});
	queue(s, a, 8 * MS);
	compute(s, a, 10 * MS, 0, 0);
	build(s, &p);
	assert_near(wall_of(&p, change), 28 * MS);
	/* A second CPU is free of them. */
	change.cpus = 2;
	assert_in_range(wall_of(&p, change), 20 * MS - NEAR, 24 * MS + NEAR);
	program__free(&p);
	free(s);
}

/* A run that takes far longer than the recording, on a CPU that others want to its end. */
static void test_others_of_a_longer_run(void **state)
{
	struct scene *s = malloc(sizeof(*s));
	struct change change = nothing;
	struct model_task *a;
	struct program p;

	(void)state;
	scene__begin(s, 1);
	a = thread(s, "a");
	compute(s, a, 10 * MS, 0, SITE);
	fake__add_cpu(s->f, (struct cpu_slice){.cpu = 0,
					       .start_ns = a->end_ns,
					       .end_ns = a->end_ns + 30 * MS,
					       .use = CPU_OTHER,
					       .switched = true});
	queue(s, a, 30 * MS);
	compute(s, a, 10 * MS, 0, SITE);
	build(s, &p);
	change.faster = 0.1;
	assert_in_range(wall_of(&p, change), 200 * MS, 400 * MS);
	program__free(&p);
	free(s);
}

/* Others that want a nanosecond less than they would wait patiently for. */
static void check_others_patience(uint64_t ns)
{
	struct scene *s = malloc(sizeof(*s));
	struct model_task *a;
	struct program p;

	scene__begin(s, 1);
	a = thread(s, "a");
	compute(s, a, 10 * MS, 0, SITE);
	fake__add_cpu(s->f, (struct cpu_slice){.cpu = 0,
					       .start_ns = a->end_ns,
					       .end_ns = a->end_ns + ns,
					       .use = CPU_OTHER,
					       .switched = true});
	queue(s, a, ns);
	compute(s, a, 40 * MS, 0, SITE);
	build(s, &p);
	assert_in_range(wall_of(&p, nothing), 50 * MS, 50 * MS + 2 * ns);
	program__free(&p);
	free(s);
}

static void test_others_patience(void **state)
{
	uint64_t slice;

	(void)state;
	for (slice = 1; slice <= 12; slice++) {
		check_others_patience(slice * MS - 1);
		check_others_patience(slice * MS / 2 - 1);
	}
}

/* Two that wait for each other: no order can be kept, yet the replay ends, and says so. */
static void test_circle(void **state)
{
	struct op ops[] = {
		{.kind = OP_WAIT, .peer = 0, .object = REPLAY_NONE},
		{.kind = OP_WAKE, .peer = 1, .object = REPLAY_NONE},
		{.kind = OP_WAIT, .peer = 1, .object = REPLAY_NONE},
		{.kind = OP_WAKE, .peer = 0, .object = REPLAY_NONE},
	};
	struct replay_task tasks[] = {{.begins = true, .first = 0, .count = 2},
				      {.begins = true, .first = 2, .count = 2}};
	struct replay_wake wakes[] = {{0, 0}, {1, 0}};
	struct replay_cpu cpus[1] = {0};
	struct program p = {.ops = ops,
			    .tasks = tasks,
			    .wakes = wakes,
			    .cpus = cpus,
			    .nops = 4,
			    .ntasks = 2,
			    .nwakes = 2,
			    .ncpus = 1,
			    .wall_ns = MS,
			    .slice_ns = MS};
	const struct engine_settings set = {.latency = 1, .lead = 1};
	struct engine_result result;

	(void)state;
	assert_int_equal(engine__run(&p, &set, &result), 0);
	assert_true(result.dropped > 0);
}

static const struct report_column sync_columns[] = {
	{"id", "id", R_INT, U_NONE, 0},
	{"kind", "kind", R_TEXT, U_NONE, 0},
	{"name", "name", R_TEXT, U_NONE, 0},
};

static void check_find(const char *typed, int code, uint32_t object, const char *message)
{
	static const char *const names[] = {"queue_lock", "big_lock", "big_lock"};
	struct whatif_answer answer = {.question.without = typed};
	struct report *report = report__new();
	struct report_table *t = report__add(report, "", "sync", sync_columns, 3);
	struct error err = {0};
	size_t i;

	for (i = 0; i < 3; i++) {
		size_t row = table__add_row(t, 0);

		table__set_int(t, row, "id", (int64_t)i + 5);
		table__set_text(t, row, "name", names[i]);
	}
	assert_int_equal(whatif__parse(&answer, &err), 0);
	assert_int_equal(whatif__find(&answer, report, &err), code);
	if (!code)
		assert_int_equal(answer.change.without, object);
	else if (!strstr(err.text, message))
		fail_msg("'%s' is not in '%s'", message, err.text);
	whatif__free(&answer);
	report__free(report);
}

static void test_names(void **state)
{
	(void)state;
	check_find("queue_lock", 0, 5, NULL);
	check_find("big_lock", 0, 6, NULL); /* the one that is waited for most comes first */
	check_find("#7", 0, 7, NULL);
	check_find("big_luck", -EINVAL, 0, "did you mean 'big_lock'");
	check_find("zebra", -EINVAL, 0, "it has 'queue_lock', 'big_lock'");
}

static void check_question(struct whatif_question question, int code)
{
	struct whatif_answer answer = {.question = question};
	struct error err = {0};

	assert_int_equal(whatif__parse(&answer, &err), code);
	whatif__free(&answer);
}

static void test_questions(void **state)
{
	struct whatif_answer answer = {.question = {.hold = "a=b=0.25", .faster = "f()=3"}};
	struct error err = {0};

	(void)state;
	assert_int_equal(whatif__parse(&answer, &err), 0);
	assert_string_equal(answer.name, "a=b");
	assert_true(answer.change.hold == 0.25);
	assert_string_equal(answer.site, "f");
	assert_true(answer.change.faster == 3);
	whatif__free(&answer);
	check_question((struct whatif_question){.io = "0"}, 0);
	check_question((struct whatif_question){.io = "nan"}, -EINVAL);
	check_question((struct whatif_question){.io = "-1"}, -EINVAL);
	check_question((struct whatif_question){.io = "1.2.3"}, -EINVAL);
	check_question((struct whatif_question){.sleep = ""}, -EINVAL);
	check_question((struct whatif_question){.hold = "lock"}, -EINVAL);
	check_question((struct whatif_question){.hold = "=2"}, -EINVAL);
	check_question((struct whatif_question){.faster = "f=0"}, -EINVAL);
	check_question((struct whatif_question){.cpus = 100000}, -EINVAL);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_cpus),
		cmocka_unit_test(test_lock),
		cmocka_unit_test(test_gil),
		cmocka_unit_test(test_barrier),
		cmocka_unit_test(test_join),
		cmocka_unit_test(test_pipeline),
		cmocka_unit_test(test_delays),
		cmocka_unit_test(test_unknown),
		cmocka_unit_test(test_others),
		cmocka_unit_test(test_others_of_a_longer_run),
		cmocka_unit_test(test_others_patience),
		cmocka_unit_test(test_circle),
		cmocka_unit_test(test_names),
		cmocka_unit_test(test_questions),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
