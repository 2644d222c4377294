// SPDX-License-Identifier: GPL-2.0-only
#include <string.h>

#include "export/text_canvas.h"
#include "export/text_lane.h"
#include "lib/units.h"

/* What stands for a letter where there are more than letters; one column each. */
static const struct {
	char letter;
	const char *glyph;
} glyphs[] = {
	{'#', "\xe2\x96\x88"}, /* full block */
	{'-', "\xe2\x96\x91"}, /* light shade */
	{'+', "\xe2\x96\x92"}, /* medium shade */
	{'.', "\xc2\xb7"},     /* middle dot */
};

char letters__of(unsigned int state)
{
	switch (state) {
	case LANE_RUNNING:
		return '#';
	case LANE_RUNNABLE:
		return '-';
	case LANE_OTHER:
		return '+';
	case LANE_IDLE:
	case CAUSE_SLEEP:
		return '.';
	case LANE_UNKNOWN:
		return 'x';
	default:
		return cause__letter((enum cause)state);
	}
}

static enum text_style style_of(char letter)
{
	switch (letter) {
	case '#':
		return TEXT_GOOD;
	case '-':
		return TEXT_WAIT;
	case 'x':
		return TEXT_ALARM;
	case '.':
	case '+':
	case ' ':
		return TEXT_PLAIN;
	default:
		return (letter >= '0' && letter <= '9') || (letter >= 'A' && letter <= 'Z')
			       ? TEXT_GOOD
			       : TEXT_BLOCKED;
	}
}

static const char *glyph_of(char letter)
{
	size_t i;

	for (i = 0; i < sizeof(glyphs) / sizeof(*glyphs); i++)
		if (glyphs[i].letter == letter)
			return glyphs[i].glyph;
	return NULL;
}

void letters__put(struct text_out *o, char letter, bool unicode)
{
	const char *glyph = unicode ? glyph_of(letter) : NULL;

	text_out__style(o, style_of(letter));
	if (glyph)
		text_out__name(o, glyph, 1);
	else
		text_out__printf(o, "%c", letter);
}

static void put_item(struct text_out *o, const struct canvas *c, const char *letters,
		     const char *words)
{
	if (o->width + 3 + strlen(letters) + strlen(words) > c->wish->width) {
		text_out__end(o);
		text_out__pad(o, 4);
	}
	text_out__printf(o, "  ");
	letters__put(o, *letters, c->wish->unicode);
	text_out__printf(o, "%s", letters + 1);
	text_out__style(o, TEXT_PLAIN);
	text_out__printf(o, " %s", words);
}

static void put_causes(struct text_out *o, const struct canvas *c)
{
	unsigned int cause;

	for (cause = 0; cause < CAUSE_COUNT; cause++) {
		char letter[2] = {cause__letter((enum cause)cause)};

		if (cause != CAUSE_SLEEP && c->used[*letter & 127])
			put_item(o, c, letter, cause__name((enum cause)cause));
	}
}

void letters__legend(struct text_out *o, const struct canvas *c)
{
	char step[UNITS_LEN];

	text_out__heading(o, "TIME");
	text_out__printf(o, "%s a column:", units__ns(step, c->step_ns));
	if (c->used['#'])
		put_item(o, c, "#", "running");
	if (c->used['-'])
		put_item(o, c, "-", "waiting for a CPU");
	put_causes(o, c);
	if (c->used['.'])
		put_item(o, c, ".",
			 !c->asleep    ? "idle"
			 : c->cpu_idle ? "idle or asleep"
				       : "asleep");
	if (c->used['+'])
		put_item(o, c, "+", "others");
	if (c->used['x'])
		put_item(o, c, "x", "not known");
	if (c->joint)
		put_item(o, c, "1-9", "tenths of the CPUs used");
	text_out__end(o);
}
