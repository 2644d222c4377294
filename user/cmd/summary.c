// SPDX-License-Identifier: GPL-2.0-only
#include "cmd/summary.h"

#include <stdio.h>
#include <string.h>

#include "bpf/events.h"
#include "cmd/session.h"
#include "lib/units.h"
#include "trace/record.h"

static void print_lost(const uint64_t *lost, uint64_t total)
{
	const char *separator = " (", *kind;
	char number[UNITS_LEN];
	unsigned int i, j;
	uint64_t sum;

	fprintf(stderr, ", %s LOST", units__count(number, total));
	for (i = 0; i < CT_LOST_KINDS; i++) {
		kind = record__kind(i);
		for (j = 0; j < i && strcmp(record__kind(j), kind) != 0; j++)
			;
		if (j < i) /* counted with the first of that kind */
			continue;
		for (sum = 0; j < CT_LOST_KINDS; j++)
			sum += strcmp(record__kind(j), kind) == 0 ? lost[j] : 0;
		if (!sum)
			continue;
		fprintf(stderr, "%s%s %s", separator, units__count(number, sum), kind);
		separator = ", ";
	}
	fputs("); --buffer SIZE makes room", stderr);
}

void summary__print(const struct session_options *opts, const struct session_result *result,
		    bool reported)
{
	const char *name = strcmp(opts->output, "-") == 0 ? "standard output" : opts->output;
	char events[UNITS_LEN], bytes[UNITS_LEN];
	uint64_t total = 0;
	int i;

	if (result->write_failure)
		fprintf(stderr,
			"conctrace: %s: %s: the recording ends there; the command was let alone\n",
			name, strerror(-result->write_failure));
	if (opts->quiet)
		return;
	if (result->trailer.stop == TRACE_STOP_SIZE)
		fprintf(stderr,
			"conctrace: %s has reached its --max-size of %s: the recording ends there; "
			"the "
			"command was let alone\n",
			name, units__bytes(bytes, opts->most_bytes));
	if (result->not_kept) {
		fputs("conctrace: the command succeeded: nothing was kept (--on-failure)\n",
		      stderr);
		return;
	}
	if (reported) {
		fprintf(stderr, "File: %s\n", name);
		return;
	}
	for (i = 0; i < CT_LOST_KINDS; i++)
		total += result->trailer.lost[i];
	fprintf(stderr, "%s: %s events, %s", name, units__count(events, result->stats.events),
		units__bytes(bytes, result->stats.bytes));
	if (total)
		print_lost(result->trailer.lost, total);
	else
		fputs(", none lost", stderr);
	fputs("\n", stderr);
}
