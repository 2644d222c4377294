// SPDX-License-Identifier: GPL-2.0-only
/*
 * What records tell of process images, call chains and sync objects, with the symbol room as it
 * is: this very program is the traced one.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>

#include "model/objects.h"
#include "model/spaces.h"
#include "model/stacks.h"
#include "symbol/maps.h"
#include "symbol/modules.h"
#include "symbol/unwind.h"

#define PID 100

struct room {
	struct modules *modules;
	struct spaces *spaces;
	struct stacks *stacks;
};

static int setup(void **state)
{
	struct room *room = calloc(1, sizeof(*room));

	assert_non_null(room);
	room->modules = modules__new();
	room->spaces = spaces__new(room->modules, 0);
	room->stacks = stacks__new();
	assert_true(room->spaces && room->stacks);
	*state = room;
	return 0;
}

static int teardown(void **state)
{
	struct room *room = *state;

	stacks__free(room->stacks);
	spaces__free(room->spaces);
	modules__free(room->modules);
	free(room);
	return 0;
}

/* --- images --- */

static int map_reset(struct room *room, uint32_t pid, unsigned int flags)
{
	const struct ct_map map = {
		.h = {.type = CT_MAP}, .pid = pid, .flags = CT_MAP_RESET | flags};

	return spaces__map(room->spaces, &map);
}

static int map_at(struct room *room, uint32_t pid, uint64_t start, uint64_t len, const char *path)
{
	struct ct_map map = {.h = {.type = CT_MAP},
			     .pid = pid,
			     .flags = CT_MAP_EXEC,
			     .start = start,
			     .len = len,
			     .ino = start,
			     .text_len = (unsigned short)strlen(path)};

	memcpy(map.text, path, strlen(path));
	return spaces__map(room->spaces, &map);
}

/* The path of what an image has at an address; "" = nothing. */
static const char *path_at(struct room *room, uint32_t id, uint64_t address)
{
	struct frame frame = spaces__frame(room->spaces, id, address);

	return frame.module ? module__path(frame.module) : "";
}

static void test_image_of_a_process(void **state)
{
	struct room *room = *state;
	uint32_t id = spaces__of_process(room->spaces, PID);

	assert_int_not_equal(id, 0);
	assert_int_equal(spaces__of_process(room->spaces, PID), id);
	assert_int_equal(spaces__at(room->spaces, id)->pid, PID);
	/* Nothing is known of it yet, which is not the same as that there is nothing. */
	assert_null(spaces__at(room->spaces, id)->maps);
	assert_int_equal(map_at(room, PID, 0x1000, 0x1000, "/lib/a"), 0);
	assert_non_null(spaces__at(room->spaces, id)->maps);
	assert_string_equal(path_at(room, id, 0x1000), "/lib/a");
	assert_string_equal(path_at(room, id, 0x1fff), "/lib/a");
	assert_string_equal(path_at(room, id, 0x2000), "");
	assert_string_equal(path_at(room, 0, 0x1000), "");
	assert_string_equal(path_at(room, 99, 0x1000), "");
	assert_null(spaces__at(room->spaces, 0));
	assert_null(spaces__at(room->spaces, 99));
}

static void test_exec(void **state)
{
	struct room *room = *state;
	uint32_t old = spaces__of_process(room->spaces, PID), new;

	map_at(room, PID, 0x1000, 0x1000, "/bin/old");
	/* The kernel maps the new program before it reports the exec. */
	assert_int_equal(map_reset(room, PID, 0), 0);
	map_at(room, PID, 0x1000, 0x1000, "/bin/new");
	assert_int_equal(spaces__of_process(room->spaces, PID), old);
	new = spaces__exec(room->spaces, PID);
	assert_int_not_equal(new, old);
	assert_int_equal(spaces__of_process(room->spaces, PID), new);
	map_at(room, PID, 0x5000, 0x1000, "/lib/late");
	assert_string_equal(path_at(room, old, 0x1000), "/bin/old");
	assert_string_equal(path_at(room, old, 0x5000), "");
	assert_string_equal(path_at(room, new, 0x1000), "/bin/new");
	assert_string_equal(path_at(room, new, 0x5000), "/lib/late");
}

static void test_exec_without_mappings(void **state)
{
	struct room *room = *state;
	uint32_t old = spaces__of_process(room->spaces, PID), new;

	map_at(room, PID, 0x1000, 0x1000, "/bin/old");
	new = spaces__exec(room->spaces, PID);
	assert_int_not_equal(new, old);
	assert_string_equal(path_at(room, new, 0x1000), "");
}

