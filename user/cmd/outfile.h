/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * A file that appears under its name only when it is complete: it is written under a temporary
 * name in the same directory and renamed at the end. Standard output ("-"), devices and pipes
 * are written directly.
 */
#ifndef CMD_OUTFILE_H
#define CMD_OUTFILE_H

#include <stdbool.h>
#include <stdio.h>

struct error;
struct outfile;

/* path is kept, not copied. Returns 0, or a negative errno with err filled. */
int outfile__open(const char *path, struct outfile **out, struct error *err);

/* The stream to write to. */
FILE *outfile__stream(struct outfile *f);
/* The name it has for now, for someone else to open and write; "-" for standard output. */
const char *outfile__path(const struct outfile *f);
/* False for standard output, devices and pipes: what is written cannot be read again. */
bool outfile__regular(const struct outfile *f);

/* Flushes, and ends writing; committing or abandoning is still to come. As a stream's failure. */
int outfile__close(struct outfile *f);
/*
 * Flushes, and gives the file its name; with keep_old, a file of that name becomes NAME.old.
 * Frees f in any case. Returns 0, or a negative errno with err filled: then nothing is left.
 */
int outfile__commit(struct outfile *f, bool keep_old, struct error *err);
/* Removes what was written, frees f. NULL is fine. */
void outfile__abandon(struct outfile *f);

/* Frees f, and leaves what was made as it is. NULL is fine. */
void outfile__release(struct outfile *f);

/* Whether a file of that name could be made, as far as can be told. As outfile__open. */
int outfile__check(const char *path, struct error *err);
/* Whether the directory in which it would be may be written to. */
int outfile__check_folder(const char *path, struct error *err);

#endif
