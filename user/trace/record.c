// SPDX-License-Identifier: GPL-2.0-only
#include "trace/record.h"

#include <errno.h>
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
		{FIELD_COMM, 1, AT(ct_fork, comm)},
		{FIELD_END, 0, 0}};
FIELDS(exec) = {{U32(ct_exec, flags)},
		{U32(ct_exec, old_tid)},
		{FIELD_U16, 1, AT(ct_exec, file_len)},
		{FIELD_U16, 1, AT(ct_exec, args_len)},
		{U64(ct_exec, nvcsw)},
		{U64(ct_exec, nivcsw)},
		{U64(ct_exec, sum_exec)},
		{FIELD_COMM, 1, AT(ct_exec, comm)},
		{FIELD_EXEC_TEXT, 1, AT(ct_exec, text)},
		{FIELD_END, 0, 0}};
FIELDS(end) = {{U32(ct_end, exit_code)}, {U64(ct_end, nvcsw)}, {U64(ct_end, nivcsw)},
	       {U64(ct_end, utime)},	 {U64(ct_end, stime)}, {U64(ct_end, sum_exec)},
	       {FIELD_END, 0, 0}};
FIELDS(rename) = {{FIELD_COMM, 1, AT(ct_rename, comm)}, {FIELD_END, 0, 0}};
FIELDS(lost) = {
	{U64(ct_lost, until)}, {FIELD_U32, CT_LOST_KINDS, AT(ct_lost, count)}, {FIELD_END, 0, 0}};
FIELDS(task) = {{U32(ct_task, flags)},
		{U32(ct_task, pid)},
		{U32(ct_task, ns_tid)},
		{U32(ct_task, ns_pid)},
		{U32(ct_task, ppid)},
		{U32(ct_task, cpu)},
		{U32(ct_task, state)},
		{FIELD_COMM, 1, AT(ct_task, comm)},
		{U64(ct_task, start_ts)},
		{U64(ct_task, nvcsw)},
		{U64(ct_task, nivcsw)},
		{U64(ct_task, sum_exec)},
		{FIELD_U64, CT_WAIT_ARGS, AT(ct_task, args)},
		{U32(ct_task, nr)},
		{FIELD_END, 0, 0}};
FIELDS(arrived) = {{U64(ct_arrived, since)}, {FIELD_END, 0, 0}};

static const struct {
	uint16_t size;
	const struct record_field *fields;
	const char *kind;
} records[CT_TYPE_END] = {
	[CT_SWITCH] = {sizeof(struct ct_switch), NULL, "switch"},
	[CT_SWITCH_WAIT] = {sizeof(struct ct_switch_wait), NULL, "switch"},
	[CT_SWITCH_FUTEX] = {sizeof(struct ct_switch_futex), NULL, "switch"},
	[CT_WAKING] = {sizeof(struct ct_waking), NULL, "waking"},
	[CT_WAKING_FUTEX] = {sizeof(struct ct_waking_futex), NULL, "waking"},
	[CT_WAKEUP_NEW] = {sizeof(struct ct_waking), NULL, "waking"},
	[CT_FORK] = {sizeof(struct ct_fork), fork_fields, "fork"},
	[CT_EXEC] = {sizeof(struct ct_exec), exec_fields, "exec"},
	[CT_END] = {sizeof(struct ct_end), end_fields, "end"},
	[CT_RENAME] = {sizeof(struct ct_rename), rename_fields, "rename"},
	[CT_LOST] = {sizeof(struct ct_lost), lost_fields, "other"},
	[CT_TASK] = {sizeof(struct ct_task), task_fields, "other"},
	[CT_ARRIVED] = {sizeof(struct ct_arrived), arrived_fields, "other"},
	[CT_QUEUED] = {sizeof(struct ct_arrived), arrived_fields, "other"},
};

size_t record__size(unsigned int type)
{
	return type < CT_TYPE_END ? records[type].size : 0;
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

int record__exec_text(const union ct_event *ev)
{
	int len = ev->exec.file_len + ev->exec.args_len;

	return len <= CT_EXEC_TEXT ? len : -EINVAL;
}

int record__copy(union ct_event *ev, const void *record, size_t size)
{
	const char *bytes = record;
	size_t whole, fixed = offsetof(struct ct_exec, text);
	unsigned int type;
	int text;

	if (size < sizeof(struct ct_hdr))
		return -EINVAL;
	type = (unsigned char)bytes[offsetof(struct ct_hdr, type)];
	whole = record__size(type);
	if (!whole)
		return -EINVAL;
	if (type != CT_EXEC) {
		if (size < whole)
			return -EINVAL;
		memcpy(ev, bytes, whole);
		return 0;
	}
	if (size < fixed)
		return -EINVAL;
	memcpy(ev, bytes, fixed);
	text = record__exec_text(ev);
	if (text < 0 || size < fixed + (size_t)text)
		return -EINVAL;
	memcpy(ev->exec.text, bytes + fixed, (size_t)text);
	return 0;
}
