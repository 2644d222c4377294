// SPDX-License-Identifier: GPL-2.0-only
/* The lanes of locks and other objects: who held it while others waited, and how many did. */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "export/svg_page.h"
#include "export/text_crowd.h"
#include "export/text_hold.h"
#include "export/text_picture.h"
#include "lib/units.h"
#include "model/entity.h"
#include "report/report.h"
#include "report/words.h"

#define WAITERS 16   /* their curve's height */
#define MOST	0.95 /* of a column: then that is who held it */
#define LEAST	0.01 /* of the time that is shown: less is not worth a lane */

static const struct lock_lane *lock_of(const struct svg_page *p, const struct report_table *sync,
				       size_t row)
{
	uint64_t id = (uint64_t)table__int(sync, row, "id");
	const struct lock_lane *lock = id < p->picture->nlocks ? &p->picture->locks[id] : NULL;

	return lock && (lock->holders || lock->waiting) ? lock : NULL;
}

static bool holds(const struct svg_page *p, const struct model_task *task)
{
	size_t i, j;

	for (i = 0; i < p->nlocks; i++)
		for (j = 0; j < p->locks[i]->nslots; j++)
			if (p->locks[i]->slots[j] == task)
				return true;
	return false;
}

static bool matters(const struct svg_page *p, const struct lock_lane *lock)
{
	double waited = lock->waiting ? crowd__sum(lock->waiting, 0, p->span_ns) : 0;

	return waited > LEAST * (double)p->span_ns;
}

/* The page's colour of a holder, as long as no other has it here; then any that is left. */
static void choose_hues(struct svg_page *p)
{
	bool taken[HUES] = {false};
	unsigned int hue, k;
	size_t i;

	for (i = 0; i < p->nshown; i++) {
		if (!holds(p, p->shown[i]->task))
			continue;
		hue = p->shown[i]->task->id % HUES;
		for (k = 0; k < HUES && taken[hue]; k++)
			hue = (hue + 1) % HUES;
		taken[hue] = true;
		p->hues[i] = (uint8_t)(HUE_FIRST + hue);
	}
}

/*
 * First what was held; the threads' own lanes tell about the rest as well. The report has both in
 * the order of the time that threads waited for them.
 */
void svg__choose_locks(struct svg_page *p)
{
	const struct report_table *sync = report__find(p->report, "sync");
	unsigned int held;
	size_t row;

	for (held = 2; held-- > 0;) {
		for (row = 0; row < table__rows(sync) && p->nlocks < SVG_LOCKS; row++) {
			const struct lock_lane *lock = lock_of(p, sync, row);

			if (!lock || !matters(p, lock) || (lock->holders != NULL) != held)
				continue;
			p->lock_rows[p->nlocks] = row;
			p->locks[p->nlocks++] = lock;
		}
	}
	choose_hues(p);
}

/* The colour of a slot of the lane of holders. */
static unsigned int hue_of(const struct svg_page *p, const struct lock_lane *lock, size_t slot)
{
	size_t i;

	if (slot == HOLD_UNKNOWN)
		return HUE_UNKNOWN;
	for (i = 0; i < p->nshown && slot < lock->nslots; i++)
		if (p->shown[i]->task == lock->slots[slot])
			return p->hues[i];
	return HUE_ANOTHER;
}

static struct svg_words holder_words(const void *ctx, unsigned int slot)
{
	const struct lock_lane *lock = ctx;

	if (slot == HOLD_UNKNOWN)
		return (struct svg_words){"holder not known", "in page"};
	return (struct svg_words){slot < lock->nslots ? lock->slots[slot]->comm : "another thread",
				  "in on"};
}

