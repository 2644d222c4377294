/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Keeps what may be gone by the time of analysis: a descriptor of each file that traced processes
 * run code from, and who generates code. All best effort; nothing of it touches the processes.
 */
#ifndef CAPTURE_KEEPER_H
#define CAPTURE_KEEPER_H

#include <stdbool.h>
#include <stdint.h>

#include "bpf/events.h"
#include "capture/capture.h"

struct keeper;

/* A process by its pid in the initial pid namespace, in ours, and in its own. */
struct keeper_process {
	uint32_t pid, here, own;
};

/* Returns NULL when out of memory. */
struct keeper *keeper__new(void);
void keeper__free(struct keeper *k);

/*
 * Looks at executable memory that has just been mapped; `path` is all of what map->text has the end
 * of. Fills the build id, and puts device and inode as stat() has them, which is not always how
 * the kernel tells them of mappings. CT_MAP_GONE is added if the path does not lead to the file.
 */
void keeper__see(struct keeper *k, const struct keeper_process *who, const char *path,
		 struct ct_map *map);
/* After keeper__see(), of the same map: true if it is code of an interpreter; *out says which. */
bool keeper__runtime(const struct keeper *k, const struct ct_map *map, struct ct_runtime *out);

/*
 * At the end of the recording: hands on, as CT_BLOB of time ts, the files whose path leads to
 * another file now, or to none, and the maps that processes wrote of the code they generated.
 * Returns 0, or fn's nonzero value.
 */
int keeper__finish(struct keeper *k, uint64_t ts, capture_fn fn, void *ctx);

#endif
