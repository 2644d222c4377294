/* SPDX-License-Identifier: GPL-2.0-only */
/* What asyncio calls its tasks. */
#ifndef MODEL_PYTHON_TASKS_H
#define MODEL_PYTHON_TASKS_H

#include <stdint.h>

#include "bpf/events.h"

struct python_tasks;

#define PYTHON_TASKS_MOST 100000 /* more are not known by name */

struct python_tasks *python_tasks__new(void); /* NULL when out of memory */
void python_tasks__free(struct python_tasks *t);
/* Returns 0 or -ENOMEM. */
int python_tasks__add(struct python_tasks *t, const struct ct_python_task *task);
/* "Task-5 (fetch)", of that id; NULL: not known. Lives as long as `t`. */
const char *python_tasks__label(const struct python_tasks *t, uint64_t id);

#endif
