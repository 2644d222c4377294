// SPDX-License-Identifier: GPL-2.0-only
/*
 * Code objects and stacks of Python as a program made them: names of any width, tables of lines,
 * chains. They go straight into a model; what a report makes of them is what trace_records does.
 */
#include <stdlib.h>
#include <string.h>

#include "bpf/events.h"
#include "model/model.h"
#include "symbol/frame.h"
#include "symbol/modules.h"
#include "symbol/plumbing.h"
#include "symbol/script.h"
#include "tests/fuzz/lib/fuzz.h"
#include "trace/info.h"
#include "trace/reader.h"

#define START 1000
#define CODES 6
#define STACK 0x33

static void apply(struct model *m, void *record, unsigned int type, size_t size)
{
	struct ct_hdr *h = record;
	struct trace_event te = {.cpu = 0, .size = size, .ev = record};

	h->ts = START + 1;
	h->type = (unsigned char)type;
	h->tid = 7;
	FUZZ_HOLDS(!model__apply(m, &te));
}

static unsigned short length(struct feed *f, size_t most)
{
	return (unsigned short)(feed__number(f, 2) % (most + 1));
}

static void add_code(struct model *m, struct feed *f, unsigned int id)
{
	union ct_event *ev = calloc(1, sizeof(*ev));
	struct ct_python_code *c;

	FUZZ_HOLDS(ev);
	c = &ev->python_code;
	c->id = id;
	c->pid = 7;
	c->first_line = (unsigned int)feed__number(f, 4);
	c->name_kind = (unsigned char)feed__number(f, 1);
	c->file_kind = (unsigned char)feed__number(f, 1);
	c->name_len = length(f, CT_PYTHON_NAME);
	c->file_len = length(f, CT_PYTHON_FILE);
	c->lines_len = length(f, CT_PYTHON_LINES);
	feed__bytes(f, c->name, c->name_len);
	feed__bytes(f, c->file, c->file_len);
	feed__bytes(f, c->bytes, c->lines_len);
	apply(m, ev, CT_PYTHON_CODE, sizeof(*c));
	free(ev);
}

static void add_stack(struct model *m, struct feed *f)
{
	union ct_event *ev = calloc(1, sizeof(*ev));
	struct ct_python_stack *s;
	unsigned int i;

	FUZZ_HOLDS(ev);
	s = &ev->python_stack;
	s->id = STACK;
	s->pid = 7;
	s->count = (unsigned int)(feed__number(f, 1) % (CT_PYTHON_FRAMES + 1));
	for (i = 0; i < s->count; i++) {
		s->frames[i].code = feed__number(f, 1) % (CODES + 2);
		s->frames[i].at = feed__number(f, 2);
	}
	apply(m, ev, CT_PYTHON_STACK, sizeof(*s));
	free(ev);
}

static void ask(const struct model *m)
{
	const struct model_stack *stack = model__stack(m, STACK);
	struct place levels[LEVELS_MOST], site;
	const struct frame *frame;
	size_t i, k, n;

	if (!stack)
		return;
	for (i = 0; i < stack->nframes; i++) {
		n = frame__levels(&stack->frames[i], levels);
		FUZZ_HOLDS(n <= LEVELS_MOST);
		for (k = 0; k < n; k++)
			(void)plumbing__is(&stack->frames[i], &levels[k]);
	}
	(void)plumbing__site(stack->frames, stack->nframes, &frame, &site);
}

/* The table alone, of its exact size. */
static void lines(struct feed f)
{
	struct script_code code = {.function = "f", .first_line = (unsigned)feed__number(&f, 4)};
	uint8_t *table = feed__rest(&f, &code.lines_len);
	uint64_t at;

	code.lines = table;
	for (at = 0; at < 64; at += 2)
		(void)script__line(&code, at);
	(void)script__line(&code, UINT64_MAX);
	free(table);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	const struct trace_info info = {.ncpus = 1, .online = 1, .start_ns = START};
	const struct trace_trailer trailer = {.end_ns = START + 10};
	struct model *m = model__new(&info, &trailer);
	struct feed f = {data, size};
	unsigned int id;

	FUZZ_HOLDS(m);
	lines(f);
	for (id = 1; id <= CODES && f.left; id++)
		add_code(m, &f, id);
	add_stack(m, &f);
	FUZZ_HOLDS(!model__finish(m));
	ask(m);
	model__free(m);
	return 0;
}
