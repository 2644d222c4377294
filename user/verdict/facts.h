/* SPDX-License-Identifier: GPL-2.0-only */
/* What many rules ask of the report. Tables that are absent are as empty ones. */
#ifndef VERDICT_FACTS_H
#define VERDICT_FACTS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct report;
struct report_table;
struct strbuf;

struct facts {
	const struct report *report;
	const struct report_table *root, *cpus, *tasks, *sync, *idle, *path, *blame;
	uint64_t wall_ns;
	uint64_t ncpus;
	uint64_t core_ns; /* wall_ns of all CPUs */
	uint64_t workload_ns, idle_ns, other_ns;
	uint64_t free_ns; /* of CPUs: not used, and not wanted by more threads than there are */
};

struct facts facts__of(const struct report *report);

/* Idle time of all CPUs by cause; sync NOBODY: of all objects. */
uint64_t facts__idle(const struct facts *f, const char *cause, int64_t sync);
/* Critical path by state ("blocked") and cause; cause NULL: of all. */
uint64_t facts__path(const struct facts *f, const char *state, const char *cause);
/* The critical path's longest row of that kind; SIZE_MAX = none. */
size_t facts__path_row(const struct facts *f, const char *state, const char *cause);

/*
 * What waiting for `ns` on the critical path costs: no more than CPUs were free meanwhile. Where
 * all of them compute for the program, nobody has to wait less.
 */
double facts__wait_share(const struct facts *f, uint64_t ns);

/* part / whole; 0 if there is no whole. */
double share_of(uint64_t part, uint64_t whole);
/* A share of all CPUs' time as the part of the wall time that it stands for. */
uint64_t facts__cost(const struct facts *f, double share);

/* Sum of an integer column; of the rows of one parent. */
uint64_t table__sum(const struct report_table *t, const char *key);
uint64_t table__sum_of(const struct report_table *t, size_t parent_row, const char *key);
/* The row with this value in an integer column; SIZE_MAX = none. */
size_t table__row_of(const struct report_table *t, const char *key, int64_t value);
bool table__is(const struct report_table *t, size_t row, const char *key, const char *text);

/* Appends "31 ms", "48,120", "97 %". */
void put_ns(struct strbuf *sb, uint64_t ns);
void put_count(struct strbuf *sb, uint64_t n);
void put_percent(struct strbuf *sb, double share);

#endif
