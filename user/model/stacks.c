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
	struct ct_regs regs;
	uint64_t len;
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

static int keep_for_later(struct stacks *s, const struct ct_stack *stack,
			  const struct model_space *space)
{
	struct waiting *waiting;

	if (u64map__size(s->waiting) == STACKS_WAITING || u64map__get(s->waiting, stack->id))
		return 0;
	waiting = malloc(sizeof(*waiting) + stack->len);
	if (!waiting || u64map__set(s->waiting, stack->id, waiting)) {
		free(waiting);
		return -ENOMEM;
	}
	waiting->space = space;
	waiting->regs = stack->regs;
	waiting->len = stack->len;
	memcpy(waiting->bytes, stack->bytes, stack->len);
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

int stacks__add(struct stacks *s, const struct ct_stack *stack, const struct model_space *space)
{
	const struct chain *known = u64map__get(s->by_id, stack->id);
	struct unwind_input in = {.maps = space ? space->maps : NULL,
				  .regs = stack->regs,
				  .bytes = stack->bytes,
				  .len = stack->len};

	if ((known && known->pub.end == STACK_COMPLETE) || stack->len > CT_STACK_MOST || !space)
		return 0;
	if (s->count == STACKS_MOST) {
		s->dropped++;
		return 0;
	}
	return in.maps ? resolve(s, stack->id, &in, space) : keep_for_later(s, stack, space);
}

/* Nothing is lost but a name if memory runs out here. */
static void try_again(struct stacks *s, uint64_t id)
{
	const struct waiting *waiting = u64map__get(s->waiting, id);
	struct unwind_input in;

	if (!waiting || !waiting->space->maps || s->count == STACKS_MOST)
		return;
	in = (struct unwind_input){.maps = waiting->space->maps,
				   .regs = waiting->regs,
				   .bytes = waiting->bytes,
				   .len = waiting->len};
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
