// SPDX-License-Identifier: GPL-2.0-only
/* Records to columns and back, and columns that nobody wrote. */
#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "tests/unit/trace_make.inc"
#include "trace/codec.h"
#include "trace/format.h"
#include "trace/pack.h"
#include "trace/varint.h"

#define MANY 20000

struct payload {
	uint8_t *raw;
	size_t len, ends[COLUMNS];
};

/* Encodes up to `count` records, as many as a block takes. Returns how many. */
static size_t encode(struct coder *c, const union ct_event *ev, size_t count, struct payload *out)
{
	size_t i;

	coder__start(c, 7, ev[0].h.ts);
	for (i = 0; i < count && !coder__full(c); i++) {
		union ct_event copy = ev[i];

		coder__encode(c, &copy);
		assert_memory_equal(&copy, &ev[i], record__size(ev[i].h.type));
	}
	out->len = coder__payload_size(c);
	out->raw = malloc(out->len);
	assert_non_null(out->raw);
	coder__payload(c, out->raw, out->ends);
	assert_true(out->len <= BLOCK_MAX_RAW);
	return i;
}

static void decode_and_compare(struct coder *c, struct payload *p, const union ct_event *ev,
			       size_t count)
{
	union ct_event back;

	assert_int_equal(coder__load(c, p->raw, p->len, 7, ev[0].h.ts), 0);
	for (size_t i = 0; i < count; i++) {
		size_t size = record__size(ev[i].h.type);

		memset(&back, 0xa5, sizeof(back));
		assert_int_equal(coder__decode(c, &back), size);
		assert_memory_equal(&back, &ev[i], size);
	}
	assert_true(coder__drained(c));
	assert_true(coder__decode(c, &back) < 0);
}

static void round_trip(bool wild)
{
	union ct_event *ev = malloc(MANY * sizeof(*ev));
	struct coder *enc = coder__new(false), *dec = coder__new(true);
	struct payload p;
	uint64_t ts = 5;
	size_t done = 0, blocks = 0;

	assert_true(ev && enc && dec);
	for (size_t i = 0; i < MANY; i++) {
		ts += make_number() >> 12;
		make_record(&ev[i], ts, wild);
	}
	while (done < MANY) {
		size_t n = encode(enc, ev + done, MANY - done, &p);

		assert_true(n > 0);
		decode_and_compare(dec, &p, ev + done, n);
		free(p.raw);
		done += n;
		blocks++;
	}
	assert_true(blocks > 1);
	coder__free(enc);
	coder__free(dec);
	free(ev);
}

static void test_wild_records(void **state)
{
	(void)state;
	round_trip(true);
}

static void test_tame_records(void **state)
{
	(void)state;
	round_trip(false);
}

/* Times from one end to the other. */
static void test_extreme_times(void **state)
{
	static const uint64_t times[] = {
		0, 0, 1, 255, 256, 65535, UINT64_MAX / 2, UINT64_MAX - 1, UINT64_MAX, UINT64_MAX};
	union ct_event ev[10];
	struct coder *enc = coder__new(false), *dec = coder__new(true);
	struct payload p;

	(void)state;
	for (size_t i = 0; i < 10; i++)
		make_record(&ev[i], times[i], true);
	assert_int_equal(encode(enc, ev, 10, &p), 10);
	decode_and_compare(dec, &p, ev, 10);
	free(p.raw);
	coder__free(enc);
	coder__free(dec);
}

/* Whatever is in a payload: each record or an error, and no byte outside touched (ASan). */
static void test_mutated_payloads(void **state)
{
	union ct_event *ev = malloc(500 * sizeof(*ev)), back;
	struct coder *enc = coder__new(false), *dec = coder__new(true);
	struct payload p;

	(void)state;
	for (size_t i = 0; i < 500; i++)
		make_record(&ev[i], 100 * i, i % 2);
	assert_int_equal(encode(enc, ev, 500, &p), 500);
	for (int round = 0; round < 3000; round++) {
		/* Its own heap block, so that ASan sees the ends. */
		size_t len = make_below(4) ? p.len : make_below((uint32_t)p.len + 1), n = 0;
		uint8_t *raw = malloc(len ? len : 1);

		memcpy(raw, p.raw, len);
		for (uint32_t hits = 1 + make_below(8); hits && len; hits--)
			raw[make_below(make_below(2) ? (uint32_t)len : 40) % len] =
				(uint8_t)make_random();
		if (!coder__load(dec, raw, len, 0, 0))
			while (coder__decode(dec, &back) > 0)
				assert_true(++n <= len);
		free(raw);
	}
	free(p.raw);
	free(ev);
	coder__free(enc);
	coder__free(dec);
}

static void test_pack(void **state)
{
	union ct_event *ev = malloc(MANY * sizeof(*ev));
	struct coder *enc = coder__new(false);
	struct packer *packer = packer__new();
	const uint8_t *stored;
	struct payload p;
	uint8_t *back;
	size_t len;

	(void)state;
	for (size_t i = 0; i < MANY; i++)
		make_record(&ev[i], 100 * i, false);
	encode(enc, ev, MANY, &p);
	for (int columns = 0; columns < 2; columns++) {
		stored = packer__pack(packer, p.raw, p.len, columns ? p.ends : NULL, &len);
		assert_non_null(stored);
		assert_true(len < p.len);
		back = malloc(p.len);
		assert_int_equal(pack__unpack(back, p.len, stored, len), 0);
		assert_memory_equal(back, p.raw, p.len);
		assert_int_equal(pack__unpack(back, p.len - 1, stored, len), -EBADMSG);
		assert_int_equal(pack__unpack(back, p.len, stored, len - 1), -EBADMSG);
		free(back);
	}
	/* What is random does not shrink. */
	for (size_t i = 0; i < p.len; i++)
		p.raw[i] = (uint8_t)make_random();
	assert_null(packer__pack(packer, p.raw, p.len, NULL, &len));
	packer__free(packer);
	coder__free(enc);
	free(p.raw);
	free(ev);
}

static void test_varint(void **state)
{
	static const struct {
		uint64_t value;
		size_t len;
	} cases[] = {{0, 1},
		     {127, 1},
		     {128, 2},
		     {16383, 2},
		     {16384, 3},
		     {UINT32_MAX, 5},
		     {UINT64_MAX >> 1, 9},
		     {UINT64_MAX, 10}};
	static const uint8_t too_big[] = {0xff, 0xff, 0xff, 0xff, 0xff,
					  0xff, 0xff, 0xff, 0xff, 0x02};
	static const uint8_t endless[] = {0x80, 0x80, 0x80, 0x80, 0x80, 0x80,
					  0x80, 0x80, 0x80, 0x80, 0x80, 0x00};
	uint8_t buf[VARINT_MAX];
	uint64_t v;

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		assert_int_equal(varint__put(buf, cases[i].value) - buf, cases[i].len);
		assert_ptr_equal(varint__get(buf, buf + cases[i].len, &v), buf + cases[i].len);
		assert_true(v == cases[i].value);
		assert_null(varint__get(buf, buf + cases[i].len - 1, &v));
	}
	assert_null(varint__get(too_big, too_big + sizeof(too_big), &v));
	assert_null(varint__get(endless, endless + sizeof(endless), &v));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_wild_records),  cmocka_unit_test(test_tame_records),
		cmocka_unit_test(test_extreme_times), cmocka_unit_test(test_mutated_payloads),
		cmocka_unit_test(test_pack),	      cmocka_unit_test(test_varint),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
