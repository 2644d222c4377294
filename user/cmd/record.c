// SPDX-License-Identifier: GPL-2.0-only
#include "cmd/record.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "bpf/events.h"
#include "cmd/analyse.h"
#include "cmd/commands.h"
#include "cmd/confined.h"
#include "cmd/exports.h"
#include "cmd/job.h"
#include "cmd/keep_last.h"
#include "cmd/options.h"
#include "cmd/privilege.h"
#include "cmd/session.h"
#include "cmd/summary.h"
#include "launch/launch.h"
#include "lib/error.h"

#define BUFFER_LEAST (64ull << 10)
#define BUFFER_MOST  (1ull << 30)

#define FILE_LEAST (256ull << 10)

#define STACK_DEFAULT 4096
#define STACK_LEAST   512
#define HZ_DEFAULT    99
#define HZ_MOST	      10000

static const char who[] = "conctrace record";
static const char ourselves[] = "conctrace";

struct settings {
	struct session_options session;
	bool all, no_stacks;
	uint64_t stack_bytes;
	struct exports exports;
	struct export_view view; /* of the text report */
	struct analyse_target targets[EXPORTS_MOST + 1];
	size_t ntargets;
	const char *keep_last;
};

static int parse(struct settings *set, int argc, char **argv, struct error *err)
{
	struct session_options *s = &set->session;
	struct option_row rows[21 + EXPORTS_MOST] = {
		{"output", 'o', "FILE",
		 "record into FILE (" SESSION_DEFAULT_FILE "); - is "
		 "standard output",
		 OPTION_TEXT, &s->output},
		{"pid", 'p', "PID", "trace a running process and what it starts", OPTION_PID,
		 &s->pid},
		{"all", 'a', NULL, "trace every process of the machine", OPTION_FLAG, &set->all},
		{"duration", 'd', "SECONDS", "stop recording after that time", OPTION_SECONDS,
		 &s->duration_ns},
		{"no-wait", 0, NULL, "stop when the command ends, whoever it leaves behind",
		 OPTION_FLAG, &s->no_wait},
		{"as-root", 0, NULL, "under sudo: run the command as root, not as you", OPTION_FLAG,
		 &s->as_root},
		{"quiet", 'q', NULL, "no report and no other line, only failures", OPTION_FLAG,
		 &s->quiet},
		{"details", 0, NULL, "all sections in the report, not a survey alone", OPTION_FLAG,
		 &set->view.details},
		{"buffer", 0, "SIZE", "memory for events per CPU, as 4M", OPTION_BYTES,
		 &s->ring_bytes},
		{"frequency", 'F', "HZ",
		 "look where threads compute, so often per second (99); 0 = not", OPTION_COUNT,
		 &s->sample_hz},
		{"max-size", 0, "SIZE", "stop recording before the file grows beyond that, as 512M",
		 OPTION_BYTES, &s->most_bytes},
		{"keep-last", 0, "TIME",
		 "keep the last part only, as 30s, or 64M of it; see SIGUSR2", OPTION_TEXT,
		 &set->keep_last},
		{"on-failure", 0, NULL,
		 "of a last part that is kept: nothing unless the command fails", OPTION_FLAG,
		 &s->on_failure},
		{"stack-size", 0, "SIZE", "bytes to keep of each call stack (4K, at most 8K)",
		 OPTION_BYTES, &set->stack_bytes},
		{"redact", 0, NULL, "write hashes of paths, arguments and names, not themselves",
		 OPTION_FLAG, &s->redact},
		{"no-stacks", 0, NULL, "do not record where in the code threads wait", OPTION_FLAG,
		 &set->no_stacks},
	};
	struct option_table table = {
		.command = who,
		.usage = "conctrace [record] [OPTIONS] -- COMMAND [ARG...]\n"
			 "conctrace record [OPTIONS] -p PID | -a\n",
		.intro = "Runs COMMAND, records what its threads do and wait for, and reports.",
		.rows = rows,
		.stop_at_word = true,
	};

	while (rows[table.count].name)
		table.count++;
	table.count += exports__rows(&set->exports, rows + table.count);
	return options__parse(&table, argc, argv, &s->argv, err);
}

static int round_buffer(uint64_t *bytes, struct error *err)
{
	uint64_t wanted = *bytes;

	if (!wanted)
		return 0;
	if (wanted > BUFFER_MOST)
		return error__set(err, -EINVAL, "option '--buffer': at most 1G per CPU");
	for (*bytes = BUFFER_LEAST; *bytes < wanted; *bytes *= 2)
		;
	return 0;
}

/* How much is recorded, or kept. */
static int check_size(struct settings *set, struct error *err)
{
	struct session_options *s = &set->session;

	if (set->keep_last && s->most_bytes)
		return error__set(err, -EINVAL, "either --keep-last or --max-size");
	if (set->keep_last && strcmp(s->output, "-") == 0)
		return error__set(err, -EINVAL,
				  "option '--keep-last' takes a file, not standard output");
	if (s->on_failure && (!set->keep_last || !s->argv[0]))
		return error__set(err, -EINVAL,
				  "option '--on-failure' goes with --keep-last and a command");
	if (set->keep_last)
		return keep_last__parse(set->keep_last, &s->keep, err);
	if (s->most_bytes && s->most_bytes < FILE_LEAST)
		return error__set(err, -EINVAL, "option '--max-size': at least 256K");
	return 0;
}

