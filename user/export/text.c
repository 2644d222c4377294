// SPDX-License-Identifier: GPL-2.0-only
/*
 * The report for the terminal: one screen, 80 columns, and the same in a pipe. Numbers come from
 * the report; only the small picture is drawn from slices.
 */
#include <errno.h>
#include <stdlib.h>

#include "export/rows.h"
#include "export/text_out.h"
#include "export/text_picture.h"
#include "export/text_sections.h"
#include "report/report.h"

struct text {
	struct text_out out;
	const struct model *model;
	struct export_view view;
	struct picture *picture;
};

static void text__end(void *state)
{
	struct text *text = state;

	if (!text)
		return;
	picture__free(text->picture);
	text_out__clear(&text->out);
	free(text);
}

static int text__begin(const struct export_input *in, FILE *out, void **state)
{
	struct text *text = calloc(1, sizeof(*text));
	const struct picture_scope whole = {0};

	if (!text)
		return -ENOMEM;
	text_out__init(&text->out, out);
	text->model = in->model;
	text->view = in->view;
	text->picture = picture__new(&whole);
	if (!text->picture) {
		text__end(text);
		return -ENOMEM;
	}
	*state = text;
	return 0;
}

static int text__task_slice(void *state, const struct task_slice *slice)
{
	struct text *text = state;

	return picture__add_task(text->picture, slice, model__window_start(text->model));
}

static int text__cpu_slice(void *state, const struct cpu_slice *slice)
{
	struct text *text = state;

	return picture__add_cpu(text->picture, slice, model__window_start(text->model));
}

/* What lies behind the verdict, for those who ask. */
static int put_details(struct text_out *o, const struct report *report)
{
	int err;

	text__totals(o, report);
	err = text__path(o, report);
	if (err)
		return err;
	text__locks(o, report, true);
	text__blame(o, report);
	err = text__io(o, report);
	if (err)
		return err;
	text__loops(o, report);
	text__spawn(o, report);
	return 0;
}

/* The picture that the report opens with: ten lanes at most. */
static const struct picture_wish small_picture = {.width = TEXT_COLUMNS, .threads = 6, .cpus = 4};

static int text__finish(void *state, const struct report *report)
{
	struct text *text = state;
	const struct report_table *root = report__find(report, "");
	struct text_out *o = &text->out;
	int err;

	text__summary(o, report);
	if (text->view.tid || text->view.sync) {
		text__focus(o, report, &text->view);
		return text_out__failure(o);
	}
	text__deadlocks(o, report);
	text__verdict(o, report);
	err = picture__draw(text->picture, o, (uint64_t)table__int(root, 0, "wall_ns"),
			    &small_picture);
	if (!err)
		err = text__threads(o, report);
	if (!err)
		err = text__idle(o, report);
	if (!err && text->view.details)
		err = put_details(o, report);
	else if (!err)
		text__locks(o, report, false);
	if (err)
		return err;
	text__unresolved(o, report);
	text__footer(o, report);
	return text_out__failure(o);
}

const struct exporter exporter_text = {
	.name = "text",
	.help = "the report for the terminal",
	.begin = text__begin,
	.task_slice = text__task_slice,
	.cpu_slice = text__cpu_slice,
	.finish = text__finish,
	.end = text__end,
};
