/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * A file without a name for what is known first but must come last: in a trace the names of things
 * come before their use, but which name a thing has is known in the end.
 */
#ifndef LIB_SPILL_H
#define LIB_SPILL_H

#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>

#define SPILL_FOLDERS 3

/*
 * In $TMPDIR, else /var/tmp (which is made for what does not fit into memory), else /tmp. Gone once
 * it is closed, however the program ends. Returns NULL with errno set.
 */
FILE *spill__open(void);
/* The same, a descriptor or a negative errno. */
int spill__descriptor(void);
/* Where it may be, the best first; NULL = that one is not given. */
const char *spill__folder(size_t number);
/* Whether it never has a name there, not even for a moment. */
bool spill__is_nameless(void);
/* Appends all of it to `out`. Returns 0, or a negative errno. */
int spill__copy(FILE *spill, FILE *out);

#endif
