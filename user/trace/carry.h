/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What must be carried along when the beginning of a recording is dropped, so that the rest can be
 * read: of each task that lives, who it is and what it was doing; of each CPU, what ran there; what
 * processes have mapped; and the stacks and files that are told once. In the order of the records
 * but for one thing: those of different streams may come in any order.
 *
 * Memory grows with the tasks and mappings that are there, not with records; what is told once has
 * a bound (see carry__wants_anew).
 */
#ifndef TRACE_CARRY_H
#define TRACE_CARRY_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "bpf/events.h"

struct carry;
struct kept_list;

/* Returns NULL when out of memory. */
struct carry *carry__new(void);
void carry__free(struct carry *c);

/* A record that is dropped, `size` bytes of it in use. Returns 0 or -ENOMEM. */
int carry__see(struct carry *c, unsigned int stream, const union ct_event *ev, size_t size);
/* All of some time has been seen: what it has made void goes. */
void carry__settle(struct carry *c);

/*
 * The records to begin a file with, sorted; they stay valid until the next call of any other
 * function. Free the list in any case. Returns 0 or -ENOMEM.
 */
int carry__give(struct carry *c, struct kept_list *list);

/*
 * True once after things that are told once were forgotten to stay within bounds: they should all
 * be told anew, for they may still be in use.
 */
bool carry__wants_anew(struct carry *c);
/* Losses that the records so far told of, by enum ct_type: CT_LOST_KINDS numbers. */
const uint64_t *carry__lost(const struct carry *c);

#endif
