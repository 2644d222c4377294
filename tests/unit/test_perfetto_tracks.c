// SPDX-License-Identifier: GPL-2.0-only
/* Tracks of the Perfetto export: locks and their holders, waits, disks, samples, call chains. */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <zlib.h>

#include <cmocka.h>

#include "export/perfetto_waits.h"
#include "export/rows.h"
#include "model/file_info.h"
#include "report/report.h"
#include "trace/info.h"

#include "perfetto_read.inc"

#include "perfetto_drive.inc"

enum { BEGIN = 1, END, INSTANT, COUNTER };

#define US 1000ull

/* ---- reading it back ---- */

/* The nth track of that name; NULL = none. */
static const struct track *find_track(const char *name, size_t nth)
{
	size_t i;

	for (i = 0; i < out.ntracks; i++)
		if (!strcmp(out.track[i].name, name) && !nth--)
			return &out.track[i];
	return NULL;
}

static const struct track *thread_track(uint32_t tid)
{
	size_t i;

	for (i = 0; i < out.ntracks; i++)
		if (out.track[i].tid == tid)
			return &out.track[i];
	return NULL;
}

static const struct mark *find_mark(const struct track *track, uint64_t type, size_t nth)
{
	size_t i;

	assert_non_null(track);
	for (i = 0; i < out.nmarks; i++)
		if (out.mark[i].track == track->uuid && out.mark[i].type == type && !nth--)
			return &out.mark[i];
	return NULL;
}

static void check_slice(const struct track *track, size_t nth, uint64_t start, uint64_t end,
			const char *name, const char *notes)
{
	const struct mark *begin = find_mark(track, BEGIN, nth), *last = find_mark(track, END, nth);

	assert_non_null(begin);
	assert_non_null(last);
	assert_true(begin->ts == ORIGIN + start && last->ts == ORIGIN + end);
	assert_string_equal(begin->name, name);
	assert_string_equal(begin->notes, notes);
}

static void check_value(const struct track *track, size_t nth, uint64_t ns, double value)
{
	const struct mark *m = find_mark(track, COUNTER, nth);

	assert_non_null(m);
	assert_true(m->ts == ORIGIN + ns && m->value == value);
}

/* What must hold of any trace: all tracks are known, slices on one do not overlap. */
static void check_sound(void)
{
	struct {
		uint64_t end;
		bool open;
	} at[MAX_TRACKS] = {0};
	size_t i, t;

	for (i = 0; i < out.nmarks; i++) {
		const struct mark *m = &out.mark[i];

		for (t = 0; t < out.ntracks && out.track[t].uuid != m->track; t++)
			;
		assert_true(t < out.ntracks);
		assert_true(out.track[t].counter == (m->type == COUNTER));
		assert_true(out.track[t].packet < m->packet);
		if (m->type != BEGIN && m->type != END)
			continue;
		assert_true(at[t].open == (m->type == END));
		assert_true(m->ts >= at[t].end);
		at[t].open = m->type == BEGIN;
		at[t].end = m->ts;
	}
	for (t = 0; t < out.ntracks; t++)
		assert_false(at[t].open);
}

static void finish_sound(const struct report *report)
{
	CPU(.cpu = 0, .start_ns = 0, .end_ns = fake.end, .use = CPU_IDLE);
	finish_with(report);
	check_sound();
}

/* A report that names one object and one disk. */
static struct report *new_report(void)
{
	static const struct report_column sync[] = {{"id", "", R_INT, U_NONE, 0},
						    {"name", "", R_TEXT, U_NONE, 0}};
	static const struct report_column disks[] = {{"dev", "", R_TEXT, U_NONE, 0},
						     {"name", "", R_TEXT, U_NONE, 0}};
	struct report *report = report__new();
	struct report_table *t;
	size_t row;

	assert_non_null(report);
	t = report__add(report, "", "sync", sync, 2);
	row = table__add_row(t, 0);
	table__set_int(t, row, "id", 0);
	table__set_text(t, row, "name", "registry_lock");
	table__set_int(t, table__add_row(t, 0), "id", 77); /* of no object */
	t = report__add(report, "", "io.disks", disks, 2);
	row = table__add_row(t, 0);
	table__set_text(t, row, "dev", "254:1");
	table__set_text(t, row, "name", "vda1");
	return report;
}

