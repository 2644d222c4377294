// SPDX-License-Identifier: GPL-2.0-only
/* Which file a module is, where its names come from, and when there are none. */
#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include <cmocka.h>

#include "bpf/events.h"
#include "lib/strbuf.h"
#include "symbol/modules.h"
#include "tests/unit/scratch.inc"

#define DEBUG_FLAGS "-O2 -g -Wl,--build-id"
#define CHANGED_ID  "00112233445566778899aabbccddeeff00112233"

/* The address of a symbol, as nm tells it; 0 = none. */
static uint64_t symbol_address(const char *path, const char *name)
{
	char command[256];
	unsigned long long address = 0;
	FILE *f;

	snprintf(command, sizeof(command), "nm '%s' | sed -n 's/ [A-Za-z] %s$//p'", path, name);
	f = popen(command, "re"); /* NOLINT(cert-env33-c) */
	assert_non_null(f);
	if (fscanf(f, "%llx", &address) != 1) /* NOLINT(cert-err34-c) */
		address = 0;
	pclose(f);
	return address;
}

/* The module of a file as it is now, known by device and inode. */
static const struct module *module_of(struct modules *m, const char *path)
{
	struct module_id id = {.path = path};
	struct stat st;

	assert_int_equal(stat(path, &st), 0);
	id.dev = (uint32_t)((st.st_dev >> 8 & 0xfff) << 20 | (st.st_dev & 0xff) |
			    (st.st_dev >> 12 & 0xfff00));
	id.ino = st.st_ino;
	return modules__get(m, &id);
}

static const char *function_at(const struct module *module, uint64_t address)
{
	struct place place;

	return module__place(module, address, &place) && place.function ? place.function : "?";
}

static const char *data_at(const struct module *module, uint64_t address)
{
	static char text[256];
	struct strbuf out = {0};
	bool found = module__data_name(module, address, &out);

	snprintf(text, sizeof(text), "%s", found ? strbuf__text(&out) : "?");
	strbuf__free(&out);
	return text;
}

static bool make_program(const char *flags, const char *name)
{
	return compile("cc", "chains.c", flags, name);
}

static void *read_file(const char *path, size_t *len)
{
	FILE *f = fopen(path, "re");
	char *bytes;
	long size;

	assert_non_null(f);
	fseek(f, 0, SEEK_END);
	size = ftell(f);
	rewind(f);
	bytes = malloc((size_t)size + 1);
	assert_non_null(bytes);
	*len = fread(bytes, 1, (size_t)size, f);
	fclose(f);
	return bytes;
}

static void write_file(const char *path, const void *bytes, size_t len)
{
	FILE *f = fopen(path, "we");

	assert_non_null(f);
	assert_int_equal(fwrite(bytes, 1, len, f), len);
	fclose(f);
}

static void test_lines(void **state)
{
	struct modules *m = modules__new();
	const struct module *module;
	struct place place, places[4];
	uint64_t innermost, outer;
	int i;

	(void)state;
	if (!make_program(DEBUG_FLAGS, "lines"))
		skip();
	innermost = symbol_address(in_dir("lines"), "innermost");
	outer = symbol_address(in_dir("lines"), "outer");
	module = module_of(m, in_dir("lines"));
	assert_string_equal(module__name(module), "lines");
	assert_false(module__is_libc(module));
	assert_int_equal(module__state(module), MODULE_READY);
	assert_true(module__place(module, outer, &place));
	assert_string_equal(place.function, "outer");
	assert_non_null(strstr(place.file, "chains.c"));
	assert_true(place.line > 20 && place.line < 60);
	assert_false(place.exported_only);
	/* marked() is inlined: it is the innermost, and innermost() is what it is inlined into. */
	for (i = 0; i < 32 && module__places(module, innermost, places, 4) < 2; i++)
		innermost += 2;
	assert_int_equal(module__places(module, innermost, places, 4), 2);
	assert_string_equal(places[0].function, "marked");
	assert_string_equal(places[1].function, "innermost");
	assert_true(places[1].line > places[0].line);
	assert_int_equal(module__places(module, innermost, places, 1), 1);
	/* The same again, from what was kept. */
	assert_true(module__place(module, outer, &place));
	assert_string_equal(place.function, "outer");
	assert_false(module__place(module, 0, &place));
	assert_false(module__place(module, UINT64_MAX, &place));
	assert_null(place.function);
	modules__free(m);
}

