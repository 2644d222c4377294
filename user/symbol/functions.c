// SPDX-License-Identifier: GPL-2.0-only
#include "symbol/functions.h"

#include <dwarf.h>
#include <errno.h>
#include <stdlib.h>

#include "lib/array.h"
#include "symbol/spans.h"

#define DEPTH_MOST	64	/* of namespaces and types around functions; of inlining */
#define ENTRIES_MOST	4000000 /* looked at to list a unit's functions */
#define ENTRIES_INSIDE	20000	/* looked at inside of a function */
#define RANGES_FUNCTION 64	/* of one function or block; those with more are rare */

struct functions {
	Dwarf_Die unit;
	struct spans spans; /* value: index in entries */
	Dwarf_Die *entries;
	size_t n, room;
	size_t visited;
	int err;
};

int functions__ranges(Dwarf_Die *die, unsigned int most,
		      int (*range)(void *context, uint64_t start, uint64_t end), void *context)
{
	Dwarf_Addr base, start, end;
	ptrdiff_t at = 0;
	int err = 0;

	while (!err && most-- && (at = dwarf_ranges(die, at, &base, &start, &end)) > 0)
		if (start < end)
			err = range(context, start, end);
	return err;
}

static int add_range(void *context, uint64_t start, uint64_t end)
{
	struct functions *f = context;

	return spans__add(&f->spans,
			  &(struct span){.start = start, .end = end, .value = (uint32_t)f->n});
}

static void add_function(struct functions *f, Dwarf_Die *die)
{
	size_t before = f->spans.n;
	Dwarf_Die *grown;

	f->err = functions__ranges(die, RANGES_FUNCTION, add_range, f);
	if (f->err || f->spans.n == before)
		return;
	grown = array__reserve(f->entries, &f->room, f->n, sizeof(*grown));
	if (!grown) {
		f->err = -ENOMEM;
		return;
	}
	f->entries = grown;
	grown[f->n++] = *die;
}

/* What has functions in it; Ada and Fortran have functions in functions. */
static bool is_around(int tag)
{
	return tag == DW_TAG_namespace || tag == DW_TAG_class_type ||
	       tag == DW_TAG_structure_type || tag == DW_TAG_union_type ||
	       tag == DW_TAG_enumeration_type || tag == DW_TAG_module || tag == DW_TAG_subprogram;
}

/* The entries inside one, in document order; a stack, because nesting is the file's choice. */
static void list(struct functions *f, const Dwarf_Die *unit)
{
	Dwarf_Die stack[DEPTH_MOST], top = *unit;
	size_t depth = 0;
	int tag;

	if (dwarf_child(&top, &stack[0]))
		return;
	depth = 1;
	while (depth && !f->err && ++f->visited < ENTRIES_MOST) {
		top = stack[depth - 1];
		tag = dwarf_tag(&top);
		if (dwarf_siblingof(&top, &stack[depth - 1]))
			depth--;
		if (tag == DW_TAG_subprogram)
			add_function(f, &top);
		if (is_around(tag) && depth < DEPTH_MOST && !dwarf_child(&top, &stack[depth]))
			depth++;
	}
}

struct functions *functions__new(const Dwarf_Die *unit)
{
	struct functions *f = calloc(1, sizeof(*f));

	if (!f)
		return NULL;
	f->unit = *unit;
	list(f, unit);
	if (f->err) {
		functions__free(f);
		return NULL;
	}
	spans__sort(&f->spans);
	return f;
}

void functions__free(struct functions *f)
{
	if (!f)
		return;
	spans__free(&f->spans);
	free(f->entries);
	free(f);
}

struct sought {
	uint64_t address;
};

static int holds(void *context, uint64_t start, uint64_t end)
{
	const struct sought *sought = context;

	return sought->address >= start && sought->address < end;
}

static const char *name_of(Dwarf_Die *die)
{
	static const unsigned int names[] = {DW_AT_linkage_name, DW_AT_MIPS_linkage_name,
					     DW_AT_name};
	Dwarf_Attribute attribute;
	const char *name = NULL;
	size_t i;

	for (i = 0; i < 3 && !name; i++)
		if (dwarf_attr_integrate(die, names[i], &attribute))
			name = dwarf_formstring(&attribute);
	return name && *name ? name : NULL;
}

static void describe(const struct functions *f, Dwarf_Die *die, struct function *out)
{
	Dwarf_Die unit = f->unit;
	Dwarf_Attribute attribute;
	Dwarf_Word file, line;
	Dwarf_Files *files;
	size_t n;

	*out = (struct function){.name = name_of(die)};
	if (dwarf_tag(die) != DW_TAG_inlined_subroutine)
		return;
	if (dwarf_formudata(dwarf_attr(die, DW_AT_call_file, &attribute), &file) ||
	    dwarf_formudata(dwarf_attr(die, DW_AT_call_line, &attribute), &line) ||
	    dwarf_getsrcfiles(&unit, &files, &n) || file >= n || !line || line > INT32_MAX)
		return;
	out->call_file = dwarf_filesrc(files, file, NULL, NULL);
	out->call_line = out->call_file ? (unsigned int)line : 0;
}

static bool is_block(int tag)
{
	return tag == DW_TAG_lexical_block || tag == DW_TAG_inlined_subroutine ||
	       tag == DW_TAG_try_block || tag == DW_TAG_catch_block;
}

size_t functions__find(const struct functions *f, uint64_t address, struct function *out,
		       size_t most)
{
	const struct span *span = spans__find(&f->spans, address);
	struct sought sought = {address};
	Dwarf_Die inside[DEPTH_MOST], at, next;
	size_t visited = 0, depth = 0, n;
	bool more;

	if (!span)
		return 0;
	inside[depth++] = f->entries[span->value];
	more = !dwarf_child(&inside[0], &at);
	while (more && ++visited < ENTRIES_INSIDE && depth < DEPTH_MOST) {
		if (is_block(dwarf_tag(&at)) &&
		    functions__ranges(&at, RANGES_FUNCTION, holds, &sought)) {
			if (dwarf_tag(&at) == DW_TAG_inlined_subroutine)
				inside[depth++] = at;
			more = !dwarf_child(&at, &next);
		} else {
			more = !dwarf_siblingof(&at, &next);
		}
		if (more)
			at = next;
	}
	for (n = 0; n < depth && n < most; n++)
		describe(f, &inside[depth - 1 - n], &out[n]);
	return n;
}
