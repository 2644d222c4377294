/* SPDX-License-Identifier: GPL-2.0-only */
/* Call chains out of a copy of the stack, after the fact and without the process. */
#ifndef SYMBOL_UNWIND_H
#define SYMBOL_UNWIND_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "bpf/events.h"
#include "symbol/frame.h"

#define UNWIND_MOST 256 /* frames */

struct maps;

struct unwind_input {
	const struct maps *maps;
	bool is_arm64; /* else x86-64 */
	union {	       /* both begin with ip and sp */
		struct ct_regs regs;
		struct ct_regs_arm64 arm64;
	};
	const unsigned char *bytes; /* from regs.sp on */
	size_t len;
};

/*
 * Fills up to `most` frames, innermost first, at least one if most is not 0. Returns their number;
 * *end tells why there are no more. With call-frame information (.eh_frame, else .debug_frame)
 * where a module has it, by frame pointers where it has none. An end is STACK_TRUNCATED too when
 * `most` was reached, and where a signal handler ran on a stack of its own: the copy holds one.
 */
size_t unwind__stack(const struct unwind_input *in, struct frame *frames, size_t most,
		     enum stack_end *end);

#endif
