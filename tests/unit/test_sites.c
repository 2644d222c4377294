// SPDX-License-Identifier: GPL-2.0-only
/* Where threads stood, what objects and files are called, and what could not be named. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <sys/socket.h>
#include <sys/stat.h>

#include <cmocka.h>

#include "analysis/counts.h"
#include "analysis/depth.h"
#include "analysis/names.h"
#include "analysis/parking.h"
#include "analysis/rows.h"
#include "analysis/sites.h"
#include "model/file_words.h"
#include "tests/unit/fake_model.inc"

#include "tests/unit/fake_symbol.inc"

#define F(m, n)                                                                                    \
	{                                                                                          \
		.module = &fake_##m, .address = (n), .ip = 0x400000 + (n)                          \
	}
#define NOWHERE(x)                                                                                 \
	{                                                                                          \
		.module = NULL, .address = 0, .ip = (x)                                            \
	}
#define MOST 6

static void test_site_of(void **state)
{
	static const struct {
		struct frame frames[MOST];
		size_t n;
		const char *text; /* NULL = not known */
	} cases[] = {
		{{F(libc, 0), F(libc, 1), F(app, 0), F(libc, 2), F(libc, 3)},
		 5,
		 "worker() app.c:58"},
		{{F(app, 2), F(app, 1)}, 2, "step() app.c:12"},
		/* All is plumbing: what was called, but not what starts threads. */
		{{F(libc, 0), F(libc, 1), F(libc, 2), F(libc, 3)},
		 4,
		 "pthread_mutex_lock() in libc.so.6"},
		{{F(libc, 0), F(libc, 1), F(app, 3)}, 3, "pthread_mutex_lock() in libc.so.6"},
		{{F(libc, 3)}, 1, "clone3() in libc.so.6"},
		{{F(libc, 0)}, 1, "near __lll_lock_wait() in libc.so.6"},
		/* C++ */
		{{F(libc, 1), F(app, 4), F(app, 6)}, 3, "core::Engine::run(int) engine.cc:7"},
		{{F(libc, 1), F(app, 5), F(app, 1)}, 3, "main() app.c:90"},
		{{F(libc, 1), F(app, 15), F(libc, 2)},
		 3,
		 "std::thread::_State_impl<main::lambda>::_M_run() app.cc:5"}, /* inlined */
		/* Inlined functions are looked at as if they had been called. */
		{{F(libc, 1), F(app, 17)}, 2, "bank::deposit(long) bank.cc:31"},
		{{F(libc, 1), F(app, 19)}, 2, "bank::deposit(long) bank.cc:31"},
		{{F(libc, 1), F(app, 21)}, 2, "shop::sell(int) shop.cc:37"},
		{{F(libc, 1), F(app, 24), F(libc, 2)},
		 3,
		 "std::sys_common::backtrace::__rust_begin_short_backtrace() b.rs:122"},
		/* Rust */
		{{F(app, 7), F(app, 8), F(app, 9), F(app, 2)}, 4, "step() app.c:12"},
		/* Go; a part that GCC split off is none */
		{{F(app, 10), F(app, 11), F(app, 12)}, 3, "main.worker() app.go:21"},
		{{F(libc, 0), F(app, 13), F(app, 1)}, 3, "sync.part.0() app.c:77"},
		/* Java */
		{{F(libc, 0), F(jvm, 5), F(jit, 2), F(jit, 0), F(jit, 1), F(jit, 2)},
		 6,
		 "void com.example.Pool.take() in [generated code]"},
		/* Python: with its functions told, and without */
		{{F(libc, 0), F(python, 0), F(python, 1), F(python, 2), F(jit, 3)},
		 5,
		 "py::worker:/srv/app.py() in [generated code]"},
		{{F(libc, 0), F(python, 0), F(python, 1), F(python, 2), F(python, 3)},
		 5,
		 "lock_PyThread_acquire_lock() in python3.11"},
		/* Its own frames: what the program has of them, else its library's, the outermost
		 */
		{{F(libc, 0), F(script, 0), F(stdlib, 1), F(stdlib, 2)}, 4, "worker() job.py:7"},
		{{F(libc, 0), F(stdlib, 0), F(script, 1)}, 3, "<module>() job.py:20"},
		{{F(app, 1), F(script, 0), F(stdlib, 1)}, 3, "worker() job.py:7"},
		{{F(libc, 0), F(stdlib, 0), F(package, 0), F(script, 1)}, 4, "get() api.py:73"},
		{{F(libc, 0), F(stdlib, 0), F(stdlib, 1), F(stdlib, 2)},
		 4,
		 "Condition.wait() threading.py:320"},
		/* No names */
		{{F(libc, 0), F(app, 16), F(app, 1)}, 3, "app+0x10"},
		{{F(libc, 0), F(app, 14), F(app, 1)}, 3, "near near() in app"},
		{{NOWHERE(0x1234), F(app, 1)}, 2, "main() app.c:90"},
		{{NOWHERE(0x1234)}, 1, NULL},
		{{NOWHERE(0)}, 0, NULL},
	};
	struct fake *f = fake__new(1, 0);
	struct report *r = report__new();
	struct sites *s = sites__new(&f->model, r);
	struct model_stack stacks[sizeof(cases) / sizeof(*cases)];
	char text[SITE_TEXT];
	size_t i;

	(void)state;
	assert_null(sites__of(s, 0));
	assert_null(sites__of(s, 77));
	for (i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
		uint64_t id =
			fake__stack(f, &stacks[i], cases[i].frames, cases[i].n, STACK_COMPLETE);
		const struct site *site = sites__of(s, id);

		if (!cases[i].text) {
			assert_null(site);
			continue;
		}
		assert_non_null(site);
		assert_string_equal(site__text(site, text), cases[i].text);
		assert_ptr_equal(site, sites__of(s, id));
	}
	/* Two chains, one site. */
	assert_ptr_equal(sites__of(s, stacks[7].id)->function, app_functions[1].name);
	assert_ptr_equal(sites__of(s, stacks[7].id), sites__of(s, stacks[26].id));
	sites__free(s);
	sites__free(NULL);
	report__free(r);
	fake__free(f);
}

