// SPDX-License-Identifier: GPL-2.0-only
/* Recorders that are killed, and files that cannot be written to their end. */
#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <sched.h>
#include <signal.h>
#include <sys/mount.h>
#include <sys/resource.h>
#include <sys/wait.h>

#include "tests/unit/trace_make.inc"

#define CPUS 2

static void write_until_killed(const char *path)
{
	struct trace_writer *w = open_writer(path, CPUS);
	union ct_event ev;

	for (uint64_t i = 0;; i++) {
		nth_record(&ev, i);
		trace_writer__append(w, i % CPUS, &ev, sizeof(ev));
		if (i % 500 == 499)
			trace_writer__mark(w, ev.h.ts + 1);
	}
}

static void test_killed_writer(void **state)
{
	char *path = make_path();
	union ct_event ev;
	struct got got;
	pid_t child;

	(void)state;
	child = fork();
	if (!child)
		write_until_killed(path);
	for (int i = 0; i < 2000 && file_size(path) < 300000; i++)
		usleep(5000);
	kill(child, SIGKILL);
	assert_int_equal(waitpid(child, NULL, 0), child);
	got_file(&got, path);
	assert_int_equal(got.ret, 0);
	assert_true(got.truncated);
	assert_true(got.count >= 500);
	assert_int_equal(got.count % 500, 0);
	assert_int_equal(got.trailer.stop, TRACE_STOP_NONE);
	assert_true(got.trailer.end_ns == got.ev[got.count - 1].h.ts + 1);
	for (size_t i = 0; i < got.count; i++) {
		nth_record(&ev, i);
		assert_true(same_records(&got.ev[i], &ev, 1));
		assert_int_equal(got.cpu[i], i % CPUS);
	}
	got_free(&got);
	unlink(path);
	free(path);
}

/* Writes until it fails; what is there then must be readable, up to its last mark. */
static void fill_up(const char *path, int code)
{
	struct trace_writer *w = open_writer(path, CPUS);
	struct trace_trailer trailer = make_trailer(1, 1);
	struct trace_writer_stats stats;
	union ct_event ev;
	struct error err;
	struct got got;
	int ret = 0;

	for (uint64_t i = 0; i < 1000000 && !ret; i++) {
		nth_record(&ev, i);
		ret = trace_writer__append(w, i % CPUS, &ev, sizeof(ev));
		if (!ret && i % 100 == 99)
			ret = trace_writer__mark(w, ev.h.ts + 1);
	}
	assert_int_equal(ret, code);
	assert_int_equal(trace_writer__append(w, 0, &ev, sizeof(ev)), code);
	assert_int_equal(trace_writer__mark(w, UINT64_MAX), code);
	assert_int_equal(trace_writer__failure(w), code);
	assert_int_equal(trace_writer__close(w, &trailer, &stats, &err), code);
	assert_non_null(strstr(err.text, path));
	assert_non_null(strstr(err.text, strerror(-code)));

	/* The torn block is gone. */
	assert_int_equal(stats.bytes, file_size(path));
	got_file(&got, path);
	assert_int_equal(got.ret, 0);
	assert_true(got.truncated);
	assert_true(got.count >= 100);
	assert_int_equal(got.count % 100, 0);
	for (size_t i = 0; i < got.count; i++) {
		nth_record(&ev, i);
		assert_true(same_records(&got.ev[i], &ev, 1));
	}
	got_free(&got);
}

static void test_file_size_limit(void **state)
{
	struct rlimit old, limit;
	char *path = make_path();

	(void)state;
	getrlimit(RLIMIT_FSIZE, &old);
	limit = (struct rlimit){100001, old.rlim_max};
	/* Not ignored: the writing thread must block the signal itself. */
	assert_int_equal(setrlimit(RLIMIT_FSIZE, &limit), 0);
	fill_up(path, -EFBIG);
	setrlimit(RLIMIT_FSIZE, &old);
	unlink(path);
	free(path);
}

static bool has_footer(const char *path)
{
	FILE *file = fopen(path, "re");
	char end[8] = {0};

	assert_non_null(file);
	fseek(file, -8, SEEK_END);
	assert_int_equal(fread(end, 1, 8, file), 8);
	fclose(file);
	return !memcmp(end, "CTINDEX\n", 8);
}

