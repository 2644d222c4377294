// SPDX-License-Identifier: GPL-2.0-only
/* What is taken out of records before they are written: words of stacks, names. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include <sys/socket.h>

#include "capture/wipe.h"
#include "lib/siphash.h"
#include "trace/info.h"
#include "trace/record.h"
#include "trace/redact.h"

/* --- stacks --- */

#define SP 0x7ffd00001000ull

static const struct {
	uint64_t word;
	bool stays;
} words[] = {
	{0x55550000, true},	     /* the first instruction */
	{0x55550fff, true},	     /* within */
	{0x55551000, true},	     /* behind the last one: a call that does not return */
	{0x55551001, false},	     /* not code */
	{0x5554ffff, false},	     /* before it */
	{0x7f0000001234, true},	     /* of the second mapping */
	{0x7f0000009000, true},	     /* of a third that joins it */
	{0x7f000000a001, false},     /* behind both */
	{SP, true},		     /* the stack's own */
	{SP + 64, true},	     /* within the copy */
	{SP + 0x100000, false},	     /* far above: unwinding cannot use it */
	{SP - 0x1000, false},	     /* far below */
	{0x64726f7773736170, false}, /* "password" */
	{0x0000343364766f67, false}, /* six letters: lower than the highest address */
	{1, false},		     /* a number */
	{0, false},		     /* nothing, and stays so */
	{0xffffffffffffffffull, false} /* -1 */,
};

#define WORDS (sizeof(words) / sizeof(words[0]))

static struct wipe *make_wipe(void)
{
	struct wipe *w = wipe__new();

	assert_non_null(w);
	/* Out of order, one twice, two that overlap. */
	wipe__add_code(w, 0x7f0000008000, 0x2000);
	wipe__add_code(w, 0x55550000, 0x1000);
	wipe__add_code(w, 0x7f0000001000, 0x7800);
	wipe__add_code(w, 0x55550000, 0x1000);
	wipe__add_code(w, 0x66660000, 0);
	wipe__add_code(w, UINT64_MAX - 10, 100);
	return w;
}

static void test_words(void **state)
{
	union ct_event ev = {.stack = {.h = {.type = CT_STACK}, .regs = {.sp = SP, .ip = 0x1234}}};
	struct ct_stack *const stack = &ev.stack;
	struct wipe *w = make_wipe();
	uint64_t word;
	size_t i;

	(void)state;
	stack->len = WORDS * sizeof(word);
	for (i = 0; i < WORDS; i++)
		memcpy(stack->bytes + i * sizeof(word), &words[i].word, sizeof(word));
	stack->regs.bp = SP + 16;
	stack->regs.bx = 0x64726f7773736170;
	stack->regs.r12 = 0x55550010;
	stack->regs.r15 = 7;
	wipe__stack(w, &ev);
	for (i = 0; i < WORDS; i++) {
		memcpy(&word, stack->bytes + i * sizeof(word), sizeof(word));
		assert_int_equal(word, words[i].stays ? words[i].word : 0);
	}
	assert_int_equal(stack->regs.sp, SP);
	assert_int_equal(stack->regs.ip, 0x1234);
	assert_int_equal(stack->regs.bp, SP + 16);
	assert_int_equal(stack->regs.r12, 0x55550010);
	assert_int_equal(stack->regs.bx, 0);
	assert_int_equal(stack->regs.r15, 0);
	wipe__free(w);
}

/* arm64: more registers, and return addresses with a signature, which goes. */
static void test_arm64(void **state)
{
	union ct_event ev = {.stack_arm64 = {.h = {.type = CT_STACK_ARM64}, .regs = {.sp = SP}}};
	struct ct_stack_arm64 *const stack = &ev.stack_arm64;
	const uint64_t bytes[] = {0x64726f7773736170, 0x00ab000055550010, SP + 8, 0x55550010};
	const uint64_t left[] = {0, 0x55550010, SP + 8, 0x55550010};
	struct wipe *w = make_wipe();

	(void)state;
	stack->len = sizeof(bytes);
	memcpy(stack->bytes, bytes, sizeof(bytes));
	stack->regs.fp = SP + 16;
	stack->regs.lr = 0x00cd000055550010;
	stack->regs.x[0] = stack->regs.x[9] = 0x64726f7773736170;
	wipe__stack(w, &ev);
	assert_memory_equal(stack->bytes, left, sizeof(left));
	assert_true(stack->regs.sp == SP && stack->regs.fp == SP + 16);
	assert_true(stack->regs.lr == 0x55550010);
	assert_true(!stack->regs.x[0] && !stack->regs.x[9]);
	wipe__free(w);
}

