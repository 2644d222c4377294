// SPDX-License-Identifier: GPL-2.0-only
/* What the model told comes back from the end to the beginning, whole and in order of time. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include <errno.h>
#include <stdio.h>

#include "lib/tape.h"
#include "model/due.h"
#include "model/history.h"

static uint32_t any(uint64_t *random, uint32_t below)
{
	/* xorshift64* (Vigna 2014) */
	*random ^= *random >> 12;
	*random ^= *random << 25;
	*random ^= *random >> 27;
	return (uint32_t)((*random * 0x2545f4914f6cdd1dULL >> 32) * below >> 32);
}

/* --- the tape --- */

static void check_tape(size_t memory, size_t entries)
{
	struct tape *tape = tape__new(memory);
	struct tape_reader *reader;
	const uint8_t *bytes;
	uint8_t entry[TAPE_ENTRY_MOST];
	size_t i, len;

	for (i = 0; i < entries; i++) {
		len = 8 + i % (TAPE_ENTRY_MOST - 8);
		memset(entry, (int)(i & 0xff), sizeof(entry));
		memcpy(entry, &i, sizeof(i));
		assert_int_equal(tape__append(tape, entry, len), 0);
	}
	assert_int_equal(tape__append(tape, entry, 0), -EINVAL);
	reader = tape_reader__new(tape);
	for (i = entries; i--;) {
		size_t found;

		len = 8 + i % (TAPE_ENTRY_MOST - 8);
		assert_int_equal(tape_reader__back(reader, &bytes), (int)len);
		memcpy(&found, bytes, sizeof(found));
		assert_int_equal(found, i);
		if (len > 8)
			assert_int_equal(bytes[len - 1], i & 0xff);
	}
	assert_int_equal(tape_reader__back(reader, &bytes), 0);
	assert_int_equal(tape_reader__back(reader, &bytes), 0);
	tape_reader__free(reader);
	tape__free(tape);
}

static void test_tape(void **state)
{
	(void)state;
	check_tape(1 << 20, 0);
	check_tape(1 << 20, 1);
	check_tape(64 << 20, 100000);
	check_tape(0, 100000); /* nearly all of it in the file */
}

/* --- a made-up recording --- */

#define TASKS 7
#define CPUS  3
#define MOST  20000

struct told {
	struct history *history;
	struct model_sink sink;
	struct model_task tasks[TASKS];
	struct past_task slices[MOST]; /* in the order of telling */
	size_t count;
	uint64_t at[TASKS]; /* up to where each has been told */
	uint64_t random;
};

static void tell(struct told *t, uint32_t task, enum task_state state, uint64_t ns)
{
	static struct sync_object object = {.id = 5};
	static struct file_info file = {.index = 9};
	struct wait wait = {.cause = CAUSE_MUTEX, .stack = 0xabc0 + t->count % 70};
	struct task_slice slice = {.task = &t->tasks[task],
				   .start_ns = t->at[task],
				   .end_ns = t->at[task] + ns,
				   .state = state,
				   .cpu = t->count % 5 ? task % CPUS : UINT32_MAX};
	struct past_task *kept = &t->slices[t->count++];

	*kept = (struct past_task){.task = task,
				   .start_ns = slice.start_ns,
				   .end_ns = slice.end_ns,
				   .state = state,
				   .cpu = slice.cpu,
				   .cause = CAUSE_OTHER,
				   .object = PAST_NONE,
				   .file = PAST_NONE,
				   .waker = PAST_NONE,
				   .first = t->at[task] == task};
	if (state == TASK_BLOCKED) {
		slice.wait = &wait;
		slice.woken_by = kept->woken_by = t->count % 3 ? WAKE_TASK : WAKE_TIMER;
		slice.waker = t->count % 3 ? &t->tasks[(task + 1) % TASKS] : NULL;
		kept->waker = t->count % 3 ? (task + 1) % TASKS : PAST_NONE;
		wait.object = t->count % 2 ? &object : NULL;
		wait.file = t->count % 4 ? NULL : &file;
		wait.iowait = kept->iowait = t->count % 7 == 0;
		kept->cause = wait.cause;
		kept->object = t->count % 2 ? 5 : PAST_NONE;
		kept->file = t->count % 4 ? PAST_NONE : 9;
		kept->stack = wait.stack;
		slice.waker_stack = kept->waker_stack = 0xdef0 + t->count % 3;
	}
	slice.preempted = kept->preempted = state == TASK_RUNNABLE && t->count % 2;
	t->at[task] += ns;
	assert_int_equal(t->sink.task_slice(t->sink.ctx, &slice), 0);
}

static struct told *begin(uint64_t seed)
{
	struct told *t = calloc(1, sizeof(*t));
	uint32_t i;

