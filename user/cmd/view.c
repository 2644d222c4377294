// SPDX-License-Identifier: GPL-2.0-only
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>
#include <unistd.h>

#include "cmd/analyse.h"
#include "cmd/browser.h"
#include "cmd/commands.h"
#include "cmd/confined.h"
#include "cmd/options.h"
#include "cmd/session.h"
#include "cmd/signals.h"
#include "export/rows.h"
#include "launch/identity.h"
#include "lib/error.h"
#include "lib/spill.h"
#include "serve/serve.h"

#define WHO "conctrace view"

/* Perfetto's page may fetch from this port of the reader's machine, and from no other. */
#define PERFETTO_ORIGIN "https://ui.perfetto.dev"
#define PERFETTO_PORT	9001

#define LIMIT_NS (300 * 1000000000ull)

struct view {
	const char *trace;
	bool perfetto, no_browser;
	uint64_t limit_ns;
	struct signals *signals;
	FILE *made; /* what is to be seen, in a file without a name */
};

static const struct exporter *find_exporter(const char *name)
{
	size_t i;

	for (i = 0; exporters[i]; i++)
		if (strcmp(exporters[i]->name, name) == 0)
			return exporters[i];
	return NULL;
}

static int make(struct view *v, const struct exporter *exporter, struct error *err)
{
	struct analyse_target target = {.exporter = exporter};
	const struct confined_work work = {
		.bounds = {.trace = v->trace, .targets = &target, .ntargets = 1}};

	v->made = spill__open();
	if (!v->made)
		return error__errno(err, -errno, "cannot make a temporary file");
	target.stream = v->made;
	return confined__run_apart(&work, signals__attend, v->signals, err);
}

/* From here on nothing is done that the user could not do: a browser, and whoever connects. */
static int become_user(struct error *err)
{
	struct identity *id;
	int rc = identity__find(&id, err);

	if (rc || !id)
		return rc;
	rc = identity__assume(id);
	identity__free(id);
	if (rc)
		return error__errno(err, rc, "cannot become the user who called sudo");
	browser__find_desktop();
	return 0;
}

/* A name under which a browser finds the page. It stays: nobody knows when it has been read. */
static int name_page(const struct view *v, char *path, size_t size, struct error *err)
{
	const char *folder = getenv("TMPDIR");
	FILE *out;
	int fd, rc;

	if (!folder || *folder != '/')
		folder = "/tmp";
	if (snprintf(path, size, "%s/conctrace-XXXXXX.html", folder) >= (int)size)
		return error__errno(err, -ENAMETOOLONG, "cannot make a file in $TMPDIR");
	fd = mkostemps(path, (int)strlen(".html"), O_CLOEXEC);
	if (fd < 0)
		return error__errno(err, -errno, "cannot make a file in %s", folder);
	out = fdopen(fd, "w");
	rc = out ? spill__copy(v->made, out) : -ENOMEM;
	if (out ? fclose(out) : close(fd))
		rc = -errno;
	if (!rc)
		return 0;
	unlink(path);
	return error__errno(err, rc, "cannot write %s", path);
}

static int show_page(struct view *v, struct error *err)
{
	const struct exporter *exporter = find_exporter("html");
	char path[4096];
	int rc;

	if (!exporter)
		return error__set(err, -ENOTSUP,
				  "this build has no page; '" WHO " --perfetto' shows the "
				  "recording in Perfetto");
	rc = make(v, exporter, err);
	if (!rc)
		rc = become_user(err);
	if (!rc)
		rc = name_page(v, path, sizeof(path), err);
	if (rc)
		return rc;
	if (v->no_browser || !browser__open(path))
		printf("%s\n", path);
	else
		fprintf(stderr, WHO ": opened %s\n", path);
	return 0;
}

/* A page of another user on this machine shall not guess it. */
static int name_trace(char *path, size_t size, struct error *err)
{
	uint64_t salt[2];

	if (getrandom(salt, sizeof(salt), 0) != sizeof(salt))
		return error__errno(err, -errno, "cannot make up a name");
	snprintf(path, size, "/conctrace-%016" PRIx64 "%016" PRIx64 ".pftrace", salt[0], salt[1]);
	return 0;
}

static int serve(struct view *v, struct serve *server, struct error *err)
{
	char path[64], url[256];
	struct serve_options opts = {.path = path,
				     .origin = PERFETTO_ORIGIN,
				     .limit_ns = v->limit_ns,
				     .stop_fd = signals__fd(v->signals)};
	int rc = name_trace(path, sizeof(path), err);

	if (rc)
		return rc;
	opts.file = fileno(v->made);
	snprintf(url, sizeof(url), "%s/#!/?url=http://127.0.0.1:%d%s", PERFETTO_ORIGIN,
		 PERFETTO_PORT, path);
	if (v->no_browser || !browser__open(url)) {
		printf("%s\n", url);
		fflush(stdout);
	}
	fprintf(stderr, WHO ": waiting until Perfetto's page has fetched the trace; Ctrl-C ends\n");
	return serve__once(server, &opts, err);
}

static int show_in_perfetto(struct view *v, struct error *err)
{
	struct serve *server;
	/* First, for the trace takes its time: whether the port can be had. */
	int rc = serve__open(PERFETTO_PORT, &server, err);

	if (rc == -EADDRINUSE)
		return error__set(err, rc,
				  "port %d of this machine is in use, and Perfetto's page fetches "
				  "from no other: end what uses it (another '" WHO " --perfetto'?)",
				  PERFETTO_PORT);
	if (rc)
		return rc;
	rc = make(v, &exporter_perfetto, err);
	if (!rc)
		rc = become_user(err);
	if (!rc)
		rc = serve(v, server, err);
	serve__close(server);
	return rc;
}

static int parse(struct view *v, int argc, char **argv, struct error *err)
{
	const struct option_row rows[] = {
		{"perfetto", 0, NULL, "show it in Perfetto, through a server on 127.0.0.1",
		 OPTION_FLAG, &v->perfetto},
		{"no-browser", 0, NULL, "open nothing, print the address", OPTION_FLAG,
		 &v->no_browser},
		{"limit", 0, "SECONDS", "how long to wait for Perfetto to fetch it (300)",
		 OPTION_SECONDS, &v->limit_ns},
	};
	const struct option_table table = {
		.command = WHO,
		.usage = WHO " [OPTIONS] [FILE]\n",
		.intro = "Opens a recording in the browser; FILE is " SESSION_DEFAULT_FILE
			 " unless given.",
		.rows = rows,
		.count = sizeof(rows) / sizeof(*rows)};
	char **words;
	int rc = options__parse(&table, argc, argv, &words, err);

	if (!rc)
		rc = options__file(words, &v->trace, err);
	if (rc)
		return rc;
	return 0;
}

static int run(int argc, char **argv)
{
	struct view v = {.limit_ns = LIMIT_NS};
	struct error err = {0};
	int rc = parse(&v, argc, argv, &err);

	if (rc == 1)
		return 0;
	if (!rc)
		rc = signals__open(&v.signals, &err);
	if (!rc)
		rc = v.perfetto ? show_in_perfetto(&v, &err) : show_page(&v, &err);
	signals__close(v.signals);
	if (v.made)
		fclose(v.made);
	if (!rc)
		return 0;
	commands__fail(WHO, &err);
	return rc == -EINTR ? 128 + SIGINT : EXIT_OWN_FAILURE;
}

const struct command command_view = {
	.name = "view",
	.summary = "open a recording in the browser",
	.run = run,
};
