// SPDX-License-Identifier: GPL-2.0-only
/* Blocked time charged to what it was spent on, against the definition taken nanosecond by
 * nanosecond. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include <cmocka.h>

#include "analysis/rows.h"
#include "tests/unit/fake_model.inc"

#include "tests/unit/fake_symbol.inc"

#include "tests/unit/blame_scenes.inc"

#define TASKS	 7
#define OBJECTS	 3
#define INSTANTS 1600
/* Threads begin and end to wait, and locks change hands, each at instants of its own. */
#define STEP (TASKS + OBJECTS)

static uint32_t any(uint64_t *random, uint32_t below)
{
	*random ^= *random >> 12;
	*random ^= *random << 25;
	*random ^= *random >> 27;
	return (uint32_t)((*random * 0x2545f4914f6cdd1du) >> 32) % below;
}

static struct fake *random_scene(uint64_t seed)
{
	static const enum cause causes[] = {CAUSE_MUTEX, CAUSE_MUTEX, CAUSE_CONDVAR, CAUSE_PIPE};
	struct fake *f = fake__new(4, 0);
	uint32_t i, rounds;

	for (i = 0; i < TASKS; i++)
		fake__task(f, "t", i);
	f->model.tasks[TASKS - 1]->traced = seed % 3;
	for (i = 0; i < OBJECTS; i++)
		fake__object(f, i ? CAUSE_MUTEX : CAUSE_CONDVAR, i);
	for (i = 0; i < TASKS; i++) {
		struct model_task *task = f->model.tasks[i];

		while (task->traced && task->end_ns < INSTANTS - 10 * STEP) {
			uint64_t ns = STEP * (1 + any(&seed, 6));
			enum cause cause = causes[any(&seed, 4)];
			uint32_t object = cause == CAUSE_MUTEX ? 1 + any(&seed, OBJECTS - 1) : 0;

			waits(f, task, ns, cause,
			      cause == CAUSE_PIPE ? NULL : f->model.objects[object],
			      any(&seed, 6) ? WAKE_TASK : WAKE_TIMER,
			      f->model.tasks[any(&seed, TASKS)]);
			ns = STEP * (1 + any(&seed, 4));
			fake__do(f, task, any(&seed, 4) ? TASK_RUNNING : TASK_RUNNABLE, ns, 0,
				 NULL);
		}
	}
	for (i = 1; i < OBJECTS; i++) {
		uint64_t at = TASKS + i;

		for (rounds = 0; rounds < 12; rounds++) {
			uint64_t ns = STEP * (1 + any(&seed, 10));

			if (any(&seed, 4))
				holds(f, f->model.objects[i],
				      any(&seed, 6) ? f->model.tasks[any(&seed, TASKS)] : NULL, at,
				      at + ns);
			at += ns;
		}
	}
	return f;
}

/* What each task does at each instant: its slice. */
static const struct task_slice *doing[TASKS][INSTANTS];

static void note_slices(const struct fake *f)
{
	size_t i;
	uint64_t ns;

	memset(doing, 0, sizeof(doing));
	for (i = 0; i < f->ntasks; i++)
		for (ns = f->tasks[i].start_ns; ns < f->tasks[i].end_ns; ns++)
			doing[f->tasks[i].task->id][ns] = &f->tasks[i];
}

static bool waits_for(const struct task_slice *s, const struct sync_object *object)
{
	return s && s->state == TASK_BLOCKED && s->wait->object == object;
}

/* The waker of the next one that is woken from it, as long as somebody waits all the time. */
static const struct model_task *next_waker(const struct sync_object *object, uint64_t ns)
{
	for (; ns < INSTANTS; ns++) {
		bool anybody = false;
		uint32_t i;

		for (i = 0; i < TASKS; i++) {
			const struct task_slice *s = doing[i][ns];

			if (!waits_for(s, object))
				continue;
			anybody = true;
			if (s->end_ns == ns + 1 && s->woken_by == WAKE_TASK && s->waker != s->task)
				return s->waker;
		}
		if (!anybody)
			break;
	}
	return NULL;
}

static const struct model_task *holder_at(const struct fake *f, const struct sync_object *object,
					  uint64_t ns)
{
	size_t i;

	for (i = 0; i < f->nholds; i++)
		if (f->holds[i].object == object && f->holds[i].start_ns <= ns &&
		    ns < f->holds[i].end_ns && f->holds[i].holder)
			return f->holds[i].holder;
	return next_waker(object, ns);
}

