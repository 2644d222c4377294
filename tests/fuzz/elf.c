// SPDX-License-Identifier: GPL-2.0-only
/*
 * A program's file: symbols, lines, call-frame information; and the unwinding that goes by it, of a
 * stack that is made of the input as well. The first bytes say what is asked, the rest is the file.
 */
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "bpf/events.h"
#include "capture/elf_object.h"
#include "lib/strbuf.h"
#include "symbol/maps.h"
#include "symbol/modules.h"
#include "symbol/unwind.h"
#include "tests/fuzz/lib/fuzz.h"

#define ADDRESSES 4
#define STACK	  512
#define MOST	  256 /* frames */
#define LOADED	  0x10000u
#define TEXT_END  0x4000u

/* What is asked of the file. */
struct questions {
	uint32_t code;		     /* offset of the mapped code in the file, pages */
	uint32_t address[ADDRESSES]; /* of code and data */
	struct ct_regs regs;
	unsigned char stack[STACK];
};

/* A third of the words are addresses of code: what a stack is full of. */
static void make_stack(struct questions *q, struct feed *f)
{
	uint64_t word;
	size_t i;

	for (i = 0; i < STACK; i += 8) {
		word = feed__number(f, 2);
		if (i % 3 == 0)
			word = LOADED + word % TEXT_END;
		memcpy(q->stack + i, &word, sizeof(word));
	}
}

static void take_questions(struct questions *q, struct feed *f)
{
	size_t i;

	q->code = (uint32_t)feed__number(f, 1) % 4;
	for (i = 0; i < ADDRESSES; i++)
		q->address[i] = (uint32_t)feed__number(f, 2) % TEXT_END;
	q->regs.ip = LOADED + feed__number(f, 2) % TEXT_END;
	q->regs.sp = 0x7000000;
	q->regs.bp = q->regs.sp + feed__number(f, 1) * 8;
	q->regs.bx = feed__number(f, 4);
	make_stack(q, f);
}

static void judge_place(const struct place *place)
{
	FUZZ_HOLDS(!place->function || strlen(place->function) < 1 << 20);
	FUZZ_HOLDS(!place->file || strlen(place->file) < 1 << 20);
}

static void ask_module(const struct module *module, const struct questions *q)
{
	struct strbuf name = {0};
	struct place places[16];
	uint64_t address, size;
	size_t i, k, n;

	for (i = 0; i < ADDRESSES; i++) {
		n = module__places(module, q->address[i], places, 16);
		FUZZ_HOLDS(n <= 16);
		for (k = 0; k < n; k++)
			judge_place(&places[k]);
		(void)module__data_name(module, q->address[i], &name);
	}
	(void)module__symbol_range(module, "registry_lock", &address, &size);
	strbuf__free(&name);
}

static void unwind(struct maps *maps, const struct questions *q)
{
	struct unwind_input in = {
		.maps = maps, .regs = q->regs, .bytes = q->stack, .len = sizeof(q->stack)};
	struct frame frames[MOST];
	enum stack_end end;
	uint64_t address;
	size_t n = unwind__stack(&in, frames, MOST, &end);

	FUZZ_HOLDS(n >= 1 && n <= MOST);
	(void)maps__find_data(maps, LOADED + TEXT_END + q->address[0], &address);
}

/* What the recorder itself looks for in files of interpreters. */
static void ask_object(const uint8_t *bytes, size_t size)
{
	static int fd = -1;
	struct elf_object object;
	char buf[64];
	uint64_t bias;

	if (fd < 0)
		fd = memfd_create("elf", MFD_CLOEXEC);
	FUZZ_HOLDS(fd >= 0 && !ftruncate(fd, 0));
	FUZZ_HOLDS(pwrite(fd, bytes, size, 0) == (ssize_t)size);
	if (elf_object__find(fd, "registry_lock", &object))
		(void)elf_object__read(fd, object.address, buf, sizeof(buf));
	(void)elf_object__bias(fd, LOADED, 0x1000, &bias);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	const struct module_id id = {.path = "/no/such/file", .dev = 1, .ino = 2};
	struct mapping mapping = {.start = LOADED, .end = LOADED + TEXT_END};
	struct modules *modules = modules__new();
	struct maps *maps = maps__new();
	struct feed f = {data, size};
	struct questions q = {0};
	uint8_t *file;

	FUZZ_HOLDS(modules && maps);
	take_questions(&q, &f);
	file = feed__rest(&f, &size);
	FUZZ_HOLDS(!modules__set_debug_root(modules, "/no/such/directory"));
	FUZZ_HOLDS(!modules__add_blob(modules, CT_BLOB_ELF, 1, 2, file, size));
	mapping.pgoff = q.code * 0x1000;
	mapping.module = modules__get(modules, &id);
	FUZZ_HOLDS(!maps__add(maps, &mapping));
	ask_module(mapping.module, &q);
	unwind(maps, &q);
	ask_object(file, size);
	maps__unref(maps);
	modules__free(modules);
	free(file);
	return 0;
}
