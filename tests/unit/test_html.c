// SPDX-License-Identifier: GPL-2.0-only
/* The HTML timeline's columns, read back, and how the page is put together. */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <zlib.h>

#include <cmocka.h>

#include "export/html_column.h"
#include "export/html_page.h"
#include "export/html_stacks.h"
#include "export/rows.h"
#include "model/model.h"
#include "symbol/frame.h"
#include "trace/info.h"

static int digit(char c)
{
	static const char digits[] =
		"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
	const char *found = memchr(digits, c, 64);

	return found ? (int)(found - digits) : -1;
}

/* Base64 with padding; asserts that there is nothing else. Returns the number of bytes. */
static size_t decode(const char *text, size_t len, uint8_t *bytes)
{
	size_t i, k, n = 0, pad;
	uint32_t bits;

	assert_int_equal(len % 4, 0);
	for (i = 0; i < len; i += 4) {
		for (k = pad = 0, bits = 0; k < 4; k++) {
			if (text[i + k] == '=') {
				assert_int_equal(i + 4, len);
				pad++;
			} else {
				assert_int_equal(pad, 0);
				assert_true(digit(text[i + k]) >= 0);
				bits |= (uint32_t)digit(text[i + k]) << (18 - 6 * k);
			}
		}
		assert_true(pad < 3);
		for (k = 0; k < 3 - pad; k++)
			bytes[n++] = (uint8_t)(bits >> (16 - 8 * k));
	}
	return n;
}

/* What the column holds, inflated. Returns the number of bytes, at most `room`. */
static size_t read_back(struct column *c, uint8_t *bytes, size_t room)
{
	z_stream z = {0};
	uint8_t *packed;
	char *text;
	size_t len;
	FILE *out = open_memstream(&text, &len);

	assert_int_equal(column__write(c, out), 0);
	fclose(out);
	packed = malloc(len + 1);
	assert_non_null(packed);
	assert_int_equal(inflateInit2(&z, -15), Z_OK);
	z.next_in = packed;
	z.avail_in = (uInt)decode(text, len, packed);
	z.next_out = bytes;
	z.avail_out = (uInt)room;
	assert_int_equal(inflate(&z, Z_FINISH), Z_STREAM_END);
	assert_int_equal(z.avail_in, 0);
	len = z.total_out;
	inflateEnd(&z);
	free(packed);
	free(text);
	return len;
}

static void test_numbers(void **state)
{
	static const struct {
		uint64_t value;
		uint8_t bytes[10];
		size_t n;
	} rows[] = {
		{0, {0}, 1},
		{127, {0x7f}, 1},
		{128, {0x80, 1}, 2},
		{300, {0xac, 2}, 2},
		{UINT32_MAX, {0xff, 0xff, 0xff, 0xff, 0x0f}, 5},
		{UINT64_MAX, {255, 255, 255, 255, 255, 255, 255, 255, 255, 1}, 10},
	};
	uint8_t bytes[16];
	struct column *c;
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		c = column__new();
		assert_int_equal(column__put(c, rows[i].value), 0);
		assert_int_equal(read_back(c, bytes, sizeof(bytes)), rows[i].n);
		assert_memory_equal(bytes, rows[i].bytes, rows[i].n);
		column__free(c);
	}
	c = column__new();
	assert_int_equal(read_back(c, bytes, sizeof(bytes)), 0);
	column__free(c);
	column__free(NULL);
}

/* More than fits into memory, and hard to pack: through the file, and the same again. */
static void test_much(void **state)
{
	enum { COUNT = 200000 };
	uint8_t *bytes = malloc(10 * COUNT), *p = bytes;
	struct column *c = column__new();
	uint64_t x = 1, value;
	size_t i, n, shift;

	(void)state;
	for (i = 0; i < COUNT; i++) {
		x = x * 6364136223846793005ULL + 1442695040888963407ULL;
		assert_int_equal(column__put(c, x >> 20), 0);
	}
	n = read_back(c, bytes, 10 * COUNT);
	for (x = 1, i = 0; i < COUNT; i++) {
		x = x * 6364136223846793005ULL + 1442695040888963407ULL;
		for (value = 0, shift = 0;; shift += 7) {
			value |= (uint64_t)(*p & 0x7f) << shift;
			if (*p++ < 0x80)
				break;
		}
		assert_true(value == x >> 20);
	}
	assert_int_equal(p - bytes, n);
	column__free(c);
	free(bytes);
}

