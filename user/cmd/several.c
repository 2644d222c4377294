// SPDX-License-Identifier: GPL-2.0-only
#include "cmd/several.h"

#include <errno.h>
#include <stdlib.h>

#include "cmd/analyse.h"
#include "cmd/apart.h"
#include "lib/error.h"
#include "report/report.h"

static int read_all(const struct several_work *work, struct report **reports, struct error *err)
{
	struct analyse_options opts = {.cancelled = work->cancelled, .ctx = work->cancel_ctx};
	size_t i;
	int rc = 0;

	for (i = 0; i < work->count && !rc; i++) {
		opts.trace = work->files[i];
		rc = analyse__report(&opts, &reports[i], err);
	}
	return rc;
}

int several__read(const struct several_work *work, struct error *err)
{
	struct report **reports = calloc(work->count + 1, sizeof(*reports));
	struct sandbox *sandbox = NULL;
	size_t i;
	int rc;

	if (!reports)
		return error__errno(err, -ENOMEM, "cannot compare");
	rc = sandbox__enter(&work->bounds, &sandbox, err);
	if (!rc)
		rc = read_all(work, reports, err);
	if (!rc)
		rc = work->with(work->ctx, (const struct report *const *)reports, err);
	for (i = 0; i < work->count; i++)
		report__free(reports[i]);
	free(reports);
	sandbox__end(sandbox);
	return rc;
}

static int run(void *ctx, void *a, struct error *err)
{
	struct several_work work = *(const struct several_work *)ctx;

	work.cancelled = apart__cancelled;
	work.cancel_ctx = a;
	return several__read(&work, err);
}

int several__read_apart(const struct several_work *work, bool (*wait)(void *ctx, int fd),
			void *wait_ctx, struct error *err)
{
	struct several_work copy = *work;
	const struct apart_work apart = {
		.run = run, .ctx = &copy, .wait = wait, .wait_ctx = wait_ctx};

	return apart__run(&apart, err);
}
