// SPDX-License-Identifier: GPL-2.0-only
#include "trace/index.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "lib/error.h"
#include "trace/info.h"
#include "trace/source.h"
#include "trace/varint.h"

#define FIRST_REFS 64
#define ROW_MIN	   8  /* bytes that a row takes at least */
#define TORN_MIN   16 /* zeros at the end of a header that was never written in full */
#define COPY_SIZE  65536

/* Varints in a row, and before the rows. */
#define ROW_NUMBERS  9
#define HEAD_NUMBERS 3

/* --- writing --- */

void index_writer__add(struct index_writer *w, const struct block_head *head, uint64_t offset)
{
	if (head->type == BLOCK_TRAILER) {
		w->trailer_offset = offset;
		w->trailer_number = head->number;
	}
	if (head->type != BLOCK_EVENTS)
		return;
	varint__add(&w->rows, offset - w->end);
	varint__add(&w->rows, head->number - w->last.number);
	varint__add(&w->rows, head->stream);
	varint__add(&w->rows, head->flags);
	varint__add(&w->rows, head->events);
	varint__add(&w->rows, head->raw_len);
	varint__add(&w->rows, head->stored_len);
	/* Modulo 2^64, as blocks of other streams may begin earlier: such numbers are long. */
	varint__add(&w->rows, head->first_ns - w->last.first_ns);
	varint__add(&w->rows, head->last_ns - head->first_ns);
	w->last = *head;
	w->end = offset + BLOCK_HEAD_SIZE + head->stored_len;
	w->count++;
}

void index_writer__finish(struct index_writer *w, struct strbuf *payload)
{
	varint__add(payload, w->trailer_offset);
	varint__add(payload, w->trailer_number);
	varint__add(payload, w->count);
	if (w->rows.len)
		strbuf__add(payload, w->rows.text, w->rows.len);
	if (strbuf__failed(&w->rows))
		payload->failed = true;
}

uint64_t index_writer__most(const struct index_writer *w)
{
	return w->rows.len + (size_t)(ROW_NUMBERS + HEAD_NUMBERS) * VARINT_MAX;
}

void index_writer__free(struct index_writer *w)
{
	strbuf__free(&w->rows);
}

/* --- finding --- */

struct finder {
	struct block_list *list;
	struct source *src;
	uint64_t start;
	uint32_t ncpus;
	uint32_t tail[TRACE_STREAMS]; /* the stream's last block so far: its place in refs[] + 1 */
};

void block_list__free(struct block_list *list)
{
	free(list->refs);
	memset(list, 0, sizeof(*list));
}

static void forget(struct finder *f)
{
	block_list__free(f->list);
	memset(f->tail, 0, sizeof(f->tail));
}

/* Adds a block of records whose header has been checked. Returns words on what is wrong, or NULL.
 */
static const char *add(struct finder *f, const struct block_head *head, uint64_t offset)
{
	struct block_list *list = f->list;
	uint32_t *tail = &f->tail[head->stream];
	struct block_ref *refs = list->refs;

	if (*tail && refs[*tail - 1].head.last_ns > head->first_ns)
		return "begins before the one before it ends";
	if (list->count == list->size) {
		uint32_t size = list->size ? list->size * 2 : FIRST_REFS;

		refs = size > list->size ? realloc(refs, size * sizeof(*refs)) : NULL;
		if (!refs)
			return "out of memory for the index";
		list->refs = refs;
		list->size = size;
	}
	if (*tail)
		refs[*tail - 1].next = list->count;
	refs[list->count] = (struct block_ref){.head = *head, .offset = offset};
	*tail = ++list->count;
	return NULL;
}

static int read_head(struct source *src, uint64_t offset, struct block_head *head)
{
	uint8_t bytes[BLOCK_HEAD_SIZE];
	uint64_t size = source__size(src);

	if (offset > size || size - offset < sizeof(bytes))
		return -EBADMSG;
	if (source__read(src, offset, bytes, sizeof(bytes), NULL))
		return -EIO;
	return block_head__unpack(head, bytes);
}

/* One row of the index. Returns false if it makes no sense. */
static bool add_row(struct finder *f, struct varint_in *in, struct block_head *last, uint64_t *end)
{
	struct block_head head = {.type = BLOCK_EVENTS};
	uint64_t size = source__size(f->src), offset = *end + varint_in__next(in), row[6];

	for (int i = 0; i < 6; i++) {
		row[i] = varint_in__next(in);
		if (row[i] > UINT32_MAX)
			return false;
	}
	head.number = last->number + (uint32_t)row[0];
	head.stream = (uint16_t)row[1];
	head.flags = (uint8_t)row[2];
	head.events = (uint32_t)row[3];
	head.raw_len = (uint32_t)row[4];
	head.stored_len = (uint32_t)row[5];
	head.first_ns = last->first_ns + varint_in__next(in);
	head.last_ns = head.first_ns + varint_in__next(in);
	if (in->bad || row[1] > UINT16_MAX || row[2] > UINT8_MAX)
		return false;
	if (offset < *end || offset > size || size - offset < BLOCK_HEAD_SIZE + row[5])
		return false;
	if (block_head__check(&head, f->ncpus) || add(f, &head, offset))
		return false;
	*last = head;
	*end = offset + BLOCK_HEAD_SIZE + row[5];
	return true;
}

