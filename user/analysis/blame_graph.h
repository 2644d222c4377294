/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Who waits for whom at one instant, which goes back in time: threads and objects, each of which
 * leads on to at most one other, or is where chains end. Every change first charges the time that
 * has gone by since the last one to where the chains ended, so it costs as much as the chain above
 * is long, however many wait below.
 */
#ifndef ANALYSIS_BLAME_GRAPH_H
#define ANALYSIS_BLAME_GRAPH_H

#include "analysis/blame_bag.h"

/* Where a node leads: on to another, or nowhere. */
struct blame_aim {
	struct blame_node *to; /* NULL: chains end here, at... */
	enum blame_root root;
	uint32_t task, own_task; /* whose doing that is, for those below and for itself */
	struct blame_site site;	 /* to: where the other lets it go */
};

struct blame_node {
	struct blame_aim aim;
	struct blame_node *to; /* aim.to, unless that leads back here */
	struct bag below;      /* who waits for it */
	bool circle;	       /* it is not led to aim.to because that leads back here */
	/* Itself, if it waits. */
	bool waits;
	uint64_t class;
	uint64_t until; /* what is later has been charged already; while chains end here */
	struct blame_site site;
};

struct blame_graph {
	struct blame_sums *sums;
	uint64_t *task_ns; /* by task id: what others waited for it */
	uint64_t walked;   /* links, so far */
	int failed;	   /* 0, or -ENOMEM from some time on */
};

/*
 * Itself waits from now on, backwards; then no more. A new aim must follow both. `last`: what leads
 * in a circle at this time does so to the recording's end.
 */
void blame_node__wait(struct blame_graph *g, struct blame_node *node, uint64_t ns, uint64_t class,
		      struct blame_site site);
void blame_node__resume(struct blame_graph *g, struct blame_node *node, uint64_t ns);
/* Where it leads from now on, backwards. `last`: as it does to the end of the recording. */
void blame_node__aim(struct blame_graph *g, struct blame_node *node, uint64_t ns,
		     const struct blame_aim *aim, bool last);
/* A sample of the task at a node at which chains end. */
void blame_node__sample(struct blame_graph *g, const struct blame_node *node, uint32_t task,
			uint64_t stack);

#endif
