// SPDX-License-Identifier: GPL-2.0-only
#include "cmd/temporary.h"

#include <errno.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/random.h>
#include <unistd.h>

int temporary__make(const char *path, int (*make)(const char *name), char **name)
{
	uint32_t salt = 0;
	int tries, rc = -EEXIST;

	for (tries = 0; tries < 100 && rc == -EEXIST; tries++) {
		if (getrandom(&salt, sizeof(salt), GRND_NONBLOCK) != sizeof(salt))
			salt = (uint32_t)getpid() + (uint32_t)tries;
		if (asprintf(name, "%s.tmp%06x", path, salt & 0xffffff) < 0) {
			*name = NULL;
			return -ENOMEM;
		}
		rc = make(*name);
		if (rc >= 0)
			return rc;
		free(*name);
		*name = NULL;
	}
	return rc;
}
