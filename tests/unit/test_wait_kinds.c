// SPDX-License-Identifier: GPL-2.0-only
/* Which wait it is: signatures as they were seen on Linux 6.18 with glibc 2.36. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "model/futex.h"
#include "model/model.h"
#include "model/syscalls.h"
#include "trace/info.h"
#include "trace/reader.h"

#define OWNER 4711 /* a live thread of the process */

static bool is_owner(void *ctx, uint32_t ns_tid)
{
	(void)ctx;
	return ns_tid == OWNER;
}

struct futex_row {
	const char *name;
	uint32_t op, val;
	uint32_t words[CT_FUTEX_WORDS];
	bool timeout;
	enum cause known, want;
	uint32_t before[CT_FUTEX_BEFORE]; /* the last word is the one next to the futex */
	uint64_t uaddr;
	bool has_before;
};

#define NO_BEFORE {0}, 0, false

static const struct futex_row futexes[] = {
	{"normal mutex", 0x80, 2, {2, 0, OWNER, 1, 0}, false, CAUSE_FUTEX, CAUSE_MUTEX, NO_BEFORE},
	{"recursive mutex",
	 0x80,
	 2,
	 {2, 3, OWNER, 1, 1},
	 false,
	 CAUSE_FUTEX,
	 CAUSE_MUTEX,
	 NO_BEFORE},
	{"mutex just released",
	 0x80,
	 2,
	 {0, 0, 0, 0, 0},
	 false,
	 CAUSE_FUTEX,
	 CAUSE_MUTEX,
	 NO_BEFORE},
	{"stdio lock",
	 0x80,
	 2,
	 {2, 1, 0x5000, 0x7f00, 0},
	 false,
	 CAUSE_FUTEX,
	 CAUSE_MUTEX,
	 NO_BEFORE},
	{"process-shared mutex",
	 0,
	 2,
	 {2, 0, OWNER, 1, 0x80},
	 false,
	 CAUSE_FUTEX,
	 CAUSE_MUTEX,
	 NO_BEFORE},
	{"robust mutex",
	 0,
	 0x80000000u | OWNER,
	 {0x80000000u | OWNER, 1, OWNER, 1, 0x10},
	 false,
	 CAUSE_FUTEX,
	 CAUSE_MUTEX,
	 NO_BEFORE},
	{"PI mutex", 0x86, 0, {0x80000000u | OWNER}, false, CAUSE_FUTEX, CAUSE_MUTEX, NO_BEFORE},
	{"timed mutex", 0x189, 2, {2, 0, OWNER, 1, 0}, true, CAUSE_FUTEX, CAUSE_MUTEX, NO_BEFORE},
	{"Rust std mutex", 0x89, 2, {2, 12345}, false, CAUSE_FUTEX, CAUSE_MUTEX, NO_BEFORE},
	{"condvar", 0x189, 0, {0, 0, 0}, false, CAUSE_FUTEX, CAUSE_CONDVAR, NO_BEFORE},
	{"condvar, monotonic clock",
	 0x89,
	 0,
	 {0, 0, 0},
	 true,
	 CAUSE_FUTEX,
	 CAUSE_CONDVAR,
	 NO_BEFORE},
	{"condvar whose other group is closed",
	 0x189,
	 0,
	 {0, 1, 0},
	 false,
	 CAUSE_CONDVAR,
	 CAUSE_CONDVAR,
	 NO_BEFORE},
	{"condvar, its first word; the other group is closed",
	 0x189,
	 0,
	 {0, 1, 0},
	 false,
	 CAUSE_FUTEX,
	 CAUSE_CONDVAR,
	 {0, 16},
	 0x1028,
	 true},
	{"condvar, its second word",
	 0x189,
	 0,
	 {0, 1, 0},
	 false,
	 CAUSE_FUTEX,
	 CAUSE_CONDVAR,
	 {8, 1},
	 0x102c,
	 true},
	{"semaphore after a zero",
	 0x189,
	 0,
	 {0, 1, 0},
	 false,
	 CAUSE_FUTEX,
	 CAUSE_SEMAPHORE,
	 {0, 0},
	 0x1028,
	 true},
	{"neither condvar nor semaphore",
	 0x189,
	 0,
	 {0, 0, 0},
	 false,
	 CAUSE_FUTEX,
	 CAUSE_FUTEX,
	 {0, 0},
	 0x1028,
	 true},
	{"inside condvar", 0x80, 7, {7}, false, CAUSE_FUTEX, CAUSE_CONDVAR, NO_BEFORE},
	{"semaphore", 0x189, 0, {0, 1, 0}, false, CAUSE_FUTEX, CAUSE_SEMAPHORE, NO_BEFORE},
	{"semaphore, shared",
	 0x109,
	 0,
	 {0, 2, 128},
	 false,
	 CAUSE_FUTEX,
	 CAUSE_SEMAPHORE,
	 NO_BEFORE},
	{"rwlock reader",
	 0x189,
	 2,
	 {2, 0, 0, 0, OWNER},
	 false,
	 CAUSE_FUTEX,
	 CAUSE_RWLOCK,
	 NO_BEFORE},
	{"rwlock writer",
	 0x189,
	 3,
	 {3, 0, 0, 0, OWNER},
	 false,
	 CAUSE_FUTEX,
	 CAUSE_RWLOCK,
	 NO_BEFORE},
	{"join", 0x109, OWNER, {OWNER}, false, CAUSE_FUTEX, CAUSE_JOIN, NO_BEFORE},
	{"join, timed", 0x109, OWNER, {OWNER}, true, CAUSE_FUTEX, CAUSE_JOIN, NO_BEFORE},
	{"not a thread of ours", 0x109, 99, {99}, false, CAUSE_FUTEX, CAUSE_FUTEX, NO_BEFORE},
	{"barrier, first round", 0x80, 0, {0, 4, 0}, false, CAUSE_FUTEX, CAUSE_BARRIER, NO_BEFORE},
	{"barrier, round 2 looks like a mutex",
	 0x80,
	 2,
	 {2, 4, 0},
	 false,
	 CAUSE_FUTEX,
	 CAUSE_BARRIER,
	 NO_BEFORE},
	{"barrier, known", 0x80, 2, {4, 4, 0}, false, CAUSE_BARRIER, CAUSE_BARRIER, NO_BEFORE},
	{"libgomp barrier", 0x80, 16, {16, 0, 7}, false, CAUSE_FUTEX, CAUSE_BARRIER, NO_BEFORE},
	{"once", 0x80, 1, {1}, false, CAUSE_FUTEX, CAUSE_ONCE, NO_BEFORE},
	{"C++20 atomic wait", 0, 5, {5}, false, CAUSE_FUTEX, CAUSE_FUTEX, NO_BEFORE},
	{"std::future", 0, 0x80000000u, {0x80000000u}, false, CAUSE_FUTEX, CAUSE_FUTEX, NO_BEFORE},
	{"an operation that does not wait",
	 0x81,
	 1,
	 {0},
	 false,
	 CAUSE_FUTEX,
	 CAUSE_FUTEX,
	 NO_BEFORE},
};

