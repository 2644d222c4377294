/* SPDX-License-Identifier: GPL-2.0-only */
/* The signals that ask us or the workload to end, as events to be read instead of handlers. */
#ifndef CMD_SIGNALS_H
#define CMD_SIGNALS_H

#include <stdbool.h>

struct error;
struct signals;

struct signals_event {
	int signo;
	bool asks_to_end; /* SIGINT, SIGTERM: they mean "stop"; others may mean something else */
	bool ours_alone;  /* sent to this process; else the terminal told the whole group */
};

/*
 * From here on SIGINT, SIGTERM, SIGHUP and SIGQUIT arrive through signals__next(). Call before
 * any thread is made. Returns 0 or a negative errno.
 */
int signals__open(struct signals **out, struct error *err);
/* The same for one signal more. 0 or a negative errno. */
int signals__add(struct signals *s, int signo);
void signals__close(struct signals *s);

/* To poll for reading. */
int signals__fd(const struct signals *s);
/*
 * Takes the next one, if there is one. The same signal again within 20 ms is taken for an echo (to
 * the process, then to its group), and skipped.
 */
bool signals__next(struct signals *s, struct signals_event *event);
/* Waits for one, or until fd is readable; takes all there are. True if there was one. ctx is the
 * struct signals: for apart_work. */
bool signals__attend(void *ctx, int fd);
/* Takes all there are; true if there was one. ctx is the struct signals: for analyse_options. */
bool signals__any(void *ctx);

#endif
