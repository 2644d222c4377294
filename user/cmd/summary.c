// SPDX-License-Identifier: GPL-2.0-only
#include "cmd/summary.h"

#include <stdio.h>
#include <string.h>

#include "bpf/events.h"
#include "cmd/session.h"
#include "lib/units.h"

/* What kinds of records are called when they are missing. */
static const char *const lost_names[CT_LOST_KINDS] = {
	[0] = "not understood",	     [CT_SWITCH] = "switch",
	[CT_SWITCH_WAIT] = "switch", [CT_SWITCH_FUTEX] = "switch",
	[CT_WAKING] = "waking",	     [CT_WAKING_FUTEX] = "waking",
	[CT_WAKEUP_NEW] = "waking",  [CT_FORK] = "fork",
	[CT_EXEC] = "exec",	     [CT_END] = "exit",
	[CT_RENAME] = "rename",	     [CT_LOST] = "other",
	[CT_TASK] = "other",
};

static void print_lost(const uint64_t *lost, uint64_t total)
{
	const char *separator = " (", *name;
	char number[UNITS_LEN];
	uint64_t sum;
	int i, j;

	fprintf(stderr, ", %s LOST", units__count(number, total));
	for (i = 0; i < CT_LOST_KINDS; i++) {
		name = lost_names[i] ? lost_names[i] : "other";
		for (sum = 0, j = 0; j < CT_LOST_KINDS; j++) {
			if (strcmp(lost_names[j] ? lost_names[j] : "other", name) != 0)
				continue;
			if (j < i)
				break; /* counted with the first of that name */
			sum += lost[j];
		}
		if (j < CT_LOST_KINDS || !sum)
			continue;
		fprintf(stderr, "%s%s %s", separator, name, units__count(number, sum));
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
