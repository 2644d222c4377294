// SPDX-License-Identifier: GPL-2.0-only
/* Python's stacks in the model: what they are put together from, and which record they belong to.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "model/model.h"
#include "symbol/frame.h"
#include "symbol/modules.h"
#include "trace/info.h"
#include "trace/reader.h"

#define START 1000
#define PID   7
#define OTHER 8
#define INNER 0x11 /* ids of code */
#define OUTER 0x22
#define STACK 0x33

struct seen {
	struct model *m;
	uint64_t wait, waker, sample; /* stacks */
	const char *wait_task, *sample_task;
	unsigned int waits, wakes, samples;
	struct frame leaf; /* the sample's */
	uint64_t last_ns;
};

static int on_slice(void *ctx, const struct task_slice *slice)
{
	struct seen *s = ctx;

	if (slice->state == TASK_BLOCKED && slice->task->tid == PID) {
		s->wait = slice->wait->stack;
		s->wait_task = slice->wait->in_task;
		s->waits++;
	}
	return 0;
}

static int on_waking(void *ctx, const struct model_waking *waking)
{
	struct seen *s = ctx;

	s->waker = waking->waker_stack;
	s->wakes++;
	return 0;
}

static int on_sample(void *ctx, const struct model_sample *sample)
{
	struct seen *s = ctx;

	s->sample = sample->stack;
	s->sample_task = sample->in_task;
	s->leaf = sample->leaf;
	s->samples++;
	return 0;
}

static void apply(struct seen *s, uint64_t ts, const union ct_event *ev)
{
	union ct_event copy = *ev;
	struct trace_event te = {.cpu = 0, .size = sizeof(copy), .ev = &copy};

	copy.h.ts = START + ts;
	assert_int_equal(model__apply(s->m, &te), 0);
}

static void tell_code(struct seen *s, uint64_t id, const char *name, const char *file,
		      unsigned int line)
{
	union ct_event ev = {.python_code = {.h = {.type = CT_PYTHON_CODE, .tid = PID},
					     .id = id,
					     .pid = PID,
					     .first_line = line,
					     .name_kind = 1,
					     .file_kind = 1}};

	ev.python_code.name_len = (unsigned short)strlen(name);
	ev.python_code.file_len = (unsigned short)strlen(file);
	memcpy(ev.python_code.name, name, strlen(name));
	memcpy(ev.python_code.file, file, strlen(file));
	apply(s, 1, &ev);
}

static void tell_stack(struct seen *s, uint64_t id, uint64_t inner, uint64_t outer)
{
	union ct_event ev = {.python_stack = {.h = {.type = CT_PYTHON_STACK, .tid = PID},
					      .id = id,
					      .pid = PID,
					      .complete = 1,
					      .count = 2,
					      .frames = {{inner, 2}, {outer, 4}}}};

	apply(s, 1, &ev);
}

static void tell_at(struct seen *s, uint64_t ts, uint32_t tid, uint64_t id, uint8_t flags)
{
	union ct_event ev = {
		.python_at = {.h = {.type = CT_PYTHON_AT, .tid = tid, .flags = flags}, .id = id}};

	apply(s, ts, &ev);
}

static const struct trace_info info = {
	.ncpus = 1, .online = 1, .start_ns = START, .mode = TRACE_ALL};
static const struct trace_trailer trailer = {.end_ns = START + 1000};

