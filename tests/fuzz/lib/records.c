// SPDX-License-Identifier: GPL-2.0-only
#include "tests/fuzz/lib/records.h"

#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "bpf/events.h"
#include "lib/error.h"
#include "tests/fuzz/lib/pass.h"
#include "trace/info.h"
#include "trace/reader.h"
#include "trace/record.h"
#include "trace/writer.h"

#define START_NS 1000000000000ULL
#define HEAD	 sizeof(struct ct_hdr)
/* Of what a seed is made of. */
#define TASKS_MOST 6
#define SIZE_MOST  700

static struct trace_info make_info(const uint8_t *head)
{
	static char name[] = "prog", hostile[] = "<b>\"\\\033";
	static char *argv[] = {name, hostile, NULL};
	struct trace_info info = {.tool = "conctrace",
				  .sysname = "Linux",
				  .release = "6.1.0",
				  .version = "#1",
				  .machine = "x86_64",
				  .hostname = "host",
				  .ncpus = head[RECORDS_CPUS] % 4 + 1u,
				  .start_ns = START_NS,
				  .clock_monotonic = START_NS,
				  .clock_boottime = START_NS,
				  .clock_realtime = START_NS * 1700,
				  .argc = 2,
				  .argv = argv,
				  .ring_bytes = 1 << 20};

	info.online = info.ncpus;
	info.mode = head[RECORDS_FLAGS] & RECORDS_ALL	? TRACE_ALL
		    : head[RECORDS_FLAGS] & RECORDS_PID ? TRACE_PID
							: TRACE_COMMAND;
	info.target_pid = info.mode == TRACE_PID ? 1000 : 0;
	info.sample_hz = head[RECORDS_FLAGS] & RECORDS_SAMPLED ? 99 : 0;
	if (head[RECORDS_FLAGS] & RECORDS_QUOTA) {
		info.quota_us = 20000;
		info.period_us = 100000;
	}
	return info;
}

/* One record. Returns false at the end of the input. */
static bool take_record(struct feed *f, union ct_event *ev, uint64_t *ns, unsigned int *where)
{
	size_t len, size;
	uint64_t gap;

	if (!f->left)
		return false;
	memset(ev, 0, sizeof(*ev));
	ev->h.type = (unsigned char)feed__number(f, 1);
	*where = (unsigned int)feed__number(f, 1);
	gap = feed__number(f, 2) << (*where >> RECORDS_SHIFT);
	*where &= RECORDS_STREAM;
	ev->h.flags = (unsigned char)feed__number(f, 1);
	ev->h.aux = (unsigned char)feed__number(f, 1);
	ev->h.tid = (unsigned int)feed__number(f, 2);
	len = feed__number(f, 2);
	*ns += gap;
	ev->h.ts = *ns;
	/* As many as the struct has; what is beyond is the next record. */
	size = record__size(ev->h.type);
	size = size > HEAD ? size - HEAD : 0;
	feed__bytes(f, (char *)ev + HEAD, len < size ? len : size);
	return true;
}

static void append(struct trace_writer *w, unsigned int where, uint32_t ncpus,
		   const union ct_event *ev)
{
	unsigned int stream = where == RECORDS_HOST   ? TRACE_STREAM_HOST
			      : where == RECORDS_MAPS ? TRACE_STREAM_MAPS
						      : where % ncpus;

	/* It may refuse what no probe would send. */
	(void)trace_writer__append(w, stream, ev, sizeof(*ev));
}

const char *records__trace(unsigned int which, struct feed *f)
{
	const char *path = pass__file(which, "", 0);
	uint8_t head[RECORDS_HEAD] = {0};
	struct trace_trailer trailer = {.stop = TRACE_STOP_WORKLOAD};
	uint64_t ns = START_NS, events = 0;
	struct trace_writer *w;
	struct trace_info info;
	union ct_event ev;
	struct error err;
	unsigned int where;

	feed__bytes(f, head, sizeof(head));
	info = make_info(head);
	FUZZ_HOLDS(!trace_writer__open(path, &info, &w, &err));
	for (; take_record(f, &ev, &ns, &where); events++)
		append(w, where, info.ncpus, &ev);
	trailer.end_ns = ns + head[RECORDS_END] * 1000ULL;
	trailer.has_exit = !(head[RECORDS_FLAGS] & RECORDS_NO_EXIT);
	trailer.exit_code = head[RECORDS_EXIT];
	trailer.last_end_ns = head[RECORDS_FLAGS] & RECORDS_NO_LAST_END ? 0 : ns;
	trailer.events = events;
	FUZZ_HOLDS(!trace_writer__close(w, &trailer, NULL, &err));
	return path;
}

static void put(FILE *out, uint64_t value, size_t bytes)
{
	for (; bytes--; value >>= 8)
		fputc((int)(value & 0xff), out);
}

/* Returns how many bytes it takes. */
static size_t put_record(FILE *out, const struct trace_event *te, uint64_t gap)
{
	unsigned int shift = 0, where = te->cpu == TRACE_STREAM_HOST   ? RECORDS_HOST
					: te->cpu == TRACE_STREAM_MAPS ? RECORDS_MAPS
								       : te->cpu % 4;
	size_t len = te->size - HEAD;
	const char *bytes = (const char *)te->ev + HEAD;

	for (; gap >> shift > UINT16_MAX && shift < 31; shift++)
		;
	put(out, te->ev->h.type, 1);
	put(out, where | shift << RECORDS_SHIFT, 1);
	put(out, gap >> shift, 2);
	put(out, te->ev->h.flags, 1);
	put(out, te->ev->h.aux, 1);
	put(out, te->ev->h.tid, 2);
	/* Zeros at the end need not be told. */
	while (len && !bytes[len - 1])
		len--;
	put(out, len, 2);
	fwrite(bytes, 1, len, out);
	return 10 + len;
}

void records__input(struct trace_reader *r, size_t most, FILE *out)
{
	const struct trace_info *info = trace_reader__info(r);
	uint64_t ns = info->start_ns;
	struct trace_event te;
	struct error err;
	unsigned int tasks = 0;
	size_t len = 0;

	put(out,
	    info->mode == TRACE_PID   ? RECORDS_PID
	    : info->mode == TRACE_ALL ? RECORDS_ALL
				      : 0,
	    1);
	put(out, info->ncpus - 1, 1);
	put(out, 10, 1);
	put(out, 0, 1);
	while (trace_reader__next(r, &te, &err) > 0) {
		/* They say much about files that are not here, and take all the room. */
		if (te.ev->h.type == CT_BLOB || te.size > SIZE_MOST)
			continue;
		if (te.ev->h.type == CT_TASK && tasks++ >= TASKS_MOST)
			continue;
		if (len + te.size > most)
			break;
		len += put_record(out, &te, te.ev->h.ts > ns ? te.ev->h.ts - ns : 0);
		ns = te.ev->h.ts > ns ? te.ev->h.ts : ns;
	}
}
