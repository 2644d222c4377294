// SPDX-License-Identifier: GPL-2.0-only
#include "symbol/unwind.h"

#include <elf.h>
#include <string.h>

#include "lib/arch.h"
#include "symbol/cfi.h"
#include "symbol/expression.h"
#include "symbol/maps.h"
#include "symbol/module.h"

#define WORD ((uint64_t)8) /* bytes */

/* Above this are the kernel's addresses: 47 bits, and 57 where five page levels are in use. */
#define ADDRESS_END ((uint64_t)1 << 56)

/* A frame pointer that lies further above the copy than this is no frame pointer. */
#define STACK_MOST ((uint64_t)8 << 20)

enum step { STEP_CALLER, STEP_OUTERMOST, STEP_TRUNCATED, STEP_NO_INFO };

/* The registers of one frame. */
struct state {
	uint64_t reg[REGISTERS];
	uint32_t known; /* bit per register */
};

struct unwinder {
	const struct unwind_input *in;
	const struct arch *arch;
	struct state now;
	const struct module *module; /* of the frame */
	uint64_t address;	     /* the module's own, inside the call */
	bool first;
	bool interrupted; /* a signal handler was called from here, not a function */
	bool beyond;	  /* something was to be read that the copy does not hold */
	bool has_link; /* `link` is where the function called last is to return to, if not saved */
	uint64_t link;
};

static void set(struct state *state, unsigned int reg, uint64_t value)
{
	state->reg[reg] = value;
	state->known |= 1U << reg;
}

static bool is_known(const struct state *state, unsigned int reg)
{
	return state->known >> reg & 1;
}

static bool read_word(void *context, uint64_t address, uint64_t *value)
{
	struct unwinder *u = context;
	uint64_t skip = address - u->in->regs.sp;

	if (address < u->in->regs.sp || skip > u->in->len || u->in->len - skip < WORD) {
		u->beyond = true;
		return false;
	}
	memcpy(value, u->in->bytes + skip, WORD);
	return true;
}

static bool find_cfa(struct unwinder *u, const struct cfi *cfi, const struct frame_rule *rule,
		     uint64_t *cfa)
{
	const struct expression_input in = {u->arch, u->now.reg, u->now.known, read_word, u};

	if (rule->cfa.kind == RULE_IS_RESULT)
		return expression__run(cfi__expression(cfi, rule, &rule->cfa), rule->cfa.len, &in,
				       false, cfa);
	if (rule->cfa.kind != RULE_REGISTER || !is_known(&u->now, rule->cfa.reg))
		return false;
	*cfa = u->now.reg[rule->cfa.reg] + (uint64_t)(int64_t)rule->cfa.offset;
	return true;
}

/* The caller's value of a register. False: it is not known. */
static bool find_register(struct unwinder *u, const struct cfi *cfi, const struct frame_rule *rule,
			  unsigned int reg, uint64_t cfa, uint64_t *value)
{
	const struct expression_input in = {u->arch, u->now.reg, u->now.known, read_word, u};
	const struct rule *r = &rule->reg[reg];
	uint64_t result = cfa, at;

	switch ((enum rule_kind)r->kind) {
	case RULE_SAME:
		*value = u->now.reg[reg];
		return is_known(&u->now, reg);
	case RULE_AT_CFA:
		at = cfa + (uint64_t)(int64_t)r->offset;
		/*
		 * Below the stack pointer is what an epilogue has popped, or a prologue is about to
		 * make room for: the register has its value still.
		 */
		if (u->first && at < u->in->regs.sp && reg != REGISTER_IP) {
			*value = u->now.reg[reg];
			return is_known(&u->now, reg);
		}
		return read_word(u, at, value);
	case RULE_IS_CFA:
		*value = cfa + (uint64_t)(int64_t)r->offset;
		return true;
	case RULE_REGISTER:
		*value = u->now.reg[r->reg];
		return is_known(&u->now, r->reg);
	case RULE_AT_RESULT:
	case RULE_IS_RESULT:
		if (!expression__run(cfi__expression(cfi, rule, r), r->len, &in, true, &result))
			return false;
		*value = result;
		return r->kind == RULE_IS_RESULT || read_word(u, result, value);
	case RULE_UNSPECIFIED:
	case RULE_UNDEFINED:
		break;
	}
	return false;
}

/* Whether it goes on where a register says: nothing was called yet that would have used that one.
 */
static bool uses_link(const struct unwinder *u, const struct frame_rule *rule)
{
	return u->arch->has_link && rule->reg[REGISTER_IP].kind == RULE_UNSPECIFIED;
}

static bool find_return(struct unwinder *u, const struct cfi *cfi, const struct frame_rule *rule,
			uint64_t cfa, uint64_t *value)
{
	if (!uses_link(u, rule)) {
		if (!find_register(u, cfi, rule, REGISTER_IP, cfa, value))
			return false;
		*value &= u->arch->address;
		return true;
	}
	*value = u->link;
	return u->has_link;
}

