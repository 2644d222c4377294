// SPDX-License-Identifier: GPL-2.0-only
#include "export/perfetto_labels.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

#include "export/perfetto_define.h"
#include "export/perfetto_fields.h"
#include "lib/array.h"
#include "lib/strbuf.h"
#include "lib/u64map.h"
#include "model/file_words.h"
#include "model/model.h"
#include "report/report.h"

#define FIXED	     16	   /* ids below are of no thing */
#define TEXT_NONE    1	   /* of enum confidence 0 and on */
#define MOST_BLOCKED 65536 /* pairs of object and holder that are told apart */

/* What a thing's ids are used for: bits of its mark, and what tells its ids apart. */
enum use {
	TASK_HOLDER,   /* event name */
	TASK_WOKEN_BY, /* event name */
	OBJECT_WAIT,   /* event name */
	OBJECT_RELEASE,
	BLOCKED_WAIT, /* event name; by index in blocked[] */
	EVENT_USES,
	TASK_TEXT = EVENT_USES, /* from here on: texts */
	TASK_PROBABLY,
};

/* What a kernel symbol stands for: an object, or a file. */
struct blocked {
	const struct sync_object *object; /* NULL = a file */
	const struct model_task *holder;  /* NULL = not known */
	bool sure;
	const struct file_info *file;
	enum cause cause; /* to do with the file */
	bool event;	  /* is an event's name, too */
};

struct labels {
	const struct model *model;
	uint8_t *tasks, *objects; /* by id: bits of enum use */
	size_t ntasks, nobjects;
	struct blocked *blocked;
	size_t nblocked, blocked_room;
	struct u64map *pairs; /* what they say to 1 + index in blocked[] */
	uint32_t causes;      /* bits: told of without either */
	const char **names;   /* by object id, of the report; NULL = none */
	size_t nnames;
	bool failed;
};

struct labels *labels__new(const struct model *model)
{
	struct labels *l = calloc(1, sizeof(*l));

	if (!l)
		return NULL;
	l->model = model;
	l->pairs = u64map__new();
	if (l->pairs)
		return l;
	free(l);
	return NULL;
}

void labels__free(struct labels *l)
{
	if (!l)
		return;
	u64map__free(l->pairs);
	free(l->tasks);
	free(l->objects);
	free(l->blocked);
	free(l->names);
	free(l);
}

static uint64_t id_of(uint64_t id, enum use use)
{
	return FIXED + EVENT_USES * id + use % EVENT_USES;
}

static bool is_sure(enum confidence confidence)
{
	return confidence >= CONFIDENCE_MEDIUM;
}

static uint64_t mark(struct labels *l, uint8_t **marks, size_t *n, uint32_t id, enum use use)
{
	uint8_t *grown;

	if (id >= *n) {
		grown = array__reserve(*marks, n, id, 1);
		if (!grown) {
			l->failed = true;
			return FIXED;
		}
		*marks = grown;
	}
	(*marks)[id] |= (uint8_t)(1u << use);
	return id_of(id, use);
}

static uint64_t mark_task(struct labels *l, const struct model_task *task, enum use use)
{
	return mark(l, &l->tasks, &l->ntasks, task->id, use);
}

static uint64_t mark_object(struct labels *l, const struct sync_object *object, enum use use)
{
	return mark(l, &l->objects, &l->nobjects, object->id, use);
}

uint64_t labels__holder(struct labels *l, const struct model_task *task)
{
	return mark_task(l, task, TASK_HOLDER);
}

uint64_t labels__woken_by(struct labels *l, const struct model_task *task)
{
	return mark_task(l, task, TASK_WOKEN_BY);
}

uint64_t labels__wait(struct labels *l, const struct sync_object *object)
{
	return mark_object(l, object, OBJECT_WAIT);
}

uint64_t labels__release(struct labels *l, const struct sync_object *object)
{
	return mark_object(l, object, OBJECT_RELEASE);
}

uint64_t labels__task(struct labels *l, const struct model_task *task, enum confidence confidence)
{
	return mark_task(l, task, is_sure(confidence) ? TASK_TEXT : TASK_PROBABLY);
}

uint64_t labels__confidence(enum confidence confidence)
{
	return TEXT_NONE + (uint64_t)confidence;
}

/* The event's name where no file is known; 0 of what is no input or output. */
static uint64_t io_name(enum cause cause)
{
	switch (cause) {
	case CAUSE_DISK:
		return EVENT_NAME_WAIT_DISK;
	case CAUSE_FILE:
		return EVENT_NAME_WAIT_FILE;
	case CAUSE_NETWORK:
		return EVENT_NAME_WAIT_NETWORK;
	case CAUSE_PIPE:
		return EVENT_NAME_WAIT_PIPE;
	case CAUSE_CHILD:
		return EVENT_NAME_WAIT_CHILD;
	default:
		return 0;
	}
}

bool labels__is_io(enum cause cause)
{
	return io_name(cause) != 0;
}

