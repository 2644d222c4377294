/* SPDX-License-Identifier: GPL-2.0-only */
/* Names of functions and data as people write them, from those that linkers see. */
#ifndef SYMBOL_DEMANGLE_H
#define SYMBOL_DEMANGLE_H

#include <stdbool.h>

#include "lib/strbuf.h"

/*
 * Appends the name as it is in the source: C++ and Rust demangled; without what compilers and
 * linkers append to copies and parts of functions (".constprop.0", ".cold") and to versioned
 * symbols ("@@GLIBC_2.2.5"). A name that is none of that, or cannot be read, as it is. Very long
 * ones are cut and end in "...".
 */
void demangle(struct strbuf *out, const char *name);

/* One scheme each: false if the name is not of that scheme, or damaged; *out is then unspecified.*/
bool demangle__cxx(struct strbuf *out, const char *name);	  /* Itanium ABI: _Z... */
bool demangle__rust_legacy(struct strbuf *out, const char *name); /* _ZN...17h<16 digits>E */
bool demangle__rust_v0(struct strbuf *out, const char *name);	  /* RFC 2603: _R... */

#endif