static enum step step_by_rule(struct unwinder *u, const struct cfi *cfi,
			      const struct frame_rule *rule)
{
	struct state caller = u->now;
	uint64_t cfa, value;
	uint32_t left;
	unsigned int reg;

	if (rule->reg[REGISTER_IP].kind == RULE_UNDEFINED)
		return STEP_OUTERMOST;
	u->beyond = false;
	if (!find_cfa(u, cfi, rule, &cfa) || !find_return(u, cfi, rule, cfa, &value))
		return u->beyond ? STEP_TRUNCATED : STEP_NO_INFO;
	/* Stacks grow downwards; only a signal may have come in on another one. */
	if (cfa + uses_link(u, rule) <= u->now.reg[REGISTER_SP] && !rule->is_signal)
		return STEP_NO_INFO;
	caller.known &= u->arch->kept & ~rule->specified;
	set(&caller, REGISTER_IP, value);
	set(&caller, REGISTER_SP, cfa);
	for (left = rule->specified & ~(1U << REGISTER_IP); left; left &= left - 1) {
		reg = (unsigned int)__builtin_ctz(left);
		if (find_register(u, cfi, rule, reg, cfa, &value))
			set(&caller, reg, value);
		else if (reg == REGISTER_SP)
			return STEP_NO_INFO;
	}
	u->now = caller;
	u->has_link = false;
	u->interrupted = rule->is_signal;
	return STEP_CALLER;
}

/* Out of a signal handler by what the kernel has saved: all registers. */
static enum step step_by_signal_frame(struct unwinder *u)
{
	uint64_t at = u->now.reg[REGISTER_SP] + u->arch->signal_frame, value;
	struct state caller = {0};
	unsigned int i, reg;

	for (i = 0; i < u->arch->nregisters; i++) {
		if (!read_word(u, at + i * WORD, &value))
			return STEP_TRUNCATED;
		reg = u->arch->registers[i];
		if (reg == REGISTER_IP)
			u->link = value & u->arch->address;
		else if (reg != REGISTER_NONE)
			set(&caller, reg, value);
	}
	if (!read_word(u, at + i * WORD, &value))
		return STEP_TRUNCATED;
	set(&caller, REGISTER_IP, value);
	u->now = caller;
	u->has_link = u->interrupted = true;
	return STEP_CALLER;
}

/*
 * glibc describes no frames for clone3() and vfork(), which have none: the return address is where
 * the call has put it, which is what the stack begins with, or the link register.
 */
static bool has_no_frame(const struct unwinder *u)
{
	static const char *const names[] = {"clone", "clone3", "vfork"};
	struct place place;
	const char *name;
	size_t i;

	if (!u->first)
		return false;
	if (module__is_libc(u->module))
		return true;
	if (!module__place(u->module, u->address, &place) || !place.function || place.exported_only)
		return false;
	name = place.function + strspn(place.function, "_");
	for (i = 0; i < sizeof(names) / sizeof(*names); i++)
		if (!strcmp(name, names[i]))
			return true;
	return false;
}

static enum step step_frameless(struct unwinder *u)
{
	uint64_t caller = u->link;

	if (!u->arch->has_link && !read_word(u, u->now.reg[REGISTER_SP], &caller))
		return STEP_TRUNCATED;
	if (!maps__find(u->in->maps, caller - 1))
		return STEP_NO_INFO;
	u->now.reg[REGISTER_IP] = caller;
	if (!u->arch->has_link)
		u->now.reg[REGISTER_SP] += WORD;
	u->has_link = false;
	return STEP_CALLER;
}

/* Go and runtimes that compile while they run keep frame pointers. */
static enum step step_by_pointer(struct unwinder *u)
{
	uint64_t bp = u->now.reg[REGISTER_FP], sp = u->now.reg[REGISTER_SP], caller, callers_bp;

	if (!is_known(&u->now, REGISTER_FP))
		return STEP_NO_INFO;
	if (!bp)
		return STEP_OUTERMOST;
	if (bp % WORD || bp < sp)
		return STEP_NO_INFO;
	if (!read_word(u, bp, &callers_bp) || !read_word(u, bp + WORD, &caller))
		return bp - sp < STACK_MOST ? STEP_TRUNCATED : STEP_NO_INFO;
	caller &= u->arch->address;
	if (caller && !maps__find(u->in->maps, caller - 1))
		return STEP_NO_INFO;
	u->now.known = 0;
	set(&u->now, REGISTER_FP, callers_bp);
	set(&u->now, REGISTER_IP, caller);
	set(&u->now, REGISTER_SP, bp + 2 * WORD);
	/* Where calls push nothing, a frame has those two words anywhere: this is a lower bound. */
	if (u->arch->has_link)
		u->now.known &= ~(1U << REGISTER_SP);
	u->has_link = false;
	return STEP_CALLER;
}

/*
 * Nothing called the code that a signal handler returns to: the address is that of its first
 * instruction, and the one before belongs to it for the sake of unwinders only.
 */
static void name_signal_frame(const struct unwinder *u, struct frame *frame)
{
	if (!u->first && !u->interrupted)
		frame->address++;
}

