// SPDX-License-Identifier: GPL-2.0-only
#include "cmd/models.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "cmd/analyse.h"
#include "cmd/commands.h"
#include "cmd/outfile.h"
#include "cmd/privilege.h"
#include "cmd/reference.h"
#include "cmd/runs.h"
#include "cmd/several.h"
#include "cmd/signals.h"
#include "cmd/target.h"
#include "compare/models.h"
#include "export/rows.h"
#include "launch/launch.h"
#include "lib/error.h"
#include "report/report.h"

#define MODELS	     4
#define WORDS_MOST   512
#define WORD	     32
#define RUNS_DEFAULT 1
#define RUNS_MOST    100

static const char who[] = "conctrace workload";
static const char ourselves[] = "conctrace";

/* One row per kind of work, language and way to do it: a reference workload and its options. */
static const struct row {
	const char *kind;
	bool python;
	const char *words[MODELS];
	const char *server; /* of the work, not of the way to do it */
} rows[] = {
	{"cpu",
	 false,
	 {"cpu --work 30000 --mode single", "cpu --work 30000 --mode threads",
	  "cpu --work 30000 --mode procs", "cpu --work 30000 --mode loop"},
	 NULL},
	{"cpu",
	 true,
	 {"pycpu --model sequential", "pycpu --model threads", "pycpu --model processes",
	  "pycpu --model asyncio"},
	 NULL},
	{"io",
	 false,
	 {"download --work 100 --mode sequential",
	  "download --work 100 --workers 100 --mode threads",
	  "download --work 100 --workers 100 --mode procs",
	  "download --work 100 --workers 100 --mode epoll"},
	 "server"},
	{"io",
	 true,
	 {"pyio --model sequential", "pyio --model threads", "pyio --model processes",
	  "pyio --model asyncio"},
	 "server"},
	{"sleep",
	 false,
	 {"sleep --mode sequential", "sleep --mode threads", "sleep --mode procs",
	  "sleep --mode timers"},
	 NULL},
	{"sleep",
	 true,
	 {"pysleep --model sequential", "pysleep --model threads", "pysleep --model processes",
	  "pysleep --model asyncio"},
	 NULL},
};

static const char *const names[2][MODELS] = {
	{"sequential", "threads", "processes", "event loop"},
	{"sequential", "threads", "processes", "asyncio"},
};

/* A command line, and the room that its words take. */
struct line {
	char path[REFERENCE_PATH];
	char room[WORDS_MOST][WORD];
	char *words[WORDS_MOST + 1];
};

struct models {
	const struct models_options *opts;
	const struct row *row;
	struct line *lines; /* one for each model */
	uint32_t times;
	char **commands[MODELS];
	struct runs_options how;
	struct runs *runs;
	struct analyse_target json;
};

static const struct row *find(const struct models_options *opts, struct error *err)
{
	size_t i;

	for (i = 0; i < sizeof(rows) / sizeof(*rows); i++)
		if (!strcmp(rows[i].kind, opts->kind) && rows[i].python == opts->python)
			return &rows[i];
	error__set(err, -EINVAL, "option '--compare': cpu, io or sleep, not '%s'", opts->kind);
	return NULL;
}

/* The words of a row, the first one a workload's name; then those of the user. */
static int make_line(struct line *line, const char *text, char **more, struct error *err)
{
	size_t n = 0, which;
	int rc;

	while (*text) {
		size_t len = strcspn(text, " ");

		snprintf(line->room[n], WORD, "%.*s", (int)len, text);
		line->words[n] = line->room[n];
		n++;
		text += len + (text[len] == ' ');
	}
	rc = reference__find(line->words[0], &which, err);
	if (!rc)
		rc = reference__path(which, line->path, err);
	if (rc)
		return rc;
	line->words[0] = line->path;
	for (; *more; more++) {
		if (n == WORDS_MOST)
			return error__set(err, -E2BIG, "too many words after --");
		line->words[n++] = *more;
	}
	line->words[n] = NULL;
	return 0;
}

static int prepare(struct models *m, struct error *err)
{
	size_t i;
	int rc = 0;

	m->row = find(m->opts, err);
	if (!m->row)
		return err->code;
	m->times = m->opts->runs == MODELS_RUNS_UNSET ? RUNS_DEFAULT : m->opts->runs;
	if (!m->times || m->times > RUNS_MOST)
		return error__set(err, -EINVAL, "option '--runs': from 1 to %d", RUNS_MOST);
	m->lines = calloc(MODELS, sizeof(*m->lines));
	if (!m->lines)
		return error__errno(err, -ENOMEM, "cannot compare");
	for (i = 0; i < MODELS && !rc; i++)
		rc = make_line(&m->lines[i], m->row->words[i], m->opts->args, err);
	if (!rc && m->opts->json)
		rc = outfile__check(m->opts->json, err);
	return rc;
}

