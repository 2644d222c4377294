// SPDX-License-Identifier: GPL-2.0-only
/* Recordings of other machines: system calls, registers, stacks of arm64, wherever this runs. */
#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include <elf.h>

#include "lib/arch.h"
#include "symbol/cfi.h"
#include "symbol/maps.h"
#include "symbol/modules.h"
#include "symbol/unwind.h"

#define SIZE(array) (sizeof(array) / sizeof(*(array)))

static void test_rows(void **state)
{
	(void)state;
	assert_string_equal(arch__of_machine("aarch64")->machine, "aarch64");
	assert_string_equal(arch__of_machine("x86_64")->machine, "x86_64");
	assert_string_equal(arch__of_machine("riscv64")->machine, "x86_64");
	assert_true(arch__is_known("aarch64") && arch__is_known("x86_64"));
	assert_false(arch__is_known("riscv64"));
	assert_ptr_equal(arch__of_elf(EM_AARCH64), arch__of_machine("aarch64"));
	assert_null(arch__of_elf(EM_RISCV));
}

static void test_calls(void **state)
{
	static const struct {
		int arm64, x86;
	} rows[] = {
		{63, 0},   {64, 1},    {57, 3},	   {98, 202}, {101, 35},  {115, 230}, {124, 24},
		{220, 56}, {435, 435}, {260, 61},  {95, 247}, {93, 60},	  {94, 231},  {22, 281},
		{73, 271}, {82, 74},   {128, 219}, {-1, -1},  {449, 449}, {203, 42},  {441, 441},
	};
	const struct arch *arm64 = arch__of_machine("aarch64"), *x86 = arch__of_machine("x86_64");
	size_t i;
	int nr;

	(void)state;
	for (i = 0; i < SIZE(rows); i++) {
		if (rows[i].arm64 != 124)
			assert_int_equal(arch__call(arm64, rows[i].arm64), rows[i].x86);
		assert_int_equal(arch__call(x86, rows[i].x86), rows[i].x86);
	}
	/* What has no counterpart is none of x86-64's, and still a number of 16 bits. */
	for (nr = 0; nr < 424; nr++) {
		int call = arch__call(arm64, nr);

		assert_true(call >= 0 && (call < 424 || (call > 0x1000 && call <= INT16_MAX)));
	}
}

/* Each has a place of its own, and those that a function keeps are kept. */
static void test_registers(void **state)
{
	const struct arch *arm64 = arch__of_machine("aarch64");
	uint32_t seen = 0;
	unsigned int i, reg;

	(void)state;
	for (i = 0; i < 100; i++) {
		reg = arch__register(arm64, i);
		if (i < 19 || i > 31) {
			assert_int_equal(reg, REGISTER_NONE);
			continue;
		}
		assert_true(reg < REGISTERS && !(seen >> reg & 1));
		seen |= 1U << reg;
		assert_int_equal(arm64->kept >> reg & 1, i <= 29);
	}
	assert_int_equal(arch__register(arch__of_machine("x86_64"), 16), REGISTER_IP);
	assert_int_equal(arch__register(arch__of_machine("x86_64"), 17), REGISTER_NONE);
}

/* Frame records of generated code: the address in it may be signed in its upper bits. */
static void test_frame_pointers(void **state)
{
	uint64_t stack[8] = {7, 0x7010, 0x00ab000000005001, 0, 0x6001, 0};
	struct module_id id = {.path = "//anon", .anonymous = true, .pid = 7};
	struct modules *m = modules__new();
	struct maps *maps = maps__new();
	struct unwind_input in = {.maps = maps,
				  .is_arm64 = true,
				  .arm64 = {.ip = 0x5000, .sp = 0x7000, .fp = 0x7008},
				  .bytes = (unsigned char *)stack,
				  .len = sizeof(stack)};
	struct frame frames[8];
	enum stack_end end;

	(void)state;
	stack[1] = 0x7018;
	assert_int_equal(
		maps__add(maps, &(struct mapping){0x5000, 0x6100, 0x5000, modules__get(m, &id)}),
		0);
	assert_int_equal(unwind__stack(&in, frames, 8, &end), 3);
	assert_int_equal(end, STACK_COMPLETE);
	assert_true(frames[1].ip == 0x5001 && frames[2].ip == 0x6001);
	maps__unref(maps);
	modules__free(m);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_rows),
		cmocka_unit_test(test_calls),
		cmocka_unit_test(test_registers),
		cmocka_unit_test(test_frame_pointers),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
