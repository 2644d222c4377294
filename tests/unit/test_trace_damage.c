// SPDX-License-Identifier: GPL-2.0-only
/* Files that were cut, changed or made up. */
#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <sys/resource.h>
#include <zlib.h>

#include "lib/strbuf.h"
#include "tests/unit/trace_make.inc"
#include "trace/format.h"

#define CPUS	2
#define RECORDS 90

struct image {
	uint8_t *bytes;
	size_t len;
};

static void read_image(struct image *img, const char *path)
{
	int fd = open(path, O_RDONLY);

	img->len = file_size(path);
	img->bytes = malloc(img->len + 1);
	assert_non_null(img->bytes);
	assert_int_equal(read(fd, img->bytes, img->len), img->len);
	close(fd);
}

static void write_image(const struct image *img, const char *path, size_t len)
{
	int fd = open(path, O_WRONLY | O_CREAT | O_TRUNC, 0600);

	assert_int_equal(write(fd, img->bytes, len), len);
	close(fd);
}

/* A small file with several blocks of each kind. Its path: free it. */
static char *small_file(void)
{
	char *path = make_path();
	struct trace_writer *w = open_writer(path, CPUS);
	struct trace_trailer trailer = make_trailer(1000 + 10 * RECORDS, RECORDS);
	union ct_event ev;
	struct error err;

	for (uint64_t i = 0; i < RECORDS; i++) {
		nth_record(&ev, i);
		assert_int_equal(trace_writer__append(w, i % CPUS, &ev, sizeof(ev)), 0);
		if (i % 30 == 20)
			trace_writer__mark(w, ev.h.ts + 1);
	}
	assert_int_equal(trace_writer__close(w, &trailer, NULL, &err), 0);
	return path;
}

static bool is_prefix(const struct got *got, const struct got *of)
{
	return got->count <= of->count &&
	       (!got->count || (same_records(got->ev, of->ev, got->count) &&
				!memcmp(got->cpu, of->cpu, got->count * sizeof(*got->cpu))));
}

static bool is_same(const struct got *got, const struct got *want)
{
	return got->ret == want->ret && got->count == want->count && is_prefix(got, want) &&
	       got->truncated == want->truncated && same_trailer(&got->trailer, &want->trailer);
}

/* Changes each byte of a file in several ways. */
static void flip_all(const char *path)
{
	static const uint8_t patterns[] = {0x01, 0x10, 0x80, 0xff};
	struct image img;
	struct got want, got;
	size_t errors = 0;
	int fd = open(path, O_WRONLY);

	assert_true(fd >= 0);
	got_file(&want, path);
	assert_int_equal(want.ret, 0);
	assert_true(want.count > 0);
	read_image(&img, path);
	for (size_t at = 0; at < img.len; at++) {
		for (size_t i = 0; i < sizeof(patterns); i++) {
			uint8_t byte = img.bytes[at] ^ patterns[i];

			assert_int_equal(pwrite(fd, &byte, 1, (off_t)at), 1);
			got_file(&got, path);
			if (got.ret < 0 ? !is_prefix(&got, &want) || !got.err.text[0]
					: !is_same(&got, &want))
				fail_msg("byte %zu ^ 0x%02x of %zu: %d, %zu records of %zu: %s", at,
					 patterns[i], img.len, got.ret, got.count, want.count,
					 got.err.text);
			errors += got.ret < 0;
			got_free(&got);
		}
		assert_int_equal(pwrite(fd, &img.bytes[at], 1, (off_t)at), 1);
	}
	print_message("%zu bytes, %zu changes noticed\n", img.len, errors);
	assert_true(errors > img.len);
	close(fd);
	got_free(&want);
	free(img.bytes);
}

static void test_every_byte_changed(void **state)
{
	char *path = small_file();

	(void)state;
	flip_all(path);
	unlink(path);
	free(path);
}