static void test_levels_are_frames(void **state)
{
	static const struct frame chain[] = {F(libc, 1), F(app, 17), F(app, 21), NOWHERE(0x1234)};
	static const struct {
		const char *function;
		bool inlined;
	} expected[] = {
		{"pthread_mutex_lock", false},
		{"__gthread_mutex_lock", true},
		{"std::mutex::lock()", true},
		{"bank::deposit(long)", true},
		{"main", false},
		{"wait<shop::sell(int)::<lambda()> >", true},
		{"shop::sell(int)", false},
		{NULL, false},
	};
	struct fake *f = fake__new(1, 0);
	struct report *r = report__new();
	struct sites *s = sites__new(&f->model, r);
	static const struct report_column columns[] = {SITE_COLUMNS("")};
	struct report_table *t = report__add(r, "", "places", columns,
					     sizeof(columns) / sizeof(*columns)),
			    *frames;
	struct model_stack stack;
	uint64_t id = fake__stack(f, &stack, chain, 4, STACK_COMPLETE);
	size_t i, n = sizeof(expected) / sizeof(*expected);

	(void)state;
	sites__set(s, t, table__add_row(t, 0), "", sites__of(s, id), id);
	frames = report__find(r, "stacks.frames");
	assert_int_equal(table__rows(frames), n);
	for (i = 0; i < n; i++) {
		const char *function = table__text(frames, i, "function");

		assert_int_equal(table__bool(frames, i, "inlined"), expected[i].inlined);
		if (expected[i].function)
			assert_string_equal(function, expected[i].function);
		else
			assert_null(function);
	}
	assert_string_equal(table__text(frames, 1, "offset"), table__text(frames, 4, "offset"));
	sites__free(s);
	report__free(r);
	fake__free(f);
}

