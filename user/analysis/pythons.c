// SPDX-License-Identifier: GPL-2.0-only
/* Which Pythons the program's processes run, and whether their functions could be told. */
#include <errno.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>

#include "analysis/rows.h"
#include "lib/array.h"
#include "report/report.h"

/* Forks and programs that were executed one after the other: each is an image. */
struct kind {
	uint32_t version;
	bool frames;
	uint64_t images;
};

static const struct report_column columns[] = {
	{"version", "version", R_TEXT, U_NONE, 0},
	{"images", "processes", R_INT, U_COUNT, 0},
	{"named", "functions known", R_BOOL, U_NONE, 0},
};

static struct kind *kind_of(struct kind **kinds, size_t *n, size_t *size,
			    const struct python_state *python)
{
	struct kind *grown;
	size_t i;

	for (i = 0; i < *n; i++)
		if ((*kinds)[i].version == python->version && (*kinds)[i].frames == python->frames)
			return &(*kinds)[i];
	grown = array__reserve(*kinds, size, *n, sizeof(*grown));
	if (!grown)
		return NULL;
	*kinds = grown;
	grown[*n] = (struct kind){.version = python->version, .frames = python->frames};
	return &grown[(*n)++];
}

static void add_row(struct report_table *t, const struct kind *kind)
{
	size_t row = table__add_row(t, 0);
	char version[32];

	/* PY_VERSION_HEX: 3.11.2 is 0x030b02f0 */
	snprintf(version, sizeof(version), "%u.%u.%u", kind->version >> 24,
		 kind->version >> 16 & 0xff, kind->version >> 8 & 0xff);
	if (kind->version)
		table__set_text(t, row, "version", version);
	table__set_int(t, row, "images", (int64_t)kind->images);
	table__set_bool(t, row, "named", kind->frames);
}

static void *pythons__begin(const struct analysis_input *in)
{
	(void)in;
	return calloc(1, 1); /* nothing to watch */
}

static int pythons__finish(void *state, const struct analysis_input *in, struct report *report)
{
	struct report_table *t =
		report__add(report, "", "pythons", columns, sizeof(columns) / sizeof(*columns));
	const struct model_space *space;
	struct kind *kinds = NULL, *kind;
	size_t n = 0, size = 0, i;
	uint32_t id;
	int err = 0;

	(void)state;
	for (id = 1; !err && id <= model__space_count(in->model); id++) {
		space = model__space(in->model, id);
		if (!space || !space->python.len)
			continue;
		kind = kind_of(&kinds, &n, &size, &space->python);
		if (kind)
			kind->images++;
		else
			err = -ENOMEM;
	}
	for (i = 0; i < n; i++)
		add_row(t, &kinds[i]);
	free(kinds);
	return err;
}

const struct analysis analysis_pythons = {
	.name = "pythons",
	.begin = pythons__begin,
	.finish = pythons__finish,
	.end = free,
};
