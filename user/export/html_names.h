/* SPDX-License-Identifier: GPL-2.0-only */
/* What the numbers in the HTML timeline's columns stand for, as JSON. */
#ifndef EXPORT_HTML_NAMES_H
#define EXPORT_HTML_NAMES_H

#include <stdint.h>
#include <stdio.h>

struct model;
struct report;
struct stacks_seen;

/* allowed: the highest id of CPUs that a task may run on. Returns 0 or a negative errno. */
int html_names__write(FILE *out, const struct model *model, const struct report *report,
		      struct stacks_seen *stacks, uint32_t allowed);

#endif
