// SPDX-License-Identifier: GPL-2.0-only
#include "capture/pythons.h"

#include <bpf/bpf.h>
#include <bpf/libbpf.h>
#include <stdlib.h>
#include <string.h>

#include "bpf/python.h"
#include "capture/python_layouts.h"
#include "lib/caps.h"
#include "python.skel.h"

/* While recording they are permitted, but not in effect. CAP_SYS_ADMIN: where it stands for both.
 */
#define NEEDED (CAP_BIT(CAP_BPF) | CAP_BIT(CAP_PERFMON) | CAP_BIT(CAP_SYS_ADMIN))

struct pythons {
	const struct bpf_map *rings, *after_sample;
	struct python_bpf *skel;
	unsigned int ring_bytes;
	bool tried; /* to load */
};

struct pythons *pythons__new(const struct bpf_map *rings, uint64_t ring_bytes,
			     const struct bpf_map *after_sample)
{
	struct pythons *p = calloc(1, sizeof(*p));

	if (!p)
		return NULL;
	p->rings = rings;
	p->ring_bytes = (unsigned int)ring_bytes;
	p->after_sample = after_sample;
	return p;
}

void pythons__free(struct pythons *p)
{
	if (!p)
		return;
	python_bpf__destroy(p->skel);
	free(p);
}

static int load(struct pythons *p, struct python_bpf *skel)
{
	uint32_t first = 0;
	int ret, program;

	skel->rodata->ct_ring_bytes = p->ring_bytes;
	ret = bpf_map__reuse_fd(skel->maps.rings, bpf_map__fd(p->rings));
	if (!p->after_sample)
		bpf_program__set_autoload(skel->progs.python_sample, false);
	if (!ret)
		ret = python_bpf__load(skel);
	if (!ret)
		ret = python_bpf__attach(skel);
	if (ret)
		return ret;
	/* Without it, samples have the interpreter's own functions. */
	program = bpf_program__fd(skel->progs.python_sample);
	if (p->after_sample)
		bpf_map_update_elem(bpf_map__fd(p->after_sample), &first, &program, BPF_ANY);
	return 0;
}

static bool is_loaded(struct pythons *p)
{
	struct python_bpf *skel;
	uint64_t before;

	if (p->tried)
		return p->skel;
	p->tried = true;
	before = caps__raise(NEEDED);
	skel = python_bpf__open();
	if (skel && !load(p, skel))
		p->skel = skel;
	else
		python_bpf__destroy(skel);
	caps__use(before);
	return p->skel;
}

void pythons__expect(struct pythons *p)
{
	if (p)
		is_loaded(p);
}

bool pythons__waits(const struct pythons *p)
{
	return p && p->skel;
}

void pythons__see(struct pythons *p, struct ct_runtime *runtime)
{
	const struct ct_python_layout *layout = python_layout__of(runtime->version);
	struct ct_python_process process = {.state = runtime->start};
	uint32_t pid = runtime->pid;
	uint64_t before;

	if (!p || runtime->kind != CT_RUNTIME_PYTHON || (runtime->h.flags & CT_R_NO_LOCK) ||
	    !layout || !is_loaded(p))
		return;
	process.layout = *layout;
	before = caps__raise(NEEDED);
	if (!bpf_map_update_elem(bpf_map__fd(p->skel->maps.py_processes), &pid, &process, BPF_ANY))
		runtime->h.flags |= CT_R_FRAMES;
	caps__use(before);
}

void pythons__tell_anew(struct pythons *p)
{
	if (p && p->skel)
		memset(p->skel->bss->py_seen, 0, sizeof(p->skel->bss->py_seen));
}

void pythons__stop(struct pythons *p)
{
	if (p && p->skel)
		python_bpf__detach(p->skel);
}

void pythons__lost(const struct pythons *p, uint64_t lost[CT_LOST_KINDS])
{
	unsigned int i;

	for (i = 0; p && p->skel && i < CT_LOST_KINDS; i++)
		lost[i] += p->skel->bss->py_lost[i];
}
