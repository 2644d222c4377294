// SPDX-License-Identifier: GPL-2.0-only
#include "export/perfetto_disks.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "export/perfetto_labels.h"
#include "export/perfetto_load.h"
#include "export/perfetto_packets.h"
#include "export/perfetto_tracks.h"
#include "lib/array.h"
#include "model/model.h"
#include "report/report.h"

#define PLACES	   128 /* requests under way at once that are drawn */
#define TRACKS	   256 /* numbers of a device: see perfetto_tracks.h */
#define DEPTH	   (TRACKS - 1)
#define CROWDED	   (TRACKS - 2)
#define MOST	   64 /* devices; the last one stands for all others */
#define OTHERS	   UINT32_MAX
#define MINOR_BITS 20 /* of the kernel's dev_t */

struct disk {
	uint32_t dev;
	unsigned int places;  /* in use */
	uint64_t end[PLACES]; /* of the last request in each */
	uint64_t hidden;      /* requests that found no place */
	struct load *depth;   /* one curve */
};

struct disks {
	struct packets *ps;
	struct labels *labels;
	const struct model *model;
	uint64_t origin;
	struct disk **disks;
	size_t n, room, last; /* `last`: the one that was asked for last */
};

struct disks *disks__new(struct packets *ps, struct labels *labels, const struct model *model,
			 uint64_t origin)
{
	struct disks *d = calloc(1, sizeof(*d));

	if (!d)
		return NULL;
	d->ps = ps;
	d->labels = labels;
	d->model = model;
	d->origin = origin;
	return d;
}

void disks__free(struct disks *d)
{
	size_t i;

	if (!d)
		return;
	for (i = 0; i < d->n; i++) {
		load__free(d->disks[i]->depth);
		free(d->disks[i]);
	}
	free(d->disks);
	free(d);
}

static struct disk *new_disk(uint32_t dev)
{
	struct disk *disk = calloc(1, sizeof(*disk));

	if (!disk)
		return NULL;
	disk->dev = dev;
	disk->depth = load__new(1);
	if (disk->depth)
		return disk;
	free(disk);
	return NULL;
}

/* Returns NULL when out of memory. */
static struct disk *find_disk(struct disks *d, uint32_t dev)
{
	struct disk **grown;
	size_t i;

	if (d->n && d->disks[d->last]->dev == dev)
		return d->disks[d->last];
	for (i = 0; i < d->n; i++)
		if (d->disks[i]->dev == dev || i == MOST - 1)
			return d->disks[d->last = i];
	grown = array__reserve(d->disks, &d->room, d->n, sizeof(struct disk *));
	if (!grown)
		return NULL;
	d->disks = grown;
	grown[d->n] = new_disk(d->n == MOST - 1 ? OTHERS : dev);
	if (!grown[d->n])
		return NULL;
	d->last = d->n++;
	return grown[d->last];
}

/*
 * A place whose last request was done by then, of these the one that was busy last: the earlier
 * ones may be needed by requests that began before and are not done yet. PLACES: none.
 */
static unsigned int find_place(const struct disk *disk, uint64_t start)
{
	unsigned int i, best = PLACES;

	for (i = 0; i < disk->places; i++)
		if (disk->end[i] <= start && (best == PLACES || disk->end[i] > disk->end[best]))
			best = i;
	return best == PLACES ? disk->places : best;
}

/* enum req_op: include/linux/blk_types.h */
static uint64_t event_name(uint32_t op)
{
	static const uint8_t names[] = {EVENT_NAME_READ, EVENT_NAME_WRITE, EVENT_NAME_FLUSH,
					EVENT_NAME_DISCARD};

	return op < sizeof(names) ? names[op] : EVENT_NAME_OTHER;
}

