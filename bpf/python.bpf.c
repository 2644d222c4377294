// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * Where Python code stands when its thread blocks or is sampled, read from the interpreter's own
 * structures. An object of its own: it is loaded when the first process that runs Python comes.
 *
 * All that is read is the program's word: each list is followed for a bounded number of steps, each
 * length is cut, and an address that cannot be read ends it.
 */
#include "bpf/python.bpf.h"
#include "bpf/python_names.bpf.h"

#define LINKS_MOST  1024 /* interpreters and threads that are passed on the way to a thread */
#define OWNED_BY_C  3	 /* a frame that is none of Python's: 3.12 and later */
#define BYTES_SIZE  16	 /* PyBytesObject */
#define BYTES_VALUE 32

/* --- which thread --- */

struct search {
	const struct ct_python_process *p;
	u64 interpreter, thread, wanted, found;
};

static long search_step(u32 i, struct search *s)
{
	if (!s->thread) {
		s->interpreter = read_word(s->interpreter + s->p->layout.interpreter_next);
		if (!s->interpreter)
			return 1;
		s->thread = read_word(s->interpreter + s->p->layout.threads);
		return 0;
	}
	if (IS_PTHREAD(read_word(s->thread + s->p->layout.thread_id), s->wanted)) {
		s->found = s->thread;
		return 1;
	}
	s->thread = read_word(s->thread + s->p->layout.thread_next);
	return 0;
}

/*
 * The PyThreadState of the current thread, 0 if it has none. Global functions: they take numbers
 * and find the rest again, and are verified once, not for each way that leads to them.
 */
__noinline u64 find_thread(u64 tls)
{
	u32 pid = bpf_get_current_pid_tgid() >> 32;
	struct ct_python_process *p = bpf_map_lookup_elem(&py_processes, &pid);
	struct search s = {.p = p, .wanted = tls};

	if (!p)
		return 0;
	s.interpreter = read_word(p->state + p->layout.interpreters);
	if (!s.interpreter)
		return 0;
	s.thread = read_word(s.interpreter + p->layout.threads);
	bpf_loop(LINKS_MOST, search_step, &s, 0);
	return s.found;
}

/* Not in a sample's interrupt: it may have come in the middle of an update. */
static __always_inline struct thread *remember(u32 tid, u64 state)
{
	struct thread *thread;

	if (bpf_map_update_elem(&py_threads, &tid, py_new_thread, BPF_ANY))
		return NULL;
	thread = bpf_map_lookup_elem(&py_threads, &tid);
	if (thread)
		thread->state = state;
	return thread;
}

/* --- its frames --- */

struct walk {
	const struct ct_python_process *p;
	struct scratch *scratch;
	u64 frame, hash;
	u64 handle; /* the innermost frame of asyncio's Handle._run, 0 = there is none */
	u32 count, complete;
};

static long walk_step(u32 i, struct walk *w)
{
	const struct ct_python_layout *l = &w->p->layout;
	struct ct_python_frame *to = &w->scratch->frames[w->count & (CT_PYTHON_FRAMES - 1)];
	u64 code, at, frame = w->frame;
	u8 owner = 0;

	if (!w->frame) {
		w->complete = 1;
		return 1;
	}
	code = read_word(w->frame + l->frame_code);
	at = read_word(w->frame + l->frame_instruction);
	if (!code || !at ||
	    bpf_probe_read_user(&owner, sizeof(owner), (void *)(w->frame + l->frame_owner)))
		return 1;
	w->frame = read_word(w->frame + l->frame_previous);
	if (owner == OWNED_BY_C)
		return 0;
	if (w->count >= CT_PYTHON_FRAMES)
		return 1;
	if (code == w->p->handle_run && !w->handle)
		w->handle = frame;
	w->scratch->addresses[w->count & (CT_PYTHON_FRAMES - 1)] = frame;
	to->code = code;
	to->at = at - code - l->code_bytecode;
	w->hash = mix(mix(w->hash, code), at);
	w->count++;
	return 0;
}

/* --- what they run --- */

struct codes {
	struct ct_python_process *p;
	struct scratch *scratch;
	void *ring;
	u64 now;
	u32 pid, tid, failed, reserved;
};

