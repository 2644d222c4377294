// SPDX-License-Identifier: GPL-2.0-only
/* Requests to block devices, of all programs: how many, how long each took, how many at once. */
#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

#include "analysis/counts.h"
#include "analysis/depth.h"
#include "analysis/rows.h"
#include "analysis/samples.h"
#include "report/report.h"

#define MAX_DISKS 256 /* devices that are followed */
#define MAX_TASKS 256 /* whose requests are told apart, of one device */
#define MAX_ROWS  8   /* of them in the report */
#define OP_READ	  0   /* enum req_op, include/linux/blk_types.h */
#define OP_WRITE  1
#define NO_TASK	  UINT32_MAX

struct disk {
	uint32_t dev;
	uint64_t reads, writes, others, read_bytes, write_bytes, errors;
	uint64_t busy_ns; /* of all requests together */
	struct samples latency;
	struct depth *depth;
	struct counts *by_task; /* n: requests, sum: bytes */
	struct disk *next;
};

struct disks {
	struct disk *first;
	size_t count;
};

static const struct report_column columns[] = {
	{"dev", "device", R_TEXT, U_NONE, 0},
	{"reads", "reads", R_INT, U_COUNT, 0},
	{"writes", "writes", R_INT, U_COUNT, 0},
	{"others", "others", R_INT, U_COUNT, R_SKIP_ZERO},
	{"read_bytes", "read", R_INT, U_BYTES, 0},
	{"write_bytes", "written", R_INT, U_BYTES, 0},
	{"errors", "errors", R_INT, U_COUNT, R_SKIP_ZERO},
	{"latency.p50_ns", "half within", R_INT, U_NS, 0},
	{"latency.p99_ns", "99 % within", R_INT, U_NS, 0},
	{"latency.max_ns", "longest", R_INT, U_NS, 0},
	{"queue.mean", "at once", R_REAL, U_NONE, 0},
	{"queue.max", "most at once", R_INT, U_COUNT, 0},
};

static const struct report_column by_columns[] = {
	{"tid", "tid", R_INT, U_NONE, 0},
	{"comm", "thread", R_TEXT, U_NONE, 0},
	{"requests", "requests", R_INT, U_COUNT, 0},
	{"bytes", "bytes", R_INT, U_BYTES, 0},
};

static void *disks__begin(const struct analysis_input *in)
{
	(void)in;
	return calloc(1, sizeof(struct disks));
}

/* NULL with *err = 0: one device too many. */
static struct disk *find(struct disks *disks, uint32_t dev, int *err)
{
	struct disk *disk = disks->first;

	*err = 0;
	while (disk && disk->dev != dev)
		disk = disk->next;
	if (disk || disks->count >= MAX_DISKS)
		return disk;
	*err = -ENOMEM;
	disk = calloc(1, sizeof(*disk));
	if (!disk)
		return NULL;
	disk->depth = depth__new();
	if (!disk->depth) {
		free(disk);
		return NULL;
	}
	disk->dev = dev;
	disk->next = disks->first;
	disks->first = disk;
	disks->count++;
	*err = 0;
	return disk;
}

static int disks__request(void *state, const struct model_disk *request)
{
	int err;
	struct disk *disk = find(state, request->dev, &err);
	uint64_t ns = request->done_ns - request->issued_ns;

	if (!disk)
		return err;
	if (request->done_ns < request->issued_ns)
		ns = 0;
	if (request->op == OP_READ) {
		disk->reads++;
		disk->read_bytes += request->bytes;
	} else if (request->op == OP_WRITE) {
		disk->writes++;
		disk->write_bytes += request->bytes;
	} else {
		disk->others++;
	}
	disk->errors += request->error != 0;
	disk->busy_ns += ns;
	depth__add(disk->depth, request->done_ns - ns, request->done_ns);
	err = counts__add(&disk->by_task, request->task ? request->task->id : NO_TASK, 1,
			  request->bytes, MAX_TASKS);
	return err ? err : samples__add(&disk->latency, ns);
}

static void add_tasks(struct report_table *t, size_t parent, const struct model *model,
		      const struct disk *disk)
{
	struct count top[MAX_ROWS];
	size_t i, row, n = counts__top(disk->by_task, top, MAX_ROWS);

	for (i = 0; i < n; i++) {
		row = table__add_row(t, parent);
		if (top[i].key < model__task_count(model)) {
			const struct model_task *task = model__task(model, top[i].key);

			table__set_int(t, row, "tid", task->tid);
			table__set_text(t, row, "comm", task->comm);
		}
		table__set_int(t, row, "requests", (int64_t)top[i].n);
		table__set_int(t, row, "bytes", (int64_t)top[i].sum);
	}
}

static size_t add_disk(struct report_table *t, struct disk *disk, uint64_t wall)
{
	size_t row = table__add_row(t, 0);
	char dev[32];

	snprintf(dev, sizeof(dev), "%u:%u", disk->dev >> 20, disk->dev & 0xfffff);
	table__set_text(t, row, "dev", dev);
	table__set_int(t, row, "reads", (int64_t)disk->reads);
	table__set_int(t, row, "writes", (int64_t)disk->writes);
	table__set_int(t, row, "others", (int64_t)disk->others);
	table__set_int(t, row, "read_bytes", (int64_t)disk->read_bytes);
	table__set_int(t, row, "write_bytes", (int64_t)disk->write_bytes);
	table__set_int(t, row, "errors", (int64_t)disk->errors);
	table__set_int(t, row, "latency.p50_ns", (int64_t)samples__percentile(&disk->latency, 50));
	table__set_int(t, row, "latency.p99_ns", (int64_t)samples__percentile(&disk->latency, 99));
	table__set_int(t, row, "latency.max_ns", (int64_t)samples__max(&disk->latency));
	/* Little's law: what all requests took together, spread over the time that passed. */
	if (wall)
		table__set_real(t, row, "queue.mean", (double)disk->busy_ns / (double)wall);
	table__set_int(t, row, "queue.max", (int64_t)depth__max(disk->depth));
	return row;
}

/* The busiest first. */
static struct disk *take_busiest(struct disks *disks)
{
	struct disk **best = &disks->first, **p, *disk;

	for (p = &disks->first; *p; p = &(*p)->next)
		if ((*p)->busy_ns > (*best)->busy_ns ||
		    ((*p)->busy_ns == (*best)->busy_ns && (*p)->dev < (*best)->dev))
			best = p;
	disk = *best;
	if (disk)
		*best = disk->next;
	return disk;
}

static void disk__free(struct disk *disk)
{
	samples__clear(&disk->latency);
	depth__free(disk->depth);
	counts__free(disk->by_task);
	free(disk);
}

static int disks__finish(void *state, const struct analysis_input *in, struct report *report)
{
	struct report_table *t =
		report__add(report, "", "io.disks", columns, sizeof(columns) / sizeof(*columns));
	struct report_table *by = report__add(report, "io.disks", "by", by_columns, 4);
	uint64_t start = model__window_start(in->model), end = model__window_end(in->model);
	struct disk *disk;

	while ((disk = take_busiest(state))) {
		add_tasks(by, add_disk(t, disk, end > start ? end - start : 0), in->model, disk);
		disk__free(disk);
	}
	return 0;
}

static void disks__end(void *state)
{
	struct disks *disks = state;
	struct disk *disk, *next;

	for (disk = disks ? disks->first : NULL; disk; disk = next) {
		next = disk->next;
		disk__free(disk);
	}
	free(disks);
}

const struct analysis analysis_disks = {
	.name = "disks",
	.begin = disks__begin,
	.disk = disks__request,
	.finish = disks__finish,
	.end = disks__end,
};
