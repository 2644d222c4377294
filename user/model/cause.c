// SPDX-License-Identifier: GPL-2.0-only
#include "model/cause.h"

struct row {
	const char *name;
	char letter;
	const char *words;
};

static const struct row rows[CAUSE_COUNT] = {
#define X(id, name, letter, words) [CAUSE_##id] = {name, letter, words},
	MODEL_CAUSES(X)
#undef X
};

static const struct row *row(enum cause cause)
{
	return &rows[(unsigned int)cause < CAUSE_COUNT ? cause : CAUSE_OTHER];
}

const char *cause__name(enum cause cause)
{
	return row(cause)->name;
}

char cause__letter(enum cause cause)
{
	return row(cause)->letter;
}

const char *cause__words(enum cause cause)
{
	return row(cause)->words;
}
