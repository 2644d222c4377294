/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Gives up, for good, the right to change the file system, to run programs and to use TCP; reading
 * stays as it is. See landlock(7).
 */
#ifndef LIB_LANDLOCK_H
#define LIB_LANDLOCK_H

#include <stdbool.h>
#include <stddef.h>

/* What may still be written to. */
struct landlock_folder {
	int fd;
	bool make;   /* files may be made in it; else, such without a name alone */
	bool remove; /* and removed */
};

/* The kernel's version of it; 0 = none. */
int landlock__version(void);

/*
 * For the calling thread and those that it starts; sets no_new_privs. Returns 0, or a negative
 * errno: -EOPNOTSUPP if this kernel does not have it.
 */
int landlock__enter(const struct landlock_folder *folders, size_t count);

#endif
