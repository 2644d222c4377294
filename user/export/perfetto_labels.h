/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Names of things, as ids while the slices go by; what they stand for is written in the end, when
 * the report has named the objects. An id follows from the thing's own dense id, so memory is a few
 * bits per task and object. Ids of different functions are of different tables or never equal.
 */
#ifndef EXPORT_PERFETTO_LABELS_H
#define EXPORT_PERFETTO_LABELS_H

#include <stdbool.h>
#include <stdint.h>

#include "model/slice.h"

struct define;
struct labels;
struct model;
struct report;

/* Names of annotations. */
enum label_note {
	NOTE_CONFIDENCE = 1,
	NOTE_HOLDER,
	NOTE_BYTES,
	NOTE_SECTOR,
	NOTE_TASK,
	NOTE_ERROR,
	NOTE_END
};

/* Names of events that are no thing's. */
enum label_event {
	EVENT_NAME_UNKNOWN = 1,
	EVENT_NAME_READ,
	EVENT_NAME_WRITE,
	EVENT_NAME_FLUSH,
	EVENT_NAME_DISCARD,
	EVENT_NAME_OTHER,
	EVENT_NAME_WAIT_DISK,
	EVENT_NAME_WAIT_FILE,
	EVENT_NAME_WAIT_NETWORK,
	EVENT_NAME_WAIT_PIPE,
	EVENT_NAME_WAIT_CHILD,
	EVENT_NAME_WAKES,
	EVENT_NAME_TURN,
	EVENT_NAME_END
};

/* Returns NULL when out of memory. The model must outlive it. */
struct labels *labels__new(const struct model *model);
void labels__free(struct labels *l);

/* Event names: "COMM TID", "woken by COMM TID", "wait: KIND NAME", "release KIND NAME". */
uint64_t labels__holder(struct labels *l, const struct model_task *task);
uint64_t labels__woken_by(struct labels *l, const struct model_task *task);
uint64_t labels__wait(struct labels *l, const struct sync_object *object);
/* "wait: CAUSE FILE", of input and output, where no object is waited for. */
bool labels__is_io(enum cause cause);
uint64_t labels__io_wait(struct labels *l, const struct wait *wait);
uint64_t labels__release(struct labels *l, const struct sync_object *object);

/* Texts of annotations: "COMM (TID)", if not much is known "probably COMM (TID)"; "high". */
uint64_t labels__task(struct labels *l, const struct model_task *task, enum confidence confidence);
uint64_t labels__confidence(enum confidence confidence);

/* Kernel symbols: "mutex NAME, held by COMM (TID)", "network tcp ADDRESSES", "sleep". */
uint64_t labels__blocked(struct labels *l, const struct wait *wait);

/* Defines all that was asked for. `report` may be NULL. Returns 0 or -ENOMEM. */
int labels__write(struct labels *l, struct define *d, const struct report *report);
/* "KIND NAME", after labels__write. Untrusted; the caller frees it. NULL when out of memory. */
char *labels__object_name(const struct labels *l, const struct sync_object *object);

#endif
