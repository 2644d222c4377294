/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What programs with known answers share: a log of what each thread really did with its locks, and
 * ways to wait and to compute.
 *
 * Logging takes no lock and no system call: a stamp of CLOCK_MONOTONIC into a buffer of the
 * thread's own, in memory that is there beforehand. truth_end() writes it all to $TRUTH_LOG.PID:
 *
 *   truth 1
 *   process PID
 *   object 0xADDRESS SIZE NAME       once per truth_object()
 *   thread TID COUNT                 once per thread that logged
 *   (an empty line)
 *   COUNT records of 16 bytes for each thread: u64 ns, u64 address << 8 | enum truth_what
 */
#ifndef TRUTH_H
#define TRUTH_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

/* A function that is to be seen in call chains: neither inlined nor left by a tail call. */
#define FRAME	    __attribute__((noinline, noclone))
#define FRAME_END() __asm__ volatile("" ::: "memory")

/*
 * A thread owns the lock for certain from GOT to RELEASING, perhaps from WANT and to RELEASED.
 */
enum truth_what { TRUTH_WANT = 1, TRUTH_GOT = 2, TRUTH_RELEASING = 3, TRUTH_RELEASED = 4 };

/* Before all else, once per process; a forked child calls it again. */
void truth_begin(void);
/* An object that the tool should know: `size` bytes at `address`. Not while measuring. */
void truth_object(const char *name, const void *address, size_t size);
void truth_log(const void *lock, enum truth_what what);
/* False once the time is over (see truth_time) or this thread's buffer is nearly full. */
bool truth_goes_on(void);
/* How long truth_goes_on() says so, from now on; by default 400 ms from truth_begin(). */
void truth_time(unsigned int ms);
/* Writes the log. No thread may log any more. */
void truth_end(void);

uint64_t truth_now(void); /* CLOCK_MONOTONIC, ns */
void truth_sleep_us(unsigned int us);
void truth_compute_us(unsigned int us); /* on a CPU, by the thread's own CPU time */

/* Starts `count` threads on start(index) and waits for all of them. */
void truth_threads(unsigned int count, void *(*start)(void *));
/* 0, or the program is over: says what failed. */
void truth_need(int err, const char *what);

#ifdef __cplusplus
}
#endif

#endif
