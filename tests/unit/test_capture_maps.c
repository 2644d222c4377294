// SPDX-License-Identifier: GPL-2.0-only
/*
 * What processes map, as the kernel tells of it, and what is kept of the files. Skips where
 * perf_event_open() of the whole machine is refused.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <elf.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "capture/keeper.h"
#include "capture/mappings.h"
#include "capture/pieces.h"
#include "lib/error.h"
#include "trace/record.h"

#define MOST 4096

/* Everything that was handed on. */
struct got {
	struct ct_map maps[MOST];
	size_t nmaps;
	struct ct_blob blobs[MOST];
	size_t nblobs;
	uint64_t last_ns;
};

static struct got got;

static int take(void *ctx, unsigned int stream, const void *record, size_t size)
{
	const struct ct_hdr *h = record;
	static union ct_event ev;

	(void)ctx;
	assert_int_equal(stream, CT_STREAM_MAPS);
	assert_true(h->ts >= got.last_ns);
	got.last_ns = h->ts;
	memset(&ev, 0, sizeof(ev));
	assert_int_equal(record__copy(&ev, record, size), 0);
	if (h->type == CT_MAP && got.nmaps < MOST)
		got.maps[got.nmaps++] = ev.map;
	else if (h->type == CT_BLOB && got.nblobs < MOST)
		got.blobs[got.nblobs++] = ev.blob;
	return 0;
}

static uint64_t now_ns(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_MONOTONIC, &ts);
	return (uint64_t)ts.tv_sec * 1000000000ULL + (uint64_t)ts.tv_nsec;
}

static bool text_is(const struct ct_map *map, const char *text)
{
	return map->text_len == strlen(text) && !memcmp(map->text, text, map->text_len);
}

/* The place of the first one from `from` on with this text, or of the end. */
static size_t find(size_t from, uint32_t pid, const char *text)
{
	while (from < got.nmaps && !(got.maps[from].pid == pid && text_is(&got.maps[from], text)))
		from++;
	return from;
}

static size_t find_start(size_t from, uint32_t pid)
{
	while (from < got.nmaps &&
	       !(got.maps[from].pid == pid && (got.maps[from].flags & CT_MAP_RESET)))
		from++;
	return from;
}

/* --- a world of one child --- */

struct world {
	struct keeper *keeper;
	struct mappings *mappings;
	char dir[64], file[96];
	int go[2], done[2];
	pid_t child;
};

/* A small program of its own: a copy, so that it may be deleted. */
static void copy_program(const char *to)
{
	char buf[65536];
	int in = open("/bin/true", O_RDONLY), out = open(to, O_WRONLY | O_CREAT | O_EXCL, 0755);
	ssize_t n;

	assert_true(in >= 0 && out >= 0);
	while ((n = read(in, buf, sizeof(buf))) > 0)
		assert_int_equal(write(out, buf, (size_t)n), n);
	close(in);
	close(out);
}

static bool begin(struct world *w)
{
	long ncpus = sysconf(_SC_NPROCESSORS_CONF);
	struct error err;
	int ret;

	memset(w, 0, sizeof(*w));
	memset(&got, 0, sizeof(got));
	w->keeper = keeper__new();
	assert_non_null(w->keeper);
	ret = mappings__open((unsigned int)ncpus, w->keeper, &w->mappings, &err);
	if (ret == -EACCES || ret == -EPERM || ret == -ENOSYS) {
		print_message("no perf events here: %s\n", err.text);
		keeper__free(w->keeper);
		return false;
	}
	assert_int_equal(ret, 0);
	snprintf(w->dir, sizeof(w->dir), "/tmp/conctrace-maps.XXXXXX");
	assert_non_null(mkdtemp(w->dir));
	snprintf(w->file, sizeof(w->file), "%s/program", w->dir);
	copy_program(w->file);
	assert_int_equal(pipe2(w->go, O_CLOEXEC), 0);
	assert_int_equal(pipe2(w->done, O_CLOEXEC), 0);
	return true;
}

static void end(struct world *w)
{
	unlink(w->file);
	rmdir(w->dir);
	for (int i = 0; i < 2; i++) {
		close(w->go[i]);
		close(w->done[i]);
	}
	mappings__close(w->mappings);
	keeper__free(w->keeper);
}