/* ---- locks ---- */

static void test_holds(void **state)
{
	struct model_task *a = new_task(11, 10, "alpha"), *b = new_task(12, 10, "b\xff");
	struct sync_object *named = new_object(CAUSE_MUTEX, 0x5510);
	struct sync_object *bare = new_object(CAUSE_RWLOCK, 0x7f00);
	struct report *report = new_report();
	const struct track *lock, *waiters, *process;

	(void)state;
	start();
	/* One stretch, of which the most is sure. */
	HOLD(.object = named, .holder = a, .start_ns = 100, .end_ns = 120,
	     .confidence = CONFIDENCE_LOW, .waiters = 2);
	HOLD(.object = named, .holder = a, .start_ns = 120, .end_ns = 180,
	     .confidence = CONFIDENCE_MEDIUM, .waiters = 2);
	HOLD(.object = named, .holder = a, .start_ns = 180, .end_ns = 200,
	     .confidence = CONFIDENCE_LOW, .waiters = 2);
	HOLD(.object = named, .start_ns = 200, .end_ns = 250, .waiters = 2);
	HOLD(.object = bare, .holder = b, .start_ns = 210, .end_ns = 220,
	     .confidence = CONFIDENCE_MEDIUM, .waiters = 1);
	HOLD(.object = named, .holder = b, .start_ns = 300, .end_ns = 400,
	     .confidence = CONFIDENCE_LOW, .waiters = 1);
	finish_sound(report);
	report__free(report);

	lock = find_track("mutex registry_lock", 0);
	check_slice(lock, 0, 100, 200, "alpha 11", "");
	/* Of whom nobody knows there is no slice, but that there were waiters is told. */
	check_slice(lock, 1, 300, 400, "b\xef\xbf\xbd 12", "confidence=low;");
	assert_null(find_mark(lock, BEGIN, 2));
	assert_string_equal(lock->about,
			    "0x5510: who held it while others waited; none: not known");
	check_slice(find_track("rwlock 0x7f00", 0), 0, 210, 220, "b\xef\xbf\xbd 12", "");
	waiters = find_track("waiters: mutex registry_lock", 0);
	assert_true(waiters->counter);
	check_value(waiters, 0, 100, 2);
	check_value(waiters, 1, 250, 0);
	check_value(waiters, 2, 300, 1);
	check_value(waiters, 3, 400, 0);
	assert_null(find_mark(waiters, COUNTER, 4));
	/* Both under the process's own track, which is told once. */
	for (process = out.track; process->uuid != lock->parent; process++)
		assert_true(process < out.track + out.ntracks);
	assert_int_equal(process->pid, 10);
	assert_int_equal(process->tid, 0);
	assert_true(waiters->parent == lock->parent);
	assert_true(find_track("rwlock 0x7f00", 0)->parent == lock->parent);
	assert_int_equal(lock->merge, 2);
}

/* Holds at one time, as readers may, each get a track; those for whom there is none are counted. */
static void test_overlapping_holds(void **state)
{
	struct model_task *a = new_task(11, 10, "alpha");
	struct sync_object *lock = new_object(CAUSE_RWLOCK, 0x10);
	size_t i;

	(void)state;
	start();
	HOLD(.object = lock, .holder = a, .start_ns = 50, .end_ns = 50, .waiters = 1); /* none */
	for (i = 0; i < 9; i++)
		HOLD(.object = lock, .holder = a, .start_ns = 100 + i, .end_ns = 200 + i,
		     .confidence = CONFIDENCE_LOW, .waiters = 1);
	HOLD(.object = lock, .holder = a, .start_ns = 205, .end_ns = 210, .waiters = 1);
	finish_sound(NULL);
	for (i = 0; i < 6; i++)
		assert_non_null(find_mark(find_track("rwlock 0x10", i), BEGIN, 0));
	assert_null(find_track("rwlock 0x10", 6));
	assert_non_null(find_mark(find_track("rwlock 0x10", 0), BEGIN, 1));
	assert_non_null(strstr(out.text, "<3 holds not drawn: too many at once>"));
	/* The number of waiters goes up once and down once. */
	check_value(find_track("waiters: rwlock 0x10", 0), 0, 100, 1);
	check_value(find_track("waiters: rwlock 0x10", 0), 1, 210, 0);
}

