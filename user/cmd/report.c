// SPDX-License-Identifier: GPL-2.0-only
#include <errno.h>
#include <signal.h>
#include <string.h>

#include "cmd/analyse.h"
#include "cmd/commands.h"
#include "cmd/confined.h"
#include "cmd/exports.h"
#include "cmd/options.h"
#include "cmd/privilege.h"
#include "cmd/session.h"
#include "cmd/signals.h"
#include "lib/error.h"

/* `report` and `export` differ in one thing: whether the text report is among the targets. */
struct variant {
	const char *who, *usage, *intro;
	bool text;
};

static const struct variant report = {
	.who = "conctrace report",
	.usage = "conctrace report [OPTIONS] [FILE]\n",
	.intro = "Shows the report of a recording again; FILE is " SESSION_DEFAULT_FILE
		 " unless given.",
	.text = true,
};

static const struct variant export = {
	.who = "conctrace export",
	.usage = "conctrace export [FILE] --NAME OUTPUT [--NAME OUTPUT...]\n",
	.intro = "Writes a recording in other forms; FILE is " SESSION_DEFAULT_FILE
		 " unless given.\nOUTPUT may be - for standard output.",
};

struct request {
	const char *trace;
	struct exports exports;
	struct export_view view;
	struct analyse_target targets[EXPORTS_MOST + 1];
	size_t ntargets;
};

static int run_targets(struct request *r, struct error *err)
{
	struct confined_work work = {
		.bounds = {.trace = r->trace, .targets = r->targets, .ntargets = r->ntargets},
		.exports = &r->exports,
		.cancelled = signals__any,
	};
	struct signals *signals;
	/* Interrupted by the default action we would leave temporary files behind. */
	int rc = signals__open(&signals, err);

	if (rc)
		return rc;
	work.ctx = signals;
	rc = confined__run(&work, err);
	signals__close(signals);
	return rc;
}

static bool writes_to_stdout(const struct analyse_target *targets, int count)
{
	int i;

	for (i = 0; i < count; i++) {
		if (strcmp(targets[i].path, "-") == 0)
			return true;
	}
	return false;
}

/* What the text report shows; only `report` has it. Returns the number of rows. */
static size_t view_rows(struct export_view *view, struct option_row *rows)
{
	rows[0] = (struct option_row){.name = "details",
				      .help = "all sections, not the verdict and a survey alone",
				      .kind = OPTION_FLAG,
				      .target = &view->details};
	rows[1] = (struct option_row){.name = "task",
				      .arg = "TID",
				      .help = "all about this thread",
				      .kind = OPTION_COUNT,
				      .target = &view->tid};
	rows[2] = (struct option_row){.name = "sync",
				      .arg = "NAME",
				      .help = "all about this lock or other sync object, by its "
					      "name or its id in the JSON report",
				      .kind = OPTION_TEXT,
				      .target = &view->sync};
	return 3;
}

static int parse(const struct variant *v, struct request *request, int argc, char **argv,
		 struct error *err)
{
	struct option_row rows[EXPORTS_MOST + 3];
	struct option_table table = {
		.command = v->who, .usage = v->usage, .intro = v->intro, .rows = rows};
	char **words;
	int rc, count;

	table.count = exports__rows(&request->exports, rows);
	if (v->text)
		table.count += view_rows(&request->view, &rows[table.count]);
	rc = options__parse(&table, argc, argv, &words, err);
	if (!rc)
		rc = options__file(words, &request->trace, err);
	if (rc)
		return rc;
	count = exports__targets(&request->exports, request->trace, request->targets, err);
	if (count < 0)
		return count;
	request->ntargets = (size_t)count;
	/* Who sends an export to standard output wants that there, and nothing else. */
	if (v->text && !writes_to_stdout(request->targets, count))
		request->ntargets +=
			exports__add_text(&request->targets[count], stdout, &request->view);
	if (!request->ntargets)
		return error__set(err, -EINVAL, "nothing to export: say what, '%s --help' lists it",
				  v->who);
	return 0;
}

static int run(const struct variant *v, int argc, char **argv)
{
	struct request request = {0};
	struct error err = {0};
	int rc = parse(v, &request, argc, argv, &err);

	if (rc == 1)
		return 0;
	if (rc)
		return commands__fail(v->who, &err);
	privilege__to_read();
	rc = run_targets(&request, &err);
	if (!rc)
		return 0;
	commands__fail("conctrace", &err);
	return rc == -EINTR ? 128 + SIGINT : EXIT_OWN_FAILURE;
}

static int run_report(int argc, char **argv)
{
	return run(&report, argc, argv);
}

static int run_export(int argc, char **argv)
{
	return run(&export, argc, argv);
}

const struct command command_report = {
	.name = "report",
	.summary = "show the report of a recording again",
	.run = run_report,
};

const struct command command_export = {
	.name = "export",
	.summary = "write a recording in other forms",
	.run = run_export,
};
