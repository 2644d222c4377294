// SPDX-License-Identifier: GPL-2.0-only
#include "trace/recent.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "lib/array.h"
#include "lib/spill.h"
#include "lib/strbuf.h"
#include "trace/carry.h"
#include "trace/codec.h"
#include "trace/info.h"
#include "trace/kept.h"
#include "trace/meta.h"
#include "trace/pack.h"
#include "trace/record.h"
#include "trace/sink.h"
#include "trace/writer.h"

/* Dropped one by one: parts of the time, or of the size, that is to be kept. */
#define PARTS_OF_TIME 8
#define PARTS_OF_SIZE 16
/* Records of one segment may be later than the mark that ends it, by little. */
#define MARGIN_NS 20000000

struct kept_block {
	struct block_head head;
	uint64_t offset;
};

struct segment {
	FILE *file;
	uint64_t bytes;
	uint64_t from_ns; /* the mark that it begins with; 0 = the recording's beginning */
	struct kept_block *blocks;
	size_t count, size;
	struct segment *next;
};

struct recent {
	struct trace_keep keep;
	struct segment *first, *last;
	uint64_t bytes, mark_ns;
	uint64_t dropped_ns; /* the latest record of a CPU that was dropped; 0 = none was */
	bool dropped;
	struct carry *carry;
	struct coder *decoder;
	uint8_t *stored, *raw; /* of the block at hand */
};

static void free_segment(struct segment *s)
{
	if (!s)
		return;
	if (s->file)
		fclose(s->file);
	free(s->blocks);
	free(s);
}

struct recent *recent__new(const struct trace_keep *keep)
{
	struct recent *r = calloc(1, sizeof(*r));

	if (!r)
		return NULL;
	r->keep = *keep;
	r->carry = carry__new();
	r->decoder = coder__new_decoder(TRACE_VERSION);
	r->stored = malloc(BLOCK_MAX_RAW);
	r->raw = malloc(BLOCK_MAX_RAW);
	if (!r->carry || !r->decoder || !r->stored || !r->raw) {
		recent__free(r);
		return NULL;
	}
	return r;
}

void recent__free(struct recent *r)
{
	struct segment *next;

	if (!r)
		return;
	for (; r->first; r->first = next) {
		next = r->first->next;
		free_segment(r->first);
	}
	carry__free(r->carry);
	coder__free(r->decoder);
	free(r->stored);
	free(r->raw);
	free(r);
}

static int add_segment(struct recent *r)
{
	struct segment *s = calloc(1, sizeof(*s));
	int code;

	if (!s)
		return -ENOMEM;
	s->file = spill__open();
	if (!s->file) {
		code = -errno;
		free(s);
		return code ? code : -EIO;
	}
	s->from_ns = r->mark_ns;
	if (r->last)
		r->last->next = s;
	else
		r->first = s;
	r->last = s;
	return 0;
}

/* --- dropping --- */

/* Reads the block's payload as stored into r->stored. */
static int read_stored(struct recent *r, const struct segment *s, const struct kept_block *b)
{
	size_t got = 0;

	while (got < b->head.stored_len) {
		ssize_t n = pread(fileno(s->file), r->stored + got, b->head.stored_len - got,
				  (off_t)(b->offset + got));

		if (n < 0 && errno == EINTR)
			continue;
		if (n <= 0)
			return n ? -errno : -EIO;
		got += (size_t)n;
	}
	return 0;
}

static int see_block(struct recent *r, const struct segment *s, const struct kept_block *b)
{
	uint8_t *payload = r->stored;
	union ct_event ev;
	int ret = read_stored(r, s, b), size;

	if (!ret && (b->head.flags & BLOCK_ZLIB)) {
		payload = r->raw;
		ret = pack__unpack(r->raw, b->head.raw_len, r->stored, b->head.stored_len);
	}
	if (!ret)
		ret = coder__load(r->decoder, payload, b->head.raw_len, b->head.stream,
				  b->head.first_ns);
	for (uint32_t i = 0; i < b->head.events && !ret; i++) {
		size = coder__decode(r->decoder, &ev);
		ret = size < 0 ? size : carry__see(r->carry, b->head.stream, &ev, (size_t)size);
	}
	return ret;
}

