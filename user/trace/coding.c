// SPDX-License-Identifier: GPL-2.0-only
/*
 * One body of code serves both directions: each code_*() function takes `dec`, a constant after
 * inlining. So encoder and decoder cannot disagree about a guess.
 */
#include "trace/codec.h"

#include <errno.h>
#include <string.h>

#include "trace/coder.h"
#include "trace/record.h"
#include "trace/varint.h"

#define TAG_NEW 255
#define ALWAYS	static inline __attribute__((always_inline))

/* Bits of a tag's mask: these fields are not as guessed. */
enum {
	S_PREV = 0x01,
	S_NEXT = 0x02,
	S_STATE = 0x04,
	S_AUX = 0x08,
	S_PRIO = 0x10,
	S_NR = 0x20,
	S_FD_MODE = 0x40,
	S_ARG0 = 0x80, /* and three more */
	S_UADDR = 0x20,
	S_OP = 0x40,
	S_VAL = 0x80,
	S_WORDS = 0x100,
	S_STACK = 0x800, /* from here on: since format 2 */
	S_TARGET = 0x1000,
	S_DETAIL = 0x2000,
	S_KLOCK = 0x4000,
	S_SHARED = 0x1000,

	W_WAKER = 0x01,
	W_WAKEE = 0x02,
	W_NR = 0x04,
	W_AUX = 0x08,
	W_PRIO = 0x10,
	W_CPU = 0x20,
	W_UADDR = 0x40,
	W_OP = 0x80,
	W_VAL = 0x100,
	W_STACK = 0x200, /* since format 2 */
	W_TARGET = 0x400,
};

/* --- numbers in columns --- */

ALWAYS uint64_t zigzag(int64_t v)
{
	return (uint64_t)v << 1 ^ (uint64_t)(v >> 63);
}

ALWAYS uint64_t unzigzag(uint64_t v)
{
	return v >> 1 ^ -(v & 1);
}

ALWAYS void put(struct coder *c, enum column col, uint64_t v)
{
	uint8_t *p = c->at[col];

	if (v < 0x80) {
		*p = (uint8_t)v;
		c->at[col] = p + 1;
	} else {
		c->at[col] = varint__put(p, v);
	}
}

static uint64_t get_long(struct coder *c, enum column col)
{
	uint64_t v;
	const uint8_t *p = varint__get(c->at[col], c->end[col], &v);

	if (!p) {
		c->bad = true;
		return 0;
	}
	c->at[col] += p - c->at[col];
	return v;
}

ALWAYS uint64_t get(struct coder *c, enum column col)
{
	uint8_t *p = c->at[col];

	if (p == c->end[col] || *p >= 0x80)
		return get_long(c, col);
	c->at[col] = p + 1;
	return *p;
}

ALWAYS uint8_t get_byte(struct coder *c, enum column col)
{
	uint8_t *p = c->at[col];

	if (p == c->end[col]) {
		c->bad = true;
		return 0;
	}
	c->at[col] = p + 1;
	return *p;
}

/* A field with a guess: nothing is stored, or its difference to the guess. */
ALWAYS uint32_t code32(struct coder *c, bool dec, uint32_t bit, enum column col, uint32_t value,
		       uint32_t guess)
{
	if (dec)
		return c->mask & bit ? guess + (uint32_t)unzigzag(get(c, col)) : guess;
	if (value != guess) {
		c->mask |= bit;
		put(c, col, zigzag((int32_t)(value - guess)));
	}
	return value;
}

ALWAYS uint64_t code64(struct coder *c, bool dec, uint32_t bit, enum column col, uint64_t value,
		       uint64_t guess)
{
	if (dec)
		return c->mask & bit ? guess + unzigzag(get(c, col)) : guess;
	if (value != guess) {
		c->mask |= bit;
		put(c, col, zigzag((int64_t)(value - guess)));
	}
	return value;
}

/* --- tasks --- */

static unsigned int add_slot(struct coder *c, uint32_t tid)
{
	struct slot *slot = &c->slots[c->nslots];

	memset(slot, 0, sizeof(*slot));
	slot->tid = tid;
	slot->cpu = c->stream;
	return c->nslots++;
}

