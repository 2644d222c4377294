// SPDX-License-Identifier: GPL-2.0-only
#include "capture/keeper.h"

#include <fcntl.h>
#include <inttypes.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <time.h>
#include <unistd.h>

#include "capture/mapped_file.h"
#include "capture/pieces.h"
#include "capture/runtime.h"
#include "lib/u64map.h"

#define FILES_MOST	512
#define GENERATORS_MOST 4096
#define BLOB_MOST	(64u << 20)  /* bytes of one file */
#define BLOBS_MOST	(256u << 20) /* of all of them */
#define CLOCK_SLACK	2	     /* s: ticks and coarse file times */
#define DELETED		" (deleted)" /* what the kernel puts behind a path that is gone */

struct kept_file {
	struct mapped_id id; /* the kernel's */
	uint32_t major, minor;
	uint64_t ino; /* stat()'s */
	int fd;
	bool gone, copy /* may be, if need be */;
	uint8_t build_id[CT_BUILD_ID];
	uint8_t build_id_len;
	char *path;
	struct runtime_file runtime;
};

/* A process that runs code out of memory that no file is behind. */
struct generator {
	struct keeper_process who;
	uid_t uid;
	time_t started; /* CLOCK_REALTIME */
};

struct keeper {
	struct kept_file *files[FILES_MOST];
	unsigned int nfiles, most;
	struct u64map *by_id;
	const struct kept_file *seen; /* the last one; NULL = it was none */
	struct generator *generators[GENERATORS_MOST];
	unsigned int ngenerators;
	struct u64map *by_pid;
	uint64_t copied; /* bytes of blobs */
};

struct keeper *keeper__new(void)
{
	struct keeper *k = calloc(1, sizeof(*k));
	struct rlimit limit;

	if (!k)
		return NULL;
	k->by_id = u64map__new();
	k->by_pid = u64map__new();
	if (!k->by_id || !k->by_pid) {
		keeper__free(k);
		return NULL;
	}
	k->most = FILES_MOST;
	if (!getrlimit(RLIMIT_NOFILE, &limit) && limit.rlim_cur / 4 < k->most)
		k->most = (unsigned int)(limit.rlim_cur / 4);
	return k;
}

void keeper__free(struct keeper *k)
{
	if (!k)
		return;
	for (unsigned int i = 0; i < k->nfiles; i++) {
		close(k->files[i]->fd);
		free(k->files[i]->path);
		free(k->files[i]);
	}
	for (unsigned int i = 0; i < k->ngenerators; i++)
		free(k->generators[i]);
	u64map__free(k->by_id);
	u64map__free(k->by_pid);
	free(k);
}

/* --- while recording --- */

static uint64_t key_of(const struct mapped_id *id)
{
	return id->ino ^ (uint64_t)id->major << 52 ^ (uint64_t)id->minor << 32;
}

static bool same_id(const struct mapped_id *a, const struct mapped_id *b)
{
	return a->ino == b->ino && a->major == b->major && a->minor == b->minor;
}

static int open_root(uint32_t here)
{
	char path[32];

	snprintf(path, sizeof(path), "/proc/%" PRIu32 "/root", here);
	return open(path, O_PATH | O_DIRECTORY | O_CLOEXEC);
}

/* Its link leads to the file itself, whatever its path is by now. */
static int open_by_address(const struct keeper_process *who, const struct ct_map *map,
			   const struct mapped_id *id, struct stat *st)
{
	char path[80];

	snprintf(path, sizeof(path), "/proc/%" PRIu32 "/map_files/%llx-%llx", who->here, map->start,
		 map->start + map->len);
	return mapped_file__open(AT_FDCWD, path, id, st);
}

/* Returns a descriptor or a negative errno. */
static int open_mapped(const struct keeper_process *who, const char *path, const struct ct_map *map,
		       const struct mapped_id *id, struct stat *st, bool *gone)
{
	int fd = mapped_file__open(AT_FDCWD, path, id, st), root;

	*gone = false;
	if (fd >= 0)
		return fd;
	root = open_root(who->here);
	if (root >= 0) {
		fd = mapped_file__open(root, path, id, st);
		close(root);
	}
	if (fd >= 0)
		return fd;
	*gone = true;
	return open_by_address(who, map, id, st);
}

