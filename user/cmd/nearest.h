/* SPDX-License-Identifier: GPL-2.0-only */
/* "Did you mean ...?": which of some words a mistyped one is closest to. */
#ifndef CMD_NEAREST_H
#define CMD_NEAREST_H

#include <stddef.h>

/*
 * Edits that turn a into b: insert, delete, replace a letter, swap two neighbours (the optimal
 * string alignment form of the Damerau-Levenshtein distance). Words over 63 letters are as far
 * apart as can be.
 */
unsigned int nearest__distance(const char *a, const char *b);

/* Keeps the better guess of *best and word; both for `typed`. Start with *best NULL. */
void nearest__offer(const char *typed, const char *word, const char **best);

#endif