/* A process that runs Python, told so or not; it is on the CPU. */
static void begin(struct seen *s, bool told)
{
	const struct model_sink sink = {
		.ctx = s, .task_slice = on_slice, .waking = on_waking, .sample = on_sample};
	union ct_event ev = {.fork = {.h = {.type = CT_FORK, .tid = PID},
				      .flags = CT_T_TRACED,
				      .pid = PID,
				      .ns_tid = PID,
				      .ns_pid = PID}};

	memset(s, 0, sizeof(*s));
	s->m = model__new(&info, &trailer);
	assert_non_null(s->m);
	assert_int_equal(model__add_sink(s->m, &sink), 0);
	apply(s, 0, &ev);
	ev.fork.h.tid = ev.fork.pid = ev.fork.ns_tid = ev.fork.ns_pid = OTHER;
	apply(s, 0, &ev);
	ev = (union ct_event){.runtime = {.h = {.type = CT_RUNTIME, .tid = PID},
					  .pid = PID,
					  .kind = CT_RUNTIME_PYTHON,
					  .start = 0x10000,
					  .len = 0x1000}};
	ev.h.flags = told ? CT_R_FRAMES : 0;
	apply(s, 0, &ev);
	ev = (union ct_event){.sw = {.h = {.type = CT_SWITCH}, .next_tid = PID}};
	apply(s, 1, &ev);
	tell_code(s, INNER, "inner", "/srv/a.py", 10);
	tell_code(s, OUTER, "outer", "/srv/b.py", 20);
	tell_stack(s, STACK, INNER, OUTER);
}

static void finish(struct seen *s)
{
	assert_int_equal(model__finish(s->m), 0);
}

static void block(struct seen *s, uint64_t ts)
{
	const union ct_event ev = {
		.wait = {.s = {.h = {.type = CT_SWITCH_WAIT, .flags = CT_F_PREV_TRACED, .tid = PID},
			       .prev_state = 1},
			 .nr = 230,
			 .fd_mode = CT_FD_NONE,
			 .stack = 77}};

	apply(s, ts, &ev);
}

static void sample(struct seen *s, uint64_t ts)
{
	const union ct_event ev = {.sample = {.h = {.type = CT_SAMPLE, .tid = PID}, .stack = 78}};

	apply(s, ts, &ev);
}

static void wake(struct seen *s, uint64_t ts, uint8_t flags)
{
	const union ct_event ev = {
		.waking = {.h = {.type = CT_WAKING, .flags = flags, .tid = OTHER},
			   .waker = PID,
			   .nr = 1,
			   .stack = 79}};

	apply(s, ts, &ev);
}

static void check_frame(const struct seen *s, uint64_t stack, size_t i, const char *function,
			const char *file, unsigned int line)
{
	const struct model_stack *chain = model__stack(s->m, stack);
	struct place place;

	assert_non_null(chain);
	assert_true(i < chain->nframes);
	assert_true(module__place(chain->frames[i].module, chain->frames[i].address, &place));
	assert_string_equal(place.function, function);
	assert_string_equal(place.file, file);
	assert_int_equal(place.line, line);
}

static void test_belongs(void **state)
{
	struct seen s;

	(void)state;
	begin(&s, true);
	sample(&s, 10);
	tell_at(&s, 10, PID, STACK, 0);
	wake(&s, 20, CT_W_WAKER_TRACED);
	tell_at(&s, 20, PID, STACK, CT_P_WAKER);
	block(&s, 30);
	tell_at(&s, 30, PID, STACK, 0);
	finish(&s);
	assert_int_equal(s.samples + s.wakes + s.waits, 3);
	assert_int_equal(s.sample, STACK);
	assert_int_equal(s.waker, STACK);
	assert_int_equal(s.wait, STACK);
	assert_memory_equal(&s.leaf, &model__stack(s.m, STACK)->frames[0], sizeof(s.leaf));
	check_frame(&s, STACK, 0, "inner", "/srv/a.py", 10);
	check_frame(&s, STACK, 1, "outer", "/srv/b.py", 20);
	assert_int_equal(model__stack(s.m, STACK)->end, STACK_COMPLETE);
	model__free(s.m);
}

