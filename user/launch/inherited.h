/* SPDX-License-Identifier: GPL-2.0-only */
/* Signal mask and dispositions as this process inherited them; see launch__remember_signals(). */
#ifndef LAUNCH_INHERITED_H
#define LAUNCH_INHERITED_H

/* In the forked child, right before exec. Does nothing if they were never remembered. */
void inherited__restore(void);

#endif
