// SPDX-License-Identifier: GPL-2.0-only
#include "capture/rings.h"

#include <bpf/bpf.h>
#include <bpf/libbpf.h>
#include <errno.h>
#include <pthread.h>
#include <stdbool.h>
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
	int fd;
	struct ring_buffer *rb;
};

struct rings {
	int map_fd;
	pthread_t publisher;
	bool publishing;
	int published;	    /* publisher's result */
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

static int ring__open(struct ring *ring, uint64_t bytes)
{
	ring->fd =
		bpf_map_create(BPF_MAP_TYPE_RINGBUF, "conctrace_ring", 0, 0, (uint32_t)bytes, NULL);
	if (ring->fd < 0)
		return ring->fd;
	ring->rb = ring_buffer__new(ring->fd, on_record, ring, NULL);
	return ring->rb ? 0 : -errno;
}

/*
 * Puts all rings into the map at once: after each change of a map of maps the kernel waits for
 * an RCU grace period (maybe_wait_bpf_programs()), 5 to 12 ms here, which a batch pays once, and
 * this thread pays while the probes are being loaded.
 */
static void *publish(void *arg)
{
	struct rings *rings = arg;
	unsigned int i, *cpus = calloc(rings->count, sizeof(*cpus));
	int *fds = calloc(rings->count, sizeof(*fds));
	__u32 count = rings->count;
	int err = -ENOMEM;

	if (!cpus || !fds)
		goto out;
	for (i = 0; i < rings->count; i++) {
		cpus[i] = rings->ring[i].cpu;
		fds[i] = rings->ring[i].fd;
	}
	err = bpf_map_update_batch(rings->map_fd, cpus, fds, &count, NULL);
	if (!err)
		goto out;
	/* Kernels that have no batches for this type of map. */
	for (i = 0, err = 0; i < rings->count && !err; i++)
		err = bpf_map_update_elem(rings->map_fd, &cpus[i], &fds[i], BPF_ANY);
out:
	free(cpus);
	free(fds);
	rings->published = err;
	return NULL;
}

static int start_publishing(struct rings *rings)
{
	LIBBPF_OPTS(bpf_map_create_opts, opts, .inner_map_fd = (__u32)rings->ring[0].fd);
	int err;

	rings->map_fd = bpf_map_create(BPF_MAP_TYPE_ARRAY_OF_MAPS, "rings", sizeof(__u32),
				       sizeof(__u32), CT_MAX_CPUS, &opts);
	if (rings->map_fd < 0)
		return rings->map_fd;
	err = pthread_create(&rings->publisher, NULL, publish, rings);
	rings->publishing = !err;
	return -err;
}

int rings__ready(struct rings *rings, struct error *err)
{
	if (rings->publishing)
		pthread_join(rings->publisher, NULL);
	rings->publishing = false;
	return rings->published ? error__errno(err, rings->published, "ring buffers") : 0;
}

int rings__map_fd(const struct rings *rings)
{
	return rings->map_fd;
}

int rings__new(uint64_t bytes, struct rings **out, struct error *err)
{
	struct rings *rings = calloc(1, sizeof(*rings));
	unsigned int *cpus = NULL, i;
	int ret, count;

	*out = NULL;
	if (!rings)
		return error__errno(err, -ENOMEM, "ring buffers");
	rings->map_fd = -1;
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
		ret = ring__open(ring, bytes);
		if (ret) {
			error__errno(err, ret, "ring buffer of %llu KiB for CPU %u",
				     (unsigned long long)bytes / 1024, cpus[i]);
			goto out;
		}
	}
	ret = start_publishing(rings);
	if (ret) {
		error__errno(err, ret, "ring buffers");
		goto out;
	}
	*out = rings;
	rings = NULL;
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
	rings__ready(rings, NULL);
	if (rings->map_fd >= 0)
		close(rings->map_fd);
	for (i = 0; i < rings->count; i++) {
		ring_buffer__free(rings->ring[i].rb);
		if (rings->ring[i].fd >= 0)
			close(rings->ring[i].fd);
	}
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
