/* SPDX-License-Identifier: GPL-2.0-only */
/* What descriptors stand for, by the id that records refer to; and where file systems are. */
#ifndef MODEL_FILES_H
#define MODEL_FILES_H

#include <stddef.h>
#include <stdint.h>

#include "bpf/events.h"
#include "model/entity.h"
#include "model/file_info.h"

struct files;

struct files *files__new(void); /* NULL when out of memory */
void files__free(struct files *f);
/* A second one of the same id is ignored. Returns 0 or -ENOMEM. */
int files__add(struct files *f, const struct ct_file *file);
const struct file_info *files__find(const struct files *f, uint64_t id);
/* The file in whose memory a futex is that processes share, by ct_switch_futex.shared. */
const struct file_info *files__of_futex(const struct files *f, uint64_t shared);
size_t files__count(const struct files *f);
const struct file_info *files__at(const struct files *f, size_t index);

/* The text of /proc/self/mountinfo; before any lookup. Returns 0 or -ENOMEM. */
int files__set_mounts(struct files *f, const char *text, size_t len);
/* Where the file system is mounted as a whole; NULL = not known. */
const char *files__mount(const struct files *f, uint32_t dev);

#endif
