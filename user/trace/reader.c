// SPDX-License-Identifier: GPL-2.0-only
#include "trace/reader.h"

#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <zlib.h>

#include "lib/arch.h"
#include "lib/error.h"
#include "trace/codec.h"
#include "trace/format.h"
#include "trace/index.h"
#include "trace/info.h"
#include "trace/merge.h"
#include "trace/meta.h"
#include "trace/source.h"

struct stream {
	unsigned int id;
	uint32_t first; /* of its blocks: place in the list */
	uint32_t block; /* being read, or to be read next */
	uint32_t left;	/* records of it that are still to come */
	struct coder *coder;
	uint8_t *raw;
	size_t raw_size;
	int size; /* of ev */
	union ct_event ev;
};

struct trace_reader {
	struct source *src;
	uint32_t format;
	struct trace_info info;
	const struct arch *arch; /* of the machine that was recorded */
	struct trace_trailer trailer;
	struct block_list blocks;
	struct stream *streams;
	uint32_t nstreams;
	struct merge merge;
	bool handed_on;	    /* the record at `place` */
	uint32_t place;	    /* in the heap */
	struct error error; /* once failed, for good; code 0 = not */
};

/* --- opening --- */

static int bad_file(const struct trace_reader *r, struct error *err, int code, const char *words)
{
	return error__set(err, code, "%s: %s", source__name(r->src), words);
}

static int check_head(struct trace_reader *r, const uint8_t *head, struct error *err)
{
	uint32_t version = format__get_u32(head + 8);

	if (version > TRACE_VERSION)
		return error__set(err, -EPROTO,
				  "%s: written by a newer conctrace (format %" PRIu32
				  "; this one reads up to %d)",
				  source__name(r->src), version, TRACE_VERSION);
	if (version == 0)
		return bad_file(r, err, -EBADMSG, "damaged: format 0 does not exist");
	if (format__get_u32(head + 12) > FILE_MAX_INFO)
		return bad_file(r, err, -EBADMSG, "damaged: its header is too long");
	r->format = version;
	return 0;
}

/* Reads the file's header; *start is where its blocks begin. */
static int read_info(struct trace_reader *r, uint64_t *start, struct error *err)
{
	uint8_t head[FILE_HEAD_SIZE], *info = NULL;
	uint64_t size = source__size(r->src);
	uint32_t len;
	int ret;

	if (!size)
		return bad_file(r, err, -ENOMSG, "is empty, not a conctrace trace file");
	memset(head, 0, sizeof(head));
	ret = source__read(r->src, 0, head, size < sizeof(head) ? size : sizeof(head), err);
	if (ret)
		return ret;
	if (format__get_u64(head) != FILE_MAGIC)
		return bad_file(r, err, -ENOMSG, "not a conctrace trace file");
	if (size < sizeof(head))
		return bad_file(r, err, -EBADMSG, "ends within its header");
	ret = check_head(r, head, err);
	if (ret)
		return ret;
	len = format__get_u32(head + 12);
	if (size < sizeof(head) + len + 4)
		return bad_file(r, err, -EBADMSG, "ends within its header");
	info = malloc((size_t)len + 4);
	if (!info)
		return bad_file(r, err, -ENOMEM, "out of memory");
	ret = source__read(r->src, sizeof(head), info, (size_t)len + 4, err);
	if (ret)
		goto out;
	if ((uint32_t)crc32(crc32(0, head, sizeof(head)), info, len) !=
	    format__get_u32(info + len)) {
		ret = bad_file(r, err, -EBADMSG, "checksum of its header does not match");
		goto out;
	}
	ret = meta__get_info(&r->info, info, len);
	if (ret)
		bad_file(r, err, ret, "damaged: its header makes no sense");
	r->arch = arch__of_machine(r->info.machine);
	*start = sizeof(head) + len + 4;
out:
	free(info);
	return ret;
}

static uint64_t count_records(const struct trace_reader *r)
{
	uint64_t records = 0;

	for (uint32_t i = 0; i < r->blocks.count; i++)
		records += r->blocks.refs[i].head.events;
	return records;
}

