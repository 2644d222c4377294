// SPDX-License-Identifier: GPL-2.0-only
#include "capture/mappings.h"

#include <errno.h>
#include <inttypes.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "capture/keeper.h"
#include "capture/sideband.h"
#include "capture/wipe.h"
#include "lib/array.h"
#include "lib/error.h"
#include "lib/u64map.h"

#define INIT_PID_NS 0xEFFFFFFCU /* PROC_PID_INIT_INO of include/linux/proc_ns.h */

/* A traced process. */
struct process {
	struct keeper_process who;
	bool traced;
};

struct pending {
	size_t number; /* in the order of arrival */
	struct ct_map map;
	struct ct_runtime runtime; /* follows it; its type is 0 if there is none */
};

struct mappings {
	struct sideband *sideband;
	struct keeper *keeper;
	bool nested; /* we are not in the initial pid namespace */
	struct u64map *by_pid;
	struct u64map *by_here;
	uint64_t last_ns; /* of a record handed on */
	struct pending *pending;
	size_t size, count;
	bool failed; /* out of memory */
};

int mappings__open(unsigned int ncpus, struct keeper *keeper, struct mappings **out,
		   struct error *err)
{
	struct mappings *m = calloc(1, sizeof(*m));
	struct stat ns;
	int ret = -ENOMEM;

	*out = NULL;
	if (m) {
		m->keeper = keeper;
		m->by_pid = u64map__new();
		m->by_here = u64map__new();
		m->nested = !stat("/proc/self/ns/pid", &ns) && ns.st_ino != INIT_PID_NS;
	}
	if (m && m->by_pid && m->by_here)
		ret = sideband__open(ncpus, &m->sideband, err);
	else
		error__errno(err, ret, "following mappings");
	if (ret)
		mappings__close(m);
	else
		*out = m;
	return ret;
}

void mappings__close(struct mappings *m)
{
	struct process *process;
	size_t at = 0;

	if (!m)
		return;
	while (m->by_pid && (process = u64map__next(m->by_pid, &at, NULL)))
		free(process);
	u64map__free(m->by_pid);
	u64map__free(m->by_here);
	sideband__close(m->sideband);
	free(m->pending);
	free(m);
}

uint64_t mappings__lost(const struct mappings *m)
{
	return sideband__lost(m->sideband);
}

/* --- who is traced --- */

static void note_process(struct mappings *m, uint32_t pid, uint32_t ns_pid)
{
	struct process *p = u64map__get(m->by_pid, pid);

	if (!p) {
		p = calloc(1, sizeof(*p));
		if (!p || u64map__set(m->by_pid, pid, p)) {
			free(p);
			return;
		}
	}
	/* The kernel gives its records our namespace's pids; from the probes come the other two. */
	p->who = (struct keeper_process){
		.pid = pid, .here = m->nested ? ns_pid : pid, .own = ns_pid};
	p->traced = !u64map__set(m->by_here, p->who.here, p);
}

static void note(struct mappings *m, uint32_t flags, bool leader, uint32_t pid, uint32_t ns_pid)
{
	struct process *p;

	if (flags & CT_T_TRACED) {
		note_process(m, pid, ns_pid);
	} else if (leader) {
		p = u64map__get(m->by_pid, pid); /* the number is used again */
		if (p)
			p->traced = false;
	}
}

void mappings__note(struct mappings *m, const void *record)
{
	const union ct_event *ev = record;

	if (ev->h.type == CT_FORK)
		note(m, ev->fork.flags, ev->h.tid == ev->fork.pid, ev->fork.pid, ev->fork.ns_pid);
	else if (ev->h.type == CT_TASK)
		note(m, ev->task.flags, ev->h.tid == ev->task.pid, ev->task.pid, ev->task.ns_pid);
}

/* --- one mapping --- */

static void set_text(struct ct_map *map, const char *text)
{
	size_t len = strlen(text), most = sizeof(map->text);

	if (len > most) {
		text += len - most;
		len = most;
	}
	memcpy(map->text, text, len);
	map->text_len = (unsigned short)len;
}

/* Memory that has a name in the kernel, but no content in any file system. */
static bool is_anonymous(const struct ct_map *map, const char *path)
{
	return (!map->ino && !map->dev_major && !map->dev_minor) ||
	       !strncmp(path, "/memfd:", strlen("/memfd:"));
}

static void fill_map(const struct mappings *m, const struct process *process, const char *path,
		     struct ct_map *map, struct ct_runtime *runtime)
{
	map->h.type = CT_MAP;
	map->pid = process->who.pid;
	map->flags = CT_MAP_EXEC;
	if (is_anonymous(map, path))
		map->flags |= CT_MAP_ANON;
	set_text(map, path);
	if (!m->keeper)
		return;
	keeper__see(m->keeper, &process->who, path, map);
	if (!keeper__runtime(m->keeper, map, runtime))
		runtime->h.type = 0;
}

static struct ct_map new_map(const struct process *process, uint64_t ts, uint32_t flags)
{
	struct ct_map map = {.h = {.ts = ts, .type = CT_MAP, .tid = process->who.pid},
			     .pid = process->who.pid,
			     .flags = flags};

	return map;
}

