// SPDX-License-Identifier: GPL-2.0-only
/* The programs of call-frame information: DWARF 5, 6.4.2. */
#include <dwarf.h>
#include <string.h>

#include "symbol/cfi_table.h"

#define REMEMBERED_MOST 16
#define STEPS_MOST	65536

/* Two bits of an instruction say which it is, or that the other six do. */
#define HIGH_OPCODE 0xc0
#define LOW_OPERAND 0x3f

struct machine {
	const struct cfi_table *table;
	const struct fde *fde;
	struct bytes b;
	uint64_t location;
	struct frame_rule *now;
	const struct frame_rule *initial; /* what the CIE says; NULL while it is run */
	struct frame_rule remembered[REMEMBERED_MOST];
	size_t nremembered;
};

static unsigned int numbered(const struct machine *m, uint64_t dwarf)
{
	return arch__register(cfi_table__arch(m->table), dwarf);
}

/* A rule that is kept elsewhere: registers that nobody here asks for. */
static struct rule *rule_of(struct machine *m, uint64_t dwarf)
{
	static struct rule nobody;
	unsigned int reg = numbered(m, dwarf);

	return reg < REGISTERS ? &m->now->reg[reg] : &nobody;
}

static void set(struct machine *m, uint64_t reg, enum rule_kind kind, int64_t offset)
{
	if (offset < INT32_MIN || offset > INT32_MAX)
		m->b.bad = true;
	else
		*rule_of(m, reg) = (struct rule){.kind = kind, .offset = (int32_t)offset};
}

static int64_t scaled(const struct machine *m, int64_t n)
{
	return (int64_t)((uint64_t)n * (uint64_t)m->fde->data_factor);
}

static void set_cfa(struct machine *m, unsigned int reg, int64_t offset)
{
	if (reg >= REGISTERS || offset < INT32_MIN || offset > INT32_MAX)
		m->b.bad = true;
	m->now->cfa = (struct rule){
		.kind = RULE_REGISTER, .reg = (uint8_t)reg, .offset = (int32_t)offset};
}

static struct rule expression(struct machine *m, enum rule_kind kind)
{
	uint64_t len = bytes__uleb(&m->b);
	const unsigned char *at = bytes__skip(&m->b, len);

	if (!at || len > UINT16_MAX) {
		m->b.bad = true;
		return (struct rule){0};
	}
	return (struct rule){.kind = kind,
			     .len = (uint16_t)len,
			     .offset = (int32_t)(at - cfi_table__section(m->table)->bytes)};
}

static void set_register(struct machine *m, uint64_t dwarf, uint64_t dwarf_from)
{
	unsigned int from = numbered(m, dwarf_from);

	*rule_of(m, dwarf) = (struct rule){.kind = RULE_REGISTER, .reg = (uint8_t)from};
	m->b.bad |= numbered(m, dwarf) < REGISTERS && from >= REGISTERS;
}

static void restore(struct machine *m, uint64_t dwarf)
{
	unsigned int reg = numbered(m, dwarf);

	if (m->initial && reg < REGISTERS)
		m->now->reg[reg] = m->initial->reg[reg];
}

static void remember(struct machine *m)
{
	if (m->nremembered == REMEMBERED_MOST)
		m->b.bad = true;
	else
		m->remembered[m->nremembered++] = *m->now;
}

static void recall(struct machine *m)
{
	if (!m->nremembered)
		m->b.bad = true;
	else
		*m->now = m->remembered[--m->nremembered];
}

static void advance(struct machine *m, uint64_t delta)
{
	m->location += delta * m->fde->code_factor;
}

/* Instructions that define the CFA. False: it is none of them. */
static bool step_cfa(struct machine *m, unsigned char op)
{
	unsigned int reg;

	switch (op) {
	case DW_CFA_def_cfa:
		reg = numbered(m, bytes__uleb(&m->b));
		set_cfa(m, reg, (int64_t)bytes__uleb(&m->b));
		return true;
	case DW_CFA_def_cfa_sf:
		reg = numbered(m, bytes__uleb(&m->b));
		set_cfa(m, reg, scaled(m, bytes__sleb(&m->b)));
		return true;
	case DW_CFA_def_cfa_register:
		m->b.bad |= m->now->cfa.kind != RULE_REGISTER;
		set_cfa(m, numbered(m, bytes__uleb(&m->b)), m->now->cfa.offset);
		return true;
	case DW_CFA_def_cfa_offset:
	case DW_CFA_def_cfa_offset_sf:
		m->b.bad |= m->now->cfa.kind != RULE_REGISTER;
		set_cfa(m, m->now->cfa.reg,
			op == DW_CFA_def_cfa_offset ? (int64_t)bytes__uleb(&m->b)
						    : scaled(m, bytes__sleb(&m->b)));
		return true;
	case DW_CFA_def_cfa_expression:
		m->now->cfa = expression(m, RULE_IS_RESULT);
		return true;
	default:
		return false;
	}
}

