/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* What the probes share: whom to trace, each CPU's ring and state, how a record is sent. */
#ifndef CT_STATE_BPF_H
#define CT_STATE_BPF_H

#include "bpf/compat.bpf.h"
#include "bpf/control.h"
#include "bpf/events.h"

/*
 * Pointers are followed with BPF_CORE_READ, not by walking BTF pointers: for each such load the
 * verifier of recent kernels searches all of the kernel's type names
 * (btf_nested_type_is_trusted()), which took 25 of 85 ms of start-up.
 */
struct ring {
	__uint(type, BPF_MAP_TYPE_RINGBUF);
	__uint(max_entries, 4096);
};

struct rings {
	__uint(type, BPF_MAP_TYPE_ARRAY_OF_MAPS);
	__uint(max_entries, CT_MAX_CPUS);
	__type(key, u32);
	__array(values, struct ring);
};

extern struct rings rings SEC(".maps");
extern struct ct_control ct_control;
extern struct ct_cpu ct_cpus[CT_MAX_CPUS];
extern unsigned int ct_asleep[CT_ASLEEP];
extern unsigned long long ct_traced[CT_TID_WORDS];

static __always_inline bool tid_is_traced(u32 tid)
{
	return ct_traced[(tid >> 6) & (CT_TID_WORDS - 1)] & (1ULL << (tid & 63));
}

static __always_inline void tid_trace(u32 tid)
{
	__sync_fetch_and_or(&ct_traced[(tid >> 6) & (CT_TID_WORDS - 1)], 1ULL << (tid & 63));
}

static __always_inline void tid_forget(u32 tid)
{
	__sync_fetch_and_and(&ct_traced[(tid >> 6) & (CT_TID_WORDS - 1)], ~(1ULL << (tid & 63)));
}

static __always_inline bool is_traced(struct task_struct *task)
{
	if (!ct_control.all)
		return tid_is_traced(task->pid);
	return !(task->flags & PF_KTHREAD) && task->pid && (u32)task->tgid != ct_control.self_pid;
}

static __always_inline struct ct_cpu *this_cpu(u32 *cpu)
{
	*cpu = bpf_get_smp_processor_id();
	return &ct_cpus[*cpu & (CT_MAX_CPUS - 1)];
}

static __always_inline void count_lost(struct ct_cpu *state, u32 type, u64 now)
{
	if (!state->lost_first)
		state->lost_first = now;
	state->lost[type & (CT_LOST_KINDS - 1)]++;
	state->lost_total[type & (CT_LOST_KINDS - 1)]++;
}

/*
 * Room for a record of `size` bytes (a constant) in this CPU's ring; NULL and counted when it is
 * full. The first record that fits again is preceded by one that tells what was lost.
 */
#define reserve(ring_of_cpu, state, type, now, record)                                             \
	((record) = reserve_bytes(ring_of_cpu, state, type, now, sizeof(*(record))))

static __always_inline bool send_lost(void *ring, struct ct_cpu *state, u64 now)
{
	struct ct_lost *lost = bpf_ringbuf_reserve(ring, sizeof(*lost), 0);

	if (!lost)
		return false;
	__builtin_memset(lost, 0, sizeof(*lost));
	lost->h.ts = state->lost_first;
	lost->h.type = CT_LOST;
	lost->until = now;
	__builtin_memcpy(lost->count, state->lost, sizeof(lost->count));
	__builtin_memset(state->lost, 0, sizeof(state->lost));
	state->lost_first = 0;
	bpf_ringbuf_submit(lost, BPF_RB_NO_WAKEUP);
	return true;
}

static __always_inline void *reserve_bytes(void *ring, struct ct_cpu *state, u32 type, u64 now,
					   u64 size)
{
	void *record;

	if (!ring) { /* a CPU that came online after the start */
		count_lost(state, type, now);
		return NULL;
	}
	if (state->lost_first && !send_lost(ring, state, now)) {
		count_lost(state, type, now);
		return NULL;
	}
	record = bpf_ringbuf_reserve(ring, size, 0);
	if (!record)
		count_lost(state, type, now);
	return record;
}

static __always_inline void fill_header(struct ct_hdr *h, u64 now, u8 type, u32 tid, u8 prio)
{
	h->ts = now;
	h->type = type;
	h->flags = 0;
	h->aux = 0;
	h->prio = prio;
	h->tid = tid;
}

static __always_inline u32 ns_tid_of(struct task_struct *task)
{
	struct pid *pid = BPF_CORE_READ(task, thread_pid);
	struct upid upid;
	u32 level;

	if (!pid)
		return 0;
	level = BPF_CORE_READ(pid, level);
	if (bpf_core_read(&upid, sizeof(upid), &pid->numbers[level]))
		return 0;
	return upid.nr;
}

#endif