/* Bytes and numbers keep their order. */
static void test_bytes(void **state)
{
	static const char hostile[] = "</script><!--\xff\xfe";
	struct column *c = column__new();
	uint8_t bytes[64];
	size_t n;

	(void)state;
	assert_int_equal(column__put(c, 5), 0);
	assert_int_equal(column__bytes(c, hostile, sizeof(hostile)), 0);
	assert_int_equal(column__bytes(c, NULL, 0), 0);
	assert_int_equal(column__put(c, 6), 0);
	n = read_back(c, bytes, sizeof(bytes));
	assert_int_equal(n, sizeof(hostile) + 2);
	assert_int_equal(bytes[0], 5);
	assert_memory_equal(bytes + 1, hostile, sizeof(hostile));
	assert_int_equal(bytes[n - 1], 6);
	column__free(c);
}

static void test_full_disk(void **state)
{
	FILE *out = fopen("/dev/full", "w");
	struct column *c = column__new();
	size_t i;

	(void)state;
	if (!out)
		skip();
	setvbuf(out, NULL, _IONBF, 0);
	for (i = 0; i < 100; i++)
		assert_int_equal(column__put(c, i * i), 0);
	assert_int_equal(column__write(c, out), -EIO);
	column__free(c);
	fclose(out);
}

static void test_page(void **state)
{
	size_t head, tail;
	const char *before = html_page__head(&head), *after = html_page__tail(&tail);

	(void)state;
	assert_memory_equal(before, "<!DOCTYPE html>", 15);
	assert_non_null(memmem(before, head, "default-src 'none'", 18));
	assert_null(memmem(before, head, "@STYLE@", 7));
	assert_null(memmem(after, tail, "@SCRIPT@", 8));
	assert_non_null(memmem(after, tail, "\nbegin();\n</script>", 19));
	assert_memory_equal(after + tail - 8, "</html>\n", 8);
}

/* One id for each place, whatever the order; a place is a module and an address in it. */
static void test_leaves(void **state)
{
	static const struct {
		struct frame frame;
		uint64_t id;
	} rows[] = {
		{{NULL, 1, 0x1000}, 1}, {{NULL, 2, 0x2000}, 2}, {{NULL, 9, 0x1000}, 1},
		{{NULL, 3, 0x3000}, 3}, {{NULL, 2, 0x2000}, 2}, {{NULL, 2, 0}, 4},
	};
	const struct trace_info info = {.ncpus = 1};
	const struct trace_trailer trailer = {0};
	struct model *model = model__new(&info, &trailer);
	struct stacks_seen *s = stacks_seen__new(model);
	char *text;
	size_t i, len;
	FILE *out = open_memstream(&text, &len);

	(void)state;
	for (i = 0; i < sizeof(rows) / sizeof(rows[0]); i++)
		assert_int_equal(stacks_seen__leaf(s, &rows[i].frame), rows[i].id);
	assert_int_equal(stacks_seen__id(s, 0), 0);
	assert_int_equal(stacks_seen__write(s, out), 0);
	fclose(out);
	assert_non_null(strstr(text, "\"\",\"0x2000\"],\n[\"\",0,\"\",0,\"\",\"0x3000\"]"));
	assert_non_null(strstr(text, "\"stacks\": [],\n\"leaves\": [[0],\n[1],\n[2],\n[3]]"));
	free(text);
	stacks_seen__free(s);
	model__free(model);
}

static void test_needs_a_model(void **state)
{
	const struct export_input in = {0};
	void *html;

	(void)state;
	assert_int_equal(exporter_html.begin(&in, stdout, &html), -EINVAL);
	exporter_html.end(NULL);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_numbers),	      cmocka_unit_test(test_much),
		cmocka_unit_test(test_bytes),	      cmocka_unit_test(test_full_disk),
		cmocka_unit_test(test_page),	      cmocka_unit_test(test_leaves),
		cmocka_unit_test(test_needs_a_model),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
