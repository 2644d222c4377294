// SPDX-License-Identifier: GPL-2.0-only
#include "trace/carry.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "trace/carry_inside.h"
#include "trace/carry_tasks.h"

struct lane {
	bool used;
	struct ct_switch last; /* into what ran last, from the idle task */
	struct kept *lost;     /* the last that was told: what was known before is in doubt */
};

struct carry {
	struct images_of *images;
	struct told *told;
	struct carried_tasks *tasks;
	struct u64map *blobs; /* pieces of files, by what they are of */
	struct lane lanes[TRACE_MAX_CPUS];
	uint64_t lost[CT_LOST_KINDS];
	uint64_t order;
};

struct carry *carry__new(void)
{
	struct carry *c = calloc(1, sizeof(*c));

	if (!c)
		return NULL;
	c->images = images_of__new();
	c->told = c->images ? told__new(c->images) : NULL;
	c->tasks = c->images ? carried_tasks__new(c->images) : NULL;
	c->blobs = u64map__new();
	if (!c->told || !c->tasks || !c->blobs) {
		carry__free(c);
		return NULL;
	}
	return c;
}

void carry__free(struct carry *c)
{
	struct kept *k;
	size_t pos = 0;
	uint64_t key;

	if (!c)
		return;
	told__free(c->told);
	carried_tasks__free(c->tasks);
	images_of__free(c->images);
	while (c->blobs && (k = u64map__next(c->blobs, &pos, &key)))
		free(k);
	u64map__free(c->blobs);
	for (unsigned int cpu = 0; cpu < TRACE_MAX_CPUS; cpu++)
		free(c->lanes[cpu].lost);
	free(c);
}

static void see_lane(struct carry *c, const struct seen *s)
{
	const struct ct_switch *sw = &s->ev->sw;
	struct lane *lane = &c->lanes[s->stream];

	lane->used = true;
	lane->last = (struct ct_switch){
		.h = {.ts = sw->h.ts, .type = CT_SWITCH, .prio = sw->h.prio},
		.next_tid = sw->next_tid,
	};
}

static int see_map(struct carry *c, const struct seen *s)
{
	uint32_t pid = s->ev->h.type == CT_MAP ? s->ev->map.pid : s->ev->runtime.pid;
	struct image *image = images_of__get(c->images, pid);

	return image ? image__add(image, s) : -ENOMEM;
}

/* The same file may be copied again; its pieces of last time are void then. */
static int see_blob(struct carry *c, const struct seen *s)
{
	const struct ct_blob *b = &s->ev->blob;
	uint64_t key = (b->key * 31 + b->dev) * 31 + b->kind + b->offset * 0x9fb21c651e98df25ULL;
	struct kept *k = u64map__remove(c->blobs, key);

	if (kept__set(&k, s->order, s->stream, s->ev, s->size) || u64map__set(c->blobs, key, k)) {
		free(k);
		return -ENOMEM;
	}
	return 0;
}

/* Of its numbers none is left, for they are about what is not there any more. */
static int see_loss(struct carry *c, const struct seen *s)
{
	struct kept **slot;

	for (unsigned int i = 0; i < CT_LOST_KINDS; i++)
		c->lost[i] += s->ev->lost.count[i];
	if (s->stream >= TRACE_MAX_CPUS)
		return 0;
	slot = &c->lanes[s->stream].lost;
	if (kept__set(slot, s->order, s->stream, s->ev, s->size))
		return -ENOMEM;
	memset(kept__event(*slot)->lost.count, 0, sizeof(s->ev->lost.count));
	return 0;
}

int carry__see(struct carry *c, unsigned int stream, const union ct_event *ev, size_t size)
{
	const struct seen s = {stream, ev, size, c->order += RECORD_ORDERS};

	switch (ev->h.type) {
	case CT_SWITCH:
	case CT_SWITCH_WAIT:
	case CT_SWITCH_FUTEX:
		if (stream < TRACE_MAX_CPUS)
			see_lane(c, &s);
		return carried_tasks__switch(c->tasks, &s);
	case CT_MAP:
	case CT_RUNTIME:
		return see_map(c, &s);
	case CT_BLOB:
		return see_blob(c, &s);
	case CT_STACK:
		return told__add(c->told, &s, ev->stack.id);
	case CT_STACK_ARM64:
		return told__add(c->told, &s, ev->stack_arm64.id);
	case CT_FILE:
		return told__add(c->told, &s, ev->file.id);
	case CT_PYTHON_CODE:
		return told__add(c->told, &s, ev->python_code.id);
	case CT_PYTHON_STACK:
		return told__add(c->told, &s, ev->python_stack.id);
	case CT_LOST:
		return see_loss(c, &s);
	default:
		return carried_tasks__see(c->tasks, &s);
	}
}

void carry__settle(struct carry *c)
{
	carried_tasks__settle(c->tasks);
	images_of__settle(c->images);
}

int carry__give(struct carry *c, struct kept_list *list)
{
	struct kept *k;
	size_t pos = 0;
	uint64_t key;

	memset(list, 0, sizeof(*list));
	carried_tasks__give(c->tasks, list);
	told__give(c->told, list);
	while ((k = u64map__next(c->blobs, &pos, &key)))
		kept_list__add(list, k);
	for (uint32_t cpu = 0; cpu < TRACE_MAX_CPUS; cpu++) {
		const struct kept_ref ref = {
			.order = UINT64_MAX, /* behind the records of those who left for it */
			.stream = cpu,
			.ev = (const union ct_event *)&c->lanes[cpu].last,
			.size = sizeof(struct ct_switch),
		};

		kept_list__add(list, c->lanes[cpu].lost);
		if (c->lanes[cpu].used)
			kept_list__add_ref(list, &ref);
	}
	kept_list__sort(list);
	return list->failed ? -ENOMEM : 0;
}

bool carry__wants_anew(struct carry *c)
{
	return told__wants_anew(c->told);
}

const uint64_t *carry__lost(const struct carry *c)
{
	return c->lost;
}
