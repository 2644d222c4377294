// SPDX-License-Identifier: GPL-2.0-only
#include <errno.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>

#include "analysis/analysis.h"
#include "cmd/analyse.h"
#include "cmd/commands.h"
#include "cmd/guest.h"
#include "cmd/options.h"
#include "cmd/outlet.h"
#include "cmd/privilege.h"
#include "cmd/sandbox.h"
#include "cmd/session.h"
#include "cmd/whatif.h"
#include "export/rows.h"
#include "lib/array.h"
#include "lib/error.h"
#include "model/holding.h"
#include "replay/recording.h"
#include "symbol/plumbing.h"
#include "trace/info.h"

#define WHO	     "conctrace whatif"
#define MOST_UNKNOWN 0.1  /* of the threads' time */
#define MOST_MISS    0.05 /* of the replay as recorded */

/* From the first slice to the answer. */
struct inquiry {
	struct whatif_answer answer;
	struct recording recording;
	const struct model *model;
	uint8_t *known; /* by index of a stack: 1 = it is not in the function, 2 = it is */
	size_t nknown;
	uint64_t hits; /* samples in the function */
};

/* Whether the function, or one that it called, was running. */
static bool has_function(const struct model_stack *stack, const char *name)
{
	struct place levels[LEVELS_MOST];
	size_t f, i, n;

	for (f = 0; f < stack->nframes; f++) {
		n = frame__levels(&stack->frames[f], levels);
		for (i = 0; i < n; i++)
			if (levels[i].function && !strcmp(levels[i].function, name))
				return true;
	}
	return false;
}

static bool is_site(void *ctx, uint64_t id)
{
	struct inquiry *q = ctx;
	const struct model_stack *stack = id ? model__stack(q->model, id) : NULL;
	uint8_t *known;

	if (!stack)
		return false;
	known = array__reserve(q->known, &q->nknown, stack->index, sizeof(*known));
	if (!known)
		return false;
	q->known = known;
	known += stack->index;
	if (!*known)
		*known = has_function(stack, q->answer.site) ? 2 : 1;
	q->hits += *known == 2;
	return *known == 2;
}

static int refuse_deadlock(const struct model *model, struct error *err)
{
	const struct model_task *tasks[2];
	const struct sync_object *objects[2];

	if (!model__deadlock(model, 0, tasks, objects, 2))
		return 0;
	return error__set(err, -EINVAL,
			  "threads wait for each other in a circle ('conctrace report' shows it): "
			  "there is no end to predict");
}

static void add_notes(struct whatif_answer *a, const struct analysis_input *in)
{
	const struct prediction *p = &a->prediction;

	if (p->error > MOST_MISS || p->error < -MOST_MISS)
		whatif__note(a, "the replay misses what was recorded by %.0f %%: do not rely on it",
			     100 * (p->error < 0 ? -p->error : p->error));
	if (p->unknown > 0)
		whatif__note(a,
			     "%.1f %% of the threads' time is unknown: the "
			     "interval is that much wider",
			     100 * p->unknown);
	if (in->trailer->stop != TRACE_STOP_WORKLOAD || in->truncated)
		whatif__note(a, "the recording ends before the program does: predicted is the time "
				"for the same work");
	if (p->assumed > 0.01)
		whatif__note(a,
			     "%.0f %% of the computing is taken to hold a lock unseen, from how "
			     "often it was stopped there",
			     100 * p->assumed);
}

static int answer(struct inquiry *q, const struct analysis_input *in, const struct report *report,
		  struct error *err)
{
	struct program program;
	int rc = program__build(&program, &q->recording, in->model, q->answer.site ? is_site : NULL,
				q);

	recording__clear(&q->recording);
	if (!rc && program.task_ns &&
	    (double)program.unknown_ns > MOST_UNKNOWN * (double)program.task_ns) {
		rc = error__set(err, -EINVAL,
				"%.0f %% of the threads' time is unknown, because events were "
				"lost: too much for a prediction",
				100 * (double)program.unknown_ns / (double)program.task_ns);
		program__free(&program);
		return rc;
	}
	if (!rc && q->answer.site && !q->hits) {
		program__free(&program);
		return whatif__no_function(&q->answer, report, err);
	}
	if (!rc)
		rc = prediction__make(&program, &q->answer.change, &q->answer.prediction);
	program__free(&program);
	if (rc == -ELOOP)
		return error__set(err, rc,
				  "the replay of the changed program does not come to an "
				  "end: no prediction");
	return rc ? error__set(err, rc, "not enough memory to replay the trace") : 0;
}

