// SPDX-License-Identifier: GPL-2.0-only
#include "export/csv_set.h"

#include <assert.h>
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <zlib.h>

#include "lib/strbuf.h"
#include "lib/worker.h"
#include "trace/info.h"

#define BLOCK 65536 /* given to zlib at once */
/* Rows are much alike: the fastest level makes them a tenth, the usual one is thrice as slow. */
#define MODE "wb1"

/* Rows on their way to zlib. */
struct block {
	struct csv_table *table;
	char *text;
	size_t len, room;
};

struct csv_table {
	struct csv_set *set;
	gzFile gz;
	/* One is filled while the other is compressed: deflate takes longer than all else. */
	struct block two[2], *block;
	struct worker *worker; /* begun with the first full block; NULL = none */
	bool tried;
	int write_error;     /* the worker's, to be read when it is idle */
	struct strbuf field; /* one at a time, where it is not simple */
	size_t columns, cells;
	int error;
	struct csv_table *next;
};

struct csv_set {
	int directory;
	struct strbuf prefix; /* run and host, as each row begins */
	struct strbuf schema;
	struct csv_table *open;
	int error;
};

static uint64_t add_bytes(uint64_t hash, const void *bytes, size_t len)
{
	const unsigned char *p = bytes;

	while (len--)
		hash = (hash ^ *p++) * 0x100000001b3u; /* FNV-1a */
	return hash;
}

/* The same for one recording, whenever it is exported; it begins with a letter: it is no number. */
static uint64_t run_id(const struct trace_info *info)
{
	uint64_t hash = 0xcbf29ce484222325u;
	uint64_t start = info->clock_realtime + (info->start_ns - info->clock_monotonic);
	uint32_t i;

	hash = add_bytes(hash, info->hostname, strlen(info->hostname) + 1);
	hash = add_bytes(hash, &start, sizeof(start));
	hash = add_bytes(hash, &info->start_ns, sizeof(info->start_ns));
	for (i = 0; info->argv && i < info->argc; i++)
		hash = add_bytes(hash, info->argv[i], strlen(info->argv[i]) + 1);
	return hash;
}

struct csv_set *csv_set__new(int directory, const struct trace_info *info)
{
	struct csv_set *s = calloc(1, sizeof(*s));

	if (!s)
		return NULL;
	s->directory = directory;
	strbuf__printf(&s->prefix, "\"r%016" PRIx64 "\",", run_id(info));
	strbuf__add_csv(&s->prefix, info->hostname, strlen(info->hostname));
	strbuf__puts(&s->schema,
		     CSV_HEAD "Tables of the files NAME" CSV_SUFFIX
			      " beside this one, with their columns in order.\n"
			      "-- See docs/csv.md. Loads into DuckDB and ClickHouse.\n");
	return s;
}

int csv_set__error(const struct csv_set *s)
{
	return s->error;
}

static void fail(struct csv_table *t, int error)
{
	if (!t->error)
		t->error = error;
}

static void compress_block(void *arg)
{
	struct block *b = arg;
	struct csv_table *t = b->table;

	errno = 0;
	if (b->len && !t->write_error && gzwrite(t->gz, b->text, (unsigned int)b->len) <= 0)
		t->write_error = errno ? -errno : -EIO;
	b->len = 0;
}

static void write_block(struct csv_table *t)
{
	if (!t->tried)
		t->worker = worker__new();
	t->tried = true;
	worker__do(t->worker, compress_block, t->block);
	t->block = t->block == &t->two[0] ? &t->two[1] : &t->two[0];
}

/* What is left, and until all is written. */
static void write_rest(struct csv_table *t)
{
	t->tried = true; /* a small table needs no thread */
	write_block(t);
	worker__free(t->worker);
	t->worker = NULL;
	if (t->write_error)
		fail(t, t->write_error);
}

