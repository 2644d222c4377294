// SPDX-License-Identifier: GPL-2.0-only
#include "lib/arch.h"

#include <elf.h>
#include <stddef.h>
#include <string.h>

#define BIT(reg) (1U << (reg))

/* From here on new system calls have the same number everywhere. */
#define COMMON_CALLS 424
/* Added to a number that x86-64 has no counterpart of: fits the records' 16 bits. */
#define UNLIKE 0x4000

/*
 * include/uapi/asm-generic/unistd.h (Linux 6.12), to arch/x86/entry/syscalls/syscall_64.tbl: those
 * that anything here asks about. What arm64 has left out (open, poll, select...) its C libraries
 * do by calls that are here.
 */
static const short calls_arm64[] = {
	[4] = 1 + 208,	 /* io_getevents */
	[22] = 1 + 281,	 /* epoll_pwait */
	[25] = 1 + 72,	 /* fcntl */
	[29] = 1 + 16,	 /* ioctl */
	[32] = 1 + 73,	 /* flock */
	[35] = 1 + 263,	 /* unlinkat */
	[45] = 1 + 76,	 /* truncate */
	[46] = 1 + 77,	 /* ftruncate */
	[47] = 1 + 285,	 /* fallocate */
	[56] = 1 + 257,	 /* openat */
	[57] = 1 + 3,	 /* close */
	[61] = 1 + 217,	 /* getdents64 */
	[63] = 1 + 0,	 /* read */
	[64] = 1 + 1,	 /* write */
	[65] = 1 + 19,	 /* readv */
	[66] = 1 + 20,	 /* writev */
	[67] = 1 + 17,	 /* pread64 */
	[68] = 1 + 18,	 /* pwrite64 */
	[69] = 1 + 295,	 /* preadv */
	[70] = 1 + 296,	 /* pwritev */
	[71] = 1 + 40,	 /* sendfile */
	[72] = 1 + 270,	 /* pselect6 */
	[73] = 1 + 271,	 /* ppoll */
	[76] = 1 + 275,	 /* splice */
	[77] = 1 + 276,	 /* tee */
	[79] = 1 + 262,	 /* newfstatat */
	[80] = 1 + 5,	 /* fstat */
	[81] = 1 + 162,	 /* sync */
	[82] = 1 + 74,	 /* fsync */
	[83] = 1 + 75,	 /* fdatasync */
	[84] = 1 + 277,	 /* sync_file_range */
	[93] = 1 + 60,	 /* exit */
	[94] = 1 + 231,	 /* exit_group */
	[95] = 1 + 247,	 /* waitid */
	[98] = 1 + 202,	 /* futex */
	[101] = 1 + 35,	 /* nanosleep */
	[115] = 1 + 230, /* clock_nanosleep */
	[124] = 1 + 24,	 /* sched_yield */
	[128] = 1 + 219, /* restart_syscall */
	[133] = 1 + 130, /* rt_sigsuspend */
	[137] = 1 + 128, /* rt_sigtimedwait */
	[192] = 1 + 220, /* semtimedop */
	[193] = 1 + 65,	 /* semop */
	[202] = 1 + 43,	 /* accept */
	[203] = 1 + 42,	 /* connect */
	[206] = 1 + 44,	 /* sendto */
	[207] = 1 + 45,	 /* recvfrom */
	[210] = 1 + 48,	 /* shutdown */
	[211] = 1 + 46,	 /* sendmsg */
	[212] = 1 + 47,	 /* recvmsg */
	[220] = 1 + 56,	 /* clone */
	[221] = 1 + 59,	 /* execve */
	[227] = 1 + 26,	 /* msync */
	[242] = 1 + 288, /* accept4 */
	[243] = 1 + 299, /* recvmmsg */
	[260] = 1 + 61,	 /* wait4 */
	[267] = 1 + 306, /* syncfs */
	[269] = 1 + 307, /* sendmmsg */
	[276] = 1 + 316, /* renameat2 */
	[281] = 1 + 322, /* execveat */
	[285] = 1 + 326, /* copy_file_range */
	[286] = 1 + 327, /* preadv2 */
	[287] = 1 + 328, /* pwritev2 */
	[291] = 1 + 332, /* statx */
	[292] = 1 + 333, /* io_pgetevents */
};

/*
 * DWARF for the Arm 64-bit Architecture, 4.1. x19 to x28 in the places of what x86-64 does not
 * keep; the link register is where the caller goes on, unless the function has used it for a call.
 */
static const uint8_t registers_arm64[] = {
	[0 ... 18] = REGISTER_NONE,
	[19] = 0,
	[20] = 1,
	[21] = 2,
	[22] = 3,
	[23] = 4,
	[24] = 5,
	[25] = 8,
	[26] = 9,
	[27] = 10,
	[28] = 11,
	[29] = REGISTER_FP,
	[30] = REGISTER_IP,
	[31] = REGISTER_SP,
};

#define SIZE(array) (sizeof(array) / sizeof((array)[0]))

static const struct arch archs[] = {
	{
		.machine = "x86_64",
		.elf = EM_X86_64,
		.kept = BIT(REGISTER_BX) | BIT(REGISTER_FP) | BIT(REGISTER_R12) |
			BIT(REGISTER_R13) | BIT(REGISTER_R14) | BIT(REGISTER_R15),
		.address = UINT64_MAX,
		.mutex_bytes = 40,
		.lowest_mmap = 0x7e0000000000,
	},
	{
		.machine = "aarch64",
		.elf = EM_AARCH64,
		.registers = registers_arm64,
		.nregisters = SIZE(registers_arm64),
		.kept = BIT(0) | BIT(1) | BIT(2) | BIT(3) | BIT(4) | BIT(5) | BIT(8) | BIT(9) |
			BIT(10) | BIT(11) | BIT(REGISTER_FP),
		.has_link = true,
		/* struct rt_sigframe: siginfo, then in ucontext what lies before the registers. */
		.signal_frame = 128 + 184,
		.address = ((uint64_t)1 << 48) - 1,
		.calls = calls_arm64,
		.ncalls = SIZE(calls_arm64),
		.mutex_bytes = 48,
		.variables_above = true,
		/* 48 bits, of which mmap() takes the last eighth at most, and PIE begins at 2/3. */
		.lowest_mmap = 0xd00000000000,
	},
};

const struct arch *arch__of_machine(const char *machine)
{
	size_t i;

	for (i = 1; i < SIZE(archs); i++)
		if (!strcmp(machine, archs[i].machine))
			return &archs[i];
	return &archs[0];
}

const struct arch *arch__of_elf(unsigned int machine)
{
	size_t i;

	for (i = 0; i < SIZE(archs); i++)
		if (archs[i].elf == machine)
			return &archs[i];
	return NULL;
}

bool arch__is_known(const char *machine)
{
	return !strcmp(arch__of_machine(machine)->machine, machine);
}

unsigned int arch__register(const struct arch *arch, uint64_t dwarf)
{
	if (!arch->registers)
		return dwarf < REGISTERS ? (unsigned int)dwarf : REGISTER_NONE;
	return dwarf < arch->nregisters ? arch->registers[dwarf] : REGISTER_NONE;
}

int arch__call(const struct arch *arch, int nr)
{
	if (!arch->calls || nr < 0 || nr >= COMMON_CALLS)
		return nr;
	if ((unsigned int)nr < arch->ncalls && arch->calls[nr])
		return arch->calls[nr] - 1;
	return nr + UNLIKE;
}
