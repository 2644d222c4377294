/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The reference workloads: one row and one file each.
 *
 * X(kind, name, group, what it does, what a profiler should find,
 *   options that show the fault, the code of its finding,
 *   options that do not, the code of the finding that is left)
 *
 * kind: C, a program of NAME.c; PYTHON, a script python/NAME.py. Rows of a group stand together.
 * A code may be several words, of which any will do, or none: then that is not looked at. The
 * options do the same work in both cases. Each fits on a line of the list.
 */
#ifndef WORKLOADS_REGISTRY_H
#define WORKLOADS_REGISTRY_H

#define GROUP_WORKERS "threads and processes"
#define GROUP_LOCKS   "locks"
#define GROUP_WAITING "waiting for each other, and for time"
#define GROUP_LOOPS   "event loops, network, disk"
#define GROUP_CPUS    "CPUs"

/* clang-format off */
#define WORKLOADS(X)                                                                               \
	X(C, cpu, GROUP_WORKERS, "sum of squares in one thread, in threads or in processes",       \
	  "single: one CPU idle for want of a thread; threads, processes: all CPUs busy",          \
	  "--mode single", "serial-section", "--mode threads", "cpu-bound-parallel")               \
	X(C, pool, GROUP_WORKERS, "a fixed pool of threads, work dealt to them in uneven chunks",  \
	  "the last thread has more to do in chunk() than the others, which have nothing left",    \
	  "", "load-imbalance", "--fixed", "cpu-bound-parallel")                                   \
	X(C, spawn, GROUP_WORKERS, "a thread, or a process, for each of many tiny tasks",          \
	  "starting and ending threads (processes) takes most of the time, task() little",         \
	  "", "spawn-bound", "--fixed", "cpu-bound-parallel")                                      \
	X(C, daemon, GROUP_WORKERS, "a background thread, joined, signalled or dropped at the end", \
	  "the end waits for the thread flusher, asleep in sleep_until_next(); CPUs idle",         \
	  "", "sleep-bound", "--fixed", "cpu-bound-parallel")                                      \
	X(C, serialize, GROUP_WORKERS, "large results of processes, through a pipe",               \
	  "copies and waits in send_result() and receive(), 64 KiB at a time",                     \
	  "", "ipc-bound", "--fixed", "")                                                          \
	X(C, convoy, GROUP_LOCKS, "threads that compute while they hold one lock",                 \
	  "threads queue for the mutex big_lock, held while computing in step()",                  \
	  "", "lock-contention", "--fixed", "")                                                    \
	X(C, race, GROUP_LOCKS, "threads that add to one number, with a lock and without", \
	  "held in a sleep: threads queue for total_lock; a race without a lock is not seen at all", \
	  "--hold-while-sleeping", "lock-contention", "--locked", "sleep-bound")                   \
	X(C, deadlock, GROUP_LOCKS, "threads that take two locks in opposite order; gives up",     \
	  "two threads wait for each other in lock_second(), for ever",                            \
	  "", "deadlock", "--ordered", "")                                                         \
	X(C, rwlock, GROUP_LOCKS, "readers, and a writer that computes while it has the lock",     \
	  "readers queue for catalogue_lock, held by the writer while computing in renew()",       \
	  "", "lock-contention", "--fixed", "")                                                    \
	X(C, priority, GROUP_LOCKS, "a lock whose holder is of low priority, beside busy threads",  \
	  "threads urgent wait for index_lock, whose holder low-1 in rebuild() gets no CPU",       \
	  "", "preempted-holder", "--fixed", "")                                                   \
	X(C, pipeline, GROUP_WAITING, "producer and consumer around a bounded queue",              \
	  "the fast stage waits for the queue, the slow stage never waits",                        \
	  "", "pipeline-stage", "--fixed", "")                                                     \
	X(C, barrier, GROUP_WAITING, "threads that meet at a barrier after each round of work",    \
	  "with --straggler: all wait at the barrier for worker-1, which has more to do",          \
	  "--straggler", "barrier-straggler", "--straggler --fixed", "")                           \
	X(C, semaphore, GROUP_WAITING, "threads that share one connection, counted by a semaphore", \
	  "threads queue for the semaphore, one computes in query(); CPUs idle",                   \
	  "", "lock-contention", "--fixed", "cpu-bound-parallel")                                  \
	X(C, herd, GROUP_WAITING, "many threads that are all woken for one item",                  \
	  "waiters are woken from item_ready in vain by give_item()",                              \
	  "", "thundering-herd", "--fixed", "")                                                    \
	X(C, sleepers, GROUP_WAITING, "threads that hand a turn round and poll for it with sleeps", \
	  "all time goes into sleeps in poll_for_turn(); CPUs idle",                               \
	  "", "sleep-bound", "--fixed", "")                                                        \
	X(C, timer, GROUP_WAITING, "answers guarded by one-shot timers that nobody cancels",       \
	  "the end waits for threads named timer, and they for their timeouts; CPUs idle",         \
	  "", "sleep-bound", "--fixed", "cpu-bound-parallel")                                      \
	X(C, download, GROUP_LOOPS, "fetches from a slow server: in turn, threads, processes, epoll", \
	  "in turn: one socket read after the other, CPUs idle; others: waits that overlap",       \
	  "--mode sequential", "", "--mode epoll", "")                                             \
	X(C, reactor, GROUP_LOOPS, "an event loop on epoll, with a callback that takes long",      \
	  "the thread loop-1 computes in long_callback() at times, and all clients wait",          \
	  "", "blocked-event-loop", "--fixed", "")                                                 \
	X(C, uring, GROUP_LOOPS, "the same on io_uring",                                           \
	  "the thread loop-1 computes in long_callback() at times, and all clients wait",          \
	  "", "blocked-event-loop", "--fixed", "")                                                 \
	X(C, fsync, GROUP_LOOPS, "threads that hold a lock while they wait for the disk",          \
	  "threads queue for journal_lock, whose holder waits for the disk in save()",             \
	  "", "lock-contention", "--fixed", "")                                                    \
	X(C, oversubscribe, GROUP_CPUS, "far more threads that compute than there are CPUs",       \
	  "threads wait for a CPU nearly all the time; each request takes far longer",             \
	  "", "oversubscription", "--fixed", "cpu-bound-parallel")                                 \
	X(C, affinity, GROUP_CPUS, "threads that compute, all pinned to the same CPU",             \
	  "threads wait for one CPU, the others idle and are not allowed to them",                 \
	  "", "affinity", "--fixed", "cpu-bound-parallel")
/* clang-format on */

#endif
