// SPDX-License-Identifier: GPL-2.0-only
#include "symbol/kallsyms.h"

#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "lib/array.h"
#include "symbol/textline.h"

#define TEXT_MOST ((size_t)256 << 20) /* bytes; a kernel's list has some 10 MB */
#define PIECE	  65536		      /* bytes read at once: each read() formats them */

struct symbol {
	uint64_t address;
	const char *name;
};

struct kallsyms {
	struct symbol *at; /* ascending; of those of one address the first in the text is last */
	size_t n, room;
	char *text; /* names end with a NUL */
};

static int compare(const void *a, const void *b)
{
	const struct symbol *x = a, *y = b;

	if (x->address != y->address)
		return x->address < y->address ? -1 : 1;
	return (y->name > x->name) - (y->name < x->name);
}

/* The end of the word at p. */
static char *word_end(char *p, const char *end)
{
	while (p < end && *p != ' ' && *p != '\t')
		p++;
	return p;
}

/* The name in what follows the address: "[TYPE] NAME [MODULE]". NULL if there is none. */
static char *name_in(char *at, char *end)
{
	char *second = word_end(at, end), *stop = second;

	while (second < end && (*second == ' ' || *second == '\t'))
		second++;
	if (stop - at == 1 && second < end && *second != '[') {
		at = second;
		stop = word_end(at, end);
	}
	if (stop == at)
		return NULL;
	*stop = '\0';
	return at;
}

/* Parses text that is its own, with room for a NUL behind it. */
static struct kallsyms *parse(char *text, size_t len)
{
	struct kallsyms *k = calloc(1, sizeof(*k));
	const char *at = text, *line, *end;
	struct symbol *grown, symbol;

	if (!k) {
		free(text);
		return NULL;
	}
	k->text = text;
	text[len] = '\0';
	while (textline__next(&at, text + len, &line, &end)) {
		if (!textline__hex(&line, end, &symbol.address))
			continue;
		symbol.name = name_in(text + (line - text), text + (end - text));
		if (!symbol.name)
			continue;
		grown = array__reserve(k->at, &k->room, k->n, sizeof(*grown));
		if (!grown) {
			kallsyms__free(k);
			return NULL;
		}
		k->at = grown;
		grown[k->n++] = symbol;
	}
	if (k->n)
		qsort(k->at, k->n, sizeof(*k->at), compare);
	return k;
}

struct kallsyms *kallsyms__parse(const char *text, size_t len)
{
	char *copy = malloc(len + 1);

	if (!copy)
		return NULL;
	if (len)
		memcpy(copy, text, len);
	return parse(copy, len);
}

static int prepared = -1;

void kallsyms__prepare(void)
{
	if (prepared < 0)
		prepared = open("/proc/kallsyms", O_RDONLY | O_CLOEXEC);
}

/* The kernel shows them to who was allowed to see them when it was opened. */
static int open_running(void)
{
	int fd = prepared;

	prepared = -1;
	return fd >= 0 ? fd : open("/proc/kallsyms", O_RDONLY | O_CLOEXEC);
}

struct kallsyms *kallsyms__running(void)
{
	int fd = open_running();
	size_t len = 0, room = 0;
	char *text = NULL, *grown;
	struct kallsyms *k;
	ssize_t n = -1;

	if (fd < 0)
		return NULL;
	while (len < TEXT_MOST) {
		grown = array__reserve(text, &room, len + PIECE, 1);
		if (!grown)
			break;
		text = grown;
		n = read(fd, text + len, PIECE);
		if (n <= 0)
			break;
		len += (size_t)n;
	}
	close(fd);
	if (n) {
		free(text);
		return NULL;
	}
	k = parse(text, len);
	/* Those who may not see them are shown addresses of 0. */
	if (k && (!k->n || !k->at[k->n - 1].address)) {
		kallsyms__free(k);
		return NULL;
	}
	return k;
}

void kallsyms__free(struct kallsyms *k)
{
	if (!k)
		return;
	free(k->at);
	free(k->text);
	free(k);
}

const char *kallsyms__find(const struct kallsyms *k, uint64_t address, uint64_t *offset)
{
	size_t low = 0, high = k->n, middle;

	while (low < high) {
		middle = low + (high - low) / 2;
		if (k->at[middle].address <= address)
			low = middle + 1;
		else
			high = middle;
	}
	if (!low)
		return NULL;
	*offset = address - k->at[low - 1].address;
	return k->at[low - 1].name;
}