/* Where the next `more` bytes go; NULL when out of memory. */
static char *reserve(struct csv_table *t, size_t more)
{
	struct block *b = t->block;
	char *grown;

	if (b->len + more <= b->room)
		return b->text + b->len;
	grown = realloc(b->text, BLOCK + 2 * (b->len + more));
	if (!grown) {
		fail(t, -ENOMEM);
		return NULL;
	}
	b->text = grown;
	b->room = BLOCK + 2 * (b->len + more);
	return b->text + b->len;
}

static void put(struct csv_table *t, const char *text, size_t len)
{
	char *to = reserve(t, len);

	if (!to)
		return;
	memcpy(to, text, len);
	t->block->len += len;
}

/* What a name in a report is called in SQL. */
static void add_name(struct strbuf *out, const char *name)
{
	if (!*name)
		name = "value";
	for (; *name; name++)
		strbuf__add(out, *name == '.' ? "_" : name, 1);
}

static int open_file(struct csv_set *s, struct csv_table *t, const char *name)
{
	struct strbuf file = {0};
	int fd = -1;

	add_name(&file, name);
	strbuf__puts(&file, CSV_SUFFIX);
	if (strbuf__failed(&file)) {
		strbuf__free(&file);
		return -ENOMEM;
	}
	fd = openat(s->directory, strbuf__text(&file), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC,
		    0600);
	strbuf__free(&file);
	if (fd < 0)
		return -errno;
	t->gz = gzdopen(fd, MODE);
	if (t->gz) {
		gzbuffer(t->gz, BLOCK); /* takes what is given in blocks as it is */
		return 0;
	}
	close(fd);
	return -ENOMEM;
}

/* The file's first line, and the table's definition. */
static void define(struct csv_set *s, struct csv_table *t, const char *name,
		   const struct csv_column *columns, size_t n)
{
	static const char *const types[] = {[R_INT] = "BIGINT",
					    [R_REAL] = "DOUBLE",
					    [R_TEXT] = "VARCHAR",
					    [R_BOOL] = "BOOLEAN"};
	struct strbuf head = {0};
	size_t i;

	strbuf__puts(&head, "run,host");
	strbuf__puts(&s->schema, "\nCREATE TABLE IF NOT EXISTS \"");
	add_name(&s->schema, name);
	strbuf__puts(&s->schema, "\" (\n\t\"run\" VARCHAR NOT NULL,\n\t\"host\" VARCHAR NOT NULL");
	for (i = 0; i < n; i++) {
		strbuf__puts(&head, ",");
		add_name(&head, columns[i].name);
		strbuf__puts(&s->schema, ",\n\t\"");
		add_name(&s->schema, columns[i].name);
		strbuf__printf(&s->schema, "\" %s %s", types[columns[i].type],
			       columns[i].always ? "NOT NULL" : "NULL");
	}
	strbuf__puts(&s->schema, "\n);\n");
	strbuf__puts(&head, "\n");
	put(t, strbuf__text(&head), head.len);
	if (strbuf__failed(&head))
		fail(t, -ENOMEM);
	strbuf__free(&head);
}

struct csv_table *csv_set__add(struct csv_set *s, const char *name,
			       const struct csv_column *columns, size_t n)
{
	struct csv_table *t = calloc(1, sizeof(*t));
	int rc = t ? open_file(s, t, name) : -ENOMEM;

	if (rc) {
		free(t);
		if (!s->error)
			s->error = rc;
		return NULL;
	}
	t->set = s;
	t->two[0].table = t->two[1].table = t;
	t->block = &t->two[0];
	t->columns = n;
	t->next = s->open;
	s->open = t;
	define(s, t, name, columns, n);
	return t;
}

void csv_set__close(struct csv_set *s, struct csv_table *t)
{
	struct csv_table **link = &s->open;
	int rc;

	if (!t)
		return;
	while (*link != t)
		link = &(*link)->next;
	*link = t->next;
	write_rest(t);
	errno = 0;
	rc = gzclose(t->gz);
	if (rc != Z_OK)
		fail(t, errno ? -errno : -EIO);
	if (!s->error)
		s->error = t->error;
	free(t->two[0].text);
	free(t->two[1].text);
	strbuf__free(&t->field);
	free(t);
}