static void test_data(void **state)
{
	struct modules *m = modules__new();
	const struct module *module;
	uint64_t lock, counters, address, size;

	(void)state;
	if (!make_program("-O2", "data"))
		skip();
	module = module_of(m, in_dir("data"));
	lock = symbol_address(in_dir("data"), "registry_lock");
	counters = symbol_address(in_dir("data"), "counters");
	assert_string_equal(data_at(module, lock), "registry_lock");
	assert_string_equal(data_at(module, lock + 2), "registry_lock+0x2");
	assert_string_equal(data_at(module, counters + 63), "counters+0x3f");
	assert_true(module__symbol_range(module, "counters", &address, &size));
	assert_true(address == counters && size == 64);
	assert_false(module__symbol_range(module, "no_such", &address, &size));
	/* The second `stack` would be stack.1 to the linker; the first is stack.0. */
	address = symbol_address(in_dir("data"), "stack\\.[0-9]*");
	if (address)
		assert_string_equal(data_at(module, address), "stack");
	assert_string_equal(data_at(module, 0), "?");
	assert_string_equal(data_at(module, UINT64_MAX), "?");
	assert_string_equal(data_at(module, symbol_address(in_dir("data"), "main")), "?");
	modules__free(m);
}

/* A stripped program names what it exports, and nothing else gets those names. */
static void test_stripped(void **state)
{
	struct modules *m = modules__new();
	const struct module *module;
	struct place place;
	uint64_t innermost, outer;

	(void)state;
	if (!make_program("-O2 -rdynamic", "full"))
		skip();
	innermost = symbol_address(in_dir("full"), "innermost");
	outer = symbol_address(in_dir("full"), "outer");
	if (!run("${STRIP:-strip} -o '%s' '%s'", in_dir("stripped"), in_dir("full")))
		skip();
	module = module_of(m, in_dir("stripped"));
	assert_string_equal(function_at(module, innermost + 4), "innermost");
	/* Call-frame information tells that outer() begins behind innermost(). */
	assert_false(module__place(module, outer + 4, &place));
	assert_string_equal(data_at(module, symbol_address(in_dir("full"), "registry_lock")),
			    "registry_lock");
	assert_string_equal(data_at(module, symbol_address(in_dir("full"), "counters")), "?");
	modules__free(m);
	if (!make_program("-O2 -rdynamic -fno-asynchronous-unwind-tables", "full") ||
	    !run("${STRIP:-strip} -R .eh_frame -R .eh_frame_hdr -o '%s' '%s'", in_dir("stripped"),
		 in_dir("full")))
		skip();
	/* Without it the name is that of a neighbour, and said to be. */
	m = modules__new();
	module = module_of(m, in_dir("stripped"));
	outer = symbol_address(in_dir("full"), "outer");
	if (module__place(module, outer + 4, &place))
		assert_true(place.exported_only);
	modules__free(m);
}

/* Debug files: by build id, beside the program, and where what they share lies elsewhere. */
static void test_debug_files(void **state)
{
	struct modules *m = modules__new();
	const struct module *module;
	struct place place;
	uint64_t outer;

	(void)state;
	if (!make_program(DEBUG_FLAGS, "separate"))
		skip();
	outer = symbol_address(in_dir("separate"), "outer");
	if (!run("cd '%s' && ${OBJCOPY:-objcopy} --only-keep-debug separate separate.debug && "
		 "${STRIP:-strip} -o bare separate && "
		 "${OBJCOPY:-objcopy} --add-gnu-debuglink=separate.debug bare linked && "
		 "id=$(readelf -n separate | sed -n 's/.*Build ID: //p') && test -n \"$id\" && "
		 "dir=root/.build-id/$(echo $id | cut -c1-2) && mkdir -p \"$dir\" && "
		 "cp separate.debug \"$dir/$(echo $id | cut -c3-).debug\"",
		 scratch_dir))
		skip();
	/* Nobody there. */
	assert_int_equal(modules__set_debug_root(m, in_dir("nowhere")), 0);
	module = module_of(m, in_dir("bare"));
	assert_string_equal(function_at(module, outer), "?");
	/* Beside it. */
	module = module_of(m, in_dir("linked"));
	assert_true(module__place(module, outer, &place));
	assert_string_equal(place.function, "outer");
	assert_non_null(strstr(place.file, "chains.c"));
	modules__free(m);
	/* By its id. */
	m = modules__new();
	assert_int_equal(modules__set_debug_root(m, in_dir("root")), 0);
	module = module_of(m, in_dir("bare"));
	assert_true(module__place(module, outer, &place));
	assert_string_equal(place.function, "outer");
	assert_true(place.line > 0);
	assert_string_equal(data_at(module, symbol_address(in_dir("separate"), "registry_lock")),
			    "registry_lock");
	modules__free(m);
	/* The one beside it is of another program: then it is not taken. */
	m = modules__new();
	assert_int_equal(modules__set_debug_root(m, in_dir("nowhere")), 0);
	assert_true(make_program("-O1 -g -Wl,--build-id -DOTHER", "other"));
	assert_true(run("cd '%s' && ${OBJCOPY:-objcopy} --only-keep-debug other separate.debug",
			scratch_dir));
	module = module_of(m, in_dir("linked"));
	assert_string_equal(function_at(module, outer), "?");
	modules__free(m);
}