/* ---- waits ---- */

static const struct module libc = {.path = "/lib/libc.so.6", .libc = true};
static const struct module program = {
	.path = "/bin/prog",
	.known = {{0x1000, {.function = "worker(int)", .file = "/src/prog.cc", .line = 42}},
		  {0x2000, {.function = "main"}},
		  {0x3000, {.function = "nearby", .exported_only = true}}},
};

static uint64_t new_stack(enum stack_end end, const struct frame *frames, size_t n)
{
	struct model_stack *s = &fake.stack[fake.nstacks];

	*s = (struct model_stack){.id = 0x8000000000000000 + fake.nstacks,
				  .index = (uint32_t)fake.nstacks,
				  .frames = frames,
				  .nframes = n,
				  .end = end};
	fake.nstacks++;
	return s->id;
}

static const struct frame wait_frames[] = {
	{&libc, 0x8000, 0x7f8000}, {&program, 0x1000, 0x551000}, {&program, 0x2000, 0x552000}};
static const struct frame odd_frames[] = {{NULL, 0, 0x1234}, {&program, 0x3000, 0x553000}};

static void test_waits(void **state)
{
	struct model_task *a = new_task(11, 10, "alpha"), *b = new_task(12, 10, "beta");
	struct sync_object *lock = new_object(CAUSE_MUTEX, 0x5510);
	struct sync_object *cond = new_object(CAUSE_CONDVAR, 0x6610);
	struct wait held = {
		.cause = CAUSE_MUTEX, .object = lock, .holder = a, .confidence = CONFIDENCE_HIGH};
	struct wait bare = {.cause = CAUSE_CONDVAR, .object = cond};
	struct wait guess = {
		.cause = CAUSE_CONDVAR, .object = cond, .holder = a, .confidence = CONFIDENCE_LOW};
	struct wait sleep = {.cause = CAUSE_SLEEP};
	struct report *report = new_report();
	const struct mark *release, *woken;

	(void)state;
	fake.end = 100 * US;
	held.stack = new_stack(STACK_COMPLETE, wait_frames, 3);
	start();
	TASK(.task = b, .start_ns = 1 * US, .end_ns = 3 * US, .state = TASK_BLOCKED, .wait = &held,
	     .woken_by = WAKE_TASK, .waker = a, .waker_stack = 99);
	TASK(.task = b, .start_ns = 4 * US, .end_ns = 6 * US, .state = TASK_BLOCKED, .wait = &bare,
	     .woken_by = WAKE_TIMER);
	TASK(.task = b, .start_ns = 7 * US, .end_ns = 8 * US, .state = TASK_BLOCKED, .wait = &guess,
	     .woken_by = WAKE_TASK, .waker = a);
	TASK(.task = b, .start_ns = 9 * US, .end_ns = 19 * US, .state = TASK_BLOCKED,
	     .wait = &sleep, .woken_by = WAKE_TIMER);
	finish_sound(report);
	report__free(report);

	check_slice(thread_track(12), 0, 1 * US, 3 * US, "wait: mutex registry_lock",
		    "holder=alpha (11);");
	assert_string_equal(out.callstack[find_mark(thread_track(12), BEGIN, 0)->callstack],
			    "<main /bin/prog+0x2000 ?:0>"
			    "<worker(int) /bin/prog+0x1000 /src/prog.cc:42>"
			    "<? /lib/libc.so.6+0x8000 ?:0>");
	assert_string_equal(out.site[find_mark(thread_track(12), BEGIN, 0)->site],
			    "worker(int) /src/prog.cc:42");
	check_slice(thread_track(12), 1, 4 * US, 6 * US, "wait: condvar 0x6610", "");
	check_slice(thread_track(12), 2, 7 * US, 8 * US, "wait: condvar 0x6610",
		    "holder=probably alpha (11);");
	assert_null(find_mark(thread_track(12), BEGIN, 3)); /* a sleep is no wait for an object */
	release = find_mark(thread_track(11), INSTANT, 0);
	woken = find_mark(thread_track(12), INSTANT, 0);
	assert_true(release->ts == ORIGIN + 3 * US && woken->ts == ORIGIN + 3 * US);
	assert_true(release->flow && release->flow == woken->ends_flow && !woken->flow);
	assert_true(release < woken); /* the source comes first */
	assert_string_equal(release->name, "release mutex registry_lock");
	assert_string_equal(out.site[release->site], "[not known] :0");
	assert_string_equal(out.callstack[release->callstack], "<[not known] [unknown]+0x0 ?:0>");
	assert_string_equal(woken->name, "woken by alpha 11");
	assert_string_equal(find_mark(thread_track(11), INSTANT, 1)->name, "wake condvar 0x6610");
	assert_true(find_mark(thread_track(11), INSTANT, 1)->flow != release->flow);
	assert_null(find_mark(thread_track(11), INSTANT, 2));
	assert_null(find_track("Short waits, holds and turns not drawn", 0));
}