static void test_what_was_found_is_no_new_program(void **state)
{
	struct room *room = *state;
	uint32_t id = spaces__of_process(room->spaces, PID);

	assert_int_equal(map_reset(room, PID, CT_MAP_FOUND), 0);
	map_at(room, PID, 0x1000, 0x1000, "/bin/same");
	assert_int_equal(spaces__of_process(room->spaces, PID), id);
	assert_string_equal(path_at(room, id, 0x1000), "/bin/same");
}

static void test_fork(void **state)
{
	struct room *room = *state;
	uint32_t parent = spaces__of_process(room->spaces, PID), child;

	map_at(room, PID, 0x1000, 0x1000, "/bin/both");
	child = spaces__fork(room->spaces, parent, PID + 1);
	assert_int_not_equal(child, parent);
	assert_int_equal(spaces__at(room->spaces, child)->pid, PID + 1);
	assert_non_null(spaces__at(room->spaces, child)->maps);
	map_at(room, PID, 0x3000, 0x1000, "/lib/parents");
	map_at(room, PID + 1, 0x3000, 0x1000, "/lib/childs");
	assert_string_equal(path_at(room, child, 0x1000), "/bin/both");
	assert_string_equal(path_at(room, child, 0x3000), "/lib/childs");
	assert_string_equal(path_at(room, parent, 0x3000), "/lib/parents");
	/* Of a parent that is not known: an image of which nothing is known. */
	assert_null(spaces__at(room->spaces, spaces__fork(room->spaces, 99, PID + 2))->maps);
}

static void test_pid_is_used_again(void **state)
{
	struct room *room = *state;
	uint32_t parent = spaces__of_process(room->spaces, 1);
	uint32_t first = spaces__fork(room->spaces, parent, PID), second;

	map_at(room, PID, 0x1000, 0x1000, "/bin/first");
	second = spaces__fork(room->spaces, parent, PID);
	map_at(room, PID, 0x1000, 0x1000, "/bin/second");
	assert_string_equal(path_at(room, first, 0x1000), "/bin/first");
	assert_string_equal(path_at(room, second, 0x1000), "/bin/second");
}

static void test_damaged_mappings(void **state)
{
	struct room *room = *state;
	uint32_t id = spaces__of_process(room->spaces, PID);
	struct ct_map map = {.pid = PID, .flags = CT_MAP_EXEC, .start = 16, .len = UINT64_MAX};

	assert_int_equal(spaces__map(room->spaces, &map), 0);
	map.len = 4096;
	map.build_id_len = CT_BUILD_ID + 1;
	assert_int_equal(spaces__map(room->spaces, &map), 0);
	map.build_id_len = 0;
	map.text_len = UINT16_MAX; /* more than there is room for */
	assert_int_equal(spaces__map(room->spaces, &map), 0);
	memset(map.text, 'x', sizeof(map.text));
	map.start = 0x9000;
	map.text_len = CT_PATH_LEN;
	assert_int_equal(spaces__map(room->spaces, &map), 0);
	assert_int_equal(strlen(path_at(room, id, 0x9000)), CT_PATH_LEN);
}

/* --- call chains: of this program --- */

/* What perf would tell of this program's executable file. */
static struct ct_map own_code(void)
{
	struct ct_map map = {.pid = PID, .flags = CT_MAP_EXEC};
	char line[512], path[256];
	uint64_t here = (uint64_t)(uintptr_t)own_code, end = 0;
	FILE *maps = fopen("/proc/self/maps", "re");
	struct stat st;
	bool found = false;

	assert_non_null(maps);
	while (!found && fgets(line, sizeof(line), maps)) {
		unsigned long long start, stop, pgoff;

		found = sscanf(line, "%llx-%llx %*s %llx %*s %*s %255s", &start, &stop, &pgoff,
			       path) == 4 &&
			start <= here && here < stop;
		map.start = start;
		map.pgoff = pgoff;
		end = stop;
	}
	fclose(maps);
	assert_true(found);
	map.len = end - map.start;
	assert_int_equal(stat(path, &st), 0);
	map.ino = st.st_ino;
	map.dev_major = major(st.st_dev);
	map.dev_minor = minor(st.st_dev);
	map.text_len = (unsigned short)strlen(path);
	memcpy(map.text, path, map.text_len);
	return map;
}

