// SPDX-License-Identifier: GPL-2.0-only
/*
 * Damaged programs: whatever bytes they have, asking for names, lines and callers ends, and touches
 * nothing that is not theirs. `test_symbol_fuzz ROUNDS SEED [FILE...]` does more of it.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "bpf/events.h"
#include "lib/strbuf.h"
#include "symbol/maps.h"
#include "symbol/modules.h"
#include "symbol/unwind.h"
#include "tests/unit/scratch.inc"

#define ADDRESSES 24
#define STACK	  4096

static unsigned long rounds = 40; /* per program */
static uint64_t seed = 1;
static unsigned long usable; /* of the damaged ones */
static int nfiles;
static char **files;

static uint64_t next(void)
{
	seed = seed * 6364136223846793005ULL + 1442695040888963407ULL;
	return seed >> 20;
}

static uint64_t below(uint64_t end)
{
	return end ? next() % end : 0;
}

struct program {
	unsigned char *bytes;
	size_t len;
	uint64_t code, code_len; /* of the segment that has code, in the file */
	uint64_t address;	 /* where it is loaded */
};

static uint64_t field(const unsigned char *p, size_t size)
{
	uint64_t value = 0;

	memcpy(&value, p, size);
	return value;
}

static bool read_program(const char *path, struct program *program)
{
	FILE *f = fopen(path, "re");
	const unsigned char *header;
	uint64_t i, n, at;
	long size;

	if (!f)
		return false;
	fseek(f, 0, SEEK_END);
	size = ftell(f);
	rewind(f);
	program->bytes = malloc((size_t)size);
	assert_non_null(program->bytes);
	program->len = fread(program->bytes, 1, (size_t)size, f);
	fclose(f);
	/* ELF64: e_phoff, e_phnum; p_type, p_flags, p_offset, p_vaddr, p_filesz. */
	at = field(program->bytes + 32, 8);
	n = field(program->bytes + 56, 2);
	for (i = 0; i < n; i++) {
		header = program->bytes + at + i * 56;
		if (field(header, 4) != 1 || !(field(header + 4, 4) & 1))
			continue;
		program->code = field(header + 8, 8);
		program->address = field(header + 16, 8);
		program->code_len = field(header + 32, 8);
	}
	return program->code_len > 0 && program->len > 8192;
}

/* A section of the file. ELF64: e_shoff, e_shnum; sh_type, sh_offset, sh_size. */
static void pick_section(const struct program *program, uint64_t *start, uint64_t *size)
{
	uint64_t at = field(program->bytes + 40, 8), n = field(program->bytes + 60, 2);
	const unsigned char *header = program->bytes + at + below(n) * 64;

	if (!n || field(header + 4, 4) == 8 || !field(header + 32, 8))
		return;
	*start = field(header + 24, 8);
	*size = field(header + 32, 8);
}

/* Damages a copy: some bytes, a run of them, or its end. Returns its length. */
static size_t damage(const struct program *program, unsigned char *copy)
{
	size_t i, k, n = 1 + next() % 24, at, len = program->len;
	bool headers = next() % 4 == 0;
	uint64_t start = 1024, room = len - 4096;

	memcpy(copy, program->bytes, len);
	if (next() % 4)
		pick_section(program, &start, &room);
	for (i = 0; i < n; i++) {
		/* Headers are few, and much depends on them: little is read if they are damaged. */
		at = start + below(room);
		if (headers && next() % 4 == 0)
			at = next() % 2 ? next() % 1024 : len - 1 - next() % 3000;
		switch (next() % 4) {
		case 0:
			copy[at] ^= (unsigned char)(1 << next() % 8);
			break;
		case 1:
			copy[at] = "\x00\xff\x7f\x80"[next() % 4];
			break;
		case 2:
			for (k = 0; k < 8 && at + k < len; k++)
				copy[at + k] = (unsigned char)next();
			break;
		default:
			copy[at] = (unsigned char)next();
		}
	}
	return !headers || next() % 4 ? len : below(len);
}

static void ask(const struct program *program, const unsigned char *bytes, size_t len)
{
	struct modules *m = modules__new();
	struct maps *maps = maps__new();
	struct module_id id = {.path = "/no/such/file", .dev = 1, .ino = 2};
	struct mapping mapping = {0x10000, 0x10000 + program->code_len, program->code, NULL};
	unsigned char stack[STACK];
	struct unwind_input in = {.maps = maps, .bytes = stack, .len = sizeof(stack)};
	struct frame frames[UNWIND_MOST];
	struct place places[16];
	struct strbuf out = {0};
	enum stack_end end;
	uint64_t address, size;
	size_t i, k;

	assert_int_equal(modules__set_debug_root(m, scratch_dir), 0);
	assert_int_equal(modules__add_blob(m, CT_BLOB_ELF, 1, 2, bytes, len), 0);
	mapping.module = modules__get(m, &id);
	assert_int_equal(maps__add(maps, &mapping), 0);
	usable += module__state(mapping.module) == MODULE_READY;
	for (i = 0; i < ADDRESSES; i++) {
		address = below(program->code_len);
		(void)module__places(mapping.module, program->address + address, places, 16);
		(void)module__data_name(mapping.module, next() % (program->address * 2 + 65536),
					&out);
		for (k = 0; k + 8 <= sizeof(stack); k += 8) {
			size = mapping.start + below(program->code_len);
			memcpy(stack + k, &size, 8);
		}
		in.regs.ip = mapping.start + address;
		in.regs.sp = 0x7000000;
		in.regs.bp = 0x7000000 + next() % STACK / 8 * 8;
		assert_true(unwind__stack(&in, frames, UNWIND_MOST, &end) >= 1);
	}
	(void)module__symbol_range(mapping.module, "registry_lock", &address, &size);
	(void)maps__find_data(maps, mapping.end + 8, &address);
	strbuf__free(&out);
	maps__unref(maps);
	modules__free(m);
}

static void damage_often(const char *path)
{
	struct program program = {0};
	unsigned char *copy;
	unsigned long i;
	size_t len;

	if (!read_program(path, &program) || !program.bytes || !program.code_len) {
		skip();
		return; /* it does not; compilers do not know */
	}
	copy = malloc(program.len + 1);
	assert_non_null(copy);
	ask(&program, program.bytes, program.len);
	for (i = 0; i < rounds; i++) {
		len = damage(&program, copy);
		ask(&program, copy, len);
	}
	/* Else this tests little. */
	assert_true(usable > rounds / 2);
	usable = 0;
	free(copy);
	free(program.bytes);
}

static void test_damaged_programs(void **state)
{
	static const char *const flags[] = {"-O2 -g", "-O2 -gdwarf-4",
					    "-O2 -g -gz=zlib -static-pie", "-O2 -s"};
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(flags) / sizeof(*flags); i++) {
		if (!compile("cc", "chains.c", flags[i], "fuzzed"))
			skip();
		damage_often(in_dir("fuzzed"));
	}
	if (compile("g++", "chains.cc", "-O2 -g", "fuzzed"))
		damage_often(in_dir("fuzzed"));
}

static void test_damaged_files(void **state)
{
	int i;

	(void)state;
	for (i = 0; i < nfiles; i++)
		damage_often(files[i]);
}

int main(int argc, char **argv)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_damaged_programs),
		cmocka_unit_test(test_damaged_files),
	};

	if (argc > 2) {
		rounds = strtoul(argv[1], NULL, 10);
		seed = strtoul(argv[2], NULL, 10);
		nfiles = argc - 3;
		files = argv + 3;
	}
	return cmocka_run_group_tests(tests, scratch_setup, scratch_teardown);
}
