// SPDX-License-Identifier: GPL-2.0-only
/* What was run, on which machine, when and for how long, and how complete the recording is. */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

#include "analysis/rows.h"
#include "report/report.h"
#include "trace/info.h"
#include "trace/record.h"

#define LOST(kind) "events.lost_by." kind

static const struct report_column columns[] = {
	{"schema", "schema", R_TEXT, U_NONE, 0},
	{"version", "version", R_TEXT, U_NONE, 0},
	{"mode", "mode", R_TEXT, U_NONE, 0},
	{"target_pid", "process", R_INT, U_NONE, 0},
	{"exit.code", "exit code", R_INT, U_NONE, 0},
	{"exit.signal", "signal", R_INT, U_NONE, 0},
	{"ended", "ended by", R_TEXT, U_NONE, 0},
	{"truncated", "truncated", R_BOOL, U_NONE, 0},
	{"recent", "last part only", R_BOOL, U_NONE, 0},
	{"host.hostname", "host", R_TEXT, U_NONE, 0},
	{"host.kernel", "kernel", R_TEXT, U_NONE, 0},
	{"host.machine", "machine", R_TEXT, U_NONE, 0},
	{"host.cpus", "CPUs", R_INT, U_COUNT, 0},
	{"quota.us", "CPU quota", R_INT, U_NONE, R_SKIP_ZERO},
	{"quota.period_us", "in each", R_INT, U_NONE, R_SKIP_ZERO},
	{"start_time", "start", R_TEXT, U_NONE, 0},
	{"clock.synchronised", "clock synchronised", R_BOOL, U_NONE, 0},
	{"clock.max_error_ns", "  within", R_INT, U_NS, 0},
	{"wall_ns", "wall", R_INT, U_NS, 0},
	{"window.start_ns", "from", R_INT, U_NS, 0},
	{"window.end_ns", "to", R_INT, U_NS, 0},
	{"events.recorded", "events", R_INT, U_COUNT, 0},
	{"events.lost", "lost", R_INT, U_COUNT, 0},
	{LOST("switch"), "switches lost", R_INT, U_COUNT, R_SKIP_ZERO},
	{LOST("waking"), "wakings lost", R_INT, U_COUNT, R_SKIP_ZERO},
	{LOST("fork"), "forks lost", R_INT, U_COUNT, R_SKIP_ZERO},
	{LOST("exec"), "execs lost", R_INT, U_COUNT, R_SKIP_ZERO},
	{LOST("end"), "ends lost", R_INT, U_COUNT, R_SKIP_ZERO},
	{LOST("rename"), "renames lost", R_INT, U_COUNT, R_SKIP_ZERO},
	{LOST("stack"), "stacks lost", R_INT, U_COUNT, R_SKIP_ZERO},
	{LOST("file"), "files lost", R_INT, U_COUNT, R_SKIP_ZERO},
	{LOST("map"), "mappings lost", R_INT, U_COUNT, R_SKIP_ZERO},
	{LOST("sample"), "samples lost", R_INT, U_COUNT, R_SKIP_ZERO},
	{LOST("disk"), "disk requests lost", R_INT, U_COUNT, R_SKIP_ZERO},
	{LOST("other"), "others lost", R_INT, U_COUNT, R_SKIP_ZERO},
	{"events.bytes", "file size", R_INT, U_BYTES, 0},
};

static const struct report_column word_column[] = {{"", "word", R_TEXT, U_NONE, 0}};

static const char *mode_name(enum trace_mode mode)
{
	switch (mode) {
	case TRACE_COMMAND:
		return "command";
	case TRACE_PID:
		return "pid";
	case TRACE_ALL:
		return "all";
	}
	return "unknown";
}

static const char *stop_name(enum trace_stop stop)
{
	switch (stop) {
	case TRACE_STOP_NONE:
		break;
	case TRACE_STOP_WORKLOAD:
		return "workload";
	case TRACE_STOP_COMMAND:
		return "command";
	case TRACE_STOP_DURATION:
		return "duration";
	case TRACE_STOP_INTERRUPT:
		return "interrupt";
	case TRACE_STOP_DISK:
		return "disk";
	case TRACE_STOP_SIZE:
		return "size";
	case TRACE_STOP_DUMP:
		return "dump";
	}
	return "unknown";
}

