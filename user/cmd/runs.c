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

#include "cmd/commands.h"
#include "cmd/job.h"
#include "cmd/privilege.h"
#include "cmd/record.h"
#include "cmd/session.h"
#include "cmd/shared.h"
#include "launch/launch.h"
#include "lib/error.h"
#include "lib/units.h"

static const char ourselves[] = "conctrace";

struct runs {
	const struct runs_options *opts;
	size_t count; /* of runs; in the arrays those of one command are together */
	char *directory;
	char **files;
	struct launch **launches; /* of those that are still to be made */
	struct launch_exit *exits;
};

/* What goes into a directory is the user's, so this is, too. Returns 0 or a negative errno. */
static int give(const char *directory)
{
	int fd = open(directory, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);

	if (fd < 0)
		return -errno;
	shared__give(fd);
	close(fd);
	return 0;
}

static int make_directory(struct runs *runs, struct error *err)
{
	const char *tmp = getenv("TMPDIR"), *keep = runs->opts->keep;
	int rc = 0;

	if (keep)
		runs->directory = strdup(keep);
	else if (asprintf(&runs->directory, "%s/conctrace-XXXXXX", tmp && *tmp ? tmp : "/tmp") < 0)
		runs->directory = NULL;
	if (!runs->directory)
		return error__errno(err, -ENOMEM, "cannot record");
	if (keep ? mkdir(keep, 0700) : !mkdtemp(runs->directory))
		rc = -errno;
	if (!rc)
		rc = give(runs->directory);
	return rc && !(keep && rc == -EEXIST)
		       ? error__errno(err, rc, "cannot make %s", runs->directory)
		       : 0;
}

static int name_files(struct runs *runs, struct error *err)
{
	const uint32_t times = runs->opts->times;
	size_t i;

	for (i = 0; i < runs->count; i++) {
		if (asprintf(&runs->files[i], "%s/%c-%zu.data", runs->directory,
			     (char)('a' + i / times), i % times + 1) < 0) {
			runs->files[i] = NULL;
			return error__errno(err, -ENOMEM, "cannot record");
		}
	}
	return 0;
}

/* All starters before anything takes memory: see launch__prepare(). */
static int prepare_launches(struct runs *runs, struct error *err)
{
	struct launch_options launch = {.as_root = runs->opts->as_root};
	size_t i;
	int rc = 0;

	for (i = 0; i < runs->count && !rc; i++) {
		launch.argv = runs->opts->commands[i / runs->opts->times];
		rc = launch__prepare(&launch, &runs->launches[i], err);
	}
	privilege__to_record();
	return rc;
}

static int prepare(struct runs *runs, struct error *err)
{
	int rc;

	runs->files = calloc(runs->count, sizeof(char *));
	runs->launches = calloc(runs->count, sizeof(struct launch *));
	runs->exits = calloc(runs->count, sizeof(*runs->exits));
	if (!runs->files || !runs->launches || !runs->exits)
		return error__errno(err, -ENOMEM, "cannot record");
	rc = make_directory(runs, err);
	if (!rc)
		rc = name_files(runs, err);
	return rc ? rc : prepare_launches(runs, err);
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

static void tell(const struct runs *runs, size_t run, uint64_t wall_ns)
{
	const struct runs_options *opts = runs->opts;
	const struct launch_exit *exit = &runs->exits[run];
	size_t command = run / opts->times;
	const char letter[] = {(char)('A' + command), '\0'};
	char wall[UNITS_LEN];

	if (opts->quiet)
		return;
	units__ns(wall, wall_ns);
	fprintf(stderr, "conctrace: run %zu of %u of %s: %s, %s %d\n", run % opts->times + 1,
		opts->times, opts->names ? opts->names[command] : letter, wall,
		exit->signal ? "signal" : "exit code", exit->signal ? exit->signal : exit->code);
}

/* Returns 0 or the exit code, as runs__record(); err tells why, unless a signal does. */
static int record_once(struct runs *runs, struct job *job, size_t run, struct error *err)
{
	struct session_options session = record__defaults();
	struct session_result result;
	bool exec_failed;
	int rc;

	session.argv = runs->opts->commands[run / runs->opts->times];
	session.output = runs->files[run];
	session.as_root = runs->opts->as_root;
	session.no_wait = runs->opts->no_wait;
	session.quiet = runs->opts->quiet;
	rc = session__record(&session, job, &result, &exec_failed, err);
	if (!rc || result.recorded)
		job__wait(job);
	if (rc)
		return !exec_failed    ? EXIT_OWN_FAILURE
		       : rc == -ENOENT ? EXIT_NOT_FOUND
				       : EXIT_CANNOT_EXECUTE;
	runs->exits[run] = *job__exit(job);
	if (stopped_by(job)) {
		error__set(err, -EINTR, "interrupted: nothing to compare");
		return 128 + stopped_by(job);
	}
	if (result.write_failure) {
		error__errno(err, result.write_failure, "cannot write %s", runs->files[run]);
		return EXIT_OWN_FAILURE;
	}
	tell(runs, run, result.wall_ns);
	return 0;
}

static int run_once(struct runs *runs, size_t run)
{
	struct launch *launch = runs->launches[run];
	struct error err = {0};
	struct job *job;
	int code = EXIT_OWN_FAILURE;

	runs->launches[run] = NULL;
	if (!job__new(launch, &job, &err))
		code = record_once(runs, job, run, &err);
	job__free(job);
	return code ? (commands__fail(ourselves, &err), code) : 0;
}

int runs__record(const struct runs_options *opts, struct runs **out)
{
	struct runs *runs = calloc(1, sizeof(*runs));
	struct error err = {0};
	size_t i;
	int code = 0;

	*out = runs;
	if (!runs) {
		error__errno(&err, -ENOMEM, "cannot record");
		return commands__fail(ourselves, &err);
	}
	runs->opts = opts;
	runs->count = opts->ncommands * opts->times;
	if (prepare(runs, &err))
		return commands__fail(ourselves, &err);
	for (i = 0; i < runs->count && !code; i++)
		code = run_once(runs, i % opts->ncommands * opts->times + i / opts->ncommands);
	return code;
}

void runs__end(struct runs *runs)
{
	size_t i;

	if (!runs)
		return;
	for (i = 0; i < runs->count; i++) {
		if (runs->launches)
			launch__free(runs->launches[i]);
		if (runs->files && runs->files[i] && !runs->opts->keep)
			unlink(runs->files[i]);
		if (runs->files)
			free(runs->files[i]);
	}
	if (runs->directory && !runs->opts->keep)
		rmdir(runs->directory);
	free(runs->directory);
	free(runs->launches);
	free(runs->exits);
	free(runs->files);
	free(runs);
}

const char *const *runs__files(const struct runs *runs)
{
	return (const char *const *)runs->files;
}

const struct launch_exit *runs__exits(const struct runs *runs)
{
	return runs->exits;
}
