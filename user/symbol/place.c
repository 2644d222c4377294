// SPDX-License-Identifier: GPL-2.0-only
/* Names and lines of a module's addresses. Each address is looked up once. */
#include <ctype.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "symbol/debugfile.h"
#include "symbol/demangle.h"
#include "symbol/module.h"

#define FILE_MOST   4096 /* bytes of a source file's name; longer ones are nobody's */
#define LEVELS_MOST 16	 /* of inlining */

/* Reads the symbol tables. Without memory for them nothing is known. */
static void open_symbols(struct module *m)
{
	const struct image *debug = module__debug(m);
	int err;

	if (debugfile__inner(m->image, &m->inner_bytes, &m->inner))
		m->inner = NULL;
	m->symbols = symbols__new();
	if (!m->symbols)
		return;
	err = symbols__add(m->symbols, m->image);
	if (!err && m->inner)
		err = symbols__add(m->symbols, m->inner);
	if (!err && debug)
		err = symbols__add(m->symbols, debug);
	if (!err)
		err = symbols__sort(m->symbols);
	if (err) {
		symbols__free(m->symbols);
		m->symbols = NULL;
	}
}

static void open_lines(struct module *m)
{
	const struct image *debug = module__debug(m);
	Dwarf *dwarf;

	(void)debugfile__complete(m->image, modules__debug_root(m->owner));
	dwarf = image__dwarf(m->image);
	if (!dwarf && debug)
		dwarf = image__dwarf(debug);
	if (dwarf && lines__new(dwarf, &m->lines))
		m->lines = NULL;
}

/* The module with all that names are found in; false if there is no file to find them in. */
static bool open_names(const struct module *module, struct module **out)
{
	struct module *m = module__open(module);

	*out = m;
	if (!m->image || m->names_sought)
		return m->image;
	m->names_sought = true;
	open_symbols(m);
	open_lines(m);
	return true;
}

/* The name as people write it; kept. `raw` must live as long as the module. NULL: no memory. */
static const char *readable(struct module *m, const char *raw)
{
	struct strbuf out = {0};
	char *name;

	if (!m->names)
		m->names = u64map__new();
	if (!m->names)
		return NULL;
	name = u64map__get(m->names, (uint64_t)(uintptr_t)raw);
	if (name)
		return name;
	demangle(&out, raw);
	if (strbuf__failed(&out) || !out.text) {
		strbuf__free(&out);
		return NULL;
	}
	if (!u64map__set(m->names, (uint64_t)(uintptr_t)raw, out.text))
		return out.text;
	strbuf__free(&out);
	return NULL;
}

/*
 * Whether a symbol that only stands before the address is the function it lies in, by what the
 * call-frame information says of where functions begin: 1 yes, 0 no, -1 it says nothing.
 */
static int begins_function(const struct module *m, uint64_t address, const struct span *symbol)
{
	struct cfi *cfi = module__cfi(m);
	uint64_t start, end;

	if (!cfi || !cfi__function(cfi, address, &start, &end))
		return -1;
	return start == symbol->start;
}

/*
 * Names a function that is not inlined. The linker's name is the better known one where several are
 * at one place ("write", "__write"), the compiler's where it split a function ("copy.part.0").
 */
static void name_function(struct module *m, uint64_t address, const char *compilers,
			  struct place *place)
{
	const struct span *symbol = NULL;
	bool exact = false;
	int begins;

	if (m->symbols)
		symbol = symbols__function(m->symbols, address, &exact);
	if (symbol && !exact) {
		begins = begins_function(m, address, symbol);
		exact = begins == 1;
		if (!begins)
			symbol = NULL;
	}
	if (compilers && (!symbol || !exact || strchr(symbol->name, '.'))) {
		place->function = readable(m, compilers);
	} else if (symbol) {
		place->function = readable(m, symbol->name);
		place->exported_only = place->function && !exact;
	}
}

static size_t look_up(struct module *m, uint64_t address, struct place *places)
{
	struct line lines[LEVELS_MOST];
	size_t i, n = 0;

	if (m->lines)
		n = lines__find(m->lines, address, lines, LEVELS_MOST);
	if (!n)
		lines[n++] = (struct line){0};
	for (i = 0; i < n; i++) {
		places[i] = (struct place){0};
		if (lines[i].file && strnlen(lines[i].file, FILE_MOST) < FILE_MOST) {
			places[i].file = lines[i].file;
			places[i].line = lines[i].line;
		}
		if (i + 1 == n)
			name_function(m, address, lines[i].function, &places[i]);
		else if (lines[i].function)
			places[i].function = readable(m, lines[i].function);
	}
	return n > 1 || places[0].function || places[0].file ? n : 0;
}

/* What was found for the address, kept; NULL when out of memory. */
static const struct places *find(struct module *m, uint64_t address)
{
	struct places *kept = m->places ? u64map__get(m->places, address) : NULL;
	struct place found[LEVELS_MOST];
	size_t n;

	if (kept)
		return kept;
	if (!m->places)
		m->places = u64map__new();
	if (!m->places)
		return NULL;
	n = look_up(m, address, found);
	kept = malloc(sizeof(*kept) + n * sizeof(*found));
	if (!kept)
		return NULL;
	kept->n = n;
	memcpy(kept->at, found, n * sizeof(*found));
	if (!u64map__set(m->places, address, kept))
		return kept;
	free(kept);
	return NULL;
}

size_t module__places(const struct module *module, uint64_t address, struct place *places,
		      size_t most)
{
	const struct places *found;
	const char *name;
	struct module *m;
	size_t n;

	if (module->script)
		return most && script__place(module->script, address, places);
	if (!open_names(module, &m)) {
		name = m->perfmap ? perfmap__find(m->perfmap, address) : NULL;
		if (name && most)
			places[0] = (struct place){.function = name};
		return name && most;
	}
	found = find(m, address);
	if (!found)
		return 0;
	n = found->n < most ? found->n : most;
	memcpy(places, found->at, n * sizeof(*places));
	return n;
}

bool module__place(const struct module *module, uint64_t address, struct place *place)
{
	*place = (struct place){0};
	return module__places(module, address, place, 1);
}

/* "lock.2" is the second `lock` that is local to a function: compilers number them. */
static void drop_number(struct strbuf *out, size_t start)
{
	size_t end = out->len;

	while (end > start && isdigit((unsigned char)out->text[end - 1]))
		end--;
	if (end < out->len && end > start + 1 && out->text[end - 1] == '.' &&
	    out->text[end - 2] != '.') {
		out->len = end - 1;
		out->text[out->len] = '\0';
	}
}

bool module__data_name(const struct module *module, uint64_t address, struct strbuf *out)
{
	const struct span *symbol;
	struct module *m;
	size_t start = out->len;

	if (!open_names(module, &m) || !m->symbols)
		return false;
	symbol = symbols__object(m->symbols, address);
	if (!symbol)
		return false;
	demangle(out, symbol->name);
	if (!strbuf__failed(out))
		drop_number(out, start);
	if (address != symbol->start)
		strbuf__printf(out, "+0x%llx", (unsigned long long)(address - symbol->start));
	return true;
}

bool module__symbol_range(const struct module *module, const char *name, uint64_t *address,
			  uint64_t *size)
{
	struct module *m;

	return open_names(module, &m) && m->symbols &&
	       symbols__find(m->symbols, name, address, size);
}
