/* SPDX-License-Identifier: GPL-2.0-only */
/* The rules that rules.c lists: one file each. */
#ifndef VERDICT_RULES_H
#define VERDICT_RULES_H

#include "verdict/rule.h"

extern const struct rule rule_data;
extern const struct rule rule_others;
extern const struct rule rule_deadlock;
extern const struct rule rule_gil;
extern const struct rule rule_lock_contention;
extern const struct rule rule_semaphore;
extern const struct rule rule_lock_convoy;
extern const struct rule rule_preempted_holder;
extern const struct rule rule_barrier;
extern const struct rule rule_load_imbalance;
extern const struct rule rule_affinity;
extern const struct rule rule_throttled;
extern const struct rule rule_pipeline;
extern const struct rule rule_serial;
extern const struct rule rule_oversubscription;
extern const struct rule rule_spawn;
extern const struct rule rule_io;
extern const struct rule rule_sleep;
extern const struct rule rule_loop;
extern const struct rule rule_ipc;
extern const struct rule rule_copies;
extern const struct rule rule_herd;
extern const struct rule rule_healthy;

#endif
