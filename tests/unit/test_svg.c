// SPDX-License-Identifier: GPL-2.0-only
/* The SVG picture: cells add up, words cannot become markup, its size is bounded. */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include <cmocka.h>

#include "export/rows.h"
#include "export/svg_page.h"
#include "lib/strbuf.h"
#include "tests/unit/fake_model.inc"

#define X 7
#define Y 11

static void test_escape(void **state)
{
	static const struct {
		const char *text;
		size_t max;
		const char *escaped;
	} cases[] = {
		{"", 10, ""},
		{"plain", 10, "plain"},
		{"</svg>", 10, "&lt;/svg&gt;"},
		{"a&b\"c'd", 10, "a&amp;b&quot;c&#39;d"},
		{"]]>", 10, "]]&gt;"},
		{"a\n\033[2J\177\001", 40, "a\\x0a\\x1b[2J\\x7f\\x01"},
		{"\xff\xc3", 20, "\\xff\\xc3"},
		{"\xed\xa0\x80", 20, "\\xed\\xa0\\x80"}, /* a surrogate */
		{"\xef\xbf\xbe|\xef\xbf\xbf", 20, "&#xfffd;|&#xfffd;"},
		{"\xe2\x80\xae"
		 "abc",
		 20,
		 "\\xe2\\x80\\xae"
		 "abc"}, /* turns text around */
		{"caf\xc3\xa9", 10, "caf\xc3\xa9"},
		{"a name that is too long", 10, "a name ..."},
		{"<<<<<<<<<<", 6, "&lt;&lt;&lt;..."},
	};
	struct strbuf sb = {0};
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
		strbuf__reset(&sb);
		svg__escape(&sb, cases[i].text, cases[i].max);
		assert_string_equal(strbuf__text(&sb), cases[i].escaped);
	}
	strbuf__free(&sb);
}

static void test_wrap(void **state)
{
	static const struct {
		const char *text;
		unsigned int lines;
		const char *first, *last;
	} cases[] = {
		{"one two", 1, ">one two<", ">one two<"},
		{"one two three four", 2, ">one two<", ">three four<"},
		{"one two three four five six", 2, ">one two<", ">three f...<"},
		{"abcdefghijklmnop", 2, ">abcdefghij<", ">klmnop<"},
		{"", 0, "", ""},
	};
	struct strbuf sb = {0};
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
		strbuf__reset(&sb);
		assert_int_equal(svg__wrap(&sb, "c", 1, 2, cases[i].text, 10, 2), cases[i].lines);
		assert_non_null(strstr(strbuf__text(&sb), cases[i].first));
		assert_non_null(strstr(strbuf__text(&sb), cases[i].last));
	}
	strbuf__free(&sb);
}

/* Which look a state has; a test of pictures compares causes with the page's table. */
static void test_looks(void **state)
{
	static const struct {
		unsigned int state;
		const char *class;
	} cases[] = {
		{LANE_RUNNING, "running"}, {LANE_RUNNABLE, "runnable"},	 {LANE_OTHER, "other"},
		{LANE_IDLE, ""},	   {LANE_UNKNOWN, "unknown"},	 {CAUSE_GIL, "lock"},
		{CAUSE_KERNEL, "lock"},	   {CAUSE_SEMAPHORE, "partner"}, {CAUSE_CHILD, "partner"},
		{CAUSE_PAGEFAULT, "io"},   {CAUSE_NETWORK, "io"},	 {CAUSE_SLEEP, "sleep"},
		{CAUSE_STOPPED, "sleep"},  {CAUSE_OTHER, "sleep"},
	};
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(cases) / sizeof(*cases); i++)
		assert_string_equal(look_classes[look__of(cases[i].state)], cases[i].class);
}

static unsigned int number(const char **p)
{
	char *end;
	unsigned long n = strtoul(*p, &end, 10);

	assert_true(end > *p);
	*p = end;
	return (unsigned int)n;
}

