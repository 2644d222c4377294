// SPDX-License-Identifier: GPL-2.0-only
/*
 * Rings of our own in a mapped array, not BPF ring buffers: on Linux 6.18 reserving and submitting
 * there took 90 to 170 ns a record, more than all else that the probes do.
 */
#include "capture/rings.h"

#include <bpf/bpf.h>
#include <bpf/libbpf.h>
#include <errno.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>

#include "bpf/control.h"
#include "lib/cpulist.h"
#include "lib/error.h"
#include "trace/record.h"

#define TAIL_EVERY 64 /* records; each move of the tail costs the probes a cache miss */

struct rings {
	unsigned int ncpus; /* highest id + 1 */
	uint64_t bytes;	    /* of one ring, without header and slack */
	size_t stride, mapped;
	char *memory;
	uint64_t last_ts[CT_MAX_CPUS];
	uint64_t marked[CT_MAX_CPUS]; /* a head */
};

/* Also of those that are offline: what happens there once they are not needs a ring. */
static int count_cpus(struct error *err)
{
	unsigned int *cpus = NULL;
	int count = cpulist__present(&cpus), ret;

	if (count <= 0)
		ret = error__set(err, -ENODEV, "cannot tell which CPUs there are");
	else if (cpus[count - 1] >= CT_MAX_CPUS)
		ret = error__set(err, -E2BIG, "CPU %u: at most %d CPUs are supported",
				 cpus[count - 1], CT_MAX_CPUS);
	else
		ret = (int)cpus[count - 1] + 1;
	free(cpus);
	return ret;
}

static size_t stride_of(uint64_t bytes)
{
	return sizeof(struct ct_ring) + bytes + CT_RING_SLACK + sizeof(struct ct_scratch);
}

int rings__size_map(struct bpf_map *map, uint64_t bytes, struct error *err)
{
	int ncpus = count_cpus(err), ret;

	if (ncpus < 0)
		return ncpus;
	ret = bpf_map__set_max_entries(map, (__u32)ncpus);
	if (!ret)
		ret = bpf_map__set_value_size(map, (__u32)stride_of(bytes));
	return ret ? error__errno(err, ret, "ring buffers") : 0;
}

int rings__open(struct bpf_map *map, uint64_t bytes, struct rings **out, struct error *err)
{
	struct rings *rings = calloc(1, sizeof(*rings));
	int ret;

	*out = NULL;
	if (!rings)
		return error__errno(err, -ENOMEM, "ring buffers");
	rings->ncpus = bpf_map__max_entries(map);
	rings->bytes = bytes;
	rings->stride = stride_of(bytes);
	rings->mapped = rings->stride * rings->ncpus;
	rings->memory =
		mmap(NULL, rings->mapped, PROT_READ | PROT_WRITE, MAP_SHARED, bpf_map__fd(map), 0);
	if (rings->memory == MAP_FAILED) {
		rings->memory = NULL;
		ret = error__errno(err, -errno, "mapping the ring buffers");
		rings__free(rings);
		return ret;
	}
	*out = rings;
	return 0;
}

void rings__free(struct rings *rings)
{
	if (!rings)
		return;
	if (rings->memory)
		munmap(rings->memory, rings->mapped);
	free(rings);
}

/*
 * A probe that runs with interrupts enabled (fork, exec, exit, rename) may be overtaken by one in
 * an interrupt between reading the clock and reserving its record: its time is that of the one
 * before it. The ring is ours by now, so the record is mended in place.
 */
static void mend_order(uint64_t *last_ts, struct ct_hdr *h)
{
	if (h->ts < *last_ts)
		h->ts = *last_ts;
	*last_ts = h->ts;
}

static long drain_cpu(struct rings *rings, unsigned int cpu, capture_fn fn, void *ctx, int *stop)
{
	struct ct_ring *ring = (struct ct_ring *)(rings->memory + cpu * rings->stride);
	char *data = (char *)(ring + 1);
	uint64_t head = rings->marked[cpu], tail = ring->tail;
	long count = 0;

	while (tail < head && !*stop) {
		struct ct_hdr *h = (struct ct_hdr *)(data + (tail & (rings->bytes - 1)));
		unsigned int type = __atomic_load_n(&h->type, __ATOMIC_ACQUIRE);
		size_t size = type ? record__length(h, CT_RING_SLACK) : 0;

		if (!size) /* not committed yet */
			break;
		if (record__says_more(type))
			h->ts = rings->last_ts[cpu];
		else
			mend_order(&rings->last_ts[cpu], h);
		*stop = fn(ctx, cpu, h, size);
		size = (size + 7) & ~(size_t)7;
		memset(h, 0, size);
		tail += size;
		if (++count % TAIL_EVERY == 0)
			__atomic_store_n(&ring->tail, tail, __ATOMIC_RELEASE);
	}
	__atomic_store_n(&ring->tail, tail, __ATOMIC_RELEASE);
	return count;
}

void rings__mark(struct rings *rings)
{
	unsigned int cpu;

	for (cpu = 0; cpu < rings->ncpus; cpu++) {
		const struct ct_ring *ring =
			(const struct ct_ring *)(rings->memory + cpu * rings->stride);

		rings->marked[cpu] = __atomic_load_n(&ring->head, __ATOMIC_ACQUIRE);
	}
}

long rings__drain(struct rings *rings, capture_fn fn, void *ctx)
{
	unsigned int cpu;
	long count = 0;
	int stop = 0;

	for (cpu = 0; cpu < rings->ncpus && !stop; cpu++)
		count += drain_cpu(rings, cpu, fn, ctx, &stop);
	return stop ? stop : count;
}

unsigned int rings__cpus(const struct rings *rings)
{
	return rings->ncpus;
}
