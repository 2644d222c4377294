// SPDX-License-Identifier: GPL-2.0-only
/* libgomp's barrier at the end of a parallel loop, with one thread that is late; or its lock. */
#include <omp.h>
#include <string.h>

#include "truth.h"

static long sum;

static void loops(void)
{
	for (int round = 0; round < 100; round++) {
#pragma omp parallel num_threads(3)
		{
			if (omp_get_thread_num() == 0)
				truth_sleep_us(3000);
#pragma omp barrier
			__atomic_fetch_add(&sum, 1, __ATOMIC_RELAXED);
		}
	}
}

static void critical(void)
{
#pragma omp parallel num_threads(4)
	for (int round = 0; round < 300; round++) {
#pragma omp critical
		{
			sum++;
			truth_sleep_us(200);
		}
	}
}

int main(int argc, char **argv)
{
	truth_begin();
	if (argc == 2 && !strcmp(argv[1], "critical"))
		critical();
	else
		loops();
	truth_end();
	return sum == 0;
}