/* Where the block with this number and all after it begin; the file's length if there are fewer. */
static size_t block_at(const struct image *img, uint32_t number)
{
	struct block_head head;
	size_t at = FILE_HEAD_SIZE + format__get_u32(img->bytes + 12) + 4;

	for (; at + BLOCK_HEAD_SIZE <= img->len; at += BLOCK_HEAD_SIZE + head.stored_len)
		if (block_head__unpack(&head, img->bytes + at) || head.number == number)
			break;
	return at;
}

/* The same of files that lost their end: in the middle of a block, and right after a mark. */
static void test_every_byte_of_a_cut_file_changed(void **state)
{
	char *path = small_file();
	struct image img;

	(void)state;
	read_image(&img, path);
	write_image(&img, path, block_at(&img, 6) + BLOCK_HEAD_SIZE + 20);
	flip_all(path);
	write_image(&img, path, block_at(&img, 6));
	flip_all(path);
	free(img.bytes);
	unlink(path);
	free(path);
}

static void test_every_length(void **state)
{
	char *path = small_file();
	struct image img;
	struct got want, got;
	size_t header, whole, longest = 0;

	(void)state;
	got_file(&want, path);
	read_image(&img, path);
	header = block_at(&img, 0);
	whole = img.len;
	for (size_t len = img.len; len-- > 0;) {
		write_image(&img, path, len);
		got_file(&got, path);
		if (len < header) {
			assert_true(got.ret < 0);
		} else {
			assert_int_equal(got.ret, 0);
			assert_true(is_prefix(&got, &want));
			if (got.truncated)
				longest = longest > got.count ? longest : got.count;
			else
				assert_int_equal(got.count, want.count);
			if (!got.truncated)
				whole = len;
		}
		got_free(&got);
	}
	/* Up to the last mark, which was after record 80; and the index may be missing. */
	assert_int_equal(longest, 81);
	assert_true(whole < img.len);
	got_free(&want);
	free(img.bytes);
	unlink(path);
	free(path);
}

/* The machine went down: the file has its length, but its end was never written. */
static void test_zeros_at_the_end(void **state)
{
	char *path = small_file();
	struct image img;
	struct got want, got;

	(void)state;
	got_file(&want, path);
	read_image(&img, path);
	for (uint32_t number = 3; number < 8; number++) {
		struct image torn = {malloc(img.len + 100000), img.len + 100000};
		size_t from = block_at(&img, number) + (number % 2 ? 0 : 17);

		memset(torn.bytes, 0, torn.len);
		memcpy(torn.bytes, img.bytes, from);
		write_image(&torn, path, torn.len);
		got_file(&got, path);
		assert_int_equal(got.ret, 0);
		assert_true(got.truncated);
		assert_true(got.count > 0 && is_prefix(&got, &want));
		got_free(&got);
		free(torn.bytes);
	}
	got_free(&want);
	free(img.bytes);
	unlink(path);
	free(path);
}

/* A block that is missing, doubled or swapped has a sound checksum all the same. */
static void test_blocks_moved(void **state)
{
	char *path = small_file();
	struct image img, moved;
	size_t a, b, c;
	struct got got;

	(void)state;
	read_image(&img, path);
	a = block_at(&img, 0);
	b = block_at(&img, 1);
	c = block_at(&img, 2);
	moved.bytes = malloc(img.len);

	for (int how = 0; how < 2; how++) {
		memcpy(moved.bytes, img.bytes, a);
		moved.len = a;
		if (how) {
			memcpy(moved.bytes + moved.len, img.bytes + b, c - b);
			moved.len += c - b;
			memcpy(moved.bytes + moved.len, img.bytes + a, b - a);
			moved.len += b - a;
		}
		memcpy(moved.bytes + moved.len, img.bytes + (how ? c : b), img.len - (how ? c : b));
		moved.len += img.len - (how ? c : b);
		write_image(&moved, path, moved.len);
		got_file(&got, path);
		assert_int_equal(got.ret, -EBADMSG);
		assert_non_null(strstr(got.err.text, path));
		got_free(&got);
	}
	free(moved.bytes);
	free(img.bytes);
	unlink(path);
	free(path);
}