/* What the workloads print is not asked for: the table is. */
static int record_silently(struct models *m, struct error *err)
{
	m->how = (struct runs_options){.commands = m->commands,
				       .ncommands = MODELS,
				       .names = names[m->opts->python],
				       .times = m->times,
				       .quiet = m->opts->quiet};
	int null = open("/dev/null", O_WRONLY | O_CLOEXEC), kept, code;
	size_t i;

	fflush(stdout);
	kept = fcntl(STDOUT_FILENO, F_DUPFD_CLOEXEC, 3);
	if (null < 0 || kept < 0 || dup2(null, STDOUT_FILENO) < 0) {
		error__errno(err, -errno, "cannot put the workloads' output aside");
		return EXIT_OWN_FAILURE;
	}
	close(null);
	for (i = 0; i < MODELS; i++)
		m->commands[i] = m->lines[i].words;
	code = runs__record(&m->how, &m->runs);
	dup2(kept, STDOUT_FILENO);
	close(kept);
	return code;
}

/* Returns 0, or the exit code of the first workload that failed: it has said why. */
static int failed(const struct models *m, struct error *err)
{
	const struct launch_exit *exits = runs__exits(m->runs);
	size_t i;

	for (i = 0; i < MODELS * (size_t)m->times; i++) {
		int code = exits[i].signal ? exits[i].signal : exits[i].code;

		if (!code)
			continue;
		error__set(err, -ECANCELED, "%s ended with %s %d: nothing to compare",
			   names[m->opts->python][i / m->times],
			   exits[i].signal ? "signal" : "exit code", code);
		return exits[i].signal ? 128 + code : code;
	}
	return 0;
}

static int write_result(const struct models *m, const struct report *result, struct error *err)
{
	const struct analyse_target text = {.exporter = &exporter_models, .stream = stdout};
	bool to_stdout = m->opts->json && !strcmp(m->opts->json, "-");
	int rc = 0;

	if (m->opts->json)
		rc = target__write(&m->json, result, err);
	if (!rc && !to_stdout)
		rc = target__write(&text, result, err);
	return rc;
}

static int compare(void *ctx, const struct report *const *reports, struct error *err)
{
	const struct models *m = ctx;
	const struct models_work work = {m->row->kind, m->row->python ? "Python" : "C",
					 m->row->server};
	struct models_side sides[MODELS];
	struct report *result;
	size_t i;
	int rc;

	for (i = 0; i < MODELS; i++)
		sides[i] = (struct models_side){names[m->row->python][i], m->lines[i].words,
						&reports[i * m->times], m->times};
	result = models__new(&work, sides, MODELS);
	if (!result)
		return error__set(err, -ENOMEM, "not enough memory to compare");
	rc = write_result(m, result, err);
	report__free(result);
	return rc;
}

static int read_and_compare(struct models *m, struct error *err)
{
	const struct several_work work = {
		.files = runs__files(m->runs),
		.count = MODELS * (size_t)m->times,
		.bounds = {.targets = &m->json, .ntargets = m->json.path != NULL},
		.with = compare,
		.ctx = m};
	struct signals *signals;
	int rc = signals__open(&signals, err);

	if (rc)
		return rc;
	rc = several__read_apart(&work, signals__attend, signals, err);
	signals__close(signals);
	return rc;
}

/* Returns the exit code; err tells why, unless it has been said. */
static int record_and_compare(struct models *m, struct error *err)
{
	int code;

	if (privilege__demand(err))
		return EXIT_OWN_FAILURE;
	code = record_silently(m, err);
	if (!code)
		code = failed(m, err);
	if (!code && read_and_compare(m, err))
		code = err->code == -EINTR ? 128 + SIGINT : EXIT_OWN_FAILURE;
	return code;
}

int models__run(const struct models_options *opts)
{
	struct models m = {.opts = opts, .json = {.exporter = &exporter_json, .path = opts->json}};
	struct error err = {0};
	int rc = prepare(&m, &err), code = 0;

	if (rc)
		code = commands__fail(who, &err);
	else
		code = record_and_compare(&m, &err);
	if (!rc && err.code)
		commands__fail(ourselves, &err);
	runs__end(m.runs);
	free(m.lines);
	return code;
}
