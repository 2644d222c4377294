// SPDX-License-Identifier: GPL-2.0-only
/*
 * Command lines, a word a line: options of all kinds, ranges of time, changes for whatif. Nothing
 * of it is run.
 */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "cmd/nearest.h"
#include "cmd/options.h"
#include "cmd/range.h"
#include "cmd/whatif.h"
#include "lib/error.h"
#include "tests/fuzz/lib/fuzz.h"

#define WORDS_MOST 24

struct values {
	bool flag;
	const char *text, *hold, *faster, *io, *sleep;
	uint64_t ns, bytes;
	pid_t pid;
	uint32_t count;
	struct option_list list;
	struct range range;
};

static void judge(int rc, const struct error *err)
{
	FUZZ_HOLDS(!rc || (rc < 0 && err->code == rc && err->text[0]));
	FUZZ_HOLDS(memchr(err->text, 0, sizeof(err->text)));
}

static void parse_range(struct values *v)
{
	struct error err = {0};
	int rc = range__parse(&v->range, &err);

	judge(rc, &err);
	if (rc)
		return;
	if (v->range.from_text)
		(void)moment__ns(&v->range.from, UINT64_MAX / 2);
	if (v->range.to_text)
		FUZZ_HOLDS(moment__ns(&v->range.to, 0) ==
			   (v->range.to.percent ? 0 : v->range.to.ns));
}

static void parse_change(const struct values *v)
{
	struct whatif_answer answer = {.question = {.without = v->text,
						    .hold = v->hold,
						    .faster = v->faster,
						    .io = v->io,
						    .sleep = v->sleep,
						    .cpus = v->count}};
	struct error err = {0};
	int rc = whatif__parse(&answer, &err);

	judge(rc, &err);
	FUZZ_HOLDS(rc || (isfinite(answer.change.hold) && answer.change.hold >= 0));
	FUZZ_HOLDS(rc || (isfinite(answer.change.faster) && answer.change.faster > 0));
	whatif__free(&answer);
}

static int parse(struct values *v, int argc, char **argv, bool stop_at_word)
{
	const struct option_row rows[] = {
		{"flag", 'f', NULL, "a flag", OPTION_FLAG, &v->flag},
		{"text", 't', "FILE", "a text", OPTION_TEXT, &v->text},
		{"duration", 'd', "SECONDS", "a time", OPTION_SECONDS, &v->ns},
		{"buffer", 'b', "SIZE", "a size", OPTION_BYTES, &v->bytes},
		{"pid", 'p', "PID", "a process", OPTION_PID, &v->pid},
		{"cpus", 'n', "N", "a number", OPTION_COUNT, &v->count},
		{"list", 'l', "WORD", "several", OPTION_LIST, &v->list},
		{"from", 0, "TIME", "a moment", OPTION_TEXT, &v->range.from_text},
		{"to", 0, "TIME", "a moment", OPTION_TEXT, &v->range.to_text},
		{"hold", 0, "LOCK=F", "a factor", OPTION_TEXT, &v->hold},
		{"faster", 0, "NAME=F", "a factor", OPTION_TEXT, &v->faster},
		{"io", 0, "F", "a factor", OPTION_TEXT, &v->io},
		{"sleep", 0, "F", "a factor", OPTION_TEXT, &v->sleep},
	};
	const struct option_table table = {.command = "tool",
					   .usage = "tool\n",
					   .intro = "Does things.",
					   .rows = rows,
					   .count = sizeof(rows) / sizeof(*rows),
					   .stop_at_word = stop_at_word};
	struct error err = {0};
	const char *file = NULL;
	char **words;
	int rc = options__parse(&table, argc, argv, &words, &err);

	if (rc == 1)
		return 1;
	judge(rc, &err);
	FUZZ_HOLDS(rc || v->pid >= 0);
	if (!rc)
		judge(options__file(words, &file, &err), &err);
	return rc;
}

/* --help writes to standard output, at most once in an input. */
static bool asks_for_help(const char *word)
{
	return word[0] == '-' && (strchr(word, 'h') || strchr(word, '?'));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	char *words[WORDS_MOST + 2] = {(char[]){"tool"}}, *argv[WORDS_MOST + 2];
	struct feed f = {data, size};
	bool stop = feed__number(&f, 1) & 1, help = false;
	struct values v = {0};
	const char *best = NULL;
	int argc = 1, i;

	while (f.left && argc < WORDS_MOST) {
		words[argc] = feed__line(&f);
		help |= asks_for_help(words[argc]) && !strcmp(words[argc], "--help");
		nearest__offer(words[argc++], "perfetto", &best);
	}
	memcpy(argv, words, sizeof(argv));
	if (!help && !parse(&v, argc, argv, stop)) {
		parse_range(&v);
		parse_change(&v);
	}
	for (i = 1; i < argc; i++)
		free(words[i]);
	return 0;
}
