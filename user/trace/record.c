// SPDX-License-Identifier: GPL-2.0-only
#include "trace/record.h"

#include <errno.h>
#include <stdbool.h>
#include <string.h>

#include "bpf/events.h"

#define FIELDS(name)	 static const struct record_field name##_fields[]
#define AT(type, field)	 offsetof(struct type, field)
#define U32(type, field) FIELD_U32, 1, AT(type, field)
#define U64(type, field) FIELD_U64, 1, AT(type, field)

/* The order is the file format's: never change it. */
FIELDS(head) = {{FIELD_U8, 1, AT(ct_hdr, aux)},
		{FIELD_U8, 1, AT(ct_hdr, prio)},
		{U32(ct_hdr, tid)},
		{FIELD_END, 0, 0}};
FIELDS(fork) = {{U32(ct_fork, flags)},
		{U32(ct_fork, pid)},
		{U32(ct_fork, ns_tid)},
		{U32(ct_fork, ns_pid)},
		{U32(ct_fork, parent_tid)},
		{U32(ct_fork, parent_pid)},
		{FIELD_CHARS, CT_COMM_LEN, AT(ct_fork, comm)},
		{FIELD_SINCE, 2, 0},
		{U64(ct_fork, tls)},
		{U64(ct_fork, cflags)},
		{U32(ct_fork, nr)},
		{FIELD_END, 0, 0}};
FIELDS(exec) = {{U32(ct_exec, flags)},
		{U32(ct_exec, old_tid)},
		{FIELD_U16, 1, AT(ct_exec, file_len)},
		{FIELD_U16, 1, AT(ct_exec, args_len)},
		{U64(ct_exec, nvcsw)},
		{U64(ct_exec, nivcsw)},
		{U64(ct_exec, sum_exec)},
		{FIELD_CHARS, CT_COMM_LEN, AT(ct_exec, comm)},
		{FIELD_TEXT, 1, AT(ct_exec, text)},
		{FIELD_END, 0, 0}};
FIELDS(end) = {{U32(ct_end, exit_code)}, {U64(ct_end, nvcsw)}, {U64(ct_end, nivcsw)},
	       {U64(ct_end, utime)},	 {U64(ct_end, stime)}, {U64(ct_end, sum_exec)},
	       {FIELD_END, 0, 0}};
FIELDS(memory) = {{U64(ct_memory, peak)}, {FIELD_END, 0, 0}};
FIELDS(rename) = {{FIELD_CHARS, CT_COMM_LEN, AT(ct_rename, comm)}, {FIELD_END, 0, 0}};
FIELDS(lost) = {
	{U64(ct_lost, until)}, {FIELD_U32, CT_LOST_KINDS, AT(ct_lost, count)}, {FIELD_END, 0, 0}};
FIELDS(task) = {{U32(ct_task, flags)},
		{U32(ct_task, pid)},
		{U32(ct_task, ns_tid)},
		{U32(ct_task, ns_pid)},
		{U32(ct_task, ppid)},
		{U32(ct_task, cpu)},
		{U32(ct_task, state)},
		{FIELD_CHARS, CT_COMM_LEN, AT(ct_task, comm)},
		{U64(ct_task, start_ts)},
		{U64(ct_task, nvcsw)},
		{U64(ct_task, nivcsw)},
		{U64(ct_task, sum_exec)},
		{FIELD_U64, CT_WAIT_ARGS, AT(ct_task, args)},
		{U32(ct_task, nr)},
		{FIELD_END, 0, 0}};
FIELDS(arrived) = {{U64(ct_arrived, since)}, {FIELD_END, 0, 0}};

FIELDS(stack) = {{FIELD_ID, 1, AT(ct_stack, id)},
		 {FIELD_U64, sizeof(struct ct_regs) / 8, AT(ct_stack, regs)},
		 {U64(ct_stack, tls)},
		 {U32(ct_stack, pid)},
		 {U32(ct_stack, len)},
		 {FIELD_BYTES, 1, AT(ct_stack, bytes)},
		 {FIELD_END, 0, 0}};
FIELDS(stack_arm64) = {{FIELD_ID, 1, AT(ct_stack_arm64, id)},
		       {FIELD_U64, sizeof(struct ct_regs_arm64) / 8, AT(ct_stack_arm64, regs)},
		       {U64(ct_stack_arm64, tls)},
		       {U32(ct_stack_arm64, pid)},
		       {U32(ct_stack_arm64, len)},
		       {FIELD_BYTES, 1, AT(ct_stack_arm64, bytes)},
		       {FIELD_END, 0, 0}};
