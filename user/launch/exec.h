/* SPDX-License-Identifier: GPL-2.0-only */
/* Becoming the command, as a shell would. */
#ifndef LAUNCH_EXEC_H
#define LAUNCH_EXEC_H

/* exec__run's own code, since the kernel has ENOENT for both. */
#define EXEC_NO_INTERPRETER (-ELIBBAD)

/*
 * As execvp(3): argv[0] is looked up in PATH unless it has a slash, and a text without "#!" goes
 * to the shell; but nothing binary does. Only returns on failure, with a negative errno: -ENOENT
 * not found, EXEC_NO_INTERPRETER found, but what its first line or header names is not.
 */
int exec__run(char **argv);

#endif
