// SPDX-License-Identifier: GPL-2.0-only
/* A library for `chain library`: call_back > in_library > what it is given. */

void call_back(void (*fn)(long), long n);

static __attribute__((noipa)) void in_library(void (*fn)(long), long n)
{
	fn(n);
	__asm__ volatile("");
}

void call_back(void (*fn)(long), long n)
{
	in_library(fn, n);
	__asm__ volatile("");
}
