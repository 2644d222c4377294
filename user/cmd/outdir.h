/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * As outfile.h, a directory of files: it appears under its name only when it is complete. What has
 * that name already is replaced if it is an empty directory, or one that was written in this way;
 * nothing else is ever removed.
 */
#ifndef CMD_OUTDIR_H
#define CMD_OUTDIR_H

struct error;
struct export_directory;
struct outdir;

/* Whether path may become such a directory. Returns 0, or a negative errno with err filled. */
int outdir__check(const char *path, const struct export_directory *kind, struct error *err);

/* path and kind are kept, not copied. Returns as outdir__check, which it does. */
int outdir__open(const char *path, const struct export_directory *kind, struct outdir **out,
		 struct error *err);
/* The directory to write to. */
int outdir__fd(const struct outdir *d);
/*
 * Gives the directory its name. Frees d in any case. Returns 0, or a negative errno with err
 * filled: then nothing is left, and what had the name still has it.
 */
int outdir__commit(struct outdir *d, struct error *err);
/* Removes what was written, frees d. NULL is fine. */
void outdir__abandon(struct outdir *d);
/* Frees d, and leaves what was made as it is. NULL is fine. */
void outdir__release(struct outdir *d);

#endif
