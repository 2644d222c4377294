/* SPDX-License-Identifier: GPL-2.0-only */
/* Signal mask and dispositions as this process inherited them; see launch__remember_signals(). */
#ifndef LAUNCH_INHERITED_H
#define LAUNCH_INHERITED_H

/* Right before exec, in a forked child or not. Does nothing if they were never remembered. */
void inherited__restore(void);

#endif
