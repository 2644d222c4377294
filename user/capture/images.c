// SPDX-License-Identifier: GPL-2.0-only
#include "capture/images.h"

#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "capture/keeper.h"
#include "capture/mappings.h"
#include "capture/pieces.h"
#include "lib/error.h"
#include "lib/u64map.h"

struct images {
	struct keeper *keeper;
	struct mappings *mappings; /* NULL: the kernel does not let us listen */
	struct u64map *before;	   /* traced processes that existed before: pid -> themselves */
	uint64_t host_ts;	   /* of the last record on CT_STREAM_HOST */
};

struct images *images__open(unsigned int ncpus)
{
	struct images *images = calloc(1, sizeof(*images));
	struct error ignored = {0};

	if (!images)
		return NULL;
	images->keeper = keeper__new();
	images->before = u64map__new();
	if (!images->keeper || !images->before) {
		images__close(images);
		return NULL;
	}
	mappings__open(ncpus, images->keeper, &images->mappings, &ignored);
	return images;
}

void images__close(struct images *images)
{
	if (!images)
		return;
	mappings__close(images->mappings);
	keeper__free(images->keeper);
	u64map__free(images->before);
	free(images);
}

void images__note(struct images *images, const void *record)
{
	const struct ct_task *task = record;

	if (!images || !images->mappings)
		return;
	mappings__note(images->mappings, record);
	if (task->h.type == CT_FORK)
		return;
	images->host_ts = task->h.ts;
	if (task->h.type != CT_TASK)
		return;
	/* Out of memory, or not: it only loses the names of that process. */
	if ((task->flags & CT_T_TRACED) && task->pid == task->h.tid)
		u64map__set(images->before, task->pid, images);
}

struct forward {
	capture_fn fn;
	void *ctx;
	uint64_t ts;
};

/*
 * The process has had them all along: no new program begins here, and what was recorded since it
 * is traced is already about them.
 */
static int forward_found(void *ctx, unsigned int stream, const void *record, size_t size)
{
	const struct forward *to = ctx;
	union {
		struct ct_hdr h;
		struct ct_map map;
		struct ct_runtime runtime;
	} found;

	(void)stream;
	memcpy(&found, record, size < sizeof(found) ? size : sizeof(found));
	found.h.ts = to->ts;
	if (found.h.type == CT_MAP)
		found.map.flags |= CT_MAP_FOUND;
	return to->fn(to->ctx, CT_STREAM_HOST, &found, size);
}

/* What comes last in the file comes first in time: names are needed from the start. */
static int forward_first(void *ctx, unsigned int stream, const void *record, size_t size)
{
	const struct forward *to = ctx;
	struct ct_blob blob;

	(void)stream;
	memcpy(&blob, record, size < sizeof(blob) ? size : sizeof(blob));
	blob.h.ts = to->ts;
	return to->fn(to->ctx, CT_STREAM_HOST, &blob, size);
}

static uint64_t now_ns(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_MONOTONIC, &ts);
	return (uint64_t)ts.tv_sec * 1000000000ULL + (uint64_t)ts.tv_nsec;
}

int images__describe(struct images *images, capture_fn fn, void *ctx)
{
	struct forward first;
	uint64_t pid;
	size_t pos = 0;
	int ret;

	if (!images || !images->mappings)
		return 0;
	first = (struct forward){fn, ctx, images->host_ts};
	ret = pieces__vdso(images->host_ts, forward_first, &first);
	if (!ret)
		ret = pieces__mounts(images->host_ts, forward_first, &first);
	if (!ret && u64map__size(images->before))
		mappings__drain(images->mappings, now_ns(), fn, ctx);
	while (ret >= 0 && u64map__next(images->before, &pos, &pid))
		mappings__of_process(images->mappings, (uint32_t)pid, forward_found, &first);
	return ret;
}

long images__drain(struct images *images, uint64_t before_ns, capture_fn fn, void *ctx)
{
	return images && images->mappings ? mappings__drain(images->mappings, before_ns, fn, ctx)
					  : 0;
}

void images__peek(struct images *images, struct wipe *wipe)
{
	if (images && images->mappings)
		mappings__peek(images->mappings, wipe);
}

int images__finish(struct images *images, capture_fn fn, void *ctx)
{
	struct forward first;

	if (!images || !images->mappings)
		return 0;
	first = (struct forward){fn, ctx, images->host_ts};
	return keeper__finish(images->keeper, images->host_ts, forward_first, &first);
}

uint64_t images__lost(const struct images *images)
{
	return images && images->mappings ? mappings__lost(images->mappings) : 0;
}
