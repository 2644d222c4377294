// SPDX-License-Identifier: GPL-2.0-only
#include "report/words.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "report/report.h"

static const char *text_of(const struct report_table *t, size_t row, const char *prefix,
			   const char *name)
{
	char key[64];

	snprintf(key, sizeof(key), "%s%s", prefix, name);
	return table__text(t, row, key);
}

/*
 * Names of C++ have their arguments with them, which are long and say little here. What else may
 * stand in parentheses stays: "main.(*pool).take" of Go, "(anonymous namespace)".
 */
static void add_function(struct strbuf *out, const char *function)
{
	const char *p;
	int depth = 0;

	for (p = function; *p; p++) {
		depth += *p == '<';
		depth -= *p == '>' && depth;
		if (*p == '(' && !depth && p > function && p[1] != '*' &&
		    strncmp(p, "(anonymous", strlen("(anonymous")) != 0)
			break;
	}
	strbuf__add(out, function, (size_t)(p - function));
	strbuf__puts(out, "()");
}

bool words__site(struct strbuf *out, const struct report_table *t, size_t row, const char *prefix)
{
	const char *function = text_of(t, row, prefix, "function");
	const char *file = text_of(t, row, prefix, "file"), *slash;
	const char *module = text_of(t, row, prefix, "module");
	char key[64];

	if (!module)
		return false;
	if (!function) {
		const char *offset = text_of(t, row, prefix, "offset");

		strbuf__printf(out, "%s+%s", module, offset ? offset : "?");
		return true;
	}
	snprintf(key, sizeof(key), "%snearest", prefix);
	if (table__bool(t, row, key))
		strbuf__puts(out, "near ");
	add_function(out, function);
	if (!file) {
		strbuf__printf(out, " in %s", module);
		return true;
	}
	snprintf(key, sizeof(key), "%sline", prefix);
	slash = strrchr(file, '/');
	strbuf__printf(out, " %s:%" PRId64, slash ? slash + 1 : file, table__int(t, row, key));
	return true;
}

void words__object(struct strbuf *out, const struct report_table *t, size_t row)
{
	const char *kind = table__text(t, row, "kind"), *name = table__text(t, row, "name");
	const char *address = table__text(t, row, "address");
	const char *used = name ? strstr(name, " used in ") : NULL;

	if (kind && name && !strcmp(kind, "gil")) { /* its name says it all */
		strbuf__puts(out, name);
		return;
	}
	strbuf__printf(out, "%s ", kind ? kind : "");
	/* "condvar on stack of main", "mutex in heap 0x5581d5c0e060" */
	if (name && !strncmp(name, "stack ", strlen("stack ")))
		strbuf__puts(out, "on ");
	else if (name && (!strncmp(name, "heap 0x", strlen("heap 0x")) ||
			  !strncmp(name, "memory 0x", strlen("memory 0x"))))
		strbuf__puts(out, "in ");
	if (name) /* where it is used is told beside it */
		strbuf__add(out, name, used ? (size_t)(used - name) : strlen(name));
	else
		strbuf__puts(out, address ? address : "");
}

void words__thread(struct strbuf *out, const struct report_table *t, size_t row, bool with_tid)
{
	const char *comm = table__text(t, row, "comm");

	strbuf__puts(out, comm && *comm ? comm : comm ? "(no name)" : "unknown");
	if (with_tid && table__has(t, row, "tid"))
		strbuf__printf(out, " %" PRId64, table__int(t, row, "tid"));
}

size_t table__first_row(const struct report_table *t, size_t parent_row)
{
	size_t row;

	for (row = 0; row < table__rows(t); row++)
		if (table__parent_row(t, row) == parent_row)
			return row;
	return SIZE_MAX;
}
