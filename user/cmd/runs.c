// SPDX-License-Identifier: GPL-2.0-only
#include "cmd/runs.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "cmd/analyse.h"
#include "cmd/commands.h"
#include "cmd/job.h"
#include "cmd/privilege.h"
#include "cmd/record.h"
#include "cmd/session.h"
#include "cmd/shared.h"
#include "launch/launch.h"
#include "lib/error.h"
#include "lib/units.h"
#include "report/report.h"

static const char ourselves[] = "conctrace";

struct runs {
	const struct runs_options *opts;
	char *directory;
	char *trace;		  /* of the run that is being made */
	struct launch **launches; /* of all runs to be made */
};

/* Nonzero with errno set, if it is not there after that. */
static int make_kept(const char *name)
{
	int fd;

	if (mkdir(name, 0700))
		return errno != EEXIST;
	fd = open(name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
	if (fd < 0)
		return 1;
	shared__give(fd);
	close(fd);
	return 0;
}

static int make_directory(struct runs *runs, struct error *err)
{
	const char *tmp = getenv("TMPDIR");

	if (runs->opts->keep) {
		runs->directory = strdup(runs->opts->keep);
		if (runs->directory && make_kept(runs->directory))
			return error__errno(err, -errno, "cannot make %s", runs->directory);
	} else if (asprintf(&runs->directory, "%s/conctrace-XXXXXX", tmp && *tmp ? tmp : "/tmp") <
		   0) {
		runs->directory = NULL;
	}
	if (!runs->directory)
		return error__errno(err, -ENOMEM, "cannot record");
	if (!runs->opts->keep && !mkdtemp(runs->directory))
		return error__errno(err, -errno, "cannot make %s", runs->directory);
	return 0;
}

static void remove_trace(struct runs *runs)
{
	if (runs->trace && !runs->opts->keep)
		unlink(runs->trace);
	free(runs->trace);
	runs->trace = NULL;
}

/* All before the first report takes memory: see launch__prepare(). */
static int prepare_all(struct runs *runs, struct error *err)
{
	const struct runs_options *opts = runs->opts;
	struct launch_options launch = {.as_root = opts->as_root};
	size_t i, n = opts->ncommands * opts->times;
	int rc = 0;

	runs->launches = calloc(n, sizeof(struct launch *));
	if (!runs->launches)
		return error__errno(err, -ENOMEM, "cannot record");
	for (i = 0; i < n && !rc; i++) {
		launch.argv = opts->commands[i / opts->times];
		rc = launch__prepare(&launch, &runs->launches[i], err);
	}
	privilege__to_record();
	return rc;
}

static void end(struct runs *runs)
{
	size_t i;

	for (i = 0; runs->launches && i < runs->opts->ncommands * runs->opts->times; i++)
		launch__free(runs->launches[i]);
	free(runs->launches);
	remove_trace(runs);
	if (runs->directory && !runs->opts->keep)
		rmdir(runs->directory);
	free(runs->directory);
}

static bool was_interrupted(void *ctx)
{
	struct job *job = ctx;

	return job__poll(job, 0) && (!job__running(job) || job__asks(job) >= JOB_ASKS_GIVE_UP);
}

/* What took the command away takes us away, too: who stops one run does not want the next one. */
static int stopped_by(const struct job *job)
{
	static const int stops[] = {SIGINT, SIGTERM, SIGHUP, SIGQUIT};
	const struct launch_exit *exit = job__exit(job);
	size_t i;

	for (i = 0; i < sizeof(stops) / sizeof(*stops); i++)
		if (exit->ended && exit->signal == stops[i])
			return stops[i];
	return job__asked_by(job);
}

static void tell(const struct runs *runs, size_t command, uint32_t time,
		 const struct report *report, const struct job *job)
{
	const struct launch_exit *exit = job__exit(job);
	const char letter[] = {(char)('A' + command), '\0'};
	char wall[UNITS_LEN];

	if (runs->opts->quiet)
		return;
	units__ns(wall, (uint64_t)table__int(report__find(report, ""), 0, "wall_ns"));
	fprintf(stderr, "conctrace: run %u of %u of %s: %s, %s %d\n", time + 1, runs->opts->times,
		runs->opts->names ? runs->opts->names[command] : letter, wall,
		exit->signal ? "signal" : "exit code", exit->signal ? exit->signal : exit->code);
}

/* Returns 0 or the exit code, as runs__record(); err tells why, unless a signal does. */
static int record_once(struct runs *runs, struct job *job, char **argv, struct report **report,
		       struct error *err)
{
	struct session_options session = record__defaults();
	const struct analyse_options analyse = {
		.trace = runs->trace, .cancelled = was_interrupted, .ctx = job};
	struct session_result result;
	bool exec_failed;
	int rc;

	session.argv = argv;
	session.output = runs->trace;
	session.as_root = runs->opts->as_root;
	session.no_wait = runs->opts->no_wait;
	session.quiet = runs->opts->quiet;
	rc = session__record(&session, job, &result, &exec_failed, err);
	if (rc) {
		if (result.recorded)
			job__wait(job);
		if (exec_failed)
			return rc == -ENOENT ? EXIT_NOT_FOUND : EXIT_CANNOT_EXECUTE;
		return EXIT_OWN_FAILURE;
	}
	privilege__to_look();
	rc = analyse__report(&analyse, report, err);
	job__wait(job);
	if (!rc && result.write_failure)
		rc = error__errno(err, result.write_failure, "cannot write %s", runs->trace);
	if (stopped_by(job)) {
		error__set(err, -EINTR, "interrupted: nothing to compare");
		return 128 + stopped_by(job);
	}
	return rc ? EXIT_OWN_FAILURE : 0;
}

static int run_once(struct runs *runs, size_t command, uint32_t time, struct report **report)
{
	struct launch **launch = &runs->launches[command * runs->opts->times + time];
	struct error err = {0};
	struct job *job;
	int code = EXIT_OWN_FAILURE, rc;

	if (asprintf(&runs->trace, "%s/%c-%u.data", runs->directory, (char)('a' + command),
		     time + 1) < 0) {
		runs->trace = NULL;
		error__errno(&err, -ENOMEM, "cannot record");
	} else {
		rc = job__new(*launch, &job, &err);
		*launch = NULL;
		if (rc)
			goto out;
		code = record_once(runs, job, runs->opts->commands[command], report, &err);
		if (!code)
			tell(runs, command, time, *report, job);
		job__free(job);
	}
out:
	if (code)
		commands__fail(ourselves, &err);
	remove_trace(runs);
	return code;
}

int runs__record(const struct runs_options *opts, struct report **reports)
{
	struct runs runs = {.opts = opts};
	struct error err = {0};
	size_t command;
	uint32_t time;
	int code = 0;

	if (make_directory(&runs, &err) || prepare_all(&runs, &err))
		code = commands__fail(ourselves, &err);
	for (time = 0; time < opts->times && !code; time++)
		for (command = 0; command < opts->ncommands && !code; command++)
			code = run_once(&runs, command, time,
					&reports[command * opts->times + time]);
	end(&runs);
	return code;
}