static __always_inline bool send_code(struct codes *s, u64 code, u64 id, u32 first_line)
{
	const struct ct_python_layout *l = &s->p->layout;
	u64 table = read_word(code + l->code_lines), len = read_word(table + BYTES_SIZE);
	struct ct_python_code *c;
	bool whole;

	if (len > CT_PYTHON_LINES)
		len = 0;
	c = room(s->ring, CT_PYTHON_CODE,
		 (offsetof(struct ct_python_code, bytes) + len + 7) & ~7ULL);
	if (!c)
		return false;
	fill_header(&c->h, s->now, s->tid, 0);
	c->pid = s->pid;
	c->first_line = first_line;
	whole = read_text(l, read_word(code + l->code_name), c->name, CT_PYTHON_NAME, false,
			  &c->name_kind, &c->name_len);
	whole = read_text(l, read_word(code + l->code_file), c->file, CT_PYTHON_FILE, true,
			  &c->file_kind, &c->file_len) &&
		whole;
	c->id = whole ? id : 0;	 /* 0: nobody's */
	c->lines_len = (u16)len; /* if it cannot be read, what is there is nothing */
	bpf_probe_read_user(c->bytes, bounded(len, 2 * CT_PYTHON_LINES - 1),
			    (void *)(table + BYTES_VALUE));
	commit(&c->h, CT_PYTHON_CODE);
	return whole;
}

/* The address becomes the id, for which it is no more: addresses are used again. */
static long code_step(u32 i, struct codes *s)
{
	struct ct_python_frame *frame = &s->scratch->frames[i & (CT_PYTHON_FRAMES - 1)];
	const struct ct_python_layout *l = &s->p->layout;
	u64 code = frame->code, id;
	u32 first_line = read_half(code + l->code_first_line);

	id = mix(mix(code, read_word(code + l->code_name)), read_word(code + l->code_file));
	id = mix(mix(id, read_word(code + l->code_lines)), (u64)first_line << 32 | s->pid);
	frame->code = id;
	if (was_seen(id))
		return 0;
	if (!s->p->handle_run && is_handle_run(l, code)) {
		s->p->handle_run = code;
		s->scratch->handle = s->scratch->addresses[i & (CT_PYTHON_FRAMES - 1)];
	}
	if (send_code(s, code, id, first_line))
		return 0;
	forget(id);
	s->failed = 1;
	return 1;
}

static __always_inline bool send_stack(struct codes *s, const struct walk *w, u64 id)
{
	u64 size = (u64)w->count * sizeof(struct ct_python_frame);
	struct ct_python_stack *stack;

	if (!take_token(&s->scratch->stacks, s->now))
		return false;
	bpf_loop(w->count, code_step, s, 0);
	if (s->failed || size > sizeof(stack->frames))
		return false;
	stack = room(s->ring, CT_PYTHON_STACK, offsetof(struct ct_python_stack, frames) + size);
	if (!stack)
		return false;
	fill_header(&stack->h, s->now, s->tid, 0);
	stack->id = id;
	stack->pid = s->pid;
	stack->complete = w->complete;
	stack->count = w->count;
	stack->reserved = 0;
	bpf_probe_read_kernel(stack->frames, bounded(size, 2 * sizeof(stack->frames) - 1),
			      s->scratch->frames);
	commit(&stack->h, CT_PYTHON_STACK);
	return true;
}

/* The id of the stack that begins with the frame, sent if it is new; 0: there is none. */
__noinline u64 id_of(u64 frame, u64 now, u32 use)
{
	u64 ids = bpf_get_current_pid_tgid(), id;
	u32 pid = ids >> 32, cpu = bpf_get_smp_processor_id(), key = use;
	struct ct_python_process *p = bpf_map_lookup_elem(&py_processes, &pid);
	struct scratch *scratch = bpf_map_lookup_elem(&py_scratch, &key);
	void *ring = bpf_map_lookup_elem(&rings, &cpu);
	struct walk w = {.p = p, .scratch = scratch, .frame = frame, .hash = pid};
	struct codes codes = {
		.p = p, .scratch = scratch, .ring = ring, .now = now, .pid = pid, .tid = (u32)ids};

	if (!p || !scratch || !ring)
		return 0;
	scratch->handle = 0;
	bpf_loop(2 * CT_PYTHON_FRAMES, walk_step, &w, 0);
	if (w.handle)
		scratch->handle = w.handle;
	if (!w.count)
		return 0;
	id = w.hash ? w.hash : 1;
	if (!was_seen(id) && !send_stack(&codes, &w, id)) {
		forget(id);
		return 0;
	}
	return id;
}

/* The thread's state, 0 if it has none; *thread is where that is remembered, NULL: nowhere. */
static __always_inline u64 state_of(const struct ct_python_process *p, u32 tid, u32 use,
				    struct thread **thread)
{
	u64 tls = thread_pointer(bpf_get_current_task_btf()), state;
	struct thread *known = bpf_map_lookup_elem(&py_threads, &tid);

	*thread = known;
	if (known && IS_PTHREAD(read_word(known->state + p->layout.thread_id), tls))
		return known->state;
	*thread = NULL;
	state = find_thread(tls);
	if (state && use != USE_SAMPLE)
		*thread = remember(tid, state);
	return state;
}