FIELDS(file) = {{FIELD_ID, 1, AT(ct_file, id)},
		{U64(ct_file, ino)},
		{U32(ct_file, dev)},
		{U32(ct_file, flags)},
		{FIELD_U16, 1, AT(ct_file, mode)},
		{FIELD_U16, 1, AT(ct_file, family)},
		{FIELD_U16, 1, AT(ct_file, protocol)},
		{FIELD_U16, 1, AT(ct_file, local_port)},
		{FIELD_U16, 1, AT(ct_file, peer_port)},
		{FIELD_U16, 1, AT(ct_file, text_len)},
		{FIELD_CHARS, 16, AT(ct_file, local)},
		{FIELD_CHARS, 16, AT(ct_file, peer)},
		{U64(ct_file, peer_ino)},
		{FIELD_TEXT, 1, AT(ct_file, text)},
		{FIELD_END, 0, 0}};
FIELDS(map) = {{U32(ct_map, pid)},
	       {U32(ct_map, flags)},
	       {U64(ct_map, start)},
	       {U64(ct_map, len)},
	       {U64(ct_map, pgoff)},
	       {U64(ct_map, ino)},
	       {U32(ct_map, dev_major)},
	       {U32(ct_map, dev_minor)},
	       {FIELD_CHARS, CT_BUILD_ID, AT(ct_map, build_id)},
	       {FIELD_U16, 1, AT(ct_map, build_id_len)},
	       {FIELD_U16, 1, AT(ct_map, text_len)},
	       {FIELD_TEXT, 1, AT(ct_map, text)},
	       {FIELD_END, 0, 0}};
FIELDS(blob) = {{U32(ct_blob, kind)},	{U32(ct_blob, dev)}, {U64(ct_blob, key)},
		{U64(ct_blob, offset)}, {U32(ct_blob, len)}, {FIELD_BYTES, 1, AT(ct_blob, bytes)},
		{FIELD_END, 0, 0}};
FIELDS(sample) = {{FIELD_ID, 1, AT(ct_sample, stack)},
		  {U64(ct_sample, ip)},
		  {U32(ct_sample, kernel)},
		  {FIELD_END, 0, 0}};
FIELDS(disk) = {{FIELD_BEFORE, 1, AT(ct_disk, issued)},
		{U64(ct_disk, sector)},
		{U32(ct_disk, bytes)},
		{U32(ct_disk, dev)},
		{U32(ct_disk, op)},
		{U32(ct_disk, error)},
		{FIELD_END, 0, 0}};

#define WHOLE(type)	  sizeof(struct type), sizeof(struct type)
#define ENDED(type, tail) sizeof(struct type), AT(type, tail)

FIELDS(blocked) = {{FIELD_ID, 1, AT(ct_blocked, stack)},
		   {U64(ct_blocked, uaddr)},
		   {U32(ct_blocked, op)},
		   {U32(ct_blocked, val)},
		   {FIELD_U32, CT_FUTEX_WORDS, AT(ct_blocked, words)},
		   {FIELD_U32, CT_FUTEX_BEFORE, AT(ct_blocked, before)},
		   {FIELD_END, 0, 0}};

FIELDS(affinity) = {{U32(ct_affinity, ncpus)},
		    {FIELD_U64, CT_CPU_WORDS, AT(ct_affinity, mask)},
		    {FIELD_END, 0, 0}};

FIELDS(runtime) = {{U32(ct_runtime, pid)}, {U32(ct_runtime, kind)},    {U64(ct_runtime, start)},
		   {U64(ct_runtime, len)}, {U32(ct_runtime, version)}, {FIELD_END, 0, 0}};

FIELDS(python_code) = {{FIELD_ID, 1, AT(ct_python_code, id)},
		       {U32(ct_python_code, pid)},
		       {U32(ct_python_code, first_line)},
		       {FIELD_U8, 1, AT(ct_python_code, name_kind)},
		       {FIELD_U8, 1, AT(ct_python_code, file_kind)},
		       {FIELD_U16, 1, AT(ct_python_code, name_len)},
		       {FIELD_U16, 1, AT(ct_python_code, file_len)},
		       {FIELD_U16, 1, AT(ct_python_code, lines_len)},
		       {FIELD_CHARS, CT_PYTHON_NAME, AT(ct_python_code, name)},
		       {FIELD_CHARS, CT_PYTHON_FILE, AT(ct_python_code, file)},
		       {FIELD_BYTES, 1, AT(ct_python_code, bytes)},
		       {FIELD_END, 0, 0}};
