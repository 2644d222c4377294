// SPDX-License-Identifier: GPL-2.0-only
/* What records tell of files, sockets and mounts; blobs that come in pieces. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include <stdlib.h>
#include <sys/socket.h>
#include <sys/stat.h>

#include "model/blobs.h"
#include "model/files.h"
#include "symbol/modules.h"

struct room {
	struct modules *modules;
	struct files *files;
	struct blobs *blobs;
};

static int setup(void **state)
{
	struct room *room = calloc(1, sizeof(*room));

	assert_non_null(room);
	room->modules = modules__new();
	room->files = files__new();
	room->blobs = blobs__new(room->modules, room->files);
	assert_true(room->modules && room->files && room->blobs);
	*state = room;
	return 0;
}

static int teardown(void **state)
{
	struct room *room = *state;

	blobs__free(room->blobs);
	files__free(room->files);
	modules__free(room->modules);
	free(room);
	return 0;
}

/* --- files --- */

static const struct file_info *add_file(struct room *room, uint64_t id, const char *text,
					size_t len, struct ct_file file)
{
	file.id = id;
	file.text_len = (unsigned short)len;
	if (len <= sizeof(file.text))
		memcpy(file.text, text, len);
	assert_int_equal(files__add(room->files, &file), 0);
	return files__find(room->files, id);
}

#define PARTS(s) s, sizeof(s) - 1

static void test_paths(void **state)
{
	struct room *room = *state;
	const struct ct_file on_disk = {
		.mode = S_IFREG, .dev = 254 << 20, .flags = CT_FILE_PATH, .ino = 5};
	const struct ct_file anonymous = {
		.mode = S_IFREG, .dev = 15, .flags = CT_FILE_PATH | CT_FILE_NO_FOLDER};
	struct ct_file cut = on_disk;
	const struct file_info *file;

	file = add_file(room, 1, PARTS("name\0folder\0var\0"), on_disk);
	assert_string_equal(file->text, "/var/folder/name");
	assert_int_equal(file->text_len, strlen(file->text));
	assert_int_equal(file->ino, 5);
	assert_int_equal(file->index, 0);
	assert_string_equal(add_file(room, 2, PARTS("file\0"), on_disk)->text, "/file");
	assert_string_equal(add_file(room, 3, PARTS("[eventfd]\0"), anonymous)->text, "[eventfd]");
	assert_string_equal(add_file(room, 4, PARTS("memfd:x\0"), anonymous)->text, "memfd:x");
	cut.flags |= CT_FILE_TRUNCATED;
	assert_string_equal(add_file(room, 5, PARTS("c\0b\0"), cut)->text, "b/c");
	/* The first record of an id is the one that counts. */
	assert_string_equal(add_file(room, 1, PARTS("other\0"), on_disk)->text, "/var/folder/name");
	assert_int_equal(files__count(room->files), 5);
	assert_ptr_equal(files__at(room->files, 0), file);
	assert_null(files__at(room->files, 5));
	assert_null(files__find(room->files, 0));
	assert_null(files__find(room->files, 77));
}

static void test_damaged_paths(void **state)
{
	struct room *room = *state;
	const struct ct_file on_disk = {.mode = S_IFREG, .dev = 1 << 20, .flags = CT_FILE_PATH};
	char full[CT_PATH_LEN];

	assert_string_equal(add_file(room, 1, "", 0, on_disk)->text, "");
	assert_string_equal(add_file(room, 2, PARTS("\0\0\0"), on_disk)->text, "///");
	assert_string_equal(add_file(room, 3, PARTS("no end"), on_disk)->text, "no end");
	assert_string_equal(add_file(room, 4, "", CT_PATH_LEN + 1, on_disk)->text, "");
	memset(full, 'x', sizeof(full));
	assert_int_equal(add_file(room, 5, full, sizeof(full), on_disk)->text_len, sizeof(full));
	full[sizeof(full) - 1] = '\0';
	assert_int_equal(add_file(room, 6, full, sizeof(full), on_disk)->text_len, sizeof(full));
}

static void test_names_of_unix_sockets(void **state)
{
	struct room *room = *state;
	const struct ct_file local = {.mode = S_IFSOCK, .family = AF_UNIX};
	const struct file_info *abstract;

	/* Whether the program counted the NUL that ends its path, or not. */
	assert_int_equal(add_file(room, 1, PARTS("/run/s\0"), local)->text_len, strlen("/run/s"));
	assert_int_equal(add_file(room, 2, PARTS("/run/s"), local)->text_len, strlen("/run/s"));
	abstract = add_file(room, 3, PARTS("\0a\0b"), local);
	assert_int_equal(abstract->text_len, 4);
	assert_memory_equal(abstract->text, "\0a\0b", 4);
}