static void test_parking(void **state)
{
	static const struct {
		struct frame frames[MOST];
		size_t n;
		bool parks;
	} cases[] = {
		{{F(app, 10), F(app, 28), F(app, 26), F(app, 12)}, 4, true},  /* Go's note */
		{{F(app, 10), F(app, 28), F(app, 27), F(app, 26)}, 4, false}, /* its own lock */
		{{F(libc, 0), F(app, 7), F(app, 24)}, 3, true},		      /* thread::park */
		{{F(libc, 0), F(app, 7), F(app, 29)}, 3, true},
		{{F(libc, 0), F(app, 7), F(app, 34), F(app, 30)}, 4, false}, /* a condvar */
		{{F(libc, 0), F(app, 31), F(app, 24)}, 3, false}, /* parking_lot's lock */
		{{F(libc, 0), F(app, 34), F(app, 32)}, 3, true},
		{{F(libc, 0), F(app, 34), F(app, 33)}, 3, true},
		{{F(libc, 0), F(libc, 1), F(jvm, 5), F(jit, 1)}, 4, true},
		{{F(libc, 0), F(libc, 1), F(jit, 1), F(jvm, 5)}, 4, false},
		{{F(libc, 0), F(app, 0), F(app, 26)}, 3, false}, /* further out tells nothing */
		{{F(libc, 0), F(libc, 1)}, 2, false},
		{{NOWHERE(0x1234), F(app, 26)}, 2, false},
		{{NOWHERE(0)}, 0, false},
	};
	struct fake *f = fake__new(1, 0);
	struct sync_object *o = fake__object(f, CAUSE_FUTEX, 0x7f0000200000);
	struct model_stack stacks[sizeof(cases) / sizeof(*cases)];
	struct counts *c = NULL, *many = NULL;
	size_t i;

	(void)state;
	assert_false(parking__is(&f->model, o, NULL));
	for (i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
		uint64_t id =
			fake__stack(f, &stacks[i], cases[i].frames, cases[i].n, STACK_COMPLETE);

		c = NULL;
		assert_int_equal(counts__add(&c, id, 1, 1, 8), 0);
		o->kind = CAUSE_FUTEX;
		assert_int_equal(parking__is(&f->model, o, c), cases[i].parks);
		o->kind = CAUSE_CONDVAR;
		assert_int_equal(parking__is(&f->model, o, c), cases[i].parks);
		o->kind = CAUSE_MUTEX; /* has an owner */
		assert_false(parking__is(&f->model, o, c));
		counts__free(c);
	}
	/* Most of the waits decide, of those that anything is known of. */
	o->kind = CAUSE_FUTEX;
	assert_int_equal(counts__add(&many, stacks[0].id, 5, 5, 8), 0);
	assert_int_equal(counts__add(&many, 0x77, 100, 100, 8), 0);
	assert_true(parking__is(&f->model, o, many));
	assert_int_equal(counts__add(&many, stacks[1].id, 5, 5, 8), 0);
	assert_false(parking__is(&f->model, o, many));
	o->parking = true; /* the model knew */
	assert_true(parking__is(&f->model, o, many));
	counts__free(many);
	fake__free(f);
}

