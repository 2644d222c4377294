// SPDX-License-Identifier: GPL-2.0-only
#include "serve/request.h"

#include <stdbool.h>
#include <string.h>
#include <strings.h>

struct span {
	const char *at;
	size_t len;
};

struct request {
	struct span method, path, host, origin;
	struct span asked; /* the method that a preflight is about */
};

static bool is(struct span span, const char *text)
{
	return span.at && span.len == strlen(text) && !memcmp(span.at, text, span.len);
}

static bool is_any_case(struct span span, const char *text)
{
	return span.at && span.len == strlen(text) && !strncasecmp(span.at, text, span.len);
}

static bool is_token(struct span span)
{
	static const char marks[] = "!#$%&'*+-.^_`|~";
	size_t i;

	for (i = 0; i < span.len; i++) {
		unsigned char c = (unsigned char)span.at[i];

		if (!(c >= '0' && c <= '9') && !((c | 32) >= 'a' && (c | 32) <= 'z') &&
		    (!c || !strchr(marks, c)))
			return false;
	}
	return span.len;
}

/* Controls, but for a tab, have no place in a line; a lone CR or LF does not end one. */
static bool is_text(struct span span)
{
	size_t i;

	for (i = 0; i < span.len; i++) {
		unsigned char c = (unsigned char)span.at[i];

		if ((c < ' ' && c != '\t') || c == 0x7f)
			return false;
	}
	return true;
}

/* Cuts what is before `mark` off the front; all of it where there is none. */
static struct span cut(struct span *from, const char *mark)
{
	size_t len = strlen(mark);
	const char *at = from->len ? memmem(from->at, from->len, mark, len) : NULL;
	struct span piece = {from->at, at ? (size_t)(at - from->at) : from->len};
	size_t taken = at ? piece.len + len : piece.len;

	from->at += taken;
	from->len -= taken;
	return piece;
}

static bool read_first_line(struct request *r, struct span line)
{
	r->method = cut(&line, " ");
	r->path = cut(&line, " ");
	return is_token(r->method) && r->path.len && (is(line, "HTTP/1.1") || is(line, "HTTP/1.0"));
}

static bool read_header(struct request *r, struct span line)
{
	struct span value = line, name = cut(&value, ":"), *to = NULL;

	/* A line that continues another begins with a blank: no name does. */
	if (name.len == line.len || !is_token(name))
		return false;
	while (value.len && (*value.at == ' ' || *value.at == '\t')) {
		value.at++;
		value.len--;
	}
	while (value.len && (value.at[value.len - 1] == ' ' || value.at[value.len - 1] == '\t'))
		value.len--;
	if (is_any_case(name, "host"))
		to = &r->host;
	else if (is_any_case(name, "origin"))
		to = &r->origin;
	else if (is_any_case(name, "access-control-request-method"))
		to = &r->asked;
	if (!to)
		return true;
	/* Of two, who knows which one somebody else looks at? */
	if (to->at)
		return false;
	*to = value;
	return true;
}

static bool read_all(struct request *r, struct span text)
{
	struct span line = cut(&text, "\r\n");

	if (!is_text(line) || !read_first_line(r, line))
		return false;
	while (text.len) {
		line = cut(&text, "\r\n");
		if (!is_text(line) || !read_header(r, line))
			return false;
	}
	return r->host.at;
}

enum request_answer request__judge(const struct request_rules *rules, const char *text, size_t len)
{
	const char *end = len ? memmem(text, len, "\r\n\r\n", 4) : NULL;
	struct request r = {0};
	bool preflight;

	if (!end)
		return len < REQUEST_MOST ? ANSWER_WAIT : ANSWER_TOO_LARGE;
	if (!read_all(&r, (struct span){text, (size_t)(end - text)}))
		return ANSWER_BAD;
	if (!is_any_case(r.host, rules->host))
		return ANSWER_FORBIDDEN;
	preflight = is(r.method, "OPTIONS") && r.asked.at;
	if (!preflight && !is(r.method, "GET"))
		return ANSWER_METHOD;
	if (!is(r.path, rules->path))
		return ANSWER_NOT_FOUND;
	/* A request without an origin is no page's that may read the answer. */
	if (!is(r.origin, rules->origin))
		return ANSWER_FORBIDDEN;
	if (!preflight)
		return ANSWER_FILE;
	return is(r.asked, "GET") ? ANSWER_PREFLIGHT : ANSWER_METHOD;
}
