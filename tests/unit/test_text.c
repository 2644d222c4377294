// SPDX-License-Identifier: GPL-2.0-only
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <unistd.h>

#include <cmocka.h>

#include "export/rows.h"
#include "export/text_lane.h"
#include "export/text_out.h"
#include "lib/units.h"
#include "tests/unit/fake_model.inc"

static void export_to(const struct fake *f, const struct report *report, FILE *out)
{
	const struct exporter *e = &exporter_text;
	struct export_input in = {.model = &f->model, .info = &f->info, .view = {.details = true}};
	struct model_sink sink = {.task_slice = e->task_slice, .cpu_slice = e->cpu_slice};

	assert_int_equal(e->begin(&in, out, &sink.ctx), 0);
	assert_int_equal(fake__play(f, &sink), 0);
	assert_int_equal(e->finish(sink.ctx, report), 0);
	e->end(sink.ctx);
}

/* No line is wider than the terminal, ends in blanks or holds a control character. */
static void check_lines(const char *text)
{
	const char *line = text, *end;

	for (; *line; line = end + 1) {
		char copy[1024];
		size_t i, len;

		end = strchr(line, '\n');
		assert_non_null(end);
		len = (size_t)(end - line);
		assert_true(len < sizeof(copy));
		memcpy(copy, line, len);
		copy[len] = '\0';
		for (i = 0; i < len; i++)
			assert_false((unsigned char)copy[i] < ' ' || copy[i] == 0x7f);
		assert_in_range(text_width(copy), 0, TEXT_COLUMNS);
		assert_false(len && copy[len - 1] == ' ');
	}
}

/* The whole report of the slices, which it frees; the caller frees the text. */
static char *text_of(struct fake *f)
{
	struct report *report = fake__report(f);
	char *text = NULL;
	size_t size;
	FILE *out = open_memstream(&text, &size);

	assert_non_null(report);
	export_to(f, report, out);
	fclose(out);
	report__free(report);
	fake__free(f);
	check_lines(text);
	if (getenv("SHOW")) /* for whoever works on the layout */
		fprintf(stderr, "\n%s", text);
	return text;
}

static void assert_has(const char *text, const char *part)
{
	assert_non_null(text);
	if (!strstr(text, part))
		fail_msg("'%s' is not in:\n%s", part, text);
}

static void assert_has_not(const char *text, const char *part)
{
	assert_non_null(text);
	if (strstr(text, part))
		fail_msg("'%s' is in:\n%s", part, text);
}

static size_t lines(const char *text)
{
	size_t n = 0;

	for (; *text; text++)
		n += *text == '\n';
	return n;
}

static void test_convoy(void **state)
{
	char *text = text_of(fake__convoy(2, 4, 23, 20000000));

	(void)state;
	assert_has(text, "conctrace: ./convoy --threads 4 ");
	assert_has(text, "1.86 s wall   2 CPUs   exit 0\n");
	assert_has(text, "\n  1.00 of 2 CPUs used on average; unused 1.86 s\n\n");
	assert_has(text, "\nTIME  30 ms a column:  # running  m mutex  j join  . idle\n");
	assert_has(text, "\n  CPU 0     #####.....#####....#####");
	assert_has(text, "\n  main      #jjjjjjjj");
	assert_has(text, "\n  worker-1  #mm#mm#mmmm#mm#");
	assert_has(text, "\nTHREAD TIME  running  for CPU   mutex    join  switches vol/inv\n"
			 "  worker-4    0.46 s   0.01 s  1.37 s       -            23 / 0\n");
	assert_has(text, "\nBLOCKED  7.20 s in 5 threads = mutex 5.36 s + join 1.84 s\n");
	assert_has(text, "\nCPU TIME  3.72 s = program 1.86 s + idle 1.86 s\n");
	assert_has(text, "\nUNUSED CPU TIME  1.86 s = mutex 0x5581d5c0e060 1.78 s + more 77 ms\n");
	assert_has(text, "\nWAKE-UPS  88; half ran within 400 us,");
	assert_has(text, "\nCRITICAL PATH  1.86 s: 1.2 % running, 99 % blocked\n"
			 "   99 %   1.84 s  main blocked: join\n");
	assert_has(text, "\nSERIAL  one thread alone for 1.83 s, 98 % of all computing: worker-1");
	assert_has(text, "\n  mutex 0x5581d5c0e060     91  5.36 s    60 ms        4\n");
	assert_has(text, "\nRecorded 192,512 events, 1.1 MB, none lost.\n");
	assert_has_not(text, "LOST");
	assert_in_range(lines(text), 10, 32);
	free(text);
}

