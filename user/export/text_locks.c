// SPDX-License-Identifier: GPL-2.0-only
/*
 * LOCKS: the sync objects that were waited for longest; of the worst: who held them, and where.
 *
 * At a condition variable, a semaphore or a futex of unknown use a thread may wait all the time
 * because there is nothing to do: such objects do not push out locks that were waited for less. A
 * runtime's parking places tell even less, each is one thread's: they are one row, the last.
 */
#include <inttypes.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include "export/text_sections.h"
#include "export/text_table.h"
#include "export/text_wrap.h"
#include "lib/units.h"
#include "report/report.h"
#include "report/words.h"

#define SHOWN	 5
#define QUEUES	 2  /* of these, if there are locks as well */
#define DETAILED 3  /* of them, those that are told more of */
#define DETAIL	 10 /* if they have at least one in so many of all waiting */
#define HOLDERS	 3
#define INDENT	 4

enum class { LOCK, QUEUE, PARKING, TOLD, CLASSES }; /* TOLD: elsewhere */

struct locks {
	const struct report *report;
	const struct report_table *t;
	size_t rows[SHOWN], n; /* of objects; without the row of parking places */
	size_t shown[CLASSES], all[CLASSES];
	uint64_t wait_ns[CLASSES]; /* of all objects */
	uint64_t news_ns;	   /* less than this is not worth a row */
	size_t parking;		   /* the parking place with the longest wait */
	uint64_t parkings, parking_max_ns;
};

static enum class class_of(const struct report_table *t, size_t row) {
	static const char *const queues[] = {"condvar", "semaphore", "futex"};
	const char *kind = table__text(t, row, "kind");
	size_t i;

	/* Each join is an object of its own, told already by cause and thread. */
	if (!kind || !strcmp(kind, "join")) return TOLD;
	if (table__bool(t, row, "parking")) return PARKING;
	for (i = 0; i < sizeof(queues) / sizeof(*queues);
	     i++) if (!strcmp(kind, queues[i])) return QUEUE;
	return LOCK;
}

/* What a holder did meanwhile: the key behind "while." in words. */
static const char *doing(const char *key)
{
	static const struct {
		const char *key, *words;
	} words[] = {
		{"running", "running"},
		{"runnable", "waiting for a CPU"},
		{"unknown", "unknown"},
		{"sleep", "asleep"},
	};
	size_t i;

	for (i = 0; i < sizeof(words) / sizeof(*words); i++)
		if (!strcmp(key, words[i].key))
			return words[i].words;
	return NULL;
}

static void add_share(struct text_wrap *w, const char *separator, const char *what, uint64_t part,
		      uint64_t whole)
{
	struct strbuf text = {0};
	char share[UNITS_LEN];

	strbuf__printf(&text, "%s %s", what,
		       units__percent(share, whole ? (double)part / (double)whole : 0));
	text_wrap__add(w, separator, strbuf__text(&text));
	strbuf__free(&text);
}

/* What all holders together did most: up to two things, if they took a tenth of the time. */
static void put_doing(struct text_wrap *w, const struct report_table *t, size_t parent,
		      uint64_t held)
{
	const struct report_column *columns;
	size_t i, row, n = table__columns(t, &columns), told, best;
	uint64_t sums[64] = {0};

	for (row = 0; row < table__rows(t); row++)
		for (i = 0; i < n && i < 64 && table__parent_row(t, row) == parent; i++)
			if (!strncmp(columns[i].key, "while.", 6))
				sums[i] += (uint64_t)table__int(t, row, columns[i].key);
	for (told = 0; told < 2; told++) {
		char words[64];

		for (best = 0, i = 0; i < n && i < 64; i++)
			best = sums[i] > sums[best] ? i : best;
		if (sums[best] < held / 10 || !sums[best])
			return;
		snprintf(words, sizeof(words), "%s%s%.30s", told ? "" : "the holder was ",
			 doing(columns[best].key + 6) ? "" : "waiting: ",
			 doing(columns[best].key + 6) ? doing(columns[best].key + 6)
						      : columns[best].key + 6);
		add_share(w, told ? ", " : "; ", words, sums[best], held);
		sums[best] = 0;
	}
}

