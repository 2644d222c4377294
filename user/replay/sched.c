// SPDX-License-Identifier: GPL-2.0-only
/*
 * Simulated CPUs, by and large as Linux has them, a queue for each. Who is furthest behind, by the
 * time at which it was there in the recording, comes next: so all get on with each other as they
 * did then, and threads that share out work among them end together. It runs until it blocks, or
 * for a time slice if others wait. Who is woken goes to an idle CPU if there is one, else to the
 * one where it ran. An idle CPU takes over from others, but not what ran just now. Other programs
 * want CPUs when they had them in the recording, as one more task for each CPU, again and again if
 * the run takes longer.
 */
#include "replay/state.h"

/* A task that ran more recently is left where its data are: sysctl_sched_migration_cost. */
#define HOT_NS 500000u

#define LOOK_NS	  16000000u /* half of the time that the kernel's averages go back */
#define IMBALANCE 1.17	    /* sched_domain.imbalance_pct, within a cache */

bool sched__is_other(const struct sim *s, uint32_t task)
{
	return task >= s->p->ntasks;
}

/* What the task on this CPU has done up to now. */
static void account(struct sim *s, struct sim_cpu *cpu)
{
	struct sim_task *t = &s->tasks[cpu->task];
	uint64_t ns = s->now > cpu->since ? s->now - cpu->since : 0;

	if (!ns)
		return;
	if (ns > t->remaining)
		ns = t->remaining;
	t->remaining -= ns;
	t->place += (uint64_t)((double)ns * t->stretch);
	if (sched__is_other(s, cpu->task))
		s->result->other_ns += ns;
	else
		s->result->work_ns += ns;
	cpu->since = s->now;
}

static void note_run(struct sim *s, uint32_t task, uint64_t end)
{
	const struct sim_task *t = &s->tasks[task];
	bool wanted = t->lock != REPLAY_NONE && s->locks[t->lock].waiting;

	if (s->set.journal && end > t->since && !sched__is_other(s, task))
		journal__add(s->set.journal,
			     &(struct entry){.kind = ENTRY_RUN,
					     .task = task,
					     .start_ns = t->since,
					     .end_ns = end,
					     .by = SIZE_MAX,
					     .object = wanted ? t->lock : REPLAY_NONE});
}

static void note_queue(struct sim *s, uint32_t task, uint64_t end)
{
	const struct sim_task *t = &s->tasks[task];

	if (s->set.journal && end > t->since && !sched__is_other(s, task))
		journal__add(s->set.journal,
			     &(struct entry){.kind = ENTRY_QUEUE,
					     .task = task,
					     .start_ns = t->since,
					     .end_ns = end,
					     .by = SIZE_MAX,
					     .object = end > s->now ? 0 : REPLAY_NONE});
}

/* Until something happens to what this CPU does. */
static void plan(struct sim *s, uint32_t c)
{
	struct sim_cpu *cpu = &s->cpus[c];
	uint64_t begin = cpu->since > s->now ? cpu->since : s->now;
	uint64_t end = begin + s->tasks[cpu->task].remaining;

	if (end > cpu->slice_end && cpu->slice_end > s->now)
		end = cpu->slice_end;
	event__add(s, EVENT_CPU, end, c, ++cpu->age);
}

static void dispatch(struct sim *s, uint32_t c, uint32_t task, uint64_t at)
{
	struct sim_cpu *cpu = &s->cpus[c];
	struct sim_task *t = &s->tasks[task];

	note_queue(s, task, at);
	cpu->task = task;
	cpu->since = at;
	cpu->slice_end = at + s->set.slice_ns;
	t->phase = SIM_RUNNING;
	t->since = at;
	t->cpu = c;
	plan(s, c);
}

static void plan_tick(struct sim *s)
{
	uint64_t tick = s->set.slice_ns;

	if (s->tick)
		return;
	s->tick = true;
	event__add(s, EVENT_TICK, (s->now / tick + 1) * tick, 0, 0);
}

/* The one in a CPU's queue that is furthest behind and may go to another CPU; SIZE_MAX = none. */
static size_t movable(const struct sim *s, const struct sim_cpu *cpu, bool hot)
{
	size_t i, best = SIZE_MAX;

	for (i = 0; i < cpu->nqueue; i++) {
		const struct sim_task *t = &s->tasks[cpu->queue[i]];

		if (sched__is_other(s, cpu->queue[i]) ||
		    (!hot && (s->now - t->ran < HOT_NS || s->now - t->since < HOT_NS)))
			continue;
		if (best == SIZE_MAX || queue__is_less(s, cpu->queue[i], cpu->queue[best]))
			best = i;
	}
	return best;
}

