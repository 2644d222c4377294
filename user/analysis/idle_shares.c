// SPDX-License-Identifier: GPL-2.0-only
#include "analysis/idle_shares.h"

#include <errno.h>
#include <stdlib.h>

#include "analysis/settle.h"
#include "lib/array.h"

#define NO_OBJECT UINT32_MAX

/*
 * A clock that tells what one of the blocked threads gets of all idle time, and one that tells what
 * it gets of each idle CPU's.
 */
struct group {
	uint32_t threads;
	uint64_t rate, cpu_rate; /* ns << 32 per ns */
	fixed_ns clock, cpu_clock;
};

/* Who waits for another thread's or process's end waits for what the others do: see counted(). */
enum { OTHERS, ENDS, GROUPS };

struct cause_clock {
	uint64_t rate;	/* of what is no blocked thread */
	fixed_ns clock; /* what a CPU that was idle all the time has got */
	fixed_ns read;	/* the group's cpu_clock when `clock` was brought up to date */
	uint32_t threads;
	bool used;
};

struct subject {
	unsigned int cause;
	uint32_t object, threads;
	uint32_t next; /* another one of this object: its place + 1 */
	fixed_ns read; /* the group's clock when `time` was brought up to date */
	fixed_ns time;
	uint64_t ns; /* once settled */
};

struct cpu {
	bool idle;
	uint64_t since, ns; /* by the time that has passed */
	fixed_ns from[IDLE_CAUSES], time[IDLE_CAUSES];
	uint64_t settled[IDLE_CAUSES];
};

struct idle_shares {
	struct group groups[GROUPS];
	struct cause_clock causes[IDLE_CAUSES];
	uint8_t used[IDLE_CAUSES]; /* those that have ever run */
	unsigned int nused;
	struct subject *subjects;
	size_t nsubjects, room;
	uint32_t *of_object; /* its first subject's place + 1 */
	size_t nobjects;
	uint32_t of_cause[CAUSE_COUNT]; /* the same of those without an object */
	struct cpu *cpus;
	size_t ncpus;
	uint32_t idle;
	uint64_t passed;	     /* ns */
	struct idle_threads threads; /* that the rates are for */
	bool stale;		     /* or others are blocked, or idle, now */
};

const char *idle_cause__name(unsigned int cause)
{
	static const char *const names[] = {"wakeup",	 "balance",   "affinity",
					    "throttled", "no-thread", "unknown"};

	return cause < CAUSE_COUNT ? cause__name((enum cause)cause) : names[cause - CAUSE_COUNT];
}

struct idle_shares *idle_shares__new(void)
{
	struct idle_shares *s = calloc(1, sizeof(*s));

	if (s)
		s->stale = true;
	return s;
}

void idle_shares__free(struct idle_shares *s)
{
	if (!s)
		return;
	free(s->subjects);
	free(s->of_object);
	free(s->cpus);
	free(s);
}

static unsigned int group_of(unsigned int cause)
{
	return cause == CAUSE_JOIN || cause == CAUSE_CHILD ? ENDS : OTHERS;
}

static void use(struct idle_shares *s, unsigned int cause)
{
	if (s->causes[cause].used)
		return;
	s->causes[cause].used = true;
	s->used[s->nused++] = (uint8_t)cause;
}

/* --- rates --- */

static uint64_t ratio(uint64_t part, uint64_t whole)
{
	return whole ? (part << 32) / whole : 0;
}

/* Of `left` CPUs those that so many threads explain. */
static uint32_t take(uint32_t *left, uint32_t threads)
{
	uint32_t n = threads < *left ? threads : *left;

	*left -= n;
	return n;
}

static void set_rate(struct idle_shares *s, unsigned int cause, uint64_t part, uint64_t whole)
{
	s->causes[cause].rate = ratio(part, whole);
	if (part)
		use(s, cause);
}

/* Who only waits for an end counts if nobody else is blocked. */
static struct group *counted(struct idle_shares *s)
{
	return &s->groups[s->groups[OTHERS].threads ? OTHERS : ENDS];
}

