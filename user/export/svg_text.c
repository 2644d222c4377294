// SPDX-License-Identifier: GPL-2.0-only
/* Words in the picture, and whatever else comes from outside and must not become markup. */
#include <string.h>

#include "export/svg_page.h"
#include "export/text_out.h"

#define LETTER 6 /* how wide one of the small ones is, at most, on average */
#define USEFUL 8 /* letters of a name */

/* XML 1.0 has no place for U+FFFE and U+FFFF; other characters that it has not are gone before. */
static bool is_noncharacter(const char *text)
{
	return text[0] == '\xef' && text[1] == '\xbf' && (text[2] == '\xbe' || text[2] == '\xbf');
}

static void add_escaped(struct strbuf *out, const char *text)
{
	for (; *text; text++) {
		switch (*text) {
		case '&':
			strbuf__puts(out, "&amp;");
			break;
		case '<':
			strbuf__puts(out, "&lt;");
			break;
		case '>':
			strbuf__puts(out, "&gt;");
			break;
		case '"':
			strbuf__puts(out, "&quot;");
			break;
		case '\'':
			strbuf__puts(out, "&#39;");
			break;
		default:
			if (is_noncharacter(text)) {
				strbuf__puts(out, "&#xfffd;");
				text += 2;
				break;
			}
			strbuf__add(out, text, 1);
		}
	}
}

void svg__escape(struct strbuf *out, const char *text, size_t max)
{
	struct text_out line = {0};

	text_out__name(&line, text, max);
	add_escaped(out, strbuf__text(&line.line));
	out->failed |= strbuf__failed(&line.line) || strbuf__failed(&line.scratch);
	text_out__clear(&line);
}

void svg__text(struct strbuf *out, const char *class, unsigned int x, unsigned int y,
	       const char *text, size_t max)
{
	strbuf__printf(out, "<text class=\"%s\" x=\"%u\" y=\"%u\">", class, x, y);
	svg__escape(out, text, max);
	strbuf__puts(out, "</text>\n");
}

/* The bytes of a line: up to the last blank that still fits, or all that does. */
static size_t line_length(const char *text, size_t columns)
{
	size_t len = 0, end = 0;

	while (len < columns && text[len]) {
		len++;
		if (text[len] == ' ' || !text[len])
			end = len;
	}
	if (end)
		return end;
	while (len > 1 && ((unsigned char)text[len] & 0xc0) == 0x80)
		len--;
	return len;
}

unsigned int svg__wrap(struct strbuf *out, const char *class, unsigned int x, unsigned int y,
		       const char *text, size_t columns, unsigned int lines)
{
	struct strbuf line = {0};
	unsigned int n = 0;

	for (; *text && n < lines; n++) {
		size_t len = n + 1 < lines ? line_length(text, columns) : strlen(text);

		strbuf__reset(&line);
		strbuf__add(&line, text, len);
		svg__text(out, class, x, y + 15 * n, strbuf__text(&line), columns);
		text += len;
		text += strspn(text, " ");
	}
	out->failed |= strbuf__failed(&line);
	strbuf__free(&line);
	return n;
}

void svg__track(struct svg_page *p, unsigned int height, const char *name, unsigned int indent)
{
	unsigned int x = SVG_MARGIN + indent;

	strbuf__printf(&p->body,
		       "<rect class=\"track\" x=\"%d\" y=\"%u\" width=\"%d\" height=\"%u\"/>\n",
		       SVG_LEFT, p->y, SVG_PLOT, height);
	/* A letter of the names' font is 6.6 wide. */
	svg__text(&p->body, indent > 14 ? "name soft" : "name ink", x, p->y + height / 2 + 4, name,
		  (size_t)(SVG_LEFT - 4 - x) * 10 / 66);
}

void svg__strip(struct svg_page *p, const struct strip *strip, bool hues)
{
	bool *drawn = hues ? p->hue_drawn : p->drawn;
	size_t kind;

	for (kind = 1; kind < STRIP_KINDS; kind++)
		drawn[kind] |= strip__cells(strip, kind) > 0;
	strip__add(strip, &p->body, SVG_LEFT, p->y, hues ? hue_classes : look_classes);
}

void svg__heading(struct svg_page *p, const char *name, const char *more)
{
	p->y += 8;
	svg__text(&p->body, "head ink", SVG_MARGIN, p->y + 12, name, more ? 100 : 130);
	if (more)
		strbuf__printf(&p->body,
			       "<text class=\"small soft\" x=\"%d\" y=\"%u\" "
			       "text-anchor=\"end\">%s</text>\n",
			       SVG_LEFT + SVG_PLOT, p->y + 12, more);
	p->y += SVG_PITCH;
}

void svg__label(struct svg_page *p, unsigned int y, const uint8_t *ids,
		struct svg_words (*words)(const void *ctx, unsigned int id), const void *ctx)
{
	size_t first, end, room;

	for (first = 0; first < STRIP_COLUMNS; first = end) {
		struct svg_words w = {0};

		for (end = first + 1; end < STRIP_COLUMNS && ids[end] == ids[first];)
			end++;
		if (ids[first] != SVG_MIXED)
			w = words(ctx, ids[first]);
		room = (end - first) * STRIP_COLUMN;
		room = room > 8 ? (room - 8) / LETTER : 0;
		/* What would be cut to nothing useful is left out. */
		if (!w.text || (room < USEFUL && strlen(w.text) > room))
			continue;
		svg__text(&p->body, w.class, SVG_LEFT + (unsigned int)first * STRIP_COLUMN + 4,
			  y + 12, w.text, room);
	}
}

void svg__column(const struct svg_page *p, size_t column, uint64_t *from, uint64_t *to)
{
	*from = (uint64_t)((unsigned __int128)p->span_ns * column / STRIP_COLUMNS);
	*to = (uint64_t)((unsigned __int128)p->span_ns * (column + 1) / STRIP_COLUMNS);
	*to = *to > *from ? *to : *from + 1;
}

double svg__x(const struct svg_page *p, uint64_t ns)
{
	uint64_t first = p->start_ns + p->from_ns;

	ns = ns > first ? ns - first : 0;
	ns = ns < p->span_ns ? ns : p->span_ns;
	return SVG_LEFT + (double)ns / (double)p->span_ns * SVG_PLOT;
}