/* Whether the frame is one that the kernel made to call a signal handler, if no rule says so. */
static bool is_signal_frame(const struct unwinder *u)
{
	struct place place;

	if (u->first || !u->arch->signal_frame || strcmp(module__name(u->module), "[vdso]") != 0)
		return false;
	/* The handler returns to its first instruction. */
	return module__place(u->module, u->address + 1, &place) && place.function &&
	       !strcmp(place.function, "__kernel_rt_sigreturn");
}

/*
 * Where a call leaves the return address in a register, code that has no frame information, such as
 * entries of a PLT, has it there still, unless that leads to other such code: perhaps itself.
 */
static bool may_have_link(const struct unwinder *u)
{
	const struct mapping *mapping =
		u->has_link && u->first ? maps__find(u->in->maps, u->link - 1) : NULL;
	struct cfi *cfi = mapping && mapping->module ? module__cfi(mapping->module) : NULL;

	return cfi && cfi__find(cfi, mapping__address(mapping, u->link - 1));
}

static enum step step(struct unwinder *u, struct frame *frame)
{
	const struct frame_rule *rule;
	enum module_state state;
	struct cfi *cfi;

	if (!u->module)
		return STEP_NO_INFO;
	cfi = module__cfi(u->module);
	rule = cfi && cfi__arch(cfi) == u->arch ? cfi__find(cfi, u->address) : NULL;
	if ((rule && rule->is_signal) || is_signal_frame(u)) {
		name_signal_frame(u, frame);
		if (u->arch->signal_frame)
			return step_by_signal_frame(u);
	}
	if (rule)
		return step_by_rule(u, cfi, rule);
	u->interrupted = false;
	if (cfi)
		return has_no_frame(u) || may_have_link(u) ? step_frameless(u) : STEP_NO_INFO;
	/* Only where it is known that there is none; a C library without it has no pointers. */
	state = module__state(u->module);
	if (module__is_libc(u->module) ||
	    (state != MODULE_READY && !module__is_generated(u->module)))
		return STEP_NO_INFO;
	return step_by_pointer(u);
}

static void find_frame(struct unwinder *u, struct frame *frame)
{
	uint64_t ip = u->now.reg[REGISTER_IP], inside = ip - !(u->first || u->interrupted);
	const struct mapping *mapping = maps__find(u->in->maps, inside);

	*frame = (struct frame){.ip = ip, .address = inside};
	if (mapping && mapping->module) {
		frame->module = mapping->module;
		frame->address = mapping__address(mapping, inside);
	}
	u->module = frame->module;
	u->address = frame->address;
}

static void start_x86(struct unwinder *u)
{
	const struct ct_regs *regs = &u->in->regs;

	set(&u->now, REGISTER_IP, regs->ip);
	set(&u->now, REGISTER_SP, regs->sp);
	set(&u->now, REGISTER_FP, regs->bp);
	set(&u->now, REGISTER_BX, regs->bx);
	set(&u->now, REGISTER_R12, regs->r12);
	set(&u->now, REGISTER_R13, regs->r13);
	set(&u->now, REGISTER_R14, regs->r14);
	set(&u->now, REGISTER_R15, regs->r15);
}

static void start_arm64(struct unwinder *u)
{
	const struct ct_regs_arm64 *regs = &u->in->arm64;
	unsigned int i;

	set(&u->now, REGISTER_IP, regs->ip);
	set(&u->now, REGISTER_SP, regs->sp);
	set(&u->now, REGISTER_FP, regs->fp);
	for (i = 0; i < sizeof(regs->x) / sizeof(*regs->x); i++)
		set(&u->now, arch__register(u->arch, 19 + i), regs->x[i]);
	u->link = regs->lr & u->arch->address;
	u->has_link = true;
}

size_t unwind__stack(const struct unwind_input *in, struct frame *frames, size_t most,
		     enum stack_end *end)
{
	static const enum stack_end ends[] = {[STEP_OUTERMOST] = STACK_COMPLETE,
					      [STEP_TRUNCATED] = STACK_TRUNCATED,
					      [STEP_NO_INFO] = STACK_NO_INFO};
	struct unwinder u = {.in = in,
			     .first = true,
			     .arch = arch__of_elf(in->is_arm64 ? EM_AARCH64 : EM_X86_64)};
	enum step last;
	size_t n = 0;

	*end = STACK_TRUNCATED;
	if (in->is_arm64)
		start_arm64(&u);
	else
		start_x86(&u);
	while (n < most) {
		find_frame(&u, &frames[n]);
		last = step(&u, &frames[n++]);
		u.first = false;
		if (last != STEP_CALLER) {
			*end = ends[last];
			break;
		}
		if (!u.now.reg[REGISTER_IP]) {
			*end = STACK_COMPLETE;
			break;
		}
		if (u.now.reg[REGISTER_IP] >= ADDRESS_END) {
			*end = STACK_NO_INFO;
			break;
		}
	}
	return n;
}
