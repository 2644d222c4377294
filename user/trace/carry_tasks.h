/* SPDX-License-Identifier: GPL-2.0-only */
/* Of carry.h: who lives, under which name, and what each was doing. */
#ifndef TRACE_CARRY_TASKS_H
#define TRACE_CARRY_TASKS_H

struct carried_tasks;
struct images_of;
struct kept_list;
struct seen;

/* `images` must outlive it. Returns NULL when out of memory. */
struct carried_tasks *carried_tasks__new(struct images_of *images);
void carried_tasks__free(struct carried_tasks *all);

/* Both return 0 or -ENOMEM. */
int carried_tasks__switch(struct carried_tasks *all, const struct seen *s);
int carried_tasks__see(struct carried_tasks *all, const struct seen *s);

/* Whoever is long dead goes. */
void carried_tasks__settle(struct carried_tasks *all);
/* Tasks, and the images of their processes. */
void carried_tasks__give(struct carried_tasks *all, struct kept_list *list);

#endif
