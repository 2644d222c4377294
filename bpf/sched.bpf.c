// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* The scheduler: who leaves and enters a CPU, what it blocks in, who wakes whom. */
#include "bpf/state.bpf.h"

static __always_inline void fill_switch(struct ct_switch *s, u64 now, u8 flags,
					struct task_struct *prev, struct task_struct *next,
					u32 prev_state)
{
	fill_header(&s->h, now, prev->pid, (u8)next->prio);
	s->h.flags = flags;
	s->h.aux = (u8)prev->nvcsw;
	s->next_tid = next->pid;
	s->prev_state = prev_state;
}

/* The type of the file that a descriptor stands for: S_IFMT bits, CT_FD_NONE if it is none. */
static __always_inline u16 fd_mode(struct task_struct *task, u64 fd)
{
	struct fdtable *fdt, table;
	struct inode *inode;
	struct file *file;
	u16 mode;

	if (fd > 0xfffff)
		return CT_FD_NONE;
	fdt = BPF_CORE_READ(task, files, fdt);
	if (bpf_probe_read_kernel(&table, sizeof(table), fdt) || fd >= table.max_fds)
		return CT_FD_NONE;
	if (bpf_probe_read_kernel(&file, sizeof(file), &table.fd[fd]) || !file ||
	    bpf_core_read(&inode, sizeof(inode), &file->f_inode) || !inode ||
	    bpf_core_read(&mode, sizeof(mode), &inode->i_mode))
		return CT_FD_NONE;
	return mode & 0170000;
}

static __always_inline void send_futex_wait(void *ring, struct ct_cpu *state, u64 now, u8 flags,
					    struct task_struct *prev, struct task_struct *next,
					    u32 prev_state, struct pt_regs *regs)
{
	struct ct_switch_futex *f;
	u64 uaddr = regs->di;

	if (!reserve(ring, state, CT_SWITCH_FUTEX, now, f))
		return;
	if (regs->r10)
		flags |= CT_F_TIMEOUT;
	f->uaddr = uaddr;
	f->op = (u32)regs->si;
	f->val = (u32)regs->dx;
	if (bpf_probe_read_user(f->words, sizeof(f->words), (void *)uaddr))
		__builtin_memset(f->words, 0, sizeof(f->words));
	else
		flags |= CT_F_WORDS;
	fill_switch(&f->s, now, flags, prev, next, prev_state);
	commit(&f->s.h, CT_SWITCH_FUTEX);
}

/* A traced task blocks: say in what. */
static __always_inline void send_wait(void *ring, struct ct_cpu *state, u64 now, u8 flags,
				      struct task_struct *prev, struct task_struct *next,
				      u32 prev_state)
{
	struct syscall call = syscall_of(prev);
	struct ct_switch_wait *w;

	if (BPF_CORE_READ_BITFIELD(prev, in_iowait))
		flags |= CT_F_IOWAIT;
	if (call.compat)
		flags |= CT_F_COMPAT;
	if (call.nr == NR_FUTEX && !call.compat && call.regs) {
		send_futex_wait(ring, state, now, flags, prev, next, prev_state, call.regs);
		return;
	}
	if (!reserve(ring, state, CT_SWITCH_WAIT, now, w))
		return;
	fill_switch(&w->s, now, flags, prev, next, prev_state);
	w->nr = (s32)call.nr;
	w->reserved = 0;
	w->fd_mode = CT_FD_NONE;
	__builtin_memset(w->args, 0, sizeof(w->args));
	if (call.nr >= 0 && call.regs) {
		w->args[0] = call.regs->di;
		w->args[1] = call.regs->si;
		w->args[2] = call.regs->dx;
		w->args[3] = call.regs->r10;
		w->fd_mode = fd_mode(prev, w->args[0]);
	}
	commit(&w->s.h, CT_SWITCH_WAIT);
}

/* A traced task has left its CPU for good: send the kernel's own counts, forget the tid. */
static __always_inline void send_end(void *ring, struct ct_cpu *state, u64 now,
				     struct task_struct *prev)
{
	struct ct_end *end;

	if (reserve(ring, state, CT_END, now, end)) {
		fill_header(&end->h, now, prev->pid, 0);
		end->exit_code = prev->exit_code;
		end->reserved = 0;
		end->nvcsw = prev->nvcsw;
		end->nivcsw = prev->nivcsw;
		end->utime = prev->utime;
		end->stime = prev->stime;
		end->sum_exec = prev->se.sum_exec_runtime;
		commit(&end->h, CT_END);
	}
	if (ct_control.all)
		return;
	/*
	 * A leader that dies before its threads keeps its tid traced: a thread that execs takes
	 * it over (de_thread() in fs/exec.c).
	 */
	if (prev->pid != prev->tgid || !BPF_CORE_READ(prev, signal, live.counter))
		tid_forget(prev->pid);
	if (__sync_fetch_and_add(&ct_control.live, -1ULL) == 1)
		ct_control.last_end = now;
}

static __always_inline void send_since(void *ring, struct ct_cpu *state, u64 now, u8 type, u32 tid,
				       u64 since)
{
	struct ct_arrived *a;

	if (!reserve(ring, state, type, now, a))
		return;
	fill_header(&a->h, now, tid, 0);
	a->since = since;
	commit(&a->h, type);
}

