/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Priority of those who take records from the rings, against programs that would starve them: rings
 * that nobody empties overflow. Of the calling thread and of threads that it starts afterwards;
 * never of the workload, so raise it only once the workload is forked.
 */
#ifndef CMD_URGENCY_H
#define CMD_URGENCY_H

struct urgency {
	int nice; /* as it was */
};

/* Where it is not allowed (no CAP_SYS_NICE) nothing happens. */
struct urgency urgency__raise(void);
/* Back to what it was, for this thread alone: before it forks or starts any other work. */
void urgency__settle(struct urgency before);

#endif
