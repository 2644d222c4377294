// SPDX-License-Identifier: GPL-2.0-only
/* Real call chains, stopped by ptrace, unwound from a copy of their stack. */
#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include <cmocka.h>

#include "tests/unit/scratch.inc"

#include "tests/unit/tracee.inc"

#define SIZE(array) (sizeof(array) / sizeof(*(array)))

struct scene {
	struct tracee tracee;
	struct modules *modules;
	struct maps *maps;
	struct frame frames[UNWIND_MOST];
	size_t n;
	enum stack_end end;
};

static struct scene *scene_of(const char *program, const char *what)
{
	struct scene *s = calloc(1, sizeof(*s));

	assert_non_null(s);
	tracee_start(&s->tracee, in_dir(program), what);
	tracee_run(&s->tracee);
	s->modules = modules__new();
	assert_non_null(s->modules);
	s->maps = tracee_maps(&s->tracee, s->modules);
	s->n = tracee_unwind(&s->tracee, s->maps, SIZE_MAX, s->frames, &s->end);
	return s;
}

static void scene_end(struct scene *s)
{
	tracee_end(&s->tracee);
	maps__unref(s->maps);
	modules__free(s->modules);
	free(s);
}

/* Whether the words of `want` occur in this order among those of `have`. */
static bool in_order(const char *have, const char *want)
{
	char copy[1024], *save, *word;
	const char *at = have;
	size_t len;

	snprintf(copy, sizeof(copy), "%s", want);
	for (word = strtok_r(copy, " ", &save); word; word = strtok_r(NULL, " ", &save)) {
		len = strlen(word);
		while (*at && (strncmp(at, word, len) != 0 || (at[len] && at[len] != ' '))) {
			at += strcspn(at, " ");
			at += *at == ' ';
		}
		if (!*at)
			return false;
		at += len;
		at += *at == ' ';
	}
	return true;
}

/* The names of those frames only that are in the program itself. */
static const char *own_names(const struct scene *s, const char *program)
{
	struct frame own[UNWIND_MOST];
	size_t i, n = 0;

	for (i = 0; i < s->n; i++)
		if (s->frames[i].module && !strcmp(module__name(s->frames[i].module), program))
			own[n++] = s->frames[i];
	return names_of(own, n);
}

static const struct {
	const char *what, *own, *all;
} chains[] = {
	{"plain", "innermost middle outer main _start", "raise innermost main __libc_start_main"},
	{"qsort", "innermost middle outer compare in_qsort main _start", "outer compare in_qsort"},
	{"signal", "innermost middle outer handler in_handler main _start",
	 "innermost middle outer handler __restore_rt raise in_handler main"},
	{"thread", "innermost middle outer thread_main", "thread_main start_thread clone3"},
};

static void check_chains(const char *compiler, const char *flags, bool whole)
{
	struct scene *s;
	size_t i;

	if (!can_trace() || !compile(compiler, "chains.c", flags, "chains"))
		skip();
	for (i = 0; i < SIZE(chains); i++) {
		s = scene_of("chains", chains[i].what);
		if (s->end != STACK_COMPLETE)
			print_message("%s: %s\n", chains[i].what, names_of(s->frames, s->n));
		assert_int_equal(s->end, STACK_COMPLETE);
		if (whole)
			assert_string_equal(own_names(s, "chains"), chains[i].own);
		else
			assert_true(in_order(names_of(s->frames, s->n), chains[i].own));
		scene_end(s);
	}
}

static void test_optimised(void **state)
{
	(void)state;
	check_chains("cc", "-O2 -fomit-frame-pointer", true);
}

static void test_unoptimised(void **state)
{
	(void)state;
	check_chains("cc", "-O0", true);
}

/* The C library is in the program then: chains have its names among their own. */
static void test_static(void **state)
{
	(void)state;
	check_chains("cc", "-O2 -static-pie", false);
	check_chains("cc", "-O2 -static", false);
}

/* Names that are there whether the C library has its own symbol table or not. */
static void test_library(void **state)
{
	struct scene *s;
	bool named = true;
	size_t i;

	(void)state;
	if (!can_trace() || !compile("cc", "chains.c", "-O2", "chains"))
		skip();
	for (i = 0; i < SIZE(chains); i++) {
		s = scene_of("chains", chains[i].what);
		named = in_order(names_of(s->frames, s->n), "__pthread_kill_implementation");
		if (named)
			assert_true(in_order(names_of(s->frames, s->n), chains[i].all));
		scene_end(s);
	}
	if (!named)
		skip();
}

