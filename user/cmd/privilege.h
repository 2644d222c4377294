/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What this process may do, by its capabilities: at each step what that step needs, and no more.
 * docs/security.md says which and why.
 */
#ifndef CMD_PRIVILEGE_H
#define CMD_PRIVILEGE_H

#include <stdbool.h>
#include <stddef.h>

struct error;
struct identity;

/* CAP_BPF and CAP_PERFMON are both in effect (root has them). */
bool privilege__may_record(void);
/* What to do about it, in one line: names this program's file. Returns buf. */
char *privilege__remedy(char *buf, size_t size);
/* 0 if it may, else -EPERM with err telling the remedy. */
int privilege__demand(struct error *err);
/*
 * Gives up all that no step of a recording needs. Not before the starters of commands are forked:
 * to the kernel an exec that gains capabilities is one of a set-user-ID program, so that no core
 * would be dumped and personality(2) be reset (commit_creds() in kernel/cred.c,
 * security/commoncap.c).
 */
void privilege__to_record(void);

/* As privilege__to_record(), of a command that only reads recordings: needs nothing, demands
 * nothing.
 */
void privilege__to_read(void);
/* To load probes and start the command; and again when they are to be taken away. */
void privilege__to_set_up(void);
/* While it is recorded: what looking at the programs takes. The rest can be had again. */
void privilege__to_watch(void);
/* To make files and to give them their names, as often as need be. */
void privilege__to_name_files(void);

/*
 * For the analysis, for good: becomes this user (NULL: stays who we are) and has no capability any
 * more, or with `read_all`, if we had it, that to read others' files alone. Returns 0 or a negative
 * errno.
 */
int privilege__to_analyse(const struct identity *user, bool read_all);

#endif
