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

struct stacks {
	struct u64map *by_id;
	struct chain *all;
	size_t count;
	uint64_t dropped;
};

struct stacks *stacks__new(void)
{
	struct stacks *s = calloc(1, sizeof(*s));

	if (!s)
		return NULL;
	s->by_id = u64map__new();
	if (s->by_id)
		return s;
	free(s);
	return NULL;
}

void stacks__free(struct stacks *s)
{
	struct chain *next;

	if (!s)
		return;
	for (; s->all; s->all = next) {
		next = s->all->next;
		free(s->all);
	}
	u64map__free(s->by_id);
	free(s);
}

int stacks__add(struct stacks *s, const struct ct_stack *stack, const struct model_space *space)
{
	const struct model_stack *known = stacks__find(s, stack->id);
	struct unwind_input in = {.maps = space ? space->maps : NULL,
				  .regs = stack->regs,
				  .bytes = stack->bytes,
				  .len = stack->len};
	struct frame frames[UNWIND_MOST];
	struct chain *chain;
	enum stack_end end;
	size_t n;

	if ((known && known->end == STACK_COMPLETE) || stack->len > CT_STACK_MOST)
		return 0;
	if (s->count == STACKS_MOST) {
		s->dropped++;
		return 0;
	}
	n = in.maps ? unwind__stack(&in, frames, UNWIND_MOST, &end) : 0;
	if (!n || (known && n <= known->nframes && end != STACK_COMPLETE))
		return 0;
	chain = malloc(sizeof(*chain) + n * sizeof(*frames));
	if (!chain || u64map__set(s->by_id, stack->id, chain)) {
		free(chain);
		return -ENOMEM;
	}
	memcpy(chain->frames, frames, n * sizeof(*frames));
	chain->pub = (struct model_stack){
		.id = stack->id,
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

const struct model_stack *stacks__find(const struct stacks *s, uint64_t id)
{
	const struct chain *chain = id ? u64map__get(s->by_id, id) : NULL;

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
