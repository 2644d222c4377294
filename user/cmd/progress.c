// SPDX-License-Identifier: GPL-2.0-only
#include "cmd/progress.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "cmd/clock.h"

#define FIRST_NS  1000000000ull
#define REPEAT_NS 200000000ull

void progress__begin(struct progress *p, const char *doing, uint64_t total)
{
	const char *term = getenv("TERM");

	p->doing = doing;
	p->total = total;
	p->wanted = isatty(STDERR_FILENO) && term && strcmp(term, "dumb") != 0;
	p->shown = false;
	p->next_ns = clock__monotonic() + FIRST_NS;
}

void progress__update(struct progress *p, uint64_t done)
{
	uint64_t now;

	if (!p->wanted)
		return;
	now = clock__monotonic();
	if (now < p->next_ns)
		return;
	p->next_ns = now + REPEAT_NS;
	p->shown = true;
	if (p->total && done <= p->total)
		fprintf(stderr, "\rconctrace: %s, %.0f %%\033[K", p->doing,
			100.0 * (double)done / (double)p->total);
	else
		fprintf(stderr, "\rconctrace: %s, %" PRIu64 " events\033[K", p->doing, done);
}

void progress__end(struct progress *p)
{
	if (p->shown)
		fputs("\r\033[K", stderr);
	p->shown = false;
}
