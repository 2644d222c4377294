/* SPDX-License-Identifier: GPL-2.0-only */
/* Numbers for people: "1.02 s", "31 ms", "48,120", "1.1 MB", "97 %". Always ASCII. */
#ifndef LIB_UNITS_H
#define LIB_UNITS_H

#include <stdint.h>

#define UNITS_LEN 32 /* bytes that every buffer here must have */

/* A unit and a number of decimals that suit a whole column: from units__scale(). */
struct units_scale {
	uint64_t step; /* ns that the last printed digit stands for */
	unsigned int decimals;
	const char *unit;
};

/* All write into buf, which has UNITS_LEN bytes, and return it. */
char *units__ns(char *buf, uint64_t ns);
/* With thousands separators. */
char *units__count(char *buf, uint64_t count);
/* Decimal: 1 MB = 1,000,000 bytes. */
char *units__bytes(char *buf, uint64_t bytes);
/* share: 0..1 */
char *units__percent(char *buf, double share);

/* The scale that units__ns() would choose for max_ns. */
struct units_scale units__scale(uint64_t max_ns);
/* ns in that scale; "-" for zero, "<0.01 s" where all digits would be zero. */
char *units__scaled(char *buf, const struct units_scale *scale, uint64_t ns);

#endif
