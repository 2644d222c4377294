/* SPDX-License-Identifier: GPL-2.0-only */
/* Whether this process may record, as the kernel's capabilities tell. */
#ifndef CMD_PRIVILEGE_H
#define CMD_PRIVILEGE_H

#include <stdbool.h>
#include <stddef.h>

struct error;

/* CAP_BPF and CAP_PERFMON are both in effect (root has them). */
bool privilege__may_record(void);
/* What to do about it, in one line: names this program's file. Returns buf. */
char *privilege__remedy(char *buf, size_t size);
/* 0 if it may, else -EPERM with err telling the remedy. */
int privilege__demand(struct error *err);

#endif
