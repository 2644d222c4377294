// SPDX-License-Identifier: GPL-2.0-only
#include "export/perfetto_define.h"

#include <errno.h>
#include <string.h>

#include "export/perfetto_packets.h"

#define PACKET_BYTES (32u << 10)

static void flush(struct define *d)
{
	struct proto *p;

	if (d->entries.failed && !d->err)
		d->err = -ENOMEM;
	if (d->err || !d->entries.len)
		return;
	p = packets__begin(d->packets);
	proto__bytes(p, PACKET_INTERNED_DATA, d->entries.data, d->entries.len);
	d->err = packets__end(d->packets);
	proto__reset(&d->entries);
}

struct proto *define__begin(struct define *d, uint32_t table, uint64_t iid, size_t *mark)
{
	*mark = proto__begin(&d->entries, table);
	proto__uint(&d->entries, INTERNED_IID, iid);
	return &d->entries;
}

void define__end(struct define *d, size_t mark)
{
	proto__end(&d->entries, mark);
	if (d->entries.len >= PACKET_BYTES || d->entries.failed)
		flush(d);
}

void define__text(struct define *d, uint32_t table, uint64_t iid, const char *text)
{
	size_t mark;
	struct proto *p = define__begin(d, table, iid, &mark);

	proto__string(p, INTERNED_TEXT, text, strlen(text));
	define__end(d, mark);
}

int define__finish(struct define *d)
{
	flush(d);
	proto__free(&d->entries);
	return d->err;
}
