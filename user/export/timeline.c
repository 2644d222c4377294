// SPDX-License-Identifier: GPL-2.0-only
#include "export/timeline.h"

#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "export/text_hold.h"
#include "export/text_out.h"
#include "export/text_picture.h"
#include "export/text_sections.h"
#include "lib/error.h"
#include "lib/units.h"
#include "report/report.h"
#include "report/words.h"

#define THREADS	   10 /* shown unless others are chosen */
#define CPUS	   16
#define LOCKS	   3
#define LOCKS_MOST 64
#define MANY	   65536 /* threads that are followed if all or some are asked for */

struct timeline {
	struct timeline_view view;
	struct picture *picture;
	bool *chosen; /* by task id */
	struct picture_lock locks[LOCKS_MOST];
	struct strbuf names[LOCKS_MOST];
	size_t nlocks;
};

/* Lanes finer than columns: where buckets do not meet columns, little is smeared. */
static unsigned int buckets_for(size_t columns)
{
	unsigned int buckets = 512;

	while (buckets < 8 * columns && buckets < 8192)
		buckets *= 2;
	return buckets;
}

struct timeline *timeline__new(const struct timeline_view *view)
{
	struct timeline *t = calloc(1, sizeof(*t));
	const struct picture_scope scope = {.from_ns = view->from_ns,
					    .to_ns = view->to_ns,
					    .buckets = buckets_for(view->columns),
					    .most = view->all || view->ntasks ? MANY : 0,
					    .locks = true};

	if (!t)
		return NULL;
	t->view = *view;
	t->picture = picture__new(&scope);
	if (t->picture)
		return t;
	free(t);
	return NULL;
}

void timeline__free(struct timeline *t)
{
	size_t i;

	if (!t)
		return;
	for (i = 0; i < LOCKS_MOST; i++)
		strbuf__free(&t->names[i]);
	picture__free(t->picture);
	free(t->chosen);
	free(t);
}

int timeline__task(struct timeline *t, const struct task_slice *slice, uint64_t start_ns)
{
	return picture__add_task(t->picture, slice, start_ns);
}

int timeline__cpu(struct timeline *t, const struct cpu_slice *slice, uint64_t start_ns)
{
	return picture__add_cpu(t->picture, slice, start_ns);
}

int timeline__hold(struct timeline *t, const struct hold_slice *slice, uint64_t start_ns)
{
	return picture__add_hold(t->picture, slice, start_ns);
}

static bool is_called(const struct model_task *task, const char *name)
{
	char tid[16];

	snprintf(tid, sizeof(tid), "%" PRIu32, task->tid);
	return !strcmp(name, task->comm) || !strcmp(name, tid);
}

/* Whether the report knows such a thread at all: then it did nothing in the range. */
static bool is_reported(const struct report *report, const char *name)
{
	const struct report_table *tasks = report__find(report, "tasks");
	char tid[24];
	size_t row;

	for (row = 0; row < table__rows(tasks); row++) {
		const char *comm = table__text(tasks, row, "comm");

		snprintf(tid, sizeof(tid), "%" PRId64, table__int(tasks, row, "tid"));
		if (!strcmp(name, tid) || (comm && !strcmp(name, comm)))
			return true;
	}
	return false;
}

static int refuse(struct error *err, const char *before, const char *name, const char *after)
{
	struct strbuf safe = {0};
	int rc;

	strbuf__add_printable(&safe, name, strlen(name));
	rc = error__set(err, -EINVAL, "%s '%s'%s", before, strbuf__text(&safe), after);
	strbuf__free(&safe);
	return rc;
}

static int choose_tasks(struct timeline *t, const struct report *report, struct error *err)
{
	const struct picture *p = t->picture;
	size_t i, id, found;

	if (!t->view.ntasks)
		return 0;
	t->chosen = calloc(p->nthreads + 1, sizeof(*t->chosen));
	if (!t->chosen)
		return error__set(err, -ENOMEM, "not enough memory for the timeline");
	for (i = 0; i < t->view.ntasks; i++) {
		for (id = found = 0; id < p->nthreads; id++) {
			if (!p->threads[id].lane ||
			    !is_called(p->threads[id].task, t->view.tasks[i]))
				continue;
			t->chosen[id] = true;
			found++;
		}
		if (found)
			continue;
		if (is_reported(report, t->view.tasks[i]))
			return refuse(err, "the thread", t->view.tasks[i],
				      " did not live in this part of the run");
		return refuse(err, "there is no thread", t->view.tasks[i],
			      "; 'conctrace timeline --all' shows all");
	}
	return 0;
}

static int add_lock(struct timeline *t, const struct report_table *sync, size_t row)
{
	const char *name = table__text(sync, row, "name");
	struct strbuf *words = &t->names[t->nlocks];

	if (name && *name)
		strbuf__puts(words, name);
	else
		words__object(words, sync, row);
	if (strbuf__failed(words))
		return -ENOMEM;
	t->locks[t->nlocks] = (struct picture_lock){.id = (uint32_t)table__int(sync, row, "id"),
						    .name = strbuf__text(words)};
	t->nlocks++;
	return 0;
}