/* Code that is told later counts from then on; without any, nothing is code. */
static void test_later_code(void **state)
{
	union ct_event ev = {.stack = {.h = {.type = CT_STACK}, .len = 8, .regs = {.sp = SP}}};
	const uint64_t word = 0x66660010;
	struct wipe *w = wipe__new();

	(void)state;
	assert_non_null(w);
	memcpy(ev.stack.bytes, &word, sizeof(word));
	wipe__add_code(w, 0x66660000, 0x1000);
	wipe__stack(w, &ev);
	assert_memory_equal(ev.stack.bytes, &word, sizeof(word));
	wipe__free(w);
	w = wipe__new();
	assert_non_null(w);
	wipe__stack(w, &ev);
	assert_int_equal(ev.stack.bytes[0], 0);
	wipe__free(w);
}

/* --- names --- */

static bool contains(const void *record, size_t size, const char *secret)
{
	return memmem(record, size, secret, strlen(secret)) != NULL;
}

static const union ct_event *redact(struct redact *r, const void *record, size_t *size)
{
	const union ct_event *ev;

	*size = record__length(record, sizeof(union ct_event));
	assert_true(*size);
	ev = redact__record(r, record, size);
	if (ev)
		assert_int_equal(*size, record__length(ev, sizeof(*ev)));
	return ev;
}

static struct redact *new_redact(void)
{
	struct redact *r = redact__new();

	assert_non_null(r);
	return r;
}

static void test_exec(void **state)
{
	union ct_event ev = {.exec = {.h = {.type = CT_EXEC}, .comm = "secretcomm"}}, before;
	const union ct_event *out;
	struct redact *r = new_redact();
	unsigned int i;
	size_t size;

	(void)state;
	ev.exec.file_len = 12;
	memcpy(ev.exec.text, "/bin/secret1secret2\0secret2\0\0secret3", 36);
	ev.exec.args_len = 24; /* the last argument is cut */
	before = ev;
	out = redact(r, &ev, &size);
	assert_memory_equal(&ev, &before, sizeof(ev));
	assert_false(contains(out, size, "secret"));
	assert_int_equal(out->exec.file_len, 21);
	/* Equal ones stay equal, an empty one empty. */
	assert_int_equal(out->exec.args_len, 22 + 22 + 1 + 22);
	assert_string_equal(out->exec.text + 21, out->exec.text + 43);
	assert_int_equal(out->exec.text[65], 0);
	assert_string_not_equal(out->exec.text + 66, out->exec.text + 43);
	/* More of them than there is room for. */
	for (i = 0; i < 180; i++)
		memcpy(ev.exec.text + 12 + 2 * i, "x", 2);
	ev.exec.args_len = 360;
	out = redact(r, &ev, &size);
	assert_true(out->exec.file_len + out->exec.args_len <= CT_EXEC_TEXT);
	assert_true(out->exec.args_len % 22 == 0 && out->exec.args_len > 300);
	redact__free(r);
}

static const struct {
	unsigned int family, flags;
	const char *text;
	size_t len;
	bool stays;
} files[] = {
	{0, CT_FILE_PATH, "secret\0home\0", 12, false},
	{0, CT_FILE_PATH | CT_FILE_TRUNCATED, "secret\0home\0", 12, false},
	{0, CT_FILE_NO_FOLDER, "memfd:secret", 12, false},
	{0, CT_FILE_NO_FOLDER, "[eventfd]", 9, true},
	{0, CT_FILE_NO_FOLDER, "", 0, true},
	{AF_UNIX, 0, "\0secret", 7, false},
	{AF_UNIX, 0, "/run/secret", 11, false},
};

