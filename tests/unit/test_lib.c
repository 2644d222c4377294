// SPDX-License-Identifier: GPL-2.0-only
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "lib/cpulist.h"
#include "lib/error.h"
#include "lib/hist.h"
#include "lib/strbuf.h"
#include "lib/u64map.h"

/* Against a plain array, with keys that collide in the low bits. */
static void test_map(void **state)
{
	static int values[4096];
	static char present[4096];
	struct u64map *map = u64map__new();
	uint64_t seed = 1, key;
	size_t i, count = 0, pos = 0;

	(void)state;
	memset(present, 0, sizeof(present));
	for (i = 0; i < 200000; i++) {
		seed = seed * 6364136223846793005ULL + 1442695040888963407ULL;
		key = (seed >> 33) % 4096;
		if (seed >> 63) {
			assert_int_equal(u64map__set(map, key << 12, &values[key]), 0);
			count += !present[key];
			present[key] = 1;
		} else {
			assert_ptr_equal(u64map__remove(map, key << 12),
					 present[key] ? &values[key] : NULL);
			count -= present[key];
			present[key] = 0;
		}
	}
	assert_int_equal(u64map__size(map), count);
	for (i = 0; i < 4096; i++)
		assert_ptr_equal(u64map__get(map, i << 12), present[i] ? &values[i] : NULL);
	while (u64map__next(map, &pos, &key)) {
		assert_true(present[key >> 12]);
		count--;
	}
	assert_int_equal(count, 0);
	u64map__free(map);
	u64map__free(NULL);
}

/* 1..100000: a percentile is at most 1/32 above the true one, never below it. */
static void test_hist(void **state)
{
	struct hist h = {0}, twice = {0};
	uint64_t i, got, want;
	double p;

	(void)state;
	assert_int_equal(hist__percentile(&h, 50), 0);
	for (i = 1; i <= 100000; i++)
		assert_int_equal(hist__add(&h, i), 0);
	for (p = 1; p <= 100; p++) {
		got = hist__percentile(&h, p);
		want = (uint64_t)(p * 1000);
		assert_true(got >= want && got <= want + want / 32 + 1);
	}
	assert_int_equal(hist__percentile(&h, 100), 100000);
	assert_int_equal(hist__add(&h, UINT64_MAX), 0);
	assert_true(hist__percentile(&h, 100) == UINT64_MAX);
	assert_int_equal(hist__merge(&twice, &h), 0);
	assert_int_equal(hist__merge(&twice, &h), 0);
	assert_int_equal(twice.count, 2 * h.count);
	assert_int_equal(hist__percentile(&twice, 50), hist__percentile(&h, 50));
	hist__clear(&h);
	hist__clear(&twice);
	assert_int_equal(h.count, 0);
}

struct text_row {
	const char *in, *printable, *json;
};

static const struct text_row texts[] = {
	{"plain", "plain", "\"plain\""},
	{"", "", "\"\""},
	{"a\"b\\c", "a\"b\\c", "\"a\\\"b\\\\c\""},
	{"\x1b[31mred\n", "\\x1b[31mred\\x0a", "\"\\u001b[31mred\\n\""},
	{"gr\xc3\xbc\xc3\x9f", "gr\xc3\xbc\xc3\x9f", "\"gr\xc3\xbc\xc3\x9f\""},
	{"bad\xff\xc0\x80", "bad\\xff\\xc0\\x80", "\"bad\\ufffd\\ufffd\\ufffd\""},
	{"cut\xe2\x82", "cut\\xe2\\x82", "\"cut\\ufffd\\ufffd\""},
	{"surrogate\xed\xa0\x80", "surrogate\\xed\\xa0\\x80", "\"surrogate\\ufffd\\ufffd\\ufffd\""},
	{"c1\xc2\x9b", "c1\\xc2\\x9b", "\"c1\\u009b\""},
	{"rtl\xe2\x80\xae", "rtl\\xe2\\x80\\xae", "\"rtl\xe2\x80\xae\""},
	{"\x7f", "\\x7f", "\"\\u007f\""},
};

static void test_texts(void **state)
{
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(texts) / sizeof(texts[0]); i++) {
		struct strbuf a = {0}, b = {0};

		strbuf__add_printable(&a, texts[i].in, strlen(texts[i].in));
		strbuf__add_json(&b, texts[i].in, strlen(texts[i].in));
		assert_string_equal(strbuf__text(&a), texts[i].printable);
		assert_string_equal(strbuf__text(&b), texts[i].json);
		assert_false(strbuf__failed(&a) || strbuf__failed(&b));
		strbuf__free(&a);
		strbuf__free(&b);
	}
}

static void test_cpulist(void **state)
{
	unsigned int *cpus;

	(void)state;
	assert_int_equal(cpulist__parse("0-3,8\n", &cpus), 5);
	assert_int_equal(cpus[4], 8);
	free(cpus);
	assert_int_equal(cpulist__parse("0", &cpus), 1);
	free(cpus);
	assert_true(cpulist__parse("3-1", &cpus) < 0);
	assert_true(cpulist__parse("x", &cpus) < 0);
	assert_true(cpulist__parse("0-99999999", &cpus) < 0);
	assert_true(cpulist__parse("0,0", &cpus) < 0);
	assert_true(cpulist__present(&cpus) > 0);
	free(cpus);
}

static void test_error(void **state)
{
	struct error err = {0};

	(void)state;
	assert_int_equal(error__errno(&err, -2, "file %s", "x"), -2);
	assert_string_equal(err.text, "file x: No such file or directory");
	assert_int_equal(error__set(NULL, -5, "nobody listens"), -5);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_map),   cmocka_unit_test(test_hist),
		cmocka_unit_test(test_texts), cmocka_unit_test(test_cpulist),
		cmocka_unit_test(test_error),
	};

	return cmocka_run_group_tests_name("lib", tests, NULL, NULL);
}
