/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef CMD_RECORD_H
#define CMD_RECORD_H

#include "cmd/session.h"

/* How a command is recorded unless an option says otherwise; whom and whereto is left to add. */
struct session_options record__defaults(void);

#endif
