// SPDX-License-Identifier: GPL-2.0-only
/*
 * Rust's second scheme: RFC 2603 and "v0 symbol format" in the rustc book. Names of crates come
 * without their hashes, names outside ASCII stay encoded. Back references make short names long:
 * depth, steps and length are bounded.
 */
#include <ctype.h>
#include <stdint.h>
#include <string.h>

#include "symbol/demangle.h"

#define DEPTH_MOST  128
#define STEPS_MOST  20000
#define RESULT_MOST 4096 /* bytes */

struct parser {
	const char *start, *at; /* of what follows "_R"; ends with a NUL */
	struct strbuf *out;
	size_t from; /* where the result begins in out */
	unsigned int depth, steps;
	uint64_t bound; /* lifetimes that binders around here have named */
	bool bad, quiet;
};

static void path(struct parser *p, bool in_value);
static void type(struct parser *p);

static void puts_(struct parser *p, const char *text)
{
	if (!p->quiet && !p->bad)
		strbuf__puts(p->out, text);
	if (p->out->len - p->from > RESULT_MOST)
		p->bad = true;
}

static void put_number(struct parser *p, uint64_t n)
{
	if (!p->quiet && !p->bad)
		strbuf__printf(p->out, "%llu", (unsigned long long)n);
}

/* One level deeper, one step further; false when that is too much. */
static bool enter(struct parser *p)
{
	if (++p->depth > DEPTH_MOST || ++p->steps > STEPS_MOST)
		p->bad = true;
	return !p->bad;
}

static void leave(struct parser *p)
{
	p->depth--;
}

static bool take(struct parser *p, char c)
{
	if (*p->at != c)
		return false;
	p->at++;
	return true;
}

static char next(struct parser *p)
{
	if (!*p->at) {
		p->bad = true;
		return '\0';
	}
	return *p->at++;
}

static uint64_t decimal(struct parser *p)
{
	uint64_t n = 0;

	if (!isdigit((unsigned char)*p->at))
		p->bad = true;
	if (take(p, '0'))
		return 0;
	while (isdigit((unsigned char)*p->at)) {
		n = n * 10 + (uint64_t)(*p->at++ - '0');
		if (n > UINT32_MAX)
			p->bad = true;
		if (p->bad)
			return 0;
	}
	return n;
}

/* Base 62: "_" is 0, "0_" is 1. Hashes of crates take all 64 bits. */
static uint64_t base62(struct parser *p)
{
	uint64_t n = 0, digit = 0;
	char c;

	if (take(p, '_'))
		return 0;
	while (!p->bad && (c = next(p)) != '_') {
		if (isdigit((unsigned char)c))
			digit = (uint64_t)(c - '0');
		else if (c >= 'a' && c <= 'z')
			digit = 10 + (uint64_t)(c - 'a');
		else if (c >= 'A' && c <= 'Z')
			digit = 36 + (uint64_t)(c - 'A');
		else
			p->bad = true;
		if (n > (UINT64_MAX - 1 - digit) / 62)
			p->bad = true;
		n = n * 62 + digit;
	}
	return n + 1;
}

static uint64_t tagged(struct parser *p, char tag)
{
	return take(p, tag) ? base62(p) + 1 : 0;
}

struct identifier {
	const char *text;
	size_t len;
	bool encoded; /* Punycode */
	uint64_t disambiguator;
};

static struct identifier identifier(struct parser *p)
{
	struct identifier id = {.text = p->at};

	id.disambiguator = tagged(p, 's');
	id.encoded = take(p, 'u');
	id.len = decimal(p);
	take(p, '_');
	id.text = p->at;
	if (strnlen(p->at, id.len) < id.len)
		p->bad = true;
	else
		p->at += id.len;
	return id;
}

static void put_identifier(struct parser *p, const struct identifier *id)
{
	if (p->bad || p->quiet)
		return;
	if (id->encoded)
		puts_(p, "punycode{");
	strbuf__add(p->out, id->text, id->len);
	puts_(p, id->encoded ? "}" : "");
}

/* Goes on at the place that a back reference names, and returns to behind it. */
static void refer(struct parser *p, void (*what)(struct parser *, bool), bool flag)
{
	const char *here = p->at - 1;
	uint64_t to = base62(p);
	const char *back = p->at;

	if (p->bad || to >= (uint64_t)(here - p->start)) {
		p->bad = true;
		return;
	}
	p->at = p->start + to;
	if (!p->quiet) /* what it names was read before */
		what(p, flag);
	p->at = back;
}

static void lifetime(struct parser *p, uint64_t index)
{
	char name[3] = "'_";

	if (index) {
		if (index > p->bound) {
			p->bad = true;
			return;
		}
		index = p->bound - index;
		if (index >= 26) {
			puts_(p, "'_");
			put_number(p, index);
			return;
		}
		name[1] = (char)('a' + index);
	}
	puts_(p, name);
}

