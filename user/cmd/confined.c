// SPDX-License-Identifier: GPL-2.0-only
#include "cmd/confined.h"

#include "cmd/analyse.h"
#include "cmd/apart.h"
#include "cmd/exports.h"
#include "cmd/foresee.h"

int confined__run(const struct confined_work *work, struct error *err)
{
	const struct sandbox_options *bounds = &work->bounds;
	struct analyse_options opts = {.trace = bounds->trace,
				       .targets = bounds->targets,
				       .ntargets = bounds->ntargets,
				       .cancelled = work->cancelled,
				       .ctx = work->ctx};
	struct foresee *foresee = foresee__new();
	struct sandbox *sandbox = NULL;
	struct analyse_guest guest;
	int rc;

	if (foresee) {
		guest = foresee__guest(foresee);
		opts.guest = &guest;
	}
	rc = sandbox__enter(bounds, &sandbox, err);
	if (!rc && work->exports)
		rc = exports__find_range(work->exports, &opts, bounds->targets, bounds->ntargets,
					 err);
	if (!rc)
		rc = analyse__run(&opts, err);
	sandbox__end(sandbox);
	foresee__free(foresee);
	return rc;
}

static int run(void *ctx, void *a, struct error *err)
{
	struct confined_work work = *(const struct confined_work *)ctx;

	work.cancelled = apart__cancelled;
	work.ctx = a;
	return confined__run(&work, err);
}

int confined__run_apart(const struct confined_work *work, bool (*wait)(void *ctx, int fd),
			void *wait_ctx, struct error *err)
{
	struct confined_work copy = *work;
	const struct apart_work apart = {
		.run = run, .ctx = &copy, .wait = wait, .wait_ctx = wait_ctx};

	return apart__run(&apart, err);
}