/* No sanitizer looks at what is read here: it is others' memory, and theirs to know. */
__attribute__((no_sanitize("address"))) static uint64_t word_at(uint64_t address)
{
	return *(const volatile uint64_t *)(uintptr_t)address;
}

/* As the kernel side sends it: a copy of this thread's stack, from the caller's frame on. */
static __attribute__((noinline)) void copy_stack(struct ct_stack *stack, uint64_t id)
{
	uint64_t frame = (uint64_t)(uintptr_t)__builtin_frame_address(0), i, word;

	memset(stack, 0, offsetof(struct ct_stack, bytes));
	stack->id = id;
	stack->pid = PID;
	stack->regs.ip = (uint64_t)(uintptr_t)__builtin_return_address(0);
	stack->regs.bp = word_at(frame);
	stack->regs.sp = (uint64_t)(uintptr_t)__builtin_dwarf_cfa();
	stack->len = 1024;
	for (i = 0; i < stack->len; i += sizeof(word)) {
		word = word_at(stack->regs.sp + i);
		memcpy(stack->bytes + i, &word, sizeof(word));
	}
}

static struct ct_stack raw;

static int add_raw(struct stacks *s, const struct model_space *space)
{
	struct unwind_input in = {.regs = raw.regs, .bytes = raw.bytes, .len = raw.len};

#ifdef __aarch64__
	in.is_arm64 = true;
	in.arm64 = (struct ct_regs_arm64){.ip = raw.regs.ip, .sp = raw.regs.sp, .fp = raw.regs.bp};
#endif
	return stacks__add(s, raw.id, &in, space);
}

static __attribute__((noinline)) void known_caller(uint64_t id)
{
	copy_stack(&raw, id);
	__asm__ volatile("" ::: "memory");
}

/* The name of the innermost function; "" = not known. */
static const char *innermost(const struct model_stack *stack)
{
	struct place place = {0};

	if (!stack->nframes || !stack->frames[0].module)
		return "";
	module__place(stack->frames[0].module, stack->frames[0].address, &place);
	return place.function ? place.function : "";
}

static void test_chain(void **state)
{
	struct room *room = *state;
	uint32_t id = spaces__of_process(room->spaces, PID);
	const struct ct_map code = own_code();
	const struct model_stack *stack;

	assert_int_equal(spaces__map(room->spaces, &code), 0);
	known_caller(7);
	assert_null(stacks__find(room->stacks, 7));
	assert_int_equal(add_raw(room->stacks, spaces__at(room->spaces, id)), 0);
	stack = stacks__find(room->stacks, 7);
	assert_non_null(stack);
	assert_string_equal(innermost(stack), "known_caller");
	assert_true(stack->nframes >= 2);
	assert_int_equal(stack->space, id);
	assert_int_equal(stack->id, 7);
	assert_int_equal(stacks__count(room->stacks), 1);
	assert_null(stacks__find(room->stacks, 0));
	/* The same id again changes nothing that is complete, nor what is no longer. */
	raw.len = 16;
	assert_int_equal(add_raw(room->stacks, spaces__at(room->spaces, id)), 0);
	assert_ptr_equal(stacks__find(room->stacks, 7), stack);
	raw.len = CT_STACK_MOST + 1;
	raw.id = 8;
	assert_int_equal(add_raw(room->stacks, spaces__at(room->spaces, id)), 0);
	assert_null(stacks__find(room->stacks, 8));
}

/* A longer copy of the same chain takes the place of one that was cut. */
static void test_chain_that_was_cut(void **state)
{
	struct room *room = *state;
	uint32_t id = spaces__of_process(room->spaces, PID);
	const struct ct_map code = own_code();
	const struct model_stack *cut, *longer;

	spaces__map(room->spaces, &code);
	known_caller(7);
	raw.len = 8;
	add_raw(room->stacks, spaces__at(room->spaces, id));
	cut = stacks__find(room->stacks, 7);
	assert_non_null(cut);
	assert_int_not_equal(cut->end, STACK_COMPLETE);
	raw.len = 1024;
	add_raw(room->stacks, spaces__at(room->spaces, id));
	longer = stacks__find(room->stacks, 7);
	assert_true(longer->nframes > cut->nframes);
	assert_int_equal(longer->index, cut->index);
	assert_int_equal(stacks__count(room->stacks), 1);
}