/* Of threads that Perfetto could not place nothing is drawn, and nobody wakes himself. */
static void test_unknown_threads(void **state)
{
	struct model_task *a = new_task(11, 10, "alpha"), *stray = new_task(12, 0, "stray");
	struct wait wait = {.cause = CAUSE_MUTEX, .object = new_object(CAUSE_MUTEX, 0x5510)};

	(void)state;
	fake.end = 100 * US;
	start();
	TASK(.task = stray, .start_ns = 1 * US, .end_ns = 3 * US, .state = TASK_BLOCKED,
	     .wait = &wait, .woken_by = WAKE_TASK, .waker = a);
	TASK(.task = a, .start_ns = 1 * US, .end_ns = 3 * US, .state = TASK_BLOCKED, .wait = &wait,
	     .woken_by = WAKE_TASK, .waker = stray);
	TASK(.task = a, .start_ns = 4 * US, .end_ns = 6 * US, .state = TASK_BLOCKED, .wait = &wait,
	     .woken_by = WAKE_TASK, .waker = a);
	TASK(.task = a, .start_ns = 7 * US, .end_ns = 9 * US, .state = TASK_BLOCKED, .wait = &wait,
	     .woken_by = WAKE_TASK);
	finish_sound(NULL);
	assert_null(thread_track(12));
	assert_non_null(find_mark(thread_track(11), BEGIN, 2));
	assert_null(find_mark(thread_track(11), INSTANT, 0));
}

/* So that a file stays of a size, short waits go first; a track tells of that. */
static void thin(uint64_t n)
{
	struct model_task *a = new_task(11, 10, "alpha");
	struct wait wait = {.cause = CAUSE_MUTEX, .object = new_object(CAUSE_MUTEX, 0x5510)};
	uint64_t i;

	fake.end = n * 10 * US;
	start();
	TASK(.task = a, .start_ns = 1, .end_ns = 1000, .state = TASK_BLOCKED, .wait = &wait);
	for (i = 1; i < n; i++)
		TASK(.task = a, .start_ns = i * 10 * US, .end_ns = i * 10 * US + 1999,
		     .state = TASK_BLOCKED, .wait = &wait);
	CPU(.cpu = 0, .start_ns = 0, .end_ns = fake.end, .use = CPU_IDLE);
	finish();
}

static void test_thinning(void **state)
{
	const struct track *told;
	size_t drawn, hidden;

	(void)state;
	thin(100000);
	told = find_track("Short waits, holds and turns not drawn", 0);
	assert_string_equal(find_mark(told, BEGIN, 0)->name, "1 up to 1 us");
	assert_null(find_mark(told, BEGIN, 2));
	/* What there is of events is nothing, so what is drawn is what is always allowed. */
	assert_int_equal(sscanf(find_mark(told, BEGIN, 1)->name, "%zu up to 2 us", &hidden), 1);
	drawn = 100000 - 1 - hidden;
	assert_true(drawn > 20000 && drawn < 40000);
	/* Begins and ends, and the curves of the load. */
	assert_true(out.nmarks + out.unkept >= 2 * drawn);
	assert_true(out.nmarks + out.unkept <= 2 * drawn + 3ull * 1024 + 100);
}