/* Of all CPUs. Returns the CPU, REPLAY_NONE = none. */
static uint32_t furthest_behind(const struct sim *s, bool hot, size_t *at)
{
	uint32_t c, best = REPLAY_NONE;
	size_t i;

	for (c = 0; c < s->set.cpus && s->nqueued; c++) {
		i = movable(s, &s->cpus[c], hot);
		if (i == SIZE_MAX)
			continue;
		if (best != REPLAY_NONE &&
		    !queue__is_less(s, s->cpus[c].queue[i], s->cpus[best].queue[*at]))
			continue;
		best = c;
		*at = i;
	}
	return best;
}

static bool pull(struct sim *s, uint32_t c, bool hot)
{
	size_t at = 0;
	uint32_t from = furthest_behind(s, hot, &at);

	if (from == REPLAY_NONE)
		return false;
	dispatch(s, c, queue__take(s, &s->cpus[from], at), s->now);
	return true;
}

/* By how much the others of a recorded CPU are behind what they had got by now in the recording. */
static uint64_t lag_of(const struct sim *s, uint32_t task)
{
	const struct sim_task *t = &s->tasks[task];
	const struct sim_cpu *cpu = &s->cpus[t->cpu];
	uint64_t left = t->remaining, due = s->due[task - s->p->ntasks];

	if (cpu->task == task && s->now > cpu->since)
		left -= s->now - cpu->since < left ? s->now - cpu->since : left;
	due = due > s->now ? due - s->now : 0;
	return left > due ? left - due : 0;
}

/*
 * For as long as the recording goes, and a quarter: what others did in it need not leave room for a
 * program that takes longer, and after that they get their fair share, as any task.
 */
static bool is_bound(const struct sim *s, uint32_t task)
{
	return sched__is_other(s, task) && s->now < s->p->wall_ns + s->p->wall_ns / 4;
}

static bool is_impatient(const struct sim *s, uint32_t task)
{
	return is_bound(s, task) && lag_of(s, task) >= s->set.patience_ns;
}

/* The next one in the queue: others come first if they are impatient, else last. */
static size_t next_of(const struct sim *s, const struct sim_cpu *cpu)
{
	size_t i;

	for (i = 0; i < cpu->nqueue; i++)
		if (is_impatient(s, cpu->queue[i]))
			return i;
	if (cpu->nqueue < 2 || !is_bound(s, cpu->queue[0]))
		return 0;
	/* The next one in a heap is one of the first one's two. */
	return cpu->nqueue > 2 && queue__is_less(s, cpu->queue[2], cpu->queue[1]) ? 2 : 1;
}

static void pick(struct sim *s, uint32_t c)
{
	struct sim_cpu *cpu = &s->cpus[c];

	cpu->task = REPLAY_NONE;
	cpu->age++;
	if (cpu->nqueue)
		dispatch(s, c, queue__take(s, cpu, next_of(s, cpu)), s->now);
	else
		pull(s, c, false);
}

/* Off its CPU, though it could go on. */
static void stop(struct sim *s, uint32_t c)
{
	uint32_t task = s->cpus[c].task;
	struct sim_task *t = &s->tasks[task];

	account(s, &s->cpus[c]);
	note_run(s, task, s->now);
	t->phase = SIM_READY;
	t->since = t->ran = s->now;
	plan_tick(s);
	s->cpus[c].task = REPLAY_NONE;
	s->cpus[c].age++;
	queue__add(s, &s->cpus[c], task);
}

static uint64_t place_now(const struct sim *s, const struct sim_cpu *cpu)
{
	const struct sim_task *t = &s->tasks[cpu->task];

	return t->place +
	       (uint64_t)((double)(s->now > cpu->since ? s->now - cpu->since : 0) * t->stretch);
}

/* The task that is ahead of one that waits, by more than a slice, has to stop for it. */
static void even_out(struct sim *s)
{
	size_t at = 0;
	uint32_t c, ahead = REPLAY_NONE, from = furthest_behind(s, true, &at), task;
	uint64_t most;

	if (from == REPLAY_NONE)
		return;
	task = s->cpus[from].queue[at];
	most = s->tasks[task].place + s->set.slice_ns;
	for (c = 0; c < s->set.cpus; c++) {
		const struct sim_cpu *cpu = &s->cpus[c];

		if (cpu->task == REPLAY_NONE || sched__is_other(s, cpu->task) ||
		    cpu->since >= s->now || place_now(s, cpu) <= most)
			continue;
		most = place_now(s, cpu);
		ahead = c;
	}
	if (ahead == REPLAY_NONE)
		return;
	queue__take(s, &s->cpus[from], at);
	stop(s, ahead);
	dispatch(s, ahead, task, s->now);
}

void sched__tick(struct sim *s)
{
	uint32_t c;

	s->tick = false;
	for (c = 0; c < s->set.cpus && s->nqueued; c++)
		if (s->cpus[c].task == REPLAY_NONE)
			pull(s, c, true);
	if (s->nqueued)
		even_out(s);
	if (s->nqueued)
		plan_tick(s);
}