/* The caller sees to it that there is room for another slot: coder__full(). */
static unsigned int put_tid(struct coder *c, uint32_t tid)
{
	uint32_t i = (tid * 0x9e3779b1u) >> 20;
	unsigned int slot = 0;

	if (tid) {
		while (c->tid_hash[i] && c->slots[c->tid_hash[i] - 1].tid != tid)
			i = (i + 1) & (TID_HASH - 1);
		slot = c->tid_hash[i] ? c->tid_hash[i] - 1 : c->nslots;
	}
	put(c, COL_TID, slot);
	if (slot == c->nslots) {
		put(c, COL_FIELD, tid);
		c->tid_hash[i] = (uint16_t)(add_slot(c, tid) + 1);
	}
	return slot;
}

static unsigned int get_tid(struct coder *c)
{
	uint64_t slot = get(c, COL_TID);

	if (slot < c->nslots)
		return (unsigned int)slot;
	if (slot > c->nslots || slot >= MAX_SLOTS) {
		c->bad = true;
		return 0;
	}
	return add_slot(c, (uint32_t)get(c, COL_FIELD));
}

ALWAYS unsigned int code_tid(struct coder *c, bool dec, uint32_t bit, uint32_t tid,
			     unsigned int guess)
{
	if (dec)
		return c->mask & bit ? get_tid(c) : guess;
	if (c->slots[guess].tid == tid)
		return guess;
	c->mask |= bit;
	return put_tid(c, tid);
}

/* --- stacks and files --- */

ALWAYS uint64_t code_id(struct coder *c, bool dec, uint32_t bit, uint64_t id, uint16_t *known)
{
	if (dec) {
		if (c->mask & bit)
			*known = (uint16_t)coder__get_id(c);
		return c->ids[*known];
	}
	if (id != c->ids[*known]) {
		c->mask |= bit;
		*known = (uint16_t)coder__put_id(c, id);
	}
	return id;
}

/* The guess: the task goes where it went when it was last where it is now. */
ALWAYS struct place *code_stack(struct coder *c, bool dec, uint32_t bit, unsigned int slot,
				enum place_kind kind, unsigned long long *stack)
{
	unsigned int last = c->slots[slot].last[kind], to = c->places[last].next;
	bool wrong = dec ? c->mask & bit : *stack != c->ids[c->places[to].key & PLACE_ID];

	if (wrong || !to) {
		unsigned int id = 0;

		if (wrong && !dec) {
			c->mask |= bit;
			id = coder__put_id(c, *stack);
		} else if (wrong) {
			id = coder__get_id(c);
		}
		to = coder__place(c, slot, kind, id);
	}
	if (last)
		c->places[last].next = (uint16_t)to;
	c->slots[slot].last[kind] = (uint16_t)to;
	*stack = c->ids[c->places[to].key & PLACE_ID];
	return &c->places[to];
}

/* --- records --- */

/* Returns the slot of prev. */
ALWAYS unsigned int code_switch(struct coder *c, struct ct_switch *sw, bool dec)
{
	unsigned int prev = code_tid(c, dec, S_PREV, sw->h.tid, c->cur);
	unsigned int next = code_tid(c, dec, S_NEXT, sw->next_tid, c->slots[prev].next);
	struct slot *p = &c->slots[prev], *n = &c->slots[next];
	uint32_t *state = &p->state[sw->h.type != CT_SWITCH];
	bool blocks;

	sw->h.tid = p->tid;
	sw->next_tid = n->tid;
	sw->prev_state = code32(c, dec, S_STATE, COL_FIELD, sw->prev_state, *state);
	blocks = sw->prev_state && !(sw->h.flags & CT_F_PREEMPT);
	sw->h.aux =
		(uint8_t)code32(c, dec, S_AUX, COL_FIELD, sw->h.aux, (uint8_t)(p->nvcsw + blocks));
	sw->h.prio = (uint8_t)code32(c, dec, S_PRIO, COL_FIELD, sw->h.prio, n->prio);
	*state = sw->prev_state;
	p->nvcsw = sw->h.aux;
	p->next = (uint16_t)next;
	n->prio = sw->h.prio;
	c->cur = (uint16_t)next;
	return prev;
}

