// SPDX-License-Identifier: GPL-2.0-only
#include "tests/fuzz/lib/sound.h"

#include <stdint.h>
#include <string.h>

#define DEEPEST 1000

struct text {
	const char *at, *end;
};

static bool take(struct text *t, char c)
{
	if (t->at == t->end || *t->at != c)
		return false;
	t->at++;
	return true;
}

static bool take_word(struct text *t, const char *word)
{
	size_t len = strlen(word);

	if ((size_t)(t->end - t->at) < len || memcmp(t->at, word, len) != 0)
		return false;
	t->at += len;
	return true;
}

static bool ahead(const struct text *t, const char *set)
{
	return t->at < t->end && *t->at && strchr(set, *t->at);
}

/* A character of UTF-8 (RFC 3629). Returns it, -1 if there is none. */
static int32_t take_char(struct text *t)
{
	static const int32_t least[] = {0, 0x80, 0x800, 0x10000};
	unsigned char c;
	int32_t value;
	int more, i;

	if (t->at == t->end)
		return -1;
	c = (unsigned char)*t->at++;
	more = c < 0x80 ? 0 : c < 0xc0 ? 9 : c < 0xe0 ? 1 : c < 0xf0 ? 2 : c < 0xf8 ? 3 : 9;
	if (more > t->end - t->at || more == 9)
		return -1;
	value = more ? c & (0x3f >> more) : c;
	for (i = 0; i < more; i++) {
		c = (unsigned char)*t->at++;
		if ((c & 0xc0) != 0x80)
			return -1;
		value = value << 6 | (c & 0x3f);
	}
	if (value < least[more] || value > 0x10ffff || (value >= 0xd800 && value < 0xe000))
		return -1;
	return value;
}

bool sound__text(const char *text, size_t len)
{
	struct text t = {text, text + len};
	int32_t c;

	while (t.at < t.end) {
		c = take_char(&t);
		if (c != '\n' && (c < ' ' || (c >= 0x7f && c < 0xa0)))
			return false;
	}
	return true;
}

/* --- JSON --- */

static bool json_value(struct text *t, int depth);

static void skip_blanks(struct text *t)
{
	while (ahead(t, " \t\r\n"))
		t->at++;
}

static bool json_digits(struct text *t)
{
	const char *from = t->at;

	while (ahead(t, "0123456789"))
		t->at++;
	return t->at > from;
}

static bool json_number(struct text *t)
{
	take(t, '-');
	if (!take(t, '0') && !json_digits(t))
		return false;
	if (take(t, '.') && !json_digits(t))
		return false;
	if (!ahead(t, "eE"))
		return true;
	t->at++;
	if (ahead(t, "+-"))
		t->at++;
	return json_digits(t);
}

static bool json_string(struct text *t)
{
	int32_t c;
	int i;

	if (!take(t, '"'))
		return false;
	while (!take(t, '"')) {
		c = take_char(t);
		if (c < ' ')
			return false;
		if (c != '\\')
			continue;
		if (take(t, 'u')) {
			for (i = 0; i < 4; i++, t->at++)
				if (!ahead(t, "0123456789abcdefABCDEF"))
					return false;
		} else if (ahead(t, "\"\\/bfnrt")) {
			t->at++;
		} else {
			return false;
		}
	}
	return true;
}

/* What is between brackets; members of an object begin with their names. */
static bool json_list(struct text *t, char end, int depth)
{
	skip_blanks(t);
	if (take(t, end))
		return true;
	do {
		skip_blanks(t);
		if (end == '}') {
			if (!json_string(t))
				return false;
			skip_blanks(t);
			if (!take(t, ':'))
				return false;
		}
		if (!json_value(t, depth))
			return false;
	} while (take(t, ','));
	return take(t, end);
}

static bool json_value(struct text *t, int depth)
{
	bool is = false;

	skip_blanks(t);
	if (depth > DEEPEST)
		return false;
	if (take(t, '{'))
		is = json_list(t, '}', depth + 1);
	else if (take(t, '['))
		is = json_list(t, ']', depth + 1);
	else if (ahead(t, "\""))
		is = json_string(t);
	else
		is = take_word(t, "true") || take_word(t, "false") || take_word(t, "null") ||
		     json_number(t);
	skip_blanks(t);
	return is;
}

bool sound__json(const char *text, size_t len)
{
	struct text t = {text, text + len};

	return json_value(&t, 0) && t.at == t.end;
}

/* --- CSV --- */

static bool csv_field(struct text *t)
{
	if (!take(t, '"')) {
		while (t->at < t->end && !ahead(t, ",\r\n\"")) {
			if (take_char(t) < ' ')
				return false;
		}
		return t->at == t->end || *t->at != '"';
	}
	for (;;) {
		if (take(t, '"')) {
			if (!take(t, '"'))
				return true;
		} else if (take_char(t) < ' ') {
			return false;
		}
	}
}

bool sound__csv(const char *text, size_t len)
{
	struct text t = {text, text + len};
	size_t fields, first = 0;

	while (t.at < t.end) {
		fields = 0;
		do {
			if (!csv_field(&t))
				return false;
			fields++;
		} while (take(&t, ','));
		take(&t, '\r');
		if (!take(&t, '\n') || (first && fields != first))
			return false;
		first = fields;
	}
	return true;
}