/* "for<'a, 'b> " */
static void binder(struct parser *p)
{
	uint64_t n = tagged(p, 'G'), i;

	if (n > 64)
		p->bad = true;
	if (!n || p->bad)
		return;
	puts_(p, "for<");
	for (i = 0; i < n; i++) {
		p->bound++;
		puts_(p, i ? ", " : "");
		lifetime(p, 1);
	}
	puts_(p, "> ");
}

/* Numbers and characters as parameters: hexadecimal digits up to "_". */
static void constant_data(struct parser *p, char kind)
{
	bool negative = take(p, 'n');
	const char *digits = p->at;
	char text[] = "'c'";
	uint64_t value = 0;
	char c;

	while (!p->bad && (c = next(p)) != '_') {
		if (!isdigit((unsigned char)c) && !(c >= 'a' && c <= 'f'))
			p->bad = true;
		value = value << 4 | (uint64_t)(isdigit((unsigned char)c) ? c - '0' : c - 'a' + 10);
	}
	if (p->bad || p->quiet)
		return;
	if (kind == 'b') {
		puts_(p, value ? "true" : "false");
	} else if (kind == 'c' && value >= 0x20 && value < 0x7f) {
		text[1] = (char)value;
		puts_(p, text);
	} else if (p->at - digits > 17) { /* 128 bits */
		puts_(p, negative ? "-0x" : "0x");
		strbuf__add(p->out, digits, (size_t)(p->at - digits - 1));
	} else {
		puts_(p, negative ? "-" : "");
		put_number(p, value);
	}
}

static void constant(struct parser *p, bool unused)
{
	char kind = next(p);

	if (!enter(p))
		return;
	if (kind == 'B')
		refer(p, constant, unused);
	else if (kind == 'p')
		puts_(p, "_");
	else if (strchr("aslxnihtmyojbc", kind) && kind)
		constant_data(p, kind);
	else
		p->bad = true;
	leave(p);
}

static const char *basic_type(char c)
{
	static const char *const names[26] = {
		['a' - 'a'] = "i8",   ['b' - 'a'] = "bool",  ['c' - 'a'] = "char",
		['d' - 'a'] = "f64",  ['e' - 'a'] = "str",   ['f' - 'a'] = "f32",
		['h' - 'a'] = "u8",   ['i' - 'a'] = "isize", ['j' - 'a'] = "usize",
		['l' - 'a'] = "i32",  ['m' - 'a'] = "u32",   ['n' - 'a'] = "i128",
		['o' - 'a'] = "u128", ['p' - 'a'] = "_",     ['s' - 'a'] = "i16",
		['t' - 'a'] = "u16",  ['u' - 'a'] = "()",    ['v' - 'a'] = "...",
		['x' - 'a'] = "i64",  ['y' - 'a'] = "u64",   ['z' - 'a'] = "!",
	};

	return c >= 'a' && c <= 'z' ? names[c - 'a'] : NULL;
}

static void types_until_end(struct parser *p, const char *separator, size_t *n)
{
	for (*n = 0; !p->bad && !take(p, 'E'); ++*n) {
		puts_(p, *n ? separator : "");
		type(p);
	}
}

static void function_type(struct parser *p)
{
	uint64_t bound = p->bound;
	struct identifier abi;
	size_t n;

	binder(p);
	puts_(p, take(p, 'U') ? "unsafe " : "");
	if (take(p, 'K')) {
		puts_(p, "extern \"");
		if (take(p, 'C')) {
			puts_(p, "C");
		} else {
			abi = identifier(p);
			put_identifier(p, &abi);
		}
		puts_(p, "\" ");
	}
	puts_(p, "fn(");
	types_until_end(p, ", ", &n);
	puts_(p, ")");
	if (!take(p, 'u')) {
		puts_(p, " -> ");
		type(p);
	}
	p->bound = bound;
}

static void generic(struct parser *p)
{
	if (take(p, 'L'))
		lifetime(p, base62(p));
	else if (take(p, 'K'))
		constant(p, false);
	else
		type(p);
}

/* A trait with what it binds: "Iterator<Item = u8>". */
static void dyn_trait(struct parser *p)
{
	struct identifier name;
	bool open = false;

	if (*p->at == 'I') {
		size_t n;

		p->at++;
		path(p, false);
		puts_(p, "<");
		for (n = 0; !p->bad && !take(p, 'E'); n++) {
			puts_(p, n ? ", " : "");
			generic(p);
		}
		open = true;
	} else {
		path(p, false);
	}
	while (!p->bad && take(p, 'p')) {
		puts_(p, open ? ", " : "<");
		open = true;
		name = identifier(p);
		put_identifier(p, &name);
		puts_(p, " = ");
		type(p);
	}
	puts_(p, open ? ">" : "");
}

