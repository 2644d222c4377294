// SPDX-License-Identifier: GPL-2.0-only
#include "verdict/groups.h"

#include <ctype.h>
#include <string.h>

#include "lib/thread_name.h"
#include "report/report.h"

#define LIKE	       4    /* who runs a fourth to four times of what they do is one of them */
#define MOST_LOOKED_AT 4096 /* rows: comparing is quadratic */

/* Its head is without what separates the number from it. */
static struct thread_name stem_of(const char *comm)
{
	struct thread_name name = thread_name__split(comm);
	size_t len = name.head;

	while (len && (isdigit((unsigned char)comm[len - 1]) || strchr("-_#:./ ", comm[len - 1])))
		len--;
	name.head = len;
	return name;
}

/* A process's first thread works for itself: it makes the others and waits for them. */
static bool is_main(const struct facts *f, size_t row)
{
	return table__int(f->tasks, row, "tid") == table__int(f->tasks, row, "pid");
}

bool group__same(const struct facts *f, size_t a, size_t b)
{
	const char *x = table__text(f->tasks, a, "comm"), *y = table__text(f->tasks, b, "comm");
	const char *key = is_main(f, a) ? "ppid" : "pid";
	struct thread_name stem, other;

	if (!x || !y || is_main(f, a) != is_main(f, b) ||
	    table__int(f->tasks, a, key) != table__int(f->tasks, b, key))
		return false;
	stem = stem_of(x);
	other = stem_of(y);
	return stem.head == other.head && !strncmp(x, y, stem.head) &&
	       !strcmp(stem.tail, other.tail);
}

static bool began_before(const struct facts *f, size_t row)
{
	size_t i;

	for (i = 0; i < row; i++)
		if (group__same(f, i, row))
			return true;
	return false;
}

static void add(const struct facts *f, struct group *g, size_t row)
{
	uint64_t running = (uint64_t)table__int(f->tasks, row, "running_ns");
	uint64_t end = (uint64_t)table__int(f->tasks, row, "end_ns");

	if (!running)
		return;
	g->members++;
	g->running_ns += running;
	if (running > g->most_ns) {
		g->most_ns = running;
		g->busiest = row;
	}
	if (end > g->last_end) {
		g->end_before = g->last_end;
		g->last_end = end;
		g->last = row;
	} else if (end > g->end_before) {
		g->end_before = end;
	}
}

/* The process's first thread, if it bears the others' name and computes as they do: OpenMP. */
static void add_first(const struct facts *f, struct group *g)
{
	size_t row = table__row_of(f->tasks, "tid", table__int(f->tasks, g->first, "pid"));
	const char *name = table__text(f->tasks, g->first, "comm");
	uint64_t running, mean;

	if (row == SIZE_MAX || is_main(f, g->first) || !g->members || !name ||
	    !table__is(f->tasks, row, "comm", name))
		return;
	running = (uint64_t)table__int(f->tasks, row, "running_ns");
	mean = g->running_ns / g->members;
	if (running * LIKE >= mean && running <= mean * LIKE)
		add(f, g, row);
}

bool group__next(const struct facts *f, size_t *pos, struct group *out)
{
	size_t rows = table__rows(f->tasks), row;

	rows = rows < MOST_LOOKED_AT ? rows : MOST_LOOKED_AT;
	for (; *pos < rows; (*pos)++) {
		if (began_before(f, *pos))
			continue;
		*out = (struct group){.first = *pos};
		for (row = *pos; row < rows; row++)
			if (group__same(f, *pos, row))
				add(f, out, row);
		add_first(f, out);
		if (out->members < 2)
			continue;
		(*pos)++;
		return true;
	}
	return false;
}