/* Whether another holder that is shown bears the same name. */
static bool is_namesake(const struct report_table *t, size_t parent, size_t row)
{
	const char *comm = table__text(t, row, "comm"), *other;
	size_t i, shown = 0;

	for (i = 0; comm && i < table__rows(t) && shown < HOLDERS; i++) {
		if (table__parent_row(t, i) != parent)
			continue;
		shown++;
		other = table__text(t, i, "comm");
		if (i != row && other && !strcmp(other, comm))
			return true;
	}
	return false;
}

/* Whether anything is known of any holder. */
static bool any_known(const struct report_table *t, size_t parent)
{
	size_t row;

	for (row = 0; row < table__rows(t); row++)
		if (table__parent_row(t, row) == parent && table__has(t, row, "tid"))
			return true;
	return false;
}

/* "held by worker-1 25 %, worker-3 25 %, 2 more; the holder was running 97 %" */
static void put_holders(struct text_out *o, const struct locks *locks, size_t parent)
{
	const struct report_table *t = report__find(locks->report, "sync.holders");
	const char *sure = table__text(locks->t, parent, "confidence");
	uint64_t held = (uint64_t)table__int(locks->t, parent, "other_holders.ns");
	size_t row, first, shown = 0;
	uint64_t more = (uint64_t)table__int(locks->t, parent, "other_holders.count");
	struct strbuf name = {0};
	struct text_wrap w;
	char text[64];

	first = table__first_row(t, parent);
	if (first == SIZE_MAX || !any_known(t, parent))
		return;
	for (row = first; row < table__rows(t); row++)
		if (table__parent_row(t, row) == parent)
			held += (uint64_t)table__int(t, row, "ns");
	text_wrap__begin(&w, o, INDENT);
	for (row = first; row < table__rows(t); row++) {
		if (table__parent_row(t, row) != parent)
			continue;
		if (shown == HOLDERS) {
			more++;
			continue;
		}
		strbuf__reset(&name);
		strbuf__puts(&name, shown ? "" : "held by ");
		words__thread(&name, t, row, is_namesake(t, parent, row));
		add_share(&w, ", ", strbuf__text(&name), (uint64_t)table__int(t, row, "ns"), held);
		shown++;
	}
	if (more) {
		snprintf(text, sizeof(text), "%" PRIu64 " more", more);
		text_wrap__add(&w, ", ", text);
	}
	if (sure && strcmp(sure, "high") != 0) {
		snprintf(text, sizeof(text), "(confidence: %.10s)", sure);
		text_wrap__add(&w, " ", text);
	}
	put_doing(&w, t, parent, held);
	text_wrap__end(&w);
	strbuf__free(&name);
}

/* "waited for in worker() convoy.c:58; let go in worker() convoy.c:61" */
static void put_sites(struct text_out *o, const struct locks *locks, size_t parent)
{
	bool held = class_of(locks->t, parent) == LOCK;
	const struct {
		const char *table, *words;
	} kinds[] = {{"sync.sites", "waited for in "},
		     {"sync.holding_sites", "its holder computed in "},
		     {"sync.holder_sites", held ? "let go in " : "woken in "}};
	struct strbuf text = {0};
	struct text_wrap w;
	size_t i;

	text_wrap__begin(&w, o, INDENT);
	for (i = 0; i < sizeof(kinds) / sizeof(*kinds); i++) {
		const struct report_table *t = report__find(locks->report, kinds[i].table);
		size_t row = table__first_row(t, parent);

		strbuf__reset(&text);
		strbuf__puts(&text, kinds[i].words);
		if (row == SIZE_MAX || !words__site(&text, t, row, ""))
			continue;
		text_wrap__add(&w, "; ", strbuf__text(&text));
	}
	text_wrap__end(&w);
	strbuf__free(&text);
}