/* Paints one path's data: columns of what is between its bottom and its outline. */
static void paint(const char *d, char kind, char *pixels, unsigned int height)
{
	unsigned int x = 0, top = 0, bottom = 0, w, i;

	for (; *d != '"';) {
		switch (*d++) {
		case 'M':
			x = number(&d);
			assert_int_equal(*d++, ' ');
			bottom = top = number(&d);
			assert_int_equal(bottom, Y + height);
			break;
		case 'V':
			top = number(&d);
			assert_true(top >= Y && top <= bottom);
			break;
		case 'h':
			for (w = number(&d); w; w--, x++)
				for (i = top; i < bottom; i++)
					pixels[(x - X) * STRIP_HEIGHT + i - Y] = kind;
			assert_true(x <= X + STRIP_COLUMNS * STRIP_COLUMN);
			break;
		case 'z':
			assert_int_equal(top, bottom);
			break;
		default:
			fail_msg("not a command: %s", d - 1);
		}
	}
}

/* What is seen of each kind in the end is as much as it has cells, and it is piled up in order. */
static void check_picture(const struct strip *s, const char *text)
{
	enum { WIDTH = STRIP_COLUMNS * STRIP_COLUMN };
	char *pixels = calloc(WIDTH, STRIP_HEIGHT);
	unsigned int x, y, seen[STRIP_KINDS] = {0};
	const char *p = text;
	size_t kind;

	while ((p = strstr(p, "class=\"k"))) {
		kind = (size_t)(p[8] - '0');
		p = strstr(p, " d=\"") + 4;
		paint(p, (char)kind, pixels, s->height);
	}
	for (x = 0; x < WIDTH; x++) {
		char below = 1;

		for (y = s->height; y-- > 0;) {
			char here = pixels[x * STRIP_HEIGHT + y];

			seen[(size_t)here]++;
			assert_true(!here || (below && here >= below));
			below = here;
		}
	}
	for (kind = 1; kind < STRIP_KINDS; kind++)
		assert_int_equal(seen[kind], strip__cells(s, kind) * STRIP_COLUMN);
	free(pixels);
}

static void test_strip(void **state)
{
	static const char *const classes[STRIP_KINDS] = {"",   "k1", "k2", "k3", "k4",
							 "k5", "k6", "k7", "k8"};
	static const double shares[][STRIP_KINDS] = {
		{0, 1},
		{0, 0, 0.999},
		{0, 0.5, 0, 0.25},
		{0, 0.01, 0.01, 0.01, 0.01, 0.01, 0.01, 0.01, 0.93},
		{0},
	};
	struct strbuf sb = {0};
	struct strip s;
	size_t i, column, kind;

	(void)state;
	for (i = 0; i < sizeof(shares) / sizeof(*shares); i++) {
		double rest = 1;

		strip__init(&s, 16);
		for (column = 0; column < STRIP_COLUMNS; column++) {
			double ns[STRIP_KINDS];
			unsigned int cells = 0;

			for (kind = 0; kind < STRIP_KINDS; kind++)
				ns[kind] = shares[i][kind] * 1000;
			strip__fill(&s, column, ns, 1000);
			for (kind = 0; kind < STRIP_KINDS; kind++)
				cells += s.cells[column][kind];
			assert_int_equal(cells, 16);
		}
		for (kind = 1; kind < STRIP_KINDS; kind++) {
			double want = shares[i][kind] * 16 * STRIP_COLUMNS;

			assert_true((double)strip__cells(&s, kind) >= want - 2);
			assert_true((double)strip__cells(&s, kind) <= want + (i == 1 ? 7 : 2));
			rest -= shares[i][kind];
		}
		assert_true(rest > 0.002 || strip__cells(&s, 0) <= 1);
		strbuf__reset(&sb);
		strip__add(&s, &sb, X, Y, classes);
		check_picture(&s, strbuf__text(&sb));
	}
	strbuf__free(&sb);
}

