// SPDX-License-Identifier: GPL-2.0-only
#include "analysis/object_words.h"

#include <inttypes.h>
#include <stdlib.h>

#include "lib/u64map.h"
#include "model/model.h"
#include "report/report.h"
#include "report/words.h"

struct object_words {
	const struct model *model;
	const struct report_table *sync;
	struct u64map *rows; /* by id: row + 1 */
};

struct object_words *object_words__new(const struct model *model, const struct report *report)
{
	struct object_words *w = calloc(1, sizeof(*w));
	size_t row;

	if (!w)
		return NULL;
	w->model = model;
	w->sync = report__find(report, "sync");
	w->rows = u64map__new();
	for (row = 0; w->rows && row < table__rows(w->sync); row++)
		if (u64map__set(w->rows, (uint64_t)table__int(w->sync, row, "id"),
				(void *)(uintptr_t)(row + 1)))
			break;
	if (w->rows && row == table__rows(w->sync))
		return w;
	object_words__free(w);
	return NULL;
}

void object_words__free(struct object_words *w)
{
	if (!w)
		return;
	u64map__free(w->rows);
	free(w);
}

void object_words__add(const struct object_words *w, uint32_t id, struct strbuf *out)
{
	size_t row = (size_t)(uintptr_t)u64map__get(w->rows, id);
	const struct sync_object *object;

	if (row) {
		words__object(out, w->sync, row - 1);
		return;
	}
	object = model__object(w->model, id);
	strbuf__printf(out, "%s 0x%" PRIx64, cause__name(object->kind),
		       object->kernel ? object->kernel : object->address);
}
