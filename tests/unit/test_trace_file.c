// SPDX-License-Identifier: GPL-2.0-only
/* Whole files: what goes in comes out, in order, and in few bytes. */
#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <sys/resource.h>
#include <sys/wait.h>

#include "lib/sanitized.h"
#include "tests/unit/trace_make.inc"

#define CPUS	 4
#define MANY	 12000
#define PINGPONG 300000

static void close_writer(struct trace_writer *w, uint64_t end_ns, struct trace_writer_stats *stats)
{
	struct trace_trailer trailer = make_trailer(end_ns, 1);
	struct error err;

	assert_int_equal(trace_writer__close(w, &trailer, stats, &err), 0);
}

/* Random records of all types on all streams, in blocks of many sizes. */
static void test_round_trip(void **state)
{
	static const unsigned int streams[] = {0, 1, 2, 3, TRACE_STREAM_HOST, TRACE_STREAM_MAPS};
	union ct_event *ev = malloc(MANY * sizeof(*ev));
	unsigned int *stream = malloc(MANY * sizeof(*stream));
	size_t at[TRACE_STREAMS] = {0};
	char *path = make_path();
	struct trace_writer *w = open_writer(path, CPUS);
	struct trace_writer_stats stats;
	struct got got;

	(void)state;
	for (size_t i = 0; i < MANY; i++) {
		make_record(&ev[i], i * 10 + make_below(10), i < MANY / 2);
		stream[i] = streams[make_below(6)];
		assert_int_equal(trace_writer__append(w, stream[i], &ev[i], sizeof(ev[i])), 0);
		if (!make_below(3000))
			assert_int_equal(trace_writer__mark(w, ev[i].h.ts), 0);
	}
	close_writer(w, MANY * 10, &stats);
	assert_int_equal(stats.events, MANY);
	assert_int_equal(stats.bytes, file_size(path));

	got_file(&got, path);
	assert_int_equal(got.ret, 0);
	assert_int_equal(got.count, MANY);
	assert_false(got.truncated);
	for (size_t i = 0; i < MANY; i++) {
		size_t *next = &at[got.cpu[i]];

		assert_true(!i || got.ev[i].h.ts >= got.ev[i - 1].h.ts);
		while (stream[*next] != got.cpu[i])
			++*next;
		assert_true(same_records(&got.ev[i], &ev[*next], 1));
		++*next;
	}
	got_free(&got);
	unlink(path);
	free(path);
	free(stream);
	free(ev);
}

static void test_info_and_trailer(void **state)
{
	struct trace_info info = make_info(CPUS);
	struct trace_trailer trailer = make_trailer(5000, 12345);
	const struct trace_info *got;
	struct trace_reader *r;
	struct trace_event te;
	struct trace_writer *w;
	char *path = make_path();
	struct error err;

	(void)state;
	assert_int_equal(trace_writer__open(path, &info, &w, &err), 0);
	assert_int_equal(trace_writer__close(w, &trailer, NULL, &err), 0);
	assert_int_equal(trace_reader__open(path, &r, &err), 0);
	got = trace_reader__info(r);
	/* All up to argv, but for the hole after the names. */
	assert_memory_equal(got, &info, sizeof(info.tool) + 5 * sizeof(info.hostname));
	assert_memory_equal(&got->ncpus, &info.ncpus,
			    offsetof(struct trace_info, argv) - offsetof(struct trace_info, ncpus));
	assert_int_equal(got->ring_bytes, info.ring_bytes);
	assert_int_equal(got->quota_us, info.quota_us);
	assert_int_equal(got->period_us, info.period_us);
	for (uint32_t i = 0; i < info.argc; i++)
		assert_string_equal(got->argv[i], info.argv[i]);
	assert_null(got->argv[info.argc]);
	assert_true(same_trailer(trace_reader__trailer(r), &trailer));
	assert_int_equal(trace_reader__bytes(r), file_size(path));
	assert_int_equal(trace_reader__next(r, &te, &err), 0);
	assert_int_equal(trace_reader__next(r, &te, &err), 0);
	trace_reader__close(r);
	trace_reader__close(NULL);
	unlink(path);
	free(path);
}

