// SPDX-License-Identifier: GPL-2.0-only
#include "analysis/sites.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "analysis/counts.h"
#include "lib/u64map.h"
#include "model/model.h"
#include "symbol/modules.h"
#include "symbol/plumbing.h"

#define MAX_STACKS 1000 /* whole chains in the report */
#define MAX_TOP	   32	/* stacks that sites__top looks at */

struct known_site {
	struct site site;
	struct known_site *next; /* of the same hash */
};

struct sites {
	const struct model *model;
	struct report_table *stacks, *frames;
	struct u64map *by_stack; /* stack id -> struct site, or &no_site */
	struct u64map *by_hash;	 /* hash of a site -> list of struct known_site */
	struct u64map *rows;	 /* stack id -> its row in stacks + 1, as a pointer */
};

static const struct site no_site = {.module = ""};

static const struct report_column stack_columns[] = {
	{"id", "id", R_INT, U_NONE, 0},
	{"hash", "hash", R_TEXT, U_NONE, 0},
	{"complete", "complete", R_BOOL, U_NONE, 0},
};

static const struct report_column frame_columns[] = {
	{"function", "function", R_TEXT, U_NONE, 0},
	{"file", "file", R_TEXT, U_NONE, 0},
	{"line", "line", R_INT, U_NONE, 0},
	{"module", "module", R_TEXT, U_NONE, 0},
	{"offset", "offset", R_TEXT, U_NONE, 0},
	{"nearest", "nearest", R_BOOL, U_NONE, R_SKIP_ZERO},
	{"inlined", "inlined", R_BOOL, U_NONE, R_SKIP_ZERO},
};

/* Of the chains that an analysis before this one has put into the report. */
static int read_rows(struct sites *s)
{
	size_t row;

	for (row = 0; row < table__rows(s->stacks); row++) {
		const char *hash = table__text(s->stacks, row, "hash");

		if (hash && u64map__set(s->rows, strtoull(hash, NULL, 16), (void *)(row + 1)))
			return -1;
	}
	return 0;
}

struct sites *sites__new(const struct model *model, struct report *report)
{
	struct sites *s = calloc(1, sizeof(*s));

	if (!s)
		return NULL;
	s->model = model;
	s->by_stack = u64map__new();
	s->by_hash = u64map__new();
	s->rows = u64map__new();
	s->stacks = report__find(report, "stacks");
	s->frames = report__find(report, "stacks.frames");
	if (!s->stacks) {
		s->stacks = report__add(report, "", "stacks", stack_columns, 3);
		s->frames = report__add(report, "stacks", "frames", frame_columns,
					sizeof(frame_columns) / sizeof(*frame_columns));
	}
	if (s->by_stack && s->by_hash && s->rows && s->stacks && s->frames && !read_rows(s))
		return s;
	sites__free(s);
	return NULL;
}

void sites__free(struct sites *s)
{
	struct known_site *known, *next;
	size_t pos = 0;
	uint64_t key;

	if (!s)
		return;
	while (s->by_hash && (known = u64map__next(s->by_hash, &pos, &key))) {
		for (; known; known = next) {
			next = known->next;
			free(known);
		}
	}
	u64map__free(s->by_hash);
	u64map__free(s->by_stack);
	u64map__free(s->rows);
	free(s);
}

static uint64_t hash_text(uint64_t hash, const char *text)
{
	for (; text && *text; text++)
		hash = (hash ^ (unsigned char)*text) * 0x100000001b3u; /* FNV-1a */
	return hash * 0x100000001b3u;
}

static bool same_text(const char *a, const char *b)
{
	return a == b || (a && b && !strcmp(a, b));
}

/* Where the function is known its name says which it is, else the offset does. */
static bool same_site(const struct site *a, const struct site *b)
{
	return same_text(a->function, b->function) && same_text(a->file, b->file) &&
	       a->line == b->line && same_text(a->module, b->module) &&
	       ((a->function && !a->nearest) || a->offset == b->offset);
}

static const struct site *intern(struct sites *s, const struct site *site)
{
	uint64_t hash = hash_text(0xcbf29ce484222325u, site->function);
	struct known_site *first, *known;

	hash = hash_text(hash_text(hash, site->file), site->module) + site->line;
	hash += site->function && !site->nearest ? 0 : site->offset;
	first = u64map__get(s->by_hash, hash);
	for (known = first; known; known = known->next)
		if (same_site(&known->site, site))
			return &known->site;
	known = calloc(1, sizeof(*known));
	if (!known)
		return NULL;
	known->site = *site;
	known->next = first;
	if (!u64map__set(s->by_hash, hash, known))
		return &known->site;
	free(known);
	return NULL;
}

static void fill(struct site *site, const struct frame *frame, const struct place *place)
{
	*site = (struct site){
		.function = place->function,
		.nearest = place->function && place->exported_only,
		.file = place->file,
		.line = place->line,
		.module = module__name(frame->module),
		.offset = frame->address,
	};
}

/* False: all of the chain is of unknown code. */
static bool choose(const struct model_stack *stack, struct site *site)
{
	const struct frame *frame;
	struct place place;

	if (!plumbing__site(stack->frames, stack->nframes, &frame, &place))
		return false;
	fill(site, frame, &place);
	return true;
}

const struct site *sites__of(struct sites *s, uint64_t stack)
{
	const struct model_stack *known;
	const struct site *site;
	struct site chosen;

	if (!stack)
		return NULL;
	site = u64map__get(s->by_stack, stack);
	if (!site) {
		known = model__stack(s->model, stack);
		site = known && choose(known, &chosen) ? intern(s, &chosen) : &no_site;
		if (!site)
			return NULL;
		/* Without memory it is looked for again the next time. */
		u64map__set(s->by_stack, stack, (void *)(uintptr_t)site);
	}
	return site == &no_site ? NULL : site;
}

