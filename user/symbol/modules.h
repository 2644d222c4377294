/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * ELF files that processes had mapped: opened when first needed, each once. All of their content is
 * hostile. What cannot be read, or is no longer the file that was mapped, has no names; it never
 * gets those of another file.
 */
#ifndef SYMBOL_MODULES_H
#define SYMBOL_MODULES_H

#include "lib/strbuf.h"
#include "symbol/frame.h"

struct modules;
struct script_code;

/* How the file was known when it was mapped. */
struct module_id {
	const char *path;
	uint32_t dev; /* major << 20 | minor */
	uint64_t ino;
	const unsigned char *build_id; /* NULL = not known */
	size_t build_id_len;
	bool anonymous; /* no file: "[vdso]", generated code */
	uint32_t pid;	/* of generated code: whose; else 0 */
	/*
	 * When it was mapped at the latest, CLOCK_REALTIME ns; 0 = not known. A file without a
	 * build id that was written later is another. No part of the id.
	 */
	uint64_t mapped_ns;
};

enum module_state {
	MODULE_UNOPENED,
	MODULE_READY,	/* the file that was mapped */
	MODULE_MISSING, /* not there, not readable */
	MODULE_CHANGED, /* another file has its name now, or nothing tells that it is the same */
	MODULE_DAMAGED, /* not a well-formed ELF file */
};

struct modules *modules__new(void); /* NULL when out of memory */
void modules__free(struct modules *m);
/* Where debug files are looked for; "/usr/lib/debug" if not told. Returns 0 or -ENOMEM. */
int modules__set_debug_root(struct modules *m, const char *directory);
/* The same id gives the same module. NULL when out of memory. It lives as long as `m`. */
const struct module *modules__get(struct modules *m, const struct module_id *id);
/* The source file of that name, which an interpreter runs; as modules__get(). */
const struct module *modules__script(struct modules *m, const char *file);
bool module__is_script(const struct module *module);
/* A function of it: see script__add(). */
uint64_t module__add_code(const struct module *module, const struct script_code *code);
/*
 * Content kept in the trace, whole; copied. kind: enum ct_blob_kind. A later one of the same kind,
 * dev and key replaces an earlier one for modules not yet opened. Returns 0 or -ENOMEM.
 */
int modules__add_blob(struct modules *m, unsigned int kind, uint32_t dev, uint64_t key,
		      const void *bytes, size_t len);
size_t modules__count(const struct modules *m);
const struct module *modules__at(const struct modules *m, size_t i);

const char *module__path(const struct module *module);
/* Last part of the path; "[vdso]"; "[generated code]". */
const char *module__name(const struct module *module);
/* Opens the module, as all that follow do. */
enum module_state module__state(const struct module *module);
/* True for the C library, the dynamic linker, libpthread, musl. */
bool module__is_libc(const struct module *module);

/*
 * The function that the address (the module's own) lies in, and its line: the innermost, if some
 * are inlined. False if nothing is known; *place is then all NULL.
 */
bool module__place(const struct module *module, uint64_t address, struct place *place);
/*
 * The same, and what it is inlined into: innermost first, the last is a function of its own, where
 * in it the one before would have been called. At most `most`, of more the innermost; returns
 * their number, 0 if nothing is known.
 */
size_t module__places(const struct module *module, uint64_t address, struct place *places,
		      size_t most);
/* Appends the data symbol that the address lies in: "registry_lock", "cache+0x40". False: none. */
bool module__data_name(const struct module *module, uint64_t address, struct strbuf *out);
/*
 * Where the module has the data symbol of that name (as it is linked), in the module's own
 * addresses; *size is 0 if it is not told. False: it has none.
 */
bool module__symbol_range(const struct module *module, const char *name, uint64_t *address,
			  uint64_t *size);

#endif