/* A short trace shows all. In the order of time but for the few that a full sorter cut off. */
static void test_no_thinning(void **state)
{
	(void)state;
	thin(20000);
	assert_null(find_mark(find_track("Short waits, holds and turns not drawn", 0), BEGIN, 1));
	assert_true(out.nmarks + out.unkept >= 2 * 19999);
	assert_true(out.late <= 4);
}

/* Waits for input and output have no object; who ends one wakes. */
static void test_io_waits(void **state)
{
	struct model_task *a = new_task(11, 10, "alpha"), *b = new_task(12, 10, "beta");
	static const struct file_info file = {
		.id = 1, .mode = 0100644, .text = "/var/lib/t.db", .text_len = 13};
	struct wait pipe = {.cause = CAUSE_PIPE}, disk = {.cause = CAUSE_DISK, .file = &file};
	struct wait sleep = {.cause = CAUSE_SLEEP};
	const struct mark *wakes, *woken;

	(void)state;
	fake.end = 100 * US;
	start();
	TASK(.task = b, .start_ns = 1 * US, .end_ns = 3 * US, .state = TASK_BLOCKED, .wait = &pipe,
	     .woken_by = WAKE_TASK, .waker = a);
	TASK(.task = b, .start_ns = 4 * US, .end_ns = 6 * US, .state = TASK_BLOCKED, .wait = &disk,
	     .woken_by = WAKE_DISK);
	TASK(.task = b, .start_ns = 7 * US, .end_ns = 9 * US, .state = TASK_BLOCKED, .wait = &sleep,
	     .woken_by = WAKE_TIMER);
	finish_sound(NULL);
	check_slice(thread_track(12), 0, 1 * US, 3 * US, "wait: pipe", "");
	check_slice(thread_track(12), 1, 4 * US, 6 * US, "wait: disk /var/lib/t.db", "");
	/* So are they called in the thread's state. */
	assert_string_equal(out.symbol[CAUSE_PIPE + 1], "pipe");
	assert_string_equal(out.symbol[CAUSE_COUNT + 1], "disk /var/lib/t.db");
	assert_null(find_mark(thread_track(12), BEGIN, 2));
	wakes = find_mark(thread_track(11), INSTANT, 0);
	woken = find_mark(thread_track(12), INSTANT, 0);
	assert_string_equal(wakes->name, "wakes");
	assert_true(wakes->flow && wakes->flow == woken->ends_flow);
}

/* Drawn from the third on, with those before: fewer are no loop. */
static void test_turns(void **state)
{
	struct model_task *a = new_task(11, 10, "alpha"), *b = new_task(12, 10, "beta");
	struct wait poll = {.cause = CAUSE_POLL};
	const struct track *track;
	uint64_t i;

	(void)state;
	fake.end = 100 * US;
	a->end_ns = 46 * US;
	b->end_ns = 90 * US;
	b->ended = true;
	start();
	for (i = 0; i < 4; i++) /* the last turn goes on to the end */
		TASK(.task = a, .start_ns = (1 + 10 * i) * US, .end_ns = (5 + 10 * i) * US,
		     .state = TASK_BLOCKED, .wait = &poll);
	for (i = 0; i < 3; i++) /* two turns, and one that the thread's end cut */
		TASK(.task = b, .start_ns = (2 + 10 * i) * US, .end_ns = (5 + 10 * i) * US,
		     .state = TASK_BLOCKED, .wait = &poll);
	finish_sound(NULL);
	track = find_track("event loop", 0);
	assert_true(track->parent == thread_track(11)->uuid);
	for (i = 0; i < 3; i++)
		check_slice(track, i, (5 + 10 * i) * US, (11 + 10 * i) * US, "turn", "");
	check_slice(track, 3, 35 * US, 46 * US, "turn", "");
	assert_null(find_mark(track, BEGIN, 4));
	assert_null(find_track("event loop", 1));
}

/* ---- disks ---- */

