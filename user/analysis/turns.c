// SPDX-License-Identifier: GPL-2.0-only
#include "analysis/turns.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "analysis/counts.h"

#define MAX_STACKS 128 /* of one loop */

static struct turn_stack *stack_of(struct turn *turn, uint64_t stack)
{
	size_t i;

	for (i = 0; i < turn->nstacks; i++)
		if (turn->stacks[i].stack == stack)
			return &turn->stacks[i];
	if (turn->nstacks == TURN_SITES)
		return NULL;
	turn->stacks[turn->nstacks] = (struct turn_stack){.stack = stack};
	return &turn->stacks[turn->nstacks++];
}

static struct turn_task *task_of(struct turn *turn, const char *name)
{
	size_t i;

	if (!name)
		return NULL;
	for (i = 0; i < turn->ntasks; i++)
		if (turn->tasks[i].name == name)
			return &turn->tasks[i];
	if (turn->ntasks == TURN_TASKS)
		return NULL;
	turn->tasks[turn->ntasks] = (struct turn_task){.name = name};
	return &turn->tasks[turn->ntasks++];
}

/* How long a task took, as far as is known: a sample stands for its part of the running time. */
static double weight_of(const struct turn *turn, const struct turn_task *task)
{
	double ns = (double)task->wait_ns;

	return task->samples ? ns + (double)turn->running_ns * (double)task->samples /
					       (double)turn->samples
			     : ns;
}

/* Who took longest comes first; of equals, who came first. */
static void order_tasks(struct turn *turn)
{
	struct turn_task task;
	size_t i, j;

	for (i = 1; i < turn->ntasks; i++) {
		task = turn->tasks[i];
		for (j = i; j && weight_of(turn, &turn->tasks[j - 1]) < weight_of(turn, &task); j--)
			turn->tasks[j] = turn->tasks[j - 1];
		turn->tasks[j] = task;
	}
}

/* Of two equally long ones, the earlier stays in front. */
static int keep_longest(struct turns *t)
{
	size_t i;

	if (!t->longest) {
		t->longest = calloc(TURN_LONGEST, sizeof(*t->longest));
		if (!t->longest)
			return -ENOMEM;
	}
	if (t->nlongest == TURN_LONGEST && t->longest[TURN_LONGEST - 1].ns >= t->now.ns)
		return 0;
	t->nlongest += t->nlongest < TURN_LONGEST;
	for (i = t->nlongest - 1; i && t->longest[i - 1].ns < t->now.ns; i--)
		t->longest[i] = t->longest[i - 1];
	t->longest[i] = t->now;
	order_tasks(&t->longest[i]);
	return 0;
}

static int end_turn(struct turns *t, uint64_t end_ns)
{
	if (!t->in_turn)
		return 0;
	t->in_turn = false;
	t->now.ns = end_ns - t->now.start_ns;
	t->count++;
	t->busy_ns += t->now.ns;
	if (t->now.ns - t->now.runnable_ns >= TURN_LONG_NS) {
		t->long_count++;
		t->long_ns += t->now.ns - t->now.runnable_ns;
	}
	if (samples__add(&t->lengths, t->now.ns))
		return -ENOMEM;
	return keep_longest(t);
}

static void begin_turn(struct turns *t, uint64_t start_ns)
{
	memset(&t->now, 0, offsetof(struct turn, stacks));
	t->now.nstacks = t->now.ntasks = 0;
	t->now.start_ns = start_ns;
	t->in_turn = true;
}

static int add_blocked(struct turns *t, const struct task_slice *slice, uint64_t ns)
{
	struct turn_task *task = task_of(&t->now, slice->wait->in_task);
	struct turn_stack *at;

	t->now.blocked_ns[slice->wait->cause] += ns;
	if (task) {
		task->waits++;
		task->wait_ns += ns;
	}
	if (!slice->wait->stack)
		return 0;
	at = stack_of(&t->now, slice->wait->stack);
	if (at) {
		at->waits++;
		at->wait_ns += ns;
	}
	return counts__add(&t->blocked, slice->wait->stack, 1, ns, MAX_STACKS);
}

int turns__slice(struct turns *t, const struct task_slice *slice)
{
	uint64_t ns = slice->end_ns - slice->start_ns;
	int err;

	if (slice->state == TASK_BLOCKED && slice->wait->cause == CAUSE_POLL) {
		err = end_turn(t, slice->start_ns);
		t->waits++;
		t->wait_ns += ns;
		t->woken_by[slice->woken_by]++;
		begin_turn(t, slice->end_ns);
		return err;
	}
	if (!t->in_turn)
		return 0;
	switch (slice->state) {
	case TASK_RUNNING:
		t->now.running_ns += ns;
		return 0;
	case TASK_RUNNABLE:
		t->now.runnable_ns += ns;
		return 0;
	case TASK_BLOCKED:
		return add_blocked(t, slice, ns);
	default:
		t->now.unknown_ns += ns;
		return 0;
	}
}

int turns__sample(struct turns *t, const struct model_sample *sample)
{
	struct turn_task *task;
	struct turn_stack *at;

	if (!t->in_turn)
		return 0;
	t->now.samples++;
	task = task_of(&t->now, sample->in_task);
	if (task)
		task->samples++;
	if (!sample->stack)
		return 0;
	at = stack_of(&t->now, sample->stack);
	if (at)
		at->samples++;
	return counts__add(&t->ran, sample->stack, 1, 0, MAX_STACKS);
}

int turns__finish(struct turns *t)
{
	/* One that is still waiting has a turn of no length. */
	if (t->task->ended || t->task->end_ns <= t->now.start_ns)
		return 0;
	return end_turn(t, t->task->end_ns);
}

void turns__clear(struct turns *t)
{
	samples__clear(&t->lengths);
	counts__free(t->ran);
	counts__free(t->blocked);
	free(t->longest);
}
