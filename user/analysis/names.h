/* SPDX-License-Identifier: GPL-2.0-only */
/* What a sync object is called: by the data symbol it is, or by where it lies. */
#ifndef ANALYSIS_NAMES_H
#define ANALYSIS_NAMES_H

#include <stdint.h>

#include "lib/strbuf.h"
#include "model/entity.h"

struct model;
struct names;
struct site;

/* For use after model__finish; the model must outlive it. Returns NULL when out of memory. */
struct names *names__new(const struct model *model);
void names__free(struct names *n);

/* What else is known of an object: all may be NULL or 0. */
struct name_hints {
	uint64_t stack;		      /* where it was waited for most */
	const struct site *site;      /* of that */
	const struct file_info *file; /* that the memory belongs to */
};

/*
 * Appends the object's name: "registry_lock", "cache+0x40", "stack of worker-1", "heap
 * 0x55d0c2a0 used in worker() a.c:58", "malloc lock". False, and nothing is appended: not known.
 */
bool names__object(struct names *n, const struct sync_object *object,
		   const struct name_hints *hints, struct strbuf *out);

/* True for a lock inside the C library; `stack`: where it was waited for most, 0 = not known. */
bool names__is_libc(const struct names *n, const struct sync_object *object, uint64_t stack);

#endif
