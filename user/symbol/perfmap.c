// SPDX-License-Identifier: GPL-2.0-only
#include "symbol/perfmap.h"

#include <stdlib.h>
#include <string.h>

#include "symbol/spans.h"
#include "symbol/textline.h"

#define NAME_MOST 4096 /* bytes */

struct perfmap {
	struct spans spans; /* rank: the number of the line */
	char *text;	    /* a copy, in which names end with a NUL */
};

/* One line, in the copy. Returns 0 or -ENOMEM. */
static int add_line(struct perfmap *map, const char *line, const char *end, uint32_t number)
{
	const char *at = line;
	uint64_t start, size;
	size_t len;

	if (!textline__hex(&at, end, &start) || !textline__hex(&at, end, &size) || at == end ||
	    !size || start + size < start)
		return 0;
	len = (size_t)(end - at) < NAME_MOST ? (size_t)(end - at) : NAME_MOST;
	map->text[(size_t)(at - map->text) + len] = '\0';
	return spans__add(
		&map->spans,
		&(struct span){.start = start, .end = start + size, .name = at, .rank = number});
}

struct perfmap *perfmap__parse(const char *text, size_t len)
{
	struct perfmap *map = calloc(1, sizeof(*map));
	const char *at, *line, *end;
	uint32_t number = 0;

	if (!map)
		return NULL;
	map->text = malloc(len + 1);
	if (!map->text) {
		free(map);
		return NULL;
	}
	memcpy(map->text, text, len);
	map->text[len] = '\0';
	at = map->text;
	while (textline__next(&at, map->text + len, &line, &end)) {
		if (add_line(map, line, end, number++)) {
			perfmap__free(map);
			return NULL;
		}
	}
	spans__sort(&map->spans);
	return map;
}

void perfmap__free(struct perfmap *map)
{
	if (!map)
		return;
	spans__free(&map->spans);
	free(map->text);
	free(map);
}

const char *perfmap__find(const struct perfmap *map, uint64_t address)
{
	const struct span *span = spans__highest(&map->spans, address);

	return span ? span->name : NULL;
}
