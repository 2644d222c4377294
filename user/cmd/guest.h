/* SPDX-License-Identifier: GPL-2.0-only */
/* Somebody who watches the slices along with the analyses, and looks at what these found. */
#ifndef CMD_GUEST_H
#define CMD_GUEST_H

#include "model/model.h"

struct analysis_input;
struct error;
struct report;

struct analyse_guest {
	struct model_sink sink;
	/* Before the first slice; the model is there, with nothing in it. May be NULL. */
	void (*begin)(void *ctx, const struct analysis_input *in);
	/* When the report is complete. Returns 0 or a negative errno with err filled. */
	int (*finish)(void *ctx, const struct analysis_input *in, struct report *report,
		      struct error *err);
	void *ctx; /* of both */
};

#endif