static int send_map(struct mappings *m, struct ct_map *map, struct ct_runtime *runtime,
		    capture_fn fn, void *ctx)
{
	int ret;

	if (map->h.ts < m->last_ns)
		map->h.ts = m->last_ns;
	m->last_ns = map->h.ts;
	ret = fn(ctx, CT_STREAM_MAPS, map, offsetof(struct ct_map, text) + map->text_len);
	if (ret || !runtime->h.type)
		return ret;
	runtime->h.ts = map->h.ts;
	return fn(ctx, CT_STREAM_MAPS, runtime, sizeof(*runtime));
}

/* --- as they come --- */

static void collect(void *ctx, const struct sideband_event *event)
{
	struct mappings *m = ctx;
	struct process *process = u64map__get(m->by_here, event->pid);
	struct pending *pending;

	if (!process || !process->traced || process->who.here != event->pid || m->failed)
		return;
	pending = array__reserve(m->pending, &m->size, m->count, sizeof(*pending));
	if (!pending) {
		m->failed = true;
		return;
	}
	m->pending = pending;
	pending += m->count;
	pending->number = m->count++;
	pending->runtime.h.type = 0;
	pending->map = new_map(process, event->ts, CT_MAP_RESET);
	/* Threads are not kept account of: in a namespace of our own, only leaders have a name. */
	if (!m->nested)
		pending->map.h.tid = event->tid;
	if (event->exec)
		return;
	pending->map.start = event->start;
	pending->map.len = event->len;
	pending->map.pgoff = event->pgoff;
	pending->map.ino = event->ino;
	pending->map.dev_major = event->dev_major;
	pending->map.dev_minor = event->dev_minor;
	fill_map(m, process, event->path, &pending->map, &pending->runtime);
}

static int by_time(const void *a, const void *b)
{
	const struct pending *x = a, *y = b;

	if (x->map.h.ts != y->map.h.ts)
		return x->map.h.ts < y->map.h.ts ? -1 : 1;
	return x->number < y->number ? -1 : x->number > y->number;
}

long mappings__drain(struct mappings *m, uint64_t before_ns, capture_fn fn, void *ctx)
{
	int ret = 0;

	m->count = 0;
	m->failed = false;
	sideband__drain(m->sideband, before_ns, collect, m);
	if (!m->count)
		return m->failed ? -ENOMEM : 0;
	qsort(m->pending, m->count, sizeof(*m->pending), by_time);
	for (size_t i = 0; i < m->count && !ret; i++)
		ret = send_map(m, &m->pending[i].map, &m->pending[i].runtime, fn, ctx);
	if (ret)
		return ret;
	return m->failed ? -ENOMEM : (long)m->count;
}

static void add_code(void *ctx, const struct sideband_event *event)
{
	wipe__add_code(ctx, event->start, event->len);
}

void mappings__peek(struct mappings *m, struct wipe *wipe)
{
	sideband__peek(m->sideband, add_code, wipe);
}

/* --- what is there already --- */

/* A line of /proc/pid/maps, see proc(5). False if it is not of executable memory. */
static bool parse_line(char *line, struct ct_map *map, const char **path)
{
	uint64_t start, end, pgoff, ino;
	uint32_t major, minor;
	char readable, executable;
	int at = 0;

	line[strcspn(line, "\n")] = 0;
	if (sscanf(line,
		   "%" SCNx64 "-%" SCNx64 " %c%*c%c%*c %" SCNx64 " %" SCNx32 ":%" SCNx32 " %" SCNu64
		   " %n",
		   &start, &end, &readable, &executable, &pgoff, &major, &minor, &ino, &at) < 8)
		return false;
	if (executable != 'x' || start >= end || !at)
		return false;
	map->start = start;
	map->len = end - start;
	map->pgoff = pgoff;
	map->dev_major = major;
	map->dev_minor = minor;
	map->ino = ino;
	*path = line[at] ? line + at : "//anon"; /* as the kernel calls it in its records */
	return true;
}

static uint64_t now_ns(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_MONOTONIC, &ts);
	return (uint64_t)ts.tv_sec * 1000000000ULL + (uint64_t)ts.tv_nsec;
}

int mappings__of_process(struct mappings *m, uint32_t pid, capture_fn fn, void *ctx)
{
	const struct process *process = u64map__get(m->by_pid, pid);
	struct ct_runtime runtime = {0};
	struct ct_map map;
	char *line = NULL, name[32];
	const char *path;
	size_t size = 0;
	uint64_t ts = now_ns();
	FILE *maps;
	int ret;

	if (!process)
		return -ESRCH;
	snprintf(name, sizeof(name), "/proc/%" PRIu32 "/maps", process->who.here);
	maps = fopen(name, "re");
	if (!maps)
		return -errno;
	map = new_map(process, ts, CT_MAP_RESET);
	ret = send_map(m, &map, &runtime, fn, ctx);
	while (!ret && getline(&line, &size, maps) > 0) {
		map = new_map(process, ts, 0);
		if (!parse_line(line, &map, &path) || !strcmp(path, "[vsyscall]"))
			continue;
		fill_map(m, process, path, &map, &runtime);
		ret = send_map(m, &map, &runtime, fn, ctx);
	}
	free(line);
	fclose(maps);
	return ret;
}