	assert_non_null(t);
	t->random = seed;
	t->history = history__new();
	t->sink = history__sink(t->history);
	for (i = 0; i < TASKS; i++) {
		t->tasks[i].id = i;
		t->at[i] = i;
	}
	return t;
}

static void end(struct told *t)
{
	history__free(t->history);
	free(t);
}

struct back {
	const struct told *told;
	uint64_t ns; /* of the step before */
	struct past_task now[TASKS];
	bool there[TASKS];
	size_t left;
};

static int step_back(void *ctx, const struct rewind *rw, const struct step *step)
{
	struct back *b = ctx;
	const struct past_task *earlier = step->task.earlier, *later = step->task.later;
	uint32_t task = earlier ? earlier->task : later->task;

	assert_int_equal(step->kind, PAST_TASK);
	assert_true(step->ns <= b->ns);
	b->ns = step->ns;
	assert_ptr_equal(rewind__task(rw, task), earlier);
	assert_int_equal(later != NULL, b->there[task]);
	if (later) {
		assert_memory_equal(later, &b->now[task], sizeof(*later));
		assert_int_equal(later->start_ns, step->ns);
	}
	b->there[task] = earlier;
	if (!earlier) {
		assert_int_equal(step->ns, task);
		return 0;
	}
	assert_int_equal(earlier->end_ns, step->ns);
	b->now[task] = *earlier;
	b->left--;
	return 0;
}

/* All slices come back: each is the one that was told, and its task's next one follows. */
static void check_back(const struct told *t)
{
	struct back b = {.told = t, .ns = UINT64_MAX, .left = t->count};
	uint32_t i;

	assert_int_equal(history__end(t->history), 0);
	assert_int_equal(history__rewind(t->history, step_back, &b), 0);
	assert_int_equal(b.left, 0);
	for (i = 0; i < TASKS; i++)
		assert_false(b.there[i]);
}

static void test_slices_come_back(void **state)
{
	uint64_t seed;

	(void)state;
	for (seed = 1; seed < 20; seed++) {
		struct told *t = begin(seed * 7919);
		uint32_t i;

		/* Some are told long after they have ended: as those that block are. */
		for (i = 0; i < MOST - TASKS; i++)
			tell(t, any(&t->random, TASKS), (enum task_state)any(&t->random, 4),
			     1 + any(&t->random, seed % 2 ? 100 : 1000000000));
		check_back(t);
		check_back(t);
		end(t);
	}
}

/* Numbers of all lengths, and at the edges between them. */
static void test_any_length_comes_back(void **state)
{
	struct told *t = begin(1);
	unsigned int bit;

	(void)state;
	for (bit = 0; bit < 58; bit++) {
		tell(t, 0, TASK_RUNNING, 1ull << bit);
		tell(t, 1, TASK_RUNNABLE, (1ull << bit) - (bit > 0));
		tell(t, 2, TASK_BLOCKED, (1ull << bit) + 1);
	}
	check_back(t);
	end(t);
}

static int stop(void *ctx, const struct rewind *rw, const struct step *step)
{
	(void)rw;
	(void)step;
	return --*(int *)ctx ? 0 : 42;
}

static int count_blocked(void *ctx, const struct rewind *rw, const struct step *step)
{
	(void)rw;
	if (step->task.earlier) {
		assert_int_equal(step->task.earlier->stack, 0);
		++*(int *)ctx;
	}
	return 0;
}

static void test_without_stacks(void **state)
{
	struct told *t = begin(1);
	const struct wait wait = {.cause = CAUSE_SLEEP};
	const struct task_slice slice = {.task = &t->tasks[0],
					 .start_ns = 1,
					 .end_ns = 2,
					 .state = TASK_BLOCKED,
					 .wait = &wait};
	int count = 0;

	(void)state;
	assert_int_equal(t->sink.task_slice(t->sink.ctx, &slice), 0);
	assert_int_equal(history__end(t->history), 0);
	assert_int_equal(history__rewind(t->history, count_blocked, &count), 0);
	assert_int_equal(count, 1);
	end(t);
}

static void test_stops_when_told(void **state)
{
	struct told *t = begin(1);
	int left = 100, i;

	(void)state;
	assert_int_equal(history__end(t->history), 0);
	assert_int_equal(history__rewind(t->history, stop, &left), 0);
	for (i = 0; i < 1000; i++)
		tell(t, (uint32_t)i % TASKS, TASK_RUNNING, 10);
	assert_int_equal(history__end(t->history), 0);
	assert_int_equal(history__rewind(t->history, stop, &left), 42);
	end(t);
}

/* --- CPUs, holders, samples --- */