static void test_files(void **state)
{
	struct redact *r = new_redact();
	size_t i, size;

	(void)state;
	for (i = 0; i < sizeof(files) / sizeof(files[0]); i++) {
		union ct_event ev = {.file = {.h = {.type = CT_FILE}}};
		const union ct_event *out;

		ev.file.family = (unsigned short)files[i].family;
		ev.file.flags = files[i].flags;
		ev.file.text_len = (unsigned short)files[i].len;
		memcpy(ev.file.text, files[i].text, files[i].len);
		out = redact(r, &ev, &size);
		assert_non_null(out);
		assert_false(contains(out, size, "secret") || contains(out, size, "home"));
		assert_true(contains(out, size, REDACT_PREFIX) != files[i].stays);
		if (files[i].stays)
			assert_memory_equal(out, &ev, size);
	}
	redact__free(r);
}

static const struct {
	unsigned int family;
	unsigned char address[16];
	bool stays;
} addresses[] = {
	{AF_INET, {127, 0, 0, 1}, true},
	{AF_INET, {0}, true},
	{AF_INET, {192, 0, 2, 7}, false},
	{AF_INET6, {[15] = 1}, true},
	{AF_INET6, {0x20, 1, 0xd, 0xb8, 1}, false},
};

static void test_addresses(void **state)
{
	struct redact *r = new_redact();
	size_t i, size;

	(void)state;
	for (i = 0; i < sizeof(addresses) / sizeof(addresses[0]); i++) {
		union ct_event ev = {.file = {.h = {.type = CT_FILE}, .peer_port = 443}};
		const union ct_event *out;

		ev.file.family = (unsigned short)addresses[i].family;
		memcpy(ev.file.peer, addresses[i].address, 16);
		memcpy(ev.file.local, addresses[i].address, 16);
		out = redact(r, &ev, &size);
		assert_memory_equal(out->file.peer, out->file.local, 16);
		assert_true(!memcmp(out->file.peer, ev.file.peer, 16) == addresses[i].stays);
		assert_int_equal(out->file.peer_port, 443);
	}
	redact__free(r);
}

static const struct {
	const char *path;
	bool stays;
} paths[] = {
	{"/usr/lib/x86_64-linux-gnu/libc.so.6", true},
	{"/lib64/ld-linux-x86-64.so.2", true},
	{"[vdso]", true},
	{"//anon", true},
	{"/opt/secret/lib/libc.so.6", false},
	{"/usr/libsecret.so", false},
	{"secret/usr/lib/libc.so.6", false}, /* the end of a longer one */
};

static void test_maps(void **state)
{
	struct redact *r = new_redact();
	size_t i, size;

	(void)state;
	for (i = 0; i < sizeof(paths) / sizeof(paths[0]); i++) {
		union ct_event ev = {.map = {.h = {.type = CT_MAP}, .build_id_len = 20}};
		const union ct_event *out;

		memset(ev.map.build_id, 7, sizeof(ev.map.build_id));
		ev.map.text_len = (unsigned short)strlen(paths[i].path);
		memcpy(ev.map.text, paths[i].path, ev.map.text_len);
		out = redact(r, &ev, &size);
		assert_false(contains(out, size, "secret"));
		assert_true((out->map.text_len == ev.map.text_len &&
			     !memcmp(out->map.text, ev.map.text, ev.map.text_len)) ==
			    paths[i].stays);
		assert_true((out->map.build_id_len == 20) == paths[i].stays);
	}
	redact__free(r);
}

