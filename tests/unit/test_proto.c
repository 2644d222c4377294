// SPDX-License-Identifier: GPL-2.0-only
/* Protobuf encoding, and the curves that the Perfetto exporter writes with it. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "export/perfetto_load.h"
#include "export/proto.h"

/* What protoc would make of it, byte for byte. */
static void test_fields(void **state)
{
	struct proto p = {0};

	(void)state;
	proto__uint(&p, 1, 150);
	proto__uint(&p, 2047, 0);
	proto__uint(&p, 2, UINT64_MAX);
	proto__bytes(&p, 2, "testing", 7);
	proto__double(&p, 3, 1.5);
	proto__fixed64(&p, 47, 0x0102030405060708);
	assert_int_equal(p.len, 3 + 3 + 11 + 9 + 9 + 10);
	assert_memory_equal(p.data,
			    "\x08\x96\x01"
			    "\xf8\x7f\x00"
			    "\x10\xff\xff\xff\xff\xff\xff\xff\xff\xff\x01"
			    "\x12\x07testing"
			    "\x19\0\0\0\0\0\0\xf8\x3f"
			    "\xf9\x02\x08\x07\x06\x05\x04\x03\x02\x01",
			    p.len);
	assert_false(p.failed);
	proto__free(&p);
}

/* Content of 127 bytes has a length of one byte, of 128 a padded one. */
static void test_nesting(void **state)
{
	struct proto p = {0};
	size_t outer, inner, i;

	(void)state;
	outer = proto__begin(&p, 4);
	proto__end(&p, proto__begin(&p, 5));
	inner = proto__begin(&p, 6);
	for (i = 0; i < 127; i++)
		proto__packed(&p, 7);
	proto__end(&p, inner);
	proto__end(&p, outer);
	assert_int_equal(p.len, 5 + 2 + 2 + 127);
	assert_memory_equal(p.data, "\x22\x83\x81\x80\x00\x2a\x00\x32\x7f\x07", 10);
	proto__reset(&p);
	inner = proto__begin(&p, 6);
	for (i = 0; i < 128; i++)
		proto__packed(&p, 7);
	proto__end(&p, inner);
	assert_int_equal(p.len, 5 + 128);
	assert_memory_equal(p.data, "\x32\x80\x81\x80\x00\x07", 6);
	proto__free(&p);
}

static void test_utf8(void **state)
{
#define R "\xef\xbf\xbd"
	static const struct {
		const char *in, *out;
	} rows[] = {
		{"", ""},
		{"plain", "plain"},
		{"\xc3\xa9\xe2\x82\xac\xf0\x9f\x98\x80", "\xc3\xa9\xe2\x82\xac\xf0\x9f\x98\x80"},
		{"a\xff"
		 "b",
		 "a" R "b"},
		{"\xc3", R},				  /* cut short */
		{"\xe2\x82", R R},			  /* cut short */
		{"\xc0\xaf", R R},			  /* overlong */
		{"\xe0\x80\xaf", R R R},		  /* overlong */
		{"\xed\xa0\x80", R R R},		  /* surrogate */
		{"\xf4\x90\x80\x80", R R R R},		  /* above U+10FFFF */
		{"\xf4\x8f\xbf\xbf", "\xf4\x8f\xbf\xbf"}, /* U+10FFFF */
		{"\x80x", R "x"},			  /* continuation alone */
		{"\xf8\x88\x80\x80\x80", R R R R R},	  /* five bytes */
	};
#undef R
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct proto p = {0};
		size_t len = strlen(rows[i].out);

		proto__string(&p, 1, rows[i].in, strlen(rows[i].in));
		assert_int_equal(p.len, 2 + len);
		assert_int_equal(p.data[1], len);
		assert_memory_equal(p.data + 2, rows[i].out, len);
		proto__free(&p);
	}
}

struct points {
	size_t n;
	double integral, last;
	uint64_t last_ns;
};

static int add_point(void *ctx, uint64_t ns, double mean)
{
	struct points *p = ctx;

	if (p->n++)
		p->integral += p->last * (double)(ns - p->last_ns);
	p->last = mean;
	p->last_ns = ns;
	return 0;
}

static void test_load(void **state)
{
	static const uint64_t ends[] = {1, 1000, 1024, 1025, 100000, 8388608, 8388609, 12345678901};
	struct load *l;
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(ends) / sizeof(ends[0]); i++) {
		uint64_t end = ends[i], from, sum = 0, seed = 7;
		struct points p = {0};
		int k;

		l = load__new(2);
		assert_non_null(l);
		for (k = 0; k < 200; k++) {
			seed = seed * 6364136223846793005ULL + 1442695040888963407ULL;
			from = (seed >> 20) % end;
			load__add(l, 0, from, from + 1 + (seed >> 10) % (end - from));
			sum += 1 + (seed >> 10) % (end - from);
		}
		load__add(l, 1, 0, end);
		load__curve(l, 0, 0, end, add_point, &p);
		add_point(&p, end, 0);
		assert_true(p.integral > (double)sum * (1 - 1e-9) &&
			    p.integral < (double)sum * (1 + 1e-9));
		memset(&p, 0, sizeof(p));
		load__curve(l, 1, 0, end, add_point, &p);
		assert_int_equal(p.n, 1);
		assert_true(p.last == 1);
		load__free(l);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_fields),
		cmocka_unit_test(test_nesting),
		cmocka_unit_test(test_utf8),
		cmocka_unit_test(test_load),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
