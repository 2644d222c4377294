// SPDX-License-Identifier: GPL-2.0-only
#include "export/perfetto_chains.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "export/perfetto_define.h"
#include "export/perfetto_fields.h"
#include "lib/array.h"
#include "lib/u64map.h"
#include "model/model.h"
#include "symbol/modules.h"
#include "symbol/plumbing.h"

/* Fields of messages that only this file writes: see perfetto_fields.h. */
enum {
	FRAME_FUNCTION_NAME_ID = 2,
	FRAME_MAPPING_ID = 3,
	FRAME_REL_PC = 4,
	FRAME_SOURCE_PATH_IID = 5,
	FRAME_LINE_NUMBER = 6,
	CALLSTACK_FRAME_IDS = 2, /* not packed: Perfetto's reader does not take that */
	MAPPING_PATH_STRING_IDS = 7,
	LOCATION_FILE_NAME = 2,
	LOCATION_FUNCTION_NAME = 3,
	LOCATION_LINE_NUMBER = 4,
};

#define MOST_CHAINS 65536
#define MOST_PROBES 64
#define MOST_FRAMES (1u << 18) /* different ones */

/* Perfetto takes id 1 for "no stack was asked for". */
#define FIRST_CALLSTACK 2
/* Frames, mappings and functions: what is not known, the kernel, and then the program's. */
#define UNKNOWN 1
#define KERNEL	2

struct chain {
	uint64_t stack;	   /* 0 = not known */
	struct frame leaf; /* a sample's; ip 0 = none */
	bool kernel;	   /* a sample's: called from the leaf */
	bool site;	   /* is asked for */
};

struct chains {
	const struct model *model;
	struct u64map *known; /* hash to 1 + index in chain[] */
	struct chain *chain;  /* the first one is for what is not known */
	size_t n, room;
	bool failed;
	/* While they are written: */
	struct define *define;
	struct u64map *mappings, *texts; /* to ids; see id_of() */
	struct u64map **frames;		 /* by mapping: of the address, to levels_of() */
	size_t nmappings;
	uint64_t nframes;
	uint64_t *ids; /* of the frames of one chain */
	size_t ids_room;
};

struct chains *chains__new(const struct model *model)
{
	struct chains *c = calloc(1, sizeof(*c));

	if (!c)
		return NULL;
	c->model = model;
	c->known = u64map__new();
	c->chain = array__reserve(NULL, &c->room, 0, sizeof(*c->chain));
	c->n = 1;
	if (c->known && c->chain)
		return c;
	chains__free(c);
	return NULL;
}

void chains__free(struct chains *c)
{
	size_t i;

	if (!c)
		return;
	for (i = 0; i < c->nmappings; i++)
		u64map__free(c->frames[i]);
	free(c->frames);
	free(c->ids);
	u64map__free(c->known);
	u64map__free(c->mappings);
	u64map__free(c->texts);
	free(c->chain);
	free(c);
}

static uint64_t mix(uint64_t h, uint64_t value)
{
	h = (h ^ value) * 0x9e3779b97f4a7c15ULL;
	return h ^ h >> 29;
}

static bool is_same(const struct chain *a, const struct chain *b)
{
	return a->stack == b->stack && a->leaf.module == b->leaf.module &&
	       a->leaf.address == b->leaf.address && a->leaf.ip == b->leaf.ip &&
	       a->kernel == b->kernel;
}

static size_t add(struct chains *c, uint64_t hash, const struct chain *chain)
{
	struct chain *grown;

	if (c->n == MOST_CHAINS)
		return 0;
	grown = array__reserve(c->chain, &c->room, c->n, sizeof(*grown));
	if (grown)
		c->chain = grown;
	if (!grown || u64map__set(c->known, hash, (void *)(uintptr_t)(c->n + 1))) {
		c->failed = true;
		return 0;
	}
	grown[c->n] = *chain;
	return c->n++;
}

/* The index in chain[]; 0 if it is not known or there are too many. */
static size_t find(struct chains *c, const struct chain *chain)
{
	uint64_t hash = chain->stack, last;
	size_t index;

	if (chain->leaf.ip)
		hash = mix(mix(mix(hash, (uintptr_t)chain->leaf.module), chain->leaf.ip),
			   chain->leaf.address + chain->kernel);
	else if (!chain->stack)
		return 0;
	/* Chains with the same hash are a matter of ill will: let them have no name. */
	for (last = hash + MOST_PROBES; hash != last; hash++) {
		index = (uintptr_t)u64map__get(c->known, hash);
		if (!index)
			return add(c, hash, chain);
		if (is_same(&c->chain[index - 1], chain))
			return index - 1;
	}
	return 0;
}

