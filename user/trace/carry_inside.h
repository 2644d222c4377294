/* SPDX-License-Identifier: GPL-2.0-only */
/* What the files of carry.h share. Times are those of records. */
#ifndef TRACE_CARRY_INSIDE_H
#define TRACE_CARRY_INSIDE_H

#include "bpf/events.h"
#include "lib/u64map.h"
#include "trace/info.h"
#include "trace/kept.h"

/* Between the orders of two records is room for copies that belong to the first. */
#define RECORD_ORDERS 8
#define INHERITED     4 /* mappings: behind the exec that they belong to */

/* A record at hand. */
struct seen {
	unsigned int stream;
	const union ct_event *ev;
	size_t size;
	uint64_t order;
};

/* --- carry_images.c: what processes have mapped --- */

struct image {
	uint32_t pid;
	uint32_t tasks;	    /* that live */
	uint32_t stacks;    /* told by it, and kept */
	struct kept **maps; /* CT_MAP and CT_RUNTIME, as they came */
	size_t count, size;
};

struct images_of;

struct images_of *images_of__new(void);
void images_of__free(struct images_of *all);
/* One is made if there is none. NULL when out of memory. */
struct image *images_of__get(struct images_of *all, uint32_t pid);
struct image *images_of__find(struct images_of *all, uint32_t pid);
int image__add(struct image *image, const struct seen *s);
/* A new process that begins as a copy of what `parent` (may be NULL) had mapped then. */
int image__inherit(struct image *image, const struct image *parent, const struct seen *fork);
/* One task or stack less: the image goes with the last one. */
void images_of__put(struct images_of *all, struct image *image);
/* What later programs have replaced goes. */
void images_of__settle(struct images_of *all);
/* exec_ns() tells when a process began its program, 0 = not known. */
void images_of__give(struct images_of *all, uint64_t (*exec_ns)(void *ctx, uint32_t pid), void *ctx,
		     struct kept_list *list);

/* --- carry_told.c: stacks, files, Python's code: told once, by id --- */

struct told;

struct told *told__new(struct images_of *images);
void told__free(struct told *t);
int told__add(struct told *t, const struct seen *s, uint64_t id);
void told__give(struct told *t, struct kept_list *list);
/* See carry__wants_anew(). */
bool told__wants_anew(struct told *t);

#endif
