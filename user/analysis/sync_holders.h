/* SPDX-License-Identifier: GPL-2.0-only */
/* The part of the report on sync objects that tells who held them, and how they changed hands. */
#ifndef ANALYSIS_SYNC_HOLDERS_H
#define ANALYSIS_SYNC_HOLDERS_H

#include <stddef.h>
#include <stdint.h>

struct model;
struct report;
struct report_table;

/* Adds the table sync.holders; sync must be there. */
struct report_table *sync_holders__add_table(struct report *report);

/*
 * Fills what is known of one object: rows of `holders`, at most `most`, and in its own row
 * confidence, handoff.* and other_holders.*.
 */
void sync_holders__set(const struct model *model, uint32_t object, struct report_table *objects,
		       size_t row, struct report_table *holders, size_t most);

#endif
