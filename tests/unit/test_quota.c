// SPDX-License-Identifier: GPL-2.0-only
/* A cgroup's CPU quota, from files as the kernel has them. */
#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include <cmocka.h>

#include "launch/quota.h"

static char dir[] = "/tmp/conctrace-test.XXXXXX";

static int setup(void **state)
{
	(void)state;
	return mkdtemp(dir) ? 0 : -1;
}

static int teardown(void **state)
{
	char command[80];

	(void)state;
	snprintf(command, sizeof(command), "rm -rf '%s'", dir);
	return system(command); /* NOLINT(cert-env33-c) */
}

static void put(const char *folder, const char *name, const char *text)
{
	char path[200];
	FILE *file;

	snprintf(path, sizeof(path), "mkdir -p '%s/%s'", dir, folder);
	assert_int_equal(system(path), 0); /* NOLINT(cert-env33-c) */
	snprintf(path, sizeof(path), "%s/%s/%s", dir, folder, name);
	file = fopen(path, "w");
	assert_non_null(file);
	assert_true(fputs(text, file) >= 0);
	assert_int_equal(fclose(file), 0);
}

static struct cpu_quota quota(const char *membership)
{
	char proc[80], cgroup[80];

	put("proc/self", "cgroup", membership);
	snprintf(proc, sizeof(proc), "%s/proc", dir);
	snprintf(cgroup, sizeof(cgroup), "%s/cg", dir);
	return quota__of(0, proc, cgroup);
}

#define assert_quota(membership, quota_is, period_is)                                              \
	do {                                                                                       \
		struct cpu_quota found = quota(membership);                                        \
                                                                                                   \
		assert_int_equal(found.quota_us, quota_is);                                        \
		assert_int_equal(found.period_us, period_is);                                      \
	} while (0)

static void test_v2(void **state)
{
	(void)state;
	put("cg/a/b", "cpu.max", "max 100000\n");
	put("cg/a", "cpu.max", "30000 100000\n");
	put("cg/tight", "cpu.max", "20000 100000\n");
	put("cg/tight/wide", "cpu.max", "50000 100000\n");
	put("cg/odd", "cpu.max", "what?\n");
	assert_quota("0::/a/b\n", 30000, 100000);
	assert_quota("0::/tight/wide\n", 20000, 100000);
	assert_quota("0::/\n", 0, 0);
	assert_quota("0::/odd\n", 0, 0);
	assert_quota("0::/gone/since\n", 0, 0);
	assert_quota("nonsense\n:\n::\n", 0, 0);
}

static void test_v1(void **state)
{
	(void)state;
	put("cg/cpu", "cpu.cfs_quota_us", "-1\n");
	put("cg/cpu", "cpu.cfs_period_us", "100000\n");
	put("cg/cpu/x", "cpu.cfs_quota_us", "150000\n");
	put("cg/cpu/x", "cpu.cfs_period_us", "50000\n");
	assert_quota("9:cpuset:/\n4:cpuacct,cpu:/x\n0::/\n", 150000, 50000);
	assert_quota("4:cpuacct:/x\n", 0, 0); /* of another controller */
	assert_quota("1:cpu:/\n", 0, 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_v2),
		cmocka_unit_test(test_v1),
	};

	return cmocka_run_group_tests(tests, setup, teardown);
}
