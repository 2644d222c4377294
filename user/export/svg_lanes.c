// SPDX-License-Identifier: GPL-2.0-only
/* The lanes of CPUs and threads. */
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "export/svg_page.h"
#include "export/text_picture.h"
#include "lib/units.h"
#include "model/entity.h"

#define CURVE 36   /* its height */
#define MOST  0.95 /* of a column: then that is what it is */

static void add_to_looks(const double *states, double *looks)
{
	unsigned int state;

	for (state = 0; state < LANE_STATES; state++)
		looks[look__of(state)] += states[state];
}

/* Fills the strip, adds up the time by state, and tells of each column what it mostly is. */
static void sample(const struct svg_page *p, struct lane *lane, struct strip *strip, double *all,
		   uint8_t *ids)
{
	uint64_t from, to;
	unsigned int state;
	size_t column;

	for (column = 0; column < STRIP_COLUMNS; column++) {
		double ns[LANE_STATES] = {0}, looks[STRIP_KINDS] = {0};

		svg__column(p, column, &from, &to);
		lane__sum(lane, from, to, ns);
		add_to_looks(ns, looks);
		strip__fill(strip, column, looks, (double)(to - from));
		ids[column] = SVG_MIXED;
		for (state = 0; state < LANE_STATES; state++) {
			all[state] += ns[state];
			if (ns[state] > MOST * (double)(to - from))
				ids[column] = (uint8_t)state;
		}
	}
}

static const char *state_name(unsigned int state)
{
	switch (state) {
	case LANE_RUNNING:
		return "running";
	case LANE_RUNNABLE:
		return "runnable";
	case LANE_OTHER:
		return "other programs";
	case LANE_IDLE:
		return "idle";
	case LANE_UNKNOWN:
		return "not known";
	default:
		return cause__name((enum cause)state);
	}
}

/* Begins a group whose title says what it adds up to: "worker-1 4711: mutex 74 %, running 26 %" */
static void begin_group(struct svg_page *p, const char *name, const double *ns)
{
	double all = 0;
	unsigned int state;
	const char *before = ": ";
	char share[UNITS_LEN];

	for (state = 0; state < LANE_STATES; state++)
		all += ns[state];
	strbuf__puts(&p->body, "<g><title>");
	svg__escape(&p->body, name, 64);
	for (state = 0; state < LANE_STATES; state++) {
		if (ns[state] < all / 1000 || all <= 0)
			continue;
		strbuf__printf(&p->body, "%s%s %s", before, state_name(state),
			       units__percent(share, ns[state] / all));
		before = ", ";
	}
	strbuf__puts(&p->body, "</title>\n");
}

/* How many CPUs were used, all in all, over time. */
static void put_curve(struct svg_page *p, size_t ncpus)
{
	const struct picture *picture = p->picture;
	struct strip *strip = malloc(sizeof(*strip));
	uint64_t from, to;
	char name[48];
	size_t column, i;

	if (!strip) {
		p->body.failed = true;
		return;
	}
	strip__init(strip, CURVE);
	for (column = 0; column < STRIP_COLUMNS; column++) {
		double ns[LANE_STATES] = {0}, looks[STRIP_KINDS] = {0};

		svg__column(p, column, &from, &to);
		for (i = 0; i < picture->ncpus; i++)
			if (picture->cpus[i])
				lane__sum(picture->cpus[i], from, to, ns);
		add_to_looks(ns, looks);
		for (i = 0; i < LANE_STATES; i++)
			p->cpu_ns[i] += ns[i];
		strip__fill(strip, column, looks, (double)(to - from) * (double)ncpus);
	}
	snprintf(name, sizeof(name), "CPUs used, of %zu", ncpus);
	begin_group(p, name, p->cpu_ns);
	svg__track(p, CURVE, name, 0);
	svg__strip(p, strip, false);
	strbuf__puts(&p->body, "</g>\n");
	p->y += CURVE + SVG_PITCH - SVG_LANE;
	free(strip);
}

static void put_lane(struct svg_page *p, struct lane *lane, const char *name, unsigned int indent,
		     double *all, uint8_t *ids)
{
	double own[LANE_STATES] = {0};
	struct strip strip;
	size_t state;

	strip__init(&strip, SVG_LANE);
	sample(p, lane, &strip, own, ids);
	for (state = 0; state < LANE_STATES && all; state++)
		all[state] += own[state];
	begin_group(p, name, own);
	svg__track(p, SVG_LANE, name, indent);
	svg__strip(p, &strip, false);
	strbuf__puts(&p->body, "</g>\n");
}

