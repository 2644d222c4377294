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

#define MANY 6000

struct payload {
	uint8_t *raw;
	size_t len, ends[COLUMNS];
};

/* Encodes up to `count` records, as many as a block takes. Returns how many. */
static size_t encode(struct coder *c, const union ct_event *ev, size_t count, struct payload *out)
{
	size_t i;

	coder__start(c, 7, ev[0].h.ts);
	for (i = 0; i < count && !coder__full(c, &ev[i]); i++) {
		union ct_event copy = ev[i];

		coder__encode(c, &copy);
		assert_memory_equal(&copy, &ev[i], make_length(&ev[i]));
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
		size_t size = make_length(&ev[i]);

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
	struct coder *enc = coder__new_encoder(), *dec = coder__new_decoder(TRACE_VERSION);
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

/* More stacks, files and places than a block has room for. */
static void test_many_ids(void **state)
{
	union ct_event *ev = calloc(MANY, sizeof(*ev));
	struct coder *enc = coder__new_encoder(), *dec = coder__new_decoder(TRACE_VERSION);
	size_t done = 0, blocks = 0;
	struct payload p;

	(void)state;
	assert_true(ev && enc && dec);
	for (size_t i = 0; i < MANY; i++) {
		ev[i].h = (struct ct_hdr){
			.ts = i, .type = i % 2 ? CT_WAKING : CT_SWITCH_WAIT, .tid = i % 3};
		if (i % 2) {
			ev[i].waking.stack = make_number() % 5000;
			ev[i].waking.target = make_random();
		} else {
			ev[i].wait.stack = make_random();
			ev[i].wait.target = ~0ULL - make_number() % 5000;
			ev[i].wait.detail = make_number();
			ev[i].wait.klock = (unsigned short)make_below(2);
		}
	}
	while (done < MANY) {
		size_t n = encode(enc, ev + done, MANY - done, &p);

		assert_true(n > 1000 && n < 4096);
		decode_and_compare(dec, &p, ev + done, n);
		free(p.raw);
		done += n;
		blocks++;
	}
	assert_true(blocks > 2);
	coder__free(enc);
	coder__free(dec);
	free(ev);
}

/* What a task does over and over at a few places costs a byte or two a record, whatever the ids. */
static void test_rounds_cost_nothing(void **state)
{
	static const uint64_t stacks[] = {0x1234567890abcdefULL, 0xfedcba0987654321ULL,
					  0x5555aaaa3333ccccULL};
	union ct_event *ev = calloc(MANY, sizeof(*ev));
	struct coder *enc = coder__new_encoder();
	struct payload p;

	(void)state;
	for (uint32_t i = 0; i < MANY; i++) {
		uint32_t turn = i / 2 % 3;

		ev[i].h =
			(struct ct_hdr){.ts = i, .type = i % 2 ? CT_WAKING_FUTEX : CT_SWITCH_FUTEX};
		ev[i].h.tid = 1 + i / 2 % 4;
		if (i % 2) {
			ev[i].waking.waker = ev[i].h.tid % 4 + 1;
			ev[i].waking.stack = ~stacks[turn];
			ev[i].waking_futex.uaddr = stacks[turn] & 0xfff;
		} else {
			ev[i].futex.stack = stacks[turn];
			ev[i].futex.shared = turn ? 0 : stacks[1];
			ev[i].futex.uaddr = stacks[turn] & 0xfff;
			ev[i].futex.before[1] = turn;
			ev[i].sw.next_tid = ev[i].h.tid % 4 + 1;
		}
	}
	assert_int_equal(encode(enc, ev, MANY, &p), MANY);
	/* LOW, SWITCH or OTHER, TAG: three bytes; all the rest together is small. */
	assert_true(p.len < 3 * MANY + 1500);
	free(p.raw);
	coder__free(enc);
	free(ev);
}

static void test_lengths(void **state)
{
	union ct_event ev = {.stack = {.h = {.type = CT_STACK}, .len = 64}}, copy;
	size_t fixed = offsetof(struct ct_stack, bytes);

	(void)state;
	assert_int_equal(record__length(&ev, sizeof(ev)), fixed + 64);
	assert_int_equal(record__length(&ev, fixed + 64), fixed + 64);
	assert_int_equal(record__length(&ev, fixed + 63), 0);
	assert_int_equal(record__length(&ev, 10), 0);
	assert_int_equal(record__copy(&copy, &ev, fixed + 64), 0);
	assert_int_equal(record__copy(&copy, &ev, fixed + 63), -EINVAL);
	assert_int_equal(record__copy(&copy, &ev, fixed - 1), -EINVAL);
	ev.stack.len = 63;
	assert_int_equal(record__length(&ev, sizeof(ev)), 0);
	assert_int_equal(record__copy(&copy, &ev, sizeof(ev)), -EINVAL);
	ev.stack.len = CT_STACK_MOST + 8;
	assert_int_equal(record__length(&ev, SIZE_MAX), 0);
	assert_int_equal(record__copy(&copy, &ev, SIZE_MAX / 2), -EINVAL);
	/* The others lie in the ring as whole structs, whatever they use of them. */
	ev = (union ct_event){.file = {.h = {.type = CT_FILE}, .text_len = 3}};
	assert_int_equal(record__length(&ev, sizeof(ev)), sizeof(ev.file));
	assert_int_equal(record__copy(&copy, &ev, offsetof(struct ct_file, text) + 3), 0);
	ev.file.text_len = CT_PATH_LEN + 1;
	assert_int_equal(record__copy(&copy, &ev, sizeof(ev)), -EINVAL);
	ev = (union ct_event){.map = {.h = {.type = CT_MAP}, .build_id_len = CT_BUILD_ID + 1}};
	assert_int_equal(record__copy(&copy, &ev, sizeof(ev)), -EINVAL);
	ev = (union ct_event){.blob = {.h = {.type = CT_BLOB}, .len = CT_BLOB_BYTES + 1}};
	assert_int_equal(record__copy(&copy, &ev, sizeof(ev)), -EINVAL);
	ev.h.type = CT_TYPE_END;
	assert_int_equal(record__length(&ev, sizeof(ev)), 0);
}

/* Times from one end to the other. */
static void test_extreme_times(void **state)
{
	static const uint64_t times[] = {
		0, 0, 1, 255, 256, 65535, UINT64_MAX / 2, UINT64_MAX - 1, UINT64_MAX, UINT64_MAX};
	union ct_event ev[10];
	struct coder *enc = coder__new_encoder(), *dec = coder__new_decoder(TRACE_VERSION);
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

/* Takes away what format 1 does not know. Births are another type then, for they have grown. */
static void as_of_format_1(union ct_event *ev)
{
	struct ct_hdr h = ev->h;

	switch (ev->h.type) {
	case CT_SWITCH_WAIT:
		ev->wait.stack = ev->wait.target = ev->wait.detail = ev->wait.klock = 0;
		break;
	case CT_SWITCH_FUTEX:
		ev->futex.stack = ev->futex.shared = 0;
		memset(ev->futex.before, 0, sizeof(ev->futex.before));
		break;
	case CT_WAKING:
	case CT_WAKING_FUTEX:
	case CT_WAKEUP_NEW:
		ev->waking.stack = ev->waking.target = 0;
		break;
	default:
		if (h.type != CT_FORK && h.type < CT_STACK)
			break;
		h.type = CT_ARRIVED;
		*ev = (union ct_event){.arrived = {.h = h, .since = h.ts}};
	}
}

/* The payload as format 1 had it: without the columns, empty here, that came later. */
static void cut_columns(struct payload *p)
{
	struct varint_in in = {.p = p->raw, .end = p->raw + p->len};
	const uint8_t *lens_end = NULL;
	uint64_t len;

	for (int i = 0; i < COLUMNS; i++) {
		len = varint_in__next(&in);
		if (i == COLUMNS_1 - 1)
			lens_end = in.p;
		assert_true(i < COLUMNS_1 || !len);
	}
	memmove(p->raw + (lens_end - p->raw), in.p, (size_t)(in.end - in.p));
	p->len -= (size_t)(in.p - lens_end);
}

static void test_format_1(void **state)
{
	union ct_event *ev = malloc(MANY * sizeof(*ev));
	struct coder *enc = coder__new_encoder(), *dec = coder__new_decoder(1);
	size_t done = 0;
	struct payload p;

	(void)state;
	assert_true(ev && enc && dec);
	for (size_t i = 0; i < MANY; i++) {
		make_record(&ev[i], i * 10, i % 2);
		as_of_format_1(&ev[i]);
	}
	while (done < MANY) {
		size_t n = encode(enc, ev + done, MANY - done, &p);

		cut_columns(&p);
		decode_and_compare(dec, &p, ev + done, n);
		free(p.raw);
		done += n;
	}
	coder__free(enc);
	coder__free(dec);
	free(ev);
}

/* Whatever is in a payload: each record or an error, and no byte outside touched (ASan). */
static void test_mutated_payloads(void **state)
{
	union ct_event *ev = malloc(500 * sizeof(*ev)), back;
	struct coder *enc = coder__new_encoder(), *dec[2];
	struct payload p;

	(void)state;
	for (uint32_t i = 0; i < 2; i++)
		dec[i] = coder__new_decoder(i + 1);
	for (size_t i = 0; i < 500; i++)
		make_record(&ev[i], 100 * i, i % 2);
	for (int round = 0; round < 3000; round++) {
		if (round == 0 || round == 1500) {
			for (size_t i = 0; i < 500 && round; i++)
				as_of_format_1(&ev[i]);
			if (round)
				free(p.raw);
			assert_int_equal(encode(enc, ev, 500, &p), 500);
			if (round)
				cut_columns(&p);
		}
		/* Its own heap block, so that ASan sees the ends. */
		size_t len = make_below(4) ? p.len : make_below((uint32_t)p.len + 1), n = 0;
		uint8_t *raw = malloc(len ? len : 1);

		memcpy(raw, p.raw, len);
		for (uint32_t hits = 1 + make_below(8); hits && len; hits--)
			raw[make_below(make_below(2) ? (uint32_t)len : 40) % len] =
				(uint8_t)make_random();
		if (!coder__load(dec[round < 1500], raw, len, 0, 0))
			while (coder__decode(dec[round < 1500], &back) > 0)
				assert_true(++n <= len);
		free(raw);
	}
	free(p.raw);
	free(ev);
	coder__free(enc);
	for (uint32_t i = 0; i < 2; i++)
		coder__free(dec[i]);
}

static void test_pack(void **state)
{
	union ct_event *ev = malloc(MANY * sizeof(*ev));
	struct coder *enc = coder__new_encoder();
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
		cmocka_unit_test(test_many_ids),      cmocka_unit_test(test_rounds_cost_nothing),
		cmocka_unit_test(test_lengths),	      cmocka_unit_test(test_format_1),
		cmocka_unit_test(test_extreme_times), cmocka_unit_test(test_mutated_payloads),
		cmocka_unit_test(test_pack),	      cmocka_unit_test(test_varint),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
