// SPDX-License-Identifier: GPL-2.0-only
#include "cmd/session.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/utsname.h>
#include <unistd.h>

#include "bpf/events.h"
#include "capture/capture.h"
#include "cmd/clock.h"
#include "cmd/dumps.h"
#include "cmd/job.h"
#include "cmd/outfile.h"
#include "cmd/privilege.h"
#include "cmd/shebang.h"
#include "cmd/urgency.h"
#include "launch/launch.h"
#include "launch/quota.h"
#include "lib/error.h"
#include "lib/strbuf.h"
#include "trace/record.h"
#include "trace/redact.h"

#define NS_PER_MS      1000000ull
#define MARK_FIRST_NS  (20 * NS_PER_MS) /* after the start; then twice as long each time */
#define MARK_NS	       (500 * NS_PER_MS)
#define MARK_MARGIN_NS (10 * NS_PER_MS) /* a record may be stamped, but not in the ring yet */
#define BUSY_WAIT_MS   10
#define IDLE_WAIT_MS   50
#define IDLE_EVENTS    500	/* fewer in one drain: there is time to wait longer */
#define FLOOD_PER_MS   65536ull /* bytes: the most that one CPU was seen to produce */
#define LEFT_BEHIND_NS (1000 * NS_PER_MS)

struct session {
	const struct session_options *opts;
	struct job *job;
	struct session_result *result;
	struct capture *capture;
	struct outfile *file;
	struct dumps *dumps; /* the last part is kept; NULL = everything goes to the file */
	unsigned int dumped;
	struct trace_writer *writer;
	struct redact *redact; /* NULL = names are written as they are */
	struct trace_info info;
	struct strbuf snapshot; /* records, one after the other */
	struct urgency before;	/* of this thread */
	uint64_t released_ns;
	uint64_t marked_ns, mark_every;
	uint64_t ended_ns; /* when the command was seen to have ended */
	bool told_left_behind;
};

static int append(void *ctx, unsigned int stream, const void *record, size_t size)
{
	struct session *s = ctx;
	struct trace_trailer *trailer = &s->result->trailer;
	int rc;

	if (s->redact)
		record = redact__record(s->redact, record, &size);
	if (!record)
		return 0;
	rc = trace_writer__append(s->writer, stream, record, size);
	if (!rc)
		trailer->events++;
	if (rc != -EINVAL)
		return rc;
	/* A record that the file format does not know is a lost one, and the rest goes on. */
	trailer->lost[size >= sizeof(struct ct_hdr)
			      ? ((const struct ct_hdr *)record)->type % CT_LOST_KINDS
			      : 0]++;
	return 0;
}

static int keep(void *ctx, unsigned int stream, const void *record, size_t size)
{
	struct strbuf *records = ctx;

	(void)stream;
	strbuf__add(records, record, size);
	return strbuf__failed(records) ? -ENOMEM : 0;
}

static int append_snapshot(struct session *s)
{
	const struct strbuf *records = &s->snapshot;
	size_t at, len;
	int rc = 0;

	for (at = 0; at < records->len && !rc; at += len) {
		const char *record = strbuf__text(records) + at;

		len = record__length(record, records->len - at);
		if (!len)
			return -EINVAL;
		rc = append(s, CT_STREAM_HOST, record, len);
	}
	return rc;
}

static int choose_whom(struct session *s, struct error *err)
{
	int rc;

	switch (s->opts->mode) {
	case TRACE_COMMAND:
		capture__adopt_children(s->capture, job__starter(s->job));
		rc = job__start(s->job, err);
		capture__adopt_children(s->capture, 0);
		return rc;
	case TRACE_PID:
		return capture__attach_pid(s->capture, s->opts->pid, err);
	case TRACE_ALL:
		break;
	}
	return 0;
}

static void fill_info(struct session *s)
{
	struct trace_info *info = &s->info;
	struct utsname host;
	struct cpu_quota quota;
	long online = sysconf(_SC_NPROCESSORS_ONLN);

	snprintf(info->tool, sizeof(info->tool), "conctrace %s", CONCTRACE_VERSION);
	if (uname(&host) == 0) {
		snprintf(info->sysname, sizeof(info->sysname), "%s", host.sysname);
		snprintf(info->release, sizeof(info->release), "%s", host.release);
		snprintf(info->version, sizeof(info->version), "%s", host.version);
		snprintf(info->machine, sizeof(info->machine), "%s", host.machine);
		snprintf(info->hostname, sizeof(info->hostname), "%s", host.nodename);
	}
	info->ncpus = capture__cpus(s->capture);
	info->online = online > 0 ? (uint32_t)online : 1;
	info->ring_bytes = capture__ring_bytes(s->capture);
	if (capture__samples(s->capture))
		info->sample_hz = s->opts->sample_hz;
	info->mode = s->opts->mode;
	if (info->mode == TRACE_PID)
		info->target_pid = (uint32_t)s->opts->pid;
	if (info->mode == TRACE_COMMAND) {
		info->argv = s->opts->argv;
		while (info->argv[info->argc])
			info->argc++;
	}
	quota = quota__of(info->mode == TRACE_PID ? s->opts->pid : 0, "/proc", "/sys/fs/cgroup");
	info->quota_us = quota.quota_us;
	info->period_us = quota.period_us;
	clock__pair(info);
	info->start_ns = clock__monotonic();
}