/* Nothing to complain about: nothing that sounds like a complaint. */
static void test_healthy(void **state)
{
	struct fake *f = fake__new(2, 0);
	struct model_task *a = fake__task(f, "a", 0), *b = fake__task(f, "b", 0);
	char *text;

	(void)state;
	fake__do(f, a, TASK_RUNNING, 1000000000, 0, NULL);
	fake__do(f, b, TASK_RUNNING, 1000000000, 1, NULL);
	fake__complete(f);
	text = text_of(f);
	assert_has(text, "2.00 of 2 CPUs used on average; unused 0 s\n");
	assert_has_not(text, "LOST");
	assert_has_not(text, "BLOCKED");
	assert_has_not(text, "WAITED FOR");
	assert_has_not(text, "unknown");
	assert_has(text, "THREAD TIME  running  switches vol/inv\n");
	free(text);
}

static void test_losses_come_first(void **state)
{
	struct fake *f = fake__convoy(2, 2, 10, 1000000);
	char *text, *lost;

	(void)state;
	fake__do(f, f->model.tasks[0], TASK_UNKNOWN, 5000000, 0, NULL);
	fake__complete(f);
	f->trailer.lost[CT_SWITCH] = 1200;
	f->trailer.lost[CT_WAKING] = 34;
	text = text_of(f);
	lost = strstr(text, "\nLOST EVENTS  1,234 of 193,746 (0.6 %): 1,200 switch, 34 waking\n");
	assert_non_null(lost);
	assert_true(lost < strstr(text, "CPUs used on average"));
	assert_has(lost, "5.0 ms of thread time and ");
	assert_has(lost, "--buffer");
	assert_has(lost, "x not known");
	assert_has(lost, "  unknown  ");
	assert_has(lost, " 1,234 lost.\n");
	free(text);
}

static void test_cut_short(void **state)
{
	struct fake *f = fake__convoy(1, 1, 2, 1000000);
	char *text;

	(void)state;
	f->trailer.has_exit = false;
	f->input.truncated = true;
	text = text_of(f);
	assert_has(text, "CUT SHORT\n  The recorder was killed or its disk full");
	assert_has_not(text, "exit");
	free(text);
}

static void test_killed(void **state)
{
	struct fake *f = fake__convoy(1, 1, 2, 1000000);
	char *text;

	(void)state;
	f->trailer.exit_signal = 11;
	text = text_of(f);
	assert_has(text, " 1 CPU   killed by SIGSEGV\n");
	free(text);
}

static void test_targets(void **state)
{
	struct fake *f = fake__convoy(1, 1, 2, 1000000);
	char *text;

	(void)state;
	f->info.argc = 0;
	f->info.argv = NULL;
	f->info.mode = TRACE_PID;
	f->info.target_pid = 4711;
	text = text_of(f);
	assert_has(text, "conctrace: process 4711 ");
	free(text);
}

static void test_many_threads_are_grouped(void **state)
{
	struct fake *f = fake__convoy(16, 64, 10, 300000);
	char *text;
	size_t i;

	(void)state;
	for (i = 0; i < 3; i++)
		fake__do(f, fake__task(f, "io", 0), TASK_BLOCKED, 9000000, 0,
			 fake__wait(f, CAUSE_DISK, NULL));
	text = text_of(f);
	assert_has(text, "\n  worker-* x64 ");
	assert_has(text, "\n  io x3 ");
	assert_has(text, "\n  16 CPUs   "); /* one lane for all */
	assert_has(text, "1-9 tenths of the CPUs used");
	assert_has(text, "\n  main      ");
	assert_in_range(lines(text), 15, 30);
	free(text);
}

