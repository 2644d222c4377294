// SPDX-License-Identifier: GPL-2.0-only
#include "model/spaces.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "lib/array.h"
#include "lib/u64map.h"
#include "symbol/maps.h"
#include "symbol/modules.h"
#include "symbol/unwind.h"

struct space {
	struct model_space pub;
	struct maps *maps;
};

/* What a process has, and what an exec that is not complete yet has mapped. */
struct process {
	uint32_t now, next; /* ids, 0 = none */
};

struct spaces {
	struct modules *modules;
	uint64_t realtime_ns; /* to add to a record's time */
	struct space **all;   /* by id - 1 */
	size_t count, size;
	struct u64map *by_pid; /* -> struct process */
	struct process **processes;
	size_t nprocesses, processes_size;
};

struct spaces *spaces__new(struct modules *modules, uint64_t realtime_ns)
{
	struct spaces *s = calloc(1, sizeof(*s));

	if (!s)
		return NULL;
	s->modules = modules;
	s->realtime_ns = realtime_ns;
	s->by_pid = u64map__new();
	if (s->by_pid)
		return s;
	free(s);
	return NULL;
}

void spaces__free(struct spaces *s)
{
	size_t i;

	if (!s)
		return;
	for (i = 0; i < s->count; i++) {
		maps__unref(s->all[i]->maps);
		free(s->all[i]);
	}
	for (i = 0; i < s->nprocesses; i++)
		free(s->processes[i]);
	free(s->all);
	free(s->processes);
	u64map__free(s->by_pid);
	free(s);
}

static struct process *process_of(struct spaces *s, uint32_t pid)
{
	struct process *process = u64map__get(s->by_pid, pid), **grown;

	if (process)
		return process;
	grown = array__reserve(s->processes, &s->processes_size, s->nprocesses,
			       sizeof(struct process *));
	if (!grown)
		return NULL;
	s->processes = grown;
	process = calloc(1, sizeof(*process));
	if (!process || u64map__set(s->by_pid, pid, process)) {
		free(process);
		return NULL;
	}
	s->processes[s->nprocesses++] = process;
	return process;
}

/* Takes over the reference to maps, which may be NULL when out of memory; `known`: not empty. */
static uint32_t add(struct spaces *s, uint32_t pid, struct maps *maps, bool known)
{
	struct space *space = maps ? calloc(1, sizeof(*space)) : NULL;
	struct space **grown =
		space ? array__reserve(s->all, &s->size, s->count, sizeof(struct space *)) : NULL;

	if (!grown) {
		maps__unref(maps);
		free(space);
		return 0;
	}
	s->all = grown;
	space->maps = maps;
	space->pub.maps = known ? maps : NULL;
	space->pub.pid = pid;
	s->all[s->count++] = space;
	space->pub.id = (uint32_t)s->count;
	return space->pub.id;
}

static uint32_t become(struct spaces *s, uint32_t pid, uint32_t id)
{
	struct process *process = id ? process_of(s, pid) : NULL;

	if (!process)
		return 0;
	process->now = id;
	process->next = 0;
	return id;
}

uint32_t spaces__add(struct spaces *s, uint32_t pid)
{
	return become(s, pid, add(s, pid, maps__new(), false));
}

uint32_t spaces__fork(struct spaces *s, uint32_t parent, uint32_t pid)
{
	struct space *from;
	uint32_t id;

	if (!parent || parent > s->count)
		return spaces__add(s, pid);
	from = s->all[parent - 1];
	id = add(s, pid, maps__copy(from->maps), from->pub.maps != NULL);
	if (id)
		s->all[id - 1]->pub.python = from->pub.python;
	return become(s, pid, id);
}

uint32_t spaces__of_process(struct spaces *s, uint32_t pid)
{
	struct process *process = u64map__get(s->by_pid, pid);

	return process && process->now ? process->now : spaces__add(s, pid);
}

