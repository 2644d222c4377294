// SPDX-License-Identifier: GPL-2.0-only
/*
 * The replay of a recording under a change: what `conctrace whatif` does, without its names. Byte 0
 * says which change, byte 1 how much of it.
 */
#include <errno.h>

#include "analysis/analysis.h"
#include "cmd/guest.h"
#include "replay/change.h"
#include "replay/recording.h"
#include "replay/result.h"
#include "report/report.h"
#include "tests/fuzz/lib/fuzz.h"
#include "tests/fuzz/lib/pass.h"
#include "tests/fuzz/lib/records.h"

struct inquiry {
	struct recording recording;
	struct change change;
};

static struct change take_change(struct feed *f)
{
	unsigned int kind = (unsigned int)feed__number(f, 1);
	double factor = (double)feed__number(f, 1) / 16;
	struct change c = {.without = REPLAY_NONE,
			   .held = REPLAY_NONE,
			   .hold = 1,
			   .io = 1,
			   .timers = 1,
			   .faster = 1};

	switch (kind % 6) {
	case 0:
		c.cpus = kind / 6 + 1;
		break;
	case 1:
		c.without = kind / 6;
		break;
	case 2:
		c.held = kind / 6;
		c.hold = factor;
		break;
	case 3:
		c.io = factor;
		break;
	case 4:
		c.timers = factor;
		break;
	default:
		c.faster = factor + 0.001;
	}
	return c;
}

static int finish(void *ctx, const struct analysis_input *in, struct report *report,
		  struct error *err)
{
	struct inquiry *q = ctx;
	struct prediction prediction = {0};
	struct program program;
	int rc = program__build(&program, &q->recording, in->model, NULL, NULL);

	(void)report;
	(void)err;
	recording__clear(&q->recording);
	if (!rc)
		rc = prediction__make(&program, &q->change, &prediction);
	FUZZ_HOLDS(!rc || rc == -ELOOP);
	program__free(&program);
	return 0;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static struct inquiry q;
	struct feed f = {data, size};
	struct analyse_guest guest = {
		.sink = recording__sink(&q.recording), .finish = finish, .ctx = &q};

	q.change = take_change(&f);
	report__free(pass__report(records__trace(0, &f), &guest));
	recording__clear(&q.recording);
	return 0;
}