/* Python puts what a thread runs behind its number. */
static void test_numbers_inside_of_names(void **state)
{
	struct fake *f = fake__new(1, 0);
	char comm[32], *text;
	unsigned int i;

	(void)state;
	for (i = 0; i < 15; i++) {
		snprintf(comm, sizeof(comm), i < 14 ? "Thread-%u (%c)" : "%u (%c)", i,
			 i == 2 ? 'b' : 'a');
		fake__do(f, fake__task(f, comm, i * 1000000), TASK_RUNNING, 1000000, 0, NULL);
	}
	fake__complete(f);
	text = text_of(f);
	assert_has(text, "\n  Thread-* (a) x13 ");
	assert_has(text, "\n  Thread-2 (b) ");
	assert_has(text, "\n  14 (a) ");
	free(text);
}

static void test_more_groups_than_rows(void **state)
{
	struct fake *f = fake__new(1, 0);
	char comm[32], *text;
	unsigned int i;

	(void)state;
	for (i = 0; i < 26; i++) {
		snprintf(comm, sizeof(comm), "%c", 'a' + i);
		fake__do(f, fake__task(f, comm, i * 1000000), TASK_RUNNING, 1000000, 0, NULL);
	}
	fake__complete(f);
	text = text_of(f);
	assert_has(text, "\n  ... 20 more\n");
	free(text);
}

/* Names are whatever the program says: they must not reach the terminal as they are. */
static void test_hostile_names(void **state)
{
	static char *argv[] = {"./x\n\033]0;title\007", "\xe4\xb8\xad\xe6\x96\x87\xff", NULL};
	static const char *const names[] = {
		"\033[31mred",
		"\xe4\xb8\xad\xe6\x96\x87\xe4\xb8\xad\xe6\x96\x87\xe4\xb8\xad",
		"\xf0\x9f\x98\x80\xf0\x9f\x98\x80\xf0\x9f\x98\x80",
		"e\xcc\x81\xcc\x81\xcc\x81\xcc\x81",
		"",
		"aaaaaaaaaaaaaaa",
		"\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff",
	};
	size_t i, n;

	(void)state;
	/* Alone, six (threads one by one) and all (grouped). */
	for (n = 1; n <= sizeof(names) / sizeof(*names); n++) {
		struct fake *f = fake__new(1, 0);
		char *text;

		f->info.argv = argv;
		f->info.argc = 2;
		for (i = 0; i < n; i++)
			fake__do(f, fake__task(f, names[i], i * 1000000), TASK_RUNNING, 1000000, 0,
				 NULL);
		fake__complete(f);
		text = text_of(f);
		assert_has(text, "./x\\x0a\\x1b]0;title\\x07 \xe4\xb8\xad");
		assert_has(text, "\\x1b[31m");
		free(text);
	}
}

static void test_long_command(void **state)
{
	struct fake *f = fake__convoy(1, 1, 2, 1000000);
	char word[5000], *argv[] = {word, NULL}, *text;

	(void)state;
	memset(word, 'w', sizeof(word) - 1);
	word[sizeof(word) - 1] = '\0';
	f->info.argv = argv;
	f->info.argc = 1;
	text = text_of(f);
	assert_has(text, "ww...   ");
	assert_has(text, "wall   1 CPU   exit 0\n");
	free(text);
}

static void test_wide_table(void **state)
{
	static const enum cause causes[] = {CAUSE_SEMAPHORE, CAUSE_PAGEFAULT, CAUSE_CONDVAR,
					    CAUSE_NETWORK};
	struct fake *f = fake__new(1, 0);
	char *text;
	unsigned int i, c;

	(void)state;
	for (i = 0; i < 4; i++) {
		struct model_task *task = fake__task(f, "fifteen-letters", 0);

		fake__do(f, task, TASK_RUNNABLE, 1000000000 + i, 0, NULL);
		for (c = 0; c < 4; c++)
			fake__do(f, task, TASK_BLOCKED, (9 - c) * 1000000000ULL, 0,
				 fake__wait(f, causes[c], NULL));
		fake__do(f, task, TASK_UNKNOWN, 10, 0, NULL);
		task->voluntary = task->involuntary = 123456789;
	}
	fake__complete(f);
	text = text_of(f);
	assert_has(text, "semaphore   other  unknown  switches vol/inv\n");
	assert_has(text, "123.5M / 123.5M\n");
	/* Threads of one name are told apart, in the lanes and in the table. */
	assert_has(text, "\n  fifteen-letters 1003 ");
	assert_has(text, "fifteen-... 1003");
	free(text);
}