static int read_trailer(struct trace_reader *r, struct error *err)
{
	const struct block_ref *ref = &r->blocks.trailer;
	uint8_t *payload = NULL;
	uint64_t records;
	size_t size = 0;
	int ret;

	if (!r->blocks.complete) {
		r->trailer.end_ns = r->blocks.marked ? r->blocks.mark_ns : r->info.start_ns;
		r->trailer.stop = TRACE_STOP_NONE;
		r->trailer.events = count_records(r);
		return 0;
	}
	ret = source__payload(r->src, &ref->head, ref->offset, &payload, &size, err);
	if (ret)
		goto out;
	ret = meta__get_trailer(&r->trailer, &records, payload, ref->head.raw_len);
	if (ret)
		source__bad_block(r->src, err, ret, ref->head.number, ref->offset,
				  "makes no sense");
	else if (records != count_records(r))
		ret = bad_file(r, err, -EBADMSG, "damaged: not all of its records are there");
out:
	free(payload);
	return ret;
}

/* One struct for each stream that has blocks. */
static int make_streams(struct trace_reader *r, struct error *err)
{
	uint32_t first[TRACE_STREAMS] = {0}; /* place in the list + 1 */
	uint32_t count = 0;

	for (uint32_t i = 0; i < r->blocks.count; i++) {
		uint32_t *at = &first[r->blocks.refs[i].head.stream];

		if (!*at) {
			*at = i + 1;
			count++;
		}
	}
	if (!count)
		return 0;
	r->streams = calloc(count, sizeof(*r->streams));
	r->merge.heap = calloc(count, sizeof(*r->merge.heap));
	if (!r->streams || !r->merge.heap)
		return bad_file(r, err, -ENOMEM, "out of memory");
	for (uint32_t id = 0; id < TRACE_STREAMS; id++) {
		if (!first[id])
			continue;
		r->streams[r->nstreams].id = id;
		r->streams[r->nstreams].first = first[id] - 1;
		r->nstreams++;
	}
	return 0;
}

int trace_reader__open(const char *path, struct trace_reader **out, struct error *err)
{
	struct trace_reader *r = calloc(1, sizeof(*r));
	uint64_t start = 0;
	int ret;

	*out = NULL;
	if (!r)
		return error__errno(err, -ENOMEM, "%s", path);
	ret = source__open(path, &r->src, err);
	if (!ret)
		ret = read_info(r, &start, err);
	if (!ret)
		ret = block_list__find(&r->blocks, r->src, start, r->info.ncpus, err);
	if (!ret)
		ret = read_trailer(r, err);
	if (!ret)
		ret = make_streams(r, err);
	if (ret) {
		trace_reader__close(r);
		return ret;
	}
	*out = r;
	return trace_reader__rewind(r, err);
}

void trace_reader__close(struct trace_reader *r)
{
	if (!r)
		return;
	for (uint32_t i = 0; i < r->nstreams; i++) {
		coder__free(r->streams[i].coder);
		free(r->streams[i].raw);
	}
	free(r->streams);
	free(r->merge.heap);
	block_list__free(&r->blocks);
	meta__free_info(&r->info);
	source__close(r->src);
	free(r);
}

const struct trace_info *trace_reader__info(const struct trace_reader *r)
{
	return &r->info;
}

const struct trace_trailer *trace_reader__trailer(const struct trace_reader *r)
{
	return &r->trailer;
}

bool trace_reader__truncated(const struct trace_reader *r)
{
	return !r->blocks.complete;
}

uint64_t trace_reader__bytes(const struct trace_reader *r)
{
	return source__size(r->src);
}

/* --- records --- */

static int bad_block(struct trace_reader *r, const struct block_ref *ref, int code,
		     const char *words)
{
	return source__bad_block(r->src, &r->error, code, ref->head.number, ref->offset, words);
}

/* The list may come from the index: so the block's own header must agree with it. */
static int check_block(struct trace_reader *r, struct block_ref *ref)
{
	uint8_t bytes[BLOCK_HEAD_SIZE], listed[BLOCK_HEAD_SIZE];
	struct block_head head;
	int ret = source__read(r->src, ref->offset, bytes, sizeof(bytes), &r->error);

	if (ret)
		return ret;
	if (block_head__unpack(&head, bytes))
		return bad_block(r, ref, -EBADMSG, "checksum of its header does not match");
	ref->head.crc = head.crc;
	block_head__pack(&ref->head, listed);
	if (memcmp(bytes, listed, sizeof(bytes)) != 0)
		return bad_block(r, ref, -EBADMSG, "is not what the index says");
	return 0;
}

static int load(struct trace_reader *r, struct stream *s)
{
	struct block_ref *ref = &r->blocks.refs[s->block];
	int ret = check_block(r, ref);

	if (ret)
		return ret;
	if (!s->coder)
		s->coder = coder__new_decoder(r->format);
	if (!s->coder)
		return bad_block(r, ref, -ENOMEM, "out of memory");
	ret = source__payload(r->src, &ref->head, ref->offset, &s->raw, &s->raw_size, &r->error);
	if (ret)
		return ret;
	if (coder__load(s->coder, s->raw, ref->head.raw_len, s->id, ref->head.first_ns))
		return bad_block(r, ref, -EBADMSG, "its columns do not fit");
	s->left = ref->head.events;
	return 0;
}