/* The row of an object, by "big_lock", "mutex big_lock" or its id; SIZE_MAX: there is none. */
static size_t find_sync(const struct report_table *sync, const char *wanted)
{
	struct strbuf words = {0};
	size_t row, found = SIZE_MAX;
	char id[24];

	for (row = 0; row < table__rows(sync) && found == SIZE_MAX; row++) {
		const char *name = table__text(sync, row, "name");

		strbuf__reset(&words);
		words__object(&words, sync, row);
		snprintf(id, sizeof(id), "%" PRId64, table__int(sync, row, "id"));
		if (!strcmp(wanted, id) || (name && !strcmp(wanted, name)) ||
		    !strcmp(wanted, strbuf__text(&words)))
			found = row;
	}
	strbuf__free(&words);
	return found;
}

/* Held by somebody while others waited, in what is drawn. */
static bool is_contended(const struct timeline *t, const struct report_table *sync, size_t row)
{
	int64_t id = table__int(sync, row, "id");

	return (uint64_t)id < t->picture->nlocks && t->picture->locks[id].holders;
}

static int choose_locks(struct timeline *t, const struct report *report, struct error *err)
{
	const struct report_table *sync = report__find(report, "sync");
	size_t i, row;
	int rc = 0;

	for (i = 0; i < t->view.nsyncs && i < LOCKS_MOST && !rc; i++) {
		row = find_sync(sync, t->view.syncs[i]);
		if (row == SIZE_MAX)
			return refuse(err, "no thread waited for a lock or other object",
				      t->view.syncs[i],
				      "; 'conctrace report --details' tells them");
		rc = add_lock(t, sync, row);
	}
	/* The report has them in the order of the time that threads waited for them. */
	for (row = 0; !t->view.nsyncs && row < table__rows(sync) && t->nlocks < LOCKS && !rc; row++)
		rc = is_contended(t, sync, row) ? add_lock(t, sync, row) : 0;
	return rc ? error__set(err, rc, "not enough memory for the timeline") : 0;
}

/* To the microsecond or finer: unlike elsewhere, two times that differ must look so. */
static char *exact_ns(char *buf, uint64_t ns)
{
	uint64_t unit = ns >= 1000000000 ? 1000000000 : ns >= 1000000 ? 1000000 : 1000;
	int len;

	len = snprintf(buf, UNITS_LEN, "%.6f", (double)ns / (double)unit);
	while (len > 1 && buf[len - 1] == '0')
		len--;
	if (buf[len - 1] == '.')
		len--;
	snprintf(buf + len, UNITS_LEN - (size_t)len, " %s",
		 unit == 1000	   ? "us"
		 : unit == 1000000 ? "ms"
				   : "s");
	return buf;
}

static void put_head(const struct timeline *t, struct text_out *o, const struct report *report,
		     uint64_t end_ns, uint64_t wall_ns)
{
	struct strbuf command = {0};
	char from[UNITS_LEN], to[UNITS_LEN], wall[UNITS_LEN], tail[4 * UNITS_LEN];

	text__command(&command, report);
	units__ns(wall, wall_ns);
	exact_ns(from, t->view.from_ns);
	exact_ns(to, end_ns);
	if (strlen(from) + strlen(to) + strlen(wall) > t->view.columns / 2) {
		units__ns(from, t->view.from_ns);
		units__ns(to, end_ns);
	}
	if (!t->view.from_ns && end_ns == wall_ns)
		snprintf(tail, sizeof(tail), "  %s", wall);
	else
		snprintf(tail, sizeof(tail), "  %s to %s of %s", from, to, wall);
	text_out__style(o, TEXT_HEADING);
	text_out__printf(o, "conctrace:");
	text_out__style(o, TEXT_PLAIN);
	text_out__printf(o, " ");
	if (o->width + strlen(tail) < t->view.columns)
		text_out__name(o, strbuf__text(&command),
			       t->view.columns - o->width - strlen(tail));
	text_out__printf(o, "%s", tail);
	text_out__end(o);
	text_out__end(o);
	strbuf__free(&command);
}

/* What is left out, and how to see it. */
static void put_more(const struct timeline *t, struct text_out *o, size_t shown)
{
	size_t all = t->picture->nlanes;
	char count[UNITS_LEN];

	if (all <= shown || t->view.ntasks || t->view.all)
		return;
	text_out__printf(o, "%s threads more: --all", units__count(count, all - shown));
	text_out__end(o);
}

int timeline__draw(struct timeline *t, const struct report *report, FILE *out, struct error *err)
{
	uint64_t wall_ns = (uint64_t)table__int(report__find(report, ""), 0, "wall_ns");
	uint64_t end_ns = t->view.to_ns && t->view.to_ns < wall_ns ? t->view.to_ns : wall_ns;
	struct picture_wish wish = {
		.width = t->view.columns, .unicode = t->view.unicode, .axis = true, .fair = true};
	struct text_out o;
	int rc = choose_tasks(t, report, err);

	if (!rc)
		rc = choose_locks(t, report, err);
	if (rc)
		return rc;
	wish.threads = t->view.all || t->view.ntasks ? SIZE_MAX : THREADS;
	wish.cpus = t->view.all ? SIZE_MAX : CPUS;
	wish.chosen = t->chosen;
	wish.locks = t->locks;
	wish.nlocks = t->nlocks;
	text_out__init(&o, out);
	o.ascii = !t->view.unicode;
	put_head(t, &o, report, end_ns, wall_ns);
	rc = picture__draw(t->picture, &o, end_ns - t->view.from_ns, &wish);
	put_more(t, &o, THREADS);
	if (!rc)
		rc = text_out__failure(&o);
	text_out__clear(&o);
	return rc ? error__errno(err, rc, "cannot write the timeline") : 0;
}
