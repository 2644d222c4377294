/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Hands one file to one web page, once, over HTTP on 127.0.0.1: no other address is ever bound.
 * Everybody on the machine can connect; who is slow or sends rubbish costs a fixed piece of memory,
 * for a bounded time.
 */
#ifndef SERVE_SERVE_H
#define SERVE_SERVE_H

#include <stdint.h>

struct error;
struct serve;

struct serve_options {
	int file;	    /* to be read from its start */
	const char *path;   /* "/name" */
	const char *origin; /* the one whose pages may have it: "https://host" */
	uint64_t limit_ns;  /* how long to wait for all of it */
	int stop_fd;	    /* ends it once it can be read */
};

/* From here on clients may connect; they wait. Returns 0, or a negative errno with err filled. */
int serve__open(uint16_t port, struct serve **out, struct error *err);
/*
 * Returns 0 once the file was fetched in full; -EINTR by stop_fd, -ETIMEDOUT after limit_ns, or
 * another negative errno; err is filled.
 */
int serve__once(struct serve *s, const struct serve_options *opts, struct error *err);
void serve__close(struct serve *s);

#endif
