// SPDX-License-Identifier: GPL-2.0-only
#include "analysis/sync_holders.h"

#include "model/holding.h"
#include "model/model.h"
#include "report/report.h"

static const struct report_column columns[] = {
	{"tid", "tid", R_INT, U_NONE, 0},
	{"pid", "pid", R_INT, U_NONE, 0},
	{"comm", "thread", R_TEXT, U_NONE, 0},
	{"ns", "held", R_INT, U_NS, 0},
	{"while.running", "running", R_INT, U_NS, R_SKIP_ZERO},
	{"while.runnable", "for CPU", R_INT, U_NS, R_SKIP_ZERO},
	{"while.unknown", "unknown", R_INT, U_NS, R_SKIP_ZERO},
#define X(id, name, letter, words) {"while." name, name, R_INT, U_NS, R_SKIP_ZERO},
	MODEL_CAUSES(X)
#undef X
};

static const char *const cause_keys[CAUSE_COUNT] = {
#define X(id, name, letter, words) "while." name,
	MODEL_CAUSES(X)
#undef X
};

static const char *const confidence_names[] = {
	[CONFIDENCE_NONE] = NULL,
	[CONFIDENCE_LOW] = "low",
	[CONFIDENCE_MEDIUM] = "medium",
	[CONFIDENCE_HIGH] = "high",
};

struct report_table *sync_holders__add_table(struct report *report)
{
	return report__add(report, "sync", "holders", columns, sizeof(columns) / sizeof(*columns));
}

static void add_holder(struct report_table *t, size_t parent, const struct holder_total *holder)
{
	size_t cause, row = table__add_row(t, parent);

	if (holder->task) {
		table__set_int(t, row, "tid", holder->task->tid);
		if (holder->task->known)
			table__set_int(t, row, "pid", holder->task->pid);
		table__set_text(t, row, "comm", holder->task->comm);
	}
	table__set_int(t, row, "ns", (int64_t)holder->ns);
	table__set_int(t, row, "while.running", (int64_t)holder->running_ns);
	table__set_int(t, row, "while.runnable", (int64_t)holder->runnable_ns);
	table__set_int(t, row, "while.unknown", (int64_t)holder->unknown_ns);
	for (cause = 0; cause < CAUSE_COUNT; cause++)
		if (holder->blocked_ns[cause])
			table__set_int(t, row, cause_keys[cause],
				       (int64_t)holder->blocked_ns[cause]);
}

static void set_handoffs(const struct model *model, uint32_t object, struct report_table *t,
			 size_t row)
{
	struct handoffs handoffs;

	if (!model__handoffs(model, object, &handoffs) || !handoffs.count)
		return;
	table__set_int(t, row, "handoff.count", (int64_t)handoffs.count);
	table__set_int(t, row, "handoff.p50_ns", (int64_t)handoffs.p50_ns);
	table__set_int(t, row, "handoff.max_ns", (int64_t)handoffs.max_ns);
	table__set_int(t, row, "handoff.total_ns", (int64_t)handoffs.total_ns);
}

void sync_holders__set(const struct model *model, uint32_t object, struct report_table *objects,
		       size_t row, struct report_table *holders, size_t most)
{
	enum confidence confidence = model__confidence(model, object);
	struct holder_total holder;
	uint64_t others = 0, others_ns = 0;
	size_t i;

	for (i = 0; model__holder(model, object, i, &holder); i++) {
		if (i < most) {
			add_holder(holders, row, &holder);
			continue;
		}
		others++;
		others_ns += holder.ns;
	}
	if (others) {
		table__set_int(objects, row, "other_holders.count", (int64_t)others);
		table__set_int(objects, row, "other_holders.ns", (int64_t)others_ns);
	}
	if (confidence != CONFIDENCE_NONE)
		table__set_text(objects, row, "confidence", confidence_names[confidence]);
	set_handoffs(model, object, objects, row);
}
