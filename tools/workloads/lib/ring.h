/* SPDX-License-Identifier: GPL-2.0-only */
/* io_uring by its system calls alone: a queue of what is to be done, one of what is. */
#ifndef WORKLOADS_LIB_RING_H
#define WORKLOADS_LIB_RING_H

#include <stdbool.h>
#include <stdint.h>

struct ring;

/* Room for `n` operations under way. Returns NULL and sets errno if the kernel forbids it. */
struct ring *ring__new(unsigned int n);
void ring__free(struct ring *ring);
/* Queues a read or a write; `tag` comes back with its result. The buffer must stay until then. */
void ring__read(struct ring *ring, int fd, void *buf, uint32_t len, uint64_t tag);
void ring__write(struct ring *ring, int fd, const void *buf, uint32_t len, uint64_t tag);
/* Hands over what is queued, and waits until something is done if `wait`. */
void ring__enter(struct ring *ring, bool wait);
/* The next result: what the operation would have returned, or -errno. False: none yet. */
bool ring__result(struct ring *ring, uint64_t *tag, int *result);

#endif
