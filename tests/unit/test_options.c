// SPDX-License-Identifier: GPL-2.0-only
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "cmd/commands.h"
#include "cmd/nearest.h"
#include "cmd/options.h"
#include "lib/error.h"

struct values {
	bool flag, other;
	const char *text;
	uint64_t ns, bytes;
	pid_t pid;
};

#define NROWS 6

static void fill_rows(struct option_row *rows, struct values *v)
{
	const struct option_row all[NROWS] = {
		{"flag", 'f', NULL, "a flag", OPTION_FLAG, &v->flag},
		{"other", 0, NULL, "another", OPTION_FLAG, &v->other},
		{"perfetto", 't', "FILE", "a text", OPTION_TEXT, &v->text},
		{"duration", 'd', "SECONDS", "a time", OPTION_SECONDS, &v->ns},
		{"buffer", 'b', "SIZE", "a size", OPTION_BYTES, &v->bytes},
		{"pid", 'p', "PID", "a process", OPTION_PID, &v->pid},
	};

	memcpy(rows, all, sizeof(all));
}

struct parsed {
	struct values v;
	struct error err;
	char *argv[16];
	char **words;
	int rc;
};

/* Parses "tool WORDS..."; `line` is cut at blanks. */
static void parse(struct parsed *p, char *line, bool stop_at_word)
{
	static char tool[] = "tool";
	struct option_row rows[NROWS];
	const struct option_table table = {
		.command = "tool sub",
		.usage = "tool sub\n",
		.intro = "Does things.",
		.rows = rows,
		.count = NROWS,
		.stop_at_word = stop_at_word,
	};
	char *save = NULL, *word;
	int argc = 1;

	memset(p, 0, sizeof(*p));
	fill_rows(rows, &p->v);
	p->argv[0] = tool;
	for (word = strtok_r(line, " ", &save); word; word = strtok_r(NULL, " ", &save))
		p->argv[argc++] = word;
	p->rc = options__parse(&table, argc, p->argv, &p->words, &p->err);
}

static void join(char **words, char *text, size_t size)
{
	size_t len = 0;

	text[0] = '\0';
	for (; *words; words++)
		len += (size_t)snprintf(text + len, size - len, "%s%s", len ? " " : "", *words);
}

static const struct {
	const char *line;
	bool stop_at_word;
	struct values v;
	const char *words;
} good[] = {
	{"", false, {0}, ""},
	{"-f", false, {.flag = true}, ""},
	{"--flag --other", false, {.flag = true, .other = true}, ""},
	{"--perfetto x", false, {.text = "x"}, ""},
	{"--perfetto=x=y", false, {.text = "x=y"}, ""},
	{"-tx", false, {.text = "x"}, ""},
	{"-t x", false, {.text = "x"}, ""},
	{"-ft x", false, {.flag = true, .text = "x"}, ""},
	{"-t -", false, {.text = "-"}, ""},
	{"--perfetto --flag", false, {.text = "--flag"}, ""},
	{"-d 2", false, {.ns = 2000000000}, ""},
	{"-d 0.5", false, {.ns = 500000000}, ""},
	{"-d 1.000000001", false, {.ns = 1000000001}, ""},
	{"-d 1.0000000019", false, {.ns = 1000000001}, ""},
	{"-d 1000000000", false, {.ns = 1000000000000000000}, ""},
	{"-b 1", false, {.bytes = 1}, ""},
	{"-b 512K", false, {.bytes = 512 << 10}, ""},
	{"-b 8m", false, {.bytes = 8 << 20}, ""},
	{"-b 1G", false, {.bytes = 1 << 30}, ""},
	{"-p 1", false, {.pid = 1}, ""},
	{"-p 2147483647", false, {.pid = 2147483647}, ""},
	{"-- -f", false, {0}, "-f"},
	{"a -f b", false, {.flag = true}, "a b"},
	{"a -f b -- c -d", false, {.flag = true}, "a b c -d"},
	{"- -f", false, {.flag = true}, "-"},
	{"-f a -f -d", true, {.flag = true}, "a -f -d"},
	{"-f -- a -- b", true, {.flag = true}, "a -- b"},
	{"a -- -f", true, {0}, "a -- -f"},
};

static void test_good_lines(void **state)
{
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(good) / sizeof(good[0]); i++) {
		char *line = strdup(good[i].line), words[128];
		struct parsed p;

		parse(&p, line, good[i].stop_at_word);
		if (p.rc)
			fail_msg("'%s': %s", good[i].line, p.err.text);
		join(p.words, words, sizeof(words));
		if (strcmp(words, good[i].words) != 0)
			fail_msg("'%s': words are '%s'", good[i].line, words);
		if (p.v.flag != good[i].v.flag || p.v.other != good[i].v.other ||
		    p.v.ns != good[i].v.ns || p.v.bytes != good[i].v.bytes ||
		    p.v.pid != good[i].v.pid ||
		    strcmp(p.v.text ? p.v.text : "", good[i].v.text ? good[i].v.text : "") != 0)
			fail_msg("'%s': a value is wrong", good[i].line);
		free(line);
	}
}