static void put_holders(struct svg_page *p, const struct lock_lane *lock)
{
	uint8_t ids[STRIP_COLUMNS];
	struct strip strip;
	uint64_t from, to;
	size_t column, slot;

	strip__init(&strip, SVG_LANE);
	for (column = 0; column < STRIP_COLUMNS; column++) {
		double ns[LANE_STATES] = {0}, hues[STRIP_KINDS] = {0};

		svg__column(p, column, &from, &to);
		lane__sum(lock->holders, from, to, ns);
		ids[column] = SVG_MIXED;
		for (slot = 0; slot < LANE_STATES; slot++) {
			hues[hue_of(p, lock, slot)] += ns[slot];
			if (ns[slot] > MOST * (double)(to - from))
				ids[column] = (uint8_t)slot;
		}
		strip__fill(&strip, column, hues, (double)(to - from));
	}
	svg__strip(p, &strip, true);
	svg__label(p, p->y, ids, holder_words, lock);
}

/* Threads that waited, on average over a column; `most` of them are the curve's top. */
static void put_waiters(struct svg_page *p, const struct lock_lane *lock, enum svg_look look,
			double most)
{
	struct strip strip;
	uint64_t from, to;
	size_t column;

	strip__init(&strip, WAITERS);
	for (column = 0; column < STRIP_COLUMNS; column++) {
		double ns[STRIP_KINDS] = {0};

		svg__column(p, column, &from, &to);
		ns[look] = crowd__sum(lock->waiting, from, to) / most;
		strip__fill(&strip, column, ns, (double)(to - from));
	}
	svg__strip(p, &strip, false);
}

static double most_waiters(const struct svg_page *p, const struct lock_lane *lock)
{
	double n, most = 1;
	uint64_t from, to;
	size_t column;

	for (column = 0; column < STRIP_COLUMNS; column++) {
		svg__column(p, column, &from, &to);
		n = crowd__sum(lock->waiting, from, to) / (double)(to - from);
		most = n > most ? n : most;
	}
	return ceil(most - 0.005);
}

static enum svg_look look_of_kind(const char *kind)
{
	unsigned int cause;

	for (cause = 0; cause < CAUSE_COUNT; cause++)
		if (kind && !strcmp(kind, cause__name((enum cause)cause)))
			return look__of(cause);
	return LOOK_PARTNER;
}

static void put_lock(struct svg_page *p, const struct report_table *sync, size_t i)
{
	const struct lock_lane *lock = p->locks[i];
	size_t row = p->lock_rows[i];
	struct strbuf name = {0};
	char waiting[48];
	double most;

	words__object(&name, sync, row);
	strbuf__puts(&p->body, "<g><title>");
	svg__escape(&p->body, strbuf__text(&name), 100);
	strbuf__puts(&p->body, "</title>\n");
	if (lock->holders) {
		svg__track(p, SVG_LANE, strbuf__text(&name), 0);
		put_holders(p, lock);
		p->y += SVG_LANE + 2;
	}
	if (lock->waiting) {
		most = most_waiters(p, lock);
		snprintf(waiting, sizeof(waiting), "waiting, of %.0f", most);
		svg__track(p, WAITERS, lock->holders ? waiting : strbuf__text(&name),
			   lock->holders ? 15 : 0);
		put_waiters(p, lock, look_of_kind(table__text(sync, row, "kind")), most);
		p->y += WAITERS + 2;
	}
	strbuf__puts(&p->body, "</g>\n");
	p->body.failed |= strbuf__failed(&name);
	p->y += SVG_PITCH - SVG_LANE;
	strbuf__free(&name);
}

void svg__locks(struct svg_page *p)
{
	const struct report_table *sync = report__find(p->report, "sync");
	char count[UNITS_LEN], more[64];
	size_t row, i, all = 0;

	if (!p->nlocks)
		return;
	for (row = 0; row < table__rows(sync); row++)
		all += lock_of(p, sync, row) != NULL;
	snprintf(more, sizeof(more), "and %s more", units__count(count, all - p->nlocks));
	svg__heading(p, "Locks and other objects that threads waited for",
		     all > p->nlocks ? more : NULL);
	for (i = 0; i < p->nlocks; i++)
		put_lock(p, sync, i);
}