static int finish(void *ctx, const struct analysis_input *in, struct report *report,
		  struct error *err)
{
	struct inquiry *q = ctx;
	int rc = refuse_deadlock(in->model, err);

	if (!rc)
		rc = whatif__find(&q->answer, report, err);
	if (rc)
		return rc;
	q->model = in->model;
	rc = answer(q, in, report, err);
	if (rc)
		return rc;
	whatif__name_limit(&q->answer, report, in->model);
	add_notes(&q->answer, in);
	return 0;
}

static int tell(const struct whatif_answer *answer, struct outlet *json, struct error *err)
{
	bool wanted = json->what->path != NULL;

	if (!wanted || strcmp(json->what->path, "-") != 0)
		whatif__print(answer, stdout);
	if (!wanted)
		return 0;
	if (json->err.code) {
		*err = json->err;
		return err->code;
	}
	whatif__print_json(answer, json->stream);
	return outlet__commit(json, err);
}

static int ask(struct inquiry *q, const char *trace, const char *json, struct error *err)
{
	const struct analyse_guest guest = {
		.sink = recording__sink(&q->recording), .finish = finish, .ctx = q};
	const struct analyse_options opts = {.trace = trace, .guest = &guest};
	struct analyse_target target = {.exporter = &exporter_json, .path = json};
	const struct sandbox_options bounds = {.trace = trace, .targets = &target, .ntargets = 1};
	struct sandbox *sandbox;
	int rc = sandbox__enter(&bounds, &sandbox, err);

	if (!rc)
		rc = analyse__run(&opts, err);
	if (!rc)
		rc = tell(&q->answer, target.outlet, err);
	sandbox__end(sandbox);
	return rc;
}

static int parse(struct inquiry *q, int argc, char **argv, const char **trace, const char **json,
		 struct error *err)
{
	struct whatif_question *w = &q->answer.question;
	const struct option_row rows[] = {
		{"cpus", 0, "N", "on N CPUs", OPTION_COUNT, &w->cpus},
		{"without", 0, "LOCK", "nobody waits for this lock, or other object", OPTION_TEXT,
		 &w->without},
		{"hold", 0, "LOCK=F", "what is computed while it is held takes F times as long",
		 OPTION_TEXT, &w->hold},
		{"faster", 0, "FUNCTION=F", "this function, and what it calls, is F times as fast",
		 OPTION_TEXT, &w->faster},
		{"io", 0, "F", "waits for disks and the network take F times as long, 0 = no time",
		 OPTION_TEXT, &w->io},
		{"sleep", 0, "F", "sleeps and timeouts take F times as long", OPTION_TEXT,
		 &w->sleep},
		{"json", 0, "OUTPUT", "write the answer as JSON, too", OPTION_TEXT, json},
	};
	const struct option_table table = {
		.command = WHO,
		.usage = WHO " [FILE] CHANGE...\n",
		.intro = "Replays a recording under changed conditions and predicts how long it "
			 "takes then;\nFILE is " SESSION_DEFAULT_FILE " unless given. A LOCK is "
			 "named as in the report, or by its id: '#12'.",
		.rows = rows,
		.count = sizeof(rows) / sizeof(*rows)};
	char **words;
	int rc = options__parse(&table, argc, argv, &words, err);

	if (!rc)
		rc = options__file(words, trace, err);
	if (rc)
		return rc;
	return whatif__parse(&q->answer, err);
}

static int run(int argc, char **argv)
{
	struct inquiry *q = calloc(1, sizeof(*q));
	const char *trace = NULL, *json = NULL;
	struct error err = {0};
	int rc = q ? parse(q, argc, argv, &trace, &json, &err)
		   : error__set(&err, -ENOMEM, "not enough memory");

	privilege__to_read();
	if (!rc)
		rc = ask(q, trace, json, &err);
	if (q) {
		recording__clear(&q->recording);
		whatif__free(&q->answer);
		free(q->known);
	}
	free(q);
	if (rc < 0)
		return commands__fail(WHO, &err);
	return 0;
}

const struct command command_whatif = {
	.name = "whatif",
	.summary = "predict the wall time under changed conditions",
	.run = run,
};