FIELDS(python_stack) = {{FIELD_ID, 1, AT(ct_python_stack, id)},
			{U32(ct_python_stack, pid)},
			{U32(ct_python_stack, complete)},
			{U32(ct_python_stack, count)},
			{FIELD_BYTES, 1, AT(ct_python_stack, frames)},
			{FIELD_END, 0, 0}};
FIELDS(python_at) = {{FIELD_ID, 1, AT(ct_python_at, id)}, {FIELD_END, 0, 0}};
FIELDS(python_thread) = {{U32(ct_python_thread, pid)},
			 {FIELD_U8, 1, AT(ct_python_thread, name_kind)},
			 {FIELD_U16, 1, AT(ct_python_thread, name_len)},
			 {FIELD_CHARS, CT_PYTHON_NAME, AT(ct_python_thread, name)},
			 {FIELD_END, 0, 0}};
FIELDS(python_task) = {{FIELD_ID, 1, AT(ct_python_task, id)},
		       {U32(ct_python_task, pid)},
		       {U32(ct_python_task, number)},
		       {FIELD_U8, 1, AT(ct_python_task, name_kind)},
		       {FIELD_U8, 1, AT(ct_python_task, coroutine_kind)},
		       {FIELD_U16, 1, AT(ct_python_task, name_len)},
		       {FIELD_U16, 1, AT(ct_python_task, coroutine_len)},
		       {FIELD_CHARS, CT_PYTHON_LABEL, AT(ct_python_task, name)},
		       {FIELD_CHARS, CT_PYTHON_LABEL, AT(ct_python_task, coroutine)},
		       {FIELD_END, 0, 0}};

static const struct {
	uint16_t size, fixed;
	const struct record_field *fields;
	const char *kind;
} records[CT_TYPE_END] = {
	[CT_SWITCH] = {WHOLE(ct_switch), NULL, "switch"},
	[CT_SWITCH_WAIT] = {WHOLE(ct_switch_wait), NULL, "switch"},
	[CT_SWITCH_FUTEX] = {WHOLE(ct_switch_futex), NULL, "switch"},
	[CT_WAKING] = {WHOLE(ct_waking), NULL, "waking"},
	[CT_WAKING_FUTEX] = {WHOLE(ct_waking_futex), NULL, "waking"},
	[CT_WAKEUP_NEW] = {WHOLE(ct_waking), NULL, "waking"},
	[CT_FORK] = {WHOLE(ct_fork), fork_fields, "fork"},
	[CT_EXEC] = {ENDED(ct_exec, text), exec_fields, "exec"},
	[CT_END] = {WHOLE(ct_end), end_fields, "end"},
	[CT_MEMORY] = {WHOLE(ct_memory), memory_fields, "end"},
	[CT_RENAME] = {WHOLE(ct_rename), rename_fields, "rename"},
	[CT_LOST] = {WHOLE(ct_lost), lost_fields, "other"},
	[CT_TASK] = {WHOLE(ct_task), task_fields, "other"},
	[CT_ARRIVED] = {WHOLE(ct_arrived), arrived_fields, "other"},
	[CT_QUEUED] = {WHOLE(ct_arrived), arrived_fields, "other"},
	[CT_STACK] = {ENDED(ct_stack, bytes), stack_fields, "stack"},
	[CT_FILE] = {ENDED(ct_file, text), file_fields, "file"},
	[CT_MAP] = {ENDED(ct_map, text), map_fields, "map"},
	[CT_BLOB] = {ENDED(ct_blob, bytes), blob_fields, "other"},
	[CT_SAMPLE] = {WHOLE(ct_sample), sample_fields, "sample"},
	[CT_DISK] = {WHOLE(ct_disk), disk_fields, "disk"},
	[CT_BLOCKED] = {WHOLE(ct_blocked), blocked_fields, "other"},
	[CT_AFFINITY] = {WHOLE(ct_affinity), affinity_fields, "other"},
	[CT_RUNTIME] = {WHOLE(ct_runtime), runtime_fields, "map"},
	[CT_PYTHON_CODE] = {ENDED(ct_python_code, bytes), python_code_fields, "stack"},
	[CT_PYTHON_STACK] = {ENDED(ct_python_stack, frames), python_stack_fields, "stack"},
	[CT_PYTHON_AT] = {WHOLE(ct_python_at), python_at_fields, "stack"},
	[CT_PYTHON_THREAD] = {WHOLE(ct_python_thread), python_thread_fields, "stack"},
	[CT_PYTHON_TASK] = {WHOLE(ct_python_task), python_task_fields, "stack"},
	[CT_STACK_ARM64] = {ENDED(ct_stack_arm64, bytes), stack_arm64_fields, "stack"},
};