static void test_rewind(void **state)
{
	char *path = make_path();
	struct trace_writer *w = open_writer(path, CPUS);
	struct got first = {0}, again = {0};
	struct trace_reader *r;
	struct trace_event te;
	union ct_event ev;
	struct error err;

	(void)state;
	for (size_t i = 0; i < 5000; i++) {
		make_record(&ev, i, false);
		trace_writer__append(w, make_below(CPUS), &ev, sizeof(ev));
		if (i % 1000 == 0)
			trace_writer__mark(w, i);
	}
	close_writer(w, 5000, NULL);
	assert_int_equal(trace_reader__open(path, &r, &err), 0);
	for (int i = 0; i < 777; i++)
		assert_int_equal(trace_reader__next(r, &te, &err), 1);
	assert_int_equal(trace_reader__rewind(r, &err), 0);
	got_all(&first, r);
	assert_int_equal(trace_reader__rewind(r, &err), 0);
	got_all(&again, r);
	assert_int_equal(first.count, 5000);
	assert_int_equal(again.count, 5000);
	assert_true(same_records(first.ev, again.ev, 5000));
	got_free(&first);
	got_free(&again);
	trace_reader__close(r);
	unlink(path);
	free(path);
}

/* Records at the same instant; `order` is how they must come out. */
static const struct tie {
	const char *what;
	struct {
		unsigned int stream, type, tid, next;
	} in[4];
	unsigned int count;
	unsigned int order[4];
} ties[] = {
	{"out before in", {{0, CT_SWITCH, 1, 9}, {1, CT_SWITCH, 9, 2}}, 2, {1, 0}},
	{"in after out, already so", {{0, CT_SWITCH, 9, 1}, {1, CT_SWITCH, 2, 9}}, 2, {0, 1}},
	{"waking before switch", {{0, CT_SWITCH, 1, 2}, {1, CT_WAKING, 2, 0}}, 2, {1, 0}},
	{"fork before switch", {{0, CT_SWITCH, 1, 2}, {1, CT_FORK, 2, 0}}, 2, {1, 0}},
	{"else by CPU",
	 {{2, CT_SWITCH, 1, 2}, {1, CT_SWITCH, 3, 4}, {0, CT_SWITCH, 5, 6}},
	 3,
	 {2, 1, 0}},
	{"wakings by CPU", {{2, CT_WAKING, 1, 0}, {0, CT_WAKING, 1, 0}}, 2, {1, 0}},
	{"a chain",
	 {{0, CT_SWITCH, 1, 2}, {1, CT_SWITCH, 2, 3}, {2, CT_SWITCH, 3, 4}},
	 3,
	 {2, 1, 0}},
	{"a circle", {{0, CT_SWITCH, 1, 2}, {1, CT_SWITCH, 2, 1}}, 2, {0, 1}},
	{"idle is everywhere", {{0, CT_SWITCH, 1, 0}, {1, CT_SWITCH, 0, 2}}, 2, {0, 1}},
	{"a stream's own order stays", {{0, CT_SWITCH, 1, 2}, {0, CT_WAKING, 3, 0}}, 2, {0, 1}},
	{"tasks that existed come first",
	 {{0, CT_SWITCH, 1, 2}, {TRACE_STREAM_HOST, CT_TASK, 1, 0}},
	 2,
	 {1, 0}},
};

static void test_ties(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof(ties) / sizeof(ties[0]); i++) {
		const struct tie *t = &ties[i];
		char *path = make_path();
		struct trace_writer *w = open_writer(path, CPUS);
		union ct_event ev;
		struct got got;

		for (unsigned int j = 0; j < t->count; j++) {
			memset(&ev, 0, sizeof(ev));
			ev.h.ts = 42;
			ev.h.type = (unsigned char)t->in[j].type;
			ev.h.tid = t->in[j].tid;
			ev.sw.next_tid = t->in[j].next;
			/* Where it was put in, in a field that this type has. */
			ev.h.prio = (unsigned char)j;
			assert_int_equal(trace_writer__append(w, t->in[j].stream, &ev, sizeof(ev)),
					 0);
		}
		close_writer(w, 43, NULL);
		got_file(&got, path);
		assert_int_equal(got.count, t->count);
		for (unsigned int j = 0; j < t->count; j++)
			if (got.ev[j].h.prio != t->order[j])
				fail_msg("%s: place %u has record %u", t->what, j,
					 got.ev[j].h.prio);
		got_free(&got);
		unlink(path);
		free(path);
	}
}