void svg__cpus(struct svg_page *p)
{
	const struct picture *picture = p->picture;
	uint8_t ids[STRIP_COLUMNS];
	char name[32];
	size_t i, n = 0;

	for (i = 0; i < picture->ncpus; i++)
		n += picture->cpus[i] != NULL;
	if (!n)
		return;
	svg__heading(p, "CPUs", n > SVG_CPUS ? "too many for a lane each" : NULL);
	put_curve(p, n);
	for (i = 0; i < picture->ncpus && n <= SVG_CPUS; i++) {
		if (!picture->cpus[i])
			continue;
		snprintf(name, sizeof(name), "CPU %zu", i);
		put_lane(p, picture->cpus[i], name, 0, NULL, ids);
		p->y += SVG_PITCH;
	}
}

static struct svg_words thread_words(const void *ctx, unsigned int state)
{
	enum svg_look look = look__of(state);

	(void)ctx;
	if (state == LANE_RUNNING)
		return (struct svg_words){0};
	return (struct svg_words){state_name(state), look == LOOK_SLEEP	    ? "in ink"
						     : look == LOOK_UNKNOWN ? "in page"
									    : "in on"};
}

static void put_thread(struct svg_page *p, size_t i)
{
	const struct model_task *task = p->shown[i]->task;
	uint8_t ids[STRIP_COLUMNS];
	char name[TASK_NAME_LEN + 16];

	snprintf(name, sizeof(name), "%s%s%" PRIu32, task->comm, *task->comm ? " " : "", task->tid);
	put_lane(p, p->shown[i]->lane, name, 14, p->state_ns, ids);
	svg__label(p, p->y, ids, thread_words, NULL);
	svg__path_bar(p, task->tid, p->y);
	if (p->hues[i])
		strbuf__printf(&p->body,
			       "<rect class=\"%s\" x=\"%d\" y=\"%u\" width=\"9\" height=\"9\"/>\n",
			       hue_classes[p->hues[i]], SVG_MARGIN, p->y + 4);
	p->y += SVG_PITCH;
}

/* "Process convoy 4710", "4 of 12 threads" */
static void put_process(struct svg_page *p, uint32_t pid, size_t first)
{
	const struct model_task *leader = p->shown[first]->task;
	size_t i, all = 0, shown = 0;
	char name[TASK_NAME_LEN + 32], more[64], count[UNITS_LEN];

	for (i = 0; i < p->picture->nthreads; i++) {
		const struct model_task *task = p->picture->threads[i].task;

		if (!task || task->pid != pid)
			continue;
		all++;
		if (task->tid == pid)
			leader = task;
	}
	for (i = first; i < p->nshown; i++)
		shown += p->shown[i]->task->pid == pid;
	snprintf(name, sizeof(name), "Process %s%s%" PRIu32, leader->comm, *leader->comm ? " " : "",
		 pid);
	snprintf(more, sizeof(more), "%zu of %s threads", shown, units__count(count, all));
	svg__heading(p, name, shown < all ? more : NULL);
	for (i = first; i < p->nshown; i++)
		if (p->shown[i]->task->pid == pid)
			put_thread(p, i);
}

static bool is_first(const struct svg_page *p, size_t i)
{
	size_t j;

	for (j = 0; j < i; j++)
		if (p->shown[j]->task->pid == p->shown[i]->task->pid)
			return false;
	return true;
}

void svg__threads(struct svg_page *p)
{
	char count[UNITS_LEN], more[64];
	size_t i, all = 0;

	for (i = 0; i < p->picture->nthreads; i++)
		all += p->picture->threads[i].task != NULL;
	for (i = 0; i < p->nshown; i++)
		if (is_first(p, i))
			put_process(p, p->shown[i]->task->pid, i);
	if (all <= p->nshown)
		return;
	all -= p->nshown;
	snprintf(more, sizeof(more), "and %s more thread%s", units__count(count, all),
		 all == 1 ? "" : "s");
	svg__text(&p->body, "small soft", SVG_MARGIN, p->y + 16, more, 60);
	p->y += SVG_PITCH + 4;
}