static bool add_rows(struct finder *f, const uint8_t *payload, size_t len)
{
	struct varint_in in = {.p = payload, .end = payload + len};
	struct block_ref *trailer = &f->list->trailer;
	struct block_head last = {0};
	uint64_t number, count, end = f->start;

	trailer->offset = varint_in__next(&in);
	number = varint_in__next(&in);
	count = varint_in__next(&in);
	if (in.bad || count > len / ROW_MIN)
		return false;
	while (count--)
		if (!add_row(f, &in, &last, &end))
			return false;
	return trailer->offset >= end && !read_head(f->src, trailer->offset, &trailer->head) &&
	       trailer->head.type == BLOCK_TRAILER && trailer->head.number == number &&
	       !block_head__check(&trailer->head, f->ncpus);
}

/* Returns true if the file has an index that can be believed. */
static bool find_by_index(struct finder *f)
{
	uint64_t offset, size = source__size(f->src);
	uint8_t footer[FOOTER_SIZE], *payload = NULL;
	struct block_head head;
	size_t room = 0;
	bool found = false;

	if (size < f->start + FOOTER_SIZE ||
	    source__read(f->src, size - FOOTER_SIZE, footer, sizeof(footer), NULL) ||
	    footer__unpack(&offset, footer))
		return false;
	if (offset < f->start || read_head(f->src, offset, &head) || head.type != BLOCK_INDEX ||
	    block_head__check(&head, f->ncpus) ||
	    offset + BLOCK_HEAD_SIZE + head.stored_len + FOOTER_SIZE != size)
		return false;
	if (!source__payload(f->src, &head, offset, &payload, &room, NULL))
		found = add_rows(f, payload, head.raw_len);
	free(payload);
	return found;
}

/*
 * What a recorder that died can leave behind: part of a header, or, after the machine went down
 * too, zeros where the rest of the file should be. Anything else is damage.
 */
static bool torn(struct source *src, uint64_t offset)
{
	uint64_t size = source__size(src);
	uint8_t buf[COPY_SIZE];

	for (offset += BLOCK_HEAD_SIZE - TORN_MIN; offset < size;) {
		size_t len = size - offset < sizeof(buf) ? (size_t)(size - offset) : sizeof(buf);

		if (source__read(src, offset, buf, len, NULL))
			return false;
		for (size_t i = 0; i < len; i++)
			if (buf[i])
				return false;
		offset += len;
	}
	return true;
}

/* Takes in one block whose header has been checked. Returns 0, 1 if it was the trailer, or a
 * negative errno with err filled. */
static int take(struct finder *f, const struct block_head *head, uint64_t offset, uint32_t *trusted,
		struct error *err)
{
	struct block_list *list = f->list;
	const char *wrong = head->type == BLOCK_EVENTS ? add(f, head, offset) : NULL;

	if (wrong)
		return source__bad_block(f->src, err, -EBADMSG, head->number, offset, wrong);
	switch (head->type) {
	case BLOCK_EVENTS:
		return 0;
	case BLOCK_MARK:
		list->marked = true;
		list->mark_ns = head->first_ns;
		*trusted = list->count;
		return 0;
	case BLOCK_TRAILER:
		list->trailer = (struct block_ref){.head = *head, .offset = offset};
		return 1;
	default:
		if (head->type >= BLOCK_OPTIONAL)
			return 0;
		return source__bad_block(f->src, err, -EPROTO, head->number, offset,
					 "of a kind that this version does not know");
	}
}

/* Cuts the list down to what was there at the last mark. */
static void keep_trusted(struct block_list *list, uint32_t trusted)
{
	list->count = trusted;
	for (uint32_t i = 0; i < trusted; i++)
		if (list->refs[i].next >= trusted)
			list->refs[i].next = 0;
}

static int find_by_scan(struct finder *f, struct error *err)
{
	uint64_t offset = f->start, size = source__size(f->src);
	uint32_t number = 0, trusted = 0;
	struct block_head head;
	const char *wrong;
	int ret;

	while (size - offset >= BLOCK_HEAD_SIZE) {
		ret = read_head(f->src, offset, &head);
		if (ret == -EBADMSG && torn(f->src, offset))
			break;
		if (ret)
			return source__bad_block(f->src, err, ret, number, offset,
						 ret == -EIO
							 ? "cannot be read"
							 : "checksum of its header does not match");
		wrong = head.number != number ? "out of sequence"
					      : block_head__check(&head, f->ncpus);
		if (wrong)
			return source__bad_block(f->src, err, -EBADMSG, number, offset, wrong);
		if (head.stored_len > size - offset - BLOCK_HEAD_SIZE)
			break;
		ret = take(f, &head, offset, &trusted, err);
		if (ret < 0)
			return ret;
		f->list->complete = ret;
		if (ret)
			return 0;
		offset += BLOCK_HEAD_SIZE + head.stored_len;
		number++;
	}
	keep_trusted(f->list, trusted);
	return 0;
}

int block_list__find(struct block_list *list, struct source *src, uint64_t start, uint32_t ncpus,
		     struct error *err)
{
	struct finder *f = calloc(1, sizeof(*f));
	int ret = 0;

	memset(list, 0, sizeof(*list));
	if (!f)
		return error__errno(err, -ENOMEM, "%s", source__name(src));
	f->list = list;
	f->src = src;
	f->start = start;
	f->ncpus = ncpus;
	if (find_by_index(f)) {
		list->complete = true;
	} else {
		forget(f);
		ret = find_by_scan(f, err);
	}
	free(f);
	return ret;
}
