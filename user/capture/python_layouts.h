/* SPDX-License-Identifier: GPL-2.0-only */
/* Where releases of CPython keep what leads to a thread's frames. */
#ifndef CAPTURE_PYTHON_LAYOUTS_H
#define CAPTURE_PYTHON_LAYOUTS_H

#include <stdint.h>

struct ct_python_layout;

/*
 * By PY_VERSION_HEX, of builds with the interpreter lock and without Py_TRACE_REFS; NULL: not known
 * of that release.
 */
const struct ct_python_layout *python_layout__of(uint32_t version);

#endif