/* What tells of mappings comes first: a fork copies those that there are. */
static int see_segment(struct recent *r, const struct segment *s)
{
	int ret = 0;

	for (int cpus = 0; cpus < 2; cpus++) {
		for (size_t i = 0; i < s->count && !ret; i++) {
			const struct block_head *head = &s->blocks[i].head;

			if (head->type == BLOCK_EVENTS && (head->stream < TRACE_MAX_CPUS) == cpus)
				ret = see_block(r, s, &s->blocks[i]);
		}
	}
	carry__settle(r->carry);
	return ret;
}

static int drop_first(struct recent *r)
{
	struct segment *s = r->first;
	int ret = see_segment(r, s);

	for (size_t i = 0; i < s->count; i++) {
		const struct block_head *head = &s->blocks[i].head;

		if (head->type == BLOCK_EVENTS && head->stream < TRACE_MAX_CPUS &&
		    head->last_ns > r->dropped_ns)
			r->dropped_ns = head->last_ns;
	}
	r->dropped = true;
	r->bytes -= s->bytes;
	r->first = s->next;
	free_segment(s);
	return ret;
}

static bool too_old(const struct recent *r)
{
	const struct segment *second = r->first->next;

	return r->keep.ns && second && second->from_ns + MARGIN_NS + r->keep.ns <= r->mark_ns;
}

static bool too_big(const struct recent *r, size_t more)
{
	return r->keep.bytes && r->bytes + more > r->keep.bytes && r->first->next;
}

/* --- adding --- */

static bool is_done(const struct recent *r, const struct segment *s)
{
	if (r->keep.bytes && s->bytes >= r->keep.bytes / PARTS_OF_SIZE)
		return true;
	return r->keep.ns && r->mark_ns - s->from_ns >= r->keep.ns / PARTS_OF_TIME;
}

/* Makes room for `more` bytes, and sees to it that there is a segment to add them to. */
static int advance(struct recent *r, size_t more)
{
	int ret = 0;

	if (!r->last || (r->last->count && is_done(r, r->last)))
		ret = add_segment(r);
	while (!ret && (too_old(r) || too_big(r, more)))
		ret = drop_first(r);
	return ret;
}

static int write_at(FILE *file, const uint8_t *bytes, size_t len, uint64_t offset)
{
	while (len) {
		ssize_t n = pwrite(fileno(file), bytes, len, (off_t)offset);

		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			return -errno;
		bytes += n;
		len -= (size_t)n;
		offset += (uint64_t)n;
	}
	return 0;
}

int recent__block(struct recent *r, struct block_head *head, const uint8_t *raw, size_t raw_len,
		  const uint8_t *stored, size_t stored_len)
{
	const uint8_t *bytes = stored ? stored : raw;
	size_t len = stored ? stored_len : raw_len;
	struct kept_block *blocks;
	struct segment *s;
	int ret;

	if (head->type == BLOCK_MARK) {
		if (!r->mark_ns && r->first) /* ages count from the first mark */
			r->first->from_ns = head->first_ns;
		r->mark_ns = head->first_ns;
		return 0;
	}
	ret = advance(r, len);
	if (ret)
		return ret;
	s = r->last;
	blocks = array__reserve(s->blocks, &s->size, s->count, sizeof(*blocks));
	if (!blocks)
		return -ENOMEM;
	s->blocks = blocks;
	head->flags = stored ? BLOCK_ZLIB : 0;
	head->raw_len = (uint32_t)raw_len;
	head->stored_len = (uint32_t)len;
	ret = write_at(s->file, bytes, len, s->bytes);
	if (ret)
		return ret;
	blocks[s->count++] = (struct kept_block){*head, s->bytes};
	s->bytes += len;
	r->bytes += len;
	return 0;
}

/* --- dumping --- */

struct dump {
	struct sink *sink;
	struct packer *packer;
	struct coder *coder;
	struct block_head head; /* of what is encoded; events = 0: nothing is */
	uint8_t *raw;
	uint64_t events;
};

static int flush(struct dump *d)
{
	size_t ends[COLUMNS], len = coder__payload_size(d->coder), stored_len = 0;
	const uint8_t *stored;
	int ret;

	if (!d->head.events)
		return 0;
	coder__payload(d->coder, d->raw, ends);
	stored = packer__pack(d->packer, d->raw, len, ends, &stored_len);
	ret = sink__block(d->sink, &d->head, d->raw, len, stored, stored_len);
	d->events += d->head.events;
	d->head.events = 0;
	return ret;
}