/* Whoever reads the trace shall not see what the process itself was not allowed to read. */
static bool may_copy(const struct keeper_process *who, const struct stat *st)
{
	struct stat owner;
	char path[32];

	if (st->st_mode & S_IROTH)
		return true;
	snprintf(path, sizeof(path), "/proc/%" PRIu32, who->here);
	return !stat(path, &owner) && owner.st_uid == st->st_uid;
}

/* Returns NULL if it cannot be kept. *gone is filled all the same. */
static struct kept_file *keep(struct keeper *k, const struct keeper_process *who, const char *path,
			      const struct ct_map *map, bool *gone)
{
	const struct mapped_id id = {map->dev_major, map->dev_minor, map->ino};
	struct kept_file *file = calloc(1, sizeof(*file));
	struct stat st;

	*gone = false;
	if (!file)
		return NULL;
	file->path = strdup(path);
	file->fd = open_mapped(who, path, map, &id, &st, gone);
	if (file->fd < 0 || !file->path || u64map__set(k->by_id, key_of(&id), file)) {
		if (file->fd >= 0)
			close(file->fd);
		free(file->path);
		free(file);
		return NULL;
	}
	file->id = id;
	file->major = major(st.st_dev);
	file->minor = minor(st.st_dev);
	file->ino = st.st_ino;
	file->gone = *gone;
	file->copy = may_copy(who, &st);
	file->build_id_len = (uint8_t)mapped_file__build_id(file->fd, file->build_id, CT_BUILD_ID);
	file->runtime = runtime__of_file(file->fd);
	k->files[k->nfiles++] = file;
	return file;
}

static bool ends_deleted(const char *path)
{
	size_t len = strlen(path), end = strlen(DELETED);

	return len > end && !strcmp(path + len - end, DELETED);
}

static void see_file(struct keeper *k, const struct keeper_process *who, const char *path,
		     struct ct_map *map)
{
	const struct mapped_id id = {map->dev_major, map->dev_minor, map->ino};
	struct kept_file *file = u64map__get(k->by_id, key_of(&id));
	bool gone = file && file->gone;

	/* While it is held open, no other file gets its inode's number. */
	if (file && !same_id(&file->id, &id))
		return;
	if (!file && k->nfiles < k->most)
		file = keep(k, who, path, map, &gone);
	if (ends_deleted(path) &&
	    (gone || (file && !strncmp(path, file->path, strlen(file->path)) &&
		      strlen(file->path) + strlen(DELETED) == strlen(path)))) {
		gone = true;
		map->text_len -= strlen(DELETED);
	}
	if (gone)
		map->flags |= CT_MAP_GONE;
	k->seen = file;
	if (!file)
		return;
	map->dev_major = file->major;
	map->dev_minor = file->minor;
	map->ino = file->ino;
	map->build_id_len = file->build_id_len;
	memcpy(map->build_id, file->build_id, sizeof(file->build_id));
}

/* When the process began, by the real-time clock; 0 = not known. See proc(5), /proc/pid/stat. */
static time_t start_of(uint32_t here)
{
	struct timespec boot, now;
	unsigned long long ticks = 0;
	char path[32], text[1024], *comm_end;
	ssize_t got;
	int fd;

	snprintf(path, sizeof(path), "/proc/%" PRIu32 "/stat", here);
	fd = open(path, O_RDONLY | O_CLOEXEC);
	got = fd < 0 ? -1 : read(fd, text, sizeof(text) - 1);
	if (fd >= 0)
		close(fd);
	if (got <= 0)
		return 0;
	text[got] = 0;
	comm_end = strrchr(text, ')');
	if (!comm_end ||
	    sscanf(comm_end + 1,
		   " %*s %*s %*s %*s %*s %*s %*s %*s %*s %*s %*s %*s %*s %*s %*s %*s %*s %*s %*s "
		   "%llu",
		   &ticks) != 1)
		return 0;
	clock_gettime(CLOCK_BOOTTIME, &boot);
	clock_gettime(CLOCK_REALTIME, &now);
	return now.tv_sec - boot.tv_sec + (time_t)(ticks / (unsigned long)sysconf(_SC_CLK_TCK));
}

