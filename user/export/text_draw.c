// SPDX-License-Identifier: GPL-2.0-only
#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "export/text_canvas.h"
#include "export/text_fair.h"
#include "export/text_lane.h"

#define LABEL_MAX 16
#define KEYS	  26 /* letters that lanes of locks name threads by */

char canvas__key(const struct canvas *c, const struct model_task *task)
{
	size_t i;

	for (i = 0; i < c->nshown && i < KEYS; i++)
		if (c->shown[i]->task == task)
			return (char)('A' + i);
	return 0;
}

/* Threads of one name are told apart by their tids. */
static bool needs_tid(const struct canvas *c, const struct model_task *task)
{
	size_t i;

	for (i = 0; i < c->nshown; i++)
		if (c->shown[i]->task != task && !strcmp(c->shown[i]->task->comm, task->comm))
			return true;
	return !*task->comm;
}

/* Writes the label into the line; returns the columns it took. */
static size_t put_label(struct text_out *o, const struct canvas *c, const struct model_task *task,
			size_t max)
{
	char tid[16] = "", key = c->wish->nlocks ? canvas__key(c, task) : 0;
	size_t before = o->width;

	if (key)
		text_out__printf(o, "%c ", key);
	if (needs_tid(c, task))
		snprintf(tid, sizeof(tid), "%s%" PRIu32, *task->comm ? " " : "", task->tid);
	max -= o->width - before;
	text_out__name(o, task->comm, max > strlen(tid) ? max - strlen(tid) : 0);
	text_out__printf(o, "%s", tid);
	return o->width - before;
}

/* The smallest round time that the wall time holds at most max_columns times. */
static uint64_t round_step(uint64_t span_ns, size_t max_columns)
{
	static const uint64_t tenths[] = {10, 12, 15, 20, 25, 30, 40, 50, 60, 80};
	uint64_t least = (span_ns + max_columns - 1) / max_columns, power = 1;
	size_t i;

	while (least > 10 * power)
		power *= 10;
	for (i = 0; i < sizeof(tenths) / sizeof(*tenths); i++)
		if (tenths[i] * power >= least * 10)
			return tenths[i] * power / 10;
	return power * 10;
}

/* The widest label, and what is left for lanes. */
static void lay_out(struct text_out *o, struct canvas *c)
{
	size_t i, width, max = c->wish->width < 60 ? LABEL_MAX - 5 : LABEL_MAX;

	c->label = c->joint || c->ncpus > 10 ? 7 : 5;
	for (i = 0; i < c->wish->nlocks; i++) {
		text_out__name(o, c->wish->locks[i].name, max);
		c->label = o->width > c->label ? o->width : c->label;
		c->label = c->label > 9 ? c->label : 9; /* "  waiting" */
		strbuf__reset(&o->line);
		o->width = 0;
	}
	for (i = 0; i < c->nshown; i++) {
		width = put_label(o, c, c->shown[i]->task, max);
		c->label = width > c->label ? width : c->label;
		strbuf__reset(&o->line);
		o->width = 0;
	}
	width = c->label + 4 < c->wish->width ? c->wish->width - c->label - 4 : 1;
	c->step_ns = round_step(c->span_ns, width);
	c->columns = (size_t)((c->span_ns + c->step_ns - 1) / c->step_ns);
}

/* What a lane did in one column; blank where it did not exist. `owed` goes from column to column.
 */
static char lane_letter(const struct canvas *c, struct lane *lane, size_t column, double *owed)
{
	double ns[LANE_STATES] = {0};
	uint64_t from = column * c->step_ns, to = from + c->step_ns;
	size_t state;

	lane__sum(lane, from, to < c->span_ns ? to : c->span_ns, ns);
	state = fair__choose(ns, c->wish->fair ? owed : NULL, LANE_STATES);
	return state < LANE_STATES ? letters__of((unsigned int)state) : ' ';
}