/* Calendar time of the recording's zero, RFC 3339 with nanoseconds. */
static void set_start_time(struct report_table *root, const struct trace_info *info)
{
	uint64_t ns = info->clock_realtime + (info->start_ns - info->clock_monotonic);
	time_t seconds = (time_t)(ns / 1000000000);
	char date[32], text[64];
	struct tm tm;

	if (!gmtime_r(&seconds, &tm) || !strftime(date, sizeof(date), "%Y-%m-%dT%H:%M:%S", &tm))
		return;
	snprintf(text, sizeof(text), "%s.%09" PRIu64 "Z", date, ns % 1000000000);
	table__set_text(root, 0, "start_time", text);
}

static void set_command(struct report *report, struct report_table *root,
			const struct trace_info *info)
{
	struct report_table *words = report__add(report, "", "command", word_column, 1);
	uint32_t i;

	table__set_text(root, 0, "mode", mode_name(info->mode));
	if (info->mode == TRACE_PID)
		table__set_int(root, 0, "target_pid", info->target_pid);
	for (i = 0; info->argv && i < info->argc; i++)
		table__set_text(words, table__add_row(words, 0), "", info->argv[i]);
}

static void set_host(struct report_table *root, const struct trace_info *info)
{
	table__set_text(root, 0, "host.hostname", info->hostname);
	table__set_text(root, 0, "host.kernel", info->release);
	table__set_text(root, 0, "host.machine", info->machine);
	table__set_int(root, 0, "host.cpus", info->online ? info->online : info->ncpus);
	if (info->clock != TRACE_CLOCK_UNKNOWN)
		table__set_bool(root, 0, "clock.synchronised", info->clock == TRACE_CLOCK_SYNCED);
	if (info->clock == TRACE_CLOCK_SYNCED)
		table__set_int(root, 0, "clock.max_error_ns", (int64_t)info->clock_error_us * 1000);
	table__set_int(root, 0, "quota.us", (int64_t)info->quota_us);
	table__set_int(root, 0, "quota.period_us", (int64_t)info->period_us);
}

static void set_end(struct report_table *root, const struct analysis_input *in)
{
	const struct trace_trailer *trailer = in->trailer;

	if (trailer->has_exit && trailer->exit_signal)
		table__set_int(root, 0, "exit.signal", trailer->exit_signal);
	else if (trailer->has_exit)
		table__set_int(root, 0, "exit.code", trailer->exit_code);
	table__set_text(root, 0, "ended", stop_name(trailer->stop));
	table__set_bool(root, 0, "truncated", in->truncated);
	if (in->info->recent)
		table__set_bool(root, 0, "recent", true);
}

/*
 * The stream tells of losses where they happened, the trailer in total: the last ones of a CPU
 * may be in the trailer only, and a truncated file has no trailer.
 */
static void set_events(struct report_table *root, const struct analysis_input *in)
{
	const uint64_t *seen = model__lost(in->model);
	uint64_t total = 0;
	size_t type;

	for (type = 0; type < CT_LOST_KINDS; type++) {
		uint64_t in_total = in->trailer->lost[type];
		uint64_t lost = seen[type] > in_total ? seen[type] : in_total;
		char key[64];

		total += lost;
		snprintf(key, sizeof(key), LOST("%s"), record__kind((unsigned int)type));
		table__set_int(root, 0, key, table__int(root, 0, key) + (int64_t)lost);
	}
	table__set_int(root, 0, "events.recorded", (int64_t)in->events);
	table__set_int(root, 0, "events.lost", (int64_t)total);
	table__set_int(root, 0, "events.bytes", (int64_t)in->file_bytes);
}

static void *run__begin(const struct analysis_input *in)
{
	(void)in;
	return malloc(1); /* no state, but NULL would mean failure */
}

static int run__finish(void *state, const struct analysis_input *in, struct report *report)
{
	struct report_table *root =
		report__add(report, "", "", columns, sizeof(columns) / sizeof(*columns));
	uint64_t start = model__window_start(in->model), end = model__window_end(in->model);

	(void)state;
	table__set_text(root, 0, "schema", "conctrace.report/1");
	table__set_text(root, 0, "version", CONCTRACE_VERSION);
	set_command(report, root, in->info);
	set_host(root, in->info);
	set_start_time(root, in->info);
	set_end(root, in);
	table__set_int(root, 0, "wall_ns", end > start ? (int64_t)(end - start) : 0);
	table__set_int(root, 0, "window.start_ns", (int64_t)start);
	table__set_int(root, 0, "window.end_ns", (int64_t)end);
	set_events(root, in);
	return 0;
}

const struct analysis analysis_run = {
	.name = "run",
	.begin = run__begin,
	.finish = run__finish,
	.end = free,
};
