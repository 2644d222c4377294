// SPDX-License-Identifier: GPL-2.0-only
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "export/text_canvas.h"

#define TICK	 10 /* columns, or a multiple */
#define DECIMALS 6

struct axis {
	uint64_t tick_ns, unit_ns;
	const char *unit;
	unsigned int decimals;
};

/* A unit that suits the largest time, and the decimals that tell two ticks apart. */
static void choose_unit(struct axis *a, uint64_t last_ns)
{
	static const char *const names[] = {"ns", "us", "ms", "s"};
	uint64_t digit;
	size_t i = 0;

	for (a->unit_ns = 1; i < 3 && last_ns >= a->unit_ns * 1000; i++)
		a->unit_ns *= 1000;
	a->unit = names[i];
	a->decimals = 0;
	for (digit = a->unit_ns; a->decimals < DECIMALS && digit > 1; digit /= 10) {
		if (a->tick_ns % digit == 0)
			return;
		a->decimals++;
	}
}

static size_t write_tick(char *buf, size_t size, const struct axis *a, uint64_t ns)
{
	uint64_t rest = ns % a->unit_ns, digit = a->unit_ns;
	unsigned int i;
	int n = snprintf(buf, size, "%" PRIu64, ns / a->unit_ns);

	for (i = 0; i < a->decimals && ns; i++) {
		digit /= 10;
		n += snprintf(buf + n, size - (size_t)n, "%s%" PRIu64, i ? "" : ".",
			      rest / digit % 10);
	}
	n += snprintf(buf + n, size - (size_t)n, " %s", a->unit);
	return (size_t)n;
}

/* Ticks stand at round times, wherever the picture begins. */
void axis__put(struct text_out *o, const struct canvas *c)
{
	uint64_t from = c->picture->scope.from_ns, ns;
	size_t len, every = 0, left = 2 + c->label + 2;
	struct axis a = {0};
	char text[48];

	do {
		every += TICK;
		a.tick_ns = every * c->step_ns;
		choose_unit(&a, from + c->span_ns);
		len = write_tick(text, sizeof(text), &a, from + c->span_ns);
	} while (len + 3 > every);
	for (ns = (from + a.tick_ns - 1) / a.tick_ns * a.tick_ns; ns < from + c->span_ns;
	     ns += a.tick_ns) {
		size_t at = left + (size_t)((ns - from) / c->step_ns);

		len = write_tick(text, sizeof(text), &a, ns);
		if (at + len + 1 > c->wish->width)
			break;
		text_out__pad(o, at);
		text_out__printf(o, "|%s", text);
	}
	text_out__end(o);
}
