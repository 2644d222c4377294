// SPDX-License-Identifier: GPL-2.0-only
#include <string.h>

#include "export/text_canvas.h"
#include "export/text_crowd.h"
#include "export/text_fair.h"
#include "export/text_hold.h"

#define FREE	LANE_STATES /* a state more: nobody held it while others waited */
#define HOLDERS (LANE_STATES + 1)

static char holder_letter(const struct canvas *c, const struct lock_lane *lock, uint64_t from,
			  uint64_t to, double *owed)
{
	double ns[HOLDERS] = {0}, held = 0;
	size_t state;
	char key = 0;

	lane__sum(lock->holders, from, to, ns);
	for (state = 0; state < LANE_STATES; state++)
		held += ns[state];
	if (held < (double)(to - from))
		ns[FREE] = (double)(to - from) - held;
	state = fair__choose(ns, owed, HOLDERS);
	if (state >= FREE)
		return '.';
	if (state == HOLD_UNKNOWN)
		return '?';
	if (state < lock->nslots)
		key = canvas__key(c, lock->slots[state]);
	return key ? key : '*';
}

/* Threads that waited on average, begun ones counted. */
static char waiting_letter(const struct lock_lane *lock, uint64_t from, uint64_t to)
{
	double n = crowd__sum(lock->waiting, from, to) / (double)(to - from);

	if (n < 0.005)
		return '.';
	return n > 8 ? '9' : (char)('1' + (int)(n - 0.005));
}

static void put_lane(struct text_out *o, const struct canvas *c, const struct lock_lane *lock,
		     bool holders)
{
	double owed[HOLDERS] = {0};
	size_t column;

	text_out__pad(o, 2 + c->label + 2);
	for (column = 0; column < c->columns; column++) {
		uint64_t from = column * c->step_ns, to = from + c->step_ns;

		to = to < c->span_ns ? to : c->span_ns;
		letters__put(o,
			     holders ? holder_letter(c, lock, from, to, owed)
				     : waiting_letter(lock, from, to),
			     c->wish->unicode);
	}
	text_out__end(o);
}

static void put_words(struct text_out *o, const struct canvas *c, const char *words)
{
	if (o->width + 2 + strlen(words) > c->wish->width) {
		text_out__end(o);
		text_out__pad(o, 4);
	}
	text_out__printf(o, "  %s", words);
}

void lock_rows__put(struct text_out *o, const struct canvas *c)
{
	static const struct lock_lane never;
	size_t i;

	if (!c->wish->nlocks)
		return;
	text_out__end(o);
	text_out__heading(o, "LOCKS");
	put_words(o, c, "A-Z thread that holds it");
	put_words(o, c, "* another");
	put_words(o, c, "? not known");
	put_words(o, c, "1-9 threads waiting, on average");
	text_out__end(o);
	for (i = 0; i < c->wish->nlocks; i++) {
		const struct picture_lock *wanted = &c->wish->locks[i];
		const struct lock_lane *lock =
			wanted->id < c->picture->nlocks ? &c->picture->locks[wanted->id] : &never;

		text_out__printf(o, "  ");
		text_out__name(o, wanted->name, c->label);
		if (lock->holders) {
			put_lane(o, c, lock, true);
			text_out__printf(o, "    waiting");
		}
		if (lock->waiting)
			put_lane(o, c, lock, false);
		else
			text_out__end(o);
	}
}