/* Instructions that move on. False: it is none of them. */
static bool step_location(struct machine *m, unsigned char op)
{
	switch (op) {
	case DW_CFA_set_loc:
		m->location = cfi_table__address(m->table, &m->b, m->fde->encoding);
		return true;
	case DW_CFA_advance_loc1:
		advance(m, bytes__fixed(&m->b, 1));
		return true;
	case DW_CFA_advance_loc2:
		advance(m, bytes__fixed(&m->b, 2));
		return true;
	case DW_CFA_advance_loc4:
		advance(m, bytes__fixed(&m->b, 4));
		return true;
	default:
		return false;
	}
}

/* Instructions about one register. */
static void step_register(struct machine *m, unsigned char op)
{
	uint64_t reg = bytes__uleb(&m->b);

	switch (op) {
	case DW_CFA_offset_extended:
		set(m, reg, RULE_AT_CFA, scaled(m, (int64_t)bytes__uleb(&m->b)));
		break;
	case DW_CFA_offset_extended_sf:
		set(m, reg, RULE_AT_CFA, scaled(m, bytes__sleb(&m->b)));
		break;
	case DW_CFA_GNU_negative_offset_extended:
		set(m, reg, RULE_AT_CFA, scaled(m, (int64_t)(0 - bytes__uleb(&m->b))));
		break;
	case DW_CFA_val_offset:
		set(m, reg, RULE_IS_CFA, scaled(m, (int64_t)bytes__uleb(&m->b)));
		break;
	case DW_CFA_val_offset_sf:
		set(m, reg, RULE_IS_CFA, scaled(m, bytes__sleb(&m->b)));
		break;
	case DW_CFA_undefined:
		set(m, reg, RULE_UNDEFINED, 0);
		break;
	case DW_CFA_same_value:
		set(m, reg, RULE_SAME, 0);
		break;
	case DW_CFA_restore_extended:
		restore(m, reg);
		break;
	case DW_CFA_register:
		set_register(m, reg, bytes__uleb(&m->b));
		break;
	case DW_CFA_expression:
		*rule_of(m, reg) = expression(m, RULE_AT_RESULT);
		break;
	case DW_CFA_val_expression:
		*rule_of(m, reg) = expression(m, RULE_IS_RESULT);
		break;
	default:
		m->b.bad = true;
	}
}

static void step(struct machine *m)
{
	unsigned char op = (unsigned char)bytes__fixed(&m->b, 1), low = op & LOW_OPERAND;

	switch (op & HIGH_OPCODE) {
	case DW_CFA_advance_loc:
		advance(m, low);
		return;
	case DW_CFA_offset:
		set(m, low, RULE_AT_CFA, scaled(m, (int64_t)bytes__uleb(&m->b)));
		return;
	case DW_CFA_restore:
		restore(m, low);
		return;
	default:
		break;
	}
	/* The latter has another meaning on arm64: from here on return addresses are signed. */
	if (op == DW_CFA_nop || op == DW_CFA_GNU_window_save)
		return;
	if (op == DW_CFA_GNU_args_size)
		(void)bytes__uleb(&m->b);
	else if (op == DW_CFA_remember_state)
		remember(m);
	else if (op == DW_CFA_restore_state)
		recall(m);
	else if (!step_location(m, op) && !step_cfa(m, op))
		step_register(m, op);
}

/* Runs a program until it speaks of what lies behind the address. */
static bool run(struct machine *m, const struct bytes *program, uint64_t address)
{
	size_t steps = 0;

	m->b = *program;
	m->location = m->fde->start;
	while (m->b.at < m->b.end && m->location <= address && !m->b.bad) {
		m->b.bad |= ++steps > STEPS_MOST;
		step(m);
	}
	return !m->b.bad;
}

bool cfi_rows__at(const struct cfi_table *table, const struct fde *fde, uint64_t address,
		  struct frame_rule *rule)
{
	struct frame_rule initial;
	struct machine m = {.table = table, .fde = fde, .now = rule};
	unsigned int reg;

	memset(rule, 0, sizeof(*rule));
	rule->is_signal = fde->is_signal;
	if (!run(&m, &fde->initial, address))
		return false;
	initial = *rule;
	m.initial = &initial;
	if (!run(&m, &fde->program, address) || rule->cfa.kind == RULE_UNSPECIFIED)
		return false;
	for (reg = 0; reg < REGISTERS; reg++)
		if (rule->reg[reg].kind != RULE_UNSPECIFIED)
			rule->specified |= 1U << reg;
	return true;
}
