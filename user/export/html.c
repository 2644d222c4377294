// SPDX-License-Identifier: GPL-2.0-only
/*
 * The timeline as one HTML file. The page comes from web/; this gives it the data: columns of
 * numbers, one value per slice and column, packed as the slices go by. web/data.js reads them.
 *
 * A task's slices are without a gap, so an end is a difference to the end before. What a CPU runs
 * of the workload is told by the tasks, and what is left is idle: only other programs are told of
 * CPUs.
 */
#include <errno.h>
#include <stdbool.h>
#include <stdlib.h>

#include "export/export.h"
#include "export/html_column.h"
#include "export/html_names.h"
#include "export/html_page.h"
#include "export/html_stacks.h"
#include "export/json.h"
#include "export/rows.h"
#include "lib/array.h"
#include "lib/spill.h"
#include "trace/info.h"

/* X(identifier, id in the page) */
#define COLUMNS(X)                                                                                 \
	X(TASK, "task")			/* its id */                                               \
	X(TASK_NS, "task-ns")		/* how long */                                             \
	X(TASK_KIND, "task-kind")	/* enum kind */                                            \
	X(TASK_CPU, "task-cpu")		/* running: where */                                       \
	X(TASK_ALLOWED, "task-allowed") /* runnable: id of the CPUs it may run on */               \
	X(TASK_WHAT, "task-what")	/* blocked: 0, 1 + 2 * object, 2 + 2 * file */             \
	X(TASK_HOLDER, "task-holder")	/* blocked: 0, 1 + 4 * task + confidence */                \
	X(TASK_WAKER, "task-waker")	/* blocked: enum wake_source, or 8 + task */               \
	X(TASK_STACK, "task-stack")	/* blocked: where it waits; 0 */                           \
	X(WAKER_STACK, "waker-stack")	/* blocked: where its waker was; 0 */                      \
	X(CPU, "cpu")                                                                              \
	X(CPU_GAP, "cpu-gap")	/* since the slice before on this CPU */                           \
	X(CPU_NS, "cpu-ns")	/* how long */                                                     \
	X(CPU_TASK, "cpu-task") /* 0: not known; 1 + task */                                       \
	X(HOLD, "hold")		/* object */                                                       \
	X(HOLD_GAP, "hold-gap") /* since the hold before of this object ended, zigzag */           \
	X(HOLD_NS, "hold-ns")                                                                      \
	X(HOLD_TASK, "hold-task") /* 0, 1 + 4 * task + confidence */                               \
	X(DISK, "disk")		  /* dev */                                                        \
	X(DISK_GAP, "disk-gap")	  /* since the request before was issued, zigzag */                \
	X(DISK_NS, "disk-ns")                                                                      \
	X(DISK_OP, "disk-op")                                                                      \
	X(DISK_BYTES, "disk-bytes")                                                                \
	X(DISK_TASK, "disk-task") /* 0, 1 + task */                                                \
	X(SAMPLE_TASK, "sample-task")                                                              \
	X(SAMPLE_GAP, "sample-gap")	  /* since the sample before */                            \
	X(SAMPLE_LEAF, "sample-leaf")	  /* where it was: 0, or its place in "leaves" + 1 */      \
	X(SAMPLE_STACK, "sample-stack")	  /* its callers, but for the first; 0 */                  \
	X(SAMPLE_KERNEL, "sample-kernel") /* 1: in the kernel, called from there */

enum column_id {
#define X(id, name) COLUMN_##id,
	COLUMNS(X)
#undef X
		COLUMN_COUNT
};

/* What a task does; blocked: KIND_BLOCKED + cause. web/kinds.js knows these numbers. */
enum kind {
	KIND_NONE, /* not there */
	KIND_RUNNING,
	KIND_WOKEN,
	KIND_PREEMPTED,
	KIND_THROTTLED,
	KIND_UNKNOWN,
	KIND_BLOCKED
};

#define WAKER_TASK 8 /* enum wake_source is below */

struct html {
	const struct model *model;
	FILE *out;
	struct stacks_seen *stacks;
	struct column *column[COLUMN_COUNT];
	uint64_t *task_end, *hold_end; /* by id: where its last slice ended */
	size_t ntasks, nholds;
	uint64_t cpu_end[TRACE_MAX_CPUS];
	uint64_t disk_issued, sampled;
	uint32_t allowed; /* the highest id of any */
	int err;	  /* of the first column that failed */
};

static const char *const column_names[COLUMN_COUNT] = {
#define X(id, name) [COLUMN_##id] = (name),
	COLUMNS(X)
#undef X
};

static void put(struct html *h, enum column_id id, uint64_t value)
{
	int err = column__put(h->column[id], value);

	if (err && !h->err)
		h->err = err;
}

