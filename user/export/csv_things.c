// SPDX-License-Identifier: GPL-2.0-only
#include "export/csv_things.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>

#include "export/csv_set.h"
#include "lib/strbuf.h"
#include "model/file_words.h"
#include "model/model.h"
#include "report/report.h"

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

static const struct csv_column thread_columns[] = {
	{"id", R_INT, true},	      {"tid", R_INT, true},	  {"pid", R_INT, false},
	{"ppid", R_INT, false},	      {"comm", R_TEXT, false},	  {"traced", R_BOOL, true},
	{"kthread", R_BOOL, true},    {"start_ns", R_INT, false}, {"end_ns", R_INT, false},
	{"exec_file", R_TEXT, false},
};

static const struct csv_column object_columns[] = {
	{"id", R_INT, true},	   {"kind", R_TEXT, true},     {"name", R_TEXT, false},
	{"pid", R_INT, false},	   {"address", R_TEXT, false}, {"shared", R_BOOL, true},
	{"first_ns", R_INT, true}, {"file_id", R_INT, false},
};

static const struct csv_column file_columns[] = {
	{"id", R_INT, true},   {"kind", R_TEXT, true},	 {"name", R_TEXT, false},
	{"ino", R_INT, false}, {"local", R_TEXT, false}, {"peer", R_TEXT, false},
};

/* Its times are known of the workload's own threads. */
static int put_thread(struct csv_table *t, const struct model_task *task)
{
	csv__begin(t);
	csv__int(t, task->id);
	csv__int(t, task->tid);
	csv__int_if(t, task->pid, task->pid);
	csv__int_if(t, task->ppid, task->ppid);
	csv__text(t, task->known || task->comm[0] ? task->comm : NULL);
	csv__bool(t, task->traced);
	csv__bool(t, task->kthread);
	csv__int_if(t, task->traced, (int64_t)task->start_ns);
	csv__int_if(t, task->traced, (int64_t)task->end_ns);
	csv__text(t, task->exec_file);
	return csv__end(t);
}

static int put_threads(struct csv_set *s, const struct model *model)
{
	struct csv_table *t = csv_set__add(s, "threads", thread_columns, COUNT(thread_columns));
	size_t i, n = model__task_count(model);
	int rc = t ? 0 : -EIO;

	for (i = 0; i < n && !rc; i++)
		rc = put_thread(t, model__task(model, i));
	csv_set__close(s, t);
	return rc;
}

/* The report's names by object id; those that it does not list have none. NULL: no memory. */
static const char **object_names(const struct report *report, size_t n)
{
	const struct report_table *t = report__find(report, "sync");
	const char **names = calloc(n + 1, sizeof(*names));
	size_t row;

	if (!names || !t)
		return names;
	for (row = 0; row < table__rows(t); row++) {
		int64_t id = table__int(t, row, "id");

		if (id >= 0 && (size_t)id < n && table__has(t, row, "name"))
			names[id] = table__text(t, row, "name");
	}
	return names;
}

static int put_objects(struct csv_set *s, const struct model *model, const struct report *report)
{
	size_t i, n = model__object_count(model);
	const char **names = object_names(report, n);
	struct csv_table *t;
	int rc = 0;

	if (!names)
		return -ENOMEM;
	t = csv_set__add(s, "objects", object_columns, COUNT(object_columns));
	for (i = 0; t && i < n && !rc; i++) {
		const struct sync_object *o = model__object(model, i);

		csv__begin(t);
		csv__int(t, o->id);
		csv__text(t, cause__name(o->kind));
		csv__text(t, names[i]);
		csv__int_if(t, o->pid, o->pid);
		csv__hex(t, o->kernel ? o->kernel : o->address);
		csv__bool(t, o->shared);
		csv__int(t, (int64_t)o->first_ns);
		csv__int_if(t, o->file, o->file ? o->file->index : 0);
		rc = csv__end(t);
	}
	free(names);
	csv_set__close(s, t);
	return t ? rc : -EIO;
}

static const char *text_or_null(const struct strbuf *text)
{
	return text->len ? strbuf__text(text) : NULL;
}

static int put_file(struct csv_table *t, const struct model *model, const struct file_info *file,
		    struct strbuf *text)
{
	csv__begin(t);
	csv__int(t, file->index);
	csv__text(t, file__kind(file));
	strbuf__reset(text);
	file__name(model, file, text);
	csv__text(t, text_or_null(text));
	csv__int_if(t, file->ino, (int64_t)file->ino);
	strbuf__reset(text);
	csv__text(t, file__local(file, text) ? text_or_null(text) : NULL);
	strbuf__reset(text);
	csv__text(t, file__peer(file, text) ? text_or_null(text) : NULL);
	return strbuf__failed(text) ? -ENOMEM : csv__end(t);
}

static int put_files(struct csv_set *s, const struct model *model)
{
	struct csv_table *t = csv_set__add(s, "files", file_columns, COUNT(file_columns));
	size_t i, n = model__file_count(model);
	struct strbuf text = {0};
	int rc = t ? 0 : -EIO;

	for (i = 0; i < n && !rc; i++)
		rc = put_file(t, model, model__file(model, i), &text);
	strbuf__free(&text);
	csv_set__close(s, t);
	return rc;
}

int csv_things__write(struct csv_set *s, const struct model *model, const struct report *report)
{
	int rc = put_threads(s, model);

	if (!rc)
		rc = put_objects(s, model, report);
	return rc ? rc : put_files(s, model);
}
