// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* The memory that all probes share. */
#include "bpf/state.bpf.h"

char LICENSE[] SEC("license") = "Dual BSD/GPL";

struct rings rings SEC(".maps");
const volatile unsigned int ct_ring_bytes = 0;
struct ct_control ct_control = {};
struct ct_cpu ct_cpus[CT_MAX_CPUS] = {};
unsigned int ct_asleep[CT_ASLEEP] = {};
unsigned long long ct_traced[CT_TID_WORDS] = {};
