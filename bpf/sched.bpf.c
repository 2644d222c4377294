// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* The scheduler: who leaves and enters a CPU, what it blocks in, who wakes whom. */
#include "bpf/affinity.bpf.h"
#include "bpf/fault.bpf.h"
#include "bpf/file.bpf.h"
#include "bpf/klock.bpf.h"
#include "bpf/place.bpf.h"
#include "bpf/stack.bpf.h"

static __always_inline void fill_switch(struct ct_switch *s, u64 now, u8 flags,
					struct task_struct *prev, u32 next_tid, u32 next_prio,
					u32 prev_state)
{
	fill_header(&s->h, now, prev->pid, (u8)next_prio);
	s->h.flags = flags;
	s->h.aux = (u8)prev->nvcsw;
	s->next_tid = next_tid;
	s->prev_state = prev_state;
}

/* Not onto the stack: with all that a wait may call there is little of it. */
static __always_inline void read_words(void *ring, struct ct_switch_futex *f, u64 uaddr, u8 *flags)
{
	struct {
		u32 before[CT_FUTEX_BEFORE], words[CT_FUTEX_WORDS];
	} *user = (void *)scratch_of(ring)->stack[STACK_OF_TASK];

	if (!bpf_probe_read_user(user, sizeof(*user), (void *)(uaddr - sizeof(user->before)))) {
		*flags |= CT_F_WORDS | CT_F_BEFORE;
		__builtin_memcpy(f->words, user->words, sizeof(f->words));
		__builtin_memcpy(f->before, user->before, sizeof(f->before));
		return;
	}
	__builtin_memset(f->before, 0, sizeof(f->before));
	if (bpf_probe_read_user(f->words, sizeof(f->words), (void *)uaddr))
		__builtin_memset(f->words, 0, sizeof(f->words));
	else
		*flags |= CT_F_WORDS;
}

static __always_inline void send_futex_wait(void *ring, struct ct_cpu *state, u64 now, u8 flags,
					    struct task_struct *prev, u32 next_tid, u32 next_prio,
					    u32 prev_state, struct syscall *call,
					    const struct ct_site *place)
{
	struct pt_regs *regs = call->regs;
	struct ct_switch_futex *f;
	u64 uaddr = REG_ARG0(regs), shared = 0;

	if (!(REG_ARG1(regs) & FUTEX_PRIVATE))
		shared = shared_id(uaddr, now);
	if (!reserve(ring, state, CT_SWITCH_FUTEX, now, f))
		return;
	if (REG_ARG3(regs))
		flags |= CT_F_TIMEOUT;
	f->uaddr = uaddr;
	f->op = (u32)REG_ARG1(regs);
	f->val = (u32)REG_ARG2(regs);
	f->stack = place ? place->stack : 0;
	f->shared = shared;
	read_words(ring, f, uaddr, &flags);
	fill_switch(&f->s, now, flags, prev, next_tid, next_prio, prev_state);
	commit(&f->s.h, CT_SWITCH_FUTEX);
}

/* The time that a sleeper asked for, in ns; 0 = not known. */
static __always_inline u64 sleep_time(u64 timespec)
{
	s64 time[2];

	if (bpf_probe_read_user(time, sizeof(time), (void *)timespec))
		return 0;
	return (u64)time[0] * 1000000000ULL + (u64)time[1];
}

/* What else there is to say of the wait, by what it is. */
static __always_inline void fill_detail(struct ct_switch_wait *w, struct task_struct *prev,
					struct syscall *call, u64 mapped, u32 *flags)
{
	struct pt_regs *regs = call->regs;

	if ((w->s.prev_state & TASK_UNINTERRUPTIBLE) && fill_klock(w, prev)) {
		*flags |= CT_F_KLOCK;
		return;
	}
	if (mapped) {
		w->target = mapped;
		*flags |= CT_F_FAULT;
		return;
	}
	if (!regs || call->compat)
		return;
	if (call->nr == NR_NANOSLEEP) {
		w->detail = sleep_time(REG_ARG0(regs));
	} else if (call->nr == NR_CLOCK_NANOSLEEP) {
		w->detail = sleep_time(REG_ARG2(regs));
	}
}

/*
 * A traced task, the current one, blocks: say in what. A global function: the ways that lead here
 * and those that go on from here are verified apart.
 */
__noinline int send_wait(u64 now, u32 flags, u32 next_tid, u32 next_prio, u32 prev_state)
{
	struct task_struct *prev = bpf_get_current_task_btf();
	u32 cpu;
	struct ct_cpu *state = this_cpu(&cpu);
	void *ring = bpf_map_lookup_elem(&rings, &cpu);
	struct syscall call = syscall_of(prev);
	struct ct_switch_wait *w;
	const struct ct_site *place;
	u64 mapped;

	if (BPF_CORE_READ_BITFIELD(prev, in_iowait))
		flags |= CT_F_IOWAIT;
	if (call.compat)
		flags |= CT_F_COMPAT;
	place = place_of_wait(ring, state, &call, prev->pid, now,
			      call.nr >= 0 && call.nr != NR_FUTEX);
	mapped = prev_state & TASK_UNINTERRUPTIBLE ? file_of_fault(now) : 0;
	if (call.nr == NR_FUTEX && !call.compat && call.regs && !mapped) {
		send_futex_wait(ring, state, now, (u8)flags, prev, next_tid, next_prio, prev_state,
				&call, place);
		return 0;
	}
	if (!reserve(ring, state, CT_SWITCH_WAIT, now, w))
		return 0;
	w->nr = (s32)call.nr;
	w->klock = 0;
	w->fd_mode = place ? (u16)place->fd_mode : CT_FD_NONE;
	w->stack = place ? place->stack : 0;
	w->target = place ? place->file : 0;
	w->detail = 0;
	w->s.prev_state = prev_state;
	__builtin_memset(w->args, 0, sizeof(w->args));
	if (call.nr >= 0 && call.regs) {
		w->args[0] = REG_ARG0(call.regs);
		w->args[1] = REG_ARG1(call.regs);
		w->args[2] = REG_ARG2(call.regs);
		w->args[3] = REG_ARG3(call.regs);
	}
	fill_detail(w, prev, &call, mapped, &flags);
	fill_switch(&w->s, now, (u8)flags, prev, next_tid, next_prio, prev_state);
	commit(&w->s.h, CT_SWITCH_WAIT);
	return 0;
}