/* A link by checksum: programs without a build id. */
static void test_debug_checksum(void **state)
{
	struct modules *m = modules__new();
	uint64_t outer;

	(void)state;
	if (!make_program("-O2 -g -Wl,--build-id=none", "summed"))
		skip();
	outer = symbol_address(in_dir("summed"), "outer");
	if (!run("cd '%s' && mkdir -p .debug && ${OBJCOPY:-objcopy} --only-keep-debug summed "
		 ".debug/s.debug && "
		 "${STRIP:-strip} summed && ${OBJCOPY:-objcopy} --add-gnu-debuglink=.debug/s.debug "
		 "summed",
		 scratch_dir))
		skip();
	assert_string_equal(function_at(module_of(m, in_dir("summed")), outer), "outer");
	modules__free(m);
	assert_true(run("cd '%s' && echo >>.debug/s.debug", scratch_dir));
	m = modules__new();
	assert_string_equal(function_at(module_of(m, in_dir("summed")), outer), "?");
	modules__free(m);
}

/* A small symbol table that is packed into the file, as Fedora has them. */
static void test_inner(void **state)
{
	struct modules *m = modules__new();
	uint64_t outer;

	(void)state;
	if (!make_program("-O2", "packed"))
		skip();
	outer = symbol_address(in_dir("packed"), "outer");
	if (!run("cd '%s' && cp packed mini && ${OBJCOPY:-objcopy} -S --remove-section .comment "
		 "--keep-symbol=outer mini mini.o && xz -f mini.o && ${STRIP:-strip} packed && "
		 "${OBJCOPY:-objcopy} --add-section .gnu_debugdata=mini.o.xz packed",
		 scratch_dir))
		skip();
	assert_string_equal(function_at(module_of(m, in_dir("packed")), outer), "outer");
	modules__free(m);
}

static void test_identity(void **state)
{
	struct modules *m = modules__new();
	struct module_id id;
	struct stat st;
	const struct module *module;
	unsigned char build_id[20] = {1, 2, 3};
	uint64_t outer, written;
	size_t len;
	void *bytes;

	(void)state;
	if (!make_program("-O2 -Wl,--build-id=0x" CHANGED_ID, "identity"))
		skip();
	outer = symbol_address(in_dir("identity"), "outer");
	assert_int_equal(stat(in_dir("identity"), &st), 0);
	/* The build id alone decides, if it is known. */
	id = (struct module_id){.path = in_dir("identity"),
				.ino = 1,
				.build_id = (const unsigned char *)"\x00\x11\x22\x33\x44\x55\x66"
								   "\x77\x88\x99\xaa\xbb\xcc\xdd"
								   "\xee\xff\x00\x11\x22\x33",
				.build_id_len = 20};
	module = modules__get(m, &id);
	assert_int_equal(module__state(module), MODULE_READY);
	assert_ptr_equal(modules__get(m, &id), module);
	assert_string_equal(function_at(module, outer), "outer");
	id.build_id = build_id;
	module = modules__get(m, &id);
	assert_int_equal(module__state(module), MODULE_CHANGED);
	assert_string_equal(function_at(module, outer), "?");
	assert_string_equal(data_at(module, outer), "?");
	/* Then device and inode, and the time. */
	id.build_id_len = 0;
	assert_int_equal(module__state(modules__get(m, &id)), MODULE_CHANGED);
	assert_int_equal(module__state(module_of(m, in_dir("identity"))), MODULE_READY);
	modules__free(m);
	m = modules__new();
	written = (uint64_t)st.st_mtim.tv_sec * 1000000000 + (uint64_t)st.st_mtim.tv_nsec;
	id.ino = st.st_ino;
	id.dev = (uint32_t)((st.st_dev >> 8 & 0xfff) << 20 | (st.st_dev & 0xff));
	id.mapped_ns = written - 1;
	assert_int_equal(module__state(modules__get(m, &id)), MODULE_CHANGED);
	modules__free(m);
	m = modules__new();
	id.mapped_ns = written;
	if (st.st_dev >> 20 == 0)
		assert_int_equal(module__state(modules__get(m, &id)), MODULE_READY);
	/* What the trace brought along replaces a file that is gone. */
	bytes = read_file(in_dir("identity"), &len);
	assert_int_equal(modules__add_blob(m, CT_BLOB_ELF, 5, 77, bytes, len), 0);
	id = (struct module_id){.path = "/no/such/file (deleted)", .dev = 5, .ino = 77};
	module = modules__get(m, &id);
	assert_int_equal(module__state(module), MODULE_READY);
	assert_string_equal(function_at(module, outer), "outer");
	assert_string_equal(module__name(module), "file");
	id.ino = 78;
	assert_int_equal(module__state(modules__get(m, &id)), MODULE_MISSING);
	/* But not one of another build id. */
	id.ino = 77;
	id.build_id = build_id;
	id.build_id_len = 20;
	assert_int_equal(module__state(modules__get(m, &id)), MODULE_MISSING);
	free(bytes);
	modules__free(m);
	modules__free(NULL);
}

