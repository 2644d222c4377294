// SPDX-License-Identifier: GPL-2.0-only
/* Interpreters found in files: this test program exports what CPython does. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include <elf.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include "capture/elf_object.h"
#include "capture/runtime.h"

#define VERSION 0x030c01f0

/* Exported: the Makefile links this test with -rdynamic. */
extern char _PyRuntime[4096];
extern const unsigned long Py_Version;
/* What clang's sanitizer adds to variables it counts in their sizes. */
#ifdef __clang__
#define EXPORTED __attribute__((used, no_sanitize("address")))
#else
#define EXPORTED __attribute__((used))
#endif
/* As a build of 3.13 without the interpreter lock begins. */
EXPORTED char _PyRuntime[4096] = {"xdebugpy\0\0\0\0\0\0\0\0\1"};
EXPORTED const unsigned long Py_Version = VERSION;

static int open_self(void)
{
	int fd = open("/proc/self/exe", O_RDONLY);

	assert_true(fd >= 0);
	return fd;
}

/* The line of /proc/self/maps that holds the code of this test. */
static struct ct_map map_of_self(void)
{
	uintptr_t here = (uintptr_t)map_of_self;
	struct ct_map map = {.h = {.ts = 7, .type = CT_MAP, .tid = 3}, .pid = 2};
	FILE *maps = fopen("/proc/self/maps", "r");
	char line[512];

	assert_non_null(maps);
	while (fgets(line, sizeof(line), maps)) {
		unsigned long start, end, pgoff;

		if (sscanf(line, "%lx-%lx %*s %lx", &start, &end, &pgoff) != 3 || here < start ||
		    here >= end)
			continue;
		map.start = start;
		map.len = end - start;
		map.pgoff = pgoff;
		map.flags = CT_MAP_EXEC;
	}
	fclose(maps);
	assert_true(map.flags);
	return map;
}

static void test_found(void **state)
{
	struct ct_map map = map_of_self();
	struct ct_runtime runtime;
	struct runtime_file file;
	int fd = open_self();

	(void)state;
	file = runtime__of_file(fd);
	assert_int_equal(file.size, sizeof(_PyRuntime));
	assert_int_equal(file.version, VERSION);
	assert_true(runtime__mapped(&file, fd, &map, &runtime));
	assert_int_equal(runtime.start, (uintptr_t)_PyRuntime);
	assert_int_equal(runtime.len, sizeof(_PyRuntime));
	assert_int_equal(runtime.version, VERSION);
	assert_int_equal(runtime.kind, CT_RUNTIME_PYTHON);
	assert_int_equal(runtime.h.type, CT_RUNTIME);
	assert_true(file.no_lock);
	assert_int_equal(runtime.h.flags, CT_R_NO_LOCK);
	assert_int_equal(runtime.h.ts, 7);
	assert_int_equal(runtime.pid, 2);
	map.flags = 0; /* no code */
	assert_false(runtime__mapped(&file, fd, &map, &runtime));
	map.flags = CT_MAP_EXEC;
	map.pgoff = 1ull << 40;
	assert_false(runtime__mapped(&file, fd, &map, &runtime));
	close(fd);
}

static void test_not_found(void **state)
{
	struct elf_object object;
	int fd = open("/bin/true", O_RDONLY), self = open_self(),
	    null = open("/dev/null", O_RDONLY);

	(void)state;
	assert_true(fd >= 0 && null >= 0);
	assert_int_equal(runtime__of_file(fd).address, 0);
	assert_int_equal(runtime__of_file(null).address, 0);
	assert_int_equal(runtime__of_file(-1).address, 0);
	assert_false(elf_object__find(self, "_PyRuntimeX", &object));
	assert_false(elf_object__find(self, "_PyRuntim", &object));
	assert_false(elf_object__find(self, "printf", &object)); /* not its own */
	close(fd);
	close(self);
	close(null);
}

static uint64_t make_seed = 88172645463325252ULL;

static uint32_t below(uint32_t n)
{
	make_seed ^= make_seed << 13;
	make_seed ^= make_seed >> 7;
	make_seed ^= make_seed << 17;
	return (uint32_t)(make_seed >> 32) % n;
}

/* Whatever is in a file, it comes to an end and reads no memory that is not its own. */
static void test_damaged(void **state)
{
	int self = open_self(), fd = memfd_create("damaged", MFD_CLOEXEC);
	unsigned int round, i, found = 0;
	struct ct_map map = map_of_self();
	struct ct_runtime runtime;
	struct stat st;
	char *whole;

	(void)state;
	assert_true(fd >= 0);
	assert_int_equal(fstat(self, &st), 0);
	whole = malloc((size_t)st.st_size);
	assert_non_null(whole);
	assert_int_equal(pread(self, whole, (size_t)st.st_size, 0), st.st_size);
	for (round = 0; round < 3000; round++) {
		struct runtime_file file;

		assert_int_equal(pwrite(fd, whole, (size_t)st.st_size, 0), st.st_size);
		for (i = 0; i < 3; i++) {
			unsigned char byte = below(2) ? 0xff : (unsigned char)below(256);
			/* Headers and the dynamic linker's tables are at the beginning. */
			off_t at = below(round % 2 ? 0x400 : 0x2000);

			assert_int_equal(pwrite(fd, &byte, 1, at), 1);
		}
		if (round % 16 == 0)
			assert_int_equal(ftruncate(fd, below(0x3000)), 0);
		file = runtime__of_file(fd);
		found += file.address && runtime__mapped(&file, fd, &map, &runtime);
	}
	assert_in_range(found, 1, 2999);
	free(whole);
	close(fd);
	close(self);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_found),
		cmocka_unit_test(test_not_found),
		cmocka_unit_test(test_damaged),
	};

	return cmocka_run_group_tests_name("runtime", tests, NULL, NULL);
}
