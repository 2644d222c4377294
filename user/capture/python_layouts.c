// SPDX-License-Identifier: GPL-2.0-only
/*
 * Offsets as a C compiler has them with the headers of these releases on x86-64: 3.11.2, 3.11.7,
 * 3.12.1, 3.13.0 (Include/internal/pycore_runtime.h, pycore_interp.h, pycore_frame.h;
 * Include/cpython/pystate.h, code.h, unicodeobject.h). Within a release series they do not change.
 */
#include "capture/python_layouts.h"

#include <stddef.h>

#include "bpf/python.h"

#define FINAL 0xf0 /* the low byte of PY_VERSION_HEX, but for betas and candidates */

static const struct {
	uint32_t series; /* PY_VERSION_HEX >> 16 */
	struct ct_python_layout layout;
} known[] = {
	{0x030b,
	 {
		 .interpreters = 40,
		 .interpreter_next = 0,
		 .threads = 16,
		 .thread_next = 8,
		 .thread_id = 152,
		 .thread_frame = 56,
		 .cframe = 1,
		 .cframe_frame = 8,
		 .frame_code = 32,
		 .frame_previous = 48,
		 .frame_instruction = 56,
		 .frame_owner = 69,
		 .code_first_line = 72,
		 .code_file = 112,
		 .code_name = 128,
		 .code_lines = 136,
		 .code_bytecode = 184,
		 .thread_chunk = 296,
		 .type_keys = 872,
		 .values = CT_VALUES_APART,
		 .values_first = 0,
		 .coroutine_name = 40,
		 .task_name = 144,
		 .task_coroutine = 136,
		 .text_ascii = 48,
		 .text_other = 72,
	 }},
	{0x030c,
	 {
		 .interpreters = 40,
		 .interpreter_next = 0,
		 .threads = 72,
		 .thread_next = 8,
		 .thread_id = 136,
		 .thread_frame = 56,
		 .cframe = 1,
		 .cframe_frame = 0,
		 .frame_code = 0,
		 .frame_previous = 8,
		 .frame_instruction = 56,
		 .frame_owner = 70,
		 .code_first_line = 68,
		 .code_file = 112,
		 .code_name = 128,
		 .code_lines = 136,
		 .code_bytecode = 192,
		 .thread_chunk = 232,
		 .type_keys = 880,
		 .values = CT_VALUES_TAGGED,
		 .values_first = 0,
		 .coroutine_name = 32,
		 .task_name = 144,
		 .task_coroutine = 136,
		 .text_ascii = 40,
		 .text_other = 56,
	 }},
	{0x030d,
	 {
		 .interpreters = 632,
		 .interpreter_next = 7264,
		 .threads = 7344,
		 .thread_next = 8,
		 .thread_id = 152,
		 .thread_frame = 72,
		 .cframe = 0,
		 .frame_code = 0,
		 .frame_previous = 8,
		 .frame_instruction = 56,
		 .frame_owner = 70,
		 .code_first_line = 68,
		 .code_file = 112,
		 .code_name = 128,
		 .code_lines = 136,
		 .code_bytecode = 200,
		 .thread_chunk = 232,
		 .type_keys = 880,
		 .values = CT_VALUES_INLINE,
		 .values_first = 8,
		 .coroutine_name = 32,
		 .task_name = 128,
		 .task_coroutine = 120,
		 .text_ascii = 40,
		 .text_other = 56,
	 }},
};

const struct ct_python_layout *python_layout__of(uint32_t version)
{
	size_t i;

	for (i = 0; i < sizeof(known) / sizeof(known[0]); i++)
		if (known[i].series == version >> 16 && (version & 0xf0) == FINAL)
			return &known[i].layout;
	return NULL;
}