/* Whatever part of the stack was kept: what there is, is right, and the end is told. */
static void test_truncated(void **state)
{
	static const char *const whats[] = {"qsort", "signal", "thread"};
	struct frame frames[UNWIND_MOST];
	enum stack_end end = STACK_NO_INFO;
	struct scene *s;
	size_t i, len, n, longest;

	(void)state;
	if (!can_trace() || !compile("cc", "chains.c", "-O2", "chains"))
		skip();
	for (i = 0; i < SIZE(whats); i++) {
		s = scene_of("chains", whats[i]);
		longest = 0;
		for (len = 0; len < s->tracee.len; len += 8) {
			n = tracee_unwind(&s->tracee, s->maps, len, frames, &end);
			assert_true(n >= 1 && n >= longest && n <= s->n);
			longest = n;
			assert_memory_equal(frames, s->frames, n * sizeof(*frames));
			if (n == s->n && end == STACK_COMPLETE)
				break;
			assert_int_equal(end, STACK_TRUNCATED);
		}
		assert_int_equal(end, STACK_COMPLETE);
		assert_int_equal(longest, s->n);
		scene_end(s);
	}
}

static void test_alternate_stack(void **state)
{
	struct scene *s;

	(void)state;
	if (!can_trace() || !compile("cc", "chains.c", "-O2", "chains"))
		skip();
	s = scene_of("chains", "altstack");
	assert_int_equal(s->end, STACK_TRUNCATED);
	assert_string_equal(own_names(s, "chains"), "innermost middle outer handler");
	scene_end(s);
}

static void test_deep(void **state)
{
	struct frame few[3];
	enum stack_end end;
	struct scene *s;
	struct unwind_input in;

	(void)state;
	if (!can_trace() || !compile("cc", "chains.c", "-O2", "chains"))
		skip();
	s = scene_of("chains", "deep");
	assert_int_equal(s->end, STACK_COMPLETE);
	assert_true(s->n > 100);
	in = s->tracee.in;
	in.maps = s->maps;
	in.bytes = s->tracee.stack;
	in.len = s->tracee.len;
	assert_int_equal(unwind__stack(&in, few, 3, &end), 3);
	assert_int_equal(end, STACK_TRUNCATED);
	assert_int_equal(unwind__stack(&in, few, 0, &end), 0);
	scene_end(s);
}

/*
 * Not so yet on arm64: while the dynamic linker binds a function at its first call, and at some
 * instructions of the vdso.
 */
#ifdef __aarch64__
#define EVERY_INSTRUCTION false
#else
#define EVERY_INSTRUCTION true
#endif

/*
 * Every instruction of a stretch of a program: prologues, epilogues, PLT, the dynamic linker that
 * binds lazily, the vdso. The chain always leads through main().
 */
static void follow(struct scene *s, size_t *in_vdso, size_t *in_linker, size_t *in_program)
{
	const char *module;
	size_t steps;
	int status, sig;

	for (steps = 0; steps < 40000; steps++) {
		assert_int_equal(ptrace(PTRACE_SINGLESTEP, s->tracee.tid, NULL, NULL), 0);
		assert_int_equal(waitpid(s->tracee.tid, &status, __WALL), s->tracee.tid);
		assert_true(WIFSTOPPED(status));
		sig = WSTOPSIG(status);
		if (sig == SIGUSR2)
			break;
		tracee_read_registers(&s->tracee);
		s->n = tracee_unwind(&s->tracee, s->maps, SIZE_MAX, s->frames, &s->end);
		module = s->frames[0].module ? module__name(s->frames[0].module) : "";
		if (s->end != STACK_COMPLETE ||
		    !in_order(own_names(s, "chains"), "steps main _start"))
			print_message("step %zu at %s+0x%llx: %s\n", steps, module,
				      (unsigned long long)s->frames[0].address,
				      names_of(s->frames, s->n));
		assert_int_equal(s->end, STACK_COMPLETE);
		assert_true(in_order(own_names(s, "chains"), "steps main _start"));
		*in_vdso += !strcmp(module, "[vdso]");
		*in_linker += !strncmp(module, "ld-", 3);
		*in_program += !strcmp(module, "chains");
	}
	assert_true(steps > 100 && steps < 40000);
}

