/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* Which lock of the kernel a traced task sleeps for, noted when it begins to contend. */
#ifndef CT_KLOCK_BPF_H
#define CT_KLOCK_BPF_H

#include "bpf/state.bpf.h"

/* include/trace/events/lock.h, since 5.19 */
#define LCB_F_SPIN  0x01
#define LCB_F_READ  0x02
#define LCB_F_WRITE 0x04
#define LCB_F_MUTEX 0x20

#define OWNER_FLAGS 0x7 /* low bits of a lock's owner word that are no part of the address */

extern struct ct_klock ct_klocks[CT_KLOCKS];

static __always_inline struct ct_klock *klock_of(u32 tid)
{
	return &ct_klocks[tid & (CT_KLOCKS - 1)];
}

/*
 * 1 + the tid of who holds it, 0 = not known. struct mutex begins with its owner, struct
 * rw_semaphore has it after its count (kernel/locking/, unchanged since 4.10 and 5.3).
 */
static __always_inline u64 owner_of(const struct ct_klock *k)
{
	u64 owner = 0;
	int tid = 0;

	/* Others, as semaphores and per-CPU locks, have no owner, or have it elsewhere. */
	if (k->flags != LCB_F_MUTEX && k->flags != LCB_F_READ && k->flags != LCB_F_WRITE)
		return 0;
	if (bpf_probe_read_kernel(&owner, sizeof(owner),
				  (void *)(k->lock + (k->flags & LCB_F_MUTEX ? 0 : 8))))
		return 0;
	if (!(k->flags & LCB_F_MUTEX) && (owner & 1)) /* a reader: one of perhaps many */
		return 0;
	owner &= ~(u64)OWNER_FLAGS;
	if (!owner || bpf_core_read(&tid, sizeof(tid), &((struct task_struct *)owner)->pid))
		return 0;
	return tid > 0 ? 1 + (u64)tid : 0;
}

/* True if the task that blocks waits for such a lock. */
static __always_inline bool fill_klock(struct ct_switch_wait *w, struct task_struct *prev)
{
	struct ct_klock *k = klock_of(prev->pid);
	struct mm_struct *mm;

	if (k->tid != (u32)prev->pid || !k->lock)
		return false;
	w->target = k->lock;
	w->detail = owner_of(k);
	mm = BPF_CORE_READ(prev, mm);
	if (mm && k->lock == (u64)mm + bpf_core_field_offset(mm->mmap_lock))
		w->klock = CT_KLOCK_MMAP;
	return true;
}

#endif