/* Of all CPUs together, the tenths that the workload used in one column, begun ones counted. */
static char cpus_letter(const struct picture *p, const struct canvas *c, size_t column)
{
	double ns[LANE_STATES] = {0}, all = 0;
	uint64_t from = column * c->step_ns, to = from + c->step_ns;
	size_t i;
	int tenths;

	for (i = 0; i < p->ncpus; i++)
		if (p->cpus[i])
			lane__sum(p->cpus[i], from, to < c->span_ns ? to : c->span_ns, ns);
	for (i = 0; i < LANE_STATES; i++)
		all += ns[i];
	if (ns[LANE_RUNNING] <= 0)
		return '.';
	tenths = (int)(10.0 * ns[LANE_RUNNING] / all) + 1;
	return (char)('0' + (tenths < 9 ? tenths : 9));
}

static void note(struct canvas *c, size_t row, size_t column, char letter)
{
	c->letters[row * c->columns + column] = letter;
	c->used[letter & 127] = true;
}

/* Lanes of CPUs that there are, or the one for all. */
static size_t cpu_rows(const struct canvas *c)
{
	return c->joint ? 1 : c->ncpus;
}

static void note_lane(struct canvas *c, size_t row, struct lane *lane)
{
	double owed[LANE_STATES] = {0};
	size_t column;

	for (column = 0; column < c->columns; column++)
		note(c, row, column, lane_letter(c, lane, column, owed));
}

/* Draws all lanes into `letters`, row by row, so that the legend can come first. */
static int note_letters(struct canvas *c)
{
	const struct picture *p = c->picture;
	size_t i, column, row = 0;

	c->letters = malloc((cpu_rows(c) + c->nshown) * c->columns + 1);
	if (!c->letters)
		return -ENOMEM;
	for (i = 0; i < p->ncpus && !c->joint; i++)
		if (p->cpus[i])
			note_lane(c, row++, p->cpus[i]);
	for (column = 0; c->joint && column < c->columns; column++)
		note(c, 0, column, cpus_letter(p, c, column));
	c->cpu_idle = c->used['.'];
	for (i = 0, row = cpu_rows(c); i < c->nshown; i++, row++) {
		note_lane(c, row, c->shown[i]->lane);
		c->asleep |= memchr(&c->letters[row * c->columns], '.', c->columns) != NULL;
	}
	return 0;
}

static void put_row(struct text_out *o, const struct canvas *c, size_t row)
{
	size_t column;

	text_out__pad(o, 2 + c->label + 2);
	for (column = 0; column < c->columns; column++)
		letters__put(o, c->letters[row * c->columns + column], c->wish->unicode);
	text_out__end(o);
}

static void put_rows(struct text_out *o, const struct canvas *c)
{
	size_t i, row = 0;

	for (i = 0; i < c->picture->ncpus && !c->joint; i++) {
		if (!c->picture->cpus[i])
			continue;
		text_out__printf(o, "  CPU %zu", i);
		put_row(o, c, row++);
	}
	if (c->joint) {
		text_out__printf(o, "  %zu CPUs", c->ncpus);
		put_row(o, c, row++);
	}
	for (i = 0; i < c->nshown; i++) {
		text_out__printf(o, "  ");
		put_label(o, c, c->shown[i]->task, c->label);
		put_row(o, c, row++);
	}
}

int picture__draw(struct picture *p, struct text_out *o, uint64_t span_ns,
		  const struct picture_wish *wish)
{
	struct canvas c = {.picture = p, .wish = wish, .span_ns = span_ns};
	size_t i;
	int err;

	if (!span_ns || !p->nlanes)
		return 0;
	for (i = 0; i < p->ncpus; i++)
		c.ncpus += p->cpus[i] != NULL;
	c.joint = c.ncpus > wish->cpus;
	err = picture__choose(p, wish->chosen, wish->threads, &c.shown, &c.nshown);
	if (!err) {
		lay_out(o, &c);
		err = note_letters(&c);
	}
	if (!err) {
		letters__legend(o, &c);
		if (wish->axis)
			axis__put(o, &c);
		put_rows(o, &c);
		lock_rows__put(o, &c);
		text_out__end(o);
	}
	free(c.shown);
	free(c.letters);
	return err;
}
