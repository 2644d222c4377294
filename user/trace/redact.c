// SPDX-License-Identifier: GPL-2.0-only
#include "trace/redact.h"

#include <errno.h>
#include <inttypes.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>
#include <sys/socket.h>

#include "bpf/events.h"
#include "lib/siphash.h"
#include "trace/info.h"
#include "trace/record.h"

#define HASH	64 /* room for a name's hash, "/redacted-0123456789ab" */
#define HASH48	0xffffffffffffull
#define IP4_LEN 4

struct redact {
	uint64_t key[2];
	union ct_event copy;
	char **argv;
	char *words;
};

struct redact *redact__new(void)
{
	struct redact *r = calloc(1, sizeof(*r));

	if (r && getrandom(r->key, sizeof(r->key), 0) != sizeof(r->key)) {
		free(r);
		return NULL;
	}
	return r;
}

void redact__free(struct redact *r)
{
	if (!r)
		return;
	explicit_bzero(r->key, sizeof(r->key));
	free(r->argv);
	free(r->words);
	free(r);
}

static uint64_t hash(const struct redact *r, const void *name, size_t len)
{
	return siphash(r->key, name, len) & HASH48;
}

/* Returns the length without the NUL. Of nothing it is nothing. */
static size_t hash_word(const struct redact *r, const void *name, size_t len, char out[HASH])
{
	out[0] = '\0';
	if (!len)
		return 0;
	return (size_t)snprintf(out, HASH, REDACT_PREFIX "%012" PRIx64, hash(r, name, len));
}

/* A thread's name has no room for more. */
static void redact_comm(const struct redact *r, char comm[CT_COMM_LEN])
{
	size_t len = strnlen(comm, CT_COMM_LEN);
	uint64_t h = hash(r, comm, len);

	memset(comm, 0, CT_COMM_LEN);
	if (len)
		snprintf(comm, CT_COMM_LEN, "~%012" PRIx64, h);
}

static bool starts(const unsigned char *text, size_t len, const char *with)
{
	return len >= strlen(with) && !memcmp(text, with, strlen(with));
}

/* Where the system's libraries are: everybody knows their names, and theirs are function names. */
static bool is_public(const unsigned char *path, size_t len)
{
	static const char *const folders[] = {"/lib/", "/lib64/", "/usr/lib/", "/usr/lib64/"};
	size_t i;

	for (i = 0; i < sizeof(folders) / sizeof(folders[0]); i++)
		if (starts(path, len, folders[i]))
			return true;
	return false;
}

static void redact_map(const struct redact *r, struct ct_map *map)
{
	char word[HASH];
	size_t len;

	/* "[vdso]", "//anon": the kernel's words. */
	if (!map->text_len || map->text[0] == '[' || starts(map->text, map->text_len, "//anon") ||
	    is_public(map->text, map->text_len))
		return;
	len = hash_word(r, map->text, map->text_len, word);
	memset(map->text, 0, sizeof(map->text));
	map->text[0] = '/';
	memcpy(map->text + 1, word, len);
	map->text_len = (unsigned short)(len + 1);
	/* By which its file could be found. */
	memset(map->build_id, 0, sizeof(map->build_id));
	map->build_id_len = 0;
}

/* Loopback, any, and what is none say nothing of anybody. */
static void redact_address(const struct redact *r, unsigned int family, unsigned char address[16])
{
	static const unsigned char loopback6[16] = {[15] = 1}, any[16];
	uint64_t h;

	if (!memcmp(address, any, sizeof(any)) || !memcmp(address, loopback6, sizeof(loopback6)) ||
	    (family == AF_INET && address[0] == 127))
		return;
	h = hash(r, address, family == AF_INET ? IP4_LEN : 16);
	memset(address, 0, 16);
	/* Of networks that are nobody's: 10.0.0.0/8 and fd00::/8. */
	address[0] = family == AF_INET ? 10 : 0xfd;
	memcpy(address + 1, &h, family == AF_INET ? IP4_LEN - 1 : 6);
}

/* Parts of a path come from the last to the first, a NUL after each; others are one name. */
static void redact_file(const struct redact *r, struct ct_file *file)
{
	char word[HASH];
	size_t len = 0;

	redact_address(r, file->family, file->local);
	redact_address(r, file->family, file->peer);
	/* Kinds of files that the kernel names, and a pipe, which has no name. */
	if (!file->text_len || (!file->family && (!file->text[0] || file->text[0] == '[')))
		return;
	len = hash_word(r, file->text, file->text_len, word);
	memset(file->text, 0, sizeof(file->text));
	if (file->family) { /* an abstract name, as all of them */
		memcpy(file->text + 1, word, len);
		file->text_len = (unsigned short)(len + 1);
		return;
	}
	memcpy(file->text, word, len);
	file->text_len = (unsigned short)(len + ((file->flags & CT_FILE_PATH) != 0));
	file->flags &= ~(unsigned int)CT_FILE_TRUNCATED;
}

