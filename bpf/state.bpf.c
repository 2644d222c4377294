// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* The memory that all probes share. */
#include "bpf/affinity.bpf.h"
#include "bpf/stack.bpf.h"

char LICENSE[] SEC("license") = "Dual BSD/GPL";

struct rings rings SEC(".maps");
const volatile unsigned int ct_ring_bytes = 0;
const volatile unsigned int ct_possible = 0;
const volatile unsigned int ct_cpu_words = 0;
struct ct_control ct_control = {};
struct ct_cpu ct_cpus[CT_MAX_CPUS] = {};
unsigned int ct_asleep[CT_ASLEEP] = {};
struct ct_restricted ct_restricted[CT_RESTRICTED] = {};
unsigned long long ct_traced[CT_TID_WORDS] = {};
unsigned long long ct_seen[CT_SEEN] = {};
struct ct_klock ct_klocks[CT_KLOCKS] = {};

__noinline int tell_lost(u64 now)
{
	u32 cpu;
	struct ct_cpu *state = this_cpu(&cpu);
	void *ring = bpf_map_lookup_elem(&rings, &cpu);
	struct ct_lost *lost = ring ? claim(ring, sizeof(*lost)) : NULL;

	if (!lost)
		return 0;
	lost->h.ts = state->lost_first;
	lost->h.tid = 0;
	lost->until = now;
	__builtin_memcpy(lost->count, state->lost, sizeof(lost->count));
	__builtin_memset(state->lost, 0, sizeof(state->lost));
	state->lost_first = 0;
	commit(&lost->h, CT_LOST);
	return 1;
}
