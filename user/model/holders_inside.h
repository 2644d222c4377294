/* SPDX-License-Identifier: GPL-2.0-only */
/* What the files of holders*.c call of each other. */
#ifndef MODEL_HOLDERS_INSIDE_H
#define MODEL_HOLDERS_INSIDE_H

#include "model/holders_task.h"

/* holders.c: what is kept of the task; NULL when out of memory. */
struct hold_task *hold__task(struct model *m, struct task *task);

/* holders_phase.c: the evidence; each tells what has become certain by it. */
/* A task blocks on it that did not before. */
void hold__resume(struct model *m, struct hold *hold, struct task *task, uint64_t ts);
void hold__owner_seen(struct model *m, struct hold *hold, struct task *task, uint64_t ts,
		      enum confidence confidence);
void hold__readers_seen(struct model *m, struct hold *hold, uint64_t ts);
void hold__released(struct model *m, struct hold *hold, struct task *by, uint64_t ts,
		    uint64_t stack);
/* Released, but by whom is not known; or its holder cannot have it any more. */
void hold__let_go(struct model *m, struct hold *hold, uint64_t ts, enum confidence confidence);
/* The kernel gave it to the task, right after the release. */
void hold__handed(struct model *m, struct hold *hold, struct task *task, uint64_t ts);
/* The last sleeper was woken, but not by a release: the next release will not be seen. */
void hold__doubt(struct model *m, struct hold *hold, uint64_t ts);
/* Who released it last has lived through some more: tells what would be forgotten. */
void hold__goes_on(struct model *m, struct hold *hold, uint64_t ts);
/* A waiter is back on a CPU. */
void hold__tries(struct model *m, struct hold *hold, struct task *task, uint64_t ts);
/* The task blocks on something else: it is past where it may have been the next owner. */
void hold__came_through(struct model *m, struct task *task);
/* Tells all that is left up to `ts`; then nothing more is known. */
void hold__close(struct model *m, struct hold *hold, uint64_t ts);
/* The last waiter has gone for good: the same, at hold->quiet. */
void hold__quieten(struct model *m, struct hold *hold);

/* holders_time.c */
/* Tells that `task` (NULL = nobody known) held during the span, and counts it. */
void hold__tell(struct model *m, struct hold *hold, struct task *task, struct span span,
		enum confidence confidence, uint64_t release_stack);
/* The same of the current holder; its time up to hold->counted is in the sums already. */
void hold__tell_held(struct model *m, struct hold *hold, uint64_t end, enum confidence confidence,
		     uint64_t release_stack);
/* Becomes the holder from `since` on, which may be in the past. */
void hold__begin(struct model *m, struct hold *hold, struct task *task, uint64_t since,
		 enum confidence confidence);
/* It is `task` whose time is of interest from now on; NULL = nobody's. */
void hold__list(struct hold *hold, struct task *task);

/* holders_past.c: who ran when, as far as it is remembered. */
/* When the task first ran at `from` or later; `until` if not before. */
uint64_t past__ran_since(const struct task *task, uint64_t from, uint64_t until);
/* Until when the task, which ran at `from`, has run on without a break; at most `until`. */
uint64_t past__runs_until(const struct task *task, uint64_t from, uint64_t until);
/* Since when the task has not been blocked, as far as is remembered; `until` if not even then. */
uint64_t past__unblocked_since(const struct task *task, uint64_t until);
/*
 * Of those who are known to take the object, who had it at `from` if anybody had, and until when
 * that can be said (*end, at most `until`): who alone ran; or, if nobody did, the one `before` if
 * it waited for a CPU; or, of several, that one. NULL if that does not tell.
 */
struct task *past__probable(const struct hold *hold, struct task *before, uint64_t from,
			    uint64_t until, uint64_t *end);
/* Calls `add` for each stretch of the task's time in the span, in order, none left out. */
void past__each(const struct task *task, struct span span,
		void (*add)(void *ctx, const struct hold_past *part), void *ctx);

/* holders_sums.c */
struct hold_sum *hold__sum(struct model *m, struct hold *hold, struct task *task);
/* Adds a stretch, which lies in the window. */
void hold__add(struct model *m, struct hold_sum *sum, const struct hold_past *part);
void hold__handoff(struct model *m, struct hold *hold, uint64_t ns);
/* The longest holders first. */
void hold__sort(struct model *m, struct hold *hold);
void hold__free(struct hold *hold);

/* holders_graph.c */
/* The task has blocked. */
void hold__stuck(struct model *m, struct task *task, const struct ct_hdr *h);
/* Who waits for whom at the end. */
void hold__circles(struct model *m);

#endif