static void test_counts(void **state)
{
	struct counts *c = NULL;
	struct count top[4];
	uint64_t i, n = 0, sum = 0;
	const struct count *count;
	size_t pos = 0;

	(void)state;
	assert_int_equal(counts__top(c, top, 4), 0);
	assert_null(counts__next(c, &pos));
	for (i = 0; i < 3000; i++)
		assert_int_equal(counts__add(&c, i % 100 << 32, 1, i, 1000), 0);
	assert_int_equal(counts__keys(c), 100);
	while ((count = counts__next(c, &pos))) {
		n += count->n;
		sum += count->sum;
	}
	assert_int_equal(n, 3000);
	assert_int_equal(sum, 2999 * 3000 / 2);
	assert_int_equal(counts__top(c, top, 4), 4);
	assert_int_equal(top[0].key, 99ull << 32);
	assert_int_equal(top[3].key, 96ull << 32);
	counts__free(c);
	/* A full set keeps what it has. */
	c = NULL;
	for (i = 0; i < 10; i++)
		assert_int_equal(counts__add(&c, i, 1, 1, 3), 0);
	assert_int_equal(counts__add(&c, 2, 5, 0, 3), 0);
	assert_int_equal(counts__keys(c), 3);
	assert_int_equal(counts__top(c, top, 1), 1);
	assert_int_equal(top[0].key, 2);
	assert_int_equal(top[0].n, 6);
	counts__free(c);
	counts__free(NULL);
}

/* Against counting at every instant. */
static void test_depth(void **state)
{
	enum { N = 400, T = 5000 };
	struct {
		uint64_t start, end;
	} spans[N];
	unsigned int seed = 7, round;
	size_t i, j;

	(void)state;
	for (round = 0; round < 20; round++) {
		struct depth *d = depth__new();
		uint64_t max = 0, t, end = 0;

		assert_int_equal(depth__max(d), 0);
		for (i = 0; i < N; i++) {
			seed = seed * 1103515245u + 12345u;
			end += (seed >> 16) % 20;
			spans[i].end = end;
			spans[i].start = end - (seed >> 8) % (end < 300 ? end + 1 : 300);
			depth__add(d, spans[i].start, spans[i].end);
		}
		for (t = 0; t <= end; t++) {
			uint64_t n = 0;

			for (j = 0; j < N; j++)
				n += (spans[j].start < t && t <= spans[j].end);
			max = n > max ? n : max;
		}
		/* Those of no length count at their own instant. */
		assert_in_range(depth__max(d), max, max + 1);
		depth__free(d);
	}
}

/* More at once than the window holds ends. */
static void test_depth_is_bounded(void **state)
{
	struct depth *d = depth__new();
	uint64_t i;

	(void)state;
	for (i = 0; i < 3 * DEPTH_WINDOW; i++)
		depth__add(d, i, i + 10);
	assert_int_equal(depth__max(d), 10);
	depth__add(d, 0, 4 * DEPTH_WINDOW); /* under way all the time */
	assert_int_equal(depth__max(d), 11);
	depth__free(d);
	depth__free(NULL);
}

static void check_name(struct fake *f, const struct sync_object *object,
		       const struct name_hints *hints, const char *expected)
{
	struct names *n = names__new(&f->model);
	struct strbuf text = {0};
	bool found = names__object(n, object, hints, &text);

	assert_int_equal(found, expected != NULL);
	if (expected)
		assert_string_equal(strbuf__text(&text), expected);
	strbuf__free(&text);
	names__free(n);
}

