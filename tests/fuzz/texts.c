// SPDX-License-Identifier: GPL-2.0-only
/* Files of text: perf maps, kernel symbols, mounts, lists of CPUs. Byte 0 says which. */
#include <stdlib.h>
#include <string.h>

#include "lib/cpulist.h"
#include "model/files.h"
#include "symbol/kallsyms.h"
#include "symbol/perfmap.h"
#include "tests/fuzz/lib/fuzz.h"

#define ADDRESSES 4

static void perf_map(struct feed *f)
{
	uint64_t address[ADDRESSES];
	struct perfmap *map;
	const char *name;
	uint8_t *text;
	size_t i, size;

	for (i = 0; i < ADDRESSES; i++)
		address[i] = feed__number(f, 2) * 16;
	text = feed__rest(f, &size);
	map = perfmap__parse((char *)text, size);
	free(text);
	FUZZ_HOLDS(map);
	for (i = 0; i < ADDRESSES; i++) {
		name = perfmap__find(map, address[i]);
		FUZZ_HOLDS(!name || (strlen(name) <= size && !strchr(name, '\n')));
	}
	perfmap__free(map);
}

static void kernel_symbols(struct feed *f)
{
	uint64_t address[ADDRESSES], offset;
	struct kallsyms *all;
	const char *name;
	uint8_t *text;
	size_t i, size;

	for (i = 0; i < ADDRESSES; i++)
		address[i] = 0xffffffff81000000u + feed__number(f, 2);
	text = feed__rest(f, &size);
	all = kallsyms__parse((char *)text, size);
	free(text);
	for (i = 0; i < ADDRESSES && all; i++) {
		name = kallsyms__find(all, address[i], &offset);
		FUZZ_HOLDS(!name || (strlen(name) <= size && offset <= address[i]));
	}
	kallsyms__free(all);
}

static void mounts(struct feed *f)
{
	struct files *files = files__new();
	const char *point;
	uint8_t *text;
	uint32_t dev;
	size_t size;

	text = feed__rest(f, &size);
	FUZZ_HOLDS(files && !files__set_mounts(files, (char *)text, size));
	free(text);
	for (dev = 0; dev < 4; dev++) {
		point = files__mount(files, 8 << 20 | dev);
		FUZZ_HOLDS(!point || strlen(point) <= size);
	}
	files__free(files);
}

static void cpu_list(struct feed *f)
{
	char *text = feed__line(f);
	unsigned int *cpus = NULL;
	int i, n = cpulist__parse(text, &cpus);

	for (i = 1; i < n; i++)
		FUZZ_HOLDS(cpus[i - 1] < cpus[i]);
	if (n >= 0)
		free(cpus);
	free(text);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static void (*const kinds[])(struct feed *) = {perf_map, kernel_symbols, mounts, cpu_list};
	struct feed f = {data, size};

	kinds[feed__number(&f, 1) % 4](&f);
	return 0;
}