static void test_disks(void **state)
{
	enum { VDA1 = 254 << 20 | 1, OTHER = 8 << 20 };
	struct model_task *a = new_task(11, 10, "alpha");
	struct report *report = new_report();
	const struct track *queue;
	double integral = 0;
	size_t i;

	(void)state;
	fake.end = 100 * US;
	start();
	DISK(.issued_ns = 1 * US, .done_ns = 3 * US, .sector = 8, .bytes = 4096, .dev = VDA1,
	     .op = 0, .task = a);
	DISK(.issued_ns = 2 * US, .done_ns = 4 * US, .sector = 16, .bytes = 512, .dev = VDA1,
	     .op = 1, .error = -5);
	DISK(.issued_ns = 3 * US, .done_ns = 5 * US, .dev = OTHER, .op = 2);
	/* Began long ago: it overlaps both places. */
	DISK(.issued_ns = 1 * US, .done_ns = 6 * US, .dev = VDA1, .op = 3);
	DISK(.issued_ns = 4 * US, .done_ns = 7 * US, .dev = VDA1, .op = 99);
	finish_sound(report);
	report__free(report);
	check_slice(find_track("disk vda1", 0), 0, 1 * US, 3 * US, "read",
		    "bytes=4096;sector=8;task=alpha (11);");
	check_slice(find_track("disk vda1", 1), 0, 2 * US, 4 * US, "write",
		    "bytes=512;sector=16;error=-5;");
	check_slice(find_track("disk vda1", 2), 0, 1 * US, 6 * US, "discard", "bytes=0;sector=0;");
	check_slice(find_track("disk vda1", 1), 1, 4 * US, 7 * US, "other", "bytes=0;sector=0;");
	assert_null(find_track("disk vda1", 3));
	check_slice(find_track("disk 8:0", 0), 0, 3 * US, 5 * US, "flush", "bytes=0;sector=0;");
	queue = find_track("queue: disk vda1 (mean of 1 us)", 0);
	assert_true(queue->counter);
	for (i = 0; find_mark(queue, COUNTER, i + 1); i++)
		integral += find_mark(queue, COUNTER, i)->value *
			    (double)(find_mark(queue, COUNTER, i + 1)->ts -
				     find_mark(queue, COUNTER, i)->ts);
	assert_true(integral > 11999 && integral < 12001);
}

static void test_crowded_disk(void **state)
{
	size_t i;

	(void)state;
	fake.end = 1000 * US;
	start();
	for (i = 0; i < 130; i++)
		DISK(.issued_ns = 1 * US, .done_ns = 500 * US + i, .dev = 1);
	/* More devices than there are tracks for are one. */
	for (i = 0; i < 100; i++)
		DISK(.issued_ns = 10 * i * US, .done_ns = 10 * i * US + 5,
		     .dev = 1000 + (uint32_t)i);
	finish_sound(NULL);
	assert_non_null(find_mark(find_track("disk 0:1", 127), BEGIN, 0));
	assert_non_null(strstr(out.text, "<2 requests not drawn: too many at once>"));
	assert_non_null(find_mark(find_track("disk (others)", 0), BEGIN, 37));
	assert_null(find_mark(find_track("disk (others)", 0), BEGIN, 38));
}

/* ---- samples and call chains ---- */

#define NOT_KNOWN "<[not known] [unknown]+0x0 ?:0>"

static const char *stack_of(size_t sample)
{
	uint64_t iid = out.sample[sample].callstack;

	assert_true(iid > 1 && iid < MAX_IIDS); /* 1 means "none" to Perfetto */
	return out.callstack[iid];
}