static int put_request(struct disks *d, uint64_t track, const struct model_disk *request)
{
	struct proto *p = packets__event(d->ps, d->origin + request->issued_ns, TYPE_BEGIN, track);
	int err;

	proto__uint(p, TRACK_EVENT_NAME_IID, event_name(request->op));
	packets__note_int(p, NOTE_BYTES, request->bytes);
	packets__note_int(p, NOTE_SECTOR, request->sector);
	if (request->task)
		packets__note_text(p, NOTE_TASK,
				   labels__task(d->labels, request->task, CONFIDENCE_HIGH));
	if (request->error)
		packets__note_int(p, NOTE_ERROR, (uint64_t)(int64_t)request->error);
	err = packets__event_end(d->ps);
	return err ? err : packets__end_slice(d->ps, d->origin + request->done_ns, track);
}

int disks__request(struct disks *d, const struct model_disk *request)
{
	struct disk *disk;
	unsigned int place;

	if (request->issued_ns >= request->done_ns)
		return 0;
	disk = find_disk(d, request->dev);
	if (!disk)
		return -ENOMEM;
	load__add(disk->depth, 0, request->issued_ns, request->done_ns);
	place = find_place(disk, request->issued_ns);
	if (place == PLACES) {
		disk->hidden++;
		return 0;
	}
	if (place == disk->places)
		disk->places++;
	disk->end[place] = request->done_ns;
	return put_request(d, TRACK_DISK + TRACKS * (uint64_t)d->last + place, request);
}

/* "disk vda", "disk 254:0". */
static void name_disk(const struct disk *disk, const struct report *report, char *buf, size_t size)
{
	const struct report_table *t = report ? report__find(report, "io.disks") : NULL;
	const char *known, *name;
	char dev[32];
	size_t row;

	snprintf(dev, sizeof(dev), "%u:%u", disk->dev >> MINOR_BITS,
		 disk->dev & ((1u << MINOR_BITS) - 1));
	snprintf(buf, size, "disk %s", disk->dev == OTHERS ? "(others)" : dev);
	if (!t || table__column(t, "dev") < 0 || table__column(t, "name") < 0)
		return;
	for (row = 0; row < table__rows(t); row++) {
		known = table__text(t, row, "dev");
		name = table__text(t, row, "name");
		if (known && name && name[0] && !strcmp(known, dev))
			snprintf(buf, size, "disk %s", name);
	}
}

struct depth_out {
	struct disks *d;
	struct packets *head;
	uint64_t track;
};

static int put_depth(void *ctx, uint64_t ns, double mean)
{
	struct depth_out *out = ctx;

	return packets__counter(out->head, out->track, out->d->origin + ns, mean);
}

static int describe(struct disks *d, size_t i, struct packets *head, const struct report *report)
{
	uint64_t start = model__window_start(d->model), end = model__window_end(d->model);
	uint64_t first = TRACK_DISK + TRACKS * (uint64_t)i;
	struct depth_out out = {.d = d, .head = head, .track = first + DEPTH};
	const struct disk *disk = d->disks[i];
	char name[96], text[160];
	unsigned int place;
	int err = 0;

	name_disk(disk, report, name, sizeof(name));
	for (place = 0; !err && place < disk->places; place++)
		err = packets__track(head, first + place, TRACK_GROUP, name, NULL);
	snprintf(text, sizeof(text), "queue: %s (mean of %.0f us)", name,
		 (double)load__step(disk->depth) / 1000);
	if (!err)
		err = packets__track(head, out.track, TRACK_GROUP, text, "requests");
	if (!err)
		err = load__curve(disk->depth, 0, start, end, put_depth, &out);
	if (!err)
		err = put_depth(&out, end, 0);
	if (err || !disk->hidden)
		return err;
	snprintf(text, sizeof(text), "%" PRIu64 " requests not drawn: too many at once",
		 disk->hidden);
	err = packets__track(head, first + CROWDED, TRACK_GROUP, name, NULL);
	return err ? err
		   : packets__slice(head, first + CROWDED, d->origin + start, d->origin + end,
				    text);
}

int disks__finish(struct disks *d, struct packets *head, const struct report *report)
{
	size_t i;
	int err = 0;

	for (i = 0; !err && i < d->n; i++)
		err = describe(d, i, head, report);
	return err;
}