/* Without one that follows, and with one that is about something else. */
static void test_does_not_belong(void **state)
{
	static const struct {
		uint32_t tid;
		uint8_t flags;
		uint64_t id;
	} rows[] = {
		{OTHER, 0, STACK}, {PID, CT_P_WAKER, STACK}, {PID, 0, STACK + 1}, {99, 0, STACK}};
	struct seen s;
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
		begin(&s, true);
		sample(&s, 10);
		tell_at(&s, 10, rows[i].tid, rows[i].id, rows[i].flags);
		wake(&s, 20, CT_W_HARDIRQ);
		tell_at(&s, 20, PID, STACK, CT_P_WAKER);
		block(&s, 30); /* the last record of all */
		finish(&s);
		assert_int_equal(s.sample, 78);
		assert_int_equal(s.waker, 0); /* an interrupt has none */
		assert_int_equal(s.wait, 77);
		assert_int_equal(s.samples + s.wakes + s.waits, 3);
		model__free(s.m);
	}
	/* Nobody said that there would be any. */
	begin(&s, false);
	block(&s, 30);
	tell_at(&s, 30, PID, STACK, 0);
	finish(&s);
	assert_int_equal(s.wait, 77);
	model__free(s.m);
}

/* Code that is not known is left out, and the chain is not whole. */
static void test_lost_code(void **state)
{
	struct seen s;

	(void)state;
	begin(&s, true);
	tell_stack(&s, STACK + 1, 0x99, OUTER);
	tell_stack(&s, STACK + 2, 0x99, 0x98);
	finish(&s);
	check_frame(&s, STACK + 1, 0, "outer", "/srv/b.py", 20);
	assert_int_equal(model__stack(s.m, STACK + 1)->nframes, 1);
	assert_int_equal(model__stack(s.m, STACK + 1)->end, STACK_TRUNCATED);
	assert_null(model__stack(s.m, STACK + 2));
	model__free(s.m);
}

/* Text of characters of 1, 2 and 4 bytes, and what could not be read. */
static void test_text(void **state)
{
	static const struct {
		unsigned int kind;
		size_t len;
		const char *bytes, *want;
	} rows[] = {
		{1, 3, "\x67\xfc\xe9", "g\xc3\xbc\xc3\xa9"},
		{2, 4, "\x0d\x54\x4d\x52", "\xe5\x90\x8d\xe5\x89\x8d"},
		{4, 4, "\x18\xd5\x01\x00", "\xf0\x9d\x94\x98"},
		{2, 2, "\xff\xdc", "\xff"}, /* a byte that was no text: PEP 383 */
		{4, 4, "\xff\xff\xff\x7f", "?"},
		{1, 3, "a\0b", "a?b"},
		{4, 7, "a\0\0\0b\0\0", "a"},
		{3, 3, "abc", "?"},
		{0, 3, "abc", "?"},
	};
	struct seen s;
	size_t i;

	(void)state;
	begin(&s, true);
	for (i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
		union ct_event ev = {.python_code = {.h = {.type = CT_PYTHON_CODE, .tid = PID},
						     .id = 0x100 + i,
						     .pid = PID,
						     .name_len = (unsigned short)rows[i].len,
						     .name_kind = (unsigned char)rows[i].kind}};

		memcpy(ev.python_code.name, rows[i].bytes, rows[i].len);
		apply(&s, 2, &ev);
		tell_stack(&s, 0x200 + i, 0x100 + i, OUTER);
		check_frame(&s, 0x200 + i, 0, rows[i].want, "[Python]", 0);
	}
	finish(&s);
	model__free(s.m);
}

static void tell_thread(struct seen *s, const char *name)
{
	union ct_event ev = {.python_thread = {.h = {.type = CT_PYTHON_THREAD, .tid = PID},
					       .pid = PID,
					       .name_kind = 1,
					       .name_len = (unsigned short)strlen(name)}};

	memcpy(ev.python_thread.name, name, strlen(name));
	apply(s, 5, &ev);
}

static void rename_by_kernel(struct seen *s, const char *comm)
{
	union ct_event ev = {.rename = {.h = {.type = CT_RENAME, .tid = PID}}};

	strcpy(ev.rename.comm, comm);
	apply(s, 5, &ev);
}

static void exec(struct seen *s, const char *comm)
{
	union ct_event ev = {
		.exec = {.h = {.type = CT_EXEC, .tid = PID}, .flags = CT_T_TRACED, .old_tid = PID}};

	strcpy(ev.exec.comm, comm);
	apply(s, 6, &ev);
}

