// SPDX-License-Identifier: GPL-2.0-only
#include "model/python_tasks.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "lib/strbuf.h"
#include "lib/u64map.h"
#include "model/python_text.h"

struct python_tasks {
	struct u64map *labels; /* by id -> char */
};

struct python_tasks *python_tasks__new(void)
{
	struct python_tasks *t = calloc(1, sizeof(*t));

	if (!t)
		return NULL;
	t->labels = u64map__new();
	if (t->labels)
		return t;
	free(t);
	return NULL;
}

void python_tasks__free(struct python_tasks *t)
{
	size_t pos = 0;
	char *label;

	if (!t)
		return;
	while ((label = u64map__next(t->labels, &pos, NULL)))
		free(label);
	u64map__free(t->labels);
	free(t);
}

int python_tasks__add(struct python_tasks *t, const struct ct_python_task *task)
{
	struct strbuf name = {0};
	char *label;

	if (!task->id || u64map__get(t->labels, task->id) ||
	    u64map__size(t->labels) == PYTHON_TASKS_MOST)
		return 0;
	if (task->number)
		strbuf__printf(&name, "Task-%u", task->number);
	else
		python_text__put(&name, task->name, task->name_len, task->name_kind);
	if (!name.len)
		strbuf__puts(&name, "?");
	if (task->coroutine_kind && task->coroutine_len) {
		strbuf__puts(&name, " (");
		python_text__put(&name, task->coroutine, task->coroutine_len, task->coroutine_kind);
		strbuf__puts(&name, ")");
	}
	label = strbuf__failed(&name) ? NULL : strdup(strbuf__text(&name));
	strbuf__free(&name);
	if (label && !u64map__set(t->labels, task->id, label))
		return 0;
	free(label);
	return -ENOMEM;
}

const char *python_tasks__label(const struct python_tasks *t, uint64_t id)
{
	return u64map__get(t->labels, id);
}
