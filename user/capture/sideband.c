// SPDX-License-Identifier: GPL-2.0-only
#include "capture/sideband.h"

#include <errno.h>
#include <linux/perf_event.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

#include "lib/error.h"

/*
 * Of a CPU. Builds make a thousand mappings in 50 ms; and who asks for mappings gets a record of
 * each fork and each exit too: 5,000 threads that end together are 240 KB of these.
 */
#define RING_BYTES (256u << 10)
#define RINGS_MOST (16u << 20) /* of all CPUs */
#define EVENT_MOST 65536       /* perf_event_header.size has 16 bits */

struct ring {
	int fd; /* -1: none, the CPU is offline */
	struct perf_event_mmap_page *page;
	size_t bytes; /* behind that page */
};

struct sideband {
	unsigned int ncpus;
	struct ring *rings;
	uint64_t lost;
	char event[EVENT_MOST]; /* one that wraps, put together */
};

/* Layouts: perf_event_open(2), "PERF_RECORD_MMAP2", "PERF_RECORD_COMM", "PERF_RECORD_LOST". */
struct mmap2_event {
	struct perf_event_header h;
	uint32_t pid, tid;
	uint64_t start, len, pgoff;
	uint32_t dev_major, dev_minor;
	uint64_t ino, generation;
	uint32_t prot, flags;
	char path[];
};

struct comm_event {
	struct perf_event_header h;
	uint32_t pid, tid;
};

struct lost_event {
	struct perf_event_header h;
	uint64_t id, lost;
};

static int open_event(unsigned int cpu)
{
	struct perf_event_attr attr = {
		.type = PERF_TYPE_SOFTWARE,
		.config = PERF_COUNT_SW_DUMMY,
		.size = sizeof(attr),
		.sample_type = PERF_SAMPLE_TID | PERF_SAMPLE_TIME,
		.sample_id_all = 1,
		.exclude_kernel = 1,
		.exclude_hv = 1,
		.mmap = 1,
		.mmap2 = 1,
		.comm = 1,
		.comm_exec = 1,
		.use_clockid = 1,
		.clockid = CLOCK_MONOTONIC,
	};
	long fd = syscall(SYS_perf_event_open, &attr, -1, cpu, -1, PERF_FLAG_FD_CLOEXEC);

	return fd < 0 ? -errno : (int)fd;
}

/* Without privilege, the memory for all this is limited (perf_event_mlock_kb): take less then. */
static int map_ring(struct ring *ring, size_t bytes)
{
	size_t page = (size_t)sysconf(_SC_PAGESIZE);
	int ret = -EPERM;

	for (; bytes >= page; bytes /= 2) {
		void *memory =
			mmap(NULL, page + bytes, PROT_READ | PROT_WRITE, MAP_SHARED, ring->fd, 0);

		if (memory != MAP_FAILED) {
			ring->page = memory;
			ring->bytes = bytes;
			return 0;
		}
		ret = -errno;
		if (ret != -EPERM && ret != -ENOMEM)
			break;
	}
	return ret;
}

int sideband__open(unsigned int ncpus, struct sideband **out, struct error *err)
{
	struct sideband *s = calloc(1, sizeof(*s));
	size_t bytes = RING_BYTES;
	int ret = 0;

	*out = NULL;
	if (s)
		s->rings = calloc(ncpus, sizeof(*s->rings));
	if (!s || !s->rings) {
		free(s);
		return error__errno(err, -ENOMEM, "following mappings");
	}
	while (bytes > 4096 && bytes * ncpus > RINGS_MOST)
		bytes /= 2;
	for (unsigned int cpu = 0; cpu < ncpus && !ret; cpu++) {
		struct ring *ring = &s->rings[cpu];

		ring->fd = open_event(cpu);
		s->ncpus = cpu + 1;
		if (ring->fd >= 0)
			ret = map_ring(ring, bytes);
		else if (ring->fd != -ENODEV)
			ret = ring->fd;
	}
	if (ret) {
		sideband__close(s);
		return error__errno(err, ret, "following mappings (perf_event_open)");
	}
	*out = s;
	return 0;
}

