/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The table `places`: which functions samples were in. A sample has a place's number while the
 * slices go by; what that is called is known in the end.
 */
#ifndef EXPORT_CSV_PLACES_H
#define EXPORT_CSV_PLACES_H

#include <stdint.h>

struct csv_places;
struct csv_set;
struct frame;

/* Returns NULL when out of memory. */
struct csv_places *csv_places__new(void);
void csv_places__free(struct csv_places *p);

/* The number of a place; negative if there are too many to be told apart, or no memory. */
int64_t csv_places__id(struct csv_places *p, const struct frame *frame);
/* Returns 0 or a negative errno. */
int csv_places__write(struct csv_set *s, const struct csv_places *p);

#endif