static void note_child(struct world *w, bool traced)
{
	struct ct_fork fork = {.h = {.type = CT_FORK, .tid = (uint32_t)w->child},
			       .flags = traced ? CT_T_TRACED : 0,
			       .pid = (uint32_t)w->child,
			       .ns_tid = (uint32_t)w->child,
			       .ns_pid = (uint32_t)w->child};

	mappings__note(w->mappings, &fork);
}

static void let_go(struct world *w)
{
	assert_int_equal(write(w->go[1], "x", 1), 1);
}

static void wait_to_go(struct world *w)
{
	char byte;

	if (read(w->go[0], &byte, 1) != 1)
		_exit(1);
}

static void wait_done(struct world *w)
{
	char byte;

	assert_int_equal(read(w->done[0], &byte, 1), 1);
}

static void wait_end(struct world *w)
{
	int status;

	assert_int_equal(waitpid(w->child, &status, 0), w->child);
	assert_int_equal(status, 0);
}

static void drain(struct world *w)
{
	assert_true(mappings__drain(w->mappings, now_ns(), take, NULL) >= 0);
}

/* --- tests --- */

/* Maps a file, then memory of its own, then becomes another program. */
static void test_in_order(void **state)
{
	struct world w;
	struct stat st;
	uint32_t pid;
	size_t file, anon, start, program, vdso;

	(void)state;
	if (!begin(&w))
		skip();
	assert_int_equal(stat(w.file, &st), 0);
	w.child = fork();
	if (!w.child) {
		int fd = open(w.file, O_RDONLY);

		wait_to_go(&w);
		mmap(NULL, 4096, PROT_READ | PROT_EXEC, MAP_PRIVATE, fd, 0);
		mmap(NULL, 8192, PROT_READ | PROT_WRITE | PROT_EXEC, MAP_PRIVATE | MAP_ANONYMOUS,
		     -1, 0);
		execl(w.file, w.file, NULL);
		_exit(1);
	}
	pid = (uint32_t)w.child;
	note_child(&w, true);
	let_go(&w);
	wait_end(&w);
	drain(&w);
	file = find(0, pid, w.file);
	anon = find(file, pid, "//anon");
	start = find_start(anon, pid);
	program = find(start, pid, w.file);
	vdso = find(start, pid, "[vdso]");
	assert_true(file < anon && anon < start && start < program && program < got.nmaps);
	assert_int_equal(got.maps[file].flags, CT_MAP_EXEC);
	assert_int_equal(got.maps[file].ino, st.st_ino);
	assert_int_equal(got.maps[file].dev_major, major(st.st_dev));
	assert_int_equal(got.maps[file].dev_minor, minor(st.st_dev));
	assert_int_equal(got.maps[file].len, 4096);
	assert_int_equal(got.maps[file].build_id_len, CT_BUILD_ID);
	assert_int_equal(got.maps[anon].flags, CT_MAP_EXEC | CT_MAP_ANON);
	assert_int_equal(got.maps[anon].len, 8192);
	assert_int_equal(got.maps[start].flags, CT_MAP_RESET);
	assert_memory_equal(got.maps[program].build_id, got.maps[file].build_id, CT_BUILD_ID);
	assert_true(vdso > start && vdso < got.nmaps);
	assert_int_equal(got.maps[vdso].flags, CT_MAP_EXEC | CT_MAP_ANON);
	for (size_t i = 0; i < got.nmaps; i++)
		assert_int_equal(got.maps[i].pid, pid);
	assert_int_equal(mappings__lost(w.mappings), 0);
	end(&w);
}

/* Nobody else's, and nothing that is too new. */
static void test_only_traced(void **state)
{
	struct world w;
	uint64_t before;

	(void)state;
	if (!begin(&w))
		skip();
	for (int traced = 0; traced < 2; traced++) {
		before = now_ns();
		w.child = fork();
		if (!w.child) {
			execl(w.file, w.file, NULL);
			_exit(1);
		}
		note_child(&w, traced);
		wait_end(&w);
		assert_int_equal(mappings__drain(w.mappings, before, take, NULL), 0);
		drain(&w);
		if (!traced)
			assert_int_equal(got.nmaps, 0);
		else
			assert_true(got.nmaps > 2);
	}
	end(&w);
}

