// SPDX-License-Identifier: GPL-2.0-only
/*
 * CPython keeps all that it shares between threads in one data object, exported by the interpreter
 * or its library: _PyRuntime (Include/internal/pycore_runtime.h, 3.7 to 3.14).
 */
#include "capture/runtime.h"

#include <string.h>

#include "capture/elf_object.h"

#define STATE	   "_PyRuntime"
#define VERSION	   "Py_Version" /* const unsigned long, since 3.11 */
#define STATE_MOST (64u << 20)	/* its size: some 200 KiB in 3.11, larger later */
#define ADDRESSES  (1ull << 48) /* of user space, on the machine that has the most */

/* Since 3.13 the state begins with _Py_DebugOffsets: a cookie, the version, and this. */
static bool has_no_lock(int fd, uint64_t state)
{
	struct {
		char cookie[8];
		uint64_t version, free_threaded;
	} head;

	return elf_object__read(fd, state, &head, sizeof(head)) &&
	       !memcmp(head.cookie, "xdebugpy", sizeof(head.cookie)) && head.free_threaded;
}

struct runtime_file runtime__of_file(int fd)
{
	struct runtime_file file = {0};
	struct elf_object state, version;
	uint64_t number;

	if (!elf_object__find(fd, STATE, &state) || !state.size || state.size > STATE_MOST ||
	    !state.address || state.address >= ADDRESSES)
		return file;
	file.address = state.address;
	file.size = state.size;
	if (elf_object__find(fd, VERSION, &version) && version.size == sizeof(number) &&
	    elf_object__read(fd, version.address, &number, sizeof(number)) && number <= UINT32_MAX)
		file.version = (uint32_t)number;
	file.no_lock = has_no_lock(fd, state.address);
	return file;
}

bool runtime__mapped(const struct runtime_file *file, int fd, const struct ct_map *map,
		     struct ct_runtime *out)
{
	uint64_t bias;

	if (!file->address || !(map->flags & CT_MAP_EXEC) ||
	    !elf_object__bias(fd, map->start, map->pgoff, &bias))
		return false;
	memset(out, 0, sizeof(*out));
	out->h = map->h;
	out->h.type = CT_RUNTIME;
	out->h.flags = file->no_lock ? CT_R_NO_LOCK : 0;
	out->pid = map->pid;
	out->kind = CT_RUNTIME_PYTHON;
	out->start = bias + file->address;
	out->len = file->size;
	out->version = file->version;
	return out->start < ADDRESSES && out->len <= ADDRESSES - out->start;
}