/* What a process had mapped before the recording is told after its first stacks. */
static void test_chain_before_its_image(void **state)
{
	struct room *room = *state;
	uint32_t id = spaces__of_process(room->spaces, PID);
	const struct ct_map code = own_code();

	known_caller(7);
	assert_int_equal(add_raw(room->stacks, spaces__at(room->spaces, id)), 0);
	assert_int_equal(add_raw(room->stacks, NULL), 0);
	assert_null(stacks__find(room->stacks, 7));
	map_reset(room, PID, CT_MAP_FOUND);
	spaces__map(room->spaces, &code);
	assert_string_equal(innermost(stacks__find(room->stacks, 7)), "known_caller");
	assert_int_equal(stacks__count(room->stacks), 1);
	/* So many are kept at most; the rest has no names. */
	for (uint64_t i = 0; i < STACKS_WAITING + 10; i++) {
		raw.id = 1000 + i;
		raw.len = 8;
		add_raw(room->stacks,
			spaces__at(room->spaces, spaces__of_process(room->spaces, PID + 1)));
	}
	assert_null(stacks__find(room->stacks, 1000));
}

/* --- sync objects --- */

static void test_objects(void **state)
{
	struct objects *o = objects__new();
	const struct object_key key = {1, 0x7000}, elsewhere = {2, 0x7000}, shared = {0, 0x7000};
	struct sync_object *object;

	(void)state;
	assert_non_null(o);
	assert_null(objects__find(o, key));
	object = objects__get(o, key, PID, 0x7000, CAUSE_FUTEX, 0);
	assert_int_equal(object->kind, CAUSE_FUTEX);
	assert_false(object->shared);
	/* Its kind is learnt from a later wait, and kept. */
	assert_ptr_equal(objects__get(o, key, PID, 0x7000, CAUSE_MUTEX, 0), object);
	assert_int_equal(object->kind, CAUSE_MUTEX);
	assert_ptr_equal(objects__get(o, key, PID, 0x7000, CAUSE_FUTEX, 0), object);
	assert_int_equal(object->kind, CAUSE_MUTEX);
	/* The same address in another image, and in shared memory, is another one. */
	assert_ptr_not_equal(objects__get(o, elsewhere, PID, 0x7000, CAUSE_MUTEX, 0), object);
	assert_true(objects__get(o, shared, PID, 0x9000, CAUSE_MUTEX, 0)->shared);
	assert_int_equal(objects__count(o), 3);
	assert_ptr_equal(objects__at(o, 0), object);
	assert_null(objects__at(o, 3));
	objects__free(o);
}

static void test_object_of_two_words(void **state)
{
	struct objects *o = objects__new();
	const struct object_key first = {1, 0x7028}, second = {1, 0x702c}, other = {1, 0x7058};
	struct sync_object *condvar = objects__get(o, first, PID, 0x7028, CAUSE_CONDVAR, 40);

	(void)state;
	assert_ptr_equal(objects__get(o, second, PID, 0x702c, CAUSE_CONDVAR, 44), condvar);
	assert_ptr_not_equal(objects__get(o, other, PID, 0x7058, CAUSE_CONDVAR, 40), condvar);
	assert_int_equal(objects__count(o), 2);
	assert_int_equal(condvar->offset, 40);
	objects__free(o);
}

static void test_many_objects(void **state)
{
	struct objects *o = objects__new();

	(void)state;
	/* Images and addresses that are one number if they are just added up. */
	for (uint32_t space = 1; space <= 20; space++) {
		for (uint64_t i = 0; i < 500; i++) {
			struct object_key key = {space, (i ^ space) << 40 | i << 3};

			assert_non_null(objects__get(o, key, PID, i, CAUSE_MUTEX, 0));
		}
	}
	assert_int_equal(objects__count(o), 10000);
	objects__free(o);
}

#define WITH_ROOM(test) cmocka_unit_test_setup_teardown(test, setup, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		WITH_ROOM(test_image_of_a_process),
		WITH_ROOM(test_exec),
		WITH_ROOM(test_exec_without_mappings),
		WITH_ROOM(test_what_was_found_is_no_new_program),
		WITH_ROOM(test_fork),
		WITH_ROOM(test_pid_is_used_again),
		WITH_ROOM(test_damaged_mappings),
		WITH_ROOM(test_chain),
		WITH_ROOM(test_chain_that_was_cut),
		WITH_ROOM(test_chain_before_its_image),
		cmocka_unit_test(test_objects),
		cmocka_unit_test(test_object_of_two_words),
		cmocka_unit_test(test_many_objects),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
