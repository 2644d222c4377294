// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* Requests to block devices: from the driver's getting one to its completion. */
#include "bpf/state.bpf.h"

#define REQ_OP_MASK 0xff /* include/linux/blk_types.h */

static struct ct_request ct_requests[CT_REQUESTS];

/* Its address would do, but verifiers do not allow to compute with it. */
static __always_inline u64 key_of(struct request *rq)
{
	return mix(mix((u64)BPF_CORE_READ(rq, q), BPF_CORE_READ(rq, __sector)),
		   BPF_CORE_READ(rq, cmd_flags) & REQ_OP_MASK);
}

/* Of a request that belongs to no partition or disk by itself, as flushes do. */
static __always_inline u32 disk_of(struct request *rq)
{
	struct gendisk *disk = BPF_CORE_READ(rq, q, disk);

	if (!disk)
		return 0;
	return (u32)BPF_CORE_READ(disk, major) << 20 | (u32)BPF_CORE_READ(disk, first_minor);
}

static __always_inline struct ct_request *slot_of(u64 key)
{
	return &ct_requests[(key >> 20) & (CT_REQUESTS - 1)];
}

SEC("tp_btf/block_rq_issue")
int BPF_PROG(on_block_issue, struct request *rq)
{
	struct task_struct *task = bpf_get_current_task_btf();
	u64 key = key_of(rq);
	struct ct_request *r = slot_of(key);

	r->key = key;
	r->issued = bpf_ktime_get_ns();
	r->tid = task->pid;
	return 0;
}

SEC("tp_btf/block_rq_complete")
int BPF_PROG(on_block_complete, struct request *rq, int error, unsigned int bytes)
{
	u64 now = bpf_ktime_get_ns(), key = key_of(rq);
	struct ct_request *r = slot_of(key);
	u32 cpu;
	struct ct_cpu *state = this_cpu(&cpu);
	struct block_device *part;
	struct ct_disk *d;

	if (r->key != key)
		return 0;
	d = reserve_side(bpf_map_lookup_elem(&rings, &cpu), state, CT_DISK, sizeof(*d));
	if (!d)
		return 0;
	part = bpf_core_field_exists(rq->part) ? BPF_CORE_READ(rq, part) : NULL;
	fill_header(&d->h, now, r->tid, 0);
	d->issued = r->issued;
	d->sector = BPF_CORE_READ(rq, __sector);
	d->bytes = bytes;
	d->dev = part ? BPF_CORE_READ(part, bd_dev) : disk_of(rq);
	d->op = BPF_CORE_READ(rq, cmd_flags) & REQ_OP_MASK;
	d->error = error;
	commit(&d->h, CT_DISK);
	r->key = 0;
	return 0;
}