static void put_handoffs(struct text_out *o, const struct locks *locks, size_t row)
{
	uint64_t n = (uint64_t)table__int(locks->t, row, "handoff.count");
	char count[UNITS_LEN], p50[UNITS_LEN], max[UNITS_LEN];

	if (!n)
		return;
	units__ns(p50, (uint64_t)table__int(locks->t, row, "handoff.p50_ns"));
	units__ns(max, (uint64_t)table__int(locks->t, row, "handoff.max_ns"));
	text_out__pad(o, INDENT);
	text_out__printf(o, "%s hand-off%s, half within %s, all within %s", units__count(count, n),
			 n == 1 ? "" : "s", p50, max);
	text_out__end(o);
}

static void put_hold_times(struct text_out *o, const struct locks *locks, size_t row)
{
	uint64_t n = (uint64_t)table__int(locks->t, row, "hold.count");
	char count[UNITS_LEN], p50[UNITS_LEN], max[UNITS_LEN];

	if (!n)
		return;
	units__ns(p50, (uint64_t)table__int(locks->t, row, "hold.p50_ns"));
	units__ns(max, (uint64_t)table__int(locks->t, row, "hold.max_ns"));
	text_out__pad(o, INDENT);
	text_out__printf(o, "held %s time%s, half of them at most %s, the longest %s",
			 units__count(count, n), n == 1 ? "" : "s", p50, max);
	text_out__end(o);
}

static void put_parking_details(struct text_out *o, const struct locks *locks)
{
	text_out__pad(o, INDENT);
	text_out__printf(o, "no lock: a language's runtime lets threads wait there for work");
	text_out__end(o);
	if (locks->all[PARKING] == 1)
		put_sites(o, locks, locks->parking);
}

/* The first of each class, and only if they matter among these; of what is idle waiting, few. */
static bool is_detailed(const struct locks *locks, size_t i)
{
	enum class class = class_of(locks->t, locks->rows[i]);
	size_t before = 0, most = DETAILED;

	if ((uint64_t)table__int(locks->t, locks->rows[i], "wait_ns") <
	    locks->wait_ns[class] / DETAIL)
		return false;
	if (class == QUEUE)
		most = locks->shown[LOCK] < DETAILED ? DETAILED - locks->shown[LOCK] : 1;
	while (i-- > 0)
		before += class_of(locks->t, locks->rows[i]) == class;
	return before < most;
}

static void put_details(struct text_out *o, size_t i, const void *ctx)
{
	const struct locks *locks = ctx;
	size_t row = i < locks->n ? locks->rows[i] : SIZE_MAX;

	if (row == SIZE_MAX) {
		put_parking_details(o, locks);
		return;
	}
	if (!is_detailed(locks, i))
		return;
	put_holders(o, locks, row);
	put_sites(o, locks, row);
	put_hold_times(o, locks, row);
	put_handoffs(o, locks, row);
}

/* "mutex registry_lock", "mutex 0x5581d5c0e060", "... of 1234" where several processes have some */
static void put_name(struct text_table *table, size_t i, const struct report_table *t, size_t row,
		     bool with_pid)
{
	struct strbuf name = {0};

	words__object(&name, t, row);
	snprintf(table->names[i], TEXT_CELL, "%s", strbuf__text(&name));
	strbuf__free(&name);
	if (table__bool(t, row, "shared"))
		snprintf(table->suffixes[i], TEXT_CELL, " shared");
	else if (with_pid)
		snprintf(table->suffixes[i], TEXT_CELL, " of %" PRId64, table__int(t, row, "pid"));
}

static void put_object(struct text_table *table, size_t i, const struct report_table *t, size_t row,
		       bool with_pid)
{
	char(*cells)[TEXT_CELL] = table->cells[i];

	put_name(table, i, t, row, with_pid);
	units__count(cells[0], (uint64_t)table__int(t, row, "waits"));
	units__ns(cells[1], (uint64_t)table__int(t, row, "wait_ns"));
	units__ns(cells[2], (uint64_t)table__int(t, row, "max_wait_ns"));
	units__count(cells[3], (uint64_t)table__int(t, row, "waiters"));
}

