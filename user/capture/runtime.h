/* SPDX-License-Identifier: GPL-2.0-only */
/* Interpreters: which files are one, and where the processes that run it have its state. */
#ifndef CAPTURE_RUNTIME_H
#define CAPTURE_RUNTIME_H

#include <stdbool.h>
#include <stdint.h>

#include "bpf/events.h"

/* What a file has of CPython; address is 0 if it is none. As the file is linked. */
struct runtime_file {
	uint64_t address, size;
	uint32_t version; /* PY_VERSION_HEX; 0 = it does not say: before 3.11 */
	bool no_lock;	  /* built without the interpreter lock: 3.13 and later may be */
};

/* Looks at a file. All of its content is hostile. */
struct runtime_file runtime__of_file(int fd);
/* Fills *out of a mapping of the file's code; false: the file is none, or that is no code. */
bool runtime__mapped(const struct runtime_file *file, int fd, const struct ct_map *map,
		     struct ct_runtime *out);

#endif
