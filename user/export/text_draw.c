// SPDX-License-Identifier: GPL-2.0-only
#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "export/text_lane.h"
#include "export/text_out.h"
#include "export/text_picture.h"
#include "lib/units.h"

#define SHOWN	    6 /* threads shown */
#define SHOWN_CPUS  4 /* more CPUs become one lane of numbers */
#define LABEL_MAX   16
#define MAX_COLUMNS (TEXT_COLUMNS - 9)

/* How the lanes are laid out, once all is known. */
struct layout {
	uint64_t wall_ns, step_ns;
	size_t label, columns;
	const struct thread *shown[SHOWN];
	size_t nshown;
	bool used[128]; /* letters */
	bool cpu_idle, asleep;
};

/* The workload's first thread is always of interest, then those that were busy, then blocked. */
static int busiest_first(const void *a, const void *b)
{
	const struct thread *x = *(const struct thread *const *)a;
	const struct thread *y = *(const struct thread *const *)b;

	if (x->task->root != y->task->root)
		return x->task->root ? -1 : 1;
	if (x->busy_ns != y->busy_ns)
		return x->busy_ns > y->busy_ns ? -1 : 1;
	if (x->blocked_ns != y->blocked_ns)
		return x->blocked_ns > y->blocked_ns ? -1 : 1;
	return x->task->id < y->task->id ? -1 : 1;
}

static int oldest_first(const void *a, const void *b)
{
	const struct thread *x = *(const struct thread *const *)a;
	const struct thread *y = *(const struct thread *const *)b;

	return x->task->id < y->task->id ? -1 : x->task->id > y->task->id;
}

static int choose(const struct picture *p, struct layout *l)
{
	const struct thread **all = calloc(p->nlanes + 1, sizeof(const struct thread *));
	size_t i, n = 0;

	if (!all)
		return -ENOMEM;
	for (i = 0; i < p->nthreads; i++)
		if (p->threads[i].lane)
			all[n++] = &p->threads[i];
	qsort(all, n, sizeof(*all), busiest_first);
	l->nshown = n < SHOWN ? n : SHOWN;
	qsort(all, l->nshown, sizeof(*all), oldest_first);
	for (i = 0; i < l->nshown; i++)
		l->shown[i] = all[i];
	free(all);
	return 0;
}

/* Threads of one name are told apart by their tids. */
static bool needs_tid(const struct layout *l, const struct model_task *task)
{
	size_t i;

	for (i = 0; i < l->nshown; i++)
		if (l->shown[i]->task != task && !strcmp(l->shown[i]->task->comm, task->comm))
			return true;
	return !*task->comm;
}

/* Writes the label into the line; returns the columns it took. */
static size_t put_label(struct text_out *o, const struct layout *l, const struct model_task *task,
			size_t max)
{
	size_t before = o->width;
	char tid[16] = "";

	if (needs_tid(l, task))
		snprintf(tid, sizeof(tid), "%s%" PRIu32, *task->comm ? " " : "", task->tid);
	text_out__name(o, task->comm, max - strlen(tid));
	text_out__printf(o, "%s", tid);
	return o->width - before;
}

/* The smallest round time that the wall time holds at most max_columns times. */
static uint64_t round_step(uint64_t wall_ns, size_t max_columns)
{
	static const uint64_t tenths[] = {10, 12, 15, 20, 25, 30, 40, 50, 60, 80};
	uint64_t least = (wall_ns + max_columns - 1) / max_columns, power = 1;
	size_t i;

	while (least > 10 * power)
		power *= 10;
	for (i = 0; i < sizeof(tenths) / sizeof(*tenths); i++)
		if (tenths[i] * power >= least * 10)
			return tenths[i] * power / 10;
	return power * 10;
}

static void lay_out(const struct picture *p, struct text_out *o, struct layout *l)
{
	size_t i, width;

	l->label = p->ncpus > SHOWN_CPUS ? 7 : 5;
	for (i = 0; i < l->nshown; i++) {
		width = put_label(o, l, l->shown[i]->task, LABEL_MAX);
		l->label = width > l->label ? width : l->label;
		strbuf__reset(&o->line);
		o->width = 0;
	}
	l->step_ns = round_step(l->wall_ns, TEXT_COLUMNS - 4 - l->label);
	l->columns = (size_t)((l->wall_ns + l->step_ns - 1) / l->step_ns);
}

static char letter_of(unsigned int state)
{
	switch (state) {
	case LANE_RUNNING:
		return '#';
	case LANE_RUNNABLE:
		return '-';
	case LANE_OTHER:
		return '+';
	case LANE_IDLE:
	case CAUSE_SLEEP:
		return '.';
	case LANE_UNKNOWN:
		return 'x';
	default:
		return cause__letter((enum cause)state);
	}
}

static enum text_style style_of(char letter)
{
	switch (letter) {
	case '#':
		return TEXT_GOOD;
	case '-':
		return TEXT_WAIT;
	case 'x':
		return TEXT_ALARM;
	case '.':
	case '+':
	case ' ':
		return TEXT_PLAIN;
	default:
		return letter >= '0' && letter <= '9' ? TEXT_GOOD : TEXT_BLOCKED;
	}
}

/* What a lane did most in one column; blank where it did not exist. */
static char lane_letter(const struct layout *l, struct lane *lane, size_t column)
{
	double ns[LANE_STATES] = {0};
	uint64_t from = column * l->step_ns, to = from + l->step_ns;
	unsigned int state, most = 0;

	lane__sum(lane, from, to < l->wall_ns ? to : l->wall_ns, ns);
	for (state = 1; state < LANE_STATES; state++)
		if (ns[state] > ns[most])
			most = state;
	return ns[most] > 0 ? letter_of(most) : ' ';
}