/*
 * Linux looks for an idle CPU only while all of them are not busy for too much of the time: see
 * update_idle_cpu_scan() in its kernel/sched/fair.c. Of two CPUs that is 60 %.
 */
static void look_at_load(struct sim *s)
{
	uint64_t busy = s->result->work_ns + s->result->other_ns, ns = s->now - s->looked_ns;
	double load;

	if (ns < LOOK_NS)
		return;
	load = (double)(busy - s->looked_busy_ns) / (double)ns / s->set.cpus;
	s->load += (load - s->load) / 2;
	s->looked_ns = s->now;
	s->looked_busy_ns = busy;
	s->searches = s->set.cpus * (1 - IMBALANCE * IMBALANCE * s->load * s->load) >= 1;
}

static uint32_t idle_cpu(const struct sim *s, uint32_t wanted)
{
	bool searches = s->searches && !s->set.settled;
	uint32_t c;

	if (wanted < s->set.cpus && s->cpus[wanted].task == REPLAY_NONE)
		return wanted;
	for (c = 0; c < s->set.cpus && (searches || wanted == REPLAY_NONE); c++)
		if (s->cpus[c].task == REPLAY_NONE)
			return c;
	return REPLAY_NONE;
}

/* Whether a woken task may take the CPU from the one that has it. */
static bool may_preempt(const struct sim *s, const struct sim_cpu *cpu, uint32_t task)
{
	if (cpu->task == REPLAY_NONE || cpu->since >= s->now)
		return false;
	if (is_bound(s, cpu->task))
		return !is_impatient(s, cpu->task);
	if (!s->set.preempts)
		return false;
	return place_now(s, cpu) > s->tasks[task].place + s->set.slice_ns / 2;
}

/* Where a task has to queue: where it ran last, unless it would be the next one elsewhere. */
static uint32_t queue_for(const struct sim *s, uint32_t wanted, uint32_t task)
{
	uint32_t c, best = wanted < s->set.cpus ? wanted : 0;

	if (wanted < s->set.cpus && may_preempt(s, &s->cpus[wanted], task))
		return wanted;
	for (c = 0; c < s->set.cpus; c++) {
		if (s->cpus[c].task != REPLAY_NONE && is_bound(s, s->cpus[c].task) &&
		    may_preempt(s, &s->cpus[c], task))
			return c;
		if (s->cpus[c].nqueue + (wanted < s->set.cpus ? 1 : 0) < s->cpus[best].nqueue)
			best = c;
	}
	return best;
}

static uint64_t random_below(struct sim *s, uint64_t below)
{
	/* xorshift64* (Vigna 2014) */
	s->random ^= s->random >> 12;
	s->random ^= s->random << 25;
	s->random ^= s->random >> 27;
	return below ? (s->random * 0x2545f4914f6cdd1dULL >> 33) % below : 0;
}

static void note_block(struct sim *s, uint32_t task, uint32_t by)
{
	const struct sim_task *t = &s->tasks[task];
	const struct op *op = &s->p->ops[t->op];
	struct journal *j = s->set.journal;

	if (!j)
		return;
	if (by != REPLAY_NONE && s->tasks[by].phase == SIM_RUNNING) {
		note_run(s, by, s->now);
		s->tasks[by].since = s->now;
	}
	journal__add(j, &(struct entry){.kind = ENTRY_BLOCK,
					.task = task,
					.start_ns = t->phase == SIM_UNBORN ? s->now : t->since,
					.end_ns = s->now,
					.by = by == REPLAY_NONE ? SIZE_MAX : j->last[by],
					.object = op->object,
					.cause = op->cause});
}

/* What the task does next on a CPU; NULL = nothing. */
static const struct op *next_run(const struct sim *s, uint32_t task)
{
	const struct replay_task *rt = &s->p->tasks[task];
	size_t o = s->tasks[task].op, end = rt->first + rt->count;

	while (o < end && s->p->ops[o].kind != OP_RUN)
		o++;
	return o < end ? &s->p->ops[o] : NULL;
}

/* Where the task will be in the recording's time, and on which CPU it was then. */
static uint32_t take_place(struct sim *s, uint32_t task)
{
	struct sim_task *t = &s->tasks[task];
	const struct op *run = t->remaining ? NULL : next_run(s, task);

	if (run)
		t->place = run->at;
	if (run && s->set.seed)
		t->place += random_below(s, s->set.slice_ns);
	if (run && run->cpu != NOWHERE && s->set.settled)
		return run->cpu;
	return t->phase == SIM_UNBORN ? REPLAY_NONE : t->cpu;
}

