// SPDX-License-Identifier: GPL-2.0-only
#include "export/html_names.h"

#include <errno.h>
#include <inttypes.h>
#include <string.h>

#include "export/html_stacks.h"
#include "lib/strbuf.h"
#include "model/model.h"
#include "report/report.h"

struct names {
	FILE *out;
	const struct model *model;
	struct strbuf text; /* one string at a time */
};

static void put_text(struct names *n, const char *text, size_t len)
{
	strbuf__reset(&n->text);
	strbuf__add_json(&n->text, text ? text : "", text ? len : 0);
	fputs(strbuf__text(&n->text), n->out);
}

static void put_string(struct names *n, const char *text)
{
	put_text(n, text, text ? strlen(text) : 0);
}

static void put_causes(struct names *n)
{
	char letter[2] = "";
	int cause;

	fputs("\"causes\": [", n->out);
	for (cause = 0; cause < CAUSE_COUNT; cause++) {
		letter[0] = cause__letter((enum cause)cause);
		fputs(cause ? ",[" : "[", n->out);
		put_string(n, cause__name((enum cause)cause));
		fputc(',', n->out);
		put_string(n, letter);
		fputc(',', n->out);
		put_string(n, cause__words((enum cause)cause));
		fputc(']', n->out);
	}
	fputs("],\n", n->out);
}

static void put_tasks(struct names *n)
{
	size_t i, count = model__task_count(n->model);
	const struct model_task *task;

	fputs("\"tasks\": [", n->out);
	for (i = 0; i < count; i++) {
		task = model__task(n->model, i);
		fprintf(n->out, "%s[%u,%u,%u,", i ? ",\n" : "", task->tid, task->pid, task->ppid);
		put_string(n, task->comm);
		fprintf(n->out, ",%d]", task->traced);
	}
	fputs("],\n", n->out);
}

/* Those that the report names; the page calls all others by their address. */
static void put_object_names(struct names *n, const struct report *report)
{
	const struct report_table *t = report ? report__find(report, "sync") : NULL;
	size_t row, told = 0;
	const char *name;

	fputs("\"named\": [", n->out);
	if (t && table__column(t, "id") >= 0 && table__column(t, "name") >= 0) {
		for (row = 0; row < table__rows(t); row++) {
			name = table__text(t, row, "name");
			if (!name || !name[0])
				continue;
			fprintf(n->out, "%s[%" PRId64 ",", told++ ? ",\n" : "",
				table__int(t, row, "id"));
			put_string(n, name);
			fputc(']', n->out);
		}
	}
	fputs("],\n", n->out);
}

static void put_objects(struct names *n)
{
	size_t i, count = model__object_count(n->model);
	const struct sync_object *object;

	fputs("\"objects\": [", n->out);
	for (i = 0; i < count; i++) {
		object = model__object(n->model, i);
		fprintf(n->out, "%s[%d,%u,\"0x%" PRIx64 "\",%d]", i ? ",\n" : "", object->kind,
			object->pid, object->address, object->shared);
	}
	fputs("],\n", n->out);
}

static void put_files(struct names *n)
{
	size_t i, count = model__file_count(n->model);
	const struct file_info *file;
	char inode[40];

	fputs("\"files\": [", n->out);
	for (i = 0; i < count; i++) {
		file = model__file(n->model, i);
		fputs(i ? ",\n" : "", n->out);
		if (file->text_len) {
			put_text(n, file->text, file->text_len);
			continue;
		}
		snprintf(inode, sizeof(inode), "inode %" PRIu64, file->ino);
		put_string(n, inode);
	}
	fputs("],\n", n->out);
}

/* By id, each 64 CPUs a number in hexadecimal digits; none for all. */
static void put_allowed(struct names *n, uint32_t last)
{
	const uint64_t *words;
	size_t i, count;
	uint32_t id;

	fputs("\"allowed\": [[]", n->out);
	for (id = 1; id <= last; id++) {
		words = model__allowed(n->model, id, &count);
		fputs(",[", n->out);
		for (i = 0; words && i < count; i++)
			fprintf(n->out, "%s\"%" PRIx64 "\"", i ? "," : "", words[i]);
		fputc(']', n->out);
	}
	fputs("],\n", n->out);
}

int html_names__write(FILE *out, const struct model *model, const struct report *report,
		      struct stacks_seen *stacks, uint32_t allowed)
{
	struct names n = {.out = out, .model = model};
	int err;

	fprintf(out,
		"{\"format\": 1, \"start\": %" PRIu64 ", \"end\": %" PRIu64 ", \"cpus\": %u,\n",
		model__window_start(model), model__window_end(model), model__cpus(model));
	put_causes(&n);
	put_tasks(&n);
	put_objects(&n);
	put_object_names(&n, report);
	put_files(&n);
	put_allowed(&n, allowed);
	err = stacks_seen__write(stacks, out);
	fputs("}\n", out);
	if (!err && strbuf__failed(&n.text))
		err = -ENOMEM;
	strbuf__free(&n.text);
	return err ? err : ferror(out) ? -EIO : 0;
}
