/* SPDX-License-Identifier: GPL-2.0-only */
/* Call chains by the id that records refer to: unwound when they come, the copy is not kept. */
#ifndef MODEL_STACKS_H
#define MODEL_STACKS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "model/entity.h"

struct stacks;
struct unwind_input;

struct stacks *stacks__new(void); /* NULL when out of memory */
void stacks__free(struct stacks *s);
/*
 * Unwinds with what is mapped now; copy->maps is not used. A second one of the same id is ignored,
 * unless the first was incomplete. Returns 0 or -ENOMEM. More than STACKS_MOST are not kept, and
 * counted.
 */
#define STACKS_MOST 200000
int stacks__add(struct stacks *s, uint64_t id, const struct unwind_input *copy,
		const struct model_space *space);
/* One whose frames are known. As above. */
int stacks__add_frames(struct stacks *s, uint64_t id, uint32_t space, const struct frame *frames,
		       size_t n, bool complete);
/*
 * The chain `inner` up to where the interpreter begins, and then `id`, the chain of what it runs.
 * Returns the id of both together: that of `id` if nothing of `inner` is kept, 0 if `id` is not
 * known.
 */
uint64_t stacks__join(struct stacks *s, uint64_t inner, uint64_t id,
		      const struct module *interpreter);
/* Stacks of an image of which nothing is known yet are unwound when asked for: at most so many. */
#define STACKS_WAITING 1000
const struct model_stack *stacks__find(struct stacks *s, uint64_t id);
size_t stacks__count(const struct stacks *s);
/* Those beyond STACKS_MOST. */
uint64_t stacks__dropped(const struct stacks *s);

#endif