/* Of a difference: small numbers for small ones, whatever the sign. */
static uint64_t zigzag(uint64_t from, uint64_t to)
{
	return to >= from ? (to - from) << 1 : ((from - to) << 1) - 1;
}

static uint64_t put_holder(const struct model_task *holder, enum confidence confidence)
{
	return holder ? 1 + 4 * (uint64_t)holder->id + confidence : 0;
}

static void html__end(void *state)
{
	struct html *h = state;
	size_t i;

	if (!h)
		return;
	for (i = 0; i < COLUMN_COUNT; i++)
		column__free(h->column[i]);
	stacks_seen__free(h->stacks);
	free(h->task_end);
	free(h->hold_end);
	free(h);
}

static int html__begin(const struct export_input *in, FILE *out, void **state)
{
	struct html *h;
	size_t i;

	if (!in->model || !in->info)
		return -EINVAL;
	h = calloc(1, sizeof(*h));
	if (!h)
		return -ENOMEM;
	h->model = in->model;
	h->out = out;
	h->stacks = stacks_seen__new(in->model);
	for (i = 0; i < COLUMN_COUNT && h->stacks; i++) {
		h->column[i] = column__new();
		if (!h->column[i])
			break;
	}
	if (i < COLUMN_COUNT) {
		html__end(h);
		return -ENOMEM;
	}
	*state = h;
	return 0;
}

static uint64_t kind_of(const struct task_slice *slice)
{
	switch (slice->state) {
	case TASK_RUNNING:
		return KIND_RUNNING;
	case TASK_RUNNABLE:
		return slice->throttled	  ? KIND_THROTTLED
		       : slice->preempted ? KIND_PREEMPTED
					  : KIND_WOKEN;
	case TASK_BLOCKED:
		return KIND_BLOCKED + (uint64_t)slice->wait->cause;
	case TASK_UNKNOWN:
		break;
	}
	return KIND_UNKNOWN;
}

static void put_blocked(struct html *h, const struct task_slice *slice)
{
	const struct wait *wait = slice->wait;
	uint64_t what = 0, waker = slice->woken_by;

	if (wait->object)
		what = 1 + 2 * (uint64_t)wait->object->id;
	else if (wait->file)
		what = 2 + 2 * (uint64_t)wait->file->index;
	if (slice->woken_by == WAKE_TASK)
		waker = slice->waker ? WAKER_TASK + (uint64_t)slice->waker->id : WAKE_UNKNOWN;
	put(h, COLUMN_TASK_WHAT, what);
	put(h, COLUMN_TASK_HOLDER, put_holder(wait->holder, wait->confidence));
	put(h, COLUMN_TASK_WAKER, waker);
	put(h, COLUMN_TASK_STACK, stacks_seen__id(h->stacks, wait->stack));
	put(h, COLUMN_WAKER_STACK, stacks_seen__id(h->stacks, slice->waker_stack));
}

static void put_runnable(struct html *h, const struct task_slice *slice)
{
	put(h, COLUMN_TASK_ALLOWED, slice->allowed);
	if (slice->allowed > h->allowed)
		h->allowed = slice->allowed;
}

static void put_slice(struct html *h, uint32_t task, uint64_t ns, uint64_t kind)
{
	put(h, COLUMN_TASK, task);
	put(h, COLUMN_TASK_NS, ns);
	put(h, COLUMN_TASK_KIND, kind);
}

static int html__task_slice(void *state, const struct task_slice *slice)
{
	struct html *h = state;
	uint32_t id = slice->task->id;
	uint64_t *end = array__reserve(h->task_end, &h->ntasks, id, sizeof(*end));

	if (!end)
		return -ENOMEM;
	h->task_end = end;
	if (slice->start_ns != end[id])
		put_slice(h, id, slice->start_ns - end[id], KIND_NONE);
	end[id] = slice->end_ns;
	put_slice(h, id, slice->end_ns - slice->start_ns, kind_of(slice));
	if (slice->state == TASK_RUNNING)
		put(h, COLUMN_TASK_CPU, slice->cpu);
	else if (slice->state == TASK_BLOCKED)
		put_blocked(h, slice);
	else if (slice->state == TASK_RUNNABLE)
		put_runnable(h, slice);
	return h->err;
}

static int html__cpu_slice(void *state, const struct cpu_slice *slice)
{
	struct html *h = state;
	bool known = slice->use == CPU_OTHER && slice->task;

	if (slice->use == CPU_WORKLOAD || slice->use == CPU_IDLE || slice->cpu >= TRACE_MAX_CPUS)
		return 0;
	put(h, COLUMN_CPU, slice->cpu);
	put(h, COLUMN_CPU_GAP, slice->start_ns - h->cpu_end[slice->cpu]);
	put(h, COLUMN_CPU_NS, slice->end_ns - slice->start_ns);
	put(h, COLUMN_CPU_TASK, known ? 1 + (uint64_t)slice->task->id : 0);
	h->cpu_end[slice->cpu] = slice->end_ns;
	return h->err;
}