static void test_error_names_the_place(void **state)
{
	char *path = small_file(), want[256];
	struct image img;
	struct got got;
	size_t at;

	(void)state;
	read_image(&img, path);
	at = block_at(&img, 3);
	img.bytes[at + BLOCK_HEAD_SIZE + 5] ^= 4;
	write_image(&img, path, img.len);
	got_file(&got, path);
	assert_int_equal(got.ret, -EBADMSG);
	snprintf(want, sizeof(want), "%s: block 3 at offset 0x%zx: checksum does not match", path,
		 at);
	assert_string_equal(got.err.text, want);
	assert_int_equal(got.err.code, -EBADMSG);
	got_free(&got);
	free(img.bytes);
	unlink(path);
	free(path);
}

/* A header as a hostile writer would make it, with its checksum right. */
static const struct hostile {
	const char *what;
	struct block_head head;
} hostile[] = {
	{"stored, huge",
	 {.type = BLOCK_EVENTS, .events = 1, .raw_len = UINT32_MAX, .stored_len = UINT32_MAX}},
	{"packed, huge",
	 {.type = BLOCK_EVENTS,
	  .flags = BLOCK_ZLIB,
	  .events = 1,
	  .raw_len = UINT32_MAX,
	  .stored_len = 10}},
	{"a bomb",
	 {.type = BLOCK_EVENTS,
	  .flags = BLOCK_ZLIB,
	  .events = 1,
	  .raw_len = BLOCK_MAX_RAW,
	  .stored_len = 10}},
	{"more records than bytes",
	 {.type = BLOCK_EVENTS, .events = 1000, .raw_len = 10, .stored_len = 10}},
	{"no records", {.type = BLOCK_EVENTS, .raw_len = 10, .stored_len = 10}},
	{"no such CPU",
	 {.type = BLOCK_EVENTS, .stream = CPUS, .events = 1, .raw_len = 10, .stored_len = 10}},
	{"no such stream",
	 {.type = BLOCK_EVENTS, .stream = 0xffff, .events = 1, .raw_len = 10, .stored_len = 10}},
	{"backwards",
	 {.type = BLOCK_EVENTS,
	  .first_ns = 2,
	  .last_ns = 1,
	  .events = 1,
	  .raw_len = 10,
	  .stored_len = 10}},
	{"unknown flags",
	 {.type = BLOCK_EVENTS, .flags = 0x40, .events = 1, .raw_len = 10, .stored_len = 10}},
	{"unknown type", {.type = 77, .raw_len = 10, .stored_len = 10}},
	{"type 0", {.type = 0, .raw_len = 10, .stored_len = 10}},
	{"a trailer out of nothing", {.type = BLOCK_TRAILER, .raw_len = 10, .stored_len = 10}},
	{"records out of nothing",
	 {.type = BLOCK_EVENTS, .events = 10, .raw_len = 10, .stored_len = 10}},
};

static void test_hostile_headers(void **state)
{
	char *path = small_file();
	struct rusage before, after;
	struct image img;
	struct got got;
	size_t at;

	(void)state;
	read_image(&img, path);
	at = block_at(&img, 1);
	getrusage(RUSAGE_SELF, &before);
	for (size_t i = 0; i < sizeof(hostile) / sizeof(hostile[0]); i++) {
		struct block_head head = hostile[i].head;
		uint8_t *mark = img.bytes + at + BLOCK_HEAD_SIZE + 10;

		head.number = 1;
		head.crc = (uint32_t)crc32(0, img.bytes + at + BLOCK_HEAD_SIZE, 10);
		block_head__pack(&head, img.bytes + at);
		/* So that the block counts, if there is no trailer to find it wanting. */
		head = (struct block_head){.type = BLOCK_MARK,
					   .number = 2,
					   .first_ns = UINT64_MAX,
					   .last_ns = UINT64_MAX};
		block_head__pack(&head, mark);
		write_image(&img, path, (size_t)(mark + BLOCK_HEAD_SIZE - img.bytes));
		got_file(&got, path);
		if (got.ret >= 0)
			fail_msg("%s: accepted", hostile[i].what);
		got_free(&got);
	}
	getrusage(RUSAGE_SELF, &after);
	assert_true(after.ru_maxrss - before.ru_maxrss < 32 * 1024);
	free(img.bytes);
	unlink(path);
	free(path);
}

