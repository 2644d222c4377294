/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* What the probes of Python share: their maps, and reading words and text of a program's memory. */
#ifndef CT_PYTHON_BPF_H
#define CT_PYTHON_BPF_H

#include "bpf/python.h"
#include "bpf/state.bpf.h"

#define SEEN	  8192
#define SEEN_WAYS 4
#define TOKENS	  400 /* new stacks, and new tasks, per CPU and tenth of a second, at most */
#define TOKENS_NS 100000000ULL

#define OBJECT_TYPE 8  /* PyObject */
#define TYPE_NAME   24 /* PyTypeObject */
#define TEXT_LENGTH 16 /* PyASCIIObject */
#define TEXT_STATE  32
#define TEXT_SIMPLE 0x60 /* its bits: compact, ASCII */
#define TEXT_WORDS  8	 /* of a text, to tell it from others */

enum use { USE_WAIT, USE_WAKER, USE_SAMPLE, USES };

struct rings rings SEC(".maps");
const volatile unsigned int ct_ring_bytes = 0;

unsigned long long py_seen[SEEN];
unsigned long long py_lost[CT_LOST_KINDS];

struct {
	__uint(type, BPF_MAP_TYPE_LRU_HASH);
	__uint(max_entries, CT_PYTHON_PROCESSES);
	__type(key, u32);
	__type(value, struct ct_python_process);
} py_processes SEC(".maps");

/*
 * Where a thread was lately: what was found there is believed for a while, if it is the same frame
 * at the same place, called from the same place. How long doubles each time that nothing has
 * changed.
 */
#define MEMOS	    4
#define TRUST_FIRST 20000 /* ns */
#define TRUST_MOST  1500000

struct memo {
	u64 frame, at, outer; /* outer: where the frame was called */
	u64 id, until;
	u64 handle; /* see walk.handle */
	u32 trust, reserved;
};

/* By tid; believed only while the thread's own id is in it. */
struct thread {
	u64 state; /* PyThreadState */
	u64 name;  /* the one that was sent, see text_id(); 0 = none */
	u64 look;  /* when to look for it again */
	u32 looked, reserved;
	struct memo memos[MEMOS];
};

unsigned long long py_new_thread[sizeof(struct thread) / 8]; /* all 0 */

struct {
	__uint(type, BPF_MAP_TYPE_LRU_HASH);
	__uint(max_entries, CT_PYTHON_THREADS);
	__type(key, u32);
	__type(value, struct thread);
} py_threads SEC(".maps");

struct budget {
	u64 refill;
	u32 tokens, reserved;
};

struct scratch {
	struct budget stacks, tasks;
	struct memo none; /* where nothing is remembered */
	u64 handle;	  /* see walk.handle */
	u64 addresses[CT_PYTHON_FRAMES];
	struct ct_python_frame frames[CT_PYTHON_FRAMES];
};

struct {
	__uint(type, BPF_MAP_TYPE_PERCPU_ARRAY);
	__uint(max_entries, USES);
	__type(key, u32);
	__type(value, struct scratch);
} py_scratch SEC(".maps");

static __always_inline u64 *seen_set(u64 id)
{
	return (u64 *)&py_seen[(id & (SEEN / SEEN_WAYS - 1)) * SEEN_WAYS];
}

static __always_inline bool was_seen(u64 id)
{
	u64 *set = seen_set(id);

	if (set[0] == id || set[1] == id || set[2] == id || set[3] == id)
		return true;
	set[(id >> 60) & (SEEN_WAYS - 1)] = id;
	return false;
}

static __always_inline void forget(u64 id)
{
	seen_set(id)[(id >> 60) & (SEEN_WAYS - 1)] = 0;
}

static __always_inline void *room(void *ring, u32 type, u64 size)
{
	void *record = claim(ring, size);

	if (!record)
		__sync_fetch_and_add(&py_lost[type & (CT_LOST_KINDS - 1)], 1);
	return record;
}

static __always_inline bool take_token(struct budget *budget, u64 now)
{
	if (now - budget->refill > TOKENS_NS) {
		budget->refill = now;
		budget->tokens = TOKENS;
	}
	if (!budget->tokens)
		return false;
	budget->tokens--;
	return true;
}

static __always_inline u64 read_word(u64 address)
{
	u64 word = 0;

	if (bpf_probe_read_user(&word, sizeof(word), (void *)address))
		return 0;
	return word;
}

static __always_inline u32 read_half(u64 address)
{
	u32 half = 0;

	if (bpf_probe_read_user(&half, sizeof(half), (void *)address))
		return 0;
	return half;
}

/*
 * A number that is known to be at most `mask`, which is all ones: said so that the verifier sees
 * it, and the compiler does not know better.
 */
static __always_inline u32 bounded(u64 number, u32 mask)
{
	asm volatile("" : "+r"(number));
	return (u32)(number & mask);
}

/*
 * A str's characters: as many bytes as fit, its end if `end`. *kind is 0 if it is no str of those
 * that there are. False: its memory cannot be read, or not now.
 */
static __always_inline bool read_text(const struct ct_python_layout *l, u64 text, u8 *to, u32 most,
				      bool end, u8 *kind, u16 *len)
{
	u64 length = read_word(text + TEXT_LENGTH), from;
	u32 state;

	*len = 0;
	*kind = 0;
	if (bpf_probe_read_user(&state, sizeof(state), (void *)(text + TEXT_STATE)))
		return false;
	*kind = (state >> 2) & 7;
	if (!(state & 0x20) || (*kind != 1 && *kind != 2 && *kind != 4) || length > 1 << 16) {
		*kind = 0;
		return true;
	}
	length *= *kind;
	from = text + (state & 0x40 ? l->text_ascii : l->text_other);
	if (length > most) {
		if (end)
			from += length - most;
		length = most;
	}
	*len = (u16)length;
	return !bpf_probe_read_user(to, bounded(length, 2 * CT_PYTHON_FILE - 1), (void *)from);
}

/* What a str says and where it is, as one number. */
static __always_inline u64 text_id(const struct ct_python_layout *l, u64 text)
{
	u64 words[TEXT_WORDS] = {0}, id = text, length = read_word(text + TEXT_LENGTH);
	u32 state = read_half(text + TEXT_STATE), i;

	id = mix(mix(id, length), state);
	if (length >= sizeof(words))
		length = sizeof(words) - 1;
	length *= (state >> 2) & 7;
	if (length >= sizeof(words))
		length = sizeof(words) - 1;
	bpf_probe_read_user(words, bounded(length, sizeof(words) - 1),
			    (void *)(text + (state & 0x40 ? l->text_ascii : l->text_other)));
	for (i = 0; i < TEXT_WORDS; i++)
		id = mix(id, words[i]);
	return id ? id : 1;
}

#endif