uint32_t spaces__exec(struct spaces *s, uint32_t pid)
{
	struct process *process = u64map__get(s->by_pid, pid);

	if (process && process->next)
		return become(s, pid, process->next);
	return spaces__add(s, pid);
}

/* Where the next mapping of the process belongs. */
static struct space *target_of(struct spaces *s, uint32_t pid)
{
	struct process *process = process_of(s, pid);
	uint32_t id;

	if (!process)
		return NULL;
	id = process->next ? process->next : spaces__of_process(s, pid);
	return id ? s->all[id - 1] : NULL;
}

static int add_mapping(struct spaces *s, struct space *space, const struct ct_map *map)
{
	char path[CT_PATH_LEN + 1] = {0};
	struct module_id id = {
		.path = path,
		.dev = map->dev_major << 20 | (map->dev_minor & 0xfffff),
		.ino = map->ino,
		.build_id = map->build_id_len ? map->build_id : NULL,
		.build_id_len = map->build_id_len,
		.anonymous = map->flags & CT_MAP_ANON,
		.mapped_ns = map->h.ts + s->realtime_ns,
	};
	struct mapping mapping = {map->start, map->start + map->len, map->pgoff, NULL};

	memcpy(path, map->text, map->text_len < CT_PATH_LEN ? map->text_len : CT_PATH_LEN);
	if (id.anonymous && path[0] != '[')
		id.pid = map->pid;
	mapping.module = modules__get(s->modules, &id);
	if (!mapping.module)
		return -ENOMEM;
	space->pub.maps = space->maps;
	return maps__add(space->maps, &mapping);
}

int spaces__map(struct spaces *s, const struct ct_map *map)
{
	struct process *process;
	struct space *space;

	if ((map->flags & CT_MAP_RESET) && (map->flags & CT_MAP_FOUND))
		return spaces__of_process(s, map->pid) ? 0 : -ENOMEM;
	if (map->flags & CT_MAP_RESET) {
		process = process_of(s, map->pid);
		if (!process)
			return -ENOMEM;
		process->next = add(s, map->pid, maps__new(), false);
		return process->next ? 0 : -ENOMEM;
	}
	if (map->len > UINT64_MAX - map->start || map->build_id_len > CT_BUILD_ID)
		return 0; /* damaged, and not worth keeping */
	space = target_of(s, map->pid);
	return space ? add_mapping(s, space, map) : -ENOMEM;
}

int spaces__runtime(struct spaces *s, const struct ct_runtime *r)
{
	struct space *space;

	if (r->kind != CT_RUNTIME_PYTHON || r->len > UINT64_MAX - r->start)
		return 0; /* of a later version; damaged */
	space = target_of(s, r->pid);
	if (!space)
		return -ENOMEM;
	if (!space->pub.python.len) /* a second interpreter in one process: not told apart */
		space->pub.python = (struct python_state){
			.start = r->start,
			.len = r->len,
			.version = r->version,
			.frames = r->h.flags & CT_R_FRAMES,
		};
	return 0;
}

struct python_state *spaces__python(struct spaces *s, uint32_t id)
{
	return id && id <= s->count && s->all[id - 1]->pub.python.len ? &s->all[id - 1]->pub.python
								      : NULL;
}

size_t spaces__count(const struct spaces *s)
{
	return s->count;
}

const struct model_space *spaces__at(const struct spaces *s, uint32_t id)
{
	return id && id <= s->count ? &s->all[id - 1]->pub : NULL;
}

struct frame spaces__frame(const struct spaces *s, uint32_t id, uint64_t ip)
{
	struct frame frame = {.address = ip, .ip = ip};
	struct unwind_input in = {.regs = {.ip = ip}};
	enum stack_end end;

	if (!id || id > s->count)
		return frame;
	in.maps = s->all[id - 1]->maps;
	unwind__stack(&in, &frame, 1, &end);
	return frame;
}