static void check_names(const struct seen *s, const char *last, const char *before)
{
	const struct model_task *task = model__task(s->m, 0);

	assert_int_equal(task->tid, PID);
	assert_string_equal(task->comm, last);
	assert_non_null(task->names);
	assert_string_equal(task->names->comm, before);
}

/* What Python calls a thread is its name, whatever the kernel does, until the program is gone. */
static void test_thread_names(void **state)
{
	static const char wide[] =
		"0123456789012345678901234567890123456789012345678901234567890\xe4\xf6";
	struct seen s;

	(void)state;
	begin(&s, true);
	rename_by_kernel(&s, "python3");
	tell_thread(&s, "worker-a");
	check_names(&s, "worker-a", "python3");
	assert_null(model__task(s.m, 0)->names->next);
	rename_by_kernel(&s, "other");
	check_names(&s, "worker-a", "other");
	tell_thread(&s, "");
	check_names(&s, "worker-a", "other");
	tell_thread(&s, "worker-b");
	check_names(&s, "worker-b", "worker-a");
	tell_thread(&s, wide); /* 61 bytes, and twice two: the last does not fit */
	assert_int_equal(strlen(model__task(s.m, 0)->comm), 63);
	assert_string_equal(model__task(s.m, 0)->comm + 60, "0\xc3\xa4");
	exec(&s, "sh");
	assert_string_equal(model__task(s.m, 0)->comm, "sh");
	rename_by_kernel(&s, "dash");
	check_names(&s, "dash", "sh");
	finish(&s);
	model__free(s.m);
}

static void tell_task(struct seen *s, uint64_t id, const char *name, unsigned int number,
		      const char *coroutine)
{
	union ct_event ev = {.python_task = {.h = {.type = CT_PYTHON_TASK, .tid = PID},
					     .id = id,
					     .pid = PID,
					     .number = number,
					     .name_kind = name ? 1 : 0,
					     .coroutine_kind = coroutine ? 1 : 0}};

	if (name) {
		ev.python_task.name_len = (unsigned short)strlen(name);
		memcpy(ev.python_task.name, name, strlen(name));
	}
	if (coroutine) {
		ev.python_task.coroutine_len = (unsigned short)strlen(coroutine);
		memcpy(ev.python_task.coroutine, coroutine, strlen(coroutine));
	}
	apply(s, 5, &ev);
}

/* Which task it was in is told of the record that comes before, and of no other. */
static void test_tasks(void **state)
{
	static const struct {
		const char *name;
		unsigned int number;
		const char *coroutine, *want;
	} rows[] = {
		{"crawl", 0, "main", "crawl (main)"},
		{NULL, 5, "fetch", "Task-5 (fetch)"},
		{"named", 0, NULL, "named"},
		{NULL, 0, NULL, "?"},
	};
	struct seen s;
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
		begin(&s, true);
		tell_task(&s, 0x44, rows[i].name, rows[i].number, rows[i].coroutine);
		tell_task(&s, 0x44, "second", 0, NULL); /* is ignored */
		sample(&s, 10);
		tell_at(&s, 10, PID, STACK, 0);
		tell_at(&s, 10, PID, 0x44, CT_P_TASK);
		sample(&s, 11);
		assert_string_equal(s.sample_task, rows[i].want);
		assert_int_equal(s.sample, STACK);
		sample(&s, 12);
		assert_null(s.sample_task);
		tell_at(&s, 12, PID, 0x45, CT_P_TASK); /* nobody knows */
		block(&s, 30);
		assert_null(s.sample_task);
		tell_at(&s, 30, PID, 0x44, CT_P_TASK);
		finish(&s);
		assert_string_equal(s.wait_task, rows[i].want);
		assert_int_equal(s.wait, 77);
		model__free(s.m);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_belongs),	     cmocka_unit_test(test_does_not_belong),
		cmocka_unit_test(test_lost_code),    cmocka_unit_test(test_text),
		cmocka_unit_test(test_thread_names), cmocka_unit_test(test_tasks),
	};

	return cmocka_run_group_tests_name("python", tests, NULL, NULL);
}
