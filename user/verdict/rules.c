// SPDX-License-Identifier: GPL-2.0-only
#include "verdict/rules.h"

#include <stddef.h>

const struct rule *const rules[] = {
	&rule_data,
	&rule_others,
	&rule_deadlock,
	&rule_gil,
	&rule_lock_contention,
	&rule_semaphore,
	&rule_lock_convoy,
	&rule_preempted_holder,
	&rule_barrier,
	&rule_load_imbalance,
	&rule_affinity,
	&rule_throttled,
	&rule_loop,
	&rule_pipeline, /* after rule_loop: a loop that is blocked sets no pace */
	&rule_spawn,
	&rule_io,
	&rule_sleep,
	&rule_herd,
	&rule_ipc,
	&rule_copies, /* after rule_ipc: messages so many are told first */
	&rule_oversubscription,
	&rule_serial,  /* after those that know why one thread is alone */
	&rule_healthy, /* last */
	NULL,
};
