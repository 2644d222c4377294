// SPDX-License-Identifier: GPL-2.0-only
#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "cmd/commands.h"
#include "cmd/nearest.h"
#include "cmd/options.h"
#include "lib/error.h"
#include "tools/workloads/registry.h"

static const char who[] = "conctrace workload";

/* Where its program is, beneath a place, and what is appended to its name. */
#define FOLDER_C      ""
#define FOLDER_PYTHON "python/"
#define END_C	      ""
#define END_PYTHON    ".py"

static const struct {
	const char *name, *group, *summary, *folder, *end;
} workloads[] = {
#define X(kind, name, group, summary, finds, fault, fault_code, fixed, fixed_code)                 \
	{#name, group, summary, FOLDER_##kind, END_##kind},
	WORKLOADS(X)
#undef X
};

#define NWORKLOADS (sizeof(workloads) / sizeof(workloads[0]))

/* From the program's own directory: in the build tree, and as installed. */
static const char *const places[] = {"workloads", "../libexec/conctrace/workloads"};

static void list(void)
{
	const char *group = "";
	size_t i;

	puts("Programs whose behaviour is known. Run one: conctrace workload NAME [ARGS];\n"
	     "record one: conctrace -- conctrace workload NAME [ARGS];\n"
	     "its arguments, and what a report finds in it: conctrace workload NAME --help.");
	for (i = 0; i < NWORKLOADS; i++) {
		if (strcmp(group, workloads[i].group) != 0)
			printf("\n%s\n", workloads[i].group);
		group = workloads[i].group;
		printf("  %-14s %s\n", workloads[i].name, workloads[i].summary);
	}
}

static int find(const char *name, size_t *found, struct error *err)
{
	const char *best = NULL;
	size_t i;

	for (i = 0; i < NWORKLOADS; i++) {
		*found = i;
		if (strcmp(workloads[i].name, name) == 0)
			return 0;
		nearest__offer(name, workloads[i].name, &best);
	}
	if (best)
		return error__set(err, -ENOENT, "unknown workload '%s'; did you mean '%s'?", name,
				  best);
	return error__set(err, -ENOENT, "unknown workload '%s'; '%s' lists all", name, who);
}

/* Only comes back if that failed. */
static int execute(size_t which, char **words, struct error *err)
{
	char self[PATH_MAX], path[PATH_MAX + 64];
	ssize_t len = readlink("/proc/self/exe", self, sizeof(self) - 1);
	char *slash;
	size_t i;

	if (len <= 0)
		return error__errno(err, -errno, "cannot find the workloads");
	self[len] = '\0';
	slash = strrchr(self, '/');
	if (slash)
		*slash = '\0';
	for (i = 0; i < sizeof(places) / sizeof(places[0]); i++) {
		snprintf(path, sizeof(path), "%s/%s/%s%s%s", self, places[i],
			 workloads[which].folder, workloads[which].name, workloads[which].end);
		execv(path, words);
		if (errno != ENOENT && errno != ENOTDIR)
			return error__errno(err, -errno, "cannot run %s", path);
	}
	return error__set(err, -ENOENT, "'%s' is not there, neither in %s/%s nor in %s/%s",
			  words[0], self, places[0], self, places[1]);
}

static int run(int argc, char **argv)
{
	const struct option_table table = {
		.command = who,
		.usage = "conctrace workload [NAME [ARG...]]\n",
		.intro = "Runs a reference workload (NAME --help lists its arguments), or lists "
			 "them all.",
		.stop_at_word = true,
	};
	struct error err = {0};
	size_t which;
	char **words;
	int rc = options__parse(&table, argc, argv, &words, &err);

	if (rc == 1)
		return 0;
	if (!rc && !words[0]) {
		list();
		return 0;
	}
	if (!rc)
		rc = find(words[0], &which, &err);
	if (!rc)
		execute(which, words, &err);
	return commands__fail(who, &err);
}

const struct command command_workload = {
	.name = "workload",
	.summary = "list the reference workloads, or run one",
	.run = run,
};
