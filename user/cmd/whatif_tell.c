// SPDX-License-Identifier: GPL-2.0-only
/* The answer, for people and for programs. */
#include <inttypes.h>
#include <stdarg.h>
#include <string.h>

#include "cmd/whatif.h"
#include "lib/strbuf.h"
#include "lib/units.h"
#include "model/model.h"
#include "report/report.h"

void whatif__note(struct whatif_answer *a, const char *fmt, ...)
{
	va_list args;

	if (a->nnotes == sizeof(a->notes) / sizeof(*a->notes))
		return;
	va_start(args, fmt);
	vsnprintf(a->notes[a->nnotes++], sizeof(a->notes[0]), fmt, args);
	va_end(args);
}

static const char *object_name(const struct report *report, uint32_t object, const char **kind)
{
	const struct report_table *t = report__find(report, "sync");
	size_t row;

	for (row = 0; row < table__rows(t); row++) {
		if ((uint32_t)table__int(t, row, "id") != object)
			continue;
		*kind = table__text(t, row, "kind");
		return table__text(t, row, "name");
	}
	*kind = "lock";
	return NULL;
}

static void add_object(struct strbuf *text, const struct report *report, uint32_t object)
{
	const char *kind, *name = object_name(report, object, &kind);

	strbuf__printf(text, "the %s ", kind ? kind : "lock");
	if (name)
		strbuf__add_printable(text, name, strlen(name));
	else
		strbuf__printf(text, "#%" PRIu32, object);
}

void whatif__name_limit(struct whatif_answer *a, const struct report *report,
			const struct model *model)
{
	const struct limit *limit = &a->prediction.limit;
	const struct model_task *task;
	struct strbuf text = {0};
	char share[UNITS_LEN];

	units__percent(share, limit->share);
	switch (limit->kind) {
	case LIMIT_NONE:
		strbuf__puts(&text, "nothing");
		break;
	case LIMIT_CPUS:
		strbuf__printf(&text, "%u CPU%s: busy for %s of the time",
			       a->prediction.changed_cpus,
			       a->prediction.changed_cpus == 1 ? "" : "s", share);
		break;
	case LIMIT_LOCK:
		add_object(&text, report, limit->object);
		strbuf__printf(&text, ": %s of the time goes by with it held and waited for",
			       share);
		break;
	case LIMIT_TASK:
		task = model__task(model, limit->task);
		strbuf__puts(&text, "thread ");
		strbuf__add_printable(&text, task->comm, strlen(task->comm));
		strbuf__printf(&text, " on its own: its computing is %s of the time", share);
		break;
	case LIMIT_CAUSE:
		strbuf__printf(&text, "waiting for %s: %s of the time", cause__words(limit->cause),
			       share);
		break;
	case LIMIT_TASKS:
		strbuf__printf(&text, "threads that compute one after the other: %s of the time",
			       share);
		break;
	}
	snprintf(a->limit, sizeof(a->limit), "%s", strbuf__text(&text));
	strbuf__free(&text);
}

static void print_question(const struct whatif_answer *a, FILE *out)
{
	const struct whatif_question *q = &a->question;
	struct strbuf text = {0};

	if (q->cpus)
		strbuf__printf(&text, " --cpus %" PRIu32, q->cpus);
	if (q->without)
		strbuf__printf(&text, " --without %s", q->without);
	if (q->hold)
		strbuf__printf(&text, " --hold %s", q->hold);
	if (q->faster)
		strbuf__printf(&text, " --faster %s", q->faster);
	if (q->io)
		strbuf__printf(&text, " --io %s", q->io);
	if (q->sleep)
		strbuf__printf(&text, " --sleep %s", q->sleep);
	fprintf(out, "WHAT IF%s\n", text.len ? strbuf__text(&text) : " nothing changes");
	strbuf__free(&text);
}

static double speed_up(const struct prediction *p)
{
	return p->wall_ns ? (double)p->recorded_ns / (double)p->wall_ns : 0;
}

void whatif__print(const struct whatif_answer *a, FILE *out)
{
	const struct prediction *p = &a->prediction;
	char text[3][UNITS_LEN];
	double miss = p->error < 0 ? -p->error : p->error;
	unsigned int i;

	print_question(a, out);
	fprintf(out, "  recorded   %s on %u CPU%s\n", units__ns(text[0], p->recorded_ns), p->cpus,
		p->cpus == 1 ? "" : "s");
	fprintf(out, "  replayed   %s unchanged, as a check: %.1f %% %s\n",
		units__ns(text[0], p->replayed_ns), 100 * miss,
		p->error < 0 ? "too short" : "too long");
	fprintf(out, "  predicted  %s, between %s and %s: %.2f times as fast\n",
		units__ns(text[0], p->wall_ns), units__ns(text[1], p->low_ns),
		units__ns(text[2], p->high_ns), speed_up(p));
	fprintf(out, "  limit      %s\n", a->limit);
	for (i = 0; i < a->nnotes; i++)
		fprintf(out, "  note       %s\n", a->notes[i]);
}

static void add_text(struct strbuf *json, const char *key, const char *text)
{
	strbuf__printf(json, "    \"%s\": ", key);
	strbuf__add_json(json, text, strlen(text));
	strbuf__puts(json, ",\n");
}

void whatif__print_json(const struct whatif_answer *a, FILE *out)
{
	static const char *const kinds[] = {"none", "cpus", "lock", "thread", "wait", "threads"};
	const struct prediction *p = &a->prediction;
	const struct whatif_question *q = &a->question;
	struct strbuf json = {0};
	unsigned int i;

	strbuf__puts(&json, "{\n  \"schema\": \"conctrace.whatif/1\",\n  \"change\": {\n");
	if (q->without)
		add_text(&json, "without", q->without);
	if (q->hold)
		add_text(&json, "hold", q->hold);
	if (q->faster)
		add_text(&json, "faster", q->faster);
	strbuf__printf(&json, "    \"io\": %g,\n    \"sleep\": %g,\n    \"cpus\": %u\n  },\n",
		       a->change.io, a->change.timers, p->changed_cpus);
	strbuf__printf(&json,
		       "  \"cpus\": %u,\n  \"recorded_ns\": %" PRIu64
		       ",\n  \"replayed_ns\": %" PRIu64 ",\n  \"error\": %.4f,\n",
		       p->cpus, p->recorded_ns, p->replayed_ns, p->error);
	strbuf__printf(&json,
		       "  \"predicted_ns\": %" PRIu64 ",\n  \"low_ns\": %" PRIu64
		       ",\n  \"high_ns\": %" PRIu64 ",\n  \"speed_up\": %.4f,\n",
		       p->wall_ns, p->low_ns, p->high_ns, speed_up(p));
	strbuf__printf(&json,
		       "  \"replays\": %u,\n  \"dropped\": %" PRIu64
		       ",\n  \"unknown_share\": %.4f,\n  \"assumed_share\": %.4f,\n",
		       p->replays, p->dropped, p->unknown, p->assumed);
	strbuf__puts(&json, "  \"limit\": {\n");
	add_text(&json, "kind", kinds[p->limit.kind]);
	add_text(&json, "text", a->limit);
	strbuf__printf(&json, "    \"share\": %.4f\n  },\n  \"notes\": [", p->limit.share);
	for (i = 0; i < a->nnotes; i++) {
		strbuf__puts(&json, i ? ", " : "");
		strbuf__add_json(&json, a->notes[i], strlen(a->notes[i]));
	}
	strbuf__puts(&json, "]\n}\n");
	fputs(strbuf__text(&json), out);
	strbuf__free(&json);
}
