/* SPDX-License-Identifier: GPL-2.0-only */
/* One connection: takes a request, answers it, ends. Of a fixed size, and of a bounded time. */
#ifndef SERVE_CLIENT_H
#define SERVE_CLIENT_H

#include <stdbool.h>
#include <stdint.h>

#include "serve/request.h"

struct served {
	int file;
	uint64_t size;
	struct request_rules rules;
};

enum client_state {
	CLIENT_FREE, /* all-zero: nobody is there */
	CLIENT_ASKS,
	CLIENT_TAKES,  /* the answer */
	CLIENT_LEAVES, /* all was sent: it shall close first, or what it did not read yet is lost */
};

struct client {
	enum client_state state;
	int fd;
	uint64_t began_ns, deadline_ns;
	bool wants_file;
	uint64_t offset; /* of the file, next to send */
	/* The request, then the answer's head. */
	char text[REQUEST_MOST];
	size_t len, sent;
};

/* fd is non-blocking and the client's from here on. Times are CLOCK_MONOTONIC. */
void client__begin(struct client *c, int fd, uint64_t now_ns);
void client__end(struct client *c);
/* What to poll for. */
short client__events(const struct client *c);
/*
 * When something came, or the time is over; ends the client when that is due. Returns whether the
 * file has arrived in full.
 */
bool client__step(struct client *c, const struct served *served, bool ready, uint64_t now_ns);

#endif