static int html__hold(void *state, const struct hold_slice *slice)
{
	struct html *h = state;
	uint32_t id = slice->object->id;
	uint64_t *end = array__reserve(h->hold_end, &h->nholds, id, sizeof(*end));

	if (!end)
		return -ENOMEM;
	h->hold_end = end;
	put(h, COLUMN_HOLD, id);
	put(h, COLUMN_HOLD_GAP, zigzag(end[id], slice->start_ns));
	put(h, COLUMN_HOLD_NS, slice->end_ns - slice->start_ns);
	put(h, COLUMN_HOLD_TASK, put_holder(slice->holder, slice->confidence));
	end[id] = slice->end_ns;
	return h->err;
}

static int html__disk(void *state, const struct model_disk *disk)
{
	struct html *h = state;

	if (disk->issued_ns >= disk->done_ns)
		return 0;
	put(h, COLUMN_DISK, disk->dev);
	put(h, COLUMN_DISK_GAP, zigzag(h->disk_issued, disk->issued_ns));
	put(h, COLUMN_DISK_NS, disk->done_ns - disk->issued_ns);
	put(h, COLUMN_DISK_OP, disk->op);
	put(h, COLUMN_DISK_BYTES, disk->bytes);
	put(h, COLUMN_DISK_TASK, disk->task ? 1 + (uint64_t)disk->task->id : 0);
	h->disk_issued = disk->issued_ns;
	return h->err;
}

static int html__sample(void *state, const struct model_sample *sample)
{
	struct html *h = state;

	put(h, COLUMN_SAMPLE_TASK, sample->task->id);
	put(h, COLUMN_SAMPLE_GAP, sample->ns - h->sampled);
	put(h, COLUMN_SAMPLE_LEAF, stacks_seen__leaf(h->stacks, &sample->leaf));
	put(h, COLUMN_SAMPLE_STACK, stacks_seen__id(h->stacks, sample->stack));
	put(h, COLUMN_SAMPLE_KERNEL, sample->kernel);
	h->sampled = sample->ns;
	return h->err;
}

static int write_data(FILE *out, const char *id, struct column *column)
{
	int err;

	fprintf(out, "<script type=\"application/octet-stream\" id=\"data-%s\">", id);
	err = column__write(column, out);
	fputs("</script>\n", out);
	return err;
}

/* Packs what was written to the file, and writes it as data of the page. */
static int write_file(FILE *out, const char *id, FILE *file)
{
	struct column *column = column__new();
	int err = column ? column__file(column, file) : -ENOMEM;

	if (!err)
		err = write_data(out, id, column);
	column__free(column);
	return err;
}

/* What the page shows of the report. The tables of all threads would be larger than all slices. */
static const char *const shown_parts[] = {
	"command", "cpus", "critical_path", "events", "findings",  "idle",    "io.disks",
	"loops",   "mode", "samples",	    "sync",   "truncated", "wall_ns", NULL};

static int write_report(const struct html *h, const struct report *report)
{
	FILE *file = spill__open();
	int err = file ? json__write_parts(file, report, shown_parts) : -errno;

	if (!err)
		err = write_file(h->out, "report", file);
	if (file)
		fclose(file);
	return err;
}

static int write_names(const struct html *h, const struct report *report)
{
	FILE *file = spill__open();
	int err = file ? html_names__write(file, h->model, report, h->stacks, h->allowed) : -errno;

	if (!err)
		err = write_file(h->out, "names", file);
	if (file)
		fclose(file);
	return err;
}

static int html__finish(void *state, const struct report *report)
{
	struct html *h = state;
	const char *page;
	size_t len, i;
	int err;

	page = html_page__head(&len);
	fwrite(page, 1, len, h->out);
	err = write_names(h, report);
	if (!err)
		err = write_report(h, report);
	for (i = 0; i < COLUMN_COUNT && !err; i++)
		err = write_data(h->out, column_names[i], h->column[i]);
	page = html_page__tail(&len);
	fwrite(page, 1, len, h->out);
	if (!err && (fflush(h->out) || ferror(h->out)))
		err = -EIO;
	return err;
}

const struct exporter exporter_html = {
	.name = "html",
	.help = "a timeline for the browser, in one file",
	.begin = html__begin,
	.task_slice = html__task_slice,
	.cpu_slice = html__cpu_slice,
	.hold = html__hold,
	.sample = html__sample,
	.disk = html__disk,
	.finish = html__finish,
	.end = html__end,
};
