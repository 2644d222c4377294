// SPDX-License-Identifier: GPL-2.0-only
#include "export/axis.h"
#include "export/text_canvas.h"

#define TICK 10 /* columns, or a multiple */

/* Ticks stand at round times, wherever the picture begins. */
void axis__put(struct text_out *o, const struct canvas *c)
{
	uint64_t from = c->picture->scope.from_ns, ns;
	size_t len, every = 0, left = 2 + c->label + 2;
	struct axis a;
	char text[AXIS_LEN];

	do {
		every += TICK;
		axis__choose(&a, every * c->step_ns, from + c->span_ns);
		len = axis__write(text, &a, from + c->span_ns);
	} while (len + 3 > every);
	for (ns = (from + a.tick_ns - 1) / a.tick_ns * a.tick_ns; ns < from + c->span_ns;
	     ns += a.tick_ns) {
		size_t at = left + (size_t)((ns - from) / c->step_ns);

		len = axis__write(text, &a, ns);
		if (at + len + 1 > c->wish->width)
			break;
		text_out__pad(o, at);
		text_out__printf(o, "|%s", text);
	}
	text_out__end(o);
}
