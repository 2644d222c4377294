/* SPDX-License-Identifier: GPL-2.0-only */
/* What standard output can show. */
#ifndef CMD_SCREEN_H
#define CMD_SCREEN_H

#include <stdbool.h>
#include <stddef.h>

#define SCREEN_LEAST 40 /* columns that are drawn at least */
#define SCREEN_MOST  1000

/* Columns of the terminal: COLUMNS, else what it says itself; 80 if it is none. */
size_t screen__columns(void);
/* Whether block characters come out right: the locale is UTF-8, and TERM is not "dumb". */
bool screen__unicode(void);

#endif