/* Nothing but regular files is opened, and nothing hangs. */
static void test_other_files(void **state)
{
	static const char text[] = "this is no program";
	struct modules *m = modules__new();
	struct module_id id = {.path = "/dev/zero", .ino = 1};
	const struct module *module;
	size_t i, len;
	char *bytes;

	(void)state;
	assert_int_equal(module__state(modules__get(m, &id)), MODULE_MISSING);
	assert_int_equal(mkfifo(in_dir("fifo"), 0600), 0);
	assert_int_equal(module__state(module_of(m, in_dir("fifo"))), MODULE_MISSING);
	assert_int_equal(module__state(module_of(m, scratch_dir)), MODULE_MISSING);
	id.path = "/no/such/file";
	assert_int_equal(module__state(modules__get(m, &id)), MODULE_MISSING);
	id.path = "the/end/of/a/path";
	assert_int_equal(module__state(modules__get(m, &id)), MODULE_MISSING);
	id.path = NULL;
	assert_int_equal(module__state(modules__get(m, &id)), MODULE_MISSING);
	write_file(in_dir("text"), text, sizeof(text));
	module = module_of(m, in_dir("text"));
	assert_int_equal(module__state(module), MODULE_DAMAGED);
	assert_string_equal(function_at(module, 0), "?");
	write_file(in_dir("empty"), text, 0);
	assert_int_equal(module__state(module_of(m, in_dir("empty"))), MODULE_DAMAGED);
	if (!make_program(DEBUG_FLAGS, "whole"))
		skip();
	bytes = read_file(in_dir("whole"), &len);
	for (i = 0; i < len; i += len / 40) {
		char name[32];

		snprintf(name, sizeof(name), "cut%zu", i);
		write_file(in_dir(name), bytes, i);
		module = module_of(m, in_dir(name));
		(void)function_at(module, symbol_address(in_dir("whole"), "outer"));
		assert_true(module__state(module) != MODULE_UNOPENED);
	}
	assert_true(modules__count(m) > 40);
	assert_non_null(modules__at(m, 0));
	assert_null(modules__at(m, modules__count(m)));
	free(bytes);
	modules__free(m);
}

static void test_generated(void **state)
{
	static const char text[] = "1000 20 jitted\n";
	struct modules *m = modules__new();
	struct module_id id = {.path = "//anon", .anonymous = true, .pid = 42};
	const struct module *module = modules__get(m, &id), *other;

	(void)state;
	assert_int_equal(modules__add_blob(m, CT_BLOB_PERF_MAP, 0, 42, text, sizeof(text) - 1), 0);
	id.pid = 43;
	other = modules__get(m, &id);
	assert_ptr_not_equal(module, other);
	assert_string_equal(module__name(module), "[generated code]");
	assert_string_equal(function_at(module, 0x101f), "jitted");
	assert_string_equal(function_at(module, 0x1020), "?");
	assert_int_equal(module__state(module), MODULE_READY);
	assert_int_equal(module__state(other), MODULE_MISSING);
	assert_string_equal(function_at(other, 0x1010), "?");
	assert_string_equal(data_at(module, 0x1010), "?");
	id = (struct module_id){.path = "[vdso]", .anonymous = true};
	module = modules__get(m, &id);
	assert_string_equal(module__name(module), "[vdso]");
	assert_int_equal(module__state(module), MODULE_MISSING);
	id = (struct module_id){.path = "/lib/x86_64-linux-gnu/libc.so.6"};
	assert_true(module__is_libc(modules__get(m, &id)));
	modules__free(m);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_lines),	       cmocka_unit_test(test_data),
		cmocka_unit_test(test_stripped),       cmocka_unit_test(test_debug_files),
		cmocka_unit_test(test_debug_checksum), cmocka_unit_test(test_inner),
		cmocka_unit_test(test_identity),       cmocka_unit_test(test_other_files),
		cmocka_unit_test(test_generated),
	};

	return cmocka_run_group_tests(tests, scratch_setup, scratch_teardown);
}
