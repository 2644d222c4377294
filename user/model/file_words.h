/* SPDX-License-Identifier: GPL-2.0-only */
/* What a descriptor stood for, in words. */
#ifndef MODEL_FILE_WORDS_H
#define MODEL_FILE_WORDS_H

#include "lib/strbuf.h"
#include "model/file_info.h"

struct model;

/* "file", "pipe", "socket" or "other". */
const char *file__kind(const struct file_info *file);
/*
 * Its name: a path, "pipe:[123]", "tcp 127.0.0.1:80 <-> 127.0.0.1:5000", "unix /run/x.sock".
 * Paths are the program's own bytes, but without NUL. Appends nothing if there is none.
 */
void file__name(const struct model *model, const struct file_info *file, struct strbuf *out);
/* A socket's own address and its peer's; false: it has none, or it is not known. */
bool file__local(const struct file_info *file, struct strbuf *out);
bool file__peer(const struct file_info *file, struct strbuf *out);

#endif