static void test_every_instruction(void **state)
{
	size_t in_vdso = 0, in_linker = 0, in_program = 0;
	struct scene *s;

	(void)state;
	if (!EVERY_INSTRUCTION || !can_trace() ||
	    !compile("cc", "chains.c", "-O2 -fplt -Wl,-z,lazy", "chains"))
		skip();
	s = scene_of("chains", "steps");
	s->tracee.most = 4096;
	follow(s, &in_vdso, &in_linker, &in_program);
	assert_true(in_linker > 100);
	assert_true(in_program > 10);
	if (!in_vdso)
		print_message("the vdso was not used here\n");
	scene_end(s);
}

/* Waits until the tracee sleeps in a system call that it began itself. */
static bool wait_until_asleep(pid_t pid)
{
	char path[64], text[512], *bracket;
	struct timespec pause = {0, 10000000};
	int fd, tries;
	ssize_t n;

	snprintf(path, sizeof(path), "/proc/%d/stat", pid);
	for (tries = 0; tries < 1000; tries++) {
		fd = open(path, O_RDONLY | O_CLOEXEC);
		n = fd < 0 ? 0 : read(fd, text, sizeof(text) - 1);
		if (fd >= 0)
			close(fd);
		text[n > 0 ? n : 0] = '\0';
		bracket = strrchr(text, ')');
		if (bracket && bracket[1] && bracket[2] == 'S')
			return true;
		nanosleep(&pause, NULL);
	}
	return false;
}

static void test_blocked(void **state)
{
	struct scene *s;
	int status;

	(void)state;
	if (!can_trace() || !compile("cc", "chains.c", "-O2", "chains"))
		skip();
	s = calloc(1, sizeof(*s));
	assert_non_null(s);
	tracee_start(&s->tracee, in_dir("chains"), "blocked");
	ptrace(PTRACE_CONT, s->tracee.pid, NULL, NULL);
	assert_true(wait_until_asleep(s->tracee.pid));
	kill(s->tracee.pid, SIGUSR2);
	assert_int_equal(waitpid(s->tracee.pid, &status, __WALL), s->tracee.pid);
	assert_true(WIFSTOPPED(status) && WSTOPSIG(status) == SIGUSR2);
	tracee_read_registers(&s->tracee);
	s->modules = modules__new();
	s->maps = tracee_maps(&s->tracee, s->modules);
	s->n = tracee_unwind(&s->tracee, s->maps, SIZE_MAX, s->frames, &s->end);
	assert_int_equal(s->end, STACK_COMPLETE);
	assert_string_equal(own_names(s, "chains"), "blocked main _start");
	scene_end(s);
}

/* What was inlined comes with what it was inlined into, and where. */
static void test_cxx(void **state)
{
	bool popped = false, taken = false, lambda = false;
	struct place p[16];
	struct scene *s;
	size_t i, k, n, levels = 0;

	(void)state;
	if (!can_trace() || !compile("g++", "chains.cc", "-O2 -g", "cxx"))
		skip();
	s = scene_of("cxx", "");
	assert_int_equal(s->end, STACK_COMPLETE);
	for (i = 0; i < s->n; i++) {
		assert_non_null(s->frames[i].module);
		n = module__places(s->frames[i].module, s->frames[i].address, p, SIZE(p));
		levels = n > levels ? n : levels;
		for (k = 0; k < n; k++) {
			if (!p[k].function)
				continue;
			assert_int_not_equal(strncmp(p[k].function, "_Z", 2), 0);
			popped |= !strcmp(p[k].function, "app::Queue<long>::pop(long)");
			taken |= !strcmp(p[k].function, "app::take(std::function<long ()> const&)");
			lambda |= strstr(p[k].function, "{lambda()#1}") != NULL;
			if (!strncmp(p[k].function, "app::", 5))
				assert_true(p[k].line && strstr(p[k].file, "chains.cc"));
		}
	}
	assert_true(popped && taken && lambda);
	assert_true(levels > 1);
	scene_end(s);
}