/* Of a process that is about to end: all its threads have begun to. */
static __always_inline void send_memory(void *ring, struct ct_cpu *state, u64 now,
					struct task_struct *prev)
{
	struct ct_memory *m;

	if (BPF_CORE_READ(prev, signal, live.counter) || (prev->flags & PF_KTHREAD))
		return;
	if (reserve(ring, state, CT_MEMORY, now, m)) {
		fill_header(&m->h, now, prev->pid, 0);
		m->peak = (u64)BPF_CORE_READ(prev, signal, maxrss) * ct_control.page_bytes;
		commit(&m->h, CT_MEMORY);
	}
}

/* A traced task has left its CPU for good: send the kernel's own counts, forget the tid. */
static __always_inline void send_end(void *ring, struct ct_cpu *state, u64 now,
				     struct task_struct *prev)
{
	struct ct_end *end;

	send_memory(ring, state, now, prev);
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

/*
 * What the scheduler's account says of a task, given by its address. Rare, so not inlined; a global
 * function: verified once.
 */
__noinline int send_since(u64 now, u32 type, u64 address)
{
	struct task_struct *task = (struct task_struct *)address;
	u32 cpu;
	struct ct_cpu *state = this_cpu(&cpu);
	struct ct_arrived *a;

	if (!reserve(bpf_map_lookup_elem(&rings, &cpu), state, type, now, a))
		return 0;
	fill_header(&a->h, now, BPF_CORE_READ(task, pid), 0);
	a->since = type == CT_ARRIVED ? arrival_of(task, now) : queued_of(task, now);
	commit(&a->h, (u8)type);
	return 0;
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
static __always_inline void check_asleep(u64 now, struct task_struct *next)
{
	if (!is_asleep(next->pid))
		return;
	awake(next->pid);
	send_since(now, CT_QUEUED, address_of(next));
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
		send_since(now, CT_ARRIVED, address_of(prev));
	state->cur = next->pid + 1;
	check_asleep(now, next);
	if (traced && !preempt) {
		if (prev_state && !dead && still_runnable(prev))
			prev_state = 0;
		if (prev_state && !dead) {
			fall_asleep(prev->pid);
			send_wait(now, flags, next->pid, next->prio, prev_state);
			return 0;
		}
		if (!prev_state && syscall_of(prev).nr == NR_SCHED_YIELD)
			flags |= CT_F_YIELD;
	}
	if (traced && !dead && is_throttled(prev))
		flags |= CT_F_THROTTLED;
	if (reserve(ring, state, CT_SWITCH, now, s)) {
		fill_switch(s, now, flags, prev, next->pid, next->prio, prev_state);
		commit(&s->h, CT_SWITCH);
	}
	if (traced && dead)
		send_end(ring, state, now, prev);
	else if (traced) /* it stays runnable: when it blocks, its waking looks */
		check_affinity(prev, now);
	return 0;
}

static __always_inline void fill_waking(struct ct_waking *w, u64 now, u8 flags, u8 vector,
					struct task_struct *wakee, struct task_struct *waker,
					long nr, const struct ct_site *place)
{
	fill_header(&w->h, now, wakee->pid, (u8)wakee->prio);
	w->h.flags = flags;
	w->h.aux = vector;
	w->waker = waker->pid;
	w->nr = (short)nr;
	w->target_cpu = (u16)wakee->thread_info.cpu;
	w->stack = place ? place->stack : 0;
	w->target = 0;
}

static __always_inline int send_waking(struct task_struct *wakee, u8 type)
{
	u64 now = bpf_ktime_get_ns();
	struct task_struct *waker = bpf_get_current_task_btf();
	struct syscall call = {.nr = -1};
	const struct ct_site *place = NULL;
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
	if (type == CT_WAKING && (flags & CT_W_WAKER_TRACED) && !(flags & CT_W_HARDIRQ) &&
	    call.nr >= 0)
		place = place_of_waker(ring, state, &call, waker->pid, now);
	if (call.nr == NR_FUTEX && !call.compat && call.regs && type == CT_WAKING) {
		if (!reserve(ring, state, CT_WAKING_FUTEX, now, f))
			return 0;
		fill_waking(&f->w, now, flags, vector, wakee, waker, call.nr, place);
		f->uaddr = REG_ARG0(call.regs);
		f->op = (u32)REG_ARG1(call.regs);
		f->val = (u32)REG_ARG2(call.regs);
		commit(&f->w.h, CT_WAKING_FUTEX);
		return 0;
	}
	if (!reserve(ring, state, type, now, w))
		return 0;
	fill_waking(w, now, flags, vector, wakee, waker, call.nr, place);
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
	send_waking(wakee, CT_WAKING);
	if (is_traced(wakee))
		check_affinity(wakee, 0);
	return 0;
}

SEC("tp_btf/sched_wakeup_new")
int BPF_PROG(on_wakeup_new, struct task_struct *wakee)
{
	return send_waking(wakee, CT_WAKEUP_NEW);
}