static void test_others(void **state)
{
	union ct_event fork = {.fork = {.h = {.type = CT_FORK}, .comm = "secret-of-15-ch"}};
	union ct_event rename = {.rename = {.h = {.type = CT_RENAME}, .comm = "secret-of-15-ch"}};
	union ct_event end = {.end = {.h = {.type = CT_END}}};
	union ct_event code = {.python_code = {.h = {.type = CT_PYTHON_CODE},
					       .name_kind = 1,
					       .file_kind = 4,
					       .name_len = 3,
					       .file_len = 16,
					       .name = "run",
					       .file = {'s', 0, 0, 0, 'e', 0, 0, 0}}};
	union ct_event thread = {.python_thread = {.h = {.type = CT_PYTHON_THREAD},
						   .name_kind = 1,
						   .name_len = 6,
						   .name = "secret"}};
	union ct_event task = {.python_task = {.h = {.type = CT_PYTHON_TASK},
					       .name_kind = 1,
					       .coroutine_kind = 1,
					       .name_len = 6,
					       .coroutine_len = 3,
					       .name = "secret",
					       .coroutine = "run"}};
	union ct_event blob = {.blob = {.h = {.type = CT_BLOB}, .kind = CT_BLOB_MOUNTS, .len = 6}};
	struct redact *r = new_redact(), *other = new_redact();
	const union ct_event *out;
	char comm[CT_COMM_LEN];
	size_t size;

	(void)state;
	out = redact(r, &fork, &size);
	assert_false(contains(out, size, "secret"));
	assert_int_equal(out->fork.comm[0], '~');
	memcpy(comm, out->fork.comm, sizeof(comm));
	assert_string_equal(redact(r, &rename, &size)->rename.comm, comm);
	/* Another recording has another key. */
	assert_string_not_equal(redact(other, &rename, &size)->rename.comm, comm);
	assert_ptr_equal(redact(r, &end, &size), &end);
	out = redact(r, &code, &size);
	assert_int_equal(out->python_code.file_kind, 1);
	assert_memory_equal(out->python_code.name, "run", 3);
	assert_memory_equal(out->python_code.file, REDACT_PREFIX, strlen(REDACT_PREFIX));
	out = redact(r, &thread, &size);
	assert_false(contains(out, size, "secret"));
	assert_memory_equal(out->python_thread.name, REDACT_PREFIX, strlen(REDACT_PREFIX));
	out = redact(r, &task, &size);
	assert_false(contains(out, size, "secret"));
	assert_memory_equal(out->python_task.coroutine, "run", 3);
	assert_null(redact(r, &blob, &size));
	blob.blob.kind = CT_BLOB_VDSO;
	assert_ptr_equal(redact(r, &blob, &size), &blob);
	redact__free(r);
	redact__free(other);
}

static void test_info(void **state)
{
	char *argv[] = {(char[]){"/bin/secret"}, (char[]){""}, (char[]){"/bin/secret"}, NULL};
	struct trace_info info = {.hostname = "secrethost", .argc = 3, .argv = argv};
	struct redact *r = new_redact();

	(void)state;
	assert_int_equal(redact__info(r, &info), 0);
	assert_null(strstr(info.hostname, "secret"));
	assert_string_equal(info.argv[0], info.argv[2]);
	assert_null(strstr(info.argv[0], "secret"));
	assert_string_equal(info.argv[1], "");
	assert_null(info.argv[3]);
	assert_string_equal(argv[0], "/bin/secret");
	redact__free(r);
}

/* Of 00 01 02 ... by that key. */
static void test_siphash(void **state)
{
	static const uint64_t key[2] = {0x0706050403020100, 0x0f0e0d0c0b0a0908};
	unsigned char data[15];
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(data); i++)
		data[i] = (unsigned char)i;
	/* The example of the paper, appendix A. */
	assert_int_equal(siphash(key, data, sizeof(data)), 0xa129ca6149be45e5);
	assert_int_equal(siphash(key, data, 0), 0x726fdb47dd0e0e31);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_words),	   cmocka_unit_test(test_arm64),
		cmocka_unit_test(test_later_code), cmocka_unit_test(test_exec),
		cmocka_unit_test(test_files),	   cmocka_unit_test(test_addresses),
		cmocka_unit_test(test_maps),	   cmocka_unit_test(test_others),
		cmocka_unit_test(test_info),	   cmocka_unit_test(test_siphash),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