static void test_refused_records(void **state)
{
	char *path = make_path();
	struct trace_writer *w = open_writer(path, CPUS);
	union ct_event ev = {.h = {.ts = 2000000000, .type = CT_WAKING}};
	struct got got;

	(void)state;
	assert_int_equal(trace_writer__append(w, 0, &ev, sizeof(ev.waking)), 0);
	assert_int_equal(trace_writer__append(w, 0, &ev, sizeof(ev.waking) - 1), -EINVAL);
	assert_int_equal(trace_writer__append(w, 0, &ev, 3), -EINVAL);
	assert_int_equal(trace_writer__append(w, CPUS, &ev, sizeof(ev)), -EINVAL);
	assert_int_equal(trace_writer__append(w, TRACE_STREAM_MAPS + 1, &ev, sizeof(ev)), -EINVAL);
	/* Late by an interrupt: moved; late by more: a mistake. */
	ev.h.ts -= 1000;
	assert_int_equal(trace_writer__append(w, 0, &ev, sizeof(ev)), 0);
	ev.h.ts -= 1000000000;
	assert_int_equal(trace_writer__append(w, 0, &ev, sizeof(ev)), -EINVAL);
	assert_int_equal(trace_writer__append(w, 1, &ev, sizeof(ev)), 0);
	ev.h.type = CT_TYPE_END;
	assert_int_equal(trace_writer__append(w, 0, &ev, sizeof(ev)), -EINVAL);
	ev.h.type = 0;
	assert_int_equal(trace_writer__append(w, 0, &ev, sizeof(ev)), -EINVAL);
	/* An exec may end with its text, and must not say that it has more than there can be. */
	ev = (union ct_event){.exec = {.h = {.ts = 2000000001, .type = CT_EXEC}, .file_len = 4}};
	memcpy(ev.exec.text, "/bin", 4);
	assert_int_equal(trace_writer__append(w, 0, &ev, offsetof(struct ct_exec, text) + 3),
			 -EINVAL);
	assert_int_equal(trace_writer__append(w, 0, &ev, offsetof(struct ct_exec, text) + 4), 0);
	ev.exec.args_len = CT_EXEC_TEXT;
	assert_int_equal(trace_writer__append(w, 0, &ev, sizeof(ev)), -EINVAL);
	assert_int_equal(trace_writer__failure(w), 0);
	close_writer(w, 3000000000, NULL);

	got_file(&got, path);
	assert_int_equal(got.ret, 0);
	assert_int_equal(got.count, 4);
	assert_int_equal(got.cpu[0], 1);
	assert_true(got.ev[1].h.ts == 2000000000 && got.ev[2].h.ts == 2000000000);
	assert_memory_equal(got.ev[3].exec.text, "/bin", 4);
	got_free(&got);
	unlink(path);
	free(path);
}

static void write_file(const char *path, const void *bytes, size_t len)
{
	int fd = open(path, O_WRONLY | O_TRUNC);

	assert_int_equal(write(fd, bytes, len), len);
	close(fd);
}

static void test_not_ours(void **state)
{
	static const struct {
		const char *bytes;
		size_t len;
		int code;
		const char *words;
	} cases[] = {
		{"", 0, -ENOMSG, "not a conctrace trace file"},
		{"PERFILE2........................", 32, -ENOMSG, "not a conctrace trace file"},
		{"x", 1, -ENOMSG, "not a conctrace trace file"},
		{"\211CTRACE\n", 8, -EBADMSG, "ends within its header"},
		{"\211CTRACE\n\3\0\0\0\0\0\0\0", 16, -EPROTO,
		 "written by a newer conctrace (format 3; this one reads up to 2)"},
		{"\211CTRACE\n\0\0\0\0\0\0\0\0....", 20, -EBADMSG, "format 0"},
		{"\211CTRACE\n\1\0\0\0\xff\xff\xff\xff....", 20, -EBADMSG, "too long"},
		{"\211CTRACE\n\1\0\0\0\0\0\0\0....", 20, -EBADMSG, "checksum"},
	};
	char *path = make_path();
	struct trace_reader *r;
	struct error err;

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		write_file(path, cases[i].bytes, cases[i].len);
		assert_int_equal(trace_reader__open(path, &r, &err), cases[i].code);
		assert_null(r);
		assert_int_equal(err.code, cases[i].code);
		assert_non_null(strstr(err.text, path));
		if (!strstr(err.text, cases[i].words))
			fail_msg("%s", err.text);
	}
	assert_int_equal(trace_reader__open("/nonexistent/x", &r, &err), -ENOENT);
	assert_int_equal(trace_reader__open("/tmp", &r, NULL), -EISDIR);
	unlink(path);
	free(path);
}

