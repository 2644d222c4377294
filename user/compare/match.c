// SPDX-License-Identifier: GPL-2.0-only
#include "compare/match.h"

#include <ctype.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "lib/thread_name.h"
#include "report/report.h"
#include "report/words.h"

#define ADDRESS_DIGITS	6     /* fewer are an offset, which does not change from run to run */
#define EPHEMERAL_LEAST 32768 /* ports that the kernel chooses: net.ipv4.ip_local_port_range */

static const char digits[] = "0123456789";
static const char hex_digits[] = "0123456789abcdef";

static bool begins(const char *text, const char *with)
{
	return strncmp(text, with, strlen(with)) == 0;
}

void match__threads(struct strbuf *key, const char *comm)
{
	struct thread_name name = thread_name__split(comm);

	strbuf__add(key, comm, name.head);
	if (!comm[name.head]) /* no number */
		return;
	strbuf__puts(key, "*");
	strbuf__puts(key, name.tail);
}

/* Length of what changes at p, with what to put in its place; 0 = nothing there. */
static size_t changing(const char *text, const char *p, bool used, const char **instead)
{
	size_t len;

	if (begins(p, "0x") && (p == text || p[-1] != '+')) {
		len = strspn(p + 2, hex_digits);
		*instead = "0x...";
		return len >= ADDRESS_DIGITS ? len + 2 : 0;
	}
	len = strspn(p + 1, digits);
	if (*p == '[' && len && p[len + 1] == ']') {
		*instead = "[...]";
		return len + 2;
	}
	if (*p == ':' && len) {
		*instead = used ? "" : ":...";
		return used || strtol(p + 1, NULL, 10) >= EPHEMERAL_LEAST ? len + 1 : 0;
	}
	return 0;
}

void match__subject(struct strbuf *key, const char *text)
{
	static const char *const of_threads[] = {"stack of ", "thread-local of ", "thread "};
	const char *used = strstr(text, " used in "), *instead = "", *p = text;
	size_t i, len;

	for (i = 0; i < sizeof(of_threads) / sizeof(*of_threads); i++) {
		if (!begins(text, of_threads[i]))
			continue;
		strbuf__puts(key, of_threads[i]);
		match__threads(key, text + strlen(of_threads[i]));
		return;
	}
	while (*p) {
		len = changing(text, p, used && p > used, &instead);
		if (len)
			strbuf__puts(key, instead);
		else
			strbuf__add(key, p, 1);
		p += len ? len : 1;
	}
}

bool match__site(struct strbuf *name, struct strbuf *key, const struct report_table *t, size_t row,
		 const char *prefix)
{
	struct strbuf text = {0};
	size_t len;
	bool any = words__site(&text, t, row, prefix);

	if (any) {
		strbuf__puts(name, strbuf__text(&text));
		len = text.len;
		while (len && isdigit((unsigned char)text.text[len - 1]))
			len--;
		/* "step() convoy.c:30"; "app+0x11d4" has no line. */
		len = len && len < text.len && text.text[len - 1] == ':' ? len - 1 : text.len;
		strbuf__add(key, strbuf__text(&text), len);
	}
	name->failed |= text.failed;
	strbuf__free(&text);
	return any;
}

/* "condvar on stack of main", "mutex in heap 0x5581d5c0e060" */
static const char *preposition(const char *name)
{
	if (begins(name, "stack "))
		return "on ";
	return begins(name, "heap 0x") || begins(name, "memory 0x") ? "in " : "";
}

void match__object(struct strbuf *name, struct strbuf *key, const struct report *report, size_t row)
{
	const struct report_table *t = report__find(report, "sync");
	const struct report_table *sites = report__find(report, "sync.sites");
	const char *kind = table__text(t, row, "kind"), *text = table__text(t, row, "name");
	struct strbuf place = {0}, place_key = {0};

	if (kind && text && !strcmp(kind, "join")) {
		strbuf__printf(name, "%s to end", text);
		match__subject(key, text);
		strbuf__puts(key, " to end");
		return;
	}
	strbuf__puts(name, kind ? kind : "object");
	strbuf__puts(key, kind ? kind : "object");
	if (text) {
		strbuf__printf(name, " %s%s", preposition(text), text);
		strbuf__printf(key, " %s", preposition(text));
		match__subject(key, text);
	} else if (match__site(&place, &place_key, sites, table__first_row(sites, row), "")) {
		strbuf__printf(name, " used in %s", strbuf__text(&place));
		strbuf__printf(key, " used in %s", strbuf__text(&place_key));
	} else {
		strbuf__puts(name, " without a name");
		strbuf__puts(key, " without a name");
	}
	name->failed |= place.failed | place_key.failed;
	strbuf__free(&place);
	strbuf__free(&place_key);
}