/* System calls are told by x86-64's numbers, whatever the machine was. */
static void renumber(const struct arch *arch, union ct_event *ev)
{
	switch (ev->h.type) {
	case CT_SWITCH_WAIT:
		if (!(ev->h.flags & CT_F_COMPAT))
			ev->wait.nr = arch__call(arch, ev->wait.nr);
		break;
	case CT_WAKING:
	case CT_WAKING_FUTEX:
	case CT_WAKEUP_NEW:
		if (!(ev->h.flags & CT_W_COMPAT))
			ev->waking.nr = (short)arch__call(arch, ev->waking.nr);
		break;
	case CT_FORK:
		ev->fork.nr = arch__call(arch, ev->fork.nr);
		break;
	case CT_TASK:
		if (!(ev->task.flags & CT_T_COMPAT))
			ev->task.nr = arch__call(arch, ev->task.nr);
		break;
	default:
		break;
	}
}

/* Decodes the stream's next record. Returns 1, 0 at the block's end, or a negative errno. */
static int decode(struct trace_reader *r, struct stream *s)
{
	const struct block_ref *ref = &r->blocks.refs[s->block];
	bool first = s->left == ref->head.events, last = s->left == 1;

	if (!s->left)
		return 0;
	s->size = coder__decode(s->coder, &s->ev);
	if (s->size < 0 || (first && s->ev.h.ts != ref->head.first_ns) ||
	    (last && (s->ev.h.ts != ref->head.last_ns || !coder__drained(s->coder))))
		return bad_block(r, ref, -EBADMSG, "its records make no sense");
	if (r->arch->calls)
		renumber(r->arch, &s->ev);
	s->left--;
	return 1;
}

/* Moves the stream at this place of the heap to its next record. Returns 0 or a negative errno. */
static int advance(struct trace_reader *r, uint32_t place)
{
	struct merge_entry entry = r->merge.heap[place];
	struct stream *s = &r->streams[entry.which];
	int ret = 0;

	if (!entry.ev)
		ret = load(r, s);
	if (!ret)
		ret = decode(r, s);
	if (ret < 0)
		return ret;
	if (ret) {
		entry.ts = s->ev.h.ts;
		entry.ev = &s->ev;
	} else {
		s->block = r->blocks.refs[s->block].next;
		if (!s->block) {
			merge__remove(&r->merge, place);
			return 0;
		}
		entry.ts = r->blocks.refs[s->block].head.first_ns;
		entry.ev = NULL;
	}
	entry.order = merge__order(entry.ev, s->id);
	merge__replace(&r->merge, place, &entry);
	return 0;
}

static int failed(const struct trace_reader *r, struct error *err)
{
	if (err)
		*err = r->error;
	return r->error.code;
}

int trace_reader__next(struct trace_reader *r, struct trace_event *te, struct error *err)
{
	const struct merge_entry *top;
	const struct stream *s;

	if (r->error.code || (r->handed_on && advance(r, r->place)))
		return failed(r, err);
	r->handed_on = false;
	while (r->merge.count && !r->merge.heap[0].ev)
		if (advance(r, 0))
			return failed(r, err);
	if (!r->merge.count)
		return 0;
	r->place = merge__top(&r->merge);
	top = &r->merge.heap[r->place];
	/* Without a trailer, what came after the last mark is there of some streams only. */
	if (!r->blocks.complete && top->ts >= r->blocks.mark_ns) {
		r->merge.count = 0;
		return 0;
	}
	s = &r->streams[top->which];
	te->cpu = s->id;
	te->size = (size_t)s->size;
	te->ev = &s->ev;
	r->handed_on = true;
	return 1;
}

int trace_reader__rewind(struct trace_reader *r, struct error *err)
{
	(void)err; /* nothing can go wrong before the next record is wanted */
	memset(&r->error, 0, sizeof(r->error));
	r->handed_on = false;
	r->merge.count = 0;
	for (uint32_t i = 0; i < r->nstreams; i++) {
		struct stream *s = &r->streams[i];
		struct merge_entry entry = {.ts = r->blocks.refs[s->first].head.first_ns,
					    .order = merge__order(NULL, s->id),
					    .which = i};

		s->block = s->first;
		s->left = 0;
		merge__add(&r->merge, &entry);
	}
	return 0;
}