/* A kind of block that a later version may add, for those who know it. */
static void test_optional_blocks_are_skipped(void **state)
{
	char *path = small_file();
	struct image img, more;
	struct got want, got;
	struct block_head head = {.type = BLOCK_OPTIONAL + 5, .flags = 0xee, .stored_len = 7};
	size_t at;

	(void)state;
	got_file(&want, path);
	read_image(&img, path);
	for (at = 0, head.number = 0; head.number < 20; head.number++) {
		at = block_at(&img, head.number);
		if (img.bytes[at + 4] == BLOCK_TRAILER)
			break;
	}
	more = (struct image){malloc(img.len + 100), at};
	memcpy(more.bytes, img.bytes, at);
	block_head__pack(&head, more.bytes + at);
	memcpy(more.bytes + at + BLOCK_HEAD_SIZE, "unknown", 7);
	more.len = at + BLOCK_HEAD_SIZE + 7;
	memcpy(more.bytes + more.len, img.bytes + at, img.len - at);
	assert_int_equal(block_head__unpack(&head, img.bytes + at), 0);
	head.number++;
	block_head__pack(&head, more.bytes + more.len);
	more.len += BLOCK_HEAD_SIZE + head.stored_len;
	write_image(&more, path, more.len);
	got_file(&got, path);
	assert_true(is_same(&got, &want));
	got_free(&got);
	got_free(&want);
	free(more.bytes);
	free(img.bytes);
	unlink(path);
	free(path);
}

/* Any changes at all, half of them with the headers' checksums put right again. */
static void test_fuzz(void **state)
{
	char *path = small_file();
	struct image img, bad;
	size_t rounds = 0, accepted = 0;

	(void)state;
	read_image(&img, path);
	bad.bytes = malloc(img.len);
	make_seed = 4711;
	while (rounds < 8000) {
		struct block_head head;
		struct got got;

		memcpy(bad.bytes, img.bytes, img.len);
		bad.len = make_below(3) ? img.len : make_below((uint32_t)img.len);
		for (uint32_t hits = 1 + make_below(6); hits; hits--)
			bad.bytes[make_below((uint32_t)img.len)] = (uint8_t)make_random();
		for (uint32_t i = 0; i < 12 && rounds % 2; i++) {
			uint8_t *at = bad.bytes + block_at(&img, i);

			if (at + BLOCK_HEAD_SIZE > bad.bytes + img.len)
				break;
			format__put_u32(at, BLOCK_MAGIC);
			format__put_u32(at + 44, (uint32_t)crc32(0, at, 44));
			if (!block_head__unpack(&head, at) &&
			    head.stored_len < (size_t)(bad.bytes + img.len - at) - BLOCK_HEAD_SIZE)
				head.crc =
					(uint32_t)crc32(0, at + BLOCK_HEAD_SIZE, head.stored_len);
			block_head__pack(&head, at);
		}
		write_image(&bad, path, bad.len);
		got_file(&got, path);
		assert_true(got.ret == 0 || got.err.text[0]);
		accepted += got.ret == 0;
		got_free(&got);
		rounds++;
	}
	print_message("%zu rounds, %zu read to their end\n", rounds, accepted);
	free(bad.bytes);
	free(img.bytes);
	unlink(path);
	free(path);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_every_byte_changed),
		cmocka_unit_test(test_every_byte_of_a_cut_file_changed),
		cmocka_unit_test(test_every_length),
		cmocka_unit_test(test_zeros_at_the_end),
		cmocka_unit_test(test_blocks_moved),
		cmocka_unit_test(test_error_names_the_place),
		cmocka_unit_test(test_hostile_headers),
		cmocka_unit_test(test_optional_blocks_are_skipped),
		cmocka_unit_test(test_fuzz),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