static void test_files_of_futexes(void **state)
{
	struct room *room = *state;
	const uint64_t base = 1ull << 63 | 0x1234000;
	const struct ct_file mapped = {.mode = S_IFREG,
				       .dev = 1 << 20,
				       .flags = CT_FILE_PATH | CT_FILE_MAPPING,
				       .peer_ino = base};
	const struct ct_file opened = {.mode = S_IFREG, .dev = 1 << 20, .flags = CT_FILE_PATH};
	const struct file_info *file = add_file(room, 1, PARTS("shared\0"), mapped);

	add_file(room, 2, PARTS("shared\0"), opened);
	assert_ptr_equal(files__of_futex(room->files, base), file);
	assert_ptr_equal(files__of_futex(room->files, base + 4096), file);
	assert_null(files__of_futex(room->files, base - 4));
	assert_null(files__of_futex(room->files, base + (1ull << 41)));
	assert_null(files__of_futex(room->files, 4));
}

/* --- blobs --- */

static void add_blob(struct room *room, unsigned int kind, const char *text, size_t piece)
{
	size_t len = strlen(text), at = 0;
	struct ct_blob blob = {.kind = kind};

	do {
		blob.offset = at;
		blob.len = (unsigned int)(len - at < piece ? len - at : piece);
		memcpy(blob.bytes, text + at, blob.len);
		at += blob.len;
		assert_int_equal(blobs__add(room->blobs, &blob), 0);
	} while (blob.len == CT_BLOB_BYTES);
}

static void test_mounts(void **state)
{
	struct room *room = *state;

	add_blob(room, CT_BLOB_MOUNTS,
		 "22 1 254:0 / / rw - ext4 /dev/vda rw\n"
		 "23 22 0:21 / /dev/shm rw - tmpfs tmpfs rw\n"
		 "24 22 254:1 /part /mnt rw - ext4 /dev/vdb rw\n"
		 "nonsense\n"
		 "25 22 8:1 / /boot",
		 CT_BLOB_BYTES);
	assert_string_equal(files__mount(room->files, 254 << 20), "/");
	assert_string_equal(files__mount(room->files, 21), "/dev/shm");
	assert_string_equal(files__mount(room->files, 8 << 20 | 1), "/boot");
	/* A part of a file system: what its paths are seen from is not known. */
	assert_null(files__mount(room->files, 254 << 20 | 1));
	assert_null(files__mount(room->files, 99));
}

static void test_blob_in_pieces(void **state)
{
	struct room *room = *state;
	static char text[3 * CT_BLOB_BYTES];
	const char *line = "22 1 254:0 / /here rw - ext4 /dev/vda rw\n";

	memset(text, '\n', sizeof(text) - 1);
	memcpy(text + sizeof(text) - 100, line, strlen(line));
	add_blob(room, CT_BLOB_MOUNTS, text, CT_BLOB_BYTES);
	assert_string_equal(files__mount(room->files, 254 << 20), "/here");
}

static void test_damaged_blobs(void **state)
{
	struct room *room = *state;
	const char *line = "22 1 254:0 / /here rw - ext4 /dev/vda rw\n";
	struct ct_blob blob = {.kind = CT_BLOB_MOUNTS, .offset = 10, .len = 20};

	/* The beginning is missing; too long a piece; a piece of another one in between. */
	assert_int_equal(blobs__add(room->blobs, &blob), 0);
	blob.offset = 0;
	blob.len = CT_BLOB_BYTES + 1;
	assert_int_equal(blobs__add(room->blobs, &blob), 0);
	blob.len = CT_BLOB_BYTES;
	memset(blob.bytes, '\n', sizeof(blob.bytes));
	assert_int_equal(blobs__add(room->blobs, &blob), 0);
	blob.offset = CT_BLOB_BYTES;
	blob.key = 1;
	blob.len = (unsigned int)strlen(line);
	memcpy(blob.bytes, line, blob.len);
	assert_int_equal(blobs__add(room->blobs, &blob), 0);
	assert_null(files__mount(room->files, 254 << 20));
	/* The one that was begun goes on. */
	blob.key = 0;
	assert_int_equal(blobs__add(room->blobs, &blob), 0);
	assert_string_equal(files__mount(room->files, 254 << 20), "/here");
}

#define WITH_ROOM(test) cmocka_unit_test_setup_teardown(test, setup, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		WITH_ROOM(test_paths),
		WITH_ROOM(test_damaged_paths),
		WITH_ROOM(test_names_of_unix_sockets),
		WITH_ROOM(test_files_of_futexes),
		WITH_ROOM(test_mounts),
		WITH_ROOM(test_blob_in_pieces),
		WITH_ROOM(test_damaged_blobs),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