static int write_step(void *ctx, const struct rewind *rw, const struct step *s)
{
	char *out = ctx, line[128] = "";
	const struct past_hold *e = s->hold.earlier, *l = s->hold.later;

	(void)rw;
	if (s->kind == PAST_CPU)
		snprintf(line, sizeof(line), "%d cpu%u %d>%d;", (int)s->ns,
			 s->cpu.earlier ? s->cpu.earlier->cpu : s->cpu.later->cpu,
			 s->cpu.earlier ? (int)s->cpu.earlier->use : -1,
			 s->cpu.later ? (int)s->cpu.later->use : -1);
	else if (s->kind == PAST_HOLD)
		snprintf(line, sizeof(line), "%d hold %d>%d %lx;", (int)s->ns,
			 e ? (int)e->holder : -1, l ? (int)l->holder : -1,
			 e ? e->release_stack : 0);
	else if (s->kind == PAST_SAMPLE)
		snprintf(line, sizeof(line), "%d sample %u %lx %d;", (int)s->ns, s->sample->task,
			 s->sample->stack, (int)s->sample->held);
	strcat(out, line);
	return 0;
}

static void add_hold(struct told *t, uint32_t holder, uint64_t start, uint64_t end_ns)
{
	static const struct sync_object object = {.id = 3};
	const struct hold_slice slice = {.object = &object,
					 .holder = &t->tasks[holder],
					 .start_ns = start,
					 .end_ns = end_ns,
					 .release_stack = holder ? 0x77 : 0};

	assert_int_equal(t->sink.hold(t->sink.ctx, &slice), 0);
}

static void add_cpu(struct told *t, uint32_t cpu, uint64_t start, uint64_t end_ns, enum cpu_use use)
{
	const struct cpu_slice slice = {
		.cpu = cpu, .start_ns = start, .end_ns = end_ns, .use = use};

	assert_int_equal(t->sink.cpu_slice(t->sink.ctx, &slice), 0);
}

static void test_others_come_back(void **state)
{
	struct told *t = begin(1);
	const struct sync_object object = {.id = 3};
	const struct model_sample sample = {
		.ns = 35, .task = &t->tasks[2], .stack = 0x99, .held = &object};
	char text[1024] = "";

	(void)state;
	add_cpu(t, 0, 0, 10, CPU_IDLE);
	add_cpu(t, 0, 10, 20, CPU_WORKLOAD);
	add_cpu(t, 0, 20, 30, CPU_OTHER);
	assert_int_equal(t->sink.sample(t->sink.ctx, &sample), 0);
	add_cpu(t, 0, 30, 40, CPU_IDLE);
	add_hold(t, 0, 5, 15); /* told late */
	add_hold(t, 1, 15, 25);
	add_hold(t, 2, 26, 36);
	assert_int_equal(history__end(t->history), 0);
	assert_int_equal(history__rewind(t->history, write_step, text), 0);
	assert_string_equal(text, "40 cpu0 2>-1;36 hold 2>-1 77;35 sample 2 99 3;30 cpu0 1>2;"
				  "26 hold -1>2 0;25 hold 1>-1 77;20 cpu0 -1>1;15 hold 0>1 0;"
				  "10 cpu0 2>-1;5 hold -1>0 0;0 cpu0 -1>2;");
	end(t);
}

/* --- what is due next --- */

/*
 * As a way back uses it: what comes is due no later than what was taken last, mostly soon, now and
 * then much later. Nothing is taken twice, left behind, or before something that is due first.
 */
static void play_queue(uint64_t seed, uint32_t often_far, size_t count)
{
	struct due_queue q = {0};
	uint64_t random = seed, latest = UINT64_C(1) << 40, sum = 0, taken = 0;
	size_t pushed = 0, inside = 0;
	struct due due;

	while (pushed < count || inside) {
		if (pushed < count && (!inside || any(&random, 2))) {
			uint32_t back = any(&random, 100) < often_far ? 1000000 : 50;

			due = (struct due){.key = latest - any(&random, back),
					   .what = (void *)(uintptr_t)++pushed};
			assert_int_equal(due__push(&q, due), 0);
			sum += pushed;
			inside++;
			continue;
		}
		assert_non_null(due__first(&q));
		due = *due__first(&q);
		assert_true(due.key <= latest);
		latest = due.key;
		due = due__pop(&q);
		assert_int_equal(due.key, latest);
		taken += (uintptr_t)due.what;
		inside--;
	}
	assert_null(due__first(&q));
	assert_int_equal(taken, sum);
	due__clear(&q);
}

static void test_queue(void **state)
{
	(void)state;
	play_queue(1, 0, 20000);
	play_queue(2, 5, 20000);
	play_queue(3, 50, 20000);
	play_queue(4, 100, 20000);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_tape),
		cmocka_unit_test(test_slices_come_back),
		cmocka_unit_test(test_any_length_comes_back),
		cmocka_unit_test(test_without_stacks),
		cmocka_unit_test(test_stops_when_told),
		cmocka_unit_test(test_others_come_back),
		cmocka_unit_test(test_queue),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