static bool keeps_last(const struct session *s)
{
	return s->opts->keep.ns || s->opts->keep.bytes;
}

static int open_writer(struct session *s, struct error *err)
{
	int rc;

	if (keeps_last(s)) {
		s->dumps = dumps__new(s->opts->output, s->opts->quiet);
		return s->dumps ? trace_writer__open_recent(&s->opts->keep, &s->info, &s->writer,
							    err)
				: error__errno(err, -ENOMEM, "recording");
	}
	rc = trace_writer__open(outfile__path(s->file), &s->info, &s->writer, err);
	if (!rc)
		trace_writer__limit(s->writer, s->opts->most_bytes);
	return rc;
}

static int open_all(struct session *s, struct error *err)
{
	const struct capture_options capture = {
		.ring_bytes = s->opts->ring_bytes,
		.all = s->opts->mode == TRACE_ALL,
		.existing = s->opts->mode != TRACE_COMMAND,
		.stack_bytes = s->opts->stack_bytes,
		.sample_hz = s->opts->sample_hz,
		.python = s->opts->mode == TRACE_COMMAND && shebang__is_python(s->opts->argv[0]),
	};
	int rc;

	if (s->opts->redact) {
		s->redact = redact__new();
		if (!s->redact)
			return error__errno(err, -errno, "cannot redact");
	}
	/* The file comes first: it is the cheapest to find fault with. */
	rc = keeps_last(s) ? outfile__check(s->opts->output, err)
			   : outfile__open(s->opts->output, &s->file, err);
	if (!rc)
		rc = capture__open(&capture, &s->capture, err);
	if (!rc)
		rc = choose_whom(s, err);
	/* The command is forked, the writing thread is not started yet: it gets the same. */
	s->before = urgency__raise();
	/* Who exists is known before the clock of the recording starts, so no slice is nameless. */
	if (!rc)
		rc = capture__snapshot(s->capture, keep, &s->snapshot, err);
	if (rc)
		return rc;
	fill_info(s);
	if (s->redact && redact__info(s->redact, &s->info))
		return error__errno(err, -ENOMEM, "recording");
	rc = open_writer(s, err);
	if (!rc)
		rc = append_snapshot(s);
	if (!rc)
		rc = capture__describe(s->capture, append, s);
	return rc;
}

/* Lets the command go, and gives the file its name: from here on there is something to keep. */
static int begin(struct session *s, bool *exec_failed, struct error *err)
{
	struct outfile *file = s->file;
	int rc = 0;

	if (s->opts->mode == TRACE_COMMAND) {
		rc = job__release(s->job, err);
		*exec_failed = rc != 0;
	}
	if (rc)
		return rc;
	s->result->recorded = true;
	s->released_ns = s->marked_ns = clock__monotonic();
	s->mark_every = MARK_FIRST_NS;
	if (!keeps_last(s)) {
		s->result->readable = outfile__regular(file);
		s->file = NULL;
		rc = outfile__commit(file, true, err);
	}
	privilege__to_watch();
	return rc;
}

static enum trace_stop why_stop(const struct session *s, uint64_t now)
{
	const struct session_options *opts = s->opts;
	bool command = opts->mode == TRACE_COMMAND;
	bool running = command && job__running(s->job);

	if (trace_writer__failure(s->writer))
		return TRACE_STOP_DISK;
	if (trace_writer__full(s->writer))
		return TRACE_STOP_SIZE;
	if (opts->mode != TRACE_ALL && !running && capture__live(s->capture) == 0)
		return TRACE_STOP_WORKLOAD;
	if (command && !running && opts->no_wait)
		return TRACE_STOP_COMMAND;
	if (job__asks(s->job) >= JOB_ASKS_STOP)
		return TRACE_STOP_INTERRUPT;
	if (opts->duration_ns && now - s->released_ns >= opts->duration_ns)
		return TRACE_STOP_DURATION;
	return TRACE_STOP_NONE;
}

static int next_wait(const struct session *s, int wait, long drained, uint64_t now)
{
	/* A ring must not fill up half while we sleep, should a storm break out meanwhile. */
	uint64_t most = s->info.ring_bytes / 2 / FLOOD_PER_MS;
	uint64_t next = (uint64_t)wait * 2, left;

	if (now == s->ended_ns)
		next = 1; /* mostly the last tasks go together with the command */
	else if ((s->ended_ns || drained >= IDLE_EVENTS || capture__is_eager(s->capture)) &&
		 next > BUSY_WAIT_MS)
		next = BUSY_WAIT_MS;
	if (next > IDLE_WAIT_MS)
		next = IDLE_WAIT_MS;
	if (next > most)
		next = most;
	if (s->opts->duration_ns) {
		left = s->released_ns + s->opts->duration_ns - now;
		if (next > left / NS_PER_MS)
			next = left / NS_PER_MS;
	}
	return next ? (int)next : 1;
}