static void redact_exec(const struct redact *r, struct ct_exec *exec)
{
	char text[CT_EXEC_TEXT] = "", word[HASH];
	const char *arg, *end;
	size_t len, at = 0;

	if (exec->file_len > CT_EXEC_TEXT || exec->args_len > CT_EXEC_TEXT - exec->file_len)
		exec->file_len = exec->args_len = 0;
	arg = exec->text + exec->file_len;
	end = arg + exec->args_len;
	len = hash_word(r, exec->text, exec->file_len, word);
	memcpy(text, word, len);
	at = exec->file_len = (unsigned short)len;
	for (; arg < end; arg += len + 1) {
		size_t n;

		len = strnlen(arg, (size_t)(end - arg));
		n = hash_word(r, arg, len, word) + 1;
		if (n > sizeof(text) - at)
			break;
		memcpy(text + at, word, n);
		at += n;
	}
	exec->args_len = (unsigned short)(at - exec->file_len);
	memcpy(exec->text, text, sizeof(text));
}

/* A text of Python's: `room` bytes, of which *len are used; its hash is ASCII, kind 1. */
static void redact_python(const struct redact *r, unsigned char *text, size_t room,
			  unsigned char *kind, unsigned short *len)
{
	char word[HASH];

	*len = (unsigned short)hash_word(r, text, *len < room ? *len : room, word);
	*kind = 1;
	memset(text, 0, room);
	memcpy(text, word, *len < room ? *len : room);
}

_Static_assert(HASH <= CT_PYTHON_LABEL && HASH <= CT_PYTHON_NAME && HASH <= CT_PYTHON_FILE,
	       "a hash fits where a name was");
_Static_assert(CT_TYPE_END == CT_STACK_ARM64 + 1,
	       "a new type of record: if it holds names, they are to be redacted here");

const void *redact__record(struct redact *r, const void *record, size_t *size)
{
	union ct_event *ev = &r->copy;
	const struct ct_blob *blob = record;

	switch (((const struct ct_hdr *)record)->type) {
	case CT_BLOB:
		/* Copies of files, and lists of names and places. */
		return blob->kind == CT_BLOB_VDSO ? record : NULL;
	case CT_FORK:
	case CT_TASK:
	case CT_RENAME:
	case CT_EXEC:
	case CT_FILE:
	case CT_MAP:
	case CT_PYTHON_CODE:
	case CT_PYTHON_THREAD:
	case CT_PYTHON_TASK:
		memset(ev, 0, sizeof(*ev));
		memcpy(ev, record, *size < sizeof(*ev) ? *size : sizeof(*ev));
		break;
	default:
		return record;
	}
	switch (ev->h.type) {
	case CT_FORK:
		redact_comm(r, ev->fork.comm);
		break;
	case CT_TASK:
		redact_comm(r, ev->task.comm);
		break;
	case CT_RENAME:
		redact_comm(r, ev->rename.comm);
		break;
	case CT_EXEC:
		redact_comm(r, ev->exec.comm);
		redact_exec(r, &ev->exec);
		break;
	case CT_FILE:
		redact_file(r, &ev->file);
		break;
	case CT_MAP:
		redact_map(r, &ev->map);
		break;
	case CT_PYTHON_CODE: /* functions keep their names */
		redact_python(r, ev->python_code.file, sizeof(ev->python_code.file),
			      &ev->python_code.file_kind, &ev->python_code.file_len);
		break;
	case CT_PYTHON_THREAD:
		redact_python(r, ev->python_thread.name, sizeof(ev->python_thread.name),
			      &ev->python_thread.name_kind, &ev->python_thread.name_len);
		break;
	default:
		redact_python(r, ev->python_task.name, sizeof(ev->python_task.name),
			      &ev->python_task.name_kind, &ev->python_task.name_len);
		break;
	}
	*size = record__length(ev, sizeof(*ev));
	return ev;
}

int redact__info(struct redact *r, struct trace_info *info)
{
	char word[HASH];
	uint32_t i;

	hash_word(r, info->hostname, strlen(info->hostname), word);
	snprintf(info->hostname, sizeof(info->hostname), "%s", word);
	if (!info->argc)
		return 0;
	free(r->argv);
	free(r->words);
	r->argv = calloc(info->argc + 1, sizeof(*r->argv));
	r->words = calloc(info->argc, HASH);
	if (!r->argv || !r->words)
		return -ENOMEM;
	for (i = 0; i < info->argc; i++) {
		r->argv[i] = r->words + (size_t)i * HASH;
		hash_word(r, info->argv[i], strlen(info->argv[i]), r->argv[i]);
	}
	info->argv = r->argv;
	return 0;
}
