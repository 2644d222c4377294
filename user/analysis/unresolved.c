// SPDX-License-Identifier: GPL-2.0-only
/*
 * Which code in the report's call chains could not be named, or not be walked through, and why.
 * Finishes after all analyses that put chains there.
 */
#include <errno.h>
#include <stdlib.h>

#include "analysis/rows.h"
#include "lib/u64map.h"
#include "report/report.h"
#include "symbol/modules.h"

enum reason { MISSING, CHANGED, DAMAGED, NO_SYMBOLS, NO_UNWIND, REASONS };

static const char *const reasons[REASONS] = {
	[MISSING] = "missing",	     [CHANGED] = "changed",	[DAMAGED] = "damaged",
	[NO_SYMBOLS] = "no-symbols", [NO_UNWIND] = "no-unwind",
};

struct unnamed {
	const struct module *module; /* NULL = no mapping is known there */
	uint64_t frames[REASONS];
};

static const struct report_column columns[] = {
	{"module", "module", R_TEXT, U_NONE, 0},
	{"reason", "reason", R_TEXT, U_NONE, 0},
	{"frames", "frames", R_INT, U_COUNT, 0},
};

static void *unresolved__begin(const struct analysis_input *in)
{
	(void)in;
	return malloc(1); /* no state, but NULL would mean failure */
}

static enum reason why(const struct module *module)
{
	if (*module__name(module) == '[') /* there never was a file: generated code */
		return NO_SYMBOLS;
	switch (module__state(module)) {
	case MODULE_MISSING:
		return MISSING;
	case MODULE_CHANGED:
		return CHANGED;
	case MODULE_DAMAGED:
		return DAMAGED;
	default:
		return NO_SYMBOLS;
	}
}

static int count(struct u64map *by_module, const struct module *module, enum reason reason)
{
	uint64_t key = (uint64_t)(uintptr_t)module;
	struct unnamed *unnamed = u64map__get(by_module, key);

	if (!unnamed) {
		unnamed = calloc(1, sizeof(*unnamed));
		if (!unnamed || u64map__set(by_module, key, unnamed)) {
			free(unnamed);
			return -ENOMEM;
		}
		unnamed->module = module;
	}
	unnamed->frames[reason]++;
	return 0;
}

static int count_stack(struct u64map *by_module, const struct model_stack *stack)
{
	const struct frame *last = stack->nframes ? &stack->frames[stack->nframes - 1] : NULL;
	struct place place;
	size_t i;

	for (i = 0; i < stack->nframes; i++) {
		const struct frame *frame = &stack->frames[i];

		if (frame->module && module__place(frame->module, frame->address, &place) &&
		    place.function)
			continue;
		if (frame->module && count(by_module, frame->module, why(frame->module)))
			return -ENOMEM;
	}
	if (stack->end == STACK_NO_INFO && last)
		return count(by_module, last->module, NO_UNWIND);
	return 0;
}

static void add_rows(struct report_table *t, const struct unnamed *unnamed)
{
	size_t reason, row;

	for (reason = 0; reason < REASONS; reason++) {
		if (!unnamed->frames[reason])
			continue;
		row = table__add_row(t, 0);
		if (unnamed->module)
			table__set_text(t, row, "module", module__name(unnamed->module));
		table__set_text(t, row, "reason", reasons[reason]);
		table__set_int(t, row, "frames", (int64_t)unnamed->frames[reason]);
	}
}

/* In the order of the modules; code of no known mapping comes last. */
static void add_modules(struct report_table *t, const struct modules *modules,
			struct u64map *by_module)
{
	const struct unnamed *unnamed;
	size_t i, n = modules ? modules__count(modules) : 0;

	for (i = 0; i < n; i++) {
		unnamed = u64map__get(by_module, (uint64_t)(uintptr_t)modules__at(modules, i));
		if (unnamed)
			add_rows(t, unnamed);
	}
	unnamed = u64map__get(by_module, 0);
	if (unnamed)
		add_rows(t, unnamed);
}

static int unresolved__finish(void *state, const struct analysis_input *in, struct report *report)
{
	struct report_table *t = report__add(report, "", "unresolved", columns, 3);
	const struct report_table *stacks = report__find(report, "stacks");
	struct u64map *by_module = u64map__new();
	int err = by_module ? 0 : -ENOMEM;
	size_t row, pos = 0;
	void *unnamed;

	(void)state;
	for (row = 0; row < table__rows(stacks) && !err; row++) {
		const char *hash = table__text(stacks, row, "hash");
		const struct model_stack *stack =
			model__stack(in->model, hash ? strtoull(hash, NULL, 16) : 0);

		if (stack)
			err = count_stack(by_module, stack);
	}
	if (!err)
		add_modules(t, model__modules(in->model), by_module);
	while (by_module && (unnamed = u64map__next(by_module, &pos, NULL)))
		free(unnamed);
	u64map__free(by_module);
	return err;
}

const struct analysis analysis_unresolved = {
	.name = "unresolved",
	.begin = unresolved__begin,
	.finish = unresolved__finish,
	.end = free,
};
