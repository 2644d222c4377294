// SPDX-License-Identifier: GPL-2.0-only
/* Mappings: what replaces what, what forked processes share, and where data are. */
#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "lib/strbuf.h"
#include "tests/unit/scratch.inc"

#include "tests/unit/tracee.inc"

#define PAGES ((uint64_t)64)

static const struct module *some_module(struct modules *m, uint64_t ino)
{
	return modules__get(m, &(struct module_id){.path = "/no/such/file", .ino = ino});
}

/* Against a plain array of pages. */
static void test_overlaps(void **state)
{
	struct page {
		const struct module *module;
		uint64_t offset;
	} pages[PAGES], copied[PAGES];
	struct modules *m = modules__new();
	struct maps *maps = maps__new(), *copy = NULL;
	const struct mapping *found;
	uint64_t seed = 1, start, n, i, k;

	(void)state;
	memset(pages, 0, sizeof(pages));
	memset(copied, 0, sizeof(copied));
	for (i = 0; i < 3000; i++) {
		struct mapping mapping;

		seed = seed * 6364136223846793005ULL + 1442695040888963407ULL;
		start = (seed >> 33) % PAGES;
		n = (seed >> 50) % 9;
		if (start + n > PAGES)
			n = PAGES - start;
		mapping = (struct mapping){start * 4096, (start + n) * 4096, i * (uint64_t)4096,
					   some_module(m, 1 + i % 5)};
		assert_int_equal(maps__add(maps, &mapping), 0);
		for (k = start; k < start + n; k++)
			pages[k] =
				(struct page){mapping.module, mapping.pgoff + (k - start) * 4096};
		if (i % 100 == 50) {
			maps__unref(copy);
			copy = maps__copy(maps);
			assert_non_null(copy);
			memcpy(copied, pages, sizeof(copied));
		}
		for (k = 0; k < PAGES; k++) {
			found = maps__find(maps, k * 4096 + 17);
			assert_ptr_equal(found ? found->module : NULL, pages[k].module);
			if (found)
				assert_int_equal(k * 4096 - found->start + found->pgoff,
						 pages[k].offset);
			found = copy ? maps__find(copy, k * 4096) : NULL;
			assert_ptr_equal(found ? found->module : NULL, copied[k].module);
		}
	}
	assert_null(maps__find(maps, PAGES * 4096));
	assert_null(maps__find(maps, UINT64_MAX));
	/* The other way round: what the copy maps does not show in the first. */
	assert_int_equal(maps__add(copy, &(struct mapping){UINT64_MAX - 8, UINT64_MAX, 0,
							   some_module(m, 9)}),
			 0);
	assert_non_null(maps__find(copy, UINT64_MAX - 1));
	assert_null(maps__find(maps, UINT64_MAX - 1));
	assert_ptr_equal(maps__ref(maps), maps);
	maps__unref(maps);
	maps__unref(maps);
	maps__unref(copy);
	maps__unref(NULL);
	modules__free(m);
}

/* The address of a variable in a process leads to the variable's name. */
static void check_data(const char *flags)
{
	struct tracee tracee;
	struct modules *m = modules__new();
	struct maps *maps;
	const struct module *module;
	const struct mapping *code;
	struct strbuf name = {0};
	uint64_t address = 0, size = 0, here, own = 0, code_address;
	struct frame frames[UNWIND_MOST];
	enum stack_end end;
	size_t i, n;

	if (!can_trace() || !compile("cc", "chains.c", flags, "data"))
		skip();
	tracee_start(&tracee, in_dir("data"), "plain");
	tracee_run(&tracee);
	maps = tracee_maps(&tracee, m);
	n = tracee_unwind(&tracee, maps, SIZE_MAX, frames, &end);
	assert_string_equal(names_of(&frames[n - 1], 1), "_start");
	module = frames[n - 1].module;
	assert_true(module__symbol_range(module, "counters", &address, &size));
	assert_int_equal(size, 64);
	/* Where it is in this process: as far from its own address as the code is. */
	here = address + (frames[n - 1].ip - 1 - frames[n - 1].address);
	code = maps__find(maps, frames[n - 1].ip);
	assert_non_null(code);
	code_address = mapping__address(code, frames[n - 1].ip);
	assert_int_equal(code_address, frames[n - 1].address + 1);
	for (i = 0; i < size; i += 8) {
		assert_ptr_equal(maps__find_data(maps, here + i, &own), module);
		assert_int_equal(own, address + i);
	}
	assert_true(module__data_name(module, own, &name));
	assert_string_equal(strbuf__text(&name), "counters+0x38");
	/* Neither the stack nor the heap nor nothing is anybody's data. */
	assert_null(maps__find_data(maps, tracee.in.regs.sp, &own));
	assert_null(maps__find_data(maps, here + (1 << 24), &own));
	assert_null(maps__find_data(maps, 0, &own));
	assert_null(maps__find_data(maps, UINT64_MAX, &own));
	strbuf__free(&name);
	tracee_end(&tracee);
	maps__unref(maps);
	modules__free(m);
}

static void test_data(void **state)
{
	(void)state;
	check_data("-O2");
	check_data("-O2 -no-pie");
	check_data("-O2 -static");
	check_data("-O2 -static-pie");
	check_data("-O2 -Wl,-z,noseparate-code");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_overlaps),
		cmocka_unit_test(test_data),
	};

	return cmocka_run_group_tests(tests, scratch_setup, scratch_teardown);
}
