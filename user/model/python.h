/* SPDX-License-Identifier: GPL-2.0-only */
/* Python's call chains: put together from what was told of code objects and stacks. */
#ifndef MODEL_PYTHON_H
#define MODEL_PYTHON_H

#include <stdbool.h>

#include "bpf/events.h"

struct model;
struct modules;
struct python;
struct trace_event;

#define PYTHON_CODES_MOST 100000 /* functions; the code of more has no names */

/* `modules` must outlive it. NULL when out of memory. */
struct python *python__new(struct modules *modules);
void python__free(struct python *p);

/* There will be stacks: until then, nothing is held back. */
void python__expect(struct python *p);
bool python__is_expected(const struct python *p);
/* A record of these: into the model's stacks. Returns 0 or -ENOMEM. */
int python__code(struct model *m, const struct ct_python_code *code);
int python__stack(struct model *m, const struct ct_python_stack *stack);
int python__thread(struct model *m, const struct ct_python_thread *thread);
int python__task(struct model *m, const struct ct_python_task *task);
/* The one that is held back is there. */
int python__at(struct model *m, const struct ct_python_at *at);

/*
 * Holds back a record of which the next one may say where in Python's code it was; false: it is
 * none of these. Before the next one python__held() gives it, NULL if there is none; once.
 */
bool python__hold_back(struct model *m, const struct trace_event *te);
const struct trace_event *python__held(struct model *m);

/*
 * Which task of asyncio the thread ran, that the record is about which is applied now: see
 * python_tasks__label(). NULL: none, or not known. Lives as long as the model.
 */
const char *python__task_now(const struct python *p);

#endif
