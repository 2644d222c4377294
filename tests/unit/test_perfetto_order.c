// SPDX-License-Identifier: GPL-2.0-only
/* Packets in the order of time, and work that is done in another thread. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "export/perfetto_order.h"
#include "lib/worker.h"

/* A time as the body, and the number of the packet, so that both can be seen to stay together. */
static void add(struct order *o, uint64_t ts, uint64_t number)
{
	struct proto *p = order__begin(o, ts);

	proto__uint(p, 1, ts);
	proto__uint(p, 2, number);
	order__end(o);
}

static uint64_t get_varint(const uint8_t **p)
{
	unsigned int shift = 0;
	uint64_t value = 0;

	do {
		value |= (uint64_t)(**p & 0x7f) << shift;
		shift += 7;
	} while (*(*p)++ & 0x80);
	return value;
}

/* All in order; those of one time in the order they were added in; each with its own body. */
static void check(struct order *o, size_t n)
{
	uint64_t last_ts = 0, last_number = 0, ts, number;
	const uint8_t *body, *end;
	size_t i, len;

	order__sort(o);
	assert_int_equal(o->n, n);
	assert_false(o->failed);
	for (i = 0; i < n; i++) {
		body = order__body(o, i, &len, &ts);
		end = body + len;
		assert_int_equal(*body++, 1 << 3);
		assert_true(get_varint(&body) == ts);
		assert_int_equal(*body++, 2 << 3);
		number = get_varint(&body);
		assert_true(body == end);
		assert_true(!i || ts > last_ts || (ts == last_ts && number > last_number));
		last_ts = ts;
		last_number = number;
	}
}

static void test_orders(void **state)
{
	static const uint64_t spans[] = {1, 3, 1000, 1ULL << 20, 1ULL << 40, UINT64_MAX};
	struct order o = {0};
	uint64_t random = 1;
	size_t i, k;

	(void)state;
	check(&o, 0);
	for (k = 0; k < sizeof(spans) / sizeof(spans[0]); k++) {
		for (i = 0; i < 5000; i++) {
			random = random * 6364136223846793005ULL + 1442695040888963407ULL;
			add(&o, (random >> 7) % spans[k] + (k & 1 ? 1ULL << 50 : 0), i + 1);
		}
		check(&o, 5000);
		order__reset(&o);
	}
	/* As they come, and backwards. */
	for (i = 0; i < 1000; i++)
		add(&o, 100 + i, i + 1);
	check(&o, 1000);
	order__reset(&o);
	for (i = 0; i < 1000; i++)
		add(&o, 2000 - i, i + 1);
	check(&o, 1000);
	order__free(&o);
}

static void test_full(void **state)
{
	struct order o = {0};
	size_t i;

	(void)state;
	for (i = 0; !order__is_full(&o) && i < 1u << 20; i++)
		add(&o, i, i);
	assert_true(i > 1000 && i < 1u << 20);
	order__reset(&o);
	assert_false(order__is_full(&o));
	order__free(&o);
}

struct job {
	unsigned int *done, number, at;
};

static void note(void *arg)
{
	struct job *job = arg;

	job->at = (*job->done)++;
}

/* Each once, in order, all of it when worker__wait is back; the same without a thread. */
static void work(struct worker *w)
{
	enum { JOBS = 1000 };
	struct job *jobs = calloc(JOBS, sizeof(*jobs));
	unsigned int i, done = 0;

	assert_non_null(jobs);
	worker__wait(w);
	for (i = 0; i < JOBS; i++) {
		jobs[i].done = &done;
		worker__do(w, note, &jobs[i]);
	}
	worker__wait(w);
	assert_int_equal(done, JOBS);
	for (i = 0; i < JOBS; i++)
		assert_int_equal(jobs[i].at, i);
	worker__do(w, note, &jobs[0]);
	worker__free(w);
	assert_int_equal(done, JOBS + 1);
	free(jobs);
}

static void test_worker(void **state)
{
	(void)state;
	work(worker__new());
	work(NULL);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_orders),
		cmocka_unit_test(test_full),
		cmocka_unit_test(test_worker),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
