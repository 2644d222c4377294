// SPDX-License-Identifier: GPL-2.0-only
#include "symbol/demangle.h"

#include <ctype.h>
#include <setjmp.h>
#include <stddef.h>
#include <string.h>

#define NAME_MOST   2048 /* bytes of a linker's name */
#define RESULT_MOST 4096 /* bytes */

/*
 * The part of libstdc++ behind __cxa_demangle that hands out its result piece by piece. It limits
 * its own recursion and allocates nothing, so it may be left in the middle: a short name can stand
 * for gigabytes.
 */
int __gcclibcxx_demangle_callback(const char *name,
				  void (*piece)(const char *text, size_t len, void *context),
				  void *context);

struct pieces {
	struct strbuf *out;
	size_t start;
	jmp_buf enough;
};

static void add_piece(const char *text, size_t len, void *context)
{
	struct pieces *p = context;

	strbuf__add(p->out, text, len);
	if (p->out->len - p->start > RESULT_MOST || p->out->failed)
		longjmp(p->enough, 1); /* NOLINT(cert-err52-cpp) */
}

bool demangle__cxx(struct strbuf *out, const char *name)
{
	struct pieces p = {.out = out, .start = out->len};

	if (name[0] != '_' || name[1] != 'Z')
		return false;
	if (setjmp(p.enough)) { /* NOLINT(cert-err52-cpp) */
		if (out->failed)
			return false;
		out->len = p.start + RESULT_MOST;
		strbuf__puts(out, "...");
		return true;
	}
	return !__gcclibcxx_demangle_callback(name, add_piece, &p);
}

static bool is_mangled(const char *name)
{
	return name[0] == '_' && (name[1] == 'Z' || name[1] == 'R');
}

/*
 * Whether a name may end before this dot: what GCC or LLVM append follows. Where a number belongs
 * to it there must be one, and without one the name must be mangled: Go has "main.clone".
 */
static bool is_suffix(const char *dot, bool mangled)
{
	static const struct {
		const char *word;
		bool numbered;
	} suffixes[] = {{"part", true},	    {"constprop", true},  {"isra", true},
			{"lto_priv", true}, {"llvm", true},	  {"cold", false},
			{"warm", false},    {"localalias", false}};
	size_t i, len = strcspn(dot + 1, ".");

	if (mangled && len && strspn(dot + 1, "0123456789") == len)
		return true;
	for (i = 0; i < sizeof(suffixes) / sizeof(*suffixes); i++) {
		if (strncmp(dot + 1, suffixes[i].word, len) != 0 || suffixes[i].word[len])
			continue;
		if (suffixes[i].numbered)
			return dot[1 + len] == '.' && isxdigit((unsigned char)dot[2 + len]);
		return mangled;
	}
	return false;
}

/* Ends a name where such suffixes, or its version, begin. */
static void make_plain(char *name)
{
	bool mangled = is_mangled(name);
	char *p;

	for (p = name + (*name != '\0'); *p; p++)
		if (*p == '@' || (*p == '.' && is_suffix(p, mangled)))
			*p = '\0';
}

void demangle(struct strbuf *out, const char *name)
{
	static bool (*const schemes[])(struct strbuf *, const char *) = {
		demangle__rust_v0, demangle__rust_legacy, demangle__cxx};
	char plain[NAME_MOST + 1];
	size_t len = strnlen(name, NAME_MOST + 1), start = out->len, i;

	if (len > NAME_MOST) {
		strbuf__add(out, name, NAME_MOST);
		strbuf__puts(out, "...");
		return;
	}
	memcpy(plain, name, len + 1);
	make_plain(plain);
	for (i = 0; is_mangled(plain) && i < sizeof(schemes) / sizeof(*schemes); i++) {
		/* Rust's "_RC0" is a crate without a name: what is mangled says more. */
		if (schemes[i](out, plain) && out->len > start)
			return;
		out->len = start;
	}
	strbuf__puts(out, plain);
}
