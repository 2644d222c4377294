// SPDX-License-Identifier: GPL-2.0-only
/*
 * What blocked time was really spent on. Who waits for a lock waits for what its holder does just
 * then; if that waits itself, for what it waits for; and so on, to where the chain ends: at a
 * thread that computes, or waits for a CPU, or at a device, a timer, somebody outside. All of the
 * blocked time is charged once, to the nanosecond.
 *
 * Goes through the recording backwards: so it is known of each wait from its first step on who
 * ended it.
 */
#include <stdlib.h>

#include "analysis/blame_state.h"
#include "analysis/rows.h"

static void *blame__begin(const struct analysis_input *in)
{
	struct blame *b = calloc(1, sizeof(*b));

	if (b)
		b->model = in->model;
	return b;
}

static int blame__back(void *state, const struct rewind *rw, const struct step *step)
{
	struct blame *b = state;
	int err = b->tasks ? 0 : blame__set_up(b, step->ns);

	if (err)
		return err;
	switch (step->kind) {
	case PAST_TASK:
		return blame__task_step(b, rw, step);
	case PAST_HOLD:
		return blame__hold_step(b, step);
	case PAST_SAMPLE:
		return blame__sample_step(b, step->sample);
	case PAST_CPU:
		break;
	}
	return 0;
}

static int blame__finish(void *state, const struct analysis_input *in, struct report *report)
{
	(void)in;
	return blame__report(state, report);
}

static void blame__end(void *state)
{
	if (state)
		blame__tear_down(state);
	free(state);
}

const struct analysis analysis_blame = {
	.name = "blame",
	.begin = blame__begin,
	.back = blame__back,
	.back_is_dear = true,
	.finish = blame__finish,
	.end = blame__end,
};