static void test_futexes(void **state)
{
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(futexes) / sizeof(futexes[0]); i++) {
		const struct futex_row *row = &futexes[i];
		struct futex_wait w = {.uaddr = row->uaddr ? row->uaddr : 0x1000,
				       .op = row->op,
				       .val = row->val,
				       .has_words = true,
				       .has_before = row->has_before,
				       .timeout = row->timeout,
				       .known = row->known,
				       .is_thread = is_owner};

		memcpy(w.words, row->words, sizeof(w.words));
		memcpy(w.before, row->before, sizeof(w.before));
		if (futex__classify(&w) != row->want)
			fail_msg("%s: got %s", row->name, cause__name(futex__classify(&w)));
	}
}

struct call_row {
	const char *name;
	struct block block;
	enum cause want;
};

#define FIFO   0010000
#define SOCKET 0140000
#define FILE_  0100000
#define NONE   CT_FD_NONE

static const struct call_row calls[] = {
	{"read of a pipe", {0, {3}, 1, FIFO, false, false, NULL, false}, CAUSE_PIPE},
	{"read of a socket", {0, {3}, 1, SOCKET, false, false, NULL, false}, CAUSE_NETWORK},
	{"read of a file, cached pages locked",
	 {0, {3}, 2, FILE_, false, false, NULL, false},
	 CAUSE_KERNEL},
	{"read of a file from disk", {0, {3}, 2, FILE_, true, false, NULL, false}, CAUSE_DISK},
	{"read of a terminal", {0, {0}, 1, 0020000, false, false, NULL, false}, CAUSE_FILE},
	{"pipe mutex", {1, {3}, 2, FIFO, false, false, NULL, false}, CAUSE_KERNEL},
	{"fault on a pipe's buffer", {0, {3}, 2, FIFO, true, false, NULL, false}, CAUSE_PAGEFAULT},
	{"clock_nanosleep", {230, {1}, 1, NONE, false, false, NULL, false}, CAUSE_SLEEP},
	{"poll of nothing", {7, {0, 0}, 1, NONE, false, false, NULL, false}, CAUSE_SLEEP},
	{"poll", {7, {1, 2}, 1, NONE, false, false, NULL, false}, CAUSE_POLL},
	{"select of nothing", {23, {0}, 1, NONE, false, false, NULL, false}, CAUSE_SLEEP},
	{"epoll_wait", {232, {4}, 1, NONE, false, false, NULL, false}, CAUSE_POLL},
	{"io_uring_enter counts as iowait",
	 {426, {4}, 1, NONE, true, false, NULL, false},
	 CAUSE_POLL},
	{"accept", {43, {3}, 1, SOCKET, false, false, NULL, false}, CAUSE_NETWORK},
	{"wait4", {61, {0}, 1, NONE, false, false, NULL, false}, CAUSE_CHILD},
	{"vfork is uninterruptible",
	 {58, {0}, 0x102, NONE, false, false, NULL, false},
	 CAUSE_CHILD},
	{"fsync", {74, {3}, 2, FILE_, true, false, NULL, false}, CAUSE_DISK},
	{"fsync waiting for the journal",
	 {74, {3}, 2, FILE_, false, false, NULL, false},
	 CAUSE_DISK},
	{"sigwait", {128, {0}, 1, NONE, false, false, NULL, false}, CAUSE_SIGNAL},
	{"flock", {73, {3}, 1, FILE_, false, false, NULL, false}, CAUSE_FILE},
	{"mmap lock", {9, {0}, 0x102, NONE, false, false, NULL, false}, CAUSE_KERNEL},
	{"page fault", {-1, {0}, 0x102, NONE, true, false, NULL, false}, CAUSE_PAGEFAULT},
	{"fault of a file's memory in a read of another file",
	 {0, {3}, 2, FILE_, true, false, NULL, true},
	 CAUSE_PAGEFAULT},
	{"fault of a file's memory in futex",
	 {202, {1}, 2, NONE, true, false, NULL, true},
	 CAUSE_PAGEFAULT},
	{"fault of a file's memory in a 32-bit program",
	 {3, {3}, 2, NONE, true, true, NULL, true},
	 CAUSE_PAGEFAULT},
	{"stopped in a call", {230, {0}, 0x4, NONE, false, false, NULL, false}, CAUSE_STOPPED},
	{"traced", {0, {3}, 0x8, FIFO, false, false, NULL, false}, CAUSE_STOPPED},
	{"32-bit: number 3 is read there",
	 {3, {3}, 1, NONE, false, true, NULL, false},
	 CAUSE_OTHER},
	{"a call not in the table", {400, {0}, 1, NONE, false, false, NULL, false}, CAUSE_OTHER},
	{"a call not in the table, on storage",
	 {400, {0}, 2, NONE, true, false, NULL, false},
	 CAUSE_DISK},
	{"exec reads from disk", {59, {0}, 0x102, NONE, true, false, NULL, false}, CAUSE_DISK},
};

