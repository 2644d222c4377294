// SPDX-License-Identifier: GPL-2.0-only
#include "capture/probes.h"

#include <bpf/bpf.h>
#include <bpf/libbpf.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>

#include "bpf/control.h"
#include "bpf/events.h"
#include "capture/lacks.h"
#include "conctrace.skel.h"

enum need {
	NEEDED,
	OPTIONAL,
	INSTEAD, /* optional, and only where the one before it could not be attached */
};

struct probe {
	const char *program;
	const char *tracepoint; /* of a plain raw tracepoint; NULL: the program names it itself */
	unsigned int type;	/* what a missed run loses; 0 = no record */
	enum need need;
};

/* In order of attachment: interrupt context and task lives are known before switches are. */
static const struct probe table[] = {
	{"hardirq_enter", "irq_handler_entry", 0, OPTIONAL},
	{"hardirq_exit", "irq_handler_exit", 0, OPTIONAL},
	{"timer_enter", "local_timer_entry", 0, OPTIONAL},
	{"hardirq_exit", "local_timer_exit", 0, OPTIONAL},
	{"softirq_enter", "softirq_entry", 0, OPTIONAL},
	{"softirq_exit", "softirq_exit", 0, OPTIONAL},
	{"on_contention_begin", "contention_begin", 0, OPTIONAL},
	{"on_contention_end", "contention_end", 0, OPTIONAL},
	{"on_file_fault", "mm_filemap_fault", 0, OPTIONAL},
	{"on_page_read", "mm_filemap_add_to_page_cache", 0, INSTEAD},
	{"on_block_issue", NULL, 0, OPTIONAL},
	{"on_block_complete", NULL, CT_DISK, OPTIONAL},
	{"on_fork", NULL, CT_FORK, NEEDED},
	{"on_exec", NULL, CT_EXEC, NEEDED},
	{"on_rename", NULL, CT_RENAME, NEEDED},
	{"on_wakeup_new", NULL, CT_WAKEUP_NEW, NEEDED},
	{"on_waking", NULL, CT_WAKING, NEEDED},
	{"on_switch", NULL, CT_SWITCH, NEEDED},
};

#define NPROBES (sizeof(table) / sizeof(table[0]))

struct probes {
	struct bpf_link *link[NPROBES];
	struct bpf_program *program[NPROBES];
};

static int attach(struct probes *p, struct conctrace_bpf *skel, size_t i, struct error *err)
{
	char what[128];

	p->program[i] = bpf_object__find_program_by_name(skel->obj, table[i].program);
	if (!p->program[i])
		return lacks__explain(-ENOENT, table[i].program, "no such program", err);
	if (bpf_program__fd(p->program[i]) < 0 && table[i].need != NEEDED)
		return 0; /* not loaded */
	if (table[i].need == INSTEAD && p->link[i - 1])
		return 0;
	if (table[i].tracepoint)
		p->link[i] = bpf_program__attach_raw_tracepoint(p->program[i], table[i].tracepoint);
	else
		p->link[i] = bpf_program__attach(p->program[i]);
	if (p->link[i] || table[i].need != NEEDED)
		return 0;
	snprintf(what, sizeof(what), "attaching the probe %s", table[i].program);
	return lacks__explain(-errno, what, "", err);
}

void probes__leave_out_optional(struct conctrace_bpf *skel)
{
	size_t i;

	for (i = 0; i < NPROBES; i++) {
		struct bpf_program *program;

		if (table[i].need == NEEDED || table[i].tracepoint)
			continue;
		program = bpf_object__find_program_by_name(skel->obj, table[i].program);
		if (program)
			bpf_program__set_autoload(program, false);
	}
}

int probes__attach(struct conctrace_bpf *skel, struct probes **out, struct error *err)
{
	struct probes *p = calloc(1, sizeof(*p));
	size_t i;
	int ret = 0;

	*out = NULL;
	if (!p)
		return -ENOMEM;
	for (i = 0; i < NPROBES && !ret; i++)
		ret = attach(p, skel, i, err);
	if (ret) {
		probes__detach(p);
		return ret;
	}
	*out = p;
	return 0;
}

void probes__stop(struct probes *p)
{
	size_t i;

	if (!p)
		return;
	for (i = NPROBES; i-- > 0;) {
		bpf_link__destroy(p->link[i]);
		p->link[i] = NULL;
	}
}

void probes__missed(const struct probes *p, uint64_t lost[CT_LOST_KINDS])
{
	size_t i;

	for (i = 0; i < NPROBES; i++) {
		struct bpf_prog_info info = {0};
		__u32 len = sizeof(info);

		if (!table[i].type || bpf_program__fd(p->program[i]) < 0)
			continue;
		if (bpf_obj_get_info_by_fd(bpf_program__fd(p->program[i]), &info, &len))
			continue;
		lost[table[i].type] += info.recursion_misses;
	}
}

void probes__detach(struct probes *p)
{
	probes__stop(p);
	free(p);
}