ALWAYS void code_wait(struct coder *c, struct ct_switch_wait *wait, bool dec)
{
	unsigned int prev = code_switch(c, &wait->s, dec);
	struct place *p = code_stack(c, dec, S_STACK, prev, PLACE_WAIT, &wait->stack);

	wait->nr = (int)code32(c, dec, S_NR, COL_FIELD, (uint32_t)wait->nr, (uint32_t)p->wait.nr);
	wait->fd_mode =
		(uint16_t)code32(c, dec, S_FD_MODE, COL_FIELD, wait->fd_mode, p->wait.fd_mode);
	wait->klock = (uint16_t)code32(c, dec, S_KLOCK, COL_FIELD, wait->klock, p->wait.klock);
	for (int i = 0; i < CT_WAIT_ARGS; i++) {
		wait->args[i] =
			code64(c, dec, S_ARG0 << i, COL_WAIT, wait->args[i], p->wait.args[i]);
		p->wait.args[i] = wait->args[i];
	}
	wait->detail = code64(c, dec, S_DETAIL, COL_WAIT, wait->detail, p->wait.detail);
	wait->target = code_id(c, dec, S_TARGET, wait->target, &p->wait.target);
	p->wait.nr = wait->nr;
	p->wait.fd_mode = wait->fd_mode;
	p->wait.klock = wait->klock;
	p->wait.detail = wait->detail;
}

/* words[0] is mostly the expected value; the others are as at the last wait in this place. */
ALWAYS void code_words(struct coder *c, struct ct_switch_futex *futex, struct place *p, bool dec)
{
	uint32_t *known = p->futex.words, now[CT_FUTEX_WORDS + CT_FUTEX_BEFORE], diff = 0;

	known[0] = futex->val;
	if (dec) {
		diff = c->mask & S_WORDS ? get_byte(c, COL_WAIT) : 0;
	} else {
		memcpy(now, futex->words, sizeof(futex->words));
		memcpy(now + CT_FUTEX_WORDS, futex->before, sizeof(futex->before));
		for (int i = 0; i < CT_FUTEX_WORDS + CT_FUTEX_BEFORE; i++)
			diff |= (uint32_t)(now[i] != known[i]) << i;
		if (diff) {
			c->mask |= S_WORDS;
			*c->at[COL_WAIT]++ = (uint8_t)diff;
		}
	}
	for (int i = 0; diff; diff >>= 1, i++) {
		if (!(diff & 1))
			continue;
		if (dec)
			known[i] += (uint32_t)unzigzag(get(c, COL_WAIT));
		else
			put(c, COL_WAIT, zigzag((int32_t)(now[i] - known[i])));
	}
	if (dec) {
		memcpy(futex->words, known, sizeof(futex->words));
		memcpy(futex->before, known + CT_FUTEX_WORDS, sizeof(futex->before));
	} else {
		memcpy(known, now, sizeof(now));
	}
}

ALWAYS void code_futex(struct coder *c, struct ct_switch_futex *futex, bool dec)
{
	unsigned int prev = code_switch(c, &futex->s, dec);
	struct place *p = code_stack(c, dec, S_STACK, prev, PLACE_FUTEX, &futex->stack);

	futex->uaddr = code64(c, dec, S_UADDR, COL_WAIT, futex->uaddr, p->futex.uaddr);
	futex->op = code32(c, dec, S_OP, COL_WAIT, futex->op, p->futex.op);
	futex->val = code32(c, dec, S_VAL, COL_WAIT, futex->val, p->futex.val);
	futex->shared = code_id(c, dec, S_SHARED, futex->shared, &p->futex.shared);
	p->futex.uaddr = futex->uaddr;
	p->futex.op = futex->op;
	p->futex.val = futex->val;
	code_words(c, futex, p, dec);
}

/* Returns the waker's place. */
ALWAYS struct place *code_waking(struct coder *c, struct ct_waking *w, bool dec)
{
	unsigned int waker = code_tid(c, dec, W_WAKER, w->waker, c->cur), wakee;
	struct place *p = code_stack(c, dec, W_STACK, waker, PLACE_WAKING, &w->stack);
	struct slot *to;

	wakee = code_tid(c, dec, W_WAKEE, w->h.tid, p->waking.wakee);
	to = &c->slots[wakee];
	w->waker = c->slots[waker].tid;
	w->h.tid = to->tid;
	w->nr = (short)code32(c, dec, W_NR, COL_FIELD, (uint32_t)w->nr, (uint32_t)p->waking.nr);
	w->h.aux = (uint8_t)code32(c, dec, W_AUX, COL_FIELD, w->h.aux, 0);
	w->h.prio = (uint8_t)code32(c, dec, W_PRIO, COL_FIELD, w->h.prio, to->prio);
	w->target_cpu = (uint16_t)code32(c, dec, W_CPU, COL_FIELD, w->target_cpu, to->cpu);
	w->target = code_id(c, dec, W_TARGET, w->target, &p->waking.target);
	p->waking.nr = w->nr;
	p->waking.wakee = (uint16_t)wakee;
	to->prio = w->h.prio;
	to->cpu = w->target_cpu;
	return p;
}

