// SPDX-License-Identifier: GPL-2.0-only
/*
 * Locks inside the C library. libc_locks stdio: four threads print to one stream, and hold it for
 * 100 us now and then. libc_locks malloc: eight threads share one arena.
 */
#include <malloc.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "truth.h"

#define KEPT 64

static FILE *stream;

FRAME void enter_stream(void)
{
	truth_log(stream, TRUTH_WANT);
	flockfile(stream);
	truth_log(stream, TRUTH_GOT);
}

FRAME void print_slowly(void)
{
	enter_stream();
	fputs("a line", stream);
	truth_sleep_us(100);
	truth_log(stream, TRUTH_RELEASING);
	funlockfile(stream);
	truth_log(stream, TRUTH_RELEASED);
}

static void *printing_thread(void *arg)
{
	while (truth_goes_on()) {
		print_slowly();
		truth_compute_us(10);
	}
	return arg;
}

FRAME void use_heap(void **kept, unsigned int *seed)
{
	for (int i = 0; i < 200; i++) {
		unsigned int place = (*seed = *seed * 1103515245 + 12345) >> 16;

		free(kept[place % KEPT]);
		kept[place % KEPT] = malloc(2000 + place % 6000);
	}
}

static void *heap_thread(void *arg)
{
	unsigned int seed = (unsigned int)(size_t)arg;
	void *kept[KEPT] = {0};

	while (truth_goes_on()) {
		use_heap(kept, &seed);
		if (!arg)
			malloc_trim(0);
	}
	for (int i = 0; i < KEPT; i++)
		free(kept[i]);
	return arg;
}

int main(int argc, char **argv)
{
	if (argc != 2)
		return 2;
	truth_begin();
	if (!strcmp(argv[1], "stdio")) {
		stream = fopen("/dev/null", "we");
		if (!stream)
			return 1;
		/* The stream's lock is behind it, in the same piece of heap. */
		truth_object("lock", stream, malloc_usable_size(stream));
		truth_threads(4, printing_thread);
	} else {
		mallopt(M_ARENA_MAX, 1);
		truth_threads(8, heap_thread);
	}
	truth_end();
	return 0;
}