/* What a process has already: its program, the C library or not, the vdso. */
static void test_of_process(void **state)
{
	uint32_t pid = (uint32_t)getpid();
	struct ct_task task = {.h = {.type = CT_TASK, .tid = pid},
			       .flags = CT_T_TRACED,
			       .pid = pid,
			       .ns_tid = pid,
			       .ns_pid = pid};
	char self[256] = "";
	struct world w;
	size_t place;

	(void)state;
	if (!begin(&w))
		skip();
	assert_int_equal(mappings__of_process(w.mappings, pid, take, NULL), -ESRCH);
	mappings__note(w.mappings, &task);
	assert_int_equal(mappings__of_process(w.mappings, pid, take, NULL), 0);
	assert_true(readlink("/proc/self/exe", self, sizeof(self) - 1) > 0);
	assert_int_equal(find_start(0, pid), 0);
	place = find(0, pid, self);
	assert_true(place < got.nmaps);
	assert_true(got.maps[place].start <= (uintptr_t)test_of_process &&
		    got.maps[place].start + got.maps[place].len > (uintptr_t)test_of_process);
	place = find(0, pid, "[vdso]");
	assert_true(place < got.nmaps);
	assert_int_equal(got.maps[place].flags, CT_MAP_EXEC | CT_MAP_ANON);
	end(&w);
}

/* Puts the pieces of the first blob of that kind together. Free it. */
static char *join(uint32_t kind, uint64_t key, size_t *len)
{
	char *whole = malloc(MOST * CT_BLOB_BYTES);
	bool ended = false;

	assert_non_null(whole);
	*len = 0;
	for (size_t i = 0; i < got.nblobs && !ended; i++) {
		const struct ct_blob *b = &got.blobs[i];

		if (b->kind != kind || b->key != key)
			continue;
		assert_int_equal(b->offset, *len);
		memcpy(whole + *len, b->bytes, b->len);
		*len += b->len;
		ended = b->len < CT_BLOB_BYTES;
	}
	if (ended)
		return whole;
	free(whole);
	return NULL;
}

/* Runs a program, deletes or keeps its file, and sees whether it is in the trace. */
static void run_and_finish(struct world *w, bool delete)
{
	struct stat st;
	char *whole;
	size_t len;

	assert_int_equal(stat(w->file, &st), 0);
	w->child = fork();
	if (!w->child) {
		execl(w->file, w->file, NULL);
		_exit(1);
	}
	note_child(w, true);
	wait_end(w);
	drain(w);
	if (delete)
		unlink(w->file);
	assert_int_equal(keeper__finish(w->keeper, now_ns(), take, NULL), 0);
	whole = join(CT_BLOB_ELF, st.st_ino, &len);
	if (delete) {
		assert_non_null(whole);
		assert_int_equal(len, st.st_size);
		assert_memory_equal(whole, ELFMAG, SELFMAG);
	} else {
		assert_null(whole);
	}
	free(whole);
}

static void test_deleted_program(void **state)
{
	struct world w;

	(void)state;
	for (int delete = 0; delete < 2; delete ++) {
		if (!begin(&w))
			skip();
		run_and_finish(&w, delete);
		end(&w);
	}
}

/* A file that is deleted before it is mapped: reached through the process, and said to be gone. */
static void test_mapped_after_deletion(void **state)
{
	struct world w;
	size_t place;

	(void)state;
	if (!begin(&w))
		skip();
	w.child = fork();
	if (!w.child) {
		int fd = open(w.file, O_RDONLY);

		unlink(w.file);
		wait_to_go(&w);
		mmap(NULL, 4096, PROT_READ | PROT_EXEC, MAP_PRIVATE, fd, 0);
		if (write(w.done[1], "x", 1) != 1)
			_exit(1);
		wait_to_go(&w);
		_exit(0);
	}
	note_child(&w, true);
	let_go(&w);
	wait_done(&w);
	drain(&w);
	let_go(&w);
	wait_end(&w);
	place = find(0, (uint32_t)w.child, w.file);
	assert_true(place < got.nmaps);
	assert_int_equal(got.maps[place].flags, CT_MAP_EXEC | CT_MAP_GONE);
	end(&w);
}

enum what { PERF_MAP, PERF_MAP_LINK, PERF_MAP_OLD, PERF_MAP_WAYS };

