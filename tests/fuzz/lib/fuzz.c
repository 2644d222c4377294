// SPDX-License-Identifier: GPL-2.0-only
#include "tests/fuzz/lib/fuzz.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define LINE_MOST 4095

void fuzz__broken(const char *file, int line, const char *what)
{
	fprintf(stderr, "%s:%d: does not hold: %s\n", file, line, what);
	abort();
}

uint64_t feed__number(struct feed *f, size_t bytes)
{
	uint8_t raw[8] = {0};
	uint64_t value = 0;
	size_t i;

	feed__bytes(f, raw, bytes < sizeof(raw) ? bytes : sizeof(raw));
	for (i = sizeof(raw); i-- > 0;)
		value = value << 8 | raw[i];
	return value;
}

size_t feed__bytes(struct feed *f, void *to, size_t size)
{
	size_t n = size < f->left ? size : f->left;

	if (n)
		memcpy(to, f->at, n);
	f->at += n;
	f->left -= n;
	return n;
}

char *feed__line(struct feed *f)
{
	size_t n = 0;
	char *line;

	while (n < f->left && n < LINE_MOST && f->at[n] && f->at[n] != '\n')
		n++;
	line = calloc(n + 1, 1);
	FUZZ_HOLDS(line);
	feed__bytes(f, line, n);
	if (f->left)
		feed__number(f, 1);
	return line;
}

uint8_t *feed__rest(struct feed *f, size_t *size)
{
	uint8_t *copy = malloc(f->left ? f->left : 1);

	FUZZ_HOLDS(copy);
	*size = feed__bytes(f, copy, f->left);
	return copy;
}
