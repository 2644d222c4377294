/* SPDX-License-Identifier: GPL-2.0-only */
/* The engine's inside: engine.c, events.c, sched.c, locks.c. Times are ns since the beginning. */
#ifndef REPLAY_STATE_H
#define REPLAY_STATE_H

#include "replay/engine.h"
#include "replay/journal.h"

enum sim_phase { SIM_UNBORN, SIM_READY, SIM_RUNNING, SIM_BLOCKED, SIM_ENDED };

enum event_kind { EVENT_CPU, EVENT_READY, EVENT_OTHER, EVENT_OTHER_WAITS, EVENT_TICK };

struct event {
	uint64_t ns, number; /* number: in the order of their making */
	uint32_t index, age; /* CPU, task, or recorded CPU */
	uint8_t kind;
};

struct sim_task {
	size_t op;	    /* what it does now */
	uint64_t remaining; /* of a RUN */
	uint64_t place;	    /* in the time of the recording: who is furthest behind comes next */
	uint64_t since;	    /* of its phase */
	float stretch;	    /* of the RUN */
	uint64_t ran;	    /* until then */
	uint32_t cpu;	    /* the last one */
	uint32_t arrived;   /* waits that it has come to */
	uint32_t next;	    /* in the list that it waits in */
	uint32_t leaders;   /* list: tasks that wait for it to come to a wait */
	uint32_t lock;	    /* that it got last and has still; REPLAY_NONE = none */
	/* A wake given too early, with a lock; and the one that it waits for as a leader. */
	const struct op *owes, *ahead;
	uint8_t phase;
	bool leads;   /* waits in somebody's list of leaders */
	bool delayed; /* its DELAY is over */
};

struct sim_cpu {
	uint32_t task; /* REPLAY_NONE = idle */
	uint32_t age;  /* of its event: older ones do not count */
	uint64_t since, slice_end;
	uint32_t *queue; /* tasks that are ready: a heap by place */
	size_t nqueue, queue_size;
};

struct sim_lock {
	uint32_t holder, first, last; /* REPLAY_NONE = none */
	uint32_t waiting;
};

struct sim {
	const struct program *p;
	struct engine_settings set;
	struct engine_result *result;
	uint64_t now, numbers, random;
	struct event *events;
	size_t nevents, events_size;
	size_t timers, active;	/* EVENT_READY; tasks of the program that are ready or run */
	struct sim_task *tasks; /* behind the program's: one for the others of each recorded CPU */
	struct sim_cpu *cpus;
	struct sim_lock *locks;
	size_t nqueued; /* on all CPUs */
	bool tick;	/* CPUs will be balanced */
	bool searches;	/* who is woken looks for an idle CPU */
	uint64_t looked_ns, looked_busy_ns;
	double load;	  /* of all CPUs, 0..1 */
	uint8_t *woken;	  /* by wake: done */
	size_t *busy;	  /* by recorded CPU: the next stretch of others */
	uint64_t *due;	  /* by recorded CPU: when the others had had it all in the recording */
	uint64_t *rounds; /* by recorded CPU: how often the recording was gone through */
	size_t live;
	int failed;
};

/* events.c */
void event__add(struct sim *s, enum event_kind kind, uint64_t ns, uint32_t index, uint32_t age);
bool event__next(struct sim *s, struct event *event);

/* engine.c: goes on with the task's ops. True if it then computes, false if it is off the CPU. */
bool engine__advance(struct sim *s, uint32_t task);

/* queue.c */
bool queue__is_less(const struct sim *s, uint32_t a, uint32_t b);
void queue__add(struct sim *s, struct sim_cpu *cpu, uint32_t task);
/* Takes out the i-th of the heap; 0 is the one that comes next. */
uint32_t queue__take(struct sim *s, struct sim_cpu *cpu, size_t i);

/* sched.c */
/* A task that was not runnable is from now on; `by`: who did that. */
void sched__ready(struct sim *s, uint32_t task, uint32_t latency, uint32_t by);
void sched__cpu(struct sim *s, uint32_t cpu);
/* Other programs want a CPU that they had in the recording. */
void sched__other(struct sim *s, uint32_t recorded);
/* They have waited for a while. */
void sched__other_waits(struct sim *s, uint32_t recorded);
/* CPUs that are idle take over from those that are not. */
void sched__tick(struct sim *s);
void sched__start_others(struct sim *s);
bool sched__is_other(const struct sim *s, uint32_t task);

/* locks.c */
/* False if the task has to wait. */
bool lock__acquire(struct sim *s, uint32_t task, uint32_t object);
void lock__release(struct sim *s, uint32_t task, uint32_t object);

#endif
