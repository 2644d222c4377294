/* SPDX-License-Identifier: GPL-2.0-only */
/* The command under our care: its signals pass through here, and its end is noticed here. */
#ifndef CMD_JOB_H
#define CMD_JOB_H

#include <stdbool.h>
#include <sys/types.h>

struct error;
struct job;
struct launch;
struct launch_exit;

/* Asks to end that end the recording, and that end even the waiting for the command. */
#define JOB_ASKS_STOP	 2
#define JOB_ASKS_GIVE_UP 3

/*
 * Takes over the signals, and the prepared command in any case (NULL = none); call before any
 * thread is made. Returns 0 or a negative errno.
 */
int job__new(struct launch *launch, struct job **out, struct error *err);
/*
 * From now on SIGUSR2 is not passed on, but asks us for what was recorded so far; call before any
 * thread is made. Returns 0 or a negative errno.
 */
int job__take_dumps(struct job *job, struct error *err);
/* How often that was asked for. */
unsigned int job__dumps(const struct job *job);
/* A command that is still held is killed, one that runs is let alone. NULL is fine. */
void job__free(struct job *job);

/* As launch__starter, launch__start and launch__release. */
pid_t job__starter(const struct job *job);
int job__start(struct job *job, struct error *err);
int job__release(struct job *job, struct error *err);

/*
 * Waits up to timeout_ms for a signal, the command's end, or until fd (-1 = none) is readable; -1 =
 * as long as it takes. Signals that only we got are passed on; the command's exit is collected.
 * Returns whether one of them asked to end.
 */
bool job__poll(struct job *job, int fd, int timeout_ms);

/* The same for apart_work: true if nothing but ending at once is asked for. ctx is the job. */
bool job__attend(void *ctx, int fd);

/* How often we were asked to end. The command's end, or having none, counts as one. */
unsigned int job__asks(const struct job *job);
/* The last signal that asked, 0 = none did. */
int job__asked_by(const struct job *job);
/* Released and not yet ended. */
bool job__running(const struct job *job);
const struct launch_exit *job__exit(const struct job *job);

/*
 * Waits until the command has ended or somebody asked a third time.
 * Returns the exit code for us: the command's, 128 + N if signal N killed it or made us give up;
 * 0 without a command.
 */
int job__wait(struct job *job);

#endif
