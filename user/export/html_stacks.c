// SPDX-License-Identifier: GPL-2.0-only
#include "export/html_stacks.h"

#include <errno.h>
#include <inttypes.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "lib/array.h"
#include "lib/strbuf.h"
#include "lib/u64map.h"
#include "model/model.h"
#include "symbol/modules.h"
#include "symbol/plumbing.h"

#define MOST_STACKS 65536
#define MOST_LEAVES 65536
#define MOST_FRAMES 128 /* of one chain; the outer ones are left out */

/* A frame and its levels, told apart by where it is. */
struct place_seen {
	const struct module *module;
	uint64_t address;
	uint32_t first, n; /* of its levels in "frames" */
};

struct stacks_seen {
	const struct model *model;
	struct u64map *known; /* stack id to 1 + index in stack[] */
	uint64_t *stack;
	size_t n, room;
	struct u64map *leaf_known; /* hash to 1 + index in leaf[] */
	struct frame *leaf;
	size_t nleaves, leaves_room;
	/* While they are written: */
	struct u64map *places; /* hash to 1 + index in place[] */
	struct place_seen *place;
	size_t nplaces, places_room;
	uint32_t nframes;
	struct strbuf text;
	bool failed;
};

struct stacks_seen *stacks_seen__new(const struct model *model)
{
	struct stacks_seen *s = calloc(1, sizeof(*s));

	if (!s)
		return NULL;
	s->model = model;
	s->known = u64map__new();
	s->places = u64map__new();
	s->leaf_known = u64map__new();
	if (s->known && s->places && s->leaf_known)
		return s;
	stacks_seen__free(s);
	return NULL;
}

void stacks_seen__free(struct stacks_seen *s)
{
	if (!s)
		return;
	u64map__free(s->known);
	u64map__free(s->places);
	u64map__free(s->leaf_known);
	free(s->leaf);
	strbuf__free(&s->text);
	free(s->stack);
	free(s->place);
	free(s);
}

uint64_t stacks_seen__id(struct stacks_seen *s, uint64_t stack)
{
	uint64_t id = stack ? (uintptr_t)u64map__get(s->known, stack) : 0, *grown;

	if (!stack || id || s->n == MOST_STACKS)
		return id;
	grown = array__reserve(s->stack, &s->room, s->n, sizeof(*grown));
	if (grown)
		s->stack = grown;
	if (!grown || u64map__set(s->known, stack, (void *)(uintptr_t)(s->n + 1))) {
		s->failed = true;
		return 0;
	}
	grown[s->n] = stack;
	return ++s->n;
}

static uint64_t address_of(const struct frame *frame)
{
	return frame->module ? frame->address : frame->ip;
}

static uint64_t key_of(const struct frame *frame)
{
	return (address_of(frame) ^ (uintptr_t)frame->module) * 0x9e3779b97f4a7c15ULL;
}

uint64_t stacks_seen__leaf(struct stacks_seen *s, const struct frame *frame)
{
	size_t id = (uintptr_t)u64map__get(s->leaf_known, key_of(frame));
	struct frame *grown;

	if (id && s->leaf[id - 1].module == frame->module &&
	    address_of(&s->leaf[id - 1]) == address_of(frame))
		return id;
	if (s->nleaves == MOST_LEAVES)
		return 0;
	grown = array__reserve(s->leaf, &s->leaves_room, s->nleaves, sizeof(*grown));
	if (grown)
		s->leaf = grown;
	if (!grown ||
	    u64map__set(s->leaf_known, key_of(frame), (void *)(uintptr_t)(s->nleaves + 1))) {
		s->failed = true;
		return 0;
	}
	grown[s->nleaves] = *frame;
	return ++s->nleaves;
}

static void put_text(struct stacks_seen *s, FILE *out, const char *text)
{
	strbuf__reset(&s->text);
	strbuf__add_json(&s->text, text ? text : "", text ? strlen(text) : 0);
	fputs(strbuf__text(&s->text), out);
}

