/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Names, parents, births and deaths of all tasks that were seen, and the tracks and the order of
 * those of the workload: its processes come first, each before those that it started. All is told
 * with the time at which it holds, so that a tid that was used twice means two threads.
 */
#ifndef EXPORT_PERFETTO_TASKS_H
#define EXPORT_PERFETTO_TASKS_H

#include <stdint.h>

struct lanes;
struct model;
struct packets;
struct turns_drawn;
struct u64map;
struct waits;

struct tasks_input {
	struct packets *ps;
	struct lanes *lanes; /* takes the events */
	const struct waits *waits;
	const struct turns_drawn *turns;
	const struct model *model;
	uint64_t origin; /* what the model's times count from */
};

/*
 * After model__finish. Puts the pids of processes whose tracks are described into `told`. Returns
 * 0, -ENOMEM or -EIO.
 */
int perfetto_tasks__write(const struct tasks_input *in, struct u64map *told);

#endif