static void test_object_names(void **state)
{
	const struct maps maps = {&fake_app};
	const struct model_space space = {.pid = 1000, .maps = &maps};
	static const struct frame chain[] = {F(libc, 0), F(libc, 1), F(app, 0)};
	static const struct frame broken[] = {F(libc, 0), F(jvm, 0), F(app, 0)};
	struct model_stack readable, unreadable;
	const struct site site = {.function = "worker", .file = "/src/app.c", .line = 58};
	struct name_hints none = {0}, used = {.site = &site};
	const char shm[] = "/shm/queue";
	const struct file_info file = {.mode = S_IFREG,
				       .flags = CT_FILE_PATH,
				       .dev = 1,
				       .text = shm,
				       .text_len = sizeof(shm) - 1};
	struct fake *f = fake__new(1, 0);
	struct sync_object *o = fake__object(f, CAUSE_MUTEX, 0x11000);
	struct model_task *main_task = fake__task(f, "main", 0), *t = fake__task(f, "worker-1", 0);

	(void)state;
	fake__stack(f, &readable, chain, 3, STACK_COMPLETE);
	fake__stack(f, &unreadable, broken, 3, STACK_COMPLETE);
	check_name(f, o, &none, NULL); /* nothing is known of the memory */
	f->model.space = &space;
	check_name(f, o, &none, "registry_lock");
	o->address = 0x11040;
	check_name(f, o, &none, "registry_lock+0x40");
	/* The word of an object that is the symbol, and of one that lies in it. */
	o->kind = CAUSE_CONDVAR;
	o->address = 0x11028;
	check_name(f, o, &none, "registry_lock");
	o->address = 0x11068;
	check_name(f, o, &none, "registry_lock+0x68");
	o->kind = CAUSE_RWLOCK;
	o->address = 0x11008;
	check_name(f, o, &none, "registry_lock");
	o->kind = CAUSE_MUTEX;
	check_name(f, o, &none, "registry_lock+0x8");
	o->address = 0x11004; /* musl's mutex */
	check_name(f, o, &none, "registry_lock");
	o->address = 0x10010; /* data without a symbol */
	check_name(f, o, &none, "app+0x10");
	/* Memory of no file is nothing while it may be data of one that cannot be read. */
	o->address = 0x5581d5c0e060;
	check_name(f, o, &used, NULL);
	used.stack = unreadable.id;
	check_name(f, o, &used, NULL);
	none.stack = used.stack = readable.id;
	check_name(f, o, &used, "heap 0x5581d5c0e060 used in worker() app.c:58");
	check_name(f, o, &none, "heap 0x5581d5c0e060");
	o->address = 0x7ffc00001000; /* malloc's, a stack, the main thread's variables... */
	check_name(f, o, &used, "memory 0x7ffc00001000 used in worker() app.c:58");
	main_task->stack_low = main_task->stack_high = 0x7ffc00000800;
	check_name(f, o, &none, "stack of main");
	o->address = 0x7ffc00000000; /* below all frames that were seen */
	check_name(f, o, &none, "memory 0x7ffc00000000");
	main_task->tid = main_task->pid;
	main_task->tls = 0x7f0000400740;
	o->address = 0x7f0000400710;
	check_name(f, o, &none, "thread-local of main");
	o->address = 0x7f0000400740 - 1665; /* may be anything */
	check_name(f, o, &none, "memory 0x7f00004000bf");
	/* A thread's stack ends below its thread pointer. */
	t->tls = 0x7f0000100000;
	t->stack_low = 0x7f00000f0000;
	t->stack_high = 0x7f00000fe000;
	o->address = 0x7f00000f8000;
	check_name(f, o, &none, "stack of worker-1");
	o->address = 0x7f00000ff800;
	check_name(f, o, &none, "stack or thread-local of worker-1");
	o->address = 0x7f00000fff00;
	check_name(f, o, &none, "thread-local of worker-1");
	t->stack_high = 0x7f00000ffa00; /* not glibc's layout */
	check_name(f, o, &none, "stack or thread-local of worker-1");
	o->address = 0x7f00001002d0;
	check_name(f, o, &none, "thread-local of worker-1");
	o->kind = CAUSE_JOIN;
	check_name(f, o, &none, "thread worker-1");
	o->address = 0x7f0000300000; /* nobody's */
	check_name(f, o, &none, NULL);
	o->kind = CAUSE_MUTEX;
	o->pid = 1; /* another process */
	o->address = 0x7f00000f8000;
	check_name(f, o, &none, "memory 0x7f00000f8000");
	o->pid = 1000;
	o->shared = true;
	o->address = 0x7f0000200000;
	check_name(f, o, &none, NULL);
	f->model.mount = "/dev";
	check_name(f, o, &(struct name_hints){.file = &file}, "/dev/shm/queue");
	fake__free(f);
}

