/* SPDX-License-Identifier: GPL-2.0-only */
/* A place in a program: what unwinding gives, what names are found for. Types only. */
#ifndef SYMBOL_FRAME_H
#define SYMBOL_FRAME_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct module;

/* One level of a call chain, innermost first. */
struct frame {
	const struct module *module; /* NULL = no mapping is known there */
	/*
	 * In the module's own addresses, those of its ELF file; of a caller: inside the call,
	 * return address - 1. Of a file that could not be read: the offset in it. Of generated
	 * code, and where no module is known: as the process had it.
	 */
	uint64_t address;
	uint64_t ip; /* as the process had it: of a caller the return address */
};

enum stack_end {
	STACK_COMPLETE,	 /* the outermost frame was reached */
	STACK_TRUNCATED, /* the copy of the stack ended before */
	STACK_NO_INFO, /* a module without call-frame information and frame pointers, or unknown */
};

/* What is known of a place. Strings live as long as the module. */
struct place {
	const char *function; /* demangled; NULL = not known */
	const char *file;     /* NULL = no line information */
	unsigned int line;
	bool exported_only; /* the function is the nearest exported symbol: it may be another */
};

#endif
