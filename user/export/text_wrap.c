// SPDX-License-Identifier: GPL-2.0-only
#include "export/text_wrap.h"

#include <string.h>

#define RESERVE 2 /* columns for a separator that stays at the end of a line */

void text_wrap__begin(struct text_wrap *w, struct text_out *o, size_t indent)
{
	*w = (struct text_wrap){.o = o, .indent = indent, .padded = !o->width};
	if (w->padded)
		text_out__pad(o, indent);
}

static size_t printable_width(const char *text, size_t most)
{
	struct text_out probe = {0};
	size_t width;

	text_out__name(&probe, text, most);
	width = probe.width;
	text_out__clear(&probe);
	return width;
}

void text_wrap__add(struct text_wrap *w, const char *separator, const char *text)
{
	size_t most = TEXT_COLUMNS - RESERVE - w->indent, width = printable_width(text, most);
	size_t len = w->any ? strlen(separator) : 0;
	bool fits = w->o->width + len + width + RESERVE <= TEXT_COLUMNS;

	if (!fits) {
		text_out__printf(w->o, "%.*s", (int)(len ? len - 1 : 0), separator);
		text_out__end(w->o);
		text_out__pad(w->o, w->indent);
	} else if (len) {
		text_out__printf(w->o, "%s", separator);
	}
	text_out__name(w->o, text, most);
	w->any = true;
}

void text_wrap__end(struct text_wrap *w)
{
	if (w->any || !w->padded) {
		text_out__end(w->o);
	} else {
		strbuf__reset(&w->o->line);
		w->o->width = 0;
	}
}
