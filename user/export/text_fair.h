/* SPDX-License-Identifier: GPL-2.0-only */
/* One letter for a column in which several things happened. */
#ifndef EXPORT_TEXT_FAIR_H
#define EXPORT_TEXT_FAIR_H

#include <stddef.h>

/*
 * Chooses one of the states that took time in a column: the one that took most. With `owed` (an
 * element per state, zero before the first column) the time of those that were not chosen is not
 * forgotten: they come next. So a state has as many columns of the lane as it has time in it, give
 * or take one, however short its pieces are. Returns n if no state took time.
 */
size_t fair__choose(const double *ns, double *owed, size_t n);

#endif
