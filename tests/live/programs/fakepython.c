// SPDX-License-Identifier: GPL-2.0-only
/*
 * Says that it is CPython 3.11, and has something in place of the interpreter's state:
 *
 *	fakepython WHAT [ROUNDS]
 *
 * sound	two functions, as an interpreter would have them
 * threads	lists of interpreters and threads that lead in circles
 * frames	a chain of frames that leads to itself
 * task	the same inside of a task of asyncio, waiting for events in between
 * chunks	memory for frames that leads in a circle
 * types	names of a thread and a task that are of another type than str
 * labels	names of a thread and a task that say that they are huge, among many attributes
 * lengths	names and tables that say that they are huge, of characters of no size
 * unmapped	pointers to nowhere
 * noise	random bytes, others in each round
 *
 * Sleeps ROUNDS times for half a millisecond. The offsets are those of 3.11.
 */
#include <poll.h>
#include <pthread.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#define STATE_BYTES 4096
#define BLOCK	    1024
#define OBJECT	    64 /* where in its block the Thread is: there is something before it */
#define FIRST_FRAME 32

extern unsigned char _PyRuntime[STATE_BYTES];
extern const unsigned long Py_Version;
__attribute__((used, visibility("default"))) unsigned char _PyRuntime[STATE_BYTES];
__attribute__((used, visibility("default"))) const unsigned long Py_Version = 0x030b02f0;

enum block {
	INTERPRETER,
	THREAD,
	OTHER_THREAD,
	CFRAME,
	INNER,
	OUTER,
	INNER_CODE,
	OUTER_CODE,
	INNER_NAME,
	OUTER_NAME,
	FILE_NAME,
	LINES,
	TEXT, /* the type str */
	TEXT_NAME,
	CHUNK, /* with the thread's first frame */
	FIRST_CODE,
	FIRST_NAME,
	SELF,
	TYPE,
	KEYS,
	KEY,
	OTHER_KEY,
	VALUES,
	THREAD_NAME,
	HANDLE_FRAME,
	HANDLE_CODE,
	HANDLE_NAME,
	HANDLE_FILE,
	HANDLE,
	STEP, /* the callback */
	STEP_TYPE,
	STEP_NAME,
	TASK,
	TASK_NAME,
	COROUTINE,
	COROUTINE_TYPE,
	COROUTINE_TYPE_NAME,
	COROUTINE_NAME,
	BLOCKS
};
static _Alignas(16) unsigned char blocks[BLOCKS][BLOCK];

static void put(enum block block, size_t at, uint64_t value, size_t bytes)
{
	memcpy(blocks[block] + at, &value, bytes);
}

static void point(enum block from, size_t at, enum block to)
{
	put(from, at, (uintptr_t)blocks[to], 8);
}

static void put_text(enum block block, const char *text)
{
	point(block, 8, TEXT);
	put(block, 16, strlen(text), 8);
	put(block, 32, 0x60 | 1 << 2, 4); /* compact, ASCII, of one byte */
	memcpy(blocks[block] + 48, text, strlen(text));
}

static void put_type(enum block type, enum block name, const char *text)
{
	point(type, 24, name);
	memcpy(blocks[name], text, strlen(text) + 1);
}

static void put_code(enum block code, enum block name, enum block file, unsigned int line)
{
	put(code, 72, line, 4);
	point(code, 112, file);
	point(code, 128, name);
	point(code, 136, LINES);
}

static void put_frame(enum block frame, enum block code)
{
	point(frame, 32, code);
	put(frame, 56, (uintptr_t)blocks[code] + 184, 8);
}

static void make_thread(void)
{
	uint64_t self = (uintptr_t)blocks[SELF] + OBJECT;

	put_type(TEXT, TEXT_NAME, "str");
	point(THREAD, 296, CHUNK);
	point(CHUNK, FIRST_FRAME + 32, FIRST_CODE);
	put(CHUNK, FIRST_FRAME + 72, self, 8);
	point(FIRST_CODE, 128, FIRST_NAME);
	put_text(FIRST_NAME, "Thread._bootstrap");
	point(SELF, OBJECT + 8, TYPE);
	point(SELF, OBJECT - 32, VALUES);
	put(TYPE, 168, 0x10, 8);
	point(TYPE, 872, KEYS);
	put(KEYS, 8, 2 << 16 | 3 << 8 | 3, 8);
	put(KEYS, 24, 2, 8);
	point(KEYS, 40, OTHER_KEY);
	point(KEYS, 40 + 16, KEY);
	put_text(OTHER_KEY, "_named");
	put_text(KEY, "_name");
	point(VALUES, 0, FILE_NAME);
	point(VALUES, 8, THREAD_NAME);
	put_text(THREAD_NAME, "not a thread");
}

static void make_task(void)
{
	point(OUTER, 48, HANDLE_FRAME);
	put_frame(HANDLE_FRAME, HANDLE_CODE);
	put_code(HANDLE_CODE, HANDLE_NAME, HANDLE_FILE, 80);
	put_text(HANDLE_NAME, "Handle._run");
	put_text(HANDLE_FILE, "/nowhere/asyncio/events.py");
	point(HANDLE_FRAME, 72, HANDLE);
	point(HANDLE, 24, STEP);
	point(STEP, 8, STEP_TYPE);
	put_type(STEP_TYPE, STEP_NAME, "TaskStepMethWrapper");
	point(STEP, 16, TASK);
	point(TASK, 144, TASK_NAME);
	put_text(TASK_NAME, "not a task");
	point(TASK, 136, COROUTINE);
	point(COROUTINE, 8, COROUTINE_TYPE);
	put_type(COROUTINE_TYPE, COROUTINE_TYPE_NAME, "coroutine");
	point(COROUTINE, 40, COROUTINE_NAME);
	put_text(COROUTINE_NAME, "Made.up");
}