static void test_calls(void **state)
{
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(calls) / sizeof(calls[0]); i++)
		if (syscalls__cause(&calls[i].block) != calls[i].want)
			fail_msg("%s: got %s", calls[i].name,
				 cause__name(syscalls__cause(&calls[i].block)));
}

/* --- the file of a wait --- */

struct file_row {
	const char *name;
	int nr;
	uint32_t flags;
	uint64_t target;
	enum cause cause;
	uint64_t file; /* id, 0 = none */
};

static const struct file_row file_rows[] = {
	{"page fault of a file's memory", CT_NR_NONE, CT_F_FAULT, 5, CAUSE_PAGEFAULT, 5},
	{"page fault of memory without a file", CT_NR_NONE, 0, 0, CAUSE_PAGEFAULT, 0},
	{"read of a pipe into a file's memory", 0, CT_F_FAULT, 5, CAUSE_PAGEFAULT, 5},
	{"read of a pipe into other memory", 0, 0, 6, CAUSE_PAGEFAULT, 0},
	{"read of a pipe into memory of a file that was not told", 0, CT_F_FAULT, 7,
	 CAUSE_PAGEFAULT, 0},
	{"fsync", 74, 0, 5, CAUSE_DISK, 5},
	{"futex in a file's memory", 202, CT_F_FAULT, 5, CAUSE_PAGEFAULT, 5},
};