static const struct {
	const char *line, *message;
} bad[] = {
	{"--perfeto x", "unknown option '--perfeto'; did you mean '--perfetto'?"},
	{"--perfetot=x", "unknown option '--perfetot'; did you mean '--perfetto'?"},
	{"--durations 2", "unknown option '--durations'; did you mean '--duration'?"},
	{"--hepl", "unknown option '--hepl'; did you mean '--help'?"},
	{"--zzzzzzz", "unknown option '--zzzzzzz'; 'tool sub --help' lists all"},
	{"--=x", "unknown option '--'; 'tool sub --help' lists all"},
	{"-x", "unknown option '-x'; 'tool sub --help' lists all"},
	{"-fx", "unknown option '-x'; 'tool sub --help' lists all"},
	{"--flag=1", "option '--flag' takes no argument"},
	{"--perfetto", "option '--perfetto' needs an argument: FILE"},
	{"-t", "option '--perfetto' needs an argument: FILE"},
	{"--perfetto -- x", "option '--perfetto' needs an argument: FILE"},
	{"--perfetto=", "option '--perfetto': '' is not a name"},
	{"-d x", "option '--duration': 'x' is not seconds above 0, as 2 or 0.5"},
	{"-d 0", "option '--duration': '0' is not seconds above 0, as 2 or 0.5"},
	{"-d -1", "option '--duration': '-1' is not seconds above 0, as 2 or 0.5"},
	{"-d 1s", "option '--duration': '1s' is not seconds above 0, as 2 or 0.5"},
	{"-d .5", "option '--duration': '.5' is not seconds above 0, as 2 or 0.5"},
	{"-d nan", "option '--duration': 'nan' is not seconds above 0, as 2 or 0.5"},
	{"-d 1000000001", "option '--duration': '1000000001' is not seconds above 0, as 2 or 0.5"},
	{"-d 99999999999999999999",
	 "option '--duration': '99999999999999999999' is not seconds above 0, as 2 or 0.5"},
	{"-b 8X", "option '--buffer': '8X' is not a size, as 512K or 8M"},
	{"-b 8MB", "option '--buffer': '8MB' is not a size, as 512K or 8M"},
	{"-b K", "option '--buffer': 'K' is not a size, as 512K or 8M"},
	{"-b 1099511627776G", "option '--buffer': '1099511627776G' is not a size, as 512K or 8M"},
	{"-p 0", "option '--pid': '0' is not a process id"},
	{"-p -1", "option '--pid': '-1' is not a process id"},
	{"-p 2147483648", "option '--pid': '2147483648' is not a process id"},
	{"-p 1x", "option '--pid': '1x' is not a process id"},
};

static void test_bad_lines(void **state)
{
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		char *line = strdup(bad[i].line);
		struct parsed p;

		parse(&p, line, false);
		if (p.rc != -EINVAL || strcmp(p.err.text, bad[i].message) != 0)
			fail_msg("'%s': %d, '%s'", bad[i].line, p.rc, p.err.text);
		free(line);
	}
}

static void test_help_lists_every_row(void **state)
{
	struct option_row rows[NROWS];
	struct values v = {0};
	const struct option_table table = {.command = "tool sub",
					   .usage = "tool sub one\ntool sub two\n",
					   .intro = "Does things.",
					   .rows = rows,
					   .count = NROWS};
	char *text = NULL, name[64];
	size_t size, i;
	FILE *out = open_memstream(&text, &size);

	(void)state;
	fill_rows(rows, &v);
	options__help(&table, out);
	fclose(out);
	assert_non_null(strstr(text, "usage: tool sub one\n       tool sub two\n"));
	for (i = 0; i < NROWS; i++) {
		snprintf(name, sizeof(name), "--%s", rows[i].name);
		assert_non_null(strstr(text, name));
		assert_non_null(strstr(text, rows[i].help));
	}
	assert_non_null(strstr(text, "-h, --help"));
	free(text);
}

static const struct {
	const char *a, *b;
	unsigned int distance;
} distances[] = {
	{"", "", 0},
	{"a", "", 1},
	{"", "abc", 3},
	{"abc", "abc", 0},
	{"abc", "acb", 1},
	{"abc", "bca", 2},
	{"reprot", "report", 1},
	{"ca", "abc", 3},
	{"export", "report", 2},
	{"record", "recrod", 1},
};

static void test_distances(void **state)
{
	char lengthy[80];
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(distances) / sizeof(distances[0]); i++) {
		assert_int_equal(nearest__distance(distances[i].a, distances[i].b),
				 distances[i].distance);
		assert_int_equal(nearest__distance(distances[i].b, distances[i].a),
				 distances[i].distance);
	}
	memset(lengthy, 'x', sizeof(lengthy) - 1);
	lengthy[sizeof(lengthy) - 1] = '\0';
	assert_true(nearest__distance(lengthy, "x") > 1000);
}

static void test_commands_are_complete(void **state)
{
	size_t i;

	(void)state;
	for (i = 0; commands[i]; i++) {
		assert_non_null(commands[i]->summary);
		assert_non_null(commands[i]->run);
		assert_ptr_equal(commands__find(commands[i]->name), commands[i]);
	}
	assert_true(i >= 7);
	assert_null(commands__find("reprot"));
	assert_null(commands__find(""));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_good_lines),
		cmocka_unit_test(test_bad_lines),
		cmocka_unit_test(test_help_lists_every_row),
		cmocka_unit_test(test_distances),
		cmocka_unit_test(test_commands_are_complete),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
