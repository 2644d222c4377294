/* SPDX-License-Identifier: GPL-2.0-only */
/* From the bytes of a trace file to all that is made of it; and files out of made-up records. */
#ifndef FUZZ_PASS_H
#define FUZZ_PASS_H

#include <stddef.h>
#include <stdint.h>

#include "tests/fuzz/lib/fuzz.h"

struct analyse_guest;
struct report;

/* What is made of a trace, by numbers that inputs may have. */
enum pass_form {
	PASS_TEXT,
	PASS_JSON,
	PASS_HTML,
	PASS_SVG,
	PASS_PERFETTO,
	PASS_CSV,
	PASS_DETAILS, /* the text report in full */
	PASS_FORMS
};

/* The form that a byte of an input stands for: those that take long are seldom. */
unsigned int pass__form(unsigned int byte);

/* A file in memory, with a name to open it by. The same two for the whole process. */
const char *pass__file(unsigned int which, const void *bytes, size_t size);

/*
 * Reads the trace through to the end and looks whether what comes out is as it must be: JSON that
 * parses, text without controls, markup that is well-formed.
 */
void pass__run(const char *trace, unsigned int form);
/* The report alone, NULL if the trace cannot be read. Free it. guest may be NULL. */
struct report *pass__report(const char *trace, const struct analyse_guest *guest);

#endif