/* Of all CPUs together, the tenths that the workload used in one column, begun ones counted. */
static char cpus_letter(const struct picture *p, const struct layout *l, size_t column)
{
	double ns[LANE_STATES] = {0}, all = 0;
	uint64_t from = column * l->step_ns, to = from + l->step_ns;
	size_t i;
	int tenths;

	for (i = 0; i < p->ncpus; i++)
		if (p->cpus[i])
			lane__sum(p->cpus[i], from, to < l->wall_ns ? to : l->wall_ns, ns);
	for (i = 0; i < LANE_STATES; i++)
		all += ns[i];
	if (ns[LANE_RUNNING] <= 0)
		return '.';
	tenths = (int)(10.0 * ns[LANE_RUNNING] / all) + 1;
	return (char)('0' + (tenths < 9 ? tenths : 9));
}

/* Draws all lanes into `letters`, row by row, so that the legend can come first. */
static void note_letters(const struct picture *p, struct layout *l, char *letters, size_t ncpus)
{
	size_t i, column, row = 0;

	for (i = 0; i < p->ncpus && ncpus <= SHOWN_CPUS; i++) {
		for (column = 0; p->cpus[i] && column < l->columns; column++)
			letters[row * MAX_COLUMNS + column] = lane_letter(l, p->cpus[i], column);
		row += p->cpus[i] != NULL;
	}
	for (column = 0; ncpus > SHOWN_CPUS && column < l->columns; column++)
		letters[column] = cpus_letter(p, l, column);
	row += ncpus > SHOWN_CPUS;
	for (i = 0; i < row * MAX_COLUMNS; i++) {
		l->used[letters[i] & 127] = true;
		l->cpu_idle |= letters[i] == '.';
	}
	for (i = 0; i < l->nshown; i++, row++)
		for (column = 0; column < l->columns; column++) {
			char c = lane_letter(l, l->shown[i]->lane, column);

			letters[row * MAX_COLUMNS + column] = c;
			l->used[c & 127] = true;
			l->asleep |= c == '.';
		}
}

static void put_legend_item(struct text_out *o, const char *letters, const char *words)
{
	if (o->width + 3 + strlen(letters) + strlen(words) > TEXT_COLUMNS) {
		text_out__end(o);
		text_out__pad(o, 4);
	}
	text_out__printf(o, "  ");
	text_out__style(o, style_of(*letters));
	text_out__printf(o, "%s", letters);
	text_out__style(o, TEXT_PLAIN);
	text_out__printf(o, " %s", words);
}

static void put_legend_causes(struct text_out *o, const struct layout *l)
{
	unsigned int cause;

	for (cause = 0; cause < CAUSE_COUNT; cause++) {
		char letter[2] = {cause__letter((enum cause)cause)};

		if (cause != CAUSE_SLEEP && l->used[*letter & 127])
			put_legend_item(o, letter, cause__name((enum cause)cause));
	}
}

/* Only what is in the picture. */
static void put_legend(struct text_out *o, const struct layout *l, bool tenths)
{
	char step[UNITS_LEN];

	text_out__heading(o, "TIME");
	text_out__printf(o, "%s a column:", units__ns(step, l->step_ns));
	if (l->used['#'])
		put_legend_item(o, "#", "running");
	if (l->used['-'])
		put_legend_item(o, "-", "waiting for a CPU");
	put_legend_causes(o, l);
	if (l->used['.'])
		put_legend_item(o, ".",
				!l->asleep    ? "idle"
				: l->cpu_idle ? "idle or asleep"
					      : "asleep");
	if (l->used['+'])
		put_legend_item(o, "+", "others");
	if (l->used['x'])
		put_legend_item(o, "x", "not known");
	if (tenths)
		put_legend_item(o, "1-9", "tenths of the CPUs used");
	text_out__end(o);
}

static void put_row(struct text_out *o, const struct layout *l, const char *letters)
{
	size_t column;

	text_out__pad(o, 2 + l->label + 2);
	for (column = 0; column < l->columns; column++) {
		text_out__style(o, style_of(letters[column]));
		text_out__printf(o, "%c", letters[column]);
	}
	text_out__end(o);
}

int picture__draw(struct picture *p, struct text_out *o, uint64_t wall_ns)
{
	char letters[(SHOWN + SHOWN_CPUS) * MAX_COLUMNS];
	struct layout l = {.wall_ns = wall_ns};
	size_t i, row = 0, ncpus = 0;

	for (i = 0; i < p->ncpus; i++)
		ncpus += p->cpus[i] != NULL;
	if (!wall_ns || !p->nlanes)
		return 0;
	if (choose(p, &l))
		return -ENOMEM;
	memset(letters, ' ', sizeof(letters));
	lay_out(p, o, &l);
	note_letters(p, &l, letters, ncpus);
	put_legend(o, &l, ncpus > SHOWN_CPUS);
	for (i = 0; i < p->ncpus && ncpus <= SHOWN_CPUS; i++) {
		if (!p->cpus[i])
			continue;
		text_out__printf(o, "  CPU %zu", i);
		put_row(o, &l, &letters[row++ * MAX_COLUMNS]);
	}
	if (ncpus > SHOWN_CPUS) {
		text_out__printf(o, "  %zu CPUs", ncpus);
		put_row(o, &l, &letters[row++ * MAX_COLUMNS]);
	}
	for (i = 0; i < l.nshown; i++) {
		text_out__printf(o, "  ");
		put_label(o, &l, l.shown[i]->task, l.label);
		put_row(o, &l, &letters[row++ * MAX_COLUMNS]);
	}
	text_out__end(o);
	return 0;
}
