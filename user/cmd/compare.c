// SPDX-License-Identifier: GPL-2.0-only
#include "compare/compare.h"

#include <errno.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>

#include "cmd/analyse.h"
#include "cmd/commands.h"
#include "cmd/options.h"
#include "cmd/outfile.h"
#include "cmd/privilege.h"
#include "cmd/runs.h"
#include "cmd/several.h"
#include "cmd/signals.h"
#include "cmd/target.h"
#include "export/rows.h"
#include "lib/error.h"
#include "report/report.h"

#define SIDES_MOST   26 /* they are called A to Z */
#define RUNS_DEFAULT 3
#define RUNS_MOST    100
#define RUNS_UNSET   UINT32_MAX

static const char who[] = "conctrace compare";
static const char ourselves[] = "conctrace";

struct settings {
	struct runs_options runs; /* its quiet is for files, too */
	char **files;		  /* NULL-terminated; empty if there are commands */
	char **commands[SIDES_MOST];
	size_t nsides;
	const char *json;
	struct analyse_target target; /* of json */
};

static int too_many(struct error *err)
{
	return error__set(err, -EINVAL, "at most %d at a time", SIDES_MOST);
}

/* What follows the first -- : command lines with -- between them. */
static int split_commands(struct settings *set, char **words, struct error *err)
{
	char **begin = words;

	for (;; words++) {
		bool last = !*words;

		if (!last && strcmp(*words, "--") != 0)
			continue;
		if (words == begin)
			return error__set(err, -EINVAL, "a command is missing %s",
					  last ? "at the end" : "before --");
		if (set->nsides == SIDES_MOST)
			return too_many(err);
		*words = NULL;
		set->commands[set->nsides++] = begin;
		if (last)
			return 0;
		begin = words + 1;
	}
}

static int parse_options(struct settings *set, int argc, char **argv, struct error *err)
{
	struct option_row rows[] = {
		{"runs", 'n', "N", "record each command N times, by turns (3)", OPTION_COUNT,
		 &set->runs.times},
		{"json", 0, "FILE", "the comparison as JSON, documented in docs/compare.md",
		 OPTION_TEXT, &set->json},
		{"keep", 0, "DIR", "keep the recordings in DIR", OPTION_TEXT, &set->runs.keep},
		{"no-wait", 0, NULL, "a run ends with its command, whoever it leaves behind",
		 OPTION_FLAG, &set->runs.no_wait},
		{"as-root", 0, NULL, "under sudo: run the commands as root, not as you",
		 OPTION_FLAG, &set->runs.as_root},
		{"quiet", 'q', NULL, "no text and no other line, only failures", OPTION_FLAG,
		 &set->runs.quiet},
	};
	const struct option_table table = {
		.command = who,
		.usage = "conctrace compare [OPTIONS] FILE FILE [FILE...]\n"
			 "conctrace compare [OPTIONS] -- COMMAND [ARG...] -- COMMAND [ARG...]\n",
		.intro = "Tells what differs between recordings, and where a difference in wall "
			 "time comes from.\nThe first one is what the others are compared with. "
			 "Commands are recorded first.",
		.rows = rows,
		.count = sizeof(rows) / sizeof(*rows),
	};

	return options__parse(&table, argc, argv, &set->files, err);
}

static int parse(struct settings *set, int argc, char **argv, struct error *err)
{
	char **after = NULL;
	int i, rc;

	/* Before the first -- are options and files, of which none can be that word. */
	for (i = 1; i < argc && !after; i++) {
		if (strcmp(argv[i], "--") != 0)
			continue;
		after = &argv[i + 1];
		argv[i] = NULL;
		argc = i;
	}
	rc = parse_options(set, argc, argv, err);
	if (rc)
		return rc;
	if (after && set->files[0])
		return error__set(err, -EINVAL, "either files or after, not both");
	if (after)
		return split_commands(set, after, err);
	while (set->files[set->nsides])
		set->nsides++;
	return set->nsides > SIDES_MOST ? too_many(err) : 0;
}