static void test_nothing(void **state)
{
	char *text = text_of(fake__new(1, 0));

	(void)state;
	assert_has(text, "0 s wall");
	assert_has_not(text, "TIME");
	free(text);
}

static void test_full_disk(void **state)
{
	struct fake *f = fake__convoy(1, 1, 2, 1000000);
	struct report *report = fake__report(f);
	struct export_input in = {.model = &f->model, .info = &f->info, .view = {.details = true}};
	FILE *out = fopen("/dev/full", "w");
	void *text;

	(void)state;
	assert_non_null(out);
	assert_int_equal(exporter_text.begin(&in, out, &text), 0);
	assert_int_equal(exporter_text.finish(text, report), -EIO);
	exporter_text.end(text);
	exporter_text.end(NULL);
	fclose(out);
	report__free(report);
	fake__free(f);
}

/* A heading and a name as a terminal gets them: a pseudo terminal's other end. */
static void heading_from_terminal(char *buf, size_t size)
{
	int master = posix_openpt(O_RDWR | O_NOCTTY);
	struct text_out o;
	size_t len = 0;
	ssize_t got;
	FILE *out;

	assert_true(master >= 0 && !grantpt(master) && !unlockpt(master));
	out = fopen(ptsname(master), "w");
	assert_non_null(out);
	text_out__init(&o, out);
	text_out__heading(&o, "HEADING");
	text_out__name(&o, "name", 10);
	text_out__end(&o);
	assert_int_equal(text_out__failure(&o), 0);
	text_out__clear(&o);
	while (len < size - 1) {
		struct pollfd fd = {.fd = master, .events = POLLIN};

		if (len && buf[len - 1] == '\n')
			break;
		assert_int_equal(poll(&fd, 1, 5000), 1);
		got = read(master, buf + len, size - 1 - len);
		assert_true(got > 0);
		len += (size_t)got;
	}
	buf[len] = '\0';
	fclose(out);
	close(master);
}

static void test_colour(void **state)
{
	static const struct {
		const char *term, *no_color;
		bool colour;
	} cases[] = {
		{"xterm", NULL, true}, {"xterm", "", true}, {"xterm", "1", false},
		{"dumb", NULL, false}, {NULL, NULL, false},
	};
	char buf[256];
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
		if (cases[i].term)
			setenv("TERM", cases[i].term, 1);
		else
			unsetenv("TERM");
		if (cases[i].no_color)
			setenv("NO_COLOR", cases[i].no_color, 1);
		else
			unsetenv("NO_COLOR");
		heading_from_terminal(buf, sizeof(buf));
		assert_string_equal(buf, cases[i].colour ? "\033[1mHEADING\033[0m  name\r\n"
							 : "HEADING  name\r\n");
	}
}

static void test_width(void **state)
{
	static const struct {
		const char *text;
		size_t width;
	} cases[] = {
		{"", 0},
		{"abc", 3},
		{"\xc3\xa9", 1},		 /* e acute */
		{"e\xcc\x81", 1},		 /* e and a combining acute */
		{"\xe4\xb8\xad\xe6\x96\x87", 4}, /* two Chinese characters */
		{"\xf0\x9f\x98\x80", 2},	 /* an emoji */
		{"\xef\xbc\xa1", 2},		 /* a full-width A */
		{"\xd0\x96", 1},		 /* a Cyrillic letter */
	};
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(cases) / sizeof(*cases); i++)
		assert_int_equal(text_width(cases[i].text), cases[i].width);
}