static void see_generator(struct keeper *k, const struct keeper_process *who)
{
	struct generator *g = u64map__get(k->by_pid, who->pid);
	struct stat st;
	char path[32];

	if (g || k->ngenerators == GENERATORS_MOST)
		return;
	snprintf(path, sizeof(path), "/proc/%" PRIu32, who->here);
	if (stat(path, &st))
		return;
	g = calloc(1, sizeof(*g));
	if (!g)
		return;
	g->who = *who;
	g->uid = st.st_uid;
	g->started = start_of(who->here);
	if (u64map__set(k->by_pid, who->pid, g))
		free(g);
	else
		k->generators[k->ngenerators++] = g;
}

void keeper__see(struct keeper *k, const struct keeper_process *who, const char *path,
		 struct ct_map *map)
{
	k->seen = NULL;
	if (map->flags & CT_MAP_ANON) {
		if (path[0] != '[') /* the vdso */
			see_generator(k, who);
	} else if (path[0] == '/') {
		see_file(k, who, path, map);
	}
}

bool keeper__runtime(const struct keeper *k, const struct ct_map *map, struct ct_runtime *out)
{
	return k->seen && runtime__mapped(&k->seen->runtime, k->seen->fd, map, out);
}

/* --- at the end --- */

static int copy_file(struct keeper *k, int fd, const struct stat *st, uint64_t ts,
		     const struct ct_blob *about, capture_fn fn, void *ctx)
{
	if (st->st_size <= 0 || st->st_size > BLOB_MOST ||
	    (uint64_t)st->st_size > BLOBS_MOST - k->copied)
		return 0;
	k->copied += (uint64_t)st->st_size;
	return pieces__file(fd, (size_t)st->st_size, ts, about, fn, ctx);
}

static int copy_if_gone(struct keeper *k, const struct kept_file *file, uint64_t ts, capture_fn fn,
			void *ctx)
{
	const struct ct_blob about = {
		.kind = CT_BLOB_ELF, .dev = file->major << 20 | file->minor, .key = file->ino};
	bool told = strlen(file->path) <= CT_PATH_LEN; /* else the record's path leads nowhere */
	struct stat st, now;

	if (!file->copy || fstat(file->fd, &st))
		return 0;
	if (told && !stat(file->path, &now) && now.st_dev == st.st_dev && now.st_ino == st.st_ino)
		return 0;
	if (!mapped_file__is_elf(file->fd))
		return 0;
	return copy_file(k, file->fd, &st, ts, &about, fn, ctx);
}

/* Where a process that generates code tells of it: see perf's jit-interface.txt. */
static int copy_perf_map(struct keeper *k, const struct generator *g, uint64_t ts, capture_fn fn,
			 void *ctx)
{
	const struct ct_blob about = {.kind = CT_BLOB_PERF_MAP, .key = g->who.pid};
	int root = open_root(g->who.here), fd = -1, ret = 0;
	struct stat st;
	char path[48];

	snprintf(path, sizeof(path), "/tmp/perf-%" PRIu32 ".map", g->who.own);
	if (root >= 0) {
		fd = mapped_file__open_regular(root, path, &st);
		close(root);
	}
	if (fd < 0)
		fd = mapped_file__open_regular(AT_FDCWD, path, &st);
	if (fd < 0)
		return 0;
	/* Not one that an earlier process of the same number left behind. */
	if ((st.st_uid == g->uid || st.st_uid == 0) && g->started &&
	    st.st_mtime >= g->started - CLOCK_SLACK)
		ret = copy_file(k, fd, &st, ts, &about, fn, ctx);
	close(fd);
	return ret;
}

int keeper__finish(struct keeper *k, uint64_t ts, capture_fn fn, void *ctx)
{
	int ret = 0;

	for (unsigned int i = 0; i < k->nfiles && !ret; i++)
		ret = copy_if_gone(k, k->files[i], ts, fn, ctx);
	for (unsigned int i = 0; i < k->ngenerators && !ret; i++)
		ret = copy_perf_map(k, k->generators[i], ts, fn, ctx);
	return ret;
}
