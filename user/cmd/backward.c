// SPDX-License-Identifier: GPL-2.0-only
#include "cmd/backward.h"

#include <errno.h>
#include <stdbool.h>
#include <stddef.h>

#include "analysis/analysis.h"
#include "lib/helper.h"
#include "model/history.h"

#define MOST 16 /* analyses that go back */

/* Those that go the way together. */
struct party {
	const struct history *history;
	const struct analysis *analyses[MOST];
	void *states[MOST];
	size_t count;
	int rc;
};

static int give(void *ctx, const struct rewind *rw, const struct step *step)
{
	const struct party *party = ctx;
	size_t i;
	int rc;

	for (i = 0; i < party->count; i++) {
		rc = party->analyses[i]->back(party->states[i], rw, step);
		if (rc)
			return rc;
	}
	return 0;
}

static void *go(void *arg)
{
	struct party *party = arg;

	party->rc = party->count ? history__rewind(party->history, give, party) : 0;
	return NULL;
}

int backward__run(const struct history *history, void *const *states)
{
	struct party parties[2] = {{.history = history}, {.history = history}};
	bool two = helper__pays();
	pthread_t thread;
	size_t i;

	for (i = 0; analyses[i]; i++) {
		struct party *party = &parties[two && analyses[i]->back_is_dear];

		if (!analyses[i]->back)
			continue;
		if (party->count == MOST)
			return -E2BIG;
		party->analyses[party->count] = analyses[i];
		party->states[party->count++] = states[i];
	}
	two = two && helper__start(&thread, go, &parties[1]);
	go(&parties[0]);
	if (two)
		pthread_join(thread, NULL);
	else
		go(&parties[1]);
	return parties[0].rc ? parties[0].rc : parties[1].rc;
}
