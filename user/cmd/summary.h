/* SPDX-License-Identifier: GPL-2.0-only */
/* What is said on standard error about a recording as such. */
#ifndef CMD_SUMMARY_H
#define CMD_SUMMARY_H

#include <stdbool.h>

struct session_options;
struct session_result;

/*
 * The file, and unless the text report was shown and has told them: events, bytes, losses. And
 * why the file could not be written to the end, if so.
 */
void summary__print(const struct session_options *opts, const struct session_result *result,
		    bool reported);

#endif
