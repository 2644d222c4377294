/* SPDX-License-Identifier: GPL-2.0-only */
/* What a command will run, guessed from its name and its file's first line. */
#ifndef CMD_SHEBANG_H
#define CMD_SHEBANG_H

#include <stdbool.h>

/* True if it is Python, or a script for it. Only a guess: it costs nobody anything but time. */
bool shebang__is_python(const char *command);

#endif