void sched__ready(struct sim *s, uint32_t task, uint32_t latency, uint32_t by)
{
	struct sim_task *t = &s->tasks[task];
	uint64_t ns = latency == REPLAY_NONE ? s->p->latency_ns : latency;
	uint32_t c, wanted = take_place(s, task);

	note_block(s, task, by);
	s->active++;
	t->phase = SIM_READY;
	t->since = s->now;
	look_at_load(s);
	c = idle_cpu(s, wanted);
	if (c != REPLAY_NONE) {
		dispatch(s, c, task, s->now + (uint64_t)((double)ns * s->set.latency));
		return;
	}
	c = queue_for(s, wanted, task);
	queue__add(s, &s->cpus[c], task);
	plan_tick(s);
	if (may_preempt(s, &s->cpus[c], task)) {
		stop(s, c);
		pick(s, c);
	}
}

/* In the recording others came before what the task does next. */
static bool is_passed(const struct sim *s, const struct sim_cpu *cpu)
{
	const struct sim_task *t = &s->tasks[cpu->task];

	return cpu->nqueue && !sched__is_other(s, cpu->task) &&
	       !sched__is_other(s, cpu->queue[0]) && s->tasks[cpu->queue[0]].place < t->place;
}

void sched__cpu(struct sim *s, uint32_t c)
{
	struct sim_cpu *cpu = &s->cpus[c];
	uint32_t task = cpu->task;
	struct sim_task *t = &s->tasks[task];

	account(s, cpu);
	t->ran = s->now;
	if (!t->remaining && !engine__advance(s, task)) {
		pick(s, c);
		return;
	}
	if (s->now >= cpu->slice_end || is_passed(s, cpu)) {
		if (cpu->nqueue && !is_impatient(s, task)) {
			stop(s, c);
			pick(s, c);
			return;
		}
		cpu->slice_end = s->now + s->set.slice_ns;
	}
	cpu->since = s->now;
	plan(s, c);
}

/* Sets when others want this recorded CPU next. */
static void plan_other(struct sim *s, uint32_t r)
{
	const struct replay_cpu *cpu = &s->p->cpus[r];

	if (!cpu->count || !s->p->wall_ns)
		return;
	if (s->busy[r] == cpu->count) {
		s->busy[r] = 0;
		s->rounds[r]++;
	}
	event__add(s, EVENT_OTHER, s->rounds[r] * s->p->wall_ns + cpu->busy[s->busy[r]].start_ns, r,
		   0);
}

void sched__start_others(struct sim *s)
{
	uint32_t r;

	for (r = 0; r < s->p->ncpus; r++) {
		struct sim_task *t = &s->tasks[s->p->ntasks + r];

		t->phase = SIM_BLOCKED;
		t->cpu = r;
		t->lock = REPLAY_NONE;
		/* What others did on a CPU that is gone, they do elsewhere. */
		if (r < s->set.cpus)
			plan_other(s, r);
	}
}

/*
 * Looks again when they may have become impatient. They never will once they are as any task, nor
 * if all that they still want is less: they are not behind by more than that.
 */
static void wait_until_impatient(struct sim *s, uint32_t r)
{
	uint32_t task = (uint32_t)s->p->ntasks + r;
	uint64_t patience = s->set.patience_ns, lag = lag_of(s, task);

	if (!is_bound(s, task) || s->tasks[task].remaining < patience)
		return;
	event__add(s, EVENT_OTHER_WAITS, s->now + (lag < patience ? patience - lag : 0) + 1, r, 0);
}

void sched__other(struct sim *s, uint32_t r)
{
	const struct replay_busy *busy = &s->p->cpus[r].busy[s->busy[r]++];
	uint32_t task = (uint32_t)s->p->ntasks + r;
	struct sim_task *t = &s->tasks[task];

	t->remaining += busy->end_ns - busy->start_ns;
	s->due[r] = s->now + busy->end_ns - busy->start_ns;
	plan_other(s, r);
	if (t->phase == SIM_RUNNING)
		return; /* for longer, then: it is looked at when this was to be over */
	if (t->phase == SIM_BLOCKED) {
		t->since = s->now;
		t->phase = SIM_READY;
		t->place = s->now;
		t->stretch = 1;
		if (s->cpus[t->cpu].task == REPLAY_NONE) {
			dispatch(s, t->cpu, task, s->now);
			return;
		}
		queue__add(s, &s->cpus[t->cpu], task);
	}
	wait_until_impatient(s, r);
}

void sched__other_waits(struct sim *s, uint32_t r)
{
	uint32_t task = (uint32_t)s->p->ntasks + r, c = s->tasks[task].cpu;

	if (s->tasks[task].phase != SIM_READY || s->cpus[c].task == REPLAY_NONE ||
	    sched__is_other(s, s->cpus[c].task))
		return;
	if (!is_impatient(s, task)) {
		wait_until_impatient(s, r);
		return;
	}
	stop(s, c);
	pick(s, c);
}