/* "computation 3": what the task that is blocked then waits for in the end. */
static void follow(const struct fake *f, uint32_t task, uint64_t ns, char *out, size_t size)
{
	const struct task_slice *s = doing[task][ns];
	uint32_t first = task, steps;

	for (steps = 0; steps < 4 * TASKS; steps++, s = doing[task][ns]) {
		const struct model_task *next = s && s->woken_by == WAKE_TASK ? s->waker : NULL;
		bool lock = s && s->state == TASK_BLOCKED && s->wait->cause == CAUSE_MUTEX;

		if (!s || s->state != TASK_BLOCKED) {
			snprintf(out, size, "%s %u",
				 !s			    ? "unknown"
				 : s->state == TASK_RUNNING ? "computation"
							    : "cpu",
				 s ? task : 0);
			return;
		}
		if (next == s->task)
			next = NULL;
		if (lock && holder_at(f, s->wait->object, ns) != s->task) {
			next = holder_at(f, s->wait->object, ns);
			if (!next)
				break;
		}
		if (!next) {
			bool timer = s->woken_by == WAKE_TIMER;

			if (!timer)
				break;
			snprintf(out, size, "timer %u", task == first ? 99 : task);
			return;
		}
		if (!next->traced) {
			snprintf(out, size, "external %u", next->id);
			return;
		}
		task = next->id;
	}
	snprintf(out, size, "unknown 0");
}

static const char *const roots[] = {"computation", "cpu", "timer", "external", "unknown"};

/* By cause, root and task; of what is unknown, the task is not compared. */
static uint64_t expected[CAUSE_COUNT][5][100];

static void expect(const struct fake *f)
{
	unsigned int i, root;
	uint64_t ns;

	memset(expected, 0, sizeof(expected));
	note_slices(f);
	for (ns = 0; ns < INSTANTS; ns++)
		for (i = 0; i < TASKS; i++) {
			const struct task_slice *s = doing[i][ns];
			char spent[32], name[32];
			unsigned int task;

			if (!s || s->state != TASK_BLOCKED)
				continue;
			follow(f, i, ns, spent, sizeof(spent));
			assert_int_equal(sscanf(spent, "%31s %u", name, &task), 2);
			for (root = 0; strcmp(roots[root], name) != 0; root++)
				;
			expected[s->wait->cause][root][task]++;
		}
}

static void check_scene(uint64_t seed)
{
	static const enum cause causes[] = {CAUSE_MUTEX, CAUSE_CONDVAR, CAUSE_PIPE};
	struct fake *f = random_scene(seed);
	struct report *r = charge(f);
	unsigned int i, root;
	int task;

	expect(f);
	for (i = 0; i < 3; i++) {
		const char *cause = cause__name(causes[i]);

		for (root = 0; root < 4; root++)
			for (task = 0; task < TASKS; task++)
				assert_int_equal(sum(r, cause, roots[root], task),
						 expected[causes[i]][root][task]);
		assert_int_equal(sum(r, cause, "timer", NOBODY), expected[causes[i]][2][99]);
		assert_int_equal(sum(r, cause, "unknown", ANYBODY), expected[causes[i]][4][0]);
	}
	end(f, r);
}

static void test_random_scenes(void **state)
{
	uint64_t seed;

	(void)state;
	for (seed = 1; seed <= 100; seed++)
		check_scene(seed * 7919);
}

/* Whatever is told, all of it is charged. */
static void test_nonsense_adds_up(void **state)
{
	uint64_t seed;

	(void)state;
	for (seed = 1; seed <= 400; seed++) {
		struct fake *f = random_scene(seed * 104729);
		uint64_t random = seed;
		size_t i;

		for (i = 0; i < f->nholds; i++) { /* overlaps, too */
			f->holds[i].start_ns -= any(&random, 7);
			f->holds[i].end_ns += any(&random, 40);
		}
		for (i = 0; i < 2; i++) {
			f->model.circle[i] = f->model.tasks[any(&random, TASKS - 1)];
			f->model.circle_objects[i] = f->model.objects[any(&random, OBJECTS)];
		}
		f->model.ncircle = 2;
		end(f, charge(f));
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_random_scenes),
		cmocka_unit_test(test_nonsense_adds_up),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