/* A traced task blocks: until a waking of it is reported, it has none. */
static __always_inline void fall_asleep(u32 tid)
{
	ct_asleep[tid & (CT_ASLEEP - 1)] = tid;
}

static __always_inline bool is_asleep(u32 tid)
{
	return tid && ct_asleep[tid & (CT_ASLEEP - 1)] == tid;
}

static __always_inline void awake(u32 tid)
{
	if (is_asleep(tid))
		ct_asleep[tid & (CT_ASLEEP - 1)] = 0;
}

/*
 * A task comes back whose waking nobody reported: it was woken while it was still leaving, or by
 * somebody whose events the kernel hides.
 */
static __always_inline void check_asleep(void *ring, struct ct_cpu *state, u64 now,
					 struct task_struct *next)
{
	if (!is_asleep(next->pid))
		return;
	awake(next->pid);
	send_since(ring, state, now, CT_QUEUED, next->pid, queued_of(next, now));
}

SEC("tp_btf/sched_switch")
int BPF_PROG(on_switch, bool preempt, struct task_struct *prev, struct task_struct *next,
	     unsigned int prev_state)
{
	u64 now = bpf_ktime_get_ns();
	u32 cpu;
	struct ct_cpu *state = this_cpu(&cpu);
	void *ring = bpf_map_lookup_elem(&rings, &cpu);
	bool traced = is_traced(prev);
	u8 flags = (preempt ? CT_F_PREEMPT : 0) | (traced ? CT_F_PREV_TRACED : 0);
	bool dead = prev_state & TASK_STATE_DEAD;
	struct ct_switch *s;

	if (state->cur && state->cur != prev->pid + 1u)
		send_since(ring, state, now, CT_ARRIVED, prev->pid, arrival_of(prev, now));
	state->cur = next->pid + 1;
	check_asleep(ring, state, now, next);
	if (traced && !preempt) {
		if (prev_state && !dead && still_runnable(prev))
			prev_state = 0;
		if (prev_state && !dead) {
			fall_asleep(prev->pid);
			send_wait(ring, state, now, flags, prev, next, prev_state);
			return 0;
		}
		if (!prev_state && syscall_of(prev).nr == NR_SCHED_YIELD)
			flags |= CT_F_YIELD;
	}
	if (reserve(ring, state, CT_SWITCH, now, s)) {
		fill_switch(s, now, flags, prev, next, prev_state);
		commit(&s->h, CT_SWITCH);
	}
	if (traced && dead)
		send_end(ring, state, now, prev);
	return 0;
}

static __always_inline void fill_waking(struct ct_waking *w, u64 now, u8 flags, u8 vector,
					struct task_struct *wakee, struct task_struct *waker,
					long nr)
{
	fill_header(&w->h, now, wakee->pid, (u8)wakee->prio);
	w->h.flags = flags;
	w->h.aux = vector;
	w->waker = waker->pid;
	w->nr = (short)nr;
	w->target_cpu = (u16)wakee->thread_info.cpu;
}

static __always_inline int send_waking(struct task_struct *wakee, u8 type)
{
	u64 now = bpf_ktime_get_ns();
	struct task_struct *waker = bpf_get_current_task_btf();
	struct syscall call = {.nr = -1};
	struct ct_waking_futex *f;
	struct ct_waking *w;
	u8 flags = 0, vector = 0;
	u32 cpu;
	struct ct_cpu *state = this_cpu(&cpu);
	void *ring = bpf_map_lookup_elem(&rings, &cpu);

	if (state->hardirq)
		flags |= CT_W_HARDIRQ | (state->hardirq == 2 ? CT_W_TIMER : 0);
	if (state->softirq) {
		flags |= CT_W_SOFTIRQ;
		vector = (u8)(state->softirq - 1);
	}
	if (is_traced(waker))
		flags |= CT_W_WAKER_TRACED;
	if ((flags & CT_W_WAKER_TRACED) || is_traced(wakee))
		call = syscall_of(waker);
	if (call.compat)
		flags |= CT_W_COMPAT;
	if (call.nr == NR_FUTEX && !call.compat && call.regs && type == CT_WAKING) {
		if (!reserve(ring, state, CT_WAKING_FUTEX, now, f))
			return 0;
		fill_waking(&f->w, now, flags, vector, wakee, waker, call.nr);
		f->uaddr = call.regs->di;
		f->op = (u32)call.regs->si;
		f->val = (u32)call.regs->dx;
		commit(&f->w.h, CT_WAKING_FUTEX);
		return 0;
	}
	if (!reserve(ring, state, type, now, w))
		return 0;
	fill_waking(w, now, flags, vector, wakee, waker, call.nr);
	commit(&w->h, type);
	return 0;
}

SEC("tp_btf/sched_waking")
int BPF_PROG(on_waking, struct task_struct *wakee)
{
	/* A task that undoes its own going to sleep: with interrupts enabled, and no news. */
	if (wakee == bpf_get_current_task_btf())
		return 0;
	awake(wakee->pid);
	return send_waking(wakee, CT_WAKING);
}

SEC("tp_btf/sched_wakeup_new")
int BPF_PROG(on_wakeup_new, struct task_struct *wakee)
{
	return send_waking(wakee, CT_WAKEUP_NEW);
}
