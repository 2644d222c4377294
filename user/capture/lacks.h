/* SPDX-License-Identifier: GPL-2.0-only */
/* Why recording does not work here, in words a user can act on. */
#ifndef CAPTURE_LACKS_H
#define CAPTURE_LACKS_H

struct error;

/*
 * Called after loading or attaching failed with `code` (negative errno): finds the likely cause
 * and fills err with it and the remedy. `detail` is what libbpf said last, "" if nothing.
 * Returns code.
 */
int lacks__explain(int code, const char *what, const char *detail, struct error *err);

#endif
