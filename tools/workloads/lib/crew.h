/* SPDX-License-Identifier: GPL-2.0-only */
/* Several workers that do the same, as threads or as processes, each with a name of its own. */
#ifndef WORKLOADS_LIB_CREW_H
#define WORKLOADS_LIB_CREW_H

#define CREW_NAME_LEN 16 /* the kernel's limit, with the NUL */

struct crew;

typedef void (*crew_fn)(void *arg, unsigned int index);

/*
 * Start n workers named NAME-1 to NAME-n that run fn(arg, 0..n-1). A process sees later changes
 * of shared mappings only. They exit the program if a worker cannot be started.
 */
struct crew *crew__threads(const char *name, unsigned int n, crew_fn fn, void *arg);
struct crew *crew__processes(const char *name, unsigned int n, crew_fn fn, void *arg);
/* Waits for all of them and frees the crew; exits the program if a process failed. */
void crew__join(struct crew *crew);

#endif
