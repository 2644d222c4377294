/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What differs between the machines that recordings are of: one row each. A recording may be looked
 * at on any machine.
 */
#ifndef LIB_ARCH_H
#define LIB_ARCH_H

#include <stdbool.h>
#include <stdint.h>

/*
 * Registers as the unwinder numbers them: DWARF's numbers of x86-64 (psABI 1.0, figure 3.36), whose
 * places those of other machines take. Those that a function may lose have none.
 */
enum arch_register {
	REGISTER_BX = 3,
	REGISTER_FP = 6,
	REGISTER_SP = 7,
	REGISTER_R12 = 12,
	REGISTER_R13 = 13,
	REGISTER_R14 = 14,
	REGISTER_R15 = 15,
	REGISTER_IP = 16, /* where the caller goes on */
	REGISTERS = 17,
	REGISTER_NONE = REGISTERS,
};

struct arch {
	const char *machine; /* as uname() calls it */
	unsigned int elf;    /* e_machine */
	/* By DWARF's number: enum arch_register; NULL: the numbers are these. */
	const uint8_t *registers;
	unsigned int nregisters;
	uint32_t kept; /* bit per register that a function leaves as it was */
	bool has_link; /* a call leaves the return address in a register, not on the stack */
	/*
	 * In the frame that calls a signal handler, from sp on: where the kernel saves registers,
	 * in the order of DWARF's numbers, and then where the program goes on. 0: frame information
	 * tells.
	 */
	unsigned int signal_frame;
	uint64_t address; /* bits of a return address that are one: others may hold a signature */
	/* By number, 1 + the number of the same call on x86-64; 0 = it has none that matters. */
	const short *calls;
	unsigned int ncalls;
	unsigned int mutex_bytes; /* sizeof(pthread_mutex_t) in glibc */
	/*
	 * A thread's own memory around its thread pointer: glibc's struct pthread lies above it,
	 * and the program's variables below, or the other way round.
	 */
	bool variables_above;
	/* What mmap() gives, stacks of threads among it, lies above, brk()'s heap below. */
	uint64_t lowest_mmap;
};

/* By uname()'s name. Never NULL: an unknown one is taken for x86-64, as in old recordings. */
const struct arch *arch__of_machine(const char *machine);
/* By e_machine of an ELF file, NULL if there is none. */
const struct arch *arch__of_elf(unsigned int machine);
/* True if conctrace can record on such a machine. */
bool arch__is_known(const char *machine);

/* The register that DWARF's number stands for, or REGISTER_NONE. */
unsigned int arch__register(const struct arch *arch, uint64_t dwarf);
/* The number on x86-64 of a machine's system call; one that is no call's if there is none. */
int arch__call(const struct arch *arch, int nr);

#endif