uint64_t chains__callstack(struct chains *c, uint64_t stack)
{
	return FIRST_CALLSTACK + find(c, &(struct chain){.stack = stack});
}

uint64_t chains__sample(struct chains *c, const struct model_sample *sample)
{
	return FIRST_CALLSTACK + find(c, &(struct chain){.stack = sample->stack,
							 .leaf = sample->leaf,
							 .kernel = sample->kernel});
}

void chains__put(struct chains *c, struct proto *event, uint64_t stack)
{
	size_t index = find(c, &(struct chain){.stack = stack});

	/* 0 is no id, and the first chain is of no place. */
	if (index)
		proto__uint(event, TRACK_EVENT_SOURCE_LOCATION_IID, index);
	proto__uint(event, TRACK_EVENT_CALLSTACK_IID, FIRST_CALLSTACK + index);
	c->chain[index].site = index != 0;
}

/* The id that the key has in the map; a new one, with *fresh set, if it has none. */
static uint64_t id_of(struct chains *c, struct u64map *map, uint64_t key, bool *fresh)
{
	uint64_t id = (uintptr_t)u64map__get(map, key);

	*fresh = !id;
	if (id)
		return id;
	id = KERNEL + 1 + u64map__size(map);
	if (u64map__set(map, key, (void *)(uintptr_t)id))
		c->failed = true;
	return id;
}

/* A string of the symbol room: told apart by where it lies, for it stays there. 0 for NULL. */
static uint64_t text_id(struct chains *c, uint32_t table, const char *text)
{
	uint64_t id;
	bool fresh;

	if (!text)
		return 0;
	/* One string is not both a function and a file. */
	id = id_of(c, c->texts, (uintptr_t)text, &fresh);
	if (fresh)
		define__text(c->define, table, id, text);
	return id;
}

static void define_mapping(struct chains *c, uint64_t id, const char *path)
{
	struct proto *p;
	size_t mark;

	define__text(c->define, INTERNED_MAPPING_PATHS, id, path);
	p = define__begin(c->define, INTERNED_MAPPINGS, id, &mark);
	proto__uint(p, MAPPING_PATH_STRING_IDS, id);
	define__end(c->define, mark);
}

static uint64_t mapping_id(struct chains *c, const struct module *module)
{
	uint64_t id;
	bool fresh;

	if (!module)
		return UNKNOWN;
	id = id_of(c, c->mappings, (uintptr_t)module, &fresh);
	if (fresh)
		define_mapping(c, id, module__path(module));
	return id;
}

static void define_frame(struct chains *c, uint64_t id, const struct frame *frame,
			 const struct place *place)
{
	uint64_t mapping = mapping_id(c, frame->module), function, file;
	struct proto *p;
	size_t mark;

	/* The nearest exported function may be another than this: better none. */
	function = place->exported_only ? 0 : text_id(c, INTERNED_FUNCTION_NAMES, place->function);
	file = text_id(c, INTERNED_SOURCE_PATHS, place->file);
	p = define__begin(c->define, INTERNED_FRAMES, id, &mark);
	if (function)
		proto__uint(p, FRAME_FUNCTION_NAME_ID, function);
	proto__uint(p, FRAME_MAPPING_ID, mapping);
	proto__uint(p, FRAME_REL_PC, frame->module ? frame->address : frame->ip);
	if (file) {
		proto__uint(p, FRAME_SOURCE_PATH_IID, file);
		proto__uint(p, FRAME_LINE_NUMBER, place->line);
	}
	define__end(c->define, mark);
}

/* The frames of a mapping; NULL when out of memory. */
static struct u64map *frames_of(struct chains *c, uint64_t mapping)
{
	struct u64map **grown =
		array__reserve(c->frames, &c->nmappings, mapping, sizeof(struct u64map *));

	if (!grown)
		return NULL;
	c->frames = grown;
	if (!grown[mapping])
		grown[mapping] = u64map__new();
	return grown[mapping];
}

/* A frame's levels have ids one after the other, the innermost first: the first id, and how many.
 */
static uint64_t pack_levels(uint64_t first, size_t n)
{
	return first << 8 | n;
}

static uint64_t define_levels(struct chains *c, const struct frame *frame)
{
	struct place levels[LEVELS_MOST] = {{0}};
	size_t i, n = frame__levels(frame, levels);
	uint64_t first = KERNEL + 1 + c->nframes;

	n = n ? n : 1; /* no mapping is known there: the address alone */
	if (c->nframes + n > MOST_FRAMES)
		return pack_levels(UNKNOWN, 1);
	c->nframes += n;
	for (i = 0; i < n; i++)
		define_frame(c, first + i, frame, &levels[i]);
	return pack_levels(first, n);
}