static void test_samples(void **state)
{
	const struct frame leaf = {&program, 0x2000, 0x552000};
	struct model_task *a = new_task(11, 10, "alpha");
	uint64_t whole = new_stack(STACK_COMPLETE, wait_frames, 3);
	uint64_t cut = new_stack(STACK_TRUNCATED, odd_frames, 2);

	(void)state;
	start();
	SAMPLE(.ns = 10, .cpu = 1, .task = a, .stack = whole, .leaf = leaf);
	SAMPLE(.ns = 20, .cpu = 0, .task = a, .stack = cut, .leaf = leaf, .kernel = true);
	SAMPLE(.ns = 30, .cpu = 0, .task = a, .leaf = leaf);
	SAMPLE(.ns = 40, .cpu = 0, .task = NULL, .leaf = leaf);
	SAMPLE(.ns = 50, .cpu = 0, .task = a, .stack = whole, .leaf = leaf);
	SAMPLE(.ns = 60, .cpu = 0, .task = a, .kernel = true);
	finish_sound(NULL);
	assert_int_equal(out.nsamples, 5);
	assert_true(out.sample[0].ts == ORIGIN + 10);
	assert_int_equal(out.sample[0].cpu, 1);
	assert_int_equal(out.sample[0].pid, 10);
	assert_int_equal(out.sample[0].tid, 11);
	assert_int_equal(out.sample[0].mode, 2);
	assert_int_equal(out.sample[1].mode, 1);
	assert_int_equal(out.sample[3].callstack, out.sample[0].callstack);
	/* The leaf takes the place of the stack's own. */
	assert_string_equal(stack_of(0), "<main /bin/prog+0x2000 ?:0>"
					 "<worker(int) /bin/prog+0x1000 /src/prog.cc:42>"
					 "<main /bin/prog+0x2000 ?:0>");
	/* Not whole, so it says so outermost; a function that may be another is not named. */
	assert_string_equal(stack_of(1), NOT_KNOWN "<? /bin/prog+0x3000 ?:0>"
						   "<main /bin/prog+0x2000 ?:0>"
						   "<[kernel] [kernel]+0x0 ?:0>");
	assert_string_equal(stack_of(2), NOT_KNOWN "<main /bin/prog+0x2000 ?:0>");
	assert_string_equal(stack_of(4), NOT_KNOWN);
}

static void test_critical_path(void **state)
{
	static const struct report_column columns[] = {
		{"start_ns", "", R_INT, U_NS, 0},   {"end_ns", "", R_INT, U_NS, 0},
		{"tid", "", R_INT, U_NONE, 0},	    {"comm", "", R_TEXT, U_NONE, 0},
		{"state", "", R_TEXT, U_NONE, 0},   {"cause", "", R_TEXT, U_NONE, 0},
		{"subject", "", R_TEXT, U_NONE, 0}, {"pieces", "", R_INT, U_COUNT, 0},
	};
	struct report *report = new_report();
	struct report_table *t = report__add(report, "", "critical_path.segments", columns, 8);
	const struct track *track;
	size_t row;

	(void)state;
	row = table__add_row(t, 0);
	table__set_int(t, row, "start_ns", 0);
	table__set_int(t, row, "end_ns", 10);
	table__set_text(t, row, "state", "unknown");
	row = table__add_row(t, 0);
	table__set_int(t, row, "start_ns", 10);
	table__set_int(t, row, "end_ns", 700);
	table__set_int(t, row, "tid", 42);
	table__set_text(t, row, "comm", "a");
	table__set_text(t, row, "state", "blocked");
	table__set_text(t, row, "cause", "mutex");
	table__set_text(t, row, "subject", "mutex m");
	table__set_int(t, row, "pieces", 3);
	start();
	finish_sound(report);
	track = find_track("Critical path", 0);
	check_slice(track, 0, 0, 10, "unknown", "");
	check_slice(track, 1, 10, 700, "a 42: blocked, mutex", "subject=mutex m;pieces=3;");
	report__free(report);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup(test_holds, reset),
		cmocka_unit_test_setup(test_overlapping_holds, reset),
		cmocka_unit_test_setup(test_waits, reset),
		cmocka_unit_test_setup(test_unknown_threads, reset),
		cmocka_unit_test_setup(test_thinning, reset),
		cmocka_unit_test_setup(test_no_thinning, reset),
		cmocka_unit_test_setup(test_io_waits, reset),
		cmocka_unit_test_setup(test_turns, reset),
		cmocka_unit_test_setup(test_disks, reset),
		cmocka_unit_test_setup(test_crowded_disk, reset),
		cmocka_unit_test_setup(test_samples, reset),
		cmocka_unit_test_setup(test_critical_path, reset),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
