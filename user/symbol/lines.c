// SPDX-License-Identifier: GPL-2.0-only
/*
 * Which unit (source file and what it includes) an address belongs to is found by the units' own
 * ranges: .debug_aranges has GCC's units only.
 */
#include "symbol/lines.h"

#include <dwarf.h>
#include <errno.h>
#include <stdlib.h>

#include "lib/array.h"
#include "symbol/functions.h"
#include "symbol/spans.h"

#define UNITS_MOST  1000000
#define RANGES_UNIT 1000000
#define LEVELS_MOST 16 /* of inlining */

struct unit {
	Dwarf_Die die;
	struct functions *functions; /* NULL = not listed yet */
	bool is_skeleton;	     /* the rest is in another file, which is left alone */
	bool failed;
};

struct lines {
	struct unit *units;
	size_t n, room;
	struct spans spans; /* value: index in units */
};

static int add_range(void *context, uint64_t start, uint64_t end)
{
	struct lines *lines = context;

	return spans__add(&lines->spans,
			  &(struct span){.start = start, .end = end, .value = (uint32_t)lines->n});
}

static int add_unit(struct lines *lines, Dwarf_Die *die, bool is_skeleton)
{
	struct unit *grown =
		array__reserve(lines->units, &lines->room, lines->n, sizeof(*lines->units));
	int err;

	if (!grown)
		return -ENOMEM;
	lines->units = grown;
	grown[lines->n] = (struct unit){.die = *die, .is_skeleton = is_skeleton};
	err = functions__ranges(die, RANGES_UNIT, add_range, lines);
	lines->n++;
	return err;
}

int lines__new(Dwarf *dwarf, struct lines **out)
{
	struct lines *lines = calloc(1, sizeof(*lines));
	Dwarf_CU *cu = NULL;
	Dwarf_Die die;
	uint8_t type;
	int err = lines ? 0 : -ENOMEM;

	*out = NULL;
	/* Asked for nothing else, libdw does not look for other files. */
	while (!err && lines->n < UNITS_MOST &&
	       !dwarf_get_units(dwarf, cu, &cu, NULL, &type, &die, NULL)) {
		if ((type == DW_UT_compile || type == DW_UT_skeleton) && dwarf_tag(&die) > 0)
			err = add_unit(lines, &die, type == DW_UT_skeleton);
	}
	if (err || !lines->spans.n) {
		lines__free(lines);
		return err;
	}
	spans__sort(&lines->spans);
	*out = lines;
	return 0;
}

void lines__free(struct lines *lines)
{
	size_t i;

	if (!lines)
		return;
	for (i = 0; i < lines->n; i++)
		functions__free(lines->units[i].functions);
	free(lines->units);
	spans__free(&lines->spans);
	free(lines);
}

static void find_line(struct unit *unit, uint64_t address, struct line *out)
{
	Dwarf_Line *line = dwarf_getsrc_die(&unit->die, address);
	const char *file;
	int number;

	/* Line 0 is code that belongs to no line. */
	if (!line || dwarf_lineno(line, &number) || number <= 0)
		return;
	file = dwarf_linesrc(line, NULL, NULL);
	if (!file)
		return;
	out->file = file;
	out->line = (unsigned int)number;
}

size_t lines__find(struct lines *lines, uint64_t address, struct line *out, size_t most)
{
	const struct span *span = spans__find(&lines->spans, address);
	struct function functions[LEVELS_MOST];
	struct unit *unit;
	size_t i, n = 0;

	if (!span || !most)
		return 0;
	unit = &lines->units[span->value];
	if (!unit->functions && !unit->is_skeleton && !unit->failed) {
		unit->functions = functions__new(&unit->die);
		unit->failed = !unit->functions;
	}
	if (unit->functions)
		n = functions__find(unit->functions, address, functions,
				    most < LEVELS_MOST ? most : LEVELS_MOST);
	out[0] = (struct line){0};
	find_line(unit, address, &out[0]);
	for (i = 0; i < n; i++) {
		out[i].function = functions[i].name;
		if (i + 1 == n)
			break;
		out[i + 1].file = functions[i].call_file;
		out[i + 1].line = functions[i].call_line;
	}
	return n ? n : out[0].file != NULL;
}
