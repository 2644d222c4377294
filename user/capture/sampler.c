// SPDX-License-Identifier: GPL-2.0-only
#include "capture/sampler.h"

#include <bpf/libbpf.h>
#include <linux/perf_event.h>
#include <stdlib.h>
#include <sys/syscall.h>
#include <unistd.h>

#define NS_PER_SECOND 1000000000ULL

struct sampler {
	unsigned int count;
	struct bpf_link *links[];
};

static int open_clock(unsigned int cpu, unsigned int hz)
{
	struct perf_event_attr attr = {
		.type = PERF_TYPE_SOFTWARE,
		.size = sizeof(attr),
		.config = PERF_COUNT_SW_CPU_CLOCK,
		.sample_period = NS_PER_SECOND / hz,
	};

	return (int)syscall(SYS_perf_event_open, &attr, -1, (int)cpu, -1, PERF_FLAG_FD_CLOEXEC);
}

struct sampler *sampler__start(const struct bpf_program *program, unsigned int ncpus,
			       unsigned int hz)
{
	struct sampler *sampler = calloc(1, sizeof(*sampler) + ncpus * sizeof(struct bpf_link *));
	unsigned int cpu;

	if (!sampler)
		return NULL;
	for (cpu = 0; cpu < ncpus; cpu++) {
		int fd = open_clock(cpu, hz);
		struct bpf_link *link;

		if (fd < 0)
			continue;
		link = bpf_program__attach_perf_event(program, fd); /* owns fd if it works */
		if (link)
			sampler->links[sampler->count++] = link;
		else
			close(fd);
	}
	if (sampler->count)
		return sampler;
	free(sampler);
	return NULL;
}

void sampler__stop(struct sampler *sampler)
{
	if (!sampler)
		return;
	while (sampler->count)
		bpf_link__destroy(sampler->links[--sampler->count]);
	free(sampler);
}
