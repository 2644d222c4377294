// SPDX-License-Identifier: GPL-2.0-only
/*
 * Text from the traced program in every form of output: nothing in it becomes markup, a control, or
 * the end of a string; and what is valid comes out again as it was.
 */
#include <stdlib.h>
#include <string.h>

#include "export/svg_page.h"
#include "export/text_out.h"
#include "lib/strbuf.h"
#include "tests/fuzz/lib/fuzz.h"
#include "tests/fuzz/lib/sound.h"

static void json(const char *text, size_t len)
{
	struct strbuf out = {0};

	strbuf__add_json(&out, text, len);
	FUZZ_HOLDS(sound__json(out.text, out.len) && sound__text(out.text, out.len));
	FUZZ_HOLDS(out.text[0] == '"' && out.text[out.len - 1] == '"');
	strbuf__free(&out);
}

/* Undoes the quoting. */
static bool reads_back(const char *field, size_t n, const char *text, size_t len)
{
	size_t i, k = 0;

	for (i = 1; i + 1 < n; i++, k++) {
		if (k == len || field[i] != text[k])
			return false;
		i += field[i] == '"';
	}
	return k == len;
}

static void csv(const char *text, size_t len)
{
	struct strbuf out = {0};

	strbuf__add_csv(&out, text, len);
	FUZZ_HOLDS(sound__text(out.text, out.len) && !memchr(out.text, '\n', out.len));
	FUZZ_HOLDS(!sound__text(text, len) || memchr(text, '\n', len) ||
		   reads_back(out.text, out.len, text, len));
	strbuf__puts(&out, ",1\n");
	FUZZ_HOLDS(sound__csv(out.text, out.len));
	strbuf__free(&out);
}

static void printable(const char *text, size_t len)
{
	struct strbuf out = {0};
	bool plain = true;
	size_t i;

	for (i = 0; i < len; i++)
		plain &= text[i] >= ' ' && text[i] < 0x7f;

	strbuf__add_printable(&out, text, len);
	FUZZ_HOLDS(sound__text(strbuf__text(&out), out.len) &&
		   !memchr(strbuf__text(&out), '\n', out.len));
	FUZZ_HOLDS(!plain || (out.len == len && !memcmp(strbuf__text(&out), text, len)));
	strbuf__free(&out);
}

static void terminal(const char *name, size_t columns, bool ascii)
{
	struct text_out o;
	char *text = NULL;
	size_t len;
	FILE *file = open_memstream(&text, &len);

	FUZZ_HOLDS(file);
	text_out__init(&o, file);
	o.ascii = ascii;
	text_out__name(&o, name, columns);
	FUZZ_HOLDS(o.width <= columns);
	text_out__end(&o);
	FUZZ_HOLDS(!text_out__failure(&o));
	text_out__clear(&o);
	fclose(file);
	FUZZ_HOLDS(sound__text(text, len));
	FUZZ_HOLDS(len && memchr(text, '\n', len) == text + len - 1);
	FUZZ_HOLDS(text_width(text) <= columns + 1);
	free(text);
}

static void svg(const char *text, size_t columns)
{
	struct strbuf out = {0};

	strbuf__puts(&out, "<text a=\"");
	svg__escape(&out, text, columns);
	strbuf__puts(&out, "\">");
	svg__escape(&out, text, columns);
	strbuf__puts(&out, "</text>");
	FUZZ_HOLDS(sound__xml(out.text, out.len));
	strbuf__free(&out);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct feed f = {data, size};
	size_t columns = feed__number(&f, 1) % 80 + 4;
	bool ascii = feed__number(&f, 1) & 1;
	char *text = (char *)feed__rest(&f, &size), *name;

	json(text, size);
	csv(text, size);
	printable(text, size);
	name = strndup(text, size);
	FUZZ_HOLDS(name);
	terminal(name, columns, ascii);
	svg(name, columns);
	free(name);
	free(text);
	return 0;
}