ALWAYS void code_waking_futex(struct coder *c, struct ct_waking_futex *wf, bool dec)
{
	struct place *p = code_waking(c, &wf->w, dec);

	wf->uaddr = code64(c, dec, W_UADDR, COL_WAIT, wf->uaddr, p->waking.uaddr);
	wf->op = code32(c, dec, W_OP, COL_WAIT, wf->op, p->waking.op);
	wf->val = code32(c, dec, W_VAL, COL_WAIT, wf->val, p->waking.val);
	p->waking.uaddr = wf->uaddr;
	p->waking.op = wf->op;
	p->waking.val = wf->val;
}

ALWAYS void code_record(struct coder *c, union ct_event *ev, bool dec)
{
	switch (ev->h.type) {
	case CT_SWITCH:
		code_switch(c, &ev->sw, dec);
		break;
	case CT_SWITCH_WAIT:
		code_wait(c, &ev->wait, dec);
		break;
	case CT_SWITCH_FUTEX:
		code_futex(c, &ev->futex, dec);
		break;
	case CT_WAKING:
	case CT_WAKEUP_NEW:
		code_waking(c, &ev->waking, dec);
		break;
	case CT_WAKING_FUTEX:
		code_waking_futex(c, &ev->waking_futex, dec);
		break;
	default:
		if (dec)
			coder__get_rare(c, ev);
		else
			coder__put_rare(c, ev);
	}
}

ALWAYS enum column time_column(unsigned int type)
{
	return type <= CT_SWITCH_FUTEX ? COL_SWITCH : COL_OTHER;
}

/* --- encoding --- */

static void put_tag(struct coder *c, uint32_t tag)
{
	uint32_t i = (tag * 0x9e3779b1u) >> 22;
	bool known;

	while (c->tag_hash[i] && c->tags[c->tag_hash[i] - 1] != tag)
		i = (i + 1) & (TAG_HASH - 1);
	known = c->tag_hash[i];
	*c->at[COL_TAG]++ = known ? c->tag_hash[i] - 1 : TAG_NEW;
	if (known)
		return;
	put(c, COL_TAG, tag);
	if (c->ntags < MAX_TAGS) {
		c->tags[c->ntags++] = tag;
		c->tag_hash[i] = (uint8_t)c->ntags;
	}
}

void coder__encode(struct coder *c, union ct_event *ev)
{
	uint64_t diff = ev->h.ts - c->last_ns;

	c->last_ns = ev->h.ts;
	*c->at[COL_LOW]++ = (uint8_t)diff;
	put(c, time_column(ev->h.type), diff >> 8);
	c->mask = 0;
	code_record(c, ev, false);
	put_tag(c, ev->h.type | (uint32_t)ev->h.flags << 8 | c->mask << 16);
	c->room -= coder__cost(ev);
}

ALWAYS uint32_t get_tag(struct coder *c)
{
	uint8_t i = get_byte(c, COL_TAG);
	uint32_t tag;

	if (i < c->ntags)
		return c->tags[i];
	if (i != TAG_NEW) {
		c->bad = true;
		return 0;
	}
	tag = (uint32_t)get(c, COL_TAG);
	if (c->ntags < MAX_TAGS)
		c->tags[c->ntags++] = tag;
	return tag;
}

int coder__decode(struct coder *c, union ct_event *ev)
{
	uint32_t tag = get_tag(c);
	size_t size = record__fixed(tag & 0xff);
	uint64_t diff, high;

	if (!size)
		return -EBADMSG;
	if (record__fields(tag & 0xff))
		memset(ev, 0, size);
	high = get(c, time_column(tag & 0xff));
	diff = high << 8 | get_byte(c, COL_LOW);
	if (high >> 56 || c->last_ns + diff < diff)
		return -EBADMSG;
	c->last_ns += diff;
	ev->h.ts = c->last_ns;
	ev->h.type = (uint8_t)tag;
	ev->h.flags = (uint8_t)(tag >> 8);
	c->mask = tag >> 16;
	code_record(c, ev, true);
	if (c->bad)
		return -EBADMSG;
	return (int)size + ((tag & 0xff) > CT_WAKEUP_NEW ? record__tail(ev) : 0);
}