static int write_schema(const struct csv_set *s)
{
	int fd = openat(s->directory, CSV_SCHEMA, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
	FILE *out = fd < 0 ? NULL : fdopen(fd, "w");
	int rc = 0;

	if (!out) {
		rc = -errno;
		if (fd >= 0)
			close(fd);
		return rc;
	}
	errno = 0;
	fputs(strbuf__text(&s->schema), out);
	if (ferror(out))
		rc = errno ? -errno : -EIO;
	if (fclose(out) && !rc)
		rc = -errno;
	return rc;
}

int csv_set__finish(struct csv_set *s)
{
	while (s->open)
		csv_set__close(s, s->open);
	if (!s->error && (strbuf__failed(&s->schema) || strbuf__failed(&s->prefix)))
		s->error = -ENOMEM;
	if (!s->error)
		s->error = write_schema(s);
	return s->error;
}

void csv_set__free(struct csv_set *s)
{
	if (!s)
		return;
	while (s->open)
		csv_set__close(s, s->open);
	strbuf__free(&s->prefix);
	strbuf__free(&s->schema);
	free(s);
}

void csv__begin(struct csv_table *t)
{
	t->cells = 0;
	put(t, strbuf__text(&t->set->prefix), t->set->prefix.len);
}

static void separate(struct csv_table *t)
{
	t->cells++;
	put(t, ",", 1);
}

void csv__none(struct csv_table *t)
{
	separate(t);
}

void csv__int(struct csv_table *t, int64_t value)
{
	uint64_t rest = value < 0 ? -(uint64_t)value : (uint64_t)value;
	char digits[20], *to = digits + sizeof(digits);

	separate(t);
	do {
		*--to = (char)('0' + rest % 10);
		rest /= 10;
	} while (rest);
	if (value < 0)
		put(t, "-", 1);
	put(t, to, (size_t)(digits + sizeof(digits) - to));
}

void csv__int_if(struct csv_table *t, bool has, int64_t value)
{
	if (has)
		csv__int(t, value);
	else
		csv__none(t);
}

void csv__real(struct csv_table *t, double value)
{
	separate(t);
	if (!isfinite(value))
		return;
	strbuf__reset(&t->field);
	strbuf__add_real(&t->field, value);
	put(t, strbuf__text(&t->field), t->field.len);
}

void csv__bool(struct csv_table *t, bool value)
{
	separate(t);
	put(t, value ? "true" : "false", value ? 4 : 5);
}

void csv__text(struct csv_table *t, const char *text)
{
	size_t len;

	separate(t);
	if (!text)
		return;
	for (len = 0; text[len] >= ' ' && text[len] < 0x7f && text[len] != '"';)
		len++;
	if (!text[len]) {
		put(t, "\"", 1);
		put(t, text, len);
		put(t, "\"", 1);
		return;
	}
	strbuf__reset(&t->field);
	strbuf__add_csv(&t->field, text, strlen(text));
	if (strbuf__failed(&t->field))
		fail(t, -ENOMEM);
	put(t, strbuf__text(&t->field), t->field.len);
}

void csv__hex(struct csv_table *t, uint64_t value)
{
	static const char figures[] = "0123456789abcdef";
	char text[18], *to = text + sizeof(text);

	separate(t);
	if (!value)
		return;
	for (; value; value >>= 4)
		*--to = figures[value & 15];
	put(t, "\"0x", 3);
	put(t, to, (size_t)(text + sizeof(text) - to));
	put(t, "\"", 1);
}

int csv__end(struct csv_table *t)
{
	assert(t->cells == t->columns);
	put(t, "\n", 1);
	if (t->block->len >= BLOCK)
		write_block(t);
	return t->error;
}
