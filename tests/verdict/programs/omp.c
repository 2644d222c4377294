// SPDX-License-Identifier: GPL-2.0-only
/* Loops that OpenMP divides: in equal parts of unequal work, on demand, or evenly. */
#include "work.h"

#define MS    1000
#define STEPS 128

static FRAME void triangle(int i)
{
	COMPUTE_US(i * 110);
	FRAME_END();
}

/* The second half of the steps is three times the work of the first. */
static void play_static(void)
{
#pragma omp parallel for schedule(static)
	for (int i = 0; i < STEPS; i++)
		triangle(i);
}

static void play_dynamic(void)
{
#pragma omp parallel for schedule(dynamic, 1)
	for (int i = 0; i < STEPS; i++)
		triangle(i);
}

static FRAME void smooth(void)
{
	COMPUTE_US(2 * MS);
	FRAME_END();
}

static void play_even(void)
{
	for (int round = 0; round < 6; round++) {
#pragma omp parallel for schedule(static)
		for (int i = 0; i < STEPS / 2; i++)
			smooth();
	}
}

int main(int argc, char **argv)
{
	static const struct play plays[] = {
		{"static", play_static},
		{"dynamic", play_dynamic},
		{"even", play_even},
	};

	(void)argc;
	return PLAYS(plays, argv);
}
