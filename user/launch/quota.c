// SPDX-License-Identifier: GPL-2.0-only
/*
 * Two interfaces (Documentation/admin-guide): cgroup v2 has cpu.max, "QUOTA PERIOD" or "max
 * PERIOD"; v1 has cpu.cfs_quota_us, -1 = none, and cpu.cfs_period_us.
 */
#include "launch/quota.h"

#include <inttypes.h>
#include <limits.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>

/* Where the hierarchies of the CPU controller are usually mounted. */
static const struct {
	const char *folder;
	bool v1;
} mounts[] = {{"/cpu", true}, {"/cpu,cpuacct", true}, {"", false}, {"/unified", false}};

static bool read_line(const char *folder, const char *name, char *line, int size)
{
	char path[PATH_MAX];
	FILE *file;
	bool got;

	if (snprintf(path, sizeof(path), "%s/%s", folder, name) >= (int)sizeof(path))
		return false;
	file = fopen(path, "re");
	if (!file)
		return false;
	got = fgets(line, size, file);
	fclose(file);
	return got;
}

static struct cpu_quota read_quota(const char *folder, bool v1)
{
	struct cpu_quota q = {0};
	char line[64], period[64];

	if (!v1) {
		if (!read_line(folder, "cpu.max", line, sizeof(line)) ||
		    sscanf(line, "%" SCNu64 " %" SCNu64, &q.quota_us, &q.period_us) != 2)
			return (struct cpu_quota){0};
		return q;
	}
	if (!read_line(folder, "cpu.cfs_quota_us", line, sizeof(line)) || line[0] == '-' ||
	    !read_line(folder, "cpu.cfs_period_us", period, sizeof(period)) ||
	    sscanf(line, "%" SCNu64, &q.quota_us) != 1 ||
	    sscanf(period, "%" SCNu64, &q.period_us) != 1)
		return (struct cpu_quota){0};
	return q;
}

static bool is_tighter(const struct cpu_quota *a, const struct cpu_quota *b)
{
	if (!a->quota_us || !a->period_us)
		return false;
	return !b->quota_us || (double)a->quota_us / (double)a->period_us <
				       (double)b->quota_us / (double)b->period_us;
}

/* The cgroup and all that it is in. */
static void look_upwards(const char *root, const char *group, bool v1, struct cpu_quota *tightest)
{
	char path[PATH_MAX];
	size_t top = strlen(root);

	if (snprintf(path, sizeof(path), "%s%s", root, group) >= (int)sizeof(path))
		return;
	for (;;) {
		struct cpu_quota q = read_quota(path, v1);
		char *slash = strrchr(path + top, '/');

		if (is_tighter(&q, tightest))
			*tightest = q;
		if (!slash)
			return;
		*slash = 0;
	}
}

/* One of a comma-separated list is "cpu". */
static bool has_cpu(const char *list)
{
	for (;;) {
		size_t len = strcspn(list, ",");

		if (len == 3 && !strncmp(list, "cpu", 3))
			return true;
		if (!list[len])
			return false;
		list += len + 1;
	}
}

/* "4:cpu,cpuacct:/group" of v1, "0::/group" of v2 (cgroups(7)). */
static void look_at_line(char *line, const char *cgroup, struct cpu_quota *tightest)
{
	char root[PATH_MAX], *controllers = strchr(line, ':'), *group;
	size_t i;

	group = controllers ? strchr(controllers + 1, ':') : NULL;
	if (!group)
		return;
	*group++ = 0;
	group[strcspn(group, "\n")] = 0;
	controllers++;
	for (i = 0; i < sizeof(mounts) / sizeof(*mounts); i++) {
		if (mounts[i].v1 ? !has_cpu(controllers) : controllers[0])
			continue;
		snprintf(root, sizeof(root), "%s%s", cgroup, mounts[i].folder);
		look_upwards(root, group, mounts[i].v1, tightest);
	}
}

struct cpu_quota quota__of(pid_t pid, const char *proc, const char *cgroup)
{
	struct cpu_quota tightest = {0};
	char path[PATH_MAX], line[PATH_MAX];
	FILE *file;

	if (pid)
		snprintf(path, sizeof(path), "%s/%d/cgroup", proc, (int)pid);
	else
		snprintf(path, sizeof(path), "%s/self/cgroup", proc);
	file = fopen(path, "re");
	if (!file)
		return tightest;
	while (fgets(line, sizeof(line), file))
		look_at_line(line, cgroup, &tightest);
	fclose(file);
	return tightest;
}