static int put_record(struct dump *d, const struct kept_ref *ref)
{
	union ct_event ev;
	int ret = 0;

	if (record__copy(&ev, ref->ev, ref->size))
		return -EINVAL;
	if (d->head.events && (d->head.stream != ref->stream || coder__full(d->coder, &ev)))
		ret = flush(d);
	if (ret)
		return ret;
	if (!d->head.events) {
		d->head = (struct block_head){
			.type = BLOCK_EVENTS, .stream = (uint16_t)ref->stream, .first_ns = ev.h.ts};
		coder__start(d->coder, ref->stream, ev.h.ts);
	}
	d->head.last_ns = ev.h.ts;
	d->head.events++;
	coder__encode(d->coder, &ev);
	return 0;
}

static int put_carried(struct recent *r, struct dump *d)
{
	struct kept_list list;
	int ret = carry__give(r->carry, &list);

	for (size_t i = 0; i < list.count && !ret; i++)
		ret = put_record(d, &list.refs[i]);
	if (!ret)
		ret = flush(d);
	kept_list__free(&list);
	return ret;
}

static int put_segment(struct recent *r, const struct segment *s, struct dump *d)
{
	int ret = 0;

	for (size_t i = 0; i < s->count && !ret; i++) {
		struct block_head head = s->blocks[i].head;
		bool packed = head.flags & BLOCK_ZLIB;

		ret = read_stored(r, s, &s->blocks[i]);
		if (ret)
			break;
		ret = sink__block(d->sink, &head, packed ? NULL : r->stored, head.raw_len,
				  packed ? r->stored : NULL, head.stored_len);
		d->events += head.events;
	}
	return ret;
}

static int put_head(const struct recent *r, struct sink *sink, const struct trace_info *whole)
{
	struct trace_info info = *whole;
	struct strbuf bytes = {0};
	int ret;

	if (r->dropped) {
		info.recent = true;
		if (r->dropped_ns >= info.start_ns)
			info.start_ns = r->dropped_ns + 1;
	}
	meta__put_info(&bytes, &info);
	ret = strbuf__failed(&bytes) ? -ENOMEM : sink__header(sink, &bytes);
	strbuf__free(&bytes);
	return ret;
}

static int put_end(const struct recent *r, struct dump *d, const struct trace_trailer *whole)
{
	struct block_head head = {.type = BLOCK_TRAILER,
				  .stream = BLOCK_NO_STREAM,
				  .first_ns = whole->end_ns,
				  .last_ns = whole->end_ns};
	const uint64_t *dropped = carry__lost(r->carry);
	struct trace_trailer trailer = *whole;
	struct strbuf bytes = {0};
	int ret;

	for (unsigned int i = 0; i < CT_LOST_KINDS; i++)
		trailer.lost[i] -= dropped[i] < trailer.lost[i] ? dropped[i] : trailer.lost[i];
	trailer.events = d->events;
	meta__put_trailer(&bytes, &trailer, d->events);
	ret = strbuf__failed(&bytes) ? -ENOMEM
				     : sink__block(d->sink, &head, (const uint8_t *)bytes.text,
						   bytes.len, NULL, 0);
	strbuf__free(&bytes);
	return ret ? ret : sink__index(d->sink);
}

int recent__dump(struct recent *r, struct sink *sink, const struct trace_info *info,
		 const struct trace_trailer *trailer, struct trace_writer_stats *stats)
{
	struct dump d = {.sink = sink,
			 .packer = packer__new(),
			 .coder = coder__new_encoder(),
			 .raw = malloc(BLOCK_MAX_RAW)};
	int ret = d.packer && d.coder && d.raw ? 0 : -ENOMEM, closed;

	while (!ret && r->first && too_old(r))
		ret = drop_first(r);
	if (!ret)
		ret = put_head(r, d.sink, info);
	if (!ret && r->dropped)
		ret = put_carried(r, &d);
	for (const struct segment *s = r->first; s && !ret; s = s->next)
		ret = put_segment(r, s, &d);
	if (!ret)
		ret = put_end(r, &d, trailer);
	*stats = (struct trace_writer_stats){
		.events = d.events, .bytes = sink__bytes(sink), .blocks = sink__blocks(sink)};
	closed = sink__close(sink);
	packer__free(d.packer);
	coder__free(d.coder);
	free(d.raw);
	return ret ? ret : closed;
}

bool recent__wants_anew(struct recent *r)
{
	return carry__wants_anew(r->carry);
}

uint64_t recent__mark_ns(const struct recent *r)
{
	return r->mark_ns;
}

uint64_t recent__bytes(const struct recent *r)
{
	return r->bytes;
}
