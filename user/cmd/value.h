/* SPDX-License-Identifier: GPL-2.0-only */
/* The argument of an option, from text to what its row wants. */
#ifndef CMD_VALUE_H
#define CMD_VALUE_H

struct error;
struct option_row;

/* Stores the value at row->target. Returns 0, or -EINVAL with err naming option and text. */
int value__parse(const struct option_row *row, const char *text, struct error *err);

#endif