static void set_rates(struct idle_shares *s, const struct idle_threads *t)
{
	uint32_t left = s->idle, n;
	uint64_t ready = (uint64_t)t->wakeup + t->balance, idle = s->idle;
	struct group *group = counted(s);
	unsigned int i;

	s->stale = false;
	s->threads = *t;
	set_rate(s, IDLE_UNKNOWN, take(&left, t->unknown), idle);
	n = take(&left, ready < left ? (uint32_t)ready : left);
	set_rate(s, IDLE_WAKEUP, (uint64_t)n * t->wakeup, ready * idle);
	set_rate(s, IDLE_BALANCE, (uint64_t)n * t->balance, ready * idle);
	set_rate(s, IDLE_AFFINITY, take(&left, t->affinity), idle);
	set_rate(s, IDLE_THROTTLED, take(&left, t->throttled), idle);
	for (i = 0; i < GROUPS; i++)
		s->groups[i].rate = s->groups[i].cpu_rate = 0;
	n = take(&left, group->threads);
	group->rate = ratio(n, group->threads);
	group->cpu_rate = ratio(n, (uint64_t)group->threads * idle);
	set_rate(s, IDLE_NO_THREAD, left, idle);
}

static bool same(const struct idle_threads *a, const struct idle_threads *b)
{
	return a->unknown == b->unknown && a->wakeup == b->wakeup && a->balance == b->balance &&
	       a->affinity == b->affinity && a->throttled == b->throttled;
}

void idle_shares__pass(struct idle_shares *s, const struct idle_threads *threads, uint64_t ns)
{
	unsigned int i;

	s->passed += ns;
	if (!ns || !s->idle)
		return;
	if (s->stale || !same(threads, &s->threads))
		set_rates(s, threads);
	for (i = IDLE_WAKEUP; i < IDLE_CAUSES; i++)
		if (s->causes[i].rate)
			s->causes[i].clock += (fixed_ns)s->causes[i].rate * ns;
	for (i = 0; i < GROUPS; i++) {
		s->groups[i].clock += (fixed_ns)s->groups[i].rate * ns;
		s->groups[i].cpu_clock += (fixed_ns)s->groups[i].cpu_rate * ns;
	}
}

/* --- who comes and goes --- */

static void read_cause(struct idle_shares *s, unsigned int cause)
{
	struct cause_clock *c = &s->causes[cause];
	fixed_ns now = s->groups[group_of(cause)].cpu_clock;

	c->clock += c->threads * (now - c->read);
	c->read = now;
}

static void read_subject(const struct idle_shares *s, struct subject *subject)
{
	fixed_ns now = s->groups[group_of(subject->cause)].clock;

	subject->time += subject->threads * (now - subject->read);
	subject->read = now;
}

uint32_t idle_shares__idle(const struct idle_shares *s)
{
	return s->idle;
}

static void read_cpu(struct idle_shares *s, struct cpu *cpu, bool ends)
{
	unsigned int i;

	for (i = 0; i < s->nused; i++) {
		unsigned int cause = s->used[i];

		if (cause < CAUSE_COUNT)
			read_cause(s, cause);
		if (ends)
			cpu->time[cause] += s->causes[cause].clock - cpu->from[cause];
		else
			cpu->from[cause] = s->causes[cause].clock;
	}
	if (ends)
		cpu->ns += s->passed - cpu->since;
	else
		cpu->since = s->passed;
}

int idle_shares__cpu(struct idle_shares *s, uint32_t cpu, bool idle)
{
	struct cpu *cpus = array__reserve(s->cpus, &s->ncpus, cpu, sizeof(*cpus));

	if (!cpus)
		return -ENOMEM;
	s->cpus = cpus;
	if (cpus[cpu].idle == idle)
		return 0;
	read_cpu(s, &cpus[cpu], !idle);
	cpus[cpu].idle = idle;
	s->idle += idle ? 1 : -1u;
	s->stale = true;
	return 0;
}

/* Where the place of the first subject is kept; NULL when out of memory. */
static uint32_t *first_of(struct idle_shares *s, enum cause cause, uint32_t object)
{
	uint32_t *of_object;

	if (object == NO_OBJECT)
		return &s->of_cause[cause];
	of_object = array__reserve(s->of_object, &s->nobjects, object, sizeof(*of_object));
	if (!of_object)
		return NULL;
	s->of_object = of_object;
	return &of_object[object];
}

/* An object is mostly waited for in one way, but what it is may only turn out in time. */
static struct subject *subject_of(struct idle_shares *s, enum cause cause, uint32_t object)
{
	uint32_t *first = first_of(s, cause, object), i;
	struct subject *subjects;

	if (!first)
		return NULL;
	for (i = *first; i; i = s->subjects[i - 1].next)
		if (s->subjects[i - 1].cause == cause)
			return &s->subjects[i - 1];
	subjects = array__reserve(s->subjects, &s->room, s->nsubjects, sizeof(*subjects));
	if (!subjects)
		return NULL;
	s->subjects = subjects;
	subjects[s->nsubjects] = (struct subject){.cause = cause, .object = object, .next = *first};
	*first = (uint32_t)++s->nsubjects;
	use(s, cause);
	return &subjects[s->nsubjects - 1];
}

