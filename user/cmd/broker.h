/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * A process beside us that gives finished files their names, and removes those that will not be
 * finished: in the sandbox we may do neither. It can be asked for the names that were chosen
 * before, and for nothing else; and it cleans up even if we are killed.
 */
#ifndef CMD_BROKER_H
#define CMD_BROKER_H

#include <stddef.h>

struct broker;
struct error;
struct outlet;

/*
 * For these outlets, of which nothing may be buffered yet; those that need it are told. *out is
 * NULL if none does. Returns 0, or a negative errno with err filled.
 */
int broker__start(struct outlet *outlets, size_t count, struct broker **out, struct error *err);
/* Returns as outlet__commit(). */
int broker__name(struct broker *b, unsigned int number, struct error *err);
/* What has no name by now is removed when this returns. NULL is fine. */
void broker__end(struct broker *b);

#endif