static struct blocked blocked_of(const struct wait *wait)
{
	if (wait->object)
		return (struct blocked){.object = wait->object,
					.holder = wait->holder,
					.sure = is_sure(wait->confidence)};
	return (struct blocked){.file = wait->file, .cause = wait->cause};
}

static uint64_t blocked_key(const struct blocked *b)
{
	if (b->object)
		return (uint64_t)b->object->id << 33 | (uint64_t)b->sure << 32 |
		       (b->holder ? b->holder->id + 1 : 0);
	/* No trace has 2^30 objects. */
	return 1ULL << 63 | (uint64_t)b->file->index << 8 | b->cause;
}

/* The index in blocked[], SIZE_MAX if there is none: nothing to name, or too many. */
static size_t find_blocked(struct labels *l, const struct wait *wait)
{
	struct blocked b, *grown;
	size_t index;
	uint64_t key;

	if (!wait->object && (!wait->file || !io_name(wait->cause)))
		return SIZE_MAX;
	b = blocked_of(wait);
	key = blocked_key(&b);
	index = (uintptr_t)u64map__get(l->pairs, key);
	if (index)
		return index - 1;
	if (l->nblocked == MOST_BLOCKED)
		return SIZE_MAX;
	grown = array__reserve(l->blocked, &l->blocked_room, l->nblocked, sizeof(*grown));
	if (grown)
		l->blocked = grown;
	if (!grown || u64map__set(l->pairs, key, (void *)(uintptr_t)(l->nblocked + 1))) {
		l->failed = true;
		return SIZE_MAX;
	}
	grown[l->nblocked] = b;
	return l->nblocked++;
}

/* Perfetto keeps 32 bits of it; 0 is none. */
uint64_t labels__blocked(struct labels *l, const struct wait *wait)
{
	size_t index = find_blocked(l, wait);

	if (index != SIZE_MAX)
		return CAUSE_COUNT + 1 + (uint64_t)index;
	l->causes |= 1u << wait->cause;
	return (uint64_t)wait->cause + 1;
}

uint64_t labels__io_wait(struct labels *l, const struct wait *wait)
{
	size_t index = find_blocked(l, wait);

	if (index == SIZE_MAX)
		return io_name(wait->cause);
	l->blocked[index].event = true;
	return id_of(index, BLOCKED_WAIT);
}

static void put_object(const struct labels *l, struct strbuf *sb, const struct sync_object *object)
{
	const char *name = object->id < l->nnames ? l->names[object->id] : NULL;

	strbuf__puts(sb, cause__name(object->kind));
	if (name && name[0])
		strbuf__printf(sb, " %s", name);
	else
		strbuf__printf(sb, " 0x%" PRIx64 "%s", object->address,
			       object->shared ? " (shared)" : "");
}

char *labels__object_name(const struct labels *l, const struct sync_object *object)
{
	struct strbuf sb = {0};

	put_object(l, &sb, object);
	if (!strbuf__failed(&sb))
		return sb.text;
	strbuf__free(&sb);
	return NULL;
}

/* Locks are released; what a condition variable or a barrier does to a waiter is to wake it. */
static const char *verb(enum cause kind)
{
	return kind == CAUSE_MUTEX || kind == CAUSE_RWLOCK || kind == CAUSE_GIL ||
			       kind == CAUSE_KERNEL
		       ? "release "
		       : "wake ";
}

static void define_fixed(struct define *d)
{
	static const char *const notes[NOTE_END] = {
		[NOTE_CONFIDENCE] = "confidence", [NOTE_HOLDER] = "holder", [NOTE_BYTES] = "bytes",
		[NOTE_SECTOR] = "sector",	  [NOTE_TASK] = "task",	    [NOTE_ERROR] = "error",
	};
	static const char *const events[EVENT_NAME_END] = {
		[EVENT_NAME_UNKNOWN] = "unknown",
		[EVENT_NAME_READ] = "read",
		[EVENT_NAME_WRITE] = "write",
		[EVENT_NAME_FLUSH] = "flush",
		[EVENT_NAME_DISCARD] = "discard",
		[EVENT_NAME_OTHER] = "other",
		[EVENT_NAME_WAIT_DISK] = "wait: disk",
		[EVENT_NAME_WAIT_FILE] = "wait: file",
		[EVENT_NAME_WAIT_NETWORK] = "wait: network",
		[EVENT_NAME_WAIT_PIPE] = "wait: pipe",
		[EVENT_NAME_WAIT_CHILD] = "wait: child",
		[EVENT_NAME_WAKES] = "wakes",
		[EVENT_NAME_TURN] = "turn",
	};
	static const char *const sure[] = {"none", "low", "medium", "high"};
	uint64_t i;

	for (i = 1; i < NOTE_END; i++)
		define__text(d, INTERNED_ANNOTATION_NAMES, i, notes[i]);
	for (i = 1; i < EVENT_NAME_END; i++)
		define__text(d, INTERNED_EVENT_NAMES, i, events[i]);
	for (i = CONFIDENCE_NONE; i <= CONFIDENCE_HIGH; i++)
		define__text(d, INTERNED_ANNOTATION_STRINGS, TEXT_NONE + i, sure[i]);
}