static int check(struct settings *set, struct error *err)
{
	const struct runs_options *runs = &set->runs;
	bool times = runs->times != RUNS_UNSET;
	size_t i;

	set->runs.commands = set->commands;
	set->runs.ncommands = set->files[0] ? 0 : set->nsides;
	if (set->nsides < 2)
		return error__set(err, -EINVAL,
				  "two are needed to compare: give FILE FILE, or -- COMMAND -- "
				  "COMMAND; '%s --help' tells more",
				  who);
	if (set->files[0] && (times || runs->keep || runs->no_wait || runs->as_root))
		return error__set(err, -EINVAL, "option '--%s' goes with commands only",
				  times		  ? "runs"
				  : runs->keep	  ? "keep"
				  : runs->no_wait ? "no-wait"
						  : "as-root");
	if (times && (!runs->times || runs->times > RUNS_MOST))
		return error__set(err, -EINVAL, "option '--runs': from 1 to %d", RUNS_MOST);
	if (!times)
		set->runs.times = set->files[0] ? 1 : RUNS_DEFAULT;
	for (i = 0; set->files[0] && set->json && i < set->nsides; i++)
		if (strcmp(set->files[i], set->json) == 0)
			return error__set(err, -EINVAL, "%s is a trace file: write to another one",
					  set->json);
	return set->json ? outfile__check(set->json, err) : 0;
}

/* Text and JSON; one that fails does not keep the other away. */
static int write_result(const struct settings *set, const struct report *result, struct error *err)
{
	const struct analyse_target text = {.exporter = &exporter_compare,
					    .stream = set->files[0] ? stdout : stderr};
	bool to_stdout = set->json && strcmp(set->json, "-") == 0 && set->files[0];
	struct error more = {0};
	int rc = 0;

	if (set->json)
		rc = target__write(&set->target, result, err);
	if (!set->runs.quiet && !to_stdout && target__write(&text, result, &more) && !rc) {
		*err = more;
		rc = more.code;
	}
	return rc;
}

/* One report per run; runs of one side are neighbours. */
static int compare(void *ctx, const struct report *const *reports, struct error *err)
{
	const struct settings *set = ctx;
	const uint32_t times = set->runs.times;
	struct compare_run *runs = calloc(set->nsides * times, sizeof(*runs));
	struct compare_side sides[SIDES_MOST];
	struct report *result = NULL;
	size_t i;
	int rc;

	for (i = 0; runs && i < set->nsides * times; i++)
		runs[i] = (struct compare_run){reports[i], set->files[0] ? set->files[i] : NULL};
	for (i = 0; i < set->nsides; i++)
		sides[i] = (struct compare_side){runs + i * times, times};
	if (runs)
		result = compare__new(sides, set->nsides);
	rc = result ? write_result(set, result, err)
		    : error__set(err, -ENOMEM, "not enough memory to compare");
	report__free(result);
	free(runs);
	return rc;
}

/* Returns the exit code, all said. */
static int read_and_compare(struct settings *set, const char *const *files)
{
	struct several_work work = {.files = files,
				    .count = set->nsides * set->runs.times,
				    .bounds = {.targets = &set->target,
					       .ntargets = set->json != NULL,
					       .stay = set->runs.as_root},
				    .with = compare,
				    .ctx = set,
				    .cancelled = signals__any};
	struct error err = {0};
	struct signals *signals;
	int rc = signals__open(&signals, &err);

	if (rc)
		return commands__fail(ourselves, &err);
	work.cancel_ctx = signals;
	/* Afterwards our own recordings are to be removed, and whoever reads them cannot do that.
	 */
	if (set->files[0])
		rc = several__read(&work, &err);
	else
		rc = several__read_apart(&work, signals__attend, signals, &err);
	signals__close(signals);
	if (!rc)
		return 0;
	commands__fail(ourselves, &err);
	return rc == -EINTR ? 128 + SIGINT : EXIT_OWN_FAILURE;
}

static int record_and_compare(struct settings *set)
{
	struct error err = {0};
	struct runs *runs;
	int code;

	if (privilege__demand(&err))
		return commands__fail(ourselves, &err);
	code = runs__record(&set->runs, &runs);
	if (!code)
		code = read_and_compare(set, runs__files(runs));
	runs__end(runs);
	return code;
}

static int run(int argc, char **argv)
{
	struct settings set = {.runs.times = RUNS_UNSET};
	struct error err = {0};
	int rc = parse(&set, argc, argv, &err);

	if (rc == 1)
		return 0;
	if (!rc)
		rc = check(&set, &err);
	if (rc)
		return commands__fail(who, &err);
	set.target = (struct analyse_target){.exporter = &exporter_json, .path = set.json};
	if (!set.files[0])
		return record_and_compare(&set);
	privilege__to_read();
	return read_and_compare(&set, (const char *const *)set.files);
}

const struct command command_compare = {
	.name = "compare",
	.summary = "recordings, or commands, side by side: what differs and why",
	.run = run,
};