static void put_parking(struct text_table *table, size_t i, const struct locks *locks)
{
	char(*cells)[TEXT_CELL] = table->cells[i];

	snprintf(table->names[i], TEXT_CELL, "parking place%s",
		 locks->all[PARKING] == 1 ? "" : "s");
	if (locks->all[PARKING] > 1)
		snprintf(table->suffixes[i], TEXT_CELL, " x%zu", locks->all[PARKING]);
	units__count(cells[0], locks->parkings);
	units__ns(cells[1], locks->wait_ns[PARKING]);
	units__ns(cells[2], locks->parking_max_ns);
	snprintf(cells[3], TEXT_CELL, "-"); /* one thread may have waited at several */
}

static void sum_up(struct locks *locks)
{
	const struct report_table *t = locks->t;
	size_t row;

	for (row = 0; row < table__rows(t); row++) {
		enum class class = class_of(t, row);
		uint64_t max_ns = (uint64_t)table__int(t, row, "max_wait_ns");

		locks->all[class]++;
		locks->wait_ns[class] += (uint64_t)table__int(t, row, "wait_ns");
		if (class != PARKING)
			continue;
		if (locks->all[PARKING] == 1)
			locks->parking = row;
		locks->parkings += (uint64_t)table__int(t, row, "waits");
		if (max_ns > locks->parking_max_ns)
			locks->parking_max_ns = max_ns;
	}
}

/* How many of a class are worth a row: they come with the longest wait first. */
static size_t worth(const struct locks *locks, enum class class, size_t most)
{
	/* Locks are measured by each other, what may be idle waiting by all. */
	uint64_t least =
		class == LOCK ? locks->wait_ns[LOCK] : locks->wait_ns[LOCK] + locks->wait_ns[QUEUE];
	size_t row, n = 0;

	least = least / 100 > locks->news_ns ? least / 100 : locks->news_ns;
	for (row = 0; row < table__rows(locks->t) && n < most; row++)
		if (class_of(locks->t, row) == class &&
		    (uint64_t)table__int(locks->t, row, "wait_ns") >= least)
			n++;
	return n;
}

static void choose(struct locks *locks)
{
	size_t row, most = SHOWN - (locks->all[PARKING] > 0);
	size_t nlocks = worth(locks, LOCK, most), nqueues = worth(locks, QUEUE, most);
	size_t kept = nqueues < QUEUES ? nqueues : QUEUES; /* of queues, whatever locks there are */

	if (nlocks > most - kept)
		nlocks = most - kept;
	if (nqueues > most - nlocks)
		nqueues = most - nlocks;
	if (!nlocks && !nqueues && !locks->all[PARKING]) { /* no news: the longest wait at least */
		nlocks = nqueues = 1;
		most = 1;
	}
	for (row = 0; row < table__rows(locks->t) && locks->n < most; row++) {
		enum class class = class_of(locks->t, row);

		if ((class == LOCK && locks->shown[LOCK] < nlocks) ||
		    (class == QUEUE && locks->shown[QUEUE] < nqueues)) {
			locks->rows[locks->n++] = row;
			locks->shown[class]++;
		}
	}
}

void text__locks(struct text_out *o, const struct report *report, bool details)
{
	const struct report_table *root = report__find(report, "");
	struct locks locks = {.report = report,
			      .t = report__find(report, "sync"),
			      .news_ns = (uint64_t)table__int(root, 0, "wall_ns") / 1000};
	struct text_table table = {.heading = "LOCKS",
				   .columns = {"waits", "waited", "longest", "threads"},
				   .ncolumns = 4,
				   .below = details ? put_details : NULL,
				   .ctx = &locks};
	const struct report_table *t = locks.t;
	bool with_pid = false;
	size_t i, more;

	sum_up(&locks);
	choose(&locks);
	for (i = 0; i < locks.n; i++)
		with_pid |=
			table__int(t, locks.rows[i], "pid") != table__int(t, locks.rows[0], "pid");
	for (i = 0; i < locks.n; i++)
		put_object(&table, i, t, locks.rows[i], with_pid);
	table.nrows = locks.n;
	if (locks.all[PARKING])
		put_parking(&table, table.nrows++, &locks);
	if (!table.nrows)
		return;
	text_table__print(&table, o);
	more = locks.all[LOCK] + locks.all[QUEUE] - locks.n;
	text_out__more(o, more + (size_t)table__int(root, 0, "sync_omitted.objects"));
}
