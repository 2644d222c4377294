// SPDX-License-Identifier: GPL-2.0-only
/*
 * The timeline as a picture for documents and issue trackers: SVG 1.1 without a script, of bounded
 * size however long the run was. What is collected while slices go by is what the terminal's
 * timeline collects.
 */
#include <errno.h>
#include <stdlib.h>

#include "export/export.h"
#include "export/rows.h"
#include "export/svg_page.h"
#include "export/text_picture.h"
#include "report/report.h"

#define BUCKETS 2048 /* finer than columns: where they do not meet, little is smeared */

struct svg {
	const struct model *model;
	FILE *out;
	struct export_view view;
	struct picture *picture;
};

static void svg__end(void *state)
{
	struct svg *s = state;

	if (!s)
		return;
	picture__free(s->picture);
	free(s);
}

static int svg__begin(const struct export_input *in, FILE *out, void **state)
{
	const struct picture_scope scope = {.from_ns = in->view.from_ns,
					    .to_ns = in->view.to_ns,
					    .buckets = BUCKETS,
					    .locks = true};
	struct svg *s;

	if (!in->model)
		return -EINVAL;
	s = calloc(1, sizeof(*s));
	if (!s)
		return -ENOMEM;
	s->model = in->model;
	s->out = out;
	s->view = in->view;
	s->picture = picture__new(&scope);
	if (!s->picture) {
		free(s);
		return -ENOMEM;
	}
	*state = s;
	return 0;
}

static int svg__task_slice(void *state, const struct task_slice *slice)
{
	struct svg *s = state;

	return picture__add_task(s->picture, slice, model__window_start(s->model));
}

static int svg__cpu_slice(void *state, const struct cpu_slice *slice)
{
	struct svg *s = state;

	return picture__add_cpu(s->picture, slice, model__window_start(s->model));
}

static int svg__hold(void *state, const struct hold_slice *slice)
{
	struct svg *s = state;

	return picture__add_hold(s->picture, slice, model__window_start(s->model));
}

static int svg__finish(void *state, const struct report *report)
{
	uint64_t wall_ns = (uint64_t)table__int(report__find(report, ""), 0, "wall_ns");
	struct svg *s = state;
	uint64_t end_ns = s->view.to_ns && s->view.to_ns < wall_ns ? s->view.to_ns : wall_ns;
	struct svg_page page = {.picture = s->picture,
				.report = report,
				.start_ns = model__window_start(s->model),
				.from_ns = s->view.from_ns};
	int err;

	page.span_ns = end_ns > page.from_ns ? end_ns - page.from_ns : 0;
	err = picture__choose(s->picture, NULL, SVG_THREADS, &page.shown, &page.nshown);
	if (err)
		return err;
	if (page.span_ns) {
		svg__choose_locks(&page);
		svg__cpus(&page);
		svg__path(&page);
		svg__locks(&page);
		svg__threads(&page);
	}
	err = svg__write(&page, s->out);
	strbuf__free(&page.body);
	free(page.shown);
	return err;
}

const struct exporter exporter_svg = {
	.name = "svg",
	.help = "a picture of the timeline for documents",
	.ranged = true,
	.begin = svg__begin,
	.task_slice = svg__task_slice,
	.cpu_slice = svg__cpu_slice,
	.hold = svg__hold,
	.finish = svg__finish,
	.end = svg__end,
};
