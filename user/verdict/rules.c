// SPDX-License-Identifier: GPL-2.0-only
#include "verdict/rules.h"

#include <stddef.h>

const struct rule *const rules[] = {
	&rule_data,		/* events lost, time unknown */
	&rule_deadlock,		/* threads in a circle */
	&rule_gil,		/* Python's interpreter lock */
	&rule_lock_contention,	/* threads queue for a lock, CPUs are idle */
	&rule_lock_convoy,	/* a lock that changes hands by sleeping and waking */
	&rule_preempted_holder, /* a lock's holder has no CPU */
	&rule_barrier,		/* threads wait at a barrier for the slowest */
	&rule_load_imbalance,	/* one of several equal threads has more to do */
	&rule_affinity,		/* CPUs are idle and not allowed */
	&rule_throttled,	/* a quota is used up */
	&rule_pipeline,		/* one stage sets the pace of the others */
	&rule_spawn,		/* starting threads and processes */
	&rule_io,		/* storage */
	&rule_sleep,		/* timers */
	&rule_loop,		/* event loops that stop serving */
	&rule_herd,		/* many are woken for one */
	&rule_ipc,		/* messages */
	&rule_oversubscription, /* too many threads */
	&rule_serial,		/* one thread computes alone; after those that know why */
	&rule_healthy,		/* nothing to fix; last */
	NULL,
};
