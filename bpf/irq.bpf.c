// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * Interrupt context, kept per CPU: a waking that comes from an interrupt was not done by the task
 * that it interrupted. Plain raw tracepoints, so that one program serves many of them.
 */
#include "bpf/state.bpf.h"

SEC("raw_tp")
int hardirq_enter(void *ctx)
{
	u32 cpu;

	this_cpu(&cpu)->hardirq = 1;
	return 0;
}

SEC("raw_tp")
int timer_enter(void *ctx)
{
	u32 cpu;

	this_cpu(&cpu)->hardirq = 2;
	return 0;
}

SEC("raw_tp")
int hardirq_exit(void *ctx)
{
	u32 cpu;

	this_cpu(&cpu)->hardirq = 0;
	return 0;
}

SEC("raw_tp")
int softirq_enter(struct bpf_raw_tracepoint_args *ctx)
{
	u32 cpu;

	this_cpu(&cpu)->softirq = 1 + (u32)ctx->args[0];
	return 0;
}

SEC("raw_tp")
int softirq_exit(void *ctx)
{
	u32 cpu;

	this_cpu(&cpu)->softirq = 0;
	return 0;
}
