// SPDX-License-Identifier: GPL-2.0-only
#include "model/python.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "lib/strbuf.h"
#include "lib/u64map.h"
#include "model/python_tasks.h"
#include "model/python_text.h"
#include "model/state.h"
#include "symbol/maps.h"
#include "symbol/modules.h"
#include "symbol/script.h"
#include "trace/reader.h"
#include "trace/record.h"

#define NO_FILE "[Python]" /* its name could not be read */

struct code {
	const struct module *module;
	uint64_t address;
};

struct python {
	struct modules *modules;
	struct u64map *codes; /* by id -> struct code */
	struct python_tasks *tasks;
	const char *task; /* see python__task_now() */
	bool told;	  /* of some process its stacks are */
	bool holds;	  /* back a record */
	struct trace_event held;
	union {
		struct ct_hdr h;
		struct ct_switch_wait wait;
		struct ct_switch_futex futex;
		struct ct_waking_futex waking;
		struct ct_sample sample;
	} copy;
};

struct python *python__new(struct modules *modules)
{
	struct python *p = calloc(1, sizeof(*p));

	if (!p)
		return NULL;
	p->modules = modules;
	p->codes = u64map__new();
	p->tasks = python_tasks__new();
	if (p->codes && p->tasks)
		return p;
	python__free(p);
	return NULL;
}

void python__free(struct python *p)
{
	struct code *code;
	size_t pos = 0;

	if (!p)
		return;
	while (p->codes && (code = u64map__next(p->codes, &pos, NULL)))
		free(code);
	python_tasks__free(p->tasks);
	u64map__free(p->codes);
	free(p);
}

void python__expect(struct python *p)
{
	p->told = true;
}

bool python__is_expected(const struct python *p)
{
	return p->told;
}

/* --- names --- */

static struct code *add_code(struct python *p, const struct ct_python_code *c, const char *name,
			     const char *file)
{
	const struct script_code script = {.function = name,
					   .first_line = c->first_line,
					   .lines = c->bytes,
					   .lines_len = c->lines_len};
	struct code *code = calloc(1, sizeof(*code));

	if (!code)
		return NULL;
	code->module = modules__script(p->modules, file);
	code->address = code->module ? module__add_code(code->module, &script) : UINT64_MAX;
	if (code->address != UINT64_MAX && !u64map__set(p->codes, c->id, code))
		return code;
	free(code);
	return NULL;
}

int python__code(struct model *m, const struct ct_python_code *c)
{
	struct strbuf name = {0}, file = {0};
	struct python *p = m->python;
	bool ok;

	if (!c->id || u64map__get(p->codes, c->id) || u64map__size(p->codes) == PYTHON_CODES_MOST)
		return 0;
	python_text__put(&name, c->name, c->name_len, c->name_kind);
	if (c->file_len == CT_PYTHON_FILE) /* its beginning did not fit */
		strbuf__puts(&file, "...");
	python_text__put(&file, c->file, c->file_len, c->file_kind);
	ok = !strbuf__failed(&name) && !strbuf__failed(&file) &&
	     add_code(p, c, name.len ? strbuf__text(&name) : "?",
		      file.len ? strbuf__text(&file) : NO_FILE);
	strbuf__free(&name);
	strbuf__free(&file);
	return ok ? 0 : -ENOMEM;
}

int python__thread(struct model *m, const struct ct_python_thread *t)
{
	struct task *task = tasks__find(m->tasks, t->h.tid);
	struct strbuf name = {0};
	int ret = 0;

	python_text__put(&name, t->name, t->name_len, t->name_kind);
	if (strbuf__failed(&name))
		ret = -ENOMEM;
	else if (task && name.len)
		ret = tasks__set_name(task, strbuf__text(&name));
	strbuf__free(&name);
	return ret;
}

int python__task(struct model *m, const struct ct_python_task *task)
{
	return python_tasks__add(m->python->tasks, task);
}

/* --- chains --- */

int python__stack(struct model *m, const struct ct_python_stack *s)
{
	struct frame frames[CT_PYTHON_FRAMES];
	size_t i, n = 0;

	for (i = 0; i < s->count && i < CT_PYTHON_FRAMES; i++) {
		const struct code *code = u64map__get(m->python->codes, s->frames[i].code);

		if (!code) /* it was lost */
			continue;
		frames[n].module = code->module;
		frames[n].address = frames[n].ip = code->address + (uint32_t)s->frames[i].at;
		n++;
	}
	return n ? stacks__add_frames(m->stacks, s->id, spaces__of_process(m->spaces, s->pid),
				      frames, n, s->complete && n == s->count)
		 : 0;
}

/* The file that the process's interpreter is in. */
static const struct module *interpreter_of(struct model *m, struct task *task)
{
	const struct model_space *space = spaces__at(m->spaces, life__space(m, task));
	uint64_t address;

	return space && space->maps && space->python.len
		       ? maps__find_data(space->maps, space->python.start, &address)
		       : NULL;
}

/* Where the record that is held back has the stack of that thread; NULL: it is not about it. */
static unsigned long long *stack_of(struct python *p, const struct ct_python_at *at)
{
	bool waker = at->h.flags & CT_P_WAKER;

	if (!p->holds)
		return NULL;
	switch (p->copy.h.type) {
	case CT_SWITCH_WAIT:
		return !waker && p->copy.h.tid == at->h.tid ? &p->copy.wait.stack : NULL;
	case CT_SWITCH_FUTEX:
		return !waker && p->copy.h.tid == at->h.tid ? &p->copy.futex.stack : NULL;
	case CT_SAMPLE:
		return !waker && p->copy.h.tid == at->h.tid ? &p->copy.sample.stack : NULL;
	case CT_WAKING:
	case CT_WAKING_FUTEX:
		if (p->copy.h.flags & (CT_W_HARDIRQ | CT_W_SOFTIRQ))
			return NULL;
		return waker && p->copy.waking.w.waker == at->h.tid ? &p->copy.waking.w.stack
								    : NULL;
	default:
		return NULL;
	}
}

int python__at(struct model *m, const struct ct_python_at *at)
{
	struct task *task = tasks__find(m->tasks, at->h.tid);
	unsigned long long *stack = stack_of(m->python, at);
	uint64_t joined;

	if (!task || !stack)
		return 0;
	if (at->h.flags & CT_P_TASK) {
		m->python->task = python_tasks__label(m->python->tasks, at->id);
		return 0;
	}
	joined = stacks__join(m->stacks, *stack, at->id, interpreter_of(m, task));
	if (joined)
		*stack = joined;
	return 0;
}

bool python__hold_back(struct model *m, const struct trace_event *te)
{
	struct python *p = m->python;
	size_t size;

	p->task = NULL;
	if (!p->told)
		return false;
	switch (te->ev->h.type) {
	case CT_SWITCH_WAIT:
	case CT_SWITCH_FUTEX:
	case CT_WAKING:
	case CT_WAKING_FUTEX:
	case CT_SAMPLE:
		break;
	default:
		return false;
	}
	size = record__size(te->ev->h.type);
	memcpy(&p->copy, te->ev, size);
	p->holds = true;
	p->held = *te;
	p->held.ev = (const union ct_event *)(const void *)&p->copy;
	return true;
}

const struct trace_event *python__held(struct model *m)
{
	struct python *p = m->python;

	if (!p->holds)
		return NULL;
	p->holds = false;
	return &p->held;
}

const char *python__task_now(const struct python *p)
{
	return p->task;
}
