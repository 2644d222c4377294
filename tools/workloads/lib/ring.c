// SPDX-License-Identifier: GPL-2.0-only
#include "lib/ring.h"

#include <errno.h>
#include <linux/io_uring.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "lib/fail.h"

/* The kernel writes the head of the first queue and the tail of the second; we the other two. */
struct ring {
	int fd;
	void *memory;
	size_t size, entries_size;
	struct io_uring_sqe *entries;
	_Atomic(uint32_t) *sq_head, *sq_tail, *cq_head, *cq_tail;
	uint32_t *sq_index;
	uint32_t sq_mask, cq_mask, queued;
	const struct io_uring_cqe *results;
};

static void *part(const struct ring *ring, uint32_t offset)
{
	return (char *)ring->memory + offset;
}

static void *map(const struct ring *ring, size_t size, off_t what)
{
	void *memory =
		mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_POPULATE, ring->fd, what);

	if (memory == MAP_FAILED)
		fail("mmap of io_uring", errno);
	return memory;
}

struct ring *ring__new(unsigned int n)
{
	struct io_uring_params p = {0};
	struct ring *ring = calloc(1, sizeof(*ring));
	size_t sq, cq;

	if (!ring)
		fail("memory", ENOMEM);
	ring->fd = (int)syscall(__NR_io_uring_setup, n, &p);
	if (ring->fd < 0 || !(p.features & IORING_FEAT_SINGLE_MMAP)) { /* before Linux 5.4 */
		int err = ring->fd < 0 ? errno : ENOSYS;

		free(ring);
		errno = err;
		return NULL;
	}
	sq = p.sq_off.array + p.sq_entries * sizeof(uint32_t);
	cq = p.cq_off.cqes + p.cq_entries * sizeof(struct io_uring_cqe);
	ring->size = sq > cq ? sq : cq;
	ring->memory = map(ring, ring->size, IORING_OFF_SQ_RING);
	ring->entries_size = p.sq_entries * sizeof(struct io_uring_sqe);
	ring->entries = map(ring, ring->entries_size, IORING_OFF_SQES);
	ring->sq_head = part(ring, p.sq_off.head);
	ring->sq_tail = part(ring, p.sq_off.tail);
	ring->sq_index = part(ring, p.sq_off.array);
	ring->sq_mask = *(uint32_t *)part(ring, p.sq_off.ring_mask);
	ring->cq_head = part(ring, p.cq_off.head);
	ring->cq_tail = part(ring, p.cq_off.tail);
	ring->cq_mask = *(uint32_t *)part(ring, p.cq_off.ring_mask);
	ring->results = part(ring, p.cq_off.cqes);
	return ring;
}

void ring__free(struct ring *ring)
{
	munmap(ring->entries, ring->entries_size);
	munmap(ring->memory, ring->size);
	close(ring->fd);
	free(ring);
}

static void queue(struct ring *ring, const struct io_uring_sqe *entry)
{
	uint32_t tail = atomic_load_explicit(ring->sq_tail, memory_order_relaxed), at;

	if (tail - atomic_load_explicit(ring->sq_head, memory_order_acquire) > ring->sq_mask)
		ring__enter(ring, false); /* full */
	at = tail & ring->sq_mask;
	ring->entries[at] = *entry;
	ring->sq_index[at] = at;
	atomic_store_explicit(ring->sq_tail, tail + 1, memory_order_release);
	ring->queued++;
}

void ring__read(struct ring *ring, int fd, void *buf, uint32_t len, uint64_t tag)
{
	queue(ring, &(struct io_uring_sqe){.opcode = IORING_OP_READ,
					   .fd = fd,
					   .addr = (uintptr_t)buf,
					   .len = len,
					   .user_data = tag});
}

void ring__write(struct ring *ring, int fd, const void *buf, uint32_t len, uint64_t tag)
{
	queue(ring, &(struct io_uring_sqe){.opcode = IORING_OP_WRITE,
					   .fd = fd,
					   .addr = (uintptr_t)buf,
					   .len = len,
					   .user_data = tag});
}

void ring__enter(struct ring *ring, bool wait)
{
	long n = syscall(__NR_io_uring_enter, ring->fd, ring->queued, wait ? 1 : 0,
			 wait ? IORING_ENTER_GETEVENTS : 0, NULL, 0);

	if (n == -1 && errno != EINTR)
		fail("io_uring_enter", errno);
	if (n > 0)
		ring->queued -= (uint32_t)n;
}

bool ring__result(struct ring *ring, uint64_t *tag, int *result)
{
	uint32_t head = atomic_load_explicit(ring->cq_head, memory_order_relaxed);
	const struct io_uring_cqe *done = &ring->results[head & ring->cq_mask];

	if (head == atomic_load_explicit(ring->cq_tail, memory_order_acquire))
		return false;
	*tag = done->user_data;
	*result = done->res;
	atomic_store_explicit(ring->cq_head, head + 1, memory_order_release);
	return true;
}