/* Through a pipe on both ends: no seeking in either. */
static void test_pipe(void **state)
{
	int ends[2], in, out, status;
	struct trace_writer *w;
	union ct_event ev;
	struct got got;
	pid_t child;

	(void)state;
	assert_int_equal(pipe(ends), 0);
	child = fork();
	if (!child) {
		dup2(ends[1], STDOUT_FILENO);
		close(ends[0]);
		close(ends[1]);
		w = open_writer("-", CPUS);
		for (size_t i = 0; i < 8000; i++) {
			make_record(&ev, i, true);
			trace_writer__append(w, i % CPUS, &ev, sizeof(ev));
		}
		close_writer(w, 8000, NULL);
		_exit(0);
	}
	close(ends[1]);
	in = dup(STDIN_FILENO);
	out = dup2(ends[0], STDIN_FILENO);
	got_file(&got, "-");
	dup2(in, STDIN_FILENO);
	close(in);
	close(ends[0]);
	assert_int_equal(out, STDIN_FILENO);
	assert_int_equal(waitpid(child, &status, 0), child);
	assert_int_equal(status, 0);
	assert_int_equal(got.ret, 0);
	assert_int_equal(got.count, 8000);
	assert_false(got.truncated);
	got_free(&got);
}

/* Files that were written before records grew: what they lack is 0. */
static void test_older_files(void **state)
{
	static const struct {
		const char *path;
		size_t count;
	} files[] = {{"tests/golden/two-cpus.data", 2024}, {"tests/golden/four-cpus.data", 12118}};
	struct trace_reader *r;
	struct trace_event te;
	struct error err;

	(void)state;
	for (size_t i = 0; i < sizeof(files) / sizeof(files[0]); i++) {
		size_t count = 0;
		int ret;

		if (access(files[i].path, R_OK)) /* run somewhere else than in the tree */
			skip();
		assert_int_equal(trace_reader__open(files[i].path, &r, &err), 0);
		while ((ret = trace_reader__next(r, &te, &err)) > 0) {
			const union ct_event *ev = te.ev;

			if (ev->h.type == CT_SWITCH_WAIT)
				assert_true(!ev->wait.stack && !ev->wait.target &&
					    !ev->wait.detail && !ev->wait.klock);
			else if (ev->h.type == CT_SWITCH_FUTEX)
				assert_true(!ev->futex.stack && !ev->futex.shared &&
					    !ev->futex.before[0] && !ev->futex.before[1]);
			else if (ev->h.type >= CT_WAKING && ev->h.type <= CT_WAKEUP_NEW)
				assert_true(!ev->waking.stack && !ev->waking.target);
			else if (ev->h.type == CT_FORK)
				assert_true(!ev->fork.tls && !ev->fork.cflags && !ev->fork.nr);
			count++;
		}
		assert_int_equal(ret, 0);
		assert_int_equal(count, files[i].count);
		trace_reader__close(r);
	}
}

/* About normal around `mean`, with a long tail now and then: as switches come on a real machine. */
static uint64_t jitter(uint32_t mean)
{
	uint64_t sum = 0;

	for (int i = 0; i < 8; i++)
		sum += make_below(mean / 4);
	return sum + (make_below(100) ? 0 : make_below(20 * mean));
}

