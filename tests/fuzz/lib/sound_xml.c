// SPDX-License-Identifier: GPL-2.0-only
#include <stdlib.h>
#include <string.h>

#include "tests/fuzz/lib/sound.h"

#define DEEPEST 64

struct reader {
	const char *at, *end;
	struct {
		const char *name;
		size_t len;
	} open[DEEPEST];
	int depth;
};

static bool is_name(char c)
{
	return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
	       c == '-' || c == ':' || c == '_' || c == '.';
}

static size_t name_length(const struct reader *r)
{
	const char *p = r->at;

	while (p < r->end && is_name(*p))
		p++;
	return (size_t)(p - r->at);
}

static bool take(struct reader *r, const char *word)
{
	size_t len = strlen(word);

	if ((size_t)(r->end - r->at) < len || memcmp(r->at, word, len) != 0)
		return false;
	r->at += len;
	return true;
}

static void skip_blanks(struct reader *r)
{
	while (r->at < r->end && strchr(" \n\t", *r->at) && *r->at)
		r->at++;
}

/* "&name;" of those five that XML has, or by number. */
static bool reference(struct reader *r)
{
	static const char *const named[] = {"&amp;", "&lt;", "&gt;", "&quot;", "&apos;"};
	size_t i;

	for (i = 0; i < sizeof(named) / sizeof(*named); i++)
		if (take(r, named[i]))
			return true;
	return take(r, "&#") && name_length(r) && (r->at += name_length(r), take(r, ";"));
}

/* Up to one of `stop`. */
static bool content(struct reader *r, const char *stop)
{
	while (r->at < r->end && !(*r->at && strchr(stop, *r->at))) {
		if (*r->at == '&') {
			if (!reference(r))
				return false;
		} else if (*r->at == '<' || !*r->at) {
			return false;
		} else {
			r->at++;
		}
	}
	return true;
}

static bool attributes(struct reader *r)
{
	size_t len;

	for (skip_blanks(r); (len = name_length(r)) > 0; skip_blanks(r)) {
		/* No element of ours has a handler. */
		if (len > 2 && !strncmp(r->at, "on", 2))
			return false;
		r->at += len;
		if (!take(r, "=\"") || !content(r, "\"") || !take(r, "\""))
			return false;
	}
	return true;
}

static bool end_tag(struct reader *r)
{
	size_t len = name_length(r);

	if (!r->depth--)
		return false;
	if (r->open[r->depth].len != len || memcmp(r->open[r->depth].name, r->at, len) != 0)
		return false;
	r->at += len;
	return take(r, ">");
}

static bool start_tag(struct reader *r)
{
	size_t len = name_length(r);

	if (!len || r->depth == DEEPEST || (len == 6 && !memcmp(r->at, "script", 6)))
		return false;
	r->open[r->depth].name = r->at;
	r->open[r->depth].len = len;
	r->at += len;
	if (!attributes(r))
		return false;
	if (take(r, "/>"))
		return true;
	r->depth++;
	return take(r, ">");
}

static bool skip_past(struct reader *r, const char *word)
{
	const char *found = memmem(r->at, (size_t)(r->end - r->at), word, strlen(word));

	if (!found)
		return false;
	r->at = found + strlen(word);
	return true;
}

bool sound__xml(const char *text, size_t len)
{
	struct reader r = {.at = text, .end = text + len};

	if (!sound__text(text, len))
		return false;
	if (take(&r, "<?xml") && !skip_past(&r, "?>"))
		return false;
	do {
		if (!content(&r, "<"))
			return false;
		if (take(&r, "<!--")) {
			if (!skip_past(&r, "-->"))
				return false;
		} else if (take(&r, "</")) {
			if (!end_tag(&r))
				return false;
		} else if (!take(&r, "<") || !start_tag(&r)) {
			return false;
		}
	} while (r.depth);
	skip_blanks(&r);
	return r.at == r.end;
}
