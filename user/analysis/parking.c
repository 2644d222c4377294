// SPDX-License-Identifier: GPL-2.0-only
/*
 * By names of functions: Go 1.19's runtime/lock_futex.go and proc.go, Rust's std from 1.63 to 1.80,
 * crossbeam-utils 0.8, tokio 1, OpenJDK 17. A lock's slow path in the same runtime is told apart by
 * the function that stands before.
 */
#include "analysis/parking.h"

#include <string.h>

#include "analysis/counts.h"
#include "model/model.h"
#include "symbol/modules.h"
#include "symbol/plumbing.h"

#define SIZE(array) (sizeof(array) / sizeof(*(array)))

#define STACKS_MOST 8 /* looked at, those with the longest waits */

enum verdict { GOES_ON, PARKS, LOCKS };

static const struct {
	const char *start; /* of a function's name */
	enum verdict verdict;
} functions[] = {
	{"runtime.lock", LOCKS}, /* lock2, lockWithRank: the runtime's own locks */
	{"runtime.notesleep", PARKS},
	{"runtime.notetsleep", PARKS},
	{"runtime.mPark", PARKS},
	{"runtime.semasleep", PARKS},
	{"runtime.gopark", PARKS},
	{"runtime.park_m", PARKS},
	{"parking_lot::", LOCKS},
	{"parking_lot_core::", LOCKS},
	{"std::thread::park", PARKS},
	{"std::sys_common::thread_park", PARKS},
	{"crossbeam_utils::sync::parker::", PARKS},
	{"tokio::park::", PARKS},
	{"tokio::runtime::park::", PARKS},
	{"tokio::runtime::thread_pool::park::", PARKS},
	{"tokio::runtime::scheduler::multi_thread::park::", PARKS},
};

static bool starts(const char *text, const char *with)
{
	return !strncmp(text, with, strlen(with));
}

static enum verdict by_function(const char *function)
{
	size_t i;

	if (*function == '<') /* Rust: "<crossbeam_utils::sync::parker::Parker as ...>::..." */
		function++;
	for (i = 0; i < SIZE(functions); i++)
		if (starts(function, functions[i].start))
			return functions[i].verdict;
	/* std::sys::unix::thread_parker::..., std::sys::pal::..., std::sys::sync::thread_parking::
	 */
	if (starts(function, "std::sys::") && strstr(function, "::thread_park"))
		return PARKS;
	return GOES_ON;
}

/* As far out as the program's own function: tokio is one of those, for it is nobody's plumbing. */
static enum verdict of_frame(const struct frame *frame)
{
	struct place levels[LEVELS_MOST];
	size_t i, n = frame__levels(frame, levels);
	enum verdict verdict = GOES_ON;

	for (i = 0; i < n && verdict == GOES_ON; i++) {
		if (levels[i].function && !levels[i].exported_only)
			verdict = by_function(levels[i].function);
		if (verdict == GOES_ON && !plumbing__is(frame, &levels[i]))
			verdict = LOCKS;
	}
	return verdict;
}

static bool parks(const struct model_stack *stack)
{
	enum verdict verdict = GOES_ON;
	size_t i;

	for (i = 0; i < stack->nframes && verdict == GOES_ON; i++) {
		const struct frame *frame = &stack->frames[i];

		if (!frame->module)
			return false;
		if (module__is_libc(frame->module))
			continue;
		if (starts(module__name(frame->module), "libjvm.so"))
			return true;
		verdict = of_frame(frame);
	}
	return verdict == PARKS;
}

bool parking__is(const struct model *model, const struct sync_object *object,
		 const struct counts *by_stack)
{
	struct count stacks[STACKS_MOST];
	uint64_t parked = 0, known = 0;
	size_t i, n;

	if (object->parking)
		return true;
	if (object->kind != CAUSE_FUTEX && object->kind != CAUSE_CONDVAR &&
	    object->kind != CAUSE_SEMAPHORE)
		return false;
	n = counts__top(by_stack, stacks, STACKS_MOST);
	for (i = 0; i < n; i++) {
		const struct model_stack *stack = model__stack(model, stacks[i].key);

		if (!stack || !stack->nframes)
			continue;
		known += stacks[i].n;
		parked += parks(stack) ? stacks[i].n : 0;
	}
	return parked > known / 2;
}
