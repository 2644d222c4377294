/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * A failure that the user will read: a code for the program, one line for the person.
 *
 * Functions that can fail for a reason worth telling take a `struct error *` last, fill it and
 * return its negative errno. It may be NULL: then only the code is returned.
 */
#ifndef LIB_ERROR_H
#define LIB_ERROR_H

struct error {
	int code; /* negative errno; 0 = none */
	char text[512];
};

/* Sets code and text; returns code, so that callers can `return error__set(...)`. */
int error__set(struct error *err, int code, const char *fmt, ...)
	__attribute__((format(printf, 3, 4)));

/* Same, and appends ": " and the errno's own words. */
int error__errno(struct error *err, int code, const char *fmt, ...)
	__attribute__((format(printf, 3, 4)));

#endif