/* A file that may not grow: whole in itself, and all is there of the time that it tells of. */
static void fill_limited(const char *path, uint64_t most, uint64_t records)
{
	struct trace_writer *w = open_writer(path, CPUS);
	struct trace_trailer trailer = make_trailer(2000 + 10 * records, 1);
	struct trace_writer_stats stats;
	uint64_t told = 0, before = 0;
	union ct_event ev;
	struct got got;

	trace_writer__limit(w, most);
	for (uint64_t i = 0; i < records; i++) {
		unsigned int stream = i % 100 ? i % CPUS : TRACE_STREAM_MAPS;

		nth_record(&ev, i);
		assert_int_equal(trace_writer__append(w, stream, &ev, sizeof(ev)), 0);
		if (i % 1000 == 999)
			assert_int_equal(trace_writer__mark(w, ev.h.ts + 1), 0);
	}
	assert_int_equal(trace_writer__close(w, &trailer, &stats, NULL), 0);
	assert_int_equal(stats.bytes, file_size(path));
	assert_true(file_size(path) <= most);
	assert_true(file_size(path) > most / 4 * 3);
	assert_true(has_footer(path));

	got_file(&got, path);
	assert_int_equal(got.ret, 0);
	assert_false(got.truncated);
	assert_int_equal(got.trailer.stop, TRACE_STOP_SIZE);
	assert_int_equal(got.trailer.last_end_ns, 0);
	assert_int_equal(got.count, stats.events);
	assert_true(got.trailer.end_ns > 1000 && got.trailer.end_ns < 1000 + 10 * records);
	for (size_t i = 0; i < got.count; i++) {
		told += got.cpu[i] == TRACE_STREAM_MAPS;
		before += got.cpu[i] < CPUS && got.ev[i].h.ts < got.trailer.end_ns;
	}
	/* Every hundredth tells; these may be there of later times, too. */
	assert_int_equal(before, (got.trailer.end_ns - 1000) / 10 -
					 ((got.trailer.end_ns - 1000) / 10 + 99) / 100);
	assert_true(told >= before / 99);
	got_free(&got);
}

static void test_limited(void **state)
{
	static const uint64_t most[] = {200000, 333333, 1000001};
	char *path = make_path();

	(void)state;
	for (size_t i = 0; i < sizeof(most) / sizeof(most[0]); i++)
		fill_limited(path, most[i], 40000);
	unlink(path);
	free(path);
}

/* One that ends before it is full is like any other. */
static void test_limit_not_reached(void **state)
{
	struct trace_trailer trailer = make_trailer(5000, 100);
	char *path = make_path();
	struct trace_writer *w = open_writer(path, CPUS);
	union ct_event ev;
	struct got got;

	(void)state;
	trace_writer__limit(w, 1 << 20);
	for (uint64_t i = 0; i < 100; i++) {
		nth_record(&ev, i);
		assert_int_equal(trace_writer__append(w, i % CPUS, &ev, sizeof(ev)), 0);
	}
	assert_false(trace_writer__full(w));
	assert_int_equal(trace_writer__close(w, &trailer, NULL, NULL), 0);
	got_file(&got, path);
	assert_true(same_trailer(&got.trailer, &trailer));
	assert_int_equal(got.count, 100);
	got_free(&got);
	unlink(path);
	free(path);
}

static void test_dev_full(void **state)
{
	struct trace_info info = make_info(CPUS);
	struct trace_writer *w;
	struct error err;

	(void)state;
	assert_int_equal(trace_writer__open("/dev/full", &info, &w, &err), -ENOSPC);
	assert_null(w);
	assert_non_null(strstr(err.text, "/dev/full"));
	assert_int_equal(trace_writer__open("/nonexistent/x", &info, &w, &err), -ENOENT);
	info.ncpus = TRACE_MAX_CPUS + 1;
	assert_int_equal(trace_writer__open("/dev/null", &info, &w, &err), -EINVAL);
	assert_int_equal(trace_writer__close(NULL, NULL, NULL, NULL), 0);
}

/* In a child with mounts of its own. It ends with 77 if it may not have them. */
static void fill_disk(const char *dir)
{
	char path[256];

	if (unshare(CLONE_NEWNS) || mount("none", "/", NULL, MS_REC | MS_PRIVATE, NULL) ||
	    mount("none", dir, "tmpfs", 0, "size=128k"))
		_exit(77);
	snprintf(path, sizeof(path), "%s/full.data", dir);
	fill_up(path, -ENOSPC);
	_exit(0);
}

static void test_disk_full(void **state)
{
	char dir[] = "/tmp/conctrace-test.XXXXXX";
	int status;
	pid_t child;

	(void)state;
	assert_non_null(mkdtemp(dir));
	child = fork();
	if (!child)
		fill_disk(dir);
	assert_int_equal(waitpid(child, &status, 0), child);
	rmdir(dir);
	if (WIFEXITED(status) && WEXITSTATUS(status) == 77) {
		print_message("needs to mount a tmpfs\n");
		skip();
	}
	assert_int_equal(status, 0);
}

/* The reader of the pipe goes away: an error, no signal. */
static void test_broken_pipe(void **state)
{
	struct trace_info info = make_info(CPUS);
	struct trace_trailer trailer = make_trailer(1, 1);
	int ends[2], out = dup(STDOUT_FILENO), ret;
	struct trace_writer *w;
	struct error err;

	(void)state;
	fflush(stdout);
	assert_int_equal(pipe(ends), 0);
	dup2(ends[1], STDOUT_FILENO);
	close(ends[1]);
	ret = trace_writer__open("-", &info, &w, &err);
	dup2(out, STDOUT_FILENO);
	close(out);
	assert_int_equal(ret, 0);
	close(ends[0]);
	assert_int_equal(trace_writer__close(w, &trailer, NULL, &err), -EPIPE);
	assert_non_null(strstr(err.text, "standard output"));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_killed_writer),	  cmocka_unit_test(test_file_size_limit),
		cmocka_unit_test(test_dev_full),	  cmocka_unit_test(test_disk_full),
		cmocka_unit_test(test_broken_pipe),	  cmocka_unit_test(test_limited),
		cmocka_unit_test(test_limit_not_reached),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
