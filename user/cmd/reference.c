// SPDX-License-Identifier: GPL-2.0-only
#include "cmd/reference.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "cmd/nearest.h"
#include "lib/error.h"
#include "tools/workloads/registry.h"

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

void reference__list(void)
{
	const char *group = "";
	size_t i;

	puts("Programs whose behaviour is known. Run one: conctrace workload NAME [ARGS];\n"
	     "record one: conctrace -- conctrace workload NAME [ARGS];\n"
	     "its arguments, and what a report finds in it: conctrace workload NAME --help;\n"
	     "threads, processes, event loop: conctrace workload --compare cpu, io or sleep.");
	for (i = 0; i < NWORKLOADS; i++) {
		if (strcmp(group, workloads[i].group) != 0)
			printf("\n%s\n", workloads[i].group);
		group = workloads[i].group;
		printf("  %-14s %s\n", workloads[i].name, workloads[i].summary);
	}
}

int reference__find(const char *name, size_t *found, struct error *err)
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
	return error__set(err, -ENOENT, "unknown workload '%s'; 'conctrace workload' lists all",
			  name);
}

int reference__path(size_t which, char path[REFERENCE_PATH], struct error *err)
{
	char self[PATH_MAX];
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
		snprintf(path, REFERENCE_PATH, "%s/%s/%s%s%s", self, places[i],
			 workloads[which].folder, workloads[which].name, workloads[which].end);
		if (!access(path, X_OK))
			return 0;
		if (errno != ENOENT && errno != ENOTDIR)
			return error__errno(err, -errno, "cannot run %s", path);
	}
	return error__set(err, -ENOENT, "'%s' is not there, neither in %s/%s nor in %s/%s",
			  workloads[which].name, self, places[0], self, places[1]);
}
