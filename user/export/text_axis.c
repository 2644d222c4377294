// SPDX-License-Identifier: GPL-2.0-only
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "export/text_canvas.h"

#define TICK	 10 /* columns, or a multiple */
#define DECIMALS 6

struct axis {
	uint64_t from_ns, tick_ns, unit_ns;
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
		if (a->tick_ns % digit == 0 && a->from_ns % digit == 0)
			return;
		a->decimals++;
	}
}

static size_t write_tick(char *buf, size_t size, const struct axis *a, uint64_t ns)
{
	uint64_t rest = ns % a->unit_ns, digit = a->unit_ns;
	unsigned int i;
	int n = snprintf(buf, size, "%" PRIu64, ns / a->unit_ns);

	for (i = 0; i < a->decimals; i++) {
		digit /= 10;
		n += snprintf(buf + n, size - (size_t)n, "%s%" PRIu64, i ? "" : ".",
			      rest / digit % 10);
	}
	n += snprintf(buf + n, size - (size_t)n, " %s", a->unit);
	return (size_t)n;
}

void axis__put(struct text_out *o, const struct canvas *c)
{
	struct axis a = {.from_ns = c->picture->scope.from_ns};
	size_t column, len, every = 0, right = 2 + c->label + 2 + c->columns;
	char text[48];

	do {
		every += TICK;
		a.tick_ns = every * c->step_ns;
		choose_unit(&a, a.from_ns + c->span_ns);
		len = write_tick(text, sizeof(text), &a, a.from_ns + c->span_ns);
	} while (len + 3 > every);
	for (column = 0; column < c->columns; column += every) {
		len = write_tick(text, sizeof(text), &a, a.from_ns + column * c->step_ns);
		if (o->width && 2 + c->label + 2 + column + len + 1 > right)
			break;
		text_out__pad(o, 2 + c->label + 2 + column);
		text_out__printf(o, "|%s", text);
	}
	text_out__end(o);
}
