/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The reference workloads: one row and one file NAME.c each.
 *
 * X(name, what it does, what a profiler should find)
 */
#ifndef WORKLOADS_REGISTRY_H
#define WORKLOADS_REGISTRY_H

/* clang-format off */
#define WORKLOADS(X)                                                                               \
	X(cpu, "sum of squares in one thread, in threads or in processes",                         \
	  "single: one CPU idle for want of a thread; threads, processes: all CPUs busy")          \
	X(convoy, "threads that compute while they hold one lock, as under an interpreter lock",   \
	  "threads queue for the mutex big_lock, held while computing in step()")                  \
	X(pipeline, "producer and consumer around a bounded queue, stopped by an event",           \
	  "the fast stage waits for the queue, the slow stage never waits")                        \
	X(sleepers, "threads that hand a turn round and poll for it with sleeps",                  \
	  "all time goes into sleeps in poll_for_turn(); CPUs idle")                               \
	X(download, "many fetches from a slow loopback server: in turn, threads, processes, epoll", \
	  "in turn: one socket read after the other, CPUs idle; others: waits that overlap")       \
	X(barrier, "threads that meet at a barrier after each round of work",                      \
	  "with --straggler: all wait at the barrier for worker-1, which has more to do")
/* clang-format on */

#endif