void sideband__close(struct sideband *s)
{
	size_t page = (size_t)sysconf(_SC_PAGESIZE);

	if (!s)
		return;
	for (unsigned int i = 0; i < s->ncpus; i++) {
		if (s->rings[i].page)
			munmap(s->rings[i].page, page + s->rings[i].bytes);
		if (s->rings[i].fd >= 0)
			close(s->rings[i].fd);
	}
	free(s->rings);
	free(s);
}

/* With sample_id_all, each record ends with those of the fields asked for: pid, tid; time. */
static uint64_t time_of(const struct perf_event_header *h)
{
	uint64_t ts;

	memcpy(&ts, (const char *)h + h->size - sizeof(ts), sizeof(ts));
	return ts;
}

static void take_mmap(const struct mmap2_event *e, sideband_fn fn, void *ctx)
{
	size_t tail = 2 * sizeof(uint64_t); /* see time_of() */
	const struct sideband_event event = {.ts = time_of(&e->h),
					     .pid = e->pid,
					     .tid = e->tid,
					     .start = e->start,
					     .len = e->len,
					     .pgoff = e->pgoff,
					     .ino = e->ino,
					     .dev_major = e->dev_major,
					     .dev_minor = e->dev_minor,
					     .path = e->path};

	if (e->h.size > sizeof(*e) + tail && (e->prot & PROT_EXEC) &&
	    memchr(e->path, 0, e->h.size - sizeof(*e) - tail))
		fn(ctx, &event);
}

static void take(struct sideband *s, const struct perf_event_header *h, sideband_fn fn, void *ctx)
{
	const struct comm_event *comm = (const struct comm_event *)h;
	struct sideband_event event = {.exec = true, .path = ""};

	switch (h->type) {
	case PERF_RECORD_MMAP2:
		take_mmap((const struct mmap2_event *)h, fn, ctx);
		break;
	case PERF_RECORD_COMM:
		if (!(h->misc & PERF_RECORD_MISC_COMM_EXEC))
			break;
		event.ts = time_of(h);
		event.pid = comm->pid;
		event.tid = comm->tid;
		fn(ctx, &event);
		break;
	case PERF_RECORD_LOST:
		s->lost += ((const struct lost_event *)h)->lost;
		break;
	default:
		break;
	}
}

/* The record at that position in one piece. */
static const struct perf_event_header *whole(struct sideband *s, const struct ring *ring,
					     uint64_t position)
{
	const char *data = (const char *)ring->page + ring->page->data_offset;
	size_t at = position & (ring->bytes - 1), first = ring->bytes - at;
	const struct perf_event_header *h = (const struct perf_event_header *)(data + at);

	if (h->size <= first)
		return h;
	memcpy(s->event, data + at, first);
	memcpy(s->event + first, data, h->size - first);
	return (const struct perf_event_header *)s->event;
}

void sideband__peek(struct sideband *s, sideband_fn fn, void *ctx)
{
	for (unsigned int cpu = 0; cpu < s->ncpus; cpu++) {
		struct ring *ring = &s->rings[cpu];
		uint64_t head, at;

		if (!ring->page)
			continue;
		head = __atomic_load_n(&ring->page->data_head, __ATOMIC_ACQUIRE);
		for (at = ring->page->data_tail; at < head;) {
			const struct perf_event_header *h = whole(s, ring, at);

			if (h->type == PERF_RECORD_MMAP2)
				take(s, h, fn, ctx);
			at += h->size;
		}
	}
}

void sideband__drain(struct sideband *s, uint64_t before_ns, sideband_fn fn, void *ctx)
{
	for (unsigned int cpu = 0; cpu < s->ncpus; cpu++) {
		struct ring *ring = &s->rings[cpu];
		uint64_t head, tail;

		if (!ring->page)
			continue;
		head = __atomic_load_n(&ring->page->data_head, __ATOMIC_ACQUIRE);
		tail = ring->page->data_tail;
		while (tail < head) {
			const struct perf_event_header *h = whole(s, ring, tail);

			if (time_of(h) >= before_ns)
				break;
			take(s, h, fn, ctx);
			tail += h->size;
		}
		__atomic_store_n(&ring->page->data_tail, tail, __ATOMIC_RELEASE);
	}
}

uint64_t sideband__lost(const struct sideband *s)
{
	return s->lost;
}