static void test_units(void **state)
{
	static const struct {
		uint64_t ns;
		const char *text;
	} cases[] = {
		{0, "0 s"},
		{999, "999 ns"},
		{1300, "1.3 us"},
		{9950, "10 us"},
		{999499, "999 us"},
		{999500, "1.0 ms"},
		{31000000, "31 ms"},
		{999500000, "1.00 s"},
		{1020000000, "1.02 s"},
		{12300000000, "12.3 s"},
		{99950000000, "100 s"},
		{3600000000000, "3,600 s"},
		{UINT64_MAX, "18,446,744,074 s"},
	};
	struct units_scale scale = units__scale(1510000000);
	char buf[UNITS_LEN];
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(cases) / sizeof(*cases); i++)
		assert_string_equal(units__ns(buf, cases[i].ns), cases[i].text);
	assert_string_equal(units__scaled(buf, &scale, 1510000000), "1.51 s");
	assert_string_equal(units__scaled(buf, &scale, 4999999), "<0.01 s");
	assert_string_equal(units__scaled(buf, &scale, 0), "-");
	assert_string_equal(units__count(buf, 1048576), "1,048,576");
	assert_string_equal(units__count(buf, 999), "999");
	assert_string_equal(units__bytes(buf, 999), "999 B");
	assert_string_equal(units__bytes(buf, 1100000), "1.1 MB");
	assert_string_equal(units__bytes(buf, 999900), "1.0 MB");
	assert_string_equal(units__bytes(buf, UINT64_MAX), "18 EB");
	assert_string_equal(units__percent(buf, 0.97), "97 %");
	assert_string_equal(units__percent(buf, 0.0061), "0.6 %");
	assert_string_equal(units__percent(buf, 0.0001), "<0.1 %");
	assert_string_equal(units__percent(buf, 0), "0 %");
}

/* However the time comes in pieces, and however long, a lane's shares stay about right. */
static void test_lane(void **state)
{
	static const uint64_t pieces[] = {100, 1000, 7777, 1000000, 123456789};
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(pieces) / sizeof(*pieces); i++) {
		struct lane *lane = lane__new(LANE_BUCKETS);
		double ns[LANE_STATES] = {0}, all = (double)pieces[i] * 4000;
		uint64_t t = 0, n;

		for (n = 0; n < 1000; n++, t += 4 * pieces[i]) {
			lane__add(lane, LANE_RUNNING, t, t + pieces[i]);
			lane__add(lane, CAUSE_MUTEX, t + pieces[i], t + 4 * pieces[i]);
		}
		lane__sum(lane, 0, t, ns);
		assert_in_range(1000 * ns[LANE_RUNNING] / all, 240, 260);
		assert_in_range(1000 * ns[CAUSE_MUTEX] / all, 740, 760);
		assert_true(ns[LANE_IDLE] == 0);
		lane__free(lane);
	}
}

static void test_lane_of_all_time(void **state)
{
	struct lane *lane = lane__new(LANE_BUCKETS);
	double ns[LANE_STATES] = {0};

	(void)state;
	lane__add(lane, LANE_RUNNING, 0, 1);
	lane__add(lane, LANE_IDLE, 1, UINT64_MAX / 2);
	lane__add(lane, LANE_RUNNING, UINT64_MAX - 1, UINT64_MAX);
	lane__sum(lane, 0, UINT64_MAX / 2, ns);
	assert_true(ns[LANE_IDLE] > 9.2e18);
	lane__free(lane);
	lane__free(NULL);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_convoy),
		cmocka_unit_test(test_healthy),
		cmocka_unit_test(test_losses_come_first),
		cmocka_unit_test(test_cut_short),
		cmocka_unit_test(test_killed),
		cmocka_unit_test(test_targets),
		cmocka_unit_test(test_many_threads_are_grouped),
		cmocka_unit_test(test_more_groups_than_rows),
		cmocka_unit_test(test_numbers_inside_of_names),
		cmocka_unit_test(test_hostile_names),
		cmocka_unit_test(test_long_command),
		cmocka_unit_test(test_wide_table),
		cmocka_unit_test(test_nothing),
		cmocka_unit_test(test_full_disk),
		cmocka_unit_test(test_colour),
		cmocka_unit_test(test_width),
		cmocka_unit_test(test_units),
		cmocka_unit_test(test_lane),
		cmocka_unit_test(test_lane_of_all_time),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
