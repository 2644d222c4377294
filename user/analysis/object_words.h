/* SPDX-License-Identifier: GPL-2.0-only */
/* What the table sync calls an object, for analyses that finish after it. */
#ifndef ANALYSIS_OBJECT_WORDS_H
#define ANALYSIS_OBJECT_WORDS_H

#include <stdint.h>

#include "lib/strbuf.h"

struct model;
struct object_words;
struct report;

/* Both must outlive it. Returns NULL when out of memory. */
struct object_words *object_words__new(const struct model *model, const struct report *report);
void object_words__free(struct object_words *w);
/* Appends "mutex registry_lock"; kind and address of one that the table does not tell. */
void object_words__add(const struct object_words *w, uint32_t object, struct strbuf *out);

#endif
