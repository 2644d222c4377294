// SPDX-License-Identifier: GPL-2.0-only
/*
 * Says that it is CPython 3.11, and has something in place of the interpreter's state:
 *
 *	fakepython WHAT [ROUNDS]
 *
 * sound	two functions, as an interpreter would have them
 * threads	lists of interpreters and threads that lead in circles
 * frames	a chain of frames that leads to itself
 * lengths	names and tables that say that they are huge, of characters of no size
 * unmapped	pointers to nowhere
 * noise	random bytes, others in each round
 *
 * Sleeps ROUNDS times for half a millisecond. The offsets are those of 3.11.
 */
#include <pthread.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#define STATE_BYTES 4096
#define BLOCK	    512

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
	put(block, 16, strlen(text), 8);
	put(block, 32, 0x60 | 1 << 2, 4); /* compact, ASCII, of one byte */
	memcpy(blocks[block] + 48, text, strlen(text));
}

static void put_code(enum block code, enum block name, unsigned int line)
{
	put(code, 72, line, 4);
	point(code, 112, FILE_NAME);
	point(code, 128, name);
	point(code, 136, LINES);
}

static void put_frame(enum block frame, enum block code)
{
	point(frame, 32, code);
	put(frame, 56, (uintptr_t)blocks[code] + 184, 8);
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
	put_code(INNER_CODE, INNER_NAME, 7);
	put_code(OUTER_CODE, OUTER_NAME, 20);
	put_text(INNER_NAME, "inner");
	put_text(OUTER_NAME, "outer");
	put_text(FILE_NAME, "/nowhere/fake.py");
	put(LINES, 16, sizeof(lines), 8);
	memcpy(blocks[LINES] + 32, lines, sizeof(lines));
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

	make_sound();
	if (!strcmp(what, "threads"))
		make_threads();
	else if (!strcmp(what, "frames"))
		point(OUTER, 48, INNER);
	else if (!strcmp(what, "lengths"))
		make_lengths();
	else if (!strcmp(what, "unmapped"))
		make_unmapped();
	else if (strcmp(what, "noise") && strcmp(what, "sound"))
		return 2;
	for (; rounds > 0; rounds--) {
		if (!strcmp(what, "noise"))
			make_noise();
		nanosleep(&nap, NULL);
	}
	return 0;
}
