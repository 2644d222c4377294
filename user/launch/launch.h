/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Starts the workload, held before exec until told to go; gives it the invoking user's identity,
 * forwards signals, collects its exit. The workload keeps our stdin, stdout, stderr, working
 * directory, environment, signal mask and dispositions as we found them; it inherits no
 * descriptor of ours.
 */
#ifndef LAUNCH_LAUNCH_H
#define LAUNCH_LAUNCH_H

#include <stdbool.h>
#include <sys/types.h>

struct error;
struct launch;

struct launch_exit {
	bool ended;
	int code;   /* valid if signal is 0 */
	int signal; /* that killed it, 0 = none */
};

struct launch_options {
	char **argv;  /* NULL-terminated; argv[0] is looked up in PATH */
	bool as_root; /* under sudo: stay root instead of becoming the invoking user */
};

/*
 * Remembers signal mask and dispositions as inherited, so that the workload gets them back.
 * Call first thing in main, before anything touches signals.
 */
void launch__remember_signals(void);

/*
 * Forks the starter, the process that will fork the command: do it while this process is small,
 * since what the kernel tells of the command's peak memory begins with what its fork copied.
 * opts->argv must live on. Returns 0, or a negative errno with err filled.
 */
int launch__prepare(const struct launch_options *opts, struct launch **out, struct error *err);
/* The pid of who will fork the command; it is gone once launch__start has returned. */
pid_t launch__starter(const struct launch *l);

/*
 * Has the child forked, as a child of this process; it waits. Returns 0, or a negative errno with
 * err filled: launch__free is then all that is left to do.
 */
int launch__start(struct launch *l, struct error *err);

/*
 * Lets it exec and waits until that has worked or failed. Returns 0; or the exec's negative
 * errno with err filled (-ENOENT: command not found; others: found, cannot be executed): the
 * child is then gone and reaped.
 */
int launch__release(struct launch *l, struct error *err);

pid_t launch__pid(const struct launch *l);
/* Readable (poll) once the command has ended; -1 where the kernel has no pidfd. */
int launch__pidfd(const struct launch *l);
/* Does not wait. Fills *exit; ended is false while it lives. Returns 0 or a negative errno. */
int launch__reap(struct launch *l, struct launch_exit *exit);
/* Passes a signal on to the command. Returns 0 or a negative errno. */
int launch__signal(struct launch *l, int signo);
/* Kills a child that is still held; never one that runs. */
void launch__free(struct launch *l);

#endif