/* Tags close in the order they open, attributes are quoted, nothing is left of what is not XML. */
static void check_markup(const char *text)
{
	size_t depth = 0;

	assert_int_equal(strncmp(text, "<svg ", 5), 0);
	for (; *text; text++) {
		assert_true((unsigned char)*text >= ' ' || *text == '\n');
		if (*text == '&')
			assert_true(!strncmp(text, "&lt;", 4) || !strncmp(text, "&gt;", 4) ||
				    !strncmp(text, "&amp;", 5) || !strncmp(text, "&quot;", 6) ||
				    !strncmp(text, "&#39;", 5) || !strncmp(text, "&#xfffd;", 8));
		if (*text != '<')
			continue;
		if (text[1] == '/') {
			assert_true(depth-- > 0);
			continue;
		}
		assert_true(text[1] >= 'a' && text[1] <= 'z');
		text += strcspn(text, ">");
		assert_int_equal(*text, '>');
		depth += text[-1] != '/';
	}
	assert_int_equal(depth, 0);
}

/* The picture of the slices, which it frees; the caller frees the text. */
static char *picture_of(struct fake *f, uint64_t from_ns, uint64_t to_ns)
{
	const struct exporter *e = &exporter_svg;
	struct export_input in = {
		.model = &f->model, .info = &f->info, .view = {.from_ns = from_ns, .to_ns = to_ns}};
	struct model_sink sink = {
		.task_slice = e->task_slice, .cpu_slice = e->cpu_slice, .hold = e->hold};
	struct report *report = fake__report(f);
	char *text = NULL;
	size_t size;
	FILE *out = open_memstream(&text, &size);

	assert_non_null(report);
	assert_int_equal(e->begin(&in, out, &sink.ctx), 0);
	assert_int_equal(fake__play(f, &sink), 0);
	assert_int_equal(e->finish(sink.ctx, report), 0);
	e->end(sink.ctx);
	fclose(out);
	report__free(report);
	fake__free(f);
	check_markup(text);
	return text;
}

static void assert_has(const char *text, const char *part)
{
	if (!strstr(text, part))
		fail_msg("'%s' is not in:\n%s", part, text);
}

static size_t count(const char *text, const char *part)
{
	size_t n = 0;

	for (; (text = strstr(text, part)); text += strlen(part))
		n++;
	return n;
}

static void test_convoy(void **state)
{
	char *text = picture_of(fake__convoy(2, 4, 23, 20000000), 0, 0);

	(void)state;
	assert_has(text, ">Timeline of ./convoy --threads 4</title>");
	assert_has(text, ">1.86 s wall, 2 CPUs, exit 0; 1.00 CPUs used on average</text>");
	assert_has(text, ">CPU 0</text>");
	assert_has(text, ">CPU 1</text>");
	assert_has(text, ">Process main 1000</text>");
	assert_has(text, ">worker-4 1004</text>");
	assert_has(text, ">blocked by a lock: mutex</text>");
	assert_has(text, ">blocked by other threads: join</text>");
	assert_has(text, ">mutex 0x5581d5c0e060</text>");
	assert_has(text, ">0.2 s</text>");
	/* The legend tells what occurs, and no more. */
	assert_null(strstr(text, "another program"));
	assert_null(strstr(text, "not known"));
	assert_null(strstr(text, "more thread"));
	assert_null(strstr(text, "shown:"));
	free(text);
}

static void test_part(void **state)
{
	char *text = picture_of(fake__convoy(2, 4, 23, 20000000), 200000000, 300500000);

	(void)state;
	assert_has(text, ">1.86 s wall, 2 CPUs, exit 0; shown: 200.0 ms to 300.5 ms, with ");
	assert_has(text, ">220 ms</text>");
	assert_has(text, "Findings are about the whole run.");
	assert_null(strstr(text, ">180 ms</text>"));
	free(text);
}

/* A nanosecond, and the end of the run, are ranges as well. */
static void test_odd_parts(void **state)
{
	static const uint64_t ranges[][2] = {
		{0, 1},		 {20000000, 20000001},	   {20000000, 20000399},
		{1859999999, 0}, {1000000000, UINT64_MAX}, {UINT64_MAX / 2, 0},
	};
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(ranges) / sizeof(*ranges); i++)
		free(picture_of(fake__convoy(2, 4, 23, 20000000), ranges[i][0], ranges[i][1]));
}