bool record__says_more(unsigned int type)
{
	switch (type) {
	case CT_PYTHON_CODE:
	case CT_PYTHON_STACK:
	case CT_PYTHON_AT:
	case CT_PYTHON_THREAD:
	case CT_PYTHON_TASK:
		return true;
	default:
		return false;
	}
}

size_t record__size(unsigned int type)
{
	return type < CT_TYPE_END ? records[type].size : 0;
}

size_t record__fixed(unsigned int type)
{
	return type < CT_TYPE_END ? records[type].fixed : 0;
}

const struct record_field *record__fields(unsigned int type)
{
	return type < CT_TYPE_END ? records[type].fields : NULL;
}

const char *record__kind(unsigned int type)
{
	return type < CT_TYPE_END && records[type].kind ? records[type].kind : "other";
}

const struct record_field *record__head_fields(void)
{
	return head_fields;
}

static int bounded(unsigned int len, unsigned int most)
{
	return len <= most ? (int)len : -EINVAL;
}

int record__tail(const union ct_event *ev)
{
	switch (ev->h.type) {
	case CT_EXEC:
		return bounded(ev->exec.file_len + ev->exec.args_len, CT_EXEC_TEXT);
	case CT_STACK:
		return ev->stack.len % 8 ? -EINVAL : bounded(ev->stack.len, CT_STACK_MOST);
	case CT_STACK_ARM64:
		return ev->stack_arm64.len % 8 ? -EINVAL
					       : bounded(ev->stack_arm64.len, CT_STACK_MOST);
	case CT_FILE:
		return bounded(ev->file.text_len, CT_PATH_LEN);
	case CT_MAP:
		return ev->map.build_id_len > CT_BUILD_ID ? -EINVAL
							  : bounded(ev->map.text_len, CT_PATH_LEN);
	case CT_BLOB:
		return bounded(ev->blob.len, CT_BLOB_BYTES);
	case CT_PYTHON_CODE:
		if (ev->python_code.name_len > CT_PYTHON_NAME ||
		    ev->python_code.file_len > CT_PYTHON_FILE)
			return -EINVAL;
		return bounded(ev->python_code.lines_len, CT_PYTHON_LINES);
	case CT_PYTHON_THREAD:
		return ev->python_thread.name_len > CT_PYTHON_NAME ? -EINVAL : 0;
	case CT_PYTHON_TASK:
		return ev->python_task.name_len > CT_PYTHON_LABEL ||
				       ev->python_task.coroutine_len > CT_PYTHON_LABEL
			       ? -EINVAL
			       : 0;
	case CT_PYTHON_STACK:
		return bounded(ev->python_stack.count, CT_PYTHON_FRAMES) < 0
			       ? -EINVAL
			       : (int)(ev->python_stack.count * sizeof(struct ct_python_frame));
	default:
		return 0;
	}
}

/* Where probes leave away what is not used of its end. */
static bool is_cut(unsigned int type)
{
	return type == CT_STACK || type == CT_STACK_ARM64 || type == CT_PYTHON_CODE ||
	       type == CT_PYTHON_STACK;
}

size_t record__length(const void *record, size_t available)
{
	const union ct_event *ev = record;
	size_t size = available >= sizeof(ev->h) ? record__size(ev->h.type) : 0;

	if (size && is_cut(ev->h.type) && available >= record__fixed(ev->h.type)) {
		int tail = record__tail(ev);

		size = tail < 0 ? 0 : record__fixed(ev->h.type) + (size_t)tail;
	}
	return size <= available ? size : 0;
}

int record__copy(union ct_event *ev, const void *record, size_t size)
{
	const char *bytes = record;
	size_t fixed;
	int tail;

	if (size < sizeof(struct ct_hdr))
		return -EINVAL;
	fixed = record__fixed((unsigned char)bytes[offsetof(struct ct_hdr, type)]);
	if (!fixed || size < fixed)
		return -EINVAL;
	memcpy(ev, bytes, fixed);
	tail = record__tail(ev);
	if (tail < 0 || size < fixed + (size_t)tail)
		return -EINVAL;
	memcpy((char *)ev + fixed, bytes + fixed, (size_t)tail);
	return 0;
}
