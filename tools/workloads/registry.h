/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The reference workloads: one row and one file each.
 *
 * X(kind, name, group, what it does, what a profiler should find,
 *   options that show the fault, the code of its finding,
 *   options that do not, the code of the finding that is left)
 *
 * kind: C, a program of NAME.c; PYTHON, a script python/NAME.py. Rows of a group stand together.
 * A code may be several words, of which any will do, or none: then that is not looked at. One
 * that is left in both is looked for in both. The options do the same work in both cases. Each fits
 * on a line of the list.
 */
#ifndef WORKLOADS_REGISTRY_H
#define WORKLOADS_REGISTRY_H

#define GROUP_WORKERS "threads and processes"
#define GROUP_LOCKS   "locks"
#define GROUP_WAITING "waiting for each other, and for time"
#define GROUP_LOOPS   "event loops, network, disk"
#define GROUP_CPUS    "CPUs"
#define GROUP_PYTHON  "Python"

/* clang-format off */
#define WORKLOADS(X)                                                                               \
	X(C, cpu, GROUP_WORKERS, "sum of squares: one thread, threads, processes, event loop", \
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
	X(C, race, GROUP_LOCKS, "threads that add to one number, with a lock and without",         \
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
	X(C, sleep, GROUP_WAITING, "tasks that sleep: in turn, threads, processes, event loop", \
	  "in turn: all time goes into sleeps in nap(); CPUs idle; others: sleeps that overlap",   \
	  "--mode sequential", "sleep-bound", "--mode timers", "sleep-bound")                      \
	X(C, timer, GROUP_WAITING, "answers guarded by one-shot timers that nobody cancels",       \
	  "the end waits for threads named timer, and they for their timeouts; CPUs idle",         \
	  "", "sleep-bound", "--fixed", "cpu-bound-parallel")                                      \
	X(C, download, GROUP_LOOPS, "fetches from a slow server: in turn, threads, processes, epoll", \
	  "in turn: one socket read after the other, CPUs idle; others: waits that overlap",       \
	  "--mode sequential", "sleep-bound", "--mode epoll", "sleep-bound")                       \
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
	  "", "affinity", "--fixed", "cpu-bound-parallel")                                         \
	X(PYTHON, pycpu, GROUP_PYTHON, "tasks that compute, by threads, processes, asyncio or pools", \
	  "threads: gil; sequential, asyncio: one thread computes while CPUs idle; processes: all busy", \
	  "--model threads", "gil", "--model processes", "cpu-bound-parallel")                     \
	X(PYTHON, pyio, GROUP_PYTHON, "pages from a slow loopback server, by the same",            \
	  "sequential: one wait for the network after the other, CPUs idle; others: they overlap", \
	  "--model sequential", "", "--model asyncio", "")                                         \
	X(PYTHON, pysleep, GROUP_PYTHON, "tasks that sleep, by the same",                          \
	  "hardly any CPU time; CPUs idle because all threads sleep",                              \
	  "--model sequential", "sleep-bound", "--model asyncio", "sleep-bound")                   \
	X(PYTHON, pyrace, GROUP_PYTHON, "threads that add to one number, with a lock and without", \
	  "held in a sleep: threads queue for a lock; a race without a lock is not seen at all",   \
	  "--hold-while-sleeping", "lock-contention", "--locked", "sleep-bound")                   \
	X(PYTHON, pyqueue, GROUP_PYTHON, "a producer and a consumer around a queue.Queue, and an Event", \
	  "the producer waits for room in the queue, the consumer sleeps in consume()",            \
	  "", "sleep-bound", "--fixed", "sleep-bound")                                             \
	X(PYTHON, pybarrier, GROUP_PYTHON, "threads that meet at a threading.Barrier after each round", \
	  "all wait for worker-1, which sleeps longer",                                            \
	  "", "sleep-bound", "--fixed", "sleep-bound")                                             \
	X(PYTHON, pytimer, GROUP_PYTHON, "answers guarded by threading.Timer, cancelled and not",  \
	  "the end waits for threads that wait for their timeouts; CPUs idle",                     \
	  "", "sleep-bound", "--fixed", "sleep-bound")                                             \
	X(PYTHON, pydaemon, GROUP_PYTHON, "a background thread, joined, told to stop, or dropped", \
	  "joined: the end waits for the thread, asleep until its next turn",                      \
	  "--end joined", "sleep-bound", "--end told", "sleep-bound")                              \
	X(PYTHON, pylogging, GROUP_PYTHON, "threads that log to one file, each line on the disk, or queued", \
	  "threads queue for the handler's lock, whose holder waits for the disk",                 \
	  "", "lock-contention io-bound", "--fixed", "")                                           \
	X(PYTHON, pypickle, GROUP_PYTHON, "large arguments for a process pool, copied or shared", \
	  "processes wait for each other at a pipe; the kernel copies in and out of it",           \
	  "", "ipc-bound", "--fixed", "")                                                                   \
	X(PYTHON, pyloop, GROUP_PYTHON, "an asyncio server with a call that blocks its event loop", \
	  "the loop is held up in look_up(); clients wait",                                        \
	  "", "blocked-event-loop", "--fixed", "")                                                 \
	X(PYTHON, pyrq, GROUP_PYTHON, "jobs for RQ workers through a real redis-server",           \
	  "a process is started for each job",                                                     \
	  "", "spawn-bound", "--fixed", "")                                                        \
	X(PYTHON, pysklearn, GROUP_PYTHON, "a random forest of scikit-learn, with n_jobs",         \
	  "n_jobs=1: one thread computes while CPUs idle",                                         \
	  "--n-jobs 1", "serial-section", "--n-jobs -1", "serial-section")
/* clang-format on */

#endif
