/* SPDX-License-Identifier: GPL-2.0-only */
/* The user's web browser. */
#ifndef CMD_BROWSER_H
#define CMD_BROWSER_H

#include <stdbool.h>

/*
 * Once this process is the user who called sudo: what sudo took out of the
 * environment, and a browser needs to find the desktop, is put back.
 */
void browser__find_desktop(void);

/*
 * Tries $BROWSER, then xdg-open and known names if there is a display; it runs on when we end.
 * `address` is a URL or a path that begins with neither a dash nor a blank. Returns whether one
 * took it, as far as could be seen within two seconds.
 */
bool browser__open(const char *address);

#endif
