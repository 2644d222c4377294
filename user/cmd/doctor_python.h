/* SPDX-License-Identifier: GPL-2.0-only */
/* What of Python can be read here: a row of `conctrace doctor`. */
#ifndef CMD_DOCTOR_PYTHON_H
#define CMD_DOCTOR_PYTHON_H

#include <stdbool.h>
#include <stddef.h>

/*
 * Looks at the file that `python3` is on the PATH, without running it, and says in `text` which
 * release it is and what can be told of its programs. True if that is all there is to be told.
 */
bool doctor_python__find(char *text, size_t size);

#endif
