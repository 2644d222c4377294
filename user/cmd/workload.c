// SPDX-License-Identifier: GPL-2.0-only
#include <errno.h>
#include <unistd.h>

#include "cmd/commands.h"
#include "cmd/models.h"
#include "cmd/options.h"
#include "cmd/reference.h"
#include "launch/inherited.h"
#include "lib/error.h"

static const char who[] = "conctrace workload";

/* Only comes back if that failed. */
static int execute(size_t which, char **words, struct error *err)
{
	char path[REFERENCE_PATH];
	int rc = reference__path(which, path, err);

	if (rc)
		return rc;
	inherited__restore();
	execv(path, words);
	return error__errno(err, -errno, "cannot run %s", path);
}

static int parse(struct models_options *models, int argc, char **argv, struct error *err)
{
	struct option_row rows[] = {
		{"compare", 0, "KIND", "the same work done in four ways: cpu, io or sleep",
		 OPTION_TEXT, &models->kind},
		{"python", 0, NULL, "in Python", OPTION_FLAG, &models->python},
		{"runs", 'n', "N", "record each way N times, by turns (1)", OPTION_COUNT,
		 &models->runs},
		{"json", 0, "FILE", "the table as JSON, documented in docs/workloads.md",
		 OPTION_TEXT, &models->json},
		{"quiet", 'q', NULL, "no line for each run", OPTION_FLAG, &models->quiet},
	};
	const struct option_table table = {
		.command = who,
		.usage = "conctrace workload [NAME [ARG...]]\n"
			 "conctrace workload --compare KIND [OPTIONS] [-- ARG...]\n",
		.intro =
			"Runs a reference workload (NAME --help lists its arguments), or lists "
			"them all.\nOr records the same work done in four ways, and compares them; "
			"each gets the ARGs.",
		.rows = rows,
		.count = sizeof(rows) / sizeof(*rows),
		.stop_at_word = true,
	};
	int rc = options__parse(&table, argc, argv, &models->args, err);

	if (!rc && !models->kind &&
	    (models->python || models->json || models->quiet || models->runs != MODELS_RUNS_UNSET))
		return error__set(err, -EINVAL, "option '--%s' goes with --compare only",
				  models->python  ? "python"
				  : models->json  ? "json"
				  : models->quiet ? "quiet"
						  : "runs");
	return rc;
}

static int run(int argc, char **argv)
{
	struct models_options models = {.runs = MODELS_RUNS_UNSET};
	struct error err = {0};
	size_t which;
	int rc = parse(&models, argc, argv, &err);

	if (rc == 1)
		return 0;
	if (rc)
		return commands__fail(who, &err);
	if (models.kind)
		return models__run(&models);
	if (!models.args[0]) {
		reference__list();
		return 0;
	}
	if (!reference__find(models.args[0], &which, &err))
		execute(which, models.args, &err);
	return commands__fail(who, &err);
}

const struct command command_workload = {
	.name = "workload",
	.summary = "list the reference workloads, run one, or compare threads and processes",
	.run = run,
};
