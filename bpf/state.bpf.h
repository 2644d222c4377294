/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* What the probes share: whom to trace, each CPU's ring and state, how a record is sent. */
#ifndef CT_STATE_BPF_H
#define CT_STATE_BPF_H

#include "bpf/compat.bpf.h"
#include "bpf/control.h"
#include "bpf/events.h"

struct rings {
	__uint(type, BPF_MAP_TYPE_ARRAY); /* by CPU: struct ct_ring and its bytes */
	__uint(map_flags, BPF_F_MMAPABLE);
	__uint(max_entries, 1); /* both set by user space before loading */
	__uint(key_size, sizeof(u32));
	__uint(value_size, sizeof(struct ct_ring) + CT_RING_SLACK);
};

extern struct rings rings SEC(".maps");
extern const volatile unsigned int ct_ring_bytes; /* of one ring, a power of two */
extern struct ct_control ct_control;
extern struct ct_cpu ct_cpus[CT_MAX_CPUS];
extern unsigned int ct_asleep[CT_ASLEEP];
extern unsigned long long ct_traced[CT_TID_WORDS];

/* One step of a hash. */
static __always_inline u64 mix(u64 h, u64 v)
{
	h = (h ^ v) * 0x9fb21c651e98df25ULL;
	return h ^ (h >> 32);
}

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

/*
 * A task as a number, for global functions, which take no pointers to tasks. Through memory,
 * because the verifier lets no pointer become a number in a register; with interrupts off only.
 */
static __always_inline u64 address_of(struct task_struct *task)
{
	u32 cpu;
	struct ct_cpu *state = this_cpu(&cpu);

	*(volatile u64 *)&state->task = (u64)task;
	return *(volatile u64 *)&state->task;
}

static __always_inline struct ct_scratch *scratch_of(void *ring)
{
	return ring + sizeof(struct ct_ring) + ct_ring_bytes + CT_RING_SLACK;
}

static __always_inline void count_lost(struct ct_cpu *state, u32 type, u64 now)
{
	if (!state->lost_first)
		state->lost_first = now;
	state->lost[type & (CT_LOST_KINDS - 1)]++;
	state->lost_total[type & (CT_LOST_KINDS - 1)]++;
}

/*
 * Room for `size` bytes (a multiple of 8) in the ring, NULL if it is full. Tracepoints with
 * interrupts enabled may be interrupted by others on the same CPU, so the head moves atomically;
 * what they may take between the check and the move is kept free.
 */
static __always_inline void *claim(struct ct_ring *ring, u64 size)
{
	u64 position;

	if (ring->head - ring->tail + size + 4 * CT_RING_SLACK > ct_ring_bytes)
		return NULL;
	position = __sync_fetch_and_add(&ring->head, size);
	return (void *)(ring + 1) + (position & (ct_ring_bytes - 8));
}

/* The record is complete. */
static __always_inline void commit(struct ct_hdr *h, u8 type)
{
	publish(h, type);
}

/*
 * Room for a record in this CPU's ring, its size taken from the pointer; NULL and counted when it
 * is full. The first record that fits again is preceded by one that tells what was lost.
 */
#define reserve(ring_of_cpu, state, type, now, record)                                             \
	((record) = reserve_bytes(ring_of_cpu, state, type, now, (sizeof(*(record)) + 7) & ~7ULL))

/*
 * Tells on this CPU what was lost. False: there is no room for that either. A global function:
 * verified once per program, though all that reserves may call it.
 */
int tell_lost(u64 now);

static __always_inline void *reserve_bytes(void *ring, struct ct_cpu *state, u32 type, u64 now,
					   u64 size)
{
	void *record;

	if (!ring) { /* a CPU that came online after the start */
		count_lost(state, type, now);
		return NULL;
	}
	if (state->lost_first && !tell_lost(now)) {
		count_lost(state, type, now);
		return NULL;
	}
	record = claim(ring, size);
	if (!record)
		count_lost(state, type, now);
	return record;
}

/*
 * The same for what describes other records: without it they lose a name, not their time, so its
 * loss makes nothing unknown. It is counted.
 */
static __always_inline void *reserve_side(void *ring, struct ct_cpu *state, u32 type, u64 size)
{
	void *record = ring && !state->lost_first ? claim(ring, size) : NULL;

	if (!record)
		state->lost_total[type & (CT_LOST_KINDS - 1)]++;
	return record;
}

/* All but the type, which commit() sets. */
static __always_inline void fill_header(struct ct_hdr *h, u64 now, u32 tid, u8 prio)
{
	h->ts = now;
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
