/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What to answer to an HTTP request, of which everything may be hostile: there is one file, for the
 * pages of one origin. The host that a request names is looked at, or a page could reach us under a
 * name of its own that it lets point to 127.0.0.1.
 */
#ifndef SERVE_REQUEST_H
#define SERVE_REQUEST_H

#include <stddef.h>

#define REQUEST_MOST 8192 /* bytes, with all its headers */

struct request_rules {
	const char *host;   /* "127.0.0.1:9001" */
	const char *path;   /* "/name" */
	const char *origin; /* whose pages may read it */
};

enum request_answer {
	ANSWER_WAIT = 0, /* there must come more of it */
	ANSWER_FILE = 200,
	ANSWER_PREFLIGHT = 204, /* a browser asks whether it may ask */
	ANSWER_BAD = 400,
	ANSWER_FORBIDDEN = 403,
	ANSWER_NOT_FOUND = 404,
	ANSWER_METHOD = 405,
	ANSWER_TOO_LARGE = 431,
};

/* `text` is what came so far, from the first byte on, at most REQUEST_MOST bytes. */
enum request_answer request__judge(const struct request_rules *rules, const char *text, size_t len);

#endif
