// SPDX-License-Identifier: GPL-2.0-only
#include "symbol/expression.h"

#include <dwarf.h>

#include "lib/arch.h"
#include "symbol/bytes.h"

#define STACK_MOST 32
#define STEPS_MOST 256

struct machine {
	struct bytes b;
	const unsigned char *start;
	const struct expression_input *in;
	uint64_t stack[STACK_MOST];
	size_t depth;
};

static void push(struct machine *m, uint64_t value)
{
	if (m->depth == STACK_MOST)
		m->b.bad = true;
	else
		m->stack[m->depth++] = value;
}

static uint64_t pop(struct machine *m)
{
	if (m->depth)
		return m->stack[--m->depth];
	m->b.bad = true;
	return 0;
}

static void pick(struct machine *m, uint64_t below_top)
{
	if (below_top >= m->depth)
		m->b.bad = true;
	else
		push(m, m->stack[m->depth - 1 - below_top]);
}

static void push_register(struct machine *m, uint64_t dwarf)
{
	unsigned int reg = arch__register(m->in->arch, dwarf);
	int64_t offset = bytes__sleb(&m->b);

	if (reg >= REGISTERS || !(m->in->known >> reg & 1))
		m->b.bad = true;
	else
		push(m, m->in->registers[reg] + (uint64_t)offset);
}

static void dereference(struct machine *m, uint64_t size)
{
	uint64_t value = 0;

	if (!m->in->read(m->in->context, pop(m), &value) || !size || size > 8)
		m->b.bad = true;
	else
		push(m, size == 8 ? value : value & (((uint64_t)1 << 8 * size) - 1));
}

/* Operations on the two topmost values. False: it is none of them. */
static bool two_operands(struct machine *m, unsigned char op)
{
	uint64_t b, a;

	if (op != DW_OP_and && op != DW_OP_minus && op != DW_OP_mul && op != DW_OP_or &&
	    op != DW_OP_plus && (op < DW_OP_shl || op > DW_OP_xor) &&
	    (op < DW_OP_eq || op > DW_OP_ne))
		return false;
	b = pop(m);
	a = pop(m);
	switch (op) {
	case DW_OP_and:
		a &= b;
		break;
	case DW_OP_minus:
		a -= b;
		break;
	case DW_OP_mul:
		a *= b;
		break;
	case DW_OP_or:
		a |= b;
		break;
	case DW_OP_plus:
		a += b;
		break;
	case DW_OP_shl:
		a = b < 64 ? a << b : 0;
		break;
	case DW_OP_shr:
		a = b < 64 ? a >> b : 0;
		break;
	case DW_OP_shra:
		a = (uint64_t)((int64_t)a >> (b < 64 ? b : 63));
		break;
	case DW_OP_xor:
		a ^= b;
		break;
	case DW_OP_eq:
		a = a == b;
		break;
	case DW_OP_ge:
		a = (int64_t)a >= (int64_t)b;
		break;
	case DW_OP_gt:
		a = (int64_t)a > (int64_t)b;
		break;
	case DW_OP_le:
		a = (int64_t)a <= (int64_t)b;
		break;
	case DW_OP_lt:
		a = (int64_t)a < (int64_t)b;
		break;
	default:
		a = a != b;
	}
	push(m, a);
	return true;
}

/* Constants. False: it is none. */
static bool constant(struct machine *m, unsigned char op)
{
	if (op >= DW_OP_lit0 && op <= DW_OP_lit31) {
		push(m, op - DW_OP_lit0);
		return true;
	}
	switch (op) {
	case DW_OP_const1u:
	case DW_OP_const2u:
	case DW_OP_const4u:
	case DW_OP_const8u:
		push(m, bytes__fixed(&m->b, 1U << (op - DW_OP_const1u) / 2));
		return true;
	case DW_OP_const1s:
	case DW_OP_const2s:
	case DW_OP_const4s:
	case DW_OP_const8s:
		push(m, (uint64_t)bytes__fixed_signed(&m->b, 1U << (op - DW_OP_const1s) / 2));
		return true;
	case DW_OP_constu:
		push(m, bytes__uleb(&m->b));
		return true;
	case DW_OP_consts:
		push(m, (uint64_t)bytes__sleb(&m->b));
		return true;
	default:
		return false;
	}
}

static void jump(struct machine *m, bool taken)
{
	int64_t by = bytes__fixed_signed(&m->b, 2);

	if (!taken)
		return;
	if (by < m->start - m->b.at || by > m->b.end - m->b.at)
		m->b.bad = true;
	else
		m->b.at += by;
}

static void rest(struct machine *m, unsigned char op)
{
	uint64_t a, b;

	switch (op) {
	case DW_OP_dup:
		pick(m, 0);
		break;
	case DW_OP_over:
		pick(m, 1);
		break;
	case DW_OP_pick:
		pick(m, bytes__fixed(&m->b, 1));
		break;
	case DW_OP_drop:
		(void)pop(m);
		break;
	case DW_OP_swap:
		b = pop(m);
		a = pop(m);
		push(m, b);
		push(m, a);
		break;
	case DW_OP_deref:
		dereference(m, 8);
		break;
	case DW_OP_deref_size:
		dereference(m, bytes__fixed(&m->b, 1));
		break;
	case DW_OP_plus_uconst:
		push(m, pop(m) + bytes__uleb(&m->b));
		break;
	case DW_OP_neg:
		push(m, 0 - pop(m));
		break;
	case DW_OP_not:
		push(m, ~pop(m));
		break;
	case DW_OP_skip:
		jump(m, true);
		break;
	case DW_OP_bra:
		jump(m, pop(m) != 0);
		break;
	case DW_OP_nop:
		break;
	default:
		m->b.bad = true;
	}
}

bool expression__run(const unsigned char *code, size_t len, const struct expression_input *in,
		     bool pushed, uint64_t *result)
{
	struct machine m = {.b = {code, code + len, false}, .start = code, .in = in};
	size_t steps = 0;
	unsigned char op;

	if (pushed)
		push(&m, *result);
	while (m.b.at < m.b.end && !m.b.bad) {
		op = (unsigned char)bytes__fixed(&m.b, 1);
		if (++steps > STEPS_MOST)
			return false;
		if (op >= DW_OP_breg0 && op <= DW_OP_breg31)
			push_register(&m, op - DW_OP_breg0);
		else if (op == DW_OP_bregx)
			push_register(&m, bytes__uleb(&m.b));
		else if (!constant(&m, op) && !two_operands(&m, op))
			rest(&m, op);
	}
	*result = pop(&m);
	return !m.b.bad;
}
