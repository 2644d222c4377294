// SPDX-License-Identifier: GPL-2.0-only
#include "export/perfetto_host.h"

#include <string.h>

#include "export/perfetto_packets.h"
#include "trace/info.h"

/* Fields of messages that only this file writes: see perfetto_fields.h. */
enum {
	SNAPSHOT_CLOCKS = 1,
	SNAPSHOT_PRIMARY = 2,
	CLOCK_ID = 1,
	CLOCK_TIMESTAMP = 2,
	CLOCK_INCREMENTAL = 3,
	SYSTEM_UTSNAME = 1,
	UTSNAME_SYSNAME = 1,
	UTSNAME_VERSION = 2,
	UTSNAME_RELEASE = 3,
	UTSNAME_MACHINE = 4,
};

static void put_clock(struct proto *p, uint64_t id, uint64_t ns)
{
	size_t mark = proto__begin(p, SNAPSHOT_CLOCKS);

	proto__uint(p, CLOCK_ID, id);
	proto__uint(p, CLOCK_TIMESTAMP, ns);
	proto__end(p, mark);
}

static void put_incremental(struct proto *p, uint64_t id, uint64_t ns)
{
	size_t mark = proto__begin(p, SNAPSHOT_CLOCKS);

	proto__uint(p, CLOCK_ID, id);
	proto__uint(p, CLOCK_TIMESTAMP, ns);
	proto__uint(p, CLOCK_INCREMENTAL, 1);
	proto__end(p, mark);
}

/* Nanoseconds of boottime: the snapshot says from where on. */
static int write_incremental(struct packets *ps, uint64_t origin)
{
	struct proto *p = packets__begin(ps);
	size_t mark = proto__begin(p, PACKET_CLOCK_SNAPSHOT);

	put_clock(p, CLOCK_ID_BOOTTIME, origin);
	put_incremental(p, CLOCK_ID_EVENTS, origin);
	put_incremental(p, CLOCK_ID_HEAD, origin);
	proto__uint(p, SNAPSHOT_PRIMARY, CLOCK_ID_BOOTTIME);
	proto__end(p, mark);
	return packets__end(ps);
}

static int write_clocks(struct packets *ps, const struct trace_info *info)
{
	struct proto *p = packets__begin(ps);
	size_t mark = proto__begin(p, PACKET_CLOCK_SNAPSHOT);

	put_clock(p, CLOCK_ID_BOOTTIME, info->clock_boottime);
	put_clock(p, CLOCK_ID_MONOTONIC, info->clock_monotonic);
	put_clock(p, CLOCK_ID_REALTIME, info->clock_realtime);
	proto__uint(p, SNAPSHOT_PRIMARY, CLOCK_ID_BOOTTIME);
	proto__end(p, mark);
	return packets__end(ps);
}

/* Perfetto reads task states by the kernel's release. */
static int write_system(struct packets *ps, const struct trace_info *info)
{
	struct proto *p = packets__begin(ps);
	size_t mark = proto__begin(p, PACKET_SYSTEM_INFO);
	size_t uts = proto__begin(p, SYSTEM_UTSNAME);

	proto__string(p, UTSNAME_SYSNAME, info->sysname, strlen(info->sysname));
	proto__string(p, UTSNAME_VERSION, info->version, strlen(info->version));
	proto__string(p, UTSNAME_RELEASE, info->release, strlen(info->release));
	proto__string(p, UTSNAME_MACHINE, info->machine, strlen(info->machine));
	proto__end(p, uts);
	proto__end(p, mark);
	return packets__end(ps);
}

int perfetto_host__write(struct packets *ps, const struct trace_info *info, uint64_t origin)
{
	int err = write_clocks(ps, info);

	if (!err)
		err = write_incremental(ps, origin);
	if (!err)
		err = packets__defaults(ps);
	return err ? err : write_system(ps, info);
}
