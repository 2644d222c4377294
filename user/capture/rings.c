// SPDX-License-Identifier: GPL-2.0-only
#include "capture/rings.h"

#include <bpf/bpf.h>
#include <bpf/libbpf.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "bpf/control.h"
#include "bpf/events.h"
#include "lib/cpulist.h"
#include "lib/error.h"

struct ring {
	struct rings *all;
	unsigned int cpu;
	uint64_t last_ts;
	struct ring_buffer *rb;
};

struct rings {
	unsigned int ncpus; /* highest id + 1 */
	unsigned int count;
	struct ring *ring;
	/* during a drain */
	capture_fn fn;
	void *ctx;
	int stop;
	long records;
};

/*
 * A probe that runs with interrupts enabled (fork, exec, exit, rename) may be overtaken by one in
 * an interrupt between reading the clock and reserving its record.
 */
static int pass_late(struct ring *ring, const void *data, size_t size)
{
	union ct_event copy;

	memcpy(&copy, data, size < sizeof(copy) ? size : sizeof(copy));
	copy.h.ts = ring->last_ts;
	return ring->all->fn(ring->all->ctx, ring->cpu, &copy, size);
}

static int on_record(void *ctx, void *data, size_t size)
{
	struct ring *ring = ctx;
	struct rings *all = ring->all;
	const struct ct_hdr *h = data;

	all->records++;
	if (h->ts < ring->last_ts) {
		all->stop = pass_late(ring, data, size);
	} else {
		ring->last_ts = h->ts;
		all->stop = all->fn(all->ctx, ring->cpu, data, size);
	}
	return all->stop ? -ECANCELED : 0;
}

static int ring__open(struct ring *ring, int outer_map_fd, uint64_t bytes)
{
	int fd, err;

	fd = bpf_map_create(BPF_MAP_TYPE_RINGBUF, "conctrace_ring", 0, 0, (uint32_t)bytes, NULL);
	if (fd < 0)
		return fd;
	err = bpf_map_update_elem(outer_map_fd, &ring->cpu, &fd, BPF_ANY);
	if (!err) {
		ring->rb = ring_buffer__new(fd, on_record, ring, NULL);
		err = ring->rb ? 0 : -errno;
	}
	close(fd); /* the outer map and our mapping keep it */
	return err;
}

int rings__new(int outer_map_fd, uint64_t bytes, struct rings **out, struct error *err)
{
	struct rings *rings = calloc(1, sizeof(*rings));
	unsigned int *cpus = NULL, i;
	int ret, count;

	*out = NULL;
	if (!rings)
		return error__errno(err, -ENOMEM, "ring buffers");
	count = cpulist__online(&cpus);
	if (count <= 0) {
		ret = error__set(err, -ENODEV, "cannot tell which CPUs are online");
		goto out;
	}
	ret = -ENOMEM;
	rings->ring = calloc((size_t)count, sizeof(*rings->ring));
	if (!rings->ring)
		goto out;
	for (i = 0; i < (unsigned int)count; i++) {
		struct ring *ring = &rings->ring[i];

		if (cpus[i] >= CT_MAX_CPUS) {
			ret = error__set(err, -E2BIG, "CPU %u: at most %d CPUs are supported",
					 cpus[i], CT_MAX_CPUS);
			goto out;
		}
		ring->all = rings;
		ring->cpu = cpus[i];
		rings->count = i + 1;
		if (cpus[i] >= rings->ncpus)
			rings->ncpus = cpus[i] + 1;
		ret = ring__open(ring, outer_map_fd, bytes);
		if (ret) {
			error__errno(err, ret, "ring buffer of %llu KiB for CPU %u",
				     (unsigned long long)bytes / 1024, cpus[i]);
			goto out;
		}
	}
	*out = rings;
	rings = NULL;
	ret = 0;
out:
	free(cpus);
	rings__free(rings);
	return ret;
}

void rings__free(struct rings *rings)
{
	unsigned int i;

	if (!rings)
		return;
	for (i = 0; i < rings->count; i++)
		ring_buffer__free(rings->ring[i].rb);
	free(rings->ring);
	free(rings);
}

long rings__drain(struct rings *rings, capture_fn fn, void *ctx)
{
	unsigned int i;

	rings->fn = fn;
	rings->ctx = ctx;
	rings->stop = 0;
	rings->records = 0;
	for (i = 0; i < rings->count && !rings->stop; i++)
		ring_buffer__consume(rings->ring[i].rb);
	return rings->stop ? rings->stop : rings->records;
}

unsigned int rings__cpus(const struct rings *rings)
{
	return rings->ncpus;
}