static uint64_t levels_of(struct chains *c, const struct frame *frame)
{
	struct u64map *frames = frames_of(c, mapping_id(c, frame->module));
	uint64_t key = frame->module ? frame->address : frame->ip, levels;

	if (!frames) {
		c->failed = true;
		return pack_levels(UNKNOWN, 1);
	}
	levels = (uintptr_t)u64map__get(frames, key);
	if (levels)
		return levels;
	levels = define_levels(c, frame);
	if (levels >> 8 != UNKNOWN && u64map__set(frames, key, (void *)(uintptr_t)levels))
		c->failed = true;
	return levels;
}

/* What is no place in a program, as a frame. */
static void define_other(struct chains *c, uint64_t id, const char *mapping, const char *function)
{
	struct proto *p;
	size_t mark;

	define_mapping(c, id, mapping);
	define__text(c->define, INTERNED_FUNCTION_NAMES, id, function);
	p = define__begin(c->define, INTERNED_FRAMES, id, &mark);
	proto__uint(p, FRAME_FUNCTION_NAME_ID, id);
	proto__uint(p, FRAME_MAPPING_ID, id);
	proto__uint(p, FRAME_REL_PC, 0);
	define__end(c->define, mark);
}

/* Appends the frame's levels to the *n ids. */
static void add_levels(struct chains *c, const struct frame *frame, size_t *n)
{
	uint64_t levels = levels_of(c, frame), *grown;
	size_t i, count = levels & 0xff;

	grown = array__reserve(c->ids, &c->ids_room, *n + count, sizeof(*grown));
	if (!grown) {
		c->failed = true;
		return;
	}
	c->ids = grown;
	for (i = 0; i < count; i++)
		grown[(*n)++] = (levels >> 8) + i;
}

static void define_chain(struct chains *c, size_t index)
{
	const struct chain *chain = &c->chain[index];
	const struct model_stack *known =
		chain->stack ? model__stack(c->model, chain->stack) : NULL;
	bool kernel = chain->leaf.ip && chain->kernel;
	size_t i, n = 0, nframes = known ? known->nframes : 0, mark;
	struct proto *p;

	if (chain->leaf.ip)
		add_levels(c, &chain->leaf, &n);
	for (i = chain->leaf.ip != 0; i < nframes; i++)
		add_levels(c, &known->frames[i], &n);
	/* The outermost first; if that was not reached, say so. */
	p = define__begin(c->define, INTERNED_CALLSTACKS, FIRST_CALLSTACK + index, &mark);
	if (!known || !nframes || known->end != STACK_COMPLETE)
		proto__uint(p, CALLSTACK_FRAME_IDS, UNKNOWN);
	while (n > 0)
		proto__uint(p, CALLSTACK_FRAME_IDS, c->ids[--n]);
	if (kernel)
		proto__uint(p, CALLSTACK_FRAME_IDS, KERNEL);
	define__end(c->define, mark);
}

static void put_text(struct proto *p, uint32_t field, const char *text)
{
	proto__string(p, field, text, strlen(text));
}

/* Where no function is known, the module is. */
static void define_site(struct chains *c, size_t index)
{
	const struct model_stack *known = model__stack(c->model, c->chain[index].stack);
	const struct frame *frame;
	struct place place;
	struct proto *p;
	size_t mark;

	p = define__begin(c->define, INTERNED_SOURCE_LOCATIONS, index, &mark);
	if (!known || !plumbing__site(known->frames, known->nframes, &frame, &place)) {
		put_text(p, LOCATION_FUNCTION_NAME, "[not known]");
	} else {
		if (place.file)
			put_text(p, LOCATION_FILE_NAME, place.file);
		if (place.function && !place.exported_only)
			put_text(p, LOCATION_FUNCTION_NAME, place.function);
		else
			put_text(p, LOCATION_FUNCTION_NAME, module__name(frame->module));
		if (place.file)
			proto__uint(p, LOCATION_LINE_NUMBER, place.line);
	}
	define__end(c->define, mark);
}

int chains__write(struct chains *c, struct define *d)
{
	size_t i;

	c->define = d;
	c->mappings = u64map__new();
	c->texts = u64map__new();
	if (!c->mappings || !c->texts)
		return -ENOMEM;
	define_other(c, UNKNOWN, "[unknown]", "[not known]");
	define_other(c, KERNEL, "[kernel]", "[kernel]");
	for (i = 0; !c->failed && i < c->n; i++)
		define_chain(c, i);
	for (i = 1; i < c->n; i++)
		if (c->chain[i].site)
			define_site(c, i);
	return c->failed ? -ENOMEM : 0;
}