static int check_sampling(struct settings *set, struct error *err)
{
	if (set->session.sample_hz > HZ_MOST)
		return error__set(err, -EINVAL, "option '--frequency': at most %d a second",
				  HZ_MOST);
	if (set->stack_bytes < STACK_LEAST || set->stack_bytes > CT_STACK_MOST)
		return error__set(err, -EINVAL, "option '--stack-size': from %d to %d bytes",
				  STACK_LEAST, CT_STACK_MOST);
	set->session.stack_bytes = set->no_stacks ? 0 : (uint32_t)set->stack_bytes;
	return 0;
}

/* What goes together and what does not. */
static int check(struct settings *set, struct error *err)
{
	struct session_options *s = &set->session;
	bool command = s->argv[0] != NULL;
	bool to_stdout = strcmp(s->output, "-") == 0;
	int count;

	if (command + (s->pid != 0) + set->all > 1)
		return error__set(err, -EINVAL, "either a command, -p or -a: one of them%s",
				  set->all ? " (-d limits the time)" : "");
	if (!command && !s->pid && !set->all)
		return error__set(err, -EINVAL,
				  "nothing to record: give -- COMMAND, -p PID or -a; '%s --help' "
				  "tells more",
				  who);
	if (!command && (s->no_wait || s->as_root))
		return error__set(err, -EINVAL, "option '--%s' goes with a command only",
				  s->no_wait ? "no-wait" : "as-root");
	s->mode = command ? TRACE_COMMAND : s->pid ? TRACE_PID : TRACE_ALL;
	count = exports__targets(&set->exports, s->output, set->targets, err);
	if (count < 0)
		return count;
	set->ntargets = (size_t)count;
	if (to_stdout && count)
		return error__set(err, -EINVAL,
				  "what goes to standard output cannot be read again for an "
				  "export: record into a file");
	if (to_stdout && isatty(STDOUT_FILENO))
		return error__set(err, -EINVAL, "not writing a trace to a terminal");
	count = check_sampling(set, err);
	if (!count)
		count = check_size(set, err);
	return count ? count : round_buffer(&s->ring_bytes, err);
}

static int report(struct settings *set, struct job *job, const struct session_result *result,
		  struct error *err)
{
	const struct confined_work work = {
		.bounds = {.trace = set->session.output,
			   .targets = set->targets,
			   .ntargets = set->ntargets,
			   .all_users = set->session.mode != TRACE_COMMAND,
			   .stay = set->session.as_root},
		.exports = &set->exports,
	};

	if (result->not_kept)
		return 0;
	if (!result->readable && set->ntargets)
		return error__set(err, -ESPIPE, "%s cannot be read again for an export",
				  set->session.output);
	if (!result->readable || !set->ntargets)
		return 0;
	/* The command may still run, and its signals are still passed on. */
	return confined__run_apart(&work, job__attend, job, err);
}

/* Recording, report and waiting. Returns the exit code. */
static int run_job(struct settings *set, struct job *job)
{
	const struct session_options *s = &set->session;
	struct session_result result;
	struct error err = {0};
	bool exec_failed, failed = false;
	int rc, code;

	rc = session__record(s, job, &result, &exec_failed, &err);
	if (rc) {
		commands__fail(ourselves, &err);
		if (result.recorded)
			job__wait(job);
		if (exec_failed)
			return rc == -ENOENT ? EXIT_NOT_FOUND : EXIT_CANNOT_EXECUTE;
		return EXIT_OWN_FAILURE;
	}
	if (!s->quiet && result.readable)
		set->ntargets +=
			exports__add_text(&set->targets[set->ntargets], stderr, &set->view);
	if (report(set, job, &result, &err)) {
		commands__fail(ourselves, &err);
		failed = true;
	}
	summary__print(s, &result, !failed && result.readable);
	code = job__wait(job);
	if (!code && (failed || (result.write_failure && s->mode != TRACE_COMMAND)))
		code = EXIT_OWN_FAILURE;
	return code;
}

struct session_options record__defaults(void)
{
	return (struct session_options){
		.mode = TRACE_COMMAND,
		.stack_bytes = STACK_DEFAULT,
		.sample_hz = HZ_DEFAULT,
		.output = SESSION_DEFAULT_FILE,
	};
}

/* The command is prepared first of all: see launch__prepare(). */
static int make_job(const struct session_options *s, struct job **job, struct error *err)
{
	const struct launch_options opts = {.argv = s->argv, .as_root = s->as_root};
	struct launch *launch = NULL;
	int rc = 0;

	if (s->mode == TRACE_COMMAND)
		rc = launch__prepare(&opts, &launch, err);
	privilege__to_record();
	return rc ? rc : job__new(launch, job, err);
}

static int run(int argc, char **argv)
{
	struct settings set = {.session = record__defaults(), .stack_bytes = STACK_DEFAULT};
	struct error err = {0};
	struct job *job;
	int rc, code;

	rc = parse(&set, argc, argv, &err);
	if (rc == 1)
		return 0;
	if (!rc)
		rc = check(&set, &err);
	if (rc)
		return commands__fail(who, &err);
	rc = privilege__demand(&err);
	if (!rc)
		rc = make_job(&set.session, &job, &err);
	if (!rc && set.keep_last) {
		rc = job__take_dumps(job, &err);
		if (rc)
			job__free(job);
	}
	if (rc)
		return commands__fail(ourselves, &err);
	code = run_job(&set, job);
	job__free(job);
	return code;
}

const struct command command_record = {
	.name = "record",
	.summary = "run and record a command, then report (the default)",
	.run = run,
};