static int on_slice(void *ctx, const struct task_slice *slice)
{
	if (slice->state == TASK_BLOCKED)
		*(struct wait *)ctx = *slice->wait;
	return 0;
}

/* The wait of a task that blocks as the row says. */
static struct wait wait_of(const struct file_row *row)
{
	struct trace_info info = {.ncpus = 1, .online = 1, .start_ns = 1, .mode = TRACE_ALL};
	struct trace_trailer trailer = {.end_ns = 100};
	const struct ct_file file = {.h = {.ts = 2, .type = CT_FILE}, .id = 5, .mode = FILE_};
	const struct ct_file pipe = {.h = {.ts = 2, .type = CT_FILE}, .id = 6, .mode = FIFO};
	const struct ct_switch enter = {{.ts = 3, .type = CT_SWITCH}, OWNER, 0};
	const struct ct_switch_wait leave = {
		.s = {{.ts = 10,
		       .type = CT_SWITCH_WAIT,
		       .flags = CT_F_PREV_TRACED | CT_F_IOWAIT | row->flags,
		       .tid = OWNER},
		      .prev_state = 2},
		.nr = row->nr,
		.fd_mode = row->nr ? CT_FD_NONE : FIFO,
		.target = row->target};
	const void *records[] = {&file, &pipe, &enter, &leave};
	const size_t sizes[] = {sizeof(file), sizeof(pipe), sizeof(enter), sizeof(leave)};
	struct wait wait = {.cause = CAUSE_OTHER};
	struct model_sink sink = {.ctx = &wait, .task_slice = on_slice};
	struct model *m = model__new(&info, &trailer);
	size_t i;

	assert_non_null(m);
	assert_int_equal(model__add_sink(m, &sink), 0);
	for (i = 0; i < 4; i++) {
		struct trace_event te = {.ev = records[i], .size = sizes[i]};

		assert_int_equal(model__apply(m, &te), 0);
	}
	assert_int_equal(model__finish(m), 0);
	if (wait.file && wait.file->id != row->file)
		fail_msg("%s: file %llu", row->name, (unsigned long long)wait.file->id);
	if (!wait.file && row->file)
		fail_msg("%s: no file", row->name);
	model__free(m);
	return wait;
}

/*
 * musl 1.2.3: what its objects look like to those who wait, as recorded; `on_stack`: the word is on
 * the waiter's own stack.
 */
