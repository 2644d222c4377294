/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Takes names out of records before they are written: paths, arguments, names of threads, addresses
 * of the network become hashes, the same name the same hash. The key is drawn for each recording
 * and kept nowhere, so nobody can find a name by trying.
 */
#ifndef TRACE_REDACT_H
#define TRACE_REDACT_H

#include <stddef.h>
#include <stdint.h>

struct redact;
struct trace_info;

/* What a name becomes begins with that. */
#define REDACT_PREFIX "redacted-"

/* NULL with errno set. */
struct redact *redact__new(void);
void redact__free(struct redact *r);

/*
 * The record as it may be written, and its size: itself if it tells nothing, NULL if it must not be
 * written at all, else one that is valid until the next call.
 */
const void *redact__record(struct redact *r, const void *record, size_t *size);
/* Host name and command line, in place of theirs. Returns 0 or -ENOMEM. */
int redact__info(struct redact *r, struct trace_info *info);

#endif