/* Two tasks on one CPU that wake each other; bytes on disk per switch with its waking. */
static double pingpong(bool futex, bool stacks)
{
	char *path = make_path();
	struct trace_writer *w = open_writer(path, 1);
	unsigned int nvcsw[2] = {0, 0}, me = 0;
	uint64_t ts = 1000000;
	double bytes;

	for (int i = 0; i < PINGPONG; i++, me ^= 1) {
		union ct_event wake = {.waking = {.target_cpu = 0, .nr = futex ? 202 : 1}};
		union ct_event sw = {0};

		ts += jitter(900);
		wake.h = (struct ct_hdr){.ts = ts,
					 .type = futex ? CT_WAKING_FUTEX : CT_WAKING,
					 .flags = CT_W_WAKER_TRACED,
					 .prio = 120,
					 .tid = 5001 - me};
		wake.waking.waker = 5000 + me;
		wake.waking.stack = stacks ? 0x9e3779b97f4a7c15 : 0;
		wake.waking.target = stacks && !futex ? 0xbf58476d1ce4e5b9 : 0;
		wake.waking_futex.uaddr = futex ? 0x7f1234567000 : 0;
		wake.waking_futex.op = futex ? 0x81 : 0;
		trace_writer__append(w, 0, &wake, record__size(wake.h.type));
		ts += jitter(1500);
		sw.h = (struct ct_hdr){.ts = ts,
				       .type = futex ? CT_SWITCH_FUTEX : CT_SWITCH_WAIT,
				       .flags = CT_F_PREV_TRACED | (futex ? CT_F_WORDS : 0),
				       .aux = (unsigned char)++nvcsw[me],
				       .prio = 120,
				       .tid = 5000 + me};
		sw.sw.next_tid = 5001 - me;
		sw.sw.prev_state = 1;
		if (futex) {
			sw.futex.uaddr = 0x7f1234567000;
			sw.futex.op = 0x80;
			sw.futex.val = 2;
			sw.futex.words[0] = 2;
			sw.futex.words[2] = 5001 - me;
			sw.futex.stack = stacks ? 0x94d049bb133111eb : 0;
		} else {
			sw.wait.args[0] = 3 + me;
			sw.wait.args[1] = 0x7ffd00000000 + 4096 * me;
			sw.wait.args[2] = 1;
			sw.wait.fd_mode = S_IFIFO;
			sw.wait.stack = stacks ? 0x94d049bb133111eb : 0;
			sw.wait.target = stacks ? 0xbf58476d1ce4e5b9 : 0;
		}
		trace_writer__append(w, 0, &sw, record__size(sw.h.type));
		if (i % 100000 == 0)
			trace_writer__mark(w, ts);
	}
	close_writer(w, ts, NULL);
	bytes = (double)file_size(path) / PINGPONG;
	print_message("%s ping-pong%s: %.3f bytes per switch with its waking\n",
		      futex ? "futex" : "pipe", stacks ? " with stacks" : "", bytes);
	unlink(path);
	free(path);
	return bytes;
}

static void test_bytes_per_switch(void **state)
{
	(void)state;
	for (int futex = 0; futex < 2; futex++) {
		double bare, bytes;

		make_seed = 88172645463325252ULL;
		bare = pingpong(futex, false);
		make_seed = 88172645463325252ULL;
		bytes = pingpong(futex, true);
		assert_true(bytes < 3.0);
		assert_true(bytes < bare + 0.05);
	}
}

/* A reader that keeps all, or a queue without end, would take 100 MB for this. */
static void test_memory_is_bounded(void **state)
{
	char *path = make_path();
	struct trace_writer *w = open_writer(path, CPUS);
	struct rusage before, after;
	struct trace_reader *r;
	struct trace_event te;
	union ct_event ev;
	struct error err;

	(void)state;
	getrusage(RUSAGE_SELF, &before);
	make_record(&ev, 0, true);
	for (size_t i = 0; i < 2000000; i++) {
		ev = (union ct_event){.futex = {.uaddr = make_random(), .op = (unsigned int)i}};
		ev.h = (struct ct_hdr){.ts = i, .type = CT_SWITCH_FUTEX, .tid = 1 + i % 3000};
		trace_writer__append(w, i % CPUS, &ev, sizeof(ev));
	}
	close_writer(w, 2000000, NULL);
	assert_int_equal(trace_reader__open(path, &r, &err), 0);
	while (trace_reader__next(r, &te, &err) > 0)
		;
	trace_reader__close(r);
	getrusage(RUSAGE_SELF, &after);
	print_message("file of %" PRIu64 " bytes, %ld KiB more memory\n", file_size(path),
		      after.ru_maxrss - before.ru_maxrss);
	/* The sanitizer keeps what was freed. */
	assert_true(SANITIZED || after.ru_maxrss - before.ru_maxrss < 24 * 1024);
	unlink(path);
	free(path);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_memory_is_bounded),
		cmocka_unit_test(test_round_trip),
		cmocka_unit_test(test_info_and_trailer),
		cmocka_unit_test(test_rewind),
		cmocka_unit_test(test_ties),
		cmocka_unit_test(test_refused_records),
		cmocka_unit_test(test_not_ours),
		cmocka_unit_test(test_pipe),
		cmocka_unit_test(test_older_files),
		cmocka_unit_test(test_bytes_per_switch),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
