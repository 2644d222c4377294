/* SPDX-License-Identifier: GPL-2.0-only */
/* How much of a recording is kept: the value of --keep-last. */
#ifndef CMD_KEEP_LAST_H
#define CMD_KEEP_LAST_H

struct error;
struct trace_keep;

/* "30s" (also 2.5s, 500ms, 10min) or "64M" (K, M, G). Returns 0, or -EINVAL with err filled. */
int keep_last__parse(const char *text, struct trace_keep *keep, struct error *err);

#endif