/* By what takes them; locks in the kernel by their symbol. */
static void test_names_of_others_locks(void **state)
{
	static const struct frame chains[][3] = {
		{F(libc, 0), F(libc, 4), F(app, 0)},
		{F(libc, 0), F(libc, 5), F(app, 0)},
		{F(libc, 0), F(app, 0), F(libc, 4)},
	};
	const struct maps maps = {&fake_app};
	const struct model_space space = {.maps = &maps};
	struct fake *f = fake__new(1, 0);
	struct sync_object *o = fake__object(f, CAUSE_MUTEX, 0x7f0000200000);
	const struct name_hints none = {0};
	struct model_stack stacks[3];
	size_t i;

	(void)state;
	f->model.space = &space;
	for (i = 0; i < 3; i++)
		fake__stack(f, &stacks[i], chains[i], 3, STACK_COMPLETE);
	check_name(f, o, &(struct name_hints){.stack = stacks[0].id}, "malloc lock");
	o->kind = CAUSE_CONDVAR; /* not that */
	check_name(f, o, &(struct name_hints){.stack = stacks[0].id}, "memory 0x7f0000200000");
	o->kind = CAUSE_MUTEX;
	o->libc = true;
	check_name(f, o, &(struct name_hints){0}, "C library lock");
	check_name(f, o, &(struct name_hints){.stack = stacks[0].id}, "malloc lock");
	check_name(f, o, &(struct name_hints){.stack = stacks[1].id}, "stdio lock");
	check_name(f, o, &(struct name_hints){.stack = stacks[2].id}, "C library lock");
	o->kind = CAUSE_KERNEL;
	check_name(f, o, &none, NULL);
	o->kernel = 0x140;
	check_name(f, o, &none, NULL);
	f->model.kernel_symbol = "tasklist_lock";
	check_name(f, o, &none, "tasklist_lock+0x40");
	fake__free(f);
}

static void test_file_names(void **state)
{
	static const struct {
		struct file_info file;
		const char *kind, *name;
	} cases[] = {
		{{.mode = S_IFREG, .flags = CT_FILE_PATH, .dev = 1, .text = "/a", .text_len = 2},
		 "file",
		 "/mnt/a"},
		{{.mode = S_IFREG, .flags = CT_FILE_PATH, .dev = 2, .text = "/a", .text_len = 2},
		 "file",
		 "/a on device 0:2"},
		{{.mode = S_IFREG,
		  .flags = CT_FILE_PATH | CT_FILE_TRUNCATED | CT_FILE_UNLINKED,
		  .dev = 1,
		  .text = "b/a",
		  .text_len = 3},
		 "file",
		 ".../b/a (deleted)"},
		{{.mode = S_IFREG, .flags = CT_FILE_PATH, .text = "/a\n\033[2J", .text_len = 7},
		 "file",
		 "/a\n\033[2J"},
		{{.mode = S_IFCHR, .flags = CT_FILE_PATH, .text = "/null", .text_len = 5},
		 "file",
		 "/null"},
		{{.mode = S_IFIFO, .ino = 4711}, "pipe", "pipe:[4711]"},
		{{.mode = S_IFIFO, .flags = CT_FILE_PATH, .text = "/f", .text_len = 2},
		 "pipe",
		 "/f"},
		{{.mode = 0, .text = "[eventpoll]", .text_len = 11}, "other", "[eventpoll]"},
		{{.mode = 0}, "other", ""},
		{{.mode = S_IFSOCK,
		  .family = AF_INET,
		  .protocol = SOCK_STREAM,
		  .local = {127, 0, 0, 1},
		  .local_port = 80,
		  .peer = {127, 0, 0, 2},
		  .peer_port = 5000},
		 "socket",
		 "tcp 127.0.0.1:80 <-> 127.0.0.2:5000"},
		{{.mode = S_IFSOCK,
		  .family = AF_INET6,
		  .protocol = SOCK_STREAM,
		  .flags = CT_FILE_LISTENING,
		  .local_port = 80},
		 "socket",
		 "tcp [::]:80 listening"},
		{{.mode = S_IFSOCK,
		  .family = AF_INET,
		  .protocol = SOCK_DGRAM,
		  .local = {10, 0, 0, 1},
		  .local_port = 53},
		 "socket",
		 "udp 10.0.0.1:53"},
		{{.mode = S_IFSOCK, .family = AF_UNIX, .text = "/run/x", .text_len = 6},
		 "socket",
		 "unix /run/x"},
		{{.mode = S_IFSOCK, .family = AF_UNIX, .text = "\0abs\0t", .text_len = 6},
		 "socket",
		 "unix @abs@t"},
		{{.mode = S_IFSOCK, .family = AF_UNIX, .peer_ino = 9}, "socket", "unix (peer 9)"},
		{{.mode = S_IFSOCK, .family = AF_UNIX, .ino = 8}, "socket", "unix:[8]"},
		{{.mode = S_IFSOCK, .family = AF_NETLINK, .ino = 8}, "socket", "socket:[8]"},
	};
	struct fake *f = fake__new(1, 0);
	struct strbuf text = {0};
	size_t i;

	(void)state;
	f->model.mount = "/mnt";
	for (i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
		strbuf__reset(&text);
		file__name(&f->model, &cases[i].file, &text);
		assert_string_equal(strbuf__text(&text), cases[i].name);
		assert_string_equal(file__kind(&cases[i].file), cases[i].kind);
	}
	strbuf__free(&text);
	fake__free(f);
}

