/* SPDX-License-Identifier: GPL-2.0-only */
/* Which CPUs the machine has. */
#ifndef LIB_CPULIST_H
#define LIB_CPULIST_H

/*
 * Parses a list such as "0-3,8" (Documentation/admin-guide/cputopology.rst) into ascending ids.
 * Returns their number with *cpus allocated (free it), or a negative errno.
 */
int cpulist__parse(const char *text, unsigned int **cpus);
/* The same of /sys/devices/system/cpu/present: those that are offline could come online. */
int cpulist__present(unsigned int **cpus);

#endif