static __always_inline void send_at(u64 id, u64 now, u8 flags)
{
	u32 cpu = bpf_get_smp_processor_id();
	void *ring = id ? bpf_map_lookup_elem(&rings, &cpu) : NULL;
	struct ct_python_at *at = ring ? room(ring, CT_PYTHON_AT, sizeof(*at)) : NULL;

	if (!at)
		return;
	fill_header(&at->h, now, (u32)bpf_get_current_pid_tgid(), 0);
	at->h.flags = flags;
	at->id = id;
	commit(&at->h, CT_PYTHON_AT);
}

/* Tells where the current thread is. */
static __always_inline void tell(u32 use)
{
	u64 ids = bpf_get_current_pid_tgid(), state, frame, place, outer, id = 0;
	u32 pid = ids >> 32, key = use;
	struct ct_python_process *p = bpf_map_lookup_elem(&py_processes, &pid);
	struct scratch *scratch = p ? bpf_map_lookup_elem(&py_scratch, &key) : NULL;
	u64 now = bpf_ktime_get_ns();
	struct thread *thread;
	struct memo *memo;

	if (!p || !scratch)
		return;
	state = state_of(p, (u32)ids, use, &thread);
	if (!state)
		return;
	if (thread && use != USE_SAMPLE && now >= thread->look)
		name_thread(state, now);
	frame = read_word(state + p->layout.thread_frame);
	if (p->layout.cframe)
		frame = read_word(frame + p->layout.cframe_frame);
	place = read_word(frame + p->layout.frame_instruction);
	outer = read_word(frame + p->layout.frame_previous);
	outer = read_word(outer + p->layout.frame_instruction);
	memo = thread && use != USE_SAMPLE ? &thread->memos[place * 0x9e3779b97f4a7c15ULL >> 62]
					   : &scratch->none;
	if (memo->frame == frame && memo->at == place && memo->outer == outer)
		id = memo->id;
	if (!id || now >= memo->until) {
		u64 before = id;

		id = id_of(frame, now, use);
		if (id != before)
			memo->trust = TRUST_FIRST;
		else if (memo->trust < TRUST_MOST)
			memo->trust *= 2;
		memo->frame = use == USE_SAMPLE ? 0 : frame;
		memo->at = place;
		memo->outer = outer;
		memo->handle = scratch->handle;
		memo->id = id;
		memo->until = now + memo->trust;
	}
	send_at(id, now, use == USE_WAKER ? CT_P_WAKER : 0);
	if (memo->handle)
		send_at(task_in(memo->handle, now, use), now,
			use == USE_WAKER ? CT_P_WAKER | CT_P_TASK : CT_P_TASK);
}

/* After the probe that tells of the switch: probes of one tracepoint run in the order they came. */
SEC("tp_btf/sched_switch")
int BPF_PROG(python_switch, bool preempt, struct task_struct *prev, struct task_struct *next,
	     unsigned int prev_state)
{
	if (preempt || !prev_state || (prev_state & TASK_STATE_DEAD))
		return 0;
	tell(USE_WAIT);
	return 0;
}

/* Likewise. A waking from an interrupt is nobody's doing; in a system call it may look so. */
SEC("tp_btf/sched_waking")
int BPF_PROG(python_waking, struct task_struct *wakee)
{
	struct task_struct *task = bpf_get_current_task_btf();

	if (task != wakee && syscall_of(task).nr >= 0)
		tell(USE_WAKER);
	return 0;
}

/* Called at the end of the probe that tells of the sample. */
SEC("perf_event")
int python_sample(void *ctx)
{
	tell(USE_SAMPLE);
	return 0;
}

/* A process that is a copy of another has the same interpreter at the same place. */
SEC("tp_btf/sched_wakeup_new")
int BPF_PROG(python_fork, struct task_struct *child)
{
	u32 parent = bpf_get_current_task_btf()->tgid, pid = child->tgid;
	struct ct_python_process *p;

	if (pid == parent)
		return 0;
	p = bpf_map_lookup_elem(&py_processes, &parent);
	if (p)
		bpf_map_update_elem(&py_processes, &pid, p, BPF_ANY);
	else
		bpf_map_delete_elem(&py_processes, &pid); /* of one that bore this pid before */
	return 0;
}

SEC("tp_btf/sched_process_exec")
int BPF_PROG(python_exec, struct task_struct *task)
{
	u32 pid = task->tgid;

	bpf_map_delete_elem(&py_processes, &pid);
	return 0;
}

char LICENSE[] SEC("license") = "Dual BSD/GPL";