static void put_level(struct stacks_seen *s, FILE *out, const struct frame *frame,
		      const struct place *place)
{
	fputs(s->nframes++ ? ",\n[" : "[", out);
	put_text(s, out, place->function);
	fprintf(out, ",%d,", place->exported_only);
	put_text(s, out, place->file);
	fprintf(out, ",%u,", place->line);
	put_text(s, out, frame->module ? module__name(frame->module) : NULL);
	fprintf(out, ",\"0x%" PRIx64 "\"]", frame->module ? frame->address : frame->ip);
}

static const struct place_seen *add_place(struct stacks_seen *s, FILE *out,
					  const struct frame *frame, uint64_t address)
{
	struct place levels[LEVELS_MOST] = {{0}};
	size_t i, n = frame__levels(frame, levels);
	struct place_seen *grown;

	grown = array__reserve(s->place, &s->places_room, s->nplaces, sizeof(*grown));
	if (!grown) {
		s->failed = true;
		return NULL;
	}
	s->place = grown;
	n = n ? n : 1; /* no mapping is known there: the address alone */
	grown = &s->place[s->nplaces++];
	*grown = (struct place_seen){
		.module = frame->module, .address = address, .first = s->nframes, .n = (uint32_t)n};
	for (i = 0; i < n; i++)
		put_level(s, out, frame, &levels[i]);
	return grown;
}

/* The frame's levels, written when they are first met. */
static const struct place_seen *find_place(struct stacks_seen *s, FILE *out,
					   const struct frame *frame)
{
	uint64_t address = address_of(frame), key = key_of(frame);
	const struct place_seen *place;
	size_t index = (uintptr_t)u64map__get(s->places, key);

	if (index) {
		place = &s->place[index - 1];
		if (place->module == frame->module && place->address == address)
			return place;
	}
	place = add_place(s, out, frame, address);
	/* One that another takes the place of is merely written again. */
	if (place && u64map__set(s->places, key, (void *)(uintptr_t)s->nplaces))
		s->failed = true;
	return place;
}

/* The indices of its levels. */
static void add_frame(struct stacks_seen *s, FILE *out, const struct frame *frame,
		      struct strbuf *list, const char *separator)
{
	const struct place_seen *place = find_place(s, out, frame);
	uint32_t level;

	for (level = 0; place && level < place->n; level++, separator = ",")
		strbuf__printf(list, "%s%u", separator, place->first + level);
}

static void add_stack(struct stacks_seen *s, FILE *out, uint64_t id, struct strbuf *list)
{
	const struct model_stack *stack = model__stack(s->model, id);
	size_t i, n = stack ? stack->nframes : 0;

	strbuf__printf(list, "[%d", stack && stack->end == STACK_COMPLETE && n <= MOST_FRAMES);
	for (i = 0; i < n && i < MOST_FRAMES && !s->failed; i++)
		add_frame(s, out, &stack->frames[i], list, ",");
	strbuf__puts(list, "]");
}

int stacks_seen__write(struct stacks_seen *s, FILE *out)
{
	struct strbuf list = {0}, leaves = {0};
	size_t i;
	int err;

	fputs("\"frames\": [", out);
	for (i = 0; i < s->n && !s->failed; i++) {
		strbuf__puts(&list, i ? ",\n" : "");
		add_stack(s, out, s->stack[i], &list);
	}
	for (i = 0; i < s->nleaves && !s->failed; i++) {
		strbuf__puts(&leaves, i ? ",\n[" : "[");
		add_frame(s, out, &s->leaf[i], &leaves, "");
		strbuf__puts(&leaves, "]");
	}
	fprintf(out, "],\n\"stacks\": [%s],\n\"leaves\": [%s]", strbuf__text(&list),
		strbuf__text(&leaves));
	err = s->failed || strbuf__failed(&list) || strbuf__failed(&leaves) ||
			      strbuf__failed(&s->text)
		      ? -ENOMEM
		      : 0;
	strbuf__free(&list);
	strbuf__free(&leaves);
	return err;
}