int idle_shares__blocked(struct idle_shares *s, enum cause cause, uint32_t object, int more)
{
	struct subject *subject = subject_of(s, cause, object);

	if (!subject)
		return -ENOMEM;
	read_subject(s, subject);
	read_cause(s, cause);
	subject->threads += (uint32_t)more;
	s->causes[cause].threads += (uint32_t)more;
	s->groups[group_of(cause)].threads += (uint32_t)more;
	s->stale = true;
	return 0;
}

/* --- the end --- */

/* What rounding took from CPUs before, or gave them, so that it does not add up over CPUs. */
static void carry_over(struct cpu *cpu, __int128 carry[IDLE_CAUSES])
{
	fixed_ns time[IDLE_CAUSES];
	unsigned int i;

	for (i = 0; i < IDLE_CAUSES; i++) {
		__int128 sum = (__int128)cpu->time[i] + carry[i];

		time[i] = cpu->time[i] && sum > 0 ? (fixed_ns)sum : 0;
	}
	settle(time, cpu->settled, IDLE_CAUSES, cpu->ns);
	for (i = 0; i < IDLE_CAUSES; i++)
		carry[i] += (__int128)cpu->time[i] - ((__int128)cpu->settled[i] << 32);
}

static void settle_cpus(struct idle_shares *s, uint64_t totals[IDLE_CAUSES])
{
	__int128 carry[IDLE_CAUSES] = {0};
	unsigned int cause;
	size_t i;

	for (i = 0; i < s->ncpus; i++) {
		struct cpu *cpu = &s->cpus[i];

		if (cpu->idle)
			read_cpu(s, cpu, true);
		cpu->idle = false;
		carry_over(cpu, carry);
		for (cause = 0; cause < IDLE_CAUSES; cause++)
			totals[cause] += cpu->settled[cause];
	}
}

static int settle_cause(struct idle_shares *s, unsigned int cause, uint64_t total, fixed_ns *time,
			uint64_t *ns)
{
	size_t i, n = 0;

	for (i = 0; i < s->nsubjects; i++)
		if (s->subjects[i].cause == cause)
			time[n++] = s->subjects[i].time;
	settle(time, ns, n, total);
	for (i = 0, n = 0; i < s->nsubjects; i++)
		if (s->subjects[i].cause == cause)
			s->subjects[i].ns = ns[n++];
	return 0;
}

/* What is no blocked thread is its own subject. */
static int add_rest(struct idle_shares *s, const uint64_t totals[IDLE_CAUSES])
{
	unsigned int cause;

	for (cause = CAUSE_COUNT; cause < IDLE_CAUSES; cause++) {
		struct subject *subjects =
			array__reserve(s->subjects, &s->room, s->nsubjects, sizeof(*subjects));

		if (!subjects)
			return -ENOMEM;
		s->subjects = subjects;
		subjects[s->nsubjects++] =
			(struct subject){.cause = cause, .object = NO_OBJECT, .ns = totals[cause]};
	}
	return 0;
}

int idle_shares__settle(struct idle_shares *s)
{
	uint64_t totals[IDLE_CAUSES] = {0};
	fixed_ns *time = calloc(s->nsubjects + 1, sizeof(*time));
	uint64_t *ns = calloc(s->nsubjects + 1, sizeof(*ns));
	unsigned int cause;
	size_t i;
	int err = time && ns ? 0 : -ENOMEM;

	for (i = 0; i < s->nsubjects; i++)
		read_subject(s, &s->subjects[i]);
	settle_cpus(s, totals);
	for (cause = 0; cause < CAUSE_COUNT && !err; cause++)
		if (totals[cause])
			err = settle_cause(s, cause, totals[cause], time, ns);
	free(time);
	free(ns);
	return err ? err : add_rest(s, totals);
}

size_t idle_shares__cpus(const struct idle_shares *s)
{
	return s->ncpus;
}

uint64_t idle_shares__of_cpu(const struct idle_shares *s, uint32_t cpu, unsigned int cause)
{
	return cpu < s->ncpus ? s->cpus[cpu].settled[cause] : 0;
}

size_t idle_shares__subjects(const struct idle_shares *s)
{
	return s->nsubjects;
}

struct idle_subject idle_shares__subject(const struct idle_shares *s, size_t i)
{
	const struct subject *subject = &s->subjects[i];

	return (struct idle_subject){subject->cause, subject->object, subject->ns};
}