static const struct musl_row {
	const char *name;
	uint32_t val;
	uint32_t before[CT_FUTEX_BEFORE], words[CT_FUTEX_WORDS];
	uint64_t uaddr;
	bool on_stack;
	enum cause known, want;
	uint32_t joined; /* of a join */
} musl_rows[] = {
	{"mutex", 0x80000010, {0, 0}, {0x80000010, 1}, 0x1004, false, CAUSE_FUTEX, CAUSE_MUTEX, 0},
	{"rwlock a writer has", ~0u, {0}, {~0u, 1, 0}, 0x1000, false, CAUSE_FUTEX, CAUSE_RWLOCK, 0},
	{"rwlock two read",
	 1u << 31 | 2,
	 {0},
	 {1u << 31 | 2, 1, 0},
	 0x1000,
	 false,
	 CAUSE_FUTEX,
	 CAUSE_RWLOCK,
	 0},
	{"semaphore", ~0u, {0}, {~0u, 1, 128}, 0x1000, false, CAUSE_FUTEX, CAUSE_SEMAPHORE, 0},
	{"later semaphore",
	 1u << 31,
	 {0},
	 {1u << 31, 3, 128},
	 0x1000,
	 false,
	 CAUSE_FUTEX,
	 CAUSE_SEMAPHORE,
	 0},
	{"libgomp's lock", ~0u, {0}, {~0u, 0, 0}, 0x1000, false, CAUSE_FUTEX, CAUSE_MUTEX, 0},
	{"condvar", 2, {0x7f00, 0}, {2, 0, 0}, 0x1014, true, CAUSE_FUTEX, CAUSE_CONDVAR, 0},
	{"its word elsewhere",
	 2,
	 {0x7f00, 0},
	 {2, 0, 0},
	 0x1014,
	 false,
	 CAUSE_FUTEX,
	 CAUSE_MUTEX,
	 0},
	{"mutex of glibc on a stack",
	 2,
	 {0, 0},
	 {2, 0, OWNER, 1},
	 0x1010,
	 true,
	 CAUSE_FUTEX,
	 CAUSE_MUTEX,
	 0},
	{"barrier", 1, {0, 1}, {1, 0, 0}, 0x100c, true, CAUSE_FUTEX, CAUSE_BARRIER, 0},
	{"once of glibc", 1, {0, 0}, {1, 0, 0}, 0x100c, false, CAUSE_FUTEX, CAUSE_ONCE, 0},
	{"join", 2, {OWNER, 0}, {2, 0, 0}, 0x1038, false, CAUSE_FUTEX, CAUSE_JOIN, OWNER},
	{"a mutex behind a tid",
	 2,
	 {OWNER, 0},
	 {2, 0, OWNER, 1},
	 0x1038,
	 false,
	 CAUSE_FUTEX,
	 CAUSE_MUTEX,
	 0},
	{"the same, free for a moment",
	 2,
	 {OWNER, 0},
	 {2, 0, 0},
	 0x1038,
	 false,
	 CAUSE_MUTEX,
	 CAUSE_MUTEX,
	 0},
};

static void test_musl(void **state)
{
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(musl_rows) / sizeof(*musl_rows); i++) {
		const struct musl_row *row = &musl_rows[i];
		struct futex_wait w = {.uaddr = row->uaddr,
				       .op = 0x80,
				       .val = row->val,
				       .has_words = true,
				       .has_before = true,
				       .on_stack = row->on_stack,
				       .known = row->known,
				       .is_thread = is_owner};
		enum cause cause;

		memcpy(w.words, row->words, sizeof(w.words));
		memcpy(w.before, row->before, sizeof(w.before));
		cause = futex__classify(&w);
		if (cause != row->want)
			fail_msg("%s: got %s", row->name, cause__name(cause));
		if (row->joined && futex__joined(&w) != row->joined)
			fail_msg("%s: joins %u", row->name, futex__joined(&w));
	}
}

static void test_files(void **state)
{
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(file_rows) / sizeof(*file_rows); i++) {
		enum cause cause = wait_of(&file_rows[i]).cause;

		if (cause != file_rows[i].cause)
			fail_msg("%s: got %s", file_rows[i].name, cause__name(cause));
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_futexes),
		cmocka_unit_test(test_musl),
		cmocka_unit_test(test_calls),
		cmocka_unit_test(test_files),
	};

	return cmocka_run_group_tests_name("wait_kinds", tests, NULL, NULL);
}
