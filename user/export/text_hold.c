// SPDX-License-Identifier: GPL-2.0-only
#include "export/text_hold.h"

#include <errno.h>

#include "export/text_crowd.h"

/* First come, first told apart. */
static unsigned int slot_of(struct lock_lane *lock, const struct model_task *holder)
{
	unsigned int i;

	if (!holder)
		return HOLD_UNKNOWN;
	for (i = 0; i < lock->nslots; i++)
		if (lock->slots[i] == holder)
			return i;
	if (lock->nslots == HOLD_SLOTS)
		return HOLD_OTHER;
	lock->slots[lock->nslots++] = holder;
	return i;
}

int lock_lane__wait(struct lock_lane *lock, uint64_t start_ns, uint64_t end_ns,
		    unsigned int buckets)
{
	if (!lock->waiting)
		lock->waiting = crowd__new(buckets);
	if (!lock->waiting)
		return -ENOMEM;
	crowd__add(lock->waiting, start_ns, end_ns);
	return 0;
}

int lock_lane__hold(struct lock_lane *lock, const struct model_task *holder, uint64_t start_ns,
		    uint64_t end_ns, unsigned int buckets)
{
	if (!lock->holders)
		lock->holders = lane__new(buckets);
	if (!lock->holders)
		return -ENOMEM;
	/* A lane wants its times in order; readers may overlap. */
	start_ns = start_ns > lock->end_ns ? start_ns : lock->end_ns;
	if (start_ns >= end_ns)
		return 0;
	lane__add(lock->holders, slot_of(lock, holder), start_ns, end_ns);
	lock->end_ns = end_ns;
	return 0;
}

void lock_lane__clear(struct lock_lane *lock)
{
	lane__free(lock->holders);
	crowd__free(lock->waiting);
}
