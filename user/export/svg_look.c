// SPDX-License-Identifier: GPL-2.0-only
#include "export/svg_look.h"

#include <stddef.h>
#include <stdio.h>

#include "export/text_lane.h"
#include "lib/strbuf.h"

#define FONTS "system-ui,-apple-system,'Segoe UI',Roboto,'DejaVu Sans',sans-serif"
#define MONO  "ui-monospace,SFMono-Regular,Menlo,Consolas,'DejaVu Sans Mono',monospace"

const char *const look_classes[LOOK_COUNT] = {
	[LOOK_NONE] = "",	[LOOK_RUNNING] = "running", [LOOK_RUNNABLE] = "runnable",
	[LOOK_LOCK] = "lock",	[LOOK_PARTNER] = "partner", [LOOK_IO] = "io",
	[LOOK_SLEEP] = "sleep", [LOOK_OTHER] = "other",	    [LOOK_UNKNOWN] = "unknown",
};

const char *const hue_classes[HUE_COUNT] = {
	"", "h1", "h2", "h3", "h4", "h5", "h6", "other", "unknown",
};

/* Colours on white and on black; tile: the pattern's size, pattern: what of it is darker. */
static const struct {
	const char *class, *light, *dark;
	unsigned int tile;
	const char *pattern;
} fills[] = {
	{"running", "#009e73", "#1fae84", 0, NULL},
	{"runnable", "#f0b429", "#e6a817", 4, "M0 1h1v1h-1z"},
	{"lock", "#d55e00", "#e06a12", 6, "M0 0h2l-2 2zM6 0v2l-4 4h-2z"},
	{"partner", "#cc79a7", "#d184b0", 8, "M0 0h1l7 7v1zM0 7v1h1z"},
	{"io", "#3b8fd0", "#4c9fe0", 4, "M0 1h4v1h-4z"},
	{"sleep", "#ccd2da", "#4a525d", 0, NULL},
	{"other", "#a9b1bc", "#6d7683", 0, NULL},
	{"unknown", "#4b5563", "#8b95a3", 4, "M0 0h2v1h-2zM2 2h2v1h-2z"},
	{"h1", "#56b4e9", "#56b4e9", 0, NULL},
	{"h2", "#009e73", "#009e73", 0, NULL},
	{"h3", "#e69f00", "#e69f00", 0, NULL},
	{"h4", "#cc79a7", "#cc79a7", 0, NULL},
	{"h5", "#8d7bd4", "#8d7bd4", 0, NULL},
	{"h6", "#b5a642", "#b5a642", 0, NULL},
	{"page", "#ffffff", "#15171a", 0, NULL},
	{"track", "#f3f4f6", "#1e2125", 0, NULL},
	{"line", "#d5d9df", "#373c44", 0, NULL},
	{"ink", "#17191c", "#eceef1", 0, NULL},
	{"soft", "#555c66", "#a6adb8", 0, NULL},
	{"warn", "#9a3412", "#fdba74", 0, NULL},
};

enum svg_look look__of(unsigned int state)
{
	switch (state) {
	case LANE_RUNNING:
		return LOOK_RUNNING;
	case LANE_RUNNABLE:
		return LOOK_RUNNABLE;
	case LANE_OTHER:
		return LOOK_OTHER;
	case LANE_IDLE:
		return LOOK_NONE;
	case LANE_UNKNOWN:
		return LOOK_UNKNOWN;
	case CAUSE_MUTEX:
	case CAUSE_RWLOCK:
	case CAUSE_KERNEL:
	case CAUSE_GIL:
		return LOOK_LOCK;
	case CAUSE_CONDVAR:
	case CAUSE_SEMAPHORE:
	case CAUSE_BARRIER:
	case CAUSE_ONCE:
	case CAUSE_JOIN:
	case CAUSE_FUTEX:
	case CAUSE_CHILD:
		return LOOK_PARTNER;
	case CAUSE_DISK:
	case CAUSE_FILE:
	case CAUSE_NETWORK:
	case CAUSE_PIPE:
	case CAUSE_POLL:
	case CAUSE_PAGEFAULT:
		return LOOK_IO;
	default:
		return LOOK_SLEEP;
	}
}

const char *look__words(enum svg_look look)
{
	static const char *const words[LOOK_COUNT] = {
		[LOOK_NONE] = "idle",
		[LOOK_RUNNING] = "running",
		[LOOK_RUNNABLE] = "runnable: waits for a CPU",
		[LOOK_LOCK] = "blocked by a lock",
		[LOOK_PARTNER] = "blocked by other threads",
		[LOOK_IO] = "blocked in input, output",
		[LOOK_SLEEP] = "blocked",
		[LOOK_OTHER] = "another program",
		[LOOK_UNKNOWN] = "not known",
	};

	return words[look];
}

static void add_colour(struct strbuf *out, size_t i, const char *colour, unsigned int percent)
{
	unsigned int r, g, b;

	strbuf__printf(out, ".conctrace .%s%s{fill:%s}\n", fills[i].class,
		       fills[i].pattern ? "-a" : "", colour);
	if (!fills[i].pattern || sscanf(colour, "#%2x%2x%2x", &r, &g, &b) != 3)
		return;
	strbuf__printf(out, ".conctrace .%s-b{fill:#%02x%02x%02x}\n", fills[i].class,
		       r * percent / 100, g * percent / 100, b * percent / 100);
}

static void add_defs(struct strbuf *out)
{
	size_t i;

	strbuf__puts(out, "<defs>\n");
	for (i = 0; i < sizeof(fills) / sizeof(*fills); i++) {
		if (!fills[i].pattern)
			continue;
		strbuf__printf(out,
			       "<pattern id=\"conctrace-%s\" width=\"%u\" height=\"%u\" "
			       "patternUnits=\"userSpaceOnUse\"><rect class=\"%s-a\" width=\"%u\" "
			       "height=\"%u\"/><path class=\"%s-b\" d=\"%s\"/></pattern>\n",
			       fills[i].class, fills[i].tile, fills[i].tile, fills[i].class,
			       fills[i].tile, fills[i].tile, fills[i].class, fills[i].pattern);
	}
	strbuf__puts(out, "</defs>\n");
}

/* Styles stay within the picture, should it become part of a page. */
void look__add_style(struct strbuf *out)
{
	size_t i;

	strbuf__puts(out, "<style>\n"
			  ".conctrace text{font-family:" FONTS ";font-size:12px}\n"
			  ".conctrace text.title{font-size:16px;font-weight:600}\n"
			  ".conctrace text.head{font-weight:600}\n"
			  ".conctrace text.name{font-family:" MONO ";font-size:11px}\n"
			  ".conctrace text.small{font-size:11px}\n"
			  ".conctrace text.in{font-size:10px}\n"
			  ".conctrace .on{fill:#111111}\n");
	for (i = 0; i < sizeof(fills) / sizeof(*fills); i++)
		add_colour(out, i, fills[i].light, 80);
	for (i = 0; i < sizeof(fills) / sizeof(*fills); i++)
		if (fills[i].pattern)
			strbuf__printf(out, ".conctrace .%s{fill:url(#conctrace-%s)}\n",
				       fills[i].class, fills[i].class);
	strbuf__puts(out, "@media screen and (prefers-color-scheme:dark){\n");
	for (i = 0; i < sizeof(fills) / sizeof(*fills); i++)
		add_colour(out, i, fills[i].dark, 72);
	strbuf__puts(out, "}\n</style>\n");
	add_defs(out);
}
