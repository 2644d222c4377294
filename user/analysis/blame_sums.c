// SPDX-License-Identifier: GPL-2.0-only
#include "analysis/blame_sums.h"

#include <errno.h>
#include <stdlib.h>

#include "analysis/counts.h"
#include "lib/array.h"

#define MAX_STACKS  64 /* sampled, of one pair */
#define FIRST_SLOTS 256

struct blame_sums {
	struct blame_pair *pairs;
	size_t count, size, most;
	uint32_t *slots; /* open addressing: 1 + index of the pair, 0 = free */
	size_t nslots;	 /* a power of two */
};

struct blame_sums *blame_sums__new(size_t most)
{
	struct blame_sums *s = calloc(1, sizeof(*s));

	if (!s)
		return NULL;
	s->most = most;
	s->nslots = FIRST_SLOTS;
	s->slots = calloc(s->nslots, sizeof(*s->slots));
	if (s->slots)
		return s;
	free(s);
	return NULL;
}

void blame_sums__free(struct blame_sums *s)
{
	size_t i;

	if (!s)
		return;
	for (i = 0; i < s->count; i++)
		counts__free(s->pairs[i].samples);
	free(s->pairs);
	free(s->slots);
	free(s);
}

static size_t home(const struct blame_sums *s, uint64_t class, enum blame_root root, uint32_t task)
{
	uint64_t key = (class ^ ((uint64_t)task << 5 | root)) * 0x9e3779b97f4a7c15u;

	return (size_t)(key ^ key >> 32) & (s->nslots - 1);
}

static uint32_t *find(const struct blame_sums *s, uint64_t class, enum blame_root root,
		      uint32_t task)
{
	size_t at = home(s, class, root, task);

	for (; s->slots[at]; at = (at + 1) & (s->nslots - 1)) {
		const struct blame_pair *p = &s->pairs[s->slots[at] - 1];

		if (p->class == class && p->task == task && p->root == root)
			break;
	}
	return &s->slots[at];
}

static int more_slots(struct blame_sums *s)
{
	uint32_t *old = s->slots;
	size_t i;

	s->slots = calloc(s->nslots * 2, sizeof(*s->slots));
	if (!s->slots) {
		s->slots = old;
		return -ENOMEM;
	}
	s->nslots *= 2;
	for (i = 0; i < s->count; i++)
		*find(s, s->pairs[i].class, s->pairs[i].root, s->pairs[i].task) = (uint32_t)i + 1;
	free(old);
	return 0;
}

/* NULL when out of memory. */
static struct blame_pair *pair_of(struct blame_sums *s, uint64_t class, enum blame_root root,
				  uint32_t task)
{
	uint32_t *slot = find(s, class, root, task);
	struct blame_pair *pairs;

	if (!*slot && s->count >= s->most) {
		/* There are few of these: they may go beyond the bound. */
		class = BLAME_CLASS(BLAME_CAUSE(class), BLAME_NONE);
		task = BLAME_NONE;
		slot = find(s, class, root, task);
	}
	if (*slot)
		return &s->pairs[*slot - 1];
	if (s->count >= s->nslots / 2) {
		if (more_slots(s))
			return NULL;
		slot = find(s, class, root, task);
	}
	pairs = array__reserve(s->pairs, &s->size, s->count, sizeof(*pairs));
	if (!pairs)
		return NULL;
	s->pairs = pairs;
	pairs[s->count] = (struct blame_pair){.class = class, .root = root, .task = task};
	*slot = (uint32_t)++s->count;
	return &pairs[s->count - 1];
}

/*
 * The place that more than half of all belongs to is the one that is left when places cancel each
 * other out (Boyer and Moore's vote, weighted): it takes no memory however many there are.
 */
static void vote(struct blame_pair *p, uint64_t ns, struct blame_site site)
{
	if (!site.stack)
		return;
	if (p->site.stack == site.stack) {
		p->site_lead += ns;
	} else if (p->site_lead >= ns) {
		p->site_lead -= ns;
	} else {
		p->site = site;
		p->site_lead = ns - p->site_lead;
	}
}

int blame_sums__add(struct blame_sums *s, uint64_t class, enum blame_root root, uint32_t task,
		    uint64_t ns, struct blame_site site)
{
	struct blame_pair *p = pair_of(s, class, root, task);

	if (!p)
		return -ENOMEM;
	p->ns += ns;
	vote(p, ns, site);
	return 0;
}

int blame_sums__sample(struct blame_sums *s, uint64_t class, enum blame_root root, uint32_t task,
		       uint64_t stack, uint64_t weight)
{
	struct blame_pair *p = pair_of(s, class, root, task);

	return p ? counts__add(&p->samples, stack, 1, weight, MAX_STACKS) : -ENOMEM;
}

size_t blame_sums__count(const struct blame_sums *s)
{
	return s->count;
}

struct blame_pair *blame_sums__pairs(struct blame_sums *s)
{
	return s->pairs;
}