static void make_sound(void)
{
	static const unsigned char lines[] = {0x80, 0x00, 0xd9, 0x00, 0x00};
	uint64_t head = (uintptr_t)blocks[INTERPRETER];

	memcpy(_PyRuntime + 40, &head, sizeof(head));
	point(INTERPRETER, 16, OTHER_THREAD);
	point(OTHER_THREAD, 8, THREAD);
	put(THREAD, 152, (uint64_t)pthread_self(), 8);
	point(THREAD, 56, CFRAME);
	point(CFRAME, 8, INNER);
	point(INNER, 48, OUTER);
	put_frame(INNER, INNER_CODE);
	put_frame(OUTER, OUTER_CODE);
	put_code(INNER_CODE, INNER_NAME, FILE_NAME, 7);
	put_code(OUTER_CODE, OUTER_NAME, FILE_NAME, 20);
	put_text(INNER_NAME, "inner");
	put_text(OUTER_NAME, "outer");
	put_text(FILE_NAME, "/nowhere/fake.py");
	put(LINES, 16, sizeof(lines), 8);
	memcpy(blocks[LINES] + 32, lines, sizeof(lines));
	make_thread();
}

static void make_types(void)
{
	make_task();
	put_type(TEXT, TEXT_NAME, "strange");
}

static void make_labels(void)
{
	make_task();
	put(THREAD_NAME, 16, 1ull << 40, 8);
	put(KEYS, 24, 1ull << 60, 8);
	put(KEYS, 8, 63 << 8, 8);
	put(TASK_NAME, 32, 0x60 | 7 << 2, 4);
	put(COROUTINE_NAME, 16, UINT64_MAX, 8);
}

static void make_threads(void)
{
	put(THREAD, 152, 1, 8); /* nobody's */
	point(THREAD, 8, OTHER_THREAD);
	point(INTERPRETER, 0, INTERPRETER);
}

static void make_lengths(void)
{
	put(INNER_NAME, 16, 1ull << 40, 8);
	put(OUTER_NAME, 16, UINT64_MAX, 8);
	put(FILE_NAME, 32, 0x60 | 7 << 2, 4);
	put(LINES, 16, 1ull << 62, 8);
	put(OUTER_CODE, 72, UINT32_MAX, 4);
}

static void make_unmapped(void)
{
	put(INNER, 32, 0xdead000000000000ull, 8);
	put(OUTER, 48, 0x1000, 8);
	put(OUTER_CODE, 112, UINT64_MAX, 8);
	put(OUTER_CODE, 128, 8, 8);
	put(OUTER_CODE, 136, 1ull << 47, 8);
}

static uint64_t seed = 88172645463325252ull;

static uint64_t next(void)
{
	seed ^= seed << 13;
	seed ^= seed >> 7;
	seed ^= seed << 17;
	return seed;
}

/* Mostly words that point to one another, and sometimes the thread's own id. */
static void make_noise(void)
{
	size_t i, at;

	for (i = 0; i < BLOCKS; i++)
		for (at = 0; at + 8 <= BLOCK; at += 8) {
			uint64_t word = next();

			if (word % 4)
				word = (uintptr_t)blocks[word / 8 % BLOCKS];
			else if (word % 8)
				word %= 4096;
			put((enum block)i, at, word, 8);
		}
	if (next() % 2)
		put(THREAD, 152, (uint64_t)pthread_self(), 8);
	if (next() % 2)
		point(INTERPRETER, 16, THREAD);
}

int main(int argc, char **argv)
{
	const char *what = argc > 1 ? argv[1] : "sound";
	int rounds = argc > 2 ? atoi(argv[2]) : 100;
	const struct timespec nap = {0, 500000};
	struct pollfd never = {.events = POLLIN};
	bool polls;
	int ends[2];

	if (pipe(ends))
		return 1;
	never.fd = ends[0];
	polls = !strcmp(what, "task") || !strcmp(what, "types") || !strcmp(what, "labels");
	make_sound();
	if (!strcmp(what, "threads"))
		make_threads();
	else if (!strcmp(what, "frames"))
		point(OUTER, 48, INNER);
	else if (!strcmp(what, "task"))
		make_task();
	else if (!strcmp(what, "types"))
		make_types();
	else if (!strcmp(what, "chunks"))
		point(CHUNK, 0, CHUNK);
	else if (!strcmp(what, "labels"))
		make_labels();
	else if (!strcmp(what, "lengths"))
		make_lengths();
	else if (!strcmp(what, "unmapped"))
		make_unmapped();
	else if (strcmp(what, "noise") && strcmp(what, "sound"))
		return 2;
	poll(&never, 1, 150); /* until the recorder has seen what runs here */
	for (; rounds > 0; rounds--) {
		if (!strcmp(what, "noise"))
			make_noise();
		if (polls)
			poll(&never, 1, 1);
		nanosleep(&nap, NULL);
	}
	return 0;
}