static void test_unresolved(void **state)
{
	static const struct frame frames[] = {F(libc, 0), F(jvm, 1), F(app, 16), F(jvm, 2)};
	struct fake *f = fake__new(1, 0);
	struct model_task *a = fake__task(f, "a", 0);
	struct wait wait = {.cause = CAUSE_MUTEX};
	struct model_stack stack, unused;
	struct report_table *t;
	struct report *r;

	(void)state;
	wait.object = fake__object(f, CAUSE_MUTEX, 0x11000);
	wait.stack = fake__stack(f, &stack, frames, 4, STACK_NO_INFO);
	fake__stack(f, &unused, frames, 4, STACK_NO_INFO);
	fake__do(f, a, TASK_BLOCKED, 10, 0, &wait);
	fake__complete(f);
	r = fake__report(f);
	t = report__find(r, "unresolved");
	assert_int_equal(table__rows(report__find(r, "stacks")), 1);
	assert_false(table__bool(report__find(r, "stacks"), 0, "complete"));
	assert_int_equal(table__rows(report__find(r, "stacks.frames")), 4);
	assert_int_equal(table__rows(t), 3);
	assert_string_equal(table__text(t, 0, "module"), "app");
	assert_string_equal(table__text(t, 0, "reason"), "no-symbols");
	assert_int_equal(table__int(t, 0, "frames"), 1);
	assert_string_equal(table__text(t, 1, "reason"), "missing");
	assert_int_equal(table__int(t, 1, "frames"), 2);
	assert_string_equal(table__text(t, 2, "reason"), "no-unwind");
	assert_string_equal(table__text(t, 2, "module"), "libjvm.so");
	report__free(r);
	fake__free(f);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_site_of),	     cmocka_unit_test(test_levels_are_frames),
		cmocka_unit_test(test_parking),	     cmocka_unit_test(test_counts),
		cmocka_unit_test(test_depth),	     cmocka_unit_test(test_depth_is_bounded),
		cmocka_unit_test(test_object_names), cmocka_unit_test(test_names_of_others_locks),
		cmocka_unit_test(test_file_names),   cmocka_unit_test(test_unresolved),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