static uint32_t table_of(enum use use)
{
	return use < TASK_TEXT ? INTERNED_EVENT_NAMES : INTERNED_ANNOTATION_STRINGS;
}

static void define_task(const struct labels *l, struct define *d, uint32_t id, struct strbuf *sb)
{
	static const enum use uses[] = {TASK_HOLDER, TASK_WOKEN_BY, TASK_TEXT, TASK_PROBABLY};
	const struct model_task *task = model__task(l->model, id);
	size_t i;

	for (i = 0; i < sizeof(uses) / sizeof(uses[0]); i++) {
		if (!(l->tasks[id] & 1u << uses[i]))
			continue;
		strbuf__reset(sb);
		if (uses[i] == TASK_WOKEN_BY)
			strbuf__puts(sb, "woken by ");
		else if (uses[i] == TASK_PROBABLY)
			strbuf__puts(sb, "probably ");
		strbuf__printf(sb, uses[i] >= TASK_TEXT ? "%s (%u)" : "%s %u", task->comm,
			       task->tid);
		define__text(d, table_of(uses[i]), id_of(id, uses[i]), strbuf__text(sb));
	}
}

static void define_object(const struct labels *l, struct define *d, uint32_t id, struct strbuf *sb)
{
	const struct sync_object *object = model__object(l->model, id);
	enum use use;

	for (use = OBJECT_WAIT; use <= OBJECT_RELEASE; use++) {
		if (!(l->objects[id] & 1u << use))
			continue;
		strbuf__reset(sb);
		if (use == OBJECT_WAIT)
			strbuf__puts(sb, "wait: ");
		else
			strbuf__puts(sb, verb(object->kind));
		put_object(l, sb, object);
		define__text(d, table_of(use), id_of(id, use), strbuf__text(sb));
	}
}

static void put_blocked(const struct labels *l, const struct blocked *b, struct strbuf *sb)
{
	size_t len;

	if (b->object) {
		put_object(l, sb, b->object);
		if (b->holder)
			strbuf__printf(sb, ", %sheld by %s (%u)", b->sure ? "" : "probably ",
				       b->holder->comm, b->holder->tid);
		return;
	}
	strbuf__puts(sb, cause__name(b->cause));
	len = sb->len;
	strbuf__puts(sb, " ");
	file__name(l->model, b->file, sb);
	if (sb->len == len + 1) /* it has none */
		strbuf__puts(sb, file__kind(b->file));
}

static void define_blocked(const struct labels *l, struct define *d, struct strbuf *sb)
{
	const struct blocked *b;
	unsigned int cause;
	size_t i;

	for (cause = 0; cause < CAUSE_COUNT; cause++)
		if (l->causes & 1u << cause)
			define__text(d, INTERNED_KERNEL_SYMBOLS, cause + 1,
				     cause__name((enum cause)cause));
	for (i = 0; i < l->nblocked; i++) {
		b = &l->blocked[i];
		strbuf__reset(sb);
		put_blocked(l, b, sb);
		define__text(d, INTERNED_KERNEL_SYMBOLS, CAUSE_COUNT + 1 + (uint64_t)i,
			     strbuf__text(sb));
		if (!b->event)
			continue;
		strbuf__reset(sb);
		strbuf__puts(sb, "wait: ");
		put_blocked(l, b, sb);
		define__text(d, INTERNED_EVENT_NAMES, id_of(i, BLOCKED_WAIT), strbuf__text(sb));
	}
}

/* The report's names by object id; those that it does not list have none. */
static void find_names(struct labels *l, const struct report *report)
{
	const struct report_table *t = report ? report__find(report, "sync") : NULL;
	size_t row, n = model__object_count(l->model);
	uint64_t id;

	if (!t || table__column(t, "id") < 0 || table__column(t, "name") < 0)
		return;
	l->names = calloc(n + 1, sizeof(*l->names));
	if (!l->names) {
		l->failed = true;
		return;
	}
	l->nnames = n;
	for (row = 0; row < table__rows(t); row++) {
		id = (uint64_t)table__int(t, row, "id");
		if (id < n)
			l->names[id] = table__text(t, row, "name");
	}
}

int labels__write(struct labels *l, struct define *d, const struct report *report)
{
	struct strbuf sb = {0};
	uint32_t id;

	find_names(l, report);
	define_fixed(d);
	for (id = 0; id < l->ntasks; id++)
		if (l->tasks[id])
			define_task(l, d, id, &sb);
	for (id = 0; id < l->nobjects; id++)
		if (l->objects[id])
			define_object(l, d, id, &sb);
	define_blocked(l, d, &sb);
	if (strbuf__failed(&sb))
		l->failed = true;
	strbuf__free(&sb);
	return l->failed ? -ENOMEM : 0;
}
