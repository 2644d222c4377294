// SPDX-License-Identifier: GPL-2.0-only
#include "model/stacks.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "lib/u64map.h"
#include "symbol/unwind.h"

struct chain {
	struct model_stack pub;
	struct chain *next;
	struct frame frames[];
};

/* A copy whose image was not known when it came: what a process had all along is told later. */
struct waiting {
	const struct model_space *space;
	struct unwind_input copy;
	unsigned char bytes[];
};

struct stacks {
	struct u64map *by_id;
	struct chain *all;
	size_t count;
	struct u64map *waiting; /* by id */
	uint64_t dropped;
};

struct stacks *stacks__new(void)
{
	struct stacks *s = calloc(1, sizeof(*s));

	if (!s)
		return NULL;
	s->by_id = u64map__new();
	s->waiting = u64map__new();
	if (s->by_id && s->waiting)
		return s;
	stacks__free(s);
	return NULL;
}

void stacks__free(struct stacks *s)
{
	struct waiting *waiting;
	struct chain *next;
	size_t pos = 0;

	if (!s)
		return;
	while (s->waiting && (waiting = u64map__next(s->waiting, &pos, NULL)))
		free(waiting);
	u64map__free(s->waiting);
	for (; s->all; s->all = next) {
		next = s->all->next;
		free(s->all);
	}
	u64map__free(s->by_id);
	free(s);
}

static int keep_for_later(struct stacks *s, uint64_t id, const struct unwind_input *copy,
			  const struct model_space *space)
{
	struct waiting *waiting;

	if (u64map__size(s->waiting) == STACKS_WAITING || u64map__get(s->waiting, id))
		return 0;
	waiting = malloc(sizeof(*waiting) + copy->len);
	if (!waiting || u64map__set(s->waiting, id, waiting)) {
		free(waiting);
		return -ENOMEM;
	}
	waiting->space = space;
	waiting->copy = *copy;
	waiting->copy.bytes = waiting->bytes;
	memcpy(waiting->bytes, copy->bytes, copy->len);
	return 0;
}

static int resolve(struct stacks *s, uint64_t id, const struct unwind_input *in,
		   const struct model_space *space)
{
	const struct model_stack *known = u64map__get(s->by_id, id);
	struct frame frames[UNWIND_MOST];
	struct chain *chain;
	enum stack_end end;
	size_t n = unwind__stack(in, frames, UNWIND_MOST, &end);

	if (!n || (known && n <= known->nframes && end != STACK_COMPLETE))
		return 0;
	chain = malloc(sizeof(*chain) + n * sizeof(*frames));
	if (!chain || u64map__set(s->by_id, id, chain)) {
		free(chain);
		return -ENOMEM;
	}
	memcpy(chain->frames, frames, n * sizeof(*frames));
	chain->pub = (struct model_stack){
		.id = id,
		.index = known ? known->index : (uint32_t)s->count,
		.space = space->id,
		.frames = chain->frames,
		.nframes = n,
		.end = end,
	};
	s->count += !known;
	chain->next = s->all;
	s->all = chain;
	return 0;
}

int stacks__add(struct stacks *s, uint64_t id, const struct unwind_input *copy,
		const struct model_space *space)
{
	const struct chain *known = u64map__get(s->by_id, id);
	struct unwind_input in = *copy;

	if ((known && known->pub.end == STACK_COMPLETE) || in.len > CT_STACK_MOST || !space)
		return 0;
	if (s->count == STACKS_MOST) {
		s->dropped++;
		return 0;
	}
	in.maps = space->maps;
	return in.maps ? resolve(s, id, &in, space) : keep_for_later(s, id, &in, space);
}

static struct chain *new_chain(struct stacks *s, uint64_t id, uint32_t space, size_t n)
{
	struct chain *chain = malloc(sizeof(*chain) + n * sizeof(struct frame));

	if (!chain || u64map__set(s->by_id, id, chain)) {
		free(chain);
		return NULL;
	}
	chain->pub = (struct model_stack){.id = id,
					  .index = (uint32_t)s->count++,
					  .space = space,
					  .frames = chain->frames,
					  .nframes = n};
	chain->next = s->all;
	s->all = chain;
	return chain;
}

static bool is_full(struct stacks *s)
{
	if (s->count < STACKS_MOST)
		return false;
	s->dropped++;
	return true;
}

int stacks__add_frames(struct stacks *s, uint64_t id, uint32_t space, const struct frame *frames,
		       size_t n, bool complete)
{
	struct chain *chain;

	if (u64map__get(s->by_id, id) || is_full(s))
		return 0;
	chain = new_chain(s, id, space, n);
	if (!chain)
		return -ENOMEM;
	memcpy(chain->frames, frames, n * sizeof(*frames));
	chain->pub.end = complete ? STACK_COMPLETE : STACK_TRUNCATED;
	return 0;
}

/* How much of the chain comes before the interpreter; 0 if that is not in it. */
static size_t before(const struct model_stack *chain, const struct module *interpreter)
{
	size_t i;

	for (i = 0; chain && interpreter && i < chain->nframes; i++)
		if (chain->frames[i].module == interpreter)
			return i;
	return 0;
}

uint64_t stacks__join(struct stacks *s, uint64_t inner, uint64_t id,
		      const struct module *interpreter)
{
	uint64_t joined = (inner ^ (id << 1 | id >> 63)) * 0x9e3779b97f4a7c15ull;
	const struct model_stack *first, *second;
	struct chain *chain;
	size_t n;

	if (inner && u64map__get(s->by_id, joined))
		return joined;
	second = stacks__find(s, id);
	if (!second)
		return 0;
	first = stacks__find(s, inner);
	n = before(first, interpreter);
	if (!n || is_full(s))
		return id;
	/* Without memory for it the outer part alone is told. */
	chain = new_chain(s, joined, second->space, n + second->nframes);
	if (!chain)
		return id;
	memcpy(chain->frames, first->frames, n * sizeof(struct frame));
	memcpy(chain->frames + n, second->frames, second->nframes * sizeof(struct frame));
	chain->pub.end = second->end;
	return joined;
}

/* Nothing is lost but a name if memory runs out here. */
static void try_again(struct stacks *s, uint64_t id)
{
	const struct waiting *waiting = u64map__get(s->waiting, id);
	struct unwind_input in;

	if (!waiting || !waiting->space->maps || s->count == STACKS_MOST)
		return;
	in = waiting->copy;
	in.maps = waiting->space->maps;
	resolve(s, id, &in, waiting->space);
}

const struct model_stack *stacks__find(struct stacks *s, uint64_t id)
{
	const struct chain *chain = id ? u64map__get(s->by_id, id) : NULL;

	if (!chain && id && u64map__size(s->waiting)) {
		try_again(s, id);
		chain = u64map__get(s->by_id, id);
	}
	return chain ? &chain->pub : NULL;
}

size_t stacks__count(const struct stacks *s)
{
	return s->count;
}

uint64_t stacks__dropped(const struct stacks *s)
{
	return s->dropped;
}