static void dyn_type(struct parser *p)
{
	uint64_t bound = p->bound, index;
	size_t n;

	puts_(p, "dyn ");
	binder(p);
	for (n = 0; !p->bad && !take(p, 'E'); n++) {
		puts_(p, n ? " + " : "");
		dyn_trait(p);
	}
	p->bound = bound;
	if (!take(p, 'L')) {
		p->bad = true;
		return;
	}
	index = base62(p);
	if (index) {
		puts_(p, " + ");
		lifetime(p, index);
	}
}

static void reference(struct parser *p, bool mutable)
{
	uint64_t index;

	puts_(p, "&");
	if (take(p, 'L') && (index = base62(p))) {
		lifetime(p, index);
		puts_(p, " ");
	}
	puts_(p, mutable ? "mut " : "");
	type(p);
}

static void type_again(struct parser *p, bool unused)
{
	(void)unused;
	type(p);
}

static void tuple(struct parser *p)
{
	size_t n;

	puts_(p, "(");
	types_until_end(p, ", ", &n);
	puts_(p, n == 1 ? ",)" : ")");
}

static void slice(struct parser *p, bool sized)
{
	puts_(p, "[");
	type(p);
	if (sized) {
		puts_(p, "; ");
		constant(p, false);
	}
	puts_(p, "]");
}

static void type(struct parser *p)
{
	char c = next(p);
	const char *basic = basic_type(c);

	if (!enter(p))
		return;
	if (basic) {
		puts_(p, basic);
	} else if (c == 'A' || c == 'S') {
		slice(p, c == 'A');
	} else if (c == 'R' || c == 'Q') {
		reference(p, c == 'Q');
	} else if (c == 'P' || c == 'O') {
		puts_(p, c == 'P' ? "*const " : "*mut ");
		type(p);
	} else if (c == 'T') {
		tuple(p);
	} else if (c == 'F') {
		function_type(p);
	} else if (c == 'D') {
		dyn_type(p);
	} else if (c == 'B') {
		refer(p, type_again, false);
	} else if (!p->bad) {
		p->at--;
		path(p, false);
	}
	leave(p);
}

/* The path of an impl block: it says where the block is, which nobody asks for. */
static void impl_path(struct parser *p)
{
	bool quiet = p->quiet;

	(void)tagged(p, 's');
	p->quiet = true;
	path(p, false);
	p->quiet = quiet;
}

static void nested(struct parser *p, bool in_value)
{
	char space = next(p);
	struct identifier name;

	path(p, in_value);
	name = identifier(p);
	if (space >= 'A' && space <= 'Z') {
		puts_(p, space == 'C' ? "::{closure" : space == 'S' ? "::{shim" : "::{");
		if (name.len) {
			puts_(p, ":");
			put_identifier(p, &name);
		}
		puts_(p, "#");
		put_number(p, name.disambiguator);
		puts_(p, "}");
	} else if (space >= 'a' && space <= 'z') {
		puts_(p, name.len ? "::" : "");
		put_identifier(p, &name);
	} else {
		p->bad = true;
	}
}

static void path_with_generics(struct parser *p, bool in_value)
{
	size_t n;

	path(p, in_value);
	puts_(p, in_value ? "::<" : "<");
	for (n = 0; !p->bad && !take(p, 'E'); n++) {
		puts_(p, n ? ", " : "");
		generic(p);
	}
	puts_(p, ">");
}

static void path(struct parser *p, bool in_value)
{
	char c = next(p);
	struct identifier name;

	if (!enter(p))
		return;
	if (c == 'C') {
		name = identifier(p);
		put_identifier(p, &name);
	} else if (c == 'N') {
		nested(p, in_value);
	} else if (c == 'M' || c == 'X' || c == 'Y') {
		if (c != 'Y')
			impl_path(p);
		puts_(p, "<");
		type(p);
		if (c != 'M') {
			puts_(p, " as ");
			path(p, false);
		}
		puts_(p, ">");
	} else if (c == 'I') {
		path_with_generics(p, in_value);
	} else if (c == 'B') {
		refer(p, path, in_value);
	} else {
		p->bad = true;
	}
	leave(p);
}

bool demangle__rust_v0(struct strbuf *out, const char *name)
{
	struct parser p = {.start = name + 2, .at = name + 2, .out = out, .from = out->len};

	/* A digit there would be a version of the scheme that is not known. */
	if (name[0] != '_' || name[1] != 'R' || name[2] < 'A' || name[2] > 'Z')
		return false;
	path(&p, true);
	/* A second path says in which crate it was made. */
	if (!p.bad && *p.at >= 'A' && *p.at <= 'Z') {
		p.quiet = true;
		path(&p, false);
	}
	return !p.bad && !*p.at;
}
