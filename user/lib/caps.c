// SPDX-License-Identifier: GPL-2.0-only
#include "lib/caps.h"

#include <errno.h>
#include <sys/syscall.h>
#include <unistd.h>

struct sets {
	struct __user_cap_header_struct header;
	struct __user_cap_data_struct data[_LINUX_CAPABILITY_U32S_3];
};

static bool get(struct sets *s)
{
	s->header = (struct __user_cap_header_struct){.version = _LINUX_CAPABILITY_VERSION_3};
	return syscall(SYS_capget, &s->header, s->data) == 0;
}

static uint64_t both(uint32_t low, uint32_t high)
{
	return (uint64_t)high << 32 | low;
}

static uint64_t permitted_of(const struct sets *s)
{
	return both(s->data[0].permitted, s->data[1].permitted);
}

static uint64_t effective_of(const struct sets *s)
{
	return both(s->data[0].effective, s->data[1].effective);
}

static int set(struct sets *s, uint64_t permitted, uint64_t effective)
{
	if (permitted == permitted_of(s) && effective == effective_of(s))
		return 0;
	s->data[0].permitted = (uint32_t)permitted;
	s->data[1].permitted = (uint32_t)(permitted >> 32);
	s->data[0].effective = (uint32_t)effective;
	s->data[1].effective = (uint32_t)(effective >> 32);
	return syscall(SYS_capset, &s->header, s->data) ? -errno : 0;
}

bool caps__get(uint64_t *effective, uint64_t *permitted, uint64_t *inheritable)
{
	struct sets s;

	if (!get(&s))
		return false;
	*effective = effective_of(&s);
	*permitted = permitted_of(&s);
	*inheritable = both(s.data[0].inheritable, s.data[1].inheritable);
	return true;
}

int caps__limit(uint64_t permitted, uint64_t effective)
{
	struct sets s;

	if (!get(&s))
		return -errno;
	permitted &= permitted_of(&s);
	return set(&s, permitted, effective & effective_of(&s) & permitted);
}

int caps__use(uint64_t effective)
{
	struct sets s;

	if (!get(&s))
		return -errno;
	return set(&s, permitted_of(&s), effective & permitted_of(&s));
}

uint64_t caps__raise(uint64_t more)
{
	struct sets s;
	uint64_t before;

	if (!get(&s))
		return 0;
	before = effective_of(&s);
	/* If it fails, what they are for fails, and says so. */
	set(&s, permitted_of(&s), (before | more) & permitted_of(&s));
	return before;
}
