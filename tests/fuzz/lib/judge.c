// SPDX-License-Identifier: GPL-2.0-only
#include "tests/fuzz/lib/judge.h"

#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include <zlib.h>

#include "export/html_page.h"
#include "tests/fuzz/lib/fuzz.h"
#include "tests/fuzz/lib/pass.h"
#include "tests/fuzz/lib/sound.h"

#define TABLE_MOST (4u << 20) /* bytes of a table that are looked at */

static char scratch[256];

/*
 * Between the page's two ends there are script elements of data, and nothing else: no `<` that is
 * not one of theirs.
 */
static void judge_html(const char *text, size_t len)
{
	static const char start[] = "<script type=\"application/", stop[] = "</script>";
	size_t head, tail;
	const char *page = html_page__head(&head), *at, *end, *close, *inner;

	FUZZ_HOLDS(len >= head && !memcmp(text, page, head));
	page = html_page__tail(&tail);
	FUZZ_HOLDS(len >= head + tail && !memcmp(text + len - tail, page, tail));
	at = text + head;
	end = text + len - tail;
	while ((at = memchr(at, '<', (size_t)(end - at)))) {
		FUZZ_HOLDS((size_t)(end - at) > sizeof(start));
		FUZZ_HOLDS(!memcmp(at, start, sizeof(start) - 1));
		inner = memchr(at, '>', (size_t)(end - at));
		FUZZ_HOLDS(inner++);
		close = memchr(inner, '<', (size_t)(end - inner));
		FUZZ_HOLDS(close && (size_t)(end - close) >= sizeof(stop) - 1);
		FUZZ_HOLDS(!memcmp(close, stop, sizeof(stop) - 1));
		if (!memcmp(at + sizeof(start) - 1, "json", 4))
			FUZZ_HOLDS(sound__json(inner, (size_t)(close - inner)));
		at = close + sizeof(stop) - 1;
	}
}

void judge__output(unsigned int form, const char *text, size_t len)
{
	FUZZ_HOLDS(len);
	switch (form) {
	case PASS_JSON:
		FUZZ_HOLDS(sound__json(text, len));
		FUZZ_HOLDS(sound__text(text, len));
		break;
	case PASS_HTML:
		judge_html(text, len);
		break;
	case PASS_SVG:
		FUZZ_HOLDS(sound__xml(text, len));
		break;
	case PASS_PERFETTO:
		break;
	default:
		FUZZ_HOLDS(sound__text(text, len));
	}
}

static void judge_table(const char *path)
{
	char *text = malloc(TABLE_MOST);
	gzFile f = gzopen(path, "re");
	int len;

	FUZZ_HOLDS(text && f);
	len = gzread(f, text, TABLE_MOST);
	FUZZ_HOLDS(len > 0);
	FUZZ_HOLDS((unsigned int)len == TABLE_MOST || sound__csv(text, (size_t)len));
	gzclose(f);
	free(text);
}

/* Does it with each file of a directory. */
static void each(const char *path, void (*fn)(const char *file))
{
	DIR *dir = opendir(path);
	struct dirent *entry;
	char file[4096];

	while (dir && (entry = readdir(dir))) {
		if (entry->d_name[0] == '.')
			continue;
		snprintf(file, sizeof(file), "%s/%s", path, entry->d_name);
		fn(file);
	}
	if (dir)
		closedir(dir);
}

static void judge_file(const char *file)
{
	size_t len = strlen(file);

	if (len > 3 && !strcmp(file + len - 3, ".gz"))
		judge_table(file);
}

void judge__csv(const char *path)
{
	each(path, judge_file);
}

void judge__scratch(const char *path)
{
	snprintf(scratch, sizeof(scratch), "%s", path);
}

static void remove_file(const char *file)
{
	unlink(file);
}

static void remove_directory(const char *path)
{
	each(path, remove_file);
	rmdir(path);
}

void judge__remove_scratch(void)
{
	each(scratch, remove_directory);
	rmdir(scratch);
}
