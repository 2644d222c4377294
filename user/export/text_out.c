// SPDX-License-Identifier: GPL-2.0-only
#include "export/text_out.h"

#include <errno.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "lib/units.h"

static const char *const escapes[] = {
	[TEXT_PLAIN] = "\033[0m", [TEXT_HEADING] = "\033[1m", [TEXT_ALARM] = "\033[1;31m",
	[TEXT_GOOD] = "\033[32m", [TEXT_WAIT] = "\033[33m",   [TEXT_BLOCKED] = "\033[35m",
};

/* Unicode ranges of other widths than 1, after Markus Kuhn's wcwidth(); near enough for names. */
static const struct {
	uint32_t first, last;
	unsigned int width;
} widths[] = {
	{0x0300, 0x036f, 0},   {0x1100, 0x115f, 2},   {0x1ab0, 0x1aff, 0},   {0x1dc0, 0x1dff, 0},
	{0x200b, 0x200f, 0},   {0x20d0, 0x20ff, 0},   {0x2e80, 0x303e, 2},   {0x3041, 0xa4cf, 2},
	{0xac00, 0xd7a3, 2},   {0xf900, 0xfaff, 2},   {0xfe00, 0xfe0f, 0},   {0xfe20, 0xfe2f, 0},
	{0xfe30, 0xfe6f, 2},   {0xff00, 0xff60, 2},   {0xffe0, 0xffe6, 2},   {0x1f300, 0x1f64f, 2},
	{0x1f680, 0x1f6ff, 2}, {0x1f900, 0x1f9ff, 2}, {0x20000, 0x3fffd, 2}, {0xe0100, 0xe01ef, 0},
};

/* Decodes one character of valid UTF-8, moves *p past it. */
static uint32_t next_char(const char **p)
{
	unsigned char lead = (unsigned char)*(*p)++;
	unsigned int more = lead < 0xc0 ? 0 : lead < 0xe0 ? 1 : lead < 0xf0 ? 2 : 3;
	uint32_t c = more ? lead & (0x3f >> more) : lead;

	for (; more && **p; more--)
		c = c << 6 | ((unsigned char)*(*p)++ & 0x3f);
	return c;
}

static unsigned int char_width(uint32_t c)
{
	size_t i;

	for (i = 0; i < sizeof(widths) / sizeof(*widths) && c >= widths[i].first; i++)
		if (c <= widths[i].last)
			return widths[i].width;
	return 1;
}

size_t text_width(const char *text)
{
	size_t width = 0;

	while (*text)
		width += char_width(next_char(&text));
	return width;
}

static bool wants_colour(FILE *file)
{
	const char *no_color = getenv("NO_COLOR"), *term = getenv("TERM");

	return isatty(fileno(file)) && !(no_color && *no_color) && term && *term &&
	       strcmp(term, "dumb") != 0;
}

void text_out__init(struct text_out *o, FILE *file)
{
	memset(o, 0, sizeof(*o));
	o->file = file;
	o->colour = wants_colour(file);
}

void text_out__clear(struct text_out *o)
{
	strbuf__free(&o->line);
	strbuf__free(&o->scratch);
}

int text_out__open(const struct export_input *in, FILE *out, void **state)
{
	struct text_out *o = calloc(1, sizeof(*o));

	(void)in;
	if (!o)
		return -ENOMEM;
	text_out__init(o, out);
	*state = o;
	return 0;
}

void text_out__close(void *state)
{
	struct text_out *o = state;

	if (!o)
		return;
	text_out__clear(o);
	free(o);
}

void text_out__printf(struct text_out *o, const char *fmt, ...)
{
	char text[256];
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(text, sizeof(text), fmt, ap);
	va_end(ap);
	strbuf__puts(&o->line, text);
	o->width += strlen(text);
}

static void add_name(struct text_out *o, const char *name)
{
	if (!o->ascii) {
		strbuf__add_printable(&o->scratch, name, strlen(name));
		return;
	}
	for (; *name; name++) {
		if ((unsigned char)*name < 0x80)
			strbuf__add_printable(&o->scratch, name, 1);
		else
			strbuf__printf(&o->scratch, "\\x%02x", (unsigned char)*name);
	}
}

void text_out__name(struct text_out *o, const char *name, size_t max)
{
	const char *text, *p, *next;
	size_t width = 0, all, room;

	strbuf__reset(&o->scratch);
	add_name(o, name);
	text = strbuf__text(&o->scratch);
	all = text_width(text);
	room = all <= max ? all : max > 3 ? max - 3 : 0;
	for (p = next = text; *p; p = next) {
		size_t more = char_width(next_char(&next));

		if (width + more > room)
			break;
		width += more;
	}
	strbuf__add(&o->line, text, (size_t)(p - text));
	o->width += width;
	if (all > max)
		text_out__printf(o, "%.*s", (int)(max < 3 ? max : 3), "...");
}

void text_out__pad(struct text_out *o, size_t column)
{
	while (o->width < column && !strbuf__failed(&o->line)) {
		strbuf__add(&o->line, " ", 1);
		o->width++;
	}
}

void text_out__style(struct text_out *o, enum text_style style)
{
	if (!o->colour || style == o->style)
		return;
	if (o->style != TEXT_PLAIN)
		strbuf__puts(&o->line, escapes[TEXT_PLAIN]);
	if (style != TEXT_PLAIN)
		strbuf__puts(&o->line, escapes[style]);
	o->style = style;
}

void text_out__heading(struct text_out *o, const char *heading)
{
	text_out__style(o, TEXT_HEADING);
	text_out__printf(o, "%s", heading);
	text_out__style(o, TEXT_PLAIN);
	text_out__printf(o, "  ");
}

void text_out__end(struct text_out *o)
{
	const char *text;
	size_t len;

	text_out__style(o, TEXT_PLAIN);
	text = strbuf__text(&o->line);
	len = o->line.len;
	while (len && text[len - 1] == ' ')
		len--;
	fprintf(o->file, "%.*s\n", (int)len, text);
	strbuf__reset(&o->line);
	o->width = 0;
}

int text_out__failure(struct text_out *o)
{
	if (strbuf__failed(&o->line) || strbuf__failed(&o->scratch))
		return -ENOMEM;
	return fflush(o->file) || ferror(o->file) ? -EIO : 0;
}

void text_out__more(struct text_out *o, size_t n)
{
	char count[UNITS_LEN];

	if (!n)
		return;
	text_out__printf(o, "  ... %s more: conctrace report --json -", units__count(count, n));
	text_out__end(o);
}