static void note_command_end(struct session *s, uint64_t now)
{
	if (s->opts->mode == TRACE_COMMAND && !job__running(s->job) && !s->ended_ns)
		s->ended_ns = now;
}

/* Somebody who waits for a prompt must know why it does not come. */
static void tell_left_behind(struct session *s, uint64_t now)
{
	if (!s->ended_ns || s->told_left_behind || s->opts->quiet ||
	    now - s->ended_ns < LEFT_BEHIND_NS)
		return;
	s->told_left_behind = true;
	fprintf(stderr,
		"conctrace: the command has ended, but %" PRIu64 " of its tasks live on; recording "
		"until they end (Ctrl-C ends it now; see --no-wait)\n",
		capture__live(s->capture));
}

/* Up to the last mark a file can be read whose recorder was killed. */
static void mark(struct session *s, uint64_t now)
{
	if (now - s->marked_ns < s->mark_every)
		return;
	trace_writer__mark(s->writer, now - MARK_MARGIN_NS);
	s->marked_ns = now;
	s->mark_every = s->mark_every < MARK_NS / 2 ? 2 * s->mark_every : MARK_NS;
}

/* What is asked for while the recording goes on. */
static void look_at_dumps(struct session *s, uint64_t now)
{
	struct trace_trailer trailer = {.end_ns = now - MARK_MARGIN_NS, .stop = TRACE_STOP_DUMP};

	if (trace_writer__wants_anew(s->writer))
		capture__tell_anew(s->capture);
	if (dumps__busy(s->dumps)) {
		privilege__to_set_up();
		dumps__poll(s->dumps, s->writer);
		privilege__to_watch();
	}
	if (dumps__busy(s->dumps) || job__dumps(s->job) == s->dumped)
		return;
	s->dumped = job__dumps(s->job);
	capture__lost(s->capture, trailer.lost);
	capture__keep(s->capture, append, s);
	privilege__to_set_up();
	dumps__begin(s->dumps, s->writer, &trailer);
	privilege__to_watch();
}

static void record(struct session *s)
{
	enum trace_stop stop = TRACE_STOP_NONE;
	int wait = 1;

	while (!stop) {
		uint64_t now;
		long drained;

		job__poll(s->job, -1, wait);
		now = clock__monotonic();
		drained = capture__drain(s->capture, append, s);
		mark(s, now);
		if (s->dumps)
			look_at_dumps(s, now);
		stop = why_stop(s, now);
		if (!stop) {
			note_command_end(s, now);
			tell_left_behind(s, now);
			wait = next_wait(s, wait, drained, now);
		}
	}
	s->result->trailer.stop = stop;
}

static void write_last(struct session *s)
{
	struct session_result *result = s->result;
	const struct launch_exit *exit = job__exit(s->job);
	struct error err = {0};

	result->not_kept = s->opts->on_failure && exit->ended && !exit->code && !exit->signal;
	if (result->not_kept)
		return;
	result->write_failure = dumps__last(s->dumps, s->writer, &result->trailer, &result->stats,
					    &result->readable, &err);
	if (result->write_failure)
		result->readable = false;
}

static void finish(struct session *s)
{
	struct trace_trailer *trailer = &s->result->trailer;
	const struct launch_exit *exit = job__exit(s->job);

	/* Up to here all CPUs are covered; while the probes go away they are not, one by one. */
	trailer->end_ns = clock__monotonic();
	trailer->last_end_ns = capture__last_end(s->capture);
	s->result->wall_ns =
		(trailer->last_end_ns ? trailer->last_end_ns : trailer->end_ns) - s->released_ns;
	privilege__to_set_up();
	capture__stop(s->capture);
	if (!trace_writer__failure(s->writer)) {
		capture__drain(s->capture, append, s);
		capture__keep(s->capture, append, s);
	}
	capture__lost(s->capture, trailer->lost);
	trailer->has_exit = exit->ended;
	trailer->exit_code = exit->code;
	trailer->exit_signal = exit->signal;
	if (s->dumps) {
		write_last(s);
		trace_writer__close(s->writer, trailer, NULL, NULL);
	} else {
		s->result->write_failure =
			trace_writer__close(s->writer, trailer, &s->result->stats, NULL);
	}
	s->writer = NULL;
}

int session__record(const struct session_options *opts, struct job *job,
		    struct session_result *result, bool *exec_failed, struct error *err)
{
	struct session s = {.opts = opts, .job = job, .result = result};
	int rc;

	privilege__to_set_up();
	memset(result, 0, sizeof(*result));
	*exec_failed = false;
	rc = open_all(&s, err);
	if (!rc)
		rc = begin(&s, exec_failed, err);
	if (!rc) {
		record(&s);
		finish(&s);
	}
	if (s.writer)
		trace_writer__close(s.writer, &result->trailer, NULL, NULL);
	urgency__settle(s.before);
	redact__free(s.redact);
	outfile__abandon(s.file);
	dumps__free(s.dumps);
	strbuf__free(&s.snapshot);
	capture__close(s.capture);
	return rc;
}