static void set_level(struct report_table *t, size_t row, const struct frame *frame,
		      const struct place *place, bool inlined)
{
	char offset[24];

	if (place->function)
		table__set_text(t, row, "function", place->function);
	if (place->file) {
		table__set_text(t, row, "file", place->file);
		table__set_int(t, row, "line", place->line);
	}
	snprintf(offset, sizeof(offset), "0x%" PRIx64, frame->address);
	table__set_text(t, row, "module", module__name(frame->module));
	table__set_text(t, row, "offset", offset);
	table__set_bool(t, row, "inlined", inlined);
	if (place->function && place->exported_only)
		table__set_bool(t, row, "nearest", true);
}

/* One row for each function that was inlined there, then that of the function itself. */
static void add_frame(struct report_table *t, size_t stack, const struct frame *frame)
{
	struct place levels[LEVELS_MOST];
	size_t i, n = frame__levels(frame, levels);
	char address[24];

	for (i = 0; i < n; i++)
		set_level(t, table__add_row(t, stack), frame, &levels[i], i + 1 < n);
	if (n)
		return;
	snprintf(address, sizeof(address), "0x%" PRIx64, frame->ip);
	table__set_text(t, table__add_row(t, stack), "offset", address);
}

/* The row of stacks[] that has the chain, SIZE_MAX if there is none. */
static size_t stack_row(struct sites *s, uint64_t id)
{
	size_t i, row = (size_t)(uintptr_t)u64map__get(s->rows, id);
	const struct model_stack *stack;
	char hash[24];

	if (row)
		return row - 1;
	stack = model__stack(s->model, id);
	if (!stack || table__rows(s->stacks) >= MAX_STACKS)
		return SIZE_MAX;
	row = table__add_row(s->stacks, 0);
	if (row == SIZE_MAX)
		return SIZE_MAX;
	snprintf(hash, sizeof(hash), "0x%" PRIx64, id);
	table__set_int(s->stacks, row, "id", (int64_t)row);
	table__set_text(s->stacks, row, "hash", hash);
	table__set_bool(s->stacks, row, "complete", stack->end == STACK_COMPLETE);
	for (i = 0; i < stack->nframes; i++)
		add_frame(s->frames, row, &stack->frames[i]);
	return u64map__set(s->rows, id, (void *)(row + 1)) ? SIZE_MAX : row;
}

/* prefix + key, as a column's key; valid until the next call with the same buffer. */
static const char *key_of(char *buf, size_t size, const char *prefix, const char *key)
{
	snprintf(buf, size, "%s%s", prefix, key);
	return buf;
}

void sites__set(struct sites *s, struct report_table *t, size_t row, const char *prefix,
		const struct site *site, uint64_t stack)
{
	char key[64], offset[24];
	size_t at;

	if (!site)
		return;
	if (site->function)
		table__set_text(t, row, key_of(key, sizeof(key), prefix, "function"),
				site->function);
	if (site->file) {
		table__set_text(t, row, key_of(key, sizeof(key), prefix, "file"), site->file);
		table__set_int(t, row, key_of(key, sizeof(key), prefix, "line"), site->line);
	}
	snprintf(offset, sizeof(offset), "0x%" PRIx64, site->offset);
	table__set_text(t, row, key_of(key, sizeof(key), prefix, "module"), site->module);
	table__set_text(t, row, key_of(key, sizeof(key), prefix, "offset"), offset);
	if (site->nearest)
		table__set_bool(t, row, key_of(key, sizeof(key), prefix, "nearest"), true);
	at = stack_row(s, stack);
	if (at != SIZE_MAX)
		table__set_int(t, row, key_of(key, sizeof(key), prefix, "stack"), (int64_t)at);
}

static bool precedes(const struct site_total *a, const struct site_total *b)
{
	return a->sum != b->sum ? a->sum > b->sum : a->n > b->n;
}

size_t sites__top(struct sites *s, const struct counts *by_stack, struct site_total *out,
		  size_t most)
{
	struct site_total all[MAX_TOP], moved;
	struct count stacks[MAX_TOP];
	size_t i, j, n = 0, nstacks = counts__top(by_stack, stacks, MAX_TOP);

	for (i = 0; i < nstacks; i++) {
		const struct site *site = sites__of(s, stacks[i].key);

		if (!site)
			continue;
		for (j = 0; j < n && all[j].site != site; j++)
			;
		if (j == n) /* stacks come with the largest first */
			all[n++] = (struct site_total){.site = site, .stack = stacks[i].key};
		all[j].n += stacks[i].n;
		all[j].sum += stacks[i].sum;
	}
	for (i = 1; i < n; i++) {
		moved = all[i];
		for (j = i; j && precedes(&moved, &all[j - 1]); j--)
			all[j] = all[j - 1];
		all[j] = moved;
	}
	n = n < most ? n : most;
	memcpy(out, all, n * sizeof(*out));
	return n;
}

char *site__text(const struct site *site, char *buf)
{
	const char *base = site->file ? strrchr(site->file, '/') : NULL, *call;

	base = base ? base + 1 : site->file;
	/* C++ has the arguments in the name. */
	call = site->function && strchr(site->function, '(') ? "" : "()";
	if (!site->function)
		snprintf(buf, SITE_TEXT, "%.200s+0x%" PRIx64, site->module, site->offset);
	else if (base)
		snprintf(buf, SITE_TEXT, "%.180s%s %.50s:%u", site->function, call, base,
			 site->line);
	else
		snprintf(buf, SITE_TEXT, "%s%.180s%s in %.50s", site->nearest ? "near " : "",
			 site->function, call, site->module);
	return buf;
}