static void test_losses_are_told(void **state)
{
	struct fake *f = fake__convoy(2, 2, 10, 1000000);
	char *text;

	(void)state;
	fake__do(f, f->model.tasks[0], TASK_UNKNOWN, 5000000, 0, NULL);
	fake__complete(f);
	f->trailer.lost[CT_SWITCH] = 1234;
	f->trailer.has_exit = false;
	f->input.truncated = true;
	text = picture_of(f, 0, 0);
	assert_has(text,
		   ">1,234 events were lost: what they would have told is drawn as not known.<");
	assert_has(text, ">The recorder was killed or its disk full: ");
	assert_has(text, ">not known</text>");
	assert_has(text, "<path class=\"unknown\" d=\"M");
	free(text);
}

/* However much there is, there are so many lanes and so many bytes. */
static void test_many(void **state)
{
	struct fake *f = fake__new(64, 0);
	uint32_t i, k;
	char *text;

	(void)state;
	for (i = 0; i < 500; i++) {
		struct model_task *task = fake__task(f, "worker", 0);
		struct sync_object *lock = fake__object(f, CAUSE_MUTEX, 0x1000 + 64 * (uint64_t)i);
		const struct wait *waits[] = {fake__wait(f, CAUSE_MUTEX, lock),
					      fake__wait(f, CAUSE_PIPE, NULL),
					      fake__wait(f, CAUSE_SLEEP, NULL)};

		task->pid = 1000 + i % 100;
		for (k = 0; k < 60; k++) {
			fake__do(f, task, TASK_RUNNABLE, 100 + 977 * (i + k) % 5000, 0, NULL);
			fake__do(f, task, TASK_BLOCKED, 100 + 613 * (i + k) % 5000, 0,
				 waits[(i + k) % 3]);
		}
	}
	fake__complete(f);
	text = picture_of(f, 0, 0);
	assert_has(text, "and 476 more threads");
	assert_has(text, "and 495 more<");
	assert_has(text, "too many for a lane each");
	assert_has(text, "1 of 5 threads");
	assert_int_equal(count(text, "<title>worker "), 24);
	assert_true(strlen(text) < 600000);
	free(text);
}

static void test_hostile(void **state)
{
	static const char *const names[] = {"</svg><script>",
					    "\"onload='x'",
					    "a\nb\033[31mc",
					    "\xff\xfe\x80",
					    "&amp;&#x41;",
					    "%s%n",
					    "",
					    "]]><!--"};
	struct fake *f = fake__new(1, 0);
	size_t i;
	char *text;

	(void)state;
	for (i = 0; i < sizeof(names) / sizeof(*names); i++)
		fake__do(f, fake__task(f, names[i], i * 1000000), TASK_RUNNING, 1000000, 0, NULL);
	fake__complete(f);
	text = picture_of(f, 0, 0);
	assert_int_equal(count(text, "<svg"), 1);
	assert_int_equal(count(text, "</svg>"), 1);
	assert_null(strstr(text, "<script"));
	assert_null(strstr(text, "\"onload"));
	assert_has(text, "&lt;/svg&gt;&lt;script&gt; 1000</text>");
	assert_has(text, "&amp;amp;&amp;#x41;");
	free(text);
}

static void test_nothing(void **state)
{
	char *text = picture_of(fake__new(1, 0), 0, 0);

	(void)state;
	assert_has(text, "./convoy --threads 4");
	free(text);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_escape),	  cmocka_unit_test(test_wrap),
		cmocka_unit_test(test_looks),	  cmocka_unit_test(test_strip),
		cmocka_unit_test(test_convoy),	  cmocka_unit_test(test_part),
		cmocka_unit_test(test_odd_parts), cmocka_unit_test(test_losses_are_told),
		cmocka_unit_test(test_many),	  cmocka_unit_test(test_hostile),
		cmocka_unit_test(test_nothing),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
