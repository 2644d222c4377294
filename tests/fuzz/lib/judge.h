/* SPDX-License-Identifier: GPL-2.0-only */
/* Ends the process if what was written is not as it must be. */
#ifndef FUZZ_JUDGE_H
#define FUZZ_JUDGE_H

#include <stddef.h>

/* form: enum pass_form, but PASS_CSV. */
void judge__output(unsigned int form, const char *text, size_t len);
/* A directory of tables. */
void judge__csv(const char *path);

/* The directory that is to be removed in the end, with one of files that is in it. */
void judge__scratch(const char *path);
void judge__remove_scratch(void);

#endif