/* Stacks and registers that make no sense end somewhere, and nothing outside is read. */
static void test_nonsense(void **state)
{
	struct frame frames[UNWIND_MOST];
	enum stack_end end;
	struct unwind_input in;
	uint64_t seed = 1;
	struct scene *s;
	size_t i, k;
	unsigned char *bytes;

	(void)state;
	if (!can_trace() || !compile("cc", "chains.c", "-O2", "chains"))
		skip();
	s = scene_of("chains", "signal");
	for (i = 0; i < 20000; i++) {
		in = s->tracee.in;
		in.maps = s->maps;
		in.len = (seed >> 20) % 4096;
		bytes = malloc(in.len ? in.len : 1);
		assert_non_null(bytes);
		memcpy(bytes, s->tracee.stack, in.len);
		in.bytes = bytes;
		for (k = 0; k < 8; k++) {
			seed = seed * 6364136223846793005ULL + 1442695040888963407ULL;
			if (in.len)
				bytes[(seed >> 33) % in.len] ^= (unsigned char)(seed >> 25);
		}
		if (i % 3 == 0)
			in.regs.sp = seed;
		if (i % 5 == 0)
			in.regs.bp = in.regs.sp + (seed >> 50);
		if (i % 7 == 0)
			in.regs.ip = s->frames[i % s->n].ip + (seed >> 60);
		if (i % 1000 == 0)
			in.regs.sp = UINT64_MAX - 7;
		k = unwind__stack(&in, frames, UNWIND_MOST, &end);
		assert_true(k >= 1 && k <= UNWIND_MOST);
		free(bytes);
	}
	scene_end(s);
}

/* Code of which nothing is known has one frame; frame pointers lead through generated code. */
static void test_without_info(void **state)
{
	uint64_t stack[8] = {7, 0x7008, 0x5001, 0, 0x6001, 0};
	struct module_id id = {.path = "//anon", .anonymous = true, .pid = 7};
	struct modules *m = modules__new();
	struct maps *maps = maps__new();
	struct unwind_input in = {.maps = maps,
				  .regs = {.ip = 0x5000, .sp = 0x6ff0, .bp = 0x6ff8},
				  .bytes = (unsigned char *)stack,
				  .len = sizeof(stack)};
	struct frame frames[8];
	enum stack_end end;

	(void)state;
	assert_int_equal(unwind__stack(&in, frames, 8, &end), 1);
	assert_null(frames[0].module);
	assert_true(frames[0].address == 0x5000);
	assert_int_equal(end, STACK_NO_INFO);

	assert_int_equal(
		maps__add(maps, &(struct mapping){0x5000, 0x6100, 0x5000, modules__get(m, &id)}),
		0);
	assert_int_equal(unwind__stack(&in, frames, 8, &end), 3);
	assert_int_equal(end, STACK_COMPLETE);
	assert_true(frames[1].address == 0x5000 && frames[1].ip == 0x5001);
	assert_true(frames[2].address == 0x6000);
	in.len = 8;
	assert_int_equal(unwind__stack(&in, frames, 8, &end), 1);
	assert_int_equal(end, STACK_TRUNCATED);
	/* Not in a file that is gone: it may have been compiled without frame pointers. */
	id = (struct module_id){.path = "/no/such/file", .ino = 1};
	in.len = sizeof(stack);
	assert_int_equal(
		maps__add(maps, &(struct mapping){0x5000, 0x6100, 0x5000, modules__get(m, &id)}),
		0);
	assert_int_equal(unwind__stack(&in, frames, 8, &end), 1);
	assert_int_equal(end, STACK_NO_INFO);
	maps__unref(maps);
	modules__free(m);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_optimised), cmocka_unit_test(test_unoptimised),
		cmocka_unit_test(test_static),	  cmocka_unit_test(test_library),
		cmocka_unit_test(test_truncated), cmocka_unit_test(test_alternate_stack),
		cmocka_unit_test(test_deep),	  cmocka_unit_test(test_every_instruction),
		cmocka_unit_test(test_blocked),	  cmocka_unit_test(test_cxx),
		cmocka_unit_test(test_nonsense),  cmocka_unit_test(test_without_info),
	};

	return cmocka_run_group_tests(tests, scratch_setup, scratch_teardown);
}