/*
 * A process that generates code tells of it in a file; a link in its place is not followed, and one
 * that is older than the process is another's.
 */
static void test_perf_map(void **state)
{
	static const char text[] = "7f0000001000 40 generated_function\n";
	static const struct timespec long_ago[2] = {{1000, 0}, {1000, 0}};
	char path[64], *whole;
	struct world w;
	size_t len;

	(void)state;
	for (enum what way = 0; way < PERF_MAP_WAYS; way++) {
		if (!begin(&w))
			skip();
		w.child = fork();
		if (!w.child) {
			wait_to_go(&w);
			mmap(NULL, 4096, PROT_READ | PROT_EXEC, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
			if (write(w.done[1], "x", 1) != 1)
				_exit(1);
			wait_to_go(&w);
			_exit(0);
		}
		snprintf(path, sizeof(path), "/tmp/perf-%d.map", (int)w.child);
		unlink(path);
		if (way == PERF_MAP_LINK) {
			assert_int_equal(symlink("/etc/passwd", path), 0);
		} else {
			int fd = open(path, O_WRONLY | O_CREAT | O_EXCL, 0600);

			assert_int_equal(write(fd, text, strlen(text)), strlen(text));
			if (way == PERF_MAP_OLD)
				assert_int_equal(futimens(fd, long_ago), 0);
			close(fd);
		}
		note_child(&w, true);
		let_go(&w);
		wait_done(&w);
		drain(&w);
		let_go(&w);
		wait_end(&w);
		assert_int_equal(keeper__finish(w.keeper, now_ns(), take, NULL), 0);
		unlink(path);
		whole = join(CT_BLOB_PERF_MAP, (uint32_t)w.child, &len);
		if (way != PERF_MAP) {
			assert_null(whole);
		} else {
			assert_non_null(whole);
			assert_int_equal(len, strlen(text));
			assert_memory_equal(whole, text, len);
		}
		free(whole);
		end(&w);
	}
}

static void test_vdso_and_mounts(void **state)
{
	char *whole;
	size_t len;

	(void)state;
	memset(&got, 0, sizeof(got));
	assert_int_equal(pieces__vdso(5, take, NULL), 0);
	assert_int_equal(pieces__mounts(6, take, NULL), 0);
	whole = join(CT_BLOB_VDSO, 0, &len);
	if (whole) {
		assert_true(len > sizeof(Elf64_Ehdr));
		assert_memory_equal(whole, ELFMAG, SELFMAG);
	}
	free(whole);
	whole = join(CT_BLOB_MOUNTS, 0, &len);
	assert_non_null(whole);
	assert_true(len > 0 && whole[len - 1] == '\n');
	free(whole);
}

/* A whole number of pieces has an empty one at its end. */
static void test_pieces(void **state)
{
	static char bytes[3 * CT_BLOB_BYTES];
	static const size_t lens[] = {
		0, 1, CT_BLOB_BYTES - 1, CT_BLOB_BYTES, CT_BLOB_BYTES + 1, sizeof(bytes)};
	struct pieces p = {.fn = take};
	size_t len;

	(void)state;
	memset(bytes, 'x', sizeof(bytes));
	for (size_t i = 0; i < sizeof(lens) / sizeof(lens[0]); i++) {
		char *whole;

		memset(&got, 0, sizeof(got));
		pieces__begin(&p, 1, CT_BLOB_ELF, 3, 4);
		for (size_t at = 0; at < lens[i]; at += 1000)
			pieces__add(&p, bytes + at, lens[i] - at < 1000 ? lens[i] - at : 1000);
		assert_int_equal(pieces__end(&p), 0);
		assert_int_equal(got.nblobs, lens[i] / CT_BLOB_BYTES + 1);
		whole = join(CT_BLOB_ELF, 4, &len);
		assert_non_null(whole);
		assert_int_equal(len, lens[i]);
		free(whole);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_pieces),
		cmocka_unit_test(test_vdso_and_mounts),
		cmocka_unit_test(test_in_order),
		cmocka_unit_test(test_only_traced),
		cmocka_unit_test(test_of_process),
		cmocka_unit_test(test_deleted_program),
		cmocka_unit_test(test_mapped_after_deletion),
		cmocka_unit_test(test_perf_map),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
