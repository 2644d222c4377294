// SPDX-License-Identifier: GPL-2.0-only
#include "lib/landlock.h"

#include <errno.h>
#include <linux/landlock.h>
#include <stdint.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <unistd.h>

/*
 * As in linux/landlock.h, of which a system's own copy may be older than its kernel. The numbers
 * of the system calls are the same on all machines.
 */
#define CREATE_RULESET	    444
#define ADD_RULE	    445
#define RESTRICT_SELF	    446
#define FS_EXECUTE	    (1ull << 0)
#define FS_WRITE_FILE	    (1ull << 1)
#define FS_REMOVE_FILE	    (1ull << 5)
#define FS_MAKE_REG	    (1ull << 8)
#define FS_OF_ABI_1	    (FS_EXECUTE | FS_WRITE_FILE | 0x1ff0ull) /* removing, making */
#define FS_REFER	    (1ull << 13)			     /* since ABI 2, Linux 5.19 */
#define FS_TRUNCATE	    (1ull << 14)			     /* since ABI 3, Linux 6.2 */
#define NET_ALL		    3ull	 /* since ABI 4, Linux 6.7: bind, connect */
#define FS_IOCTL_DEV	    (1ull << 15) /* since ABI 5, Linux 6.10 */
#define SCOPE_ABSTRACT_UNIX 1ull	 /* since ABI 6, Linux 6.12 */
#define SCOPE_SIGNAL	    2ull

struct ruleset {
	uint64_t fs, net, scoped;
};

static struct ruleset rules_of(int abi)
{
	struct ruleset r = {.fs = FS_OF_ABI_1};

	if (abi >= 2)
		r.fs |= FS_REFER;
	if (abi >= 3)
		r.fs |= FS_TRUNCATE;
	if (abi >= 4)
		r.net = NET_ALL;
	if (abi >= 5)
		r.fs |= FS_IOCTL_DEV;
	if (abi >= 6)
		r.scoped = SCOPE_ABSTRACT_UNIX | SCOPE_SIGNAL;
	return r;
}

/* How much of a ruleset a kernel knows. */
static size_t size_of(int abi)
{
	return abi >= 6 ? 3 * sizeof(uint64_t) : abi >= 4 ? 2 * sizeof(uint64_t) : sizeof(uint64_t);
}

int landlock__version(void)
{
	long abi = syscall(CREATE_RULESET, NULL, 0, LANDLOCK_CREATE_RULESET_VERSION);

	return abi > 0 ? (int)abi : 0;
}

int landlock__enter(const struct landlock_folder *folders, size_t count)
{
	int abi = landlock__version();
	struct ruleset ruleset;
	int fd, rc = 0;
	size_t i;

	if (!abi)
		return -EOPNOTSUPP;
	ruleset = rules_of(abi);
	fd = (int)syscall(CREATE_RULESET, &ruleset, size_of(abi), 0);
	if (fd < 0)
		return -errno;
	for (i = 0; i < count && !rc; i++) {
		const struct landlock_path_beneath_attr rule = {
			.parent_fd = folders[i].fd,
			.allowed_access =
				(FS_WRITE_FILE | FS_TRUNCATE | (folders[i].make ? FS_MAKE_REG : 0) |
				 (folders[i].remove ? FS_REMOVE_FILE : 0)) &
				ruleset.fs,
		};

		rc = syscall(ADD_RULE, fd, LANDLOCK_RULE_PATH_BENEATH, &rule, 0) ? -errno : 0;
	}
	if (!rc && (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) || syscall(RESTRICT_SELF, fd, 0)))
		rc = -errno;
	close(fd);
	return rc;
}
