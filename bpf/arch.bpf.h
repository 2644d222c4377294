/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * What differs between machines: numbers of system calls, registers, code, the order of stores. One
 * part per architecture, each with the same names; compat.bpf.h has what all share.
 */
#ifndef CT_ARCH_BPF_H
#define CT_ARCH_BPF_H

#if defined(__TARGET_ARCH_x86)

/* arch/x86/entry/syscalls/syscall_64.tbl; segment selector: arch/x86/include/asm/segment.h */
#define NR_READ		   0
#define NR_WRITE	   1
#define NR_SCHED_YIELD	   24
#define NR_NANOSLEEP	   35
#define NR_SENDTO	   44
#define NR_RECVFROM	   45
#define NR_CLONE	   56
#define NR_FUTEX	   202
#define NR_CLOCK_NANOSLEEP 230
#define NR_CLONE3	   435
#define USER32_CS	   0x23

/* The user's registers as tasks have them, and where one finds a thread's own memory. */
typedef struct ct_regs arch_regs;
typedef struct ct_stack arch_stack;
#define ARCH_STACK	  CT_STACK
#define ARCH_THREAD_FIELD thread.fsbase

struct thread_struct {
	unsigned long fsbase;
} CT_CORE;

/* arch/x86/include/asm/ptrace.h; the order is that of PTRACE_GETREGS. Without relocation: ABI. */
struct pt_regs {
	unsigned long r15, r14, r13, r12, bp, bx, r11, r10, r9, r8, ax, cx, dx, si, di;
	unsigned long orig_ax, ip, cs, flags, sp, ss;
};

#define REG_IP(regs)	   ((regs)->ip)
#define REG_ARG0(regs)	   ((regs)->di) /* of the system call that it is in */
#define REG_ARG1(regs)	   ((regs)->si)
#define REG_ARG2(regs)	   ((regs)->dx)
#define REG_ARG3(regs)	   ((regs)->r10)
#define REG_NR(regs)	   ((long)(regs)->orig_ax)
#define REG_COMPAT(regs)   (((regs)->cs & 0xffff) == USER32_CS)
#define SAMPLE_KERNEL(ctx) (!((ctx)->cs & 3))

static __always_inline void copy_regs(arch_regs *to, const struct pt_regs *regs)
{
	to->ip = regs->ip;
	to->sp = regs->sp;
	to->bp = regs->bp;
	to->bx = regs->bx;
	to->r12 = regs->r12;
	to->r13 = regs->r13;
	to->r14 = regs->r14;
	to->r15 = regs->r15;
}

/* Whether pthread_self() is that of the thread with this thread pointer. */
#define IS_PTHREAD(self, tls) ((self) == (tls))

/* A word of the stack as an address of code. */
#define CODE_ADDRESS(word) (word)

/* What precedes a return address: e8 with four bytes, or ff /2 of two to seven (Intel SDM, CALL) */
#define CALL_BYTES 8

static __always_inline int ends_with_call(const u8 *b)
{
	return b[3] == 0xe8 || (b[6] == 0xff && (b[7] & 0x38) == 0x10) ||
	       (b[5] == 0xff && (b[6] & 0x38) == 0x10) || (b[4] == 0xff && (b[5] & 0x38) == 0x10) ||
	       (b[2] == 0xff && (b[3] & 0x38) == 0x10) || (b[1] == 0xff && (b[2] & 0x38) == 0x10);
}

static __always_inline void publish(struct ct_hdr *h, u8 type)
{
	asm volatile("" ::: "memory"); /* x86 keeps the order of stores, the compiler must too */
	*(volatile u8 *)&h->type = type;
}

#define PAGES_TO_BYTES(pages) ((pages) << 12)

#elif defined(__TARGET_ARCH_arm64)

/* include/uapi/asm-generic/unistd.h */
#define NR_READ		   63
#define NR_WRITE	   64
#define NR_FUTEX	   98
#define NR_NANOSLEEP	   101
#define NR_CLOCK_NANOSLEEP 115
#define NR_SCHED_YIELD	   124
#define NR_SENDTO	   206
#define NR_RECVFROM	   207
#define NR_CLONE	   220
#define NR_CLONE3	   435

typedef struct ct_regs_arm64 arch_regs;
typedef struct ct_stack_arm64 arch_stack;
#define ARCH_STACK	   CT_STACK_ARM64
#define ARCH_THREAD_FIELD  thread.uw.tp_value

struct thread_struct {
	struct {
		unsigned long tp_value; /* TPIDR_EL0 when it last left a CPU */
	} uw;
} CT_CORE;

/*
 * arch/arm64/include/asm/ptrace.h: as far as the system call's number unchanged since 4.15 but for
 * big-endian kernels, which are not supported; what user space sees of it ends at pstate.
 */
struct pt_regs {
	unsigned long regs[31], sp, pc, pstate, orig_x0;
	int syscallno; /* -1: in none */
};

#define PSR_MODE_MASK	 0x0f /* 0: user mode */
#define PSR_MODE32_BIT	 0x10
#define REG_IP(r)	 ((r)->pc)
#define REG_ARG0(r)	 ((r)->orig_x0)
#define REG_ARG1(r)	 ((r)->regs[1])
#define REG_ARG2(r)	 ((r)->regs[2])
#define REG_ARG3(r)	 ((r)->regs[3])
#define REG_NR(r)	 ((long)(r)->syscallno)
#define REG_COMPAT(r)	 (((r)->pstate & PSR_MODE32_BIT) != 0)
#define SAMPLE_KERNEL(r) (((r)->pstate & PSR_MODE_MASK) != 0)

static __always_inline void copy_regs(arch_regs *to, const struct pt_regs *r)
{
	int i;

	to->ip = r->pc;
	to->sp = r->sp;
	to->fp = r->regs[29];
	to->lr = r->regs[30];
#pragma unroll
	for (i = 0; i < 10; i++)
		to->x[i] = r->regs[19 + i];
}

/* struct pthread ends where the thread pointer points to: at most so many bytes, and no other's. */
#define IS_PTHREAD(self, tls) ((tls) - (self)-1 < 4096)

/* Return addresses may be signed in their upper bits (PAC). */
#define CODE_ADDRESS(word)    ((word) & ((1ULL << 48) - 1))

/* What precedes a return address: bl, or blr and its kin with keys (Arm ARM, C6.2) */
#define CALL_BYTES	      4

static __always_inline int ends_with_call(const u8 *b)
{
	u32 code = b[0] | b[1] << 8 | b[2] << 16 | (u32)b[3] << 24;

	return code >> 26 == 0x25 || (code & 0xfefff000) == 0xd63f0000;
}

/*
 * BPF has no barrier before 6.13, but an atomic operation whose result is used comes after all that
 * comes before it (Documentation/atomic_t.txt). The type is the low byte of its word, and 0 so far.
 */
static __always_inline void publish(struct ct_hdr *h, u8 type)
{
	u64 before = __sync_fetch_and_or((u64 *)&h->type, (u64)type);

	asm volatile("" ::"r"(before) : "memory");
}

#define PAGES_TO_BYTES(pages) ((u64)(pages)*ct_control.page_bytes)

#else
#error "no such architecture: see docs/how-to-add.md"
#endif

static __always_inline arch_regs regs_of(const struct pt_regs *regs)
{
	arch_regs copy;

	copy_regs(&copy, regs);
	return copy;
}

#endif
