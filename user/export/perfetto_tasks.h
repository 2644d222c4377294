/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Names, parents, births and deaths of all tasks that were seen. Each is told with the time at
 * which it holds, so that a tid that was used twice means two threads.
 */
#ifndef EXPORT_PERFETTO_TASKS_H
#define EXPORT_PERFETTO_TASKS_H

#include <stdint.h>

struct lanes;
struct model;
struct packets;

/*
 * After model__finish. `origin` is what the model's times count from, `lanes` takes the events.
 * Returns 0, -ENOMEM or -EIO.
 */
int perfetto_tasks__write(struct packets *ps, struct lanes *lanes, uint64_t origin,
			  const struct model *model);

#endif
