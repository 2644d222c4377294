// SPDX-License-Identifier: GPL-2.0-only
#include "cmd/options.h"

#include <errno.h>
#include <string.h>

#include "cmd/nearest.h"
#include "cmd/session.h"
#include "cmd/value.h"
#include "lib/error.h"

#define HELP_COLUMN 26

struct parser {
	const struct option_table *table;
	char **next; /* argv, from the word that is being looked at */
	bool help;
	struct error *err;
};

static const struct option_row help_row = {
	.name = "help", .letter = 'h', .help = "show this text", .kind = OPTION_FLAG};

static const struct option_row *row_at(const struct option_table *table, size_t i)
{
	return i < table->count ? &table->rows[i] : &help_row;
}

static const struct option_row *find_long(const struct option_table *table, const char *name,
					  size_t len)
{
	size_t i;

	for (i = 0; i <= table->count; i++) {
		const struct option_row *row = row_at(table, i);

		if (strlen(row->name) == len && memcmp(row->name, name, len) == 0)
			return row;
	}
	return NULL;
}

static const struct option_row *find_letter(const struct option_table *table, char letter)
{
	size_t i;

	for (i = 0; i <= table->count; i++) {
		if (row_at(table, i)->letter == letter)
			return row_at(table, i);
	}
	return NULL;
}

static int unknown(const struct parser *p, const char *name, size_t len)
{
	const char *best = NULL;
	char typed[64];
	size_t i;

	if (len < sizeof(typed)) {
		memcpy(typed, name, len);
		typed[len] = '\0';
		for (i = 0; i <= p->table->count; i++)
			nearest__offer(typed, row_at(p->table, i)->name, &best);
	}
	if (best)
		return error__set(p->err, -EINVAL, "unknown option '--%.*s'; did you mean '--%s'?",
				  (int)len, name, best);
	return error__set(p->err, -EINVAL, "unknown option '--%.*s'; '%s --help' lists all",
			  (int)len, name, p->table->command);
}

static int apply(struct parser *p, const struct option_row *row, const char *value)
{
	if (row == &help_row) {
		p->help = true;
		return 0;
	}
	return value__parse(row, value, p->err);
}

/* The argument of an option that stands alone is the next word; "--" is never meant as one. */
static int apply_next(struct parser *p, const struct option_row *row)
{
	const char *value = p->next[1];

	if (!value || strcmp(value, "--") == 0)
		return error__set(p->err, -EINVAL, "option '--%s' needs an argument: %s", row->name,
				  row->arg);
	p->next++;
	return apply(p, row, value);
}

static int parse_long(struct parser *p, const char *word)
{
	size_t len = strcspn(word, "=");
	const struct option_row *row = find_long(p->table, word, len);

	if (!row)
		return unknown(p, word, len);
	if (!row->arg && word[len])
		return error__set(p->err, -EINVAL, "option '--%s' takes no argument", row->name);
	if (!row->arg)
		return apply(p, row, NULL);
	return word[len] ? apply(p, row, word + len + 1) : apply_next(p, row);
}

static int parse_letters(struct parser *p, const char *letters)
{
	int rc = 0;

	for (; *letters && !rc; letters++) {
		const struct option_row *row = find_letter(p->table, *letters);

		if (!row)
			return error__set(p->err, -EINVAL,
					  "unknown option '-%c'; '%s --help' lists all", *letters,
					  p->table->command);
		if (row->arg)
			return letters[1] ? apply(p, row, letters + 1) : apply_next(p, row);
		rc = apply(p, row, NULL);
	}
	return rc;
}

int options__parse(const struct option_table *table, int argc, char **argv, char ***words,
		   struct error *err)
{
	struct parser p = {.table = table, .next = argv + (argc > 0), .err = err};
	char **kept = p.next;
	int rc = 0;

	*words = kept;
	for (; *p.next && !rc; p.next++) {
		char *word = *p.next;

		if (word[0] != '-' || !word[1]) {
			if (table->stop_at_word)
				break;
			*kept++ = word;
		} else if (strcmp(word, "--") == 0) {
			p.next++;
			break;
		} else {
			rc = word[1] == '-' ? parse_long(&p, word + 2)
					    : parse_letters(&p, word + 1);
		}
		if (p.help)
			break;
	}
	if (rc)
		return rc;
	if (p.help) {
		options__help(table, stdout);
		return 1;
	}
	while (*p.next)
		*kept++ = *p.next++;
	*kept = NULL;
	return 0;
}

static void help_option(const struct option_row *row, FILE *out)
{
	char left[64];
	int len;

	len = snprintf(left, sizeof(left), "  %c%c%s --%s%s%s", row->letter ? '-' : ' ',
		       row->letter ? row->letter : ' ', row->letter ? "," : " ", row->name,
		       row->arg ? " " : "", row->arg ? row->arg : "");
	if (len < HELP_COLUMN)
		fprintf(out, "%-*s%s\n", HELP_COLUMN, left, row->help);
	else
		fprintf(out, "%s\n%*s%s\n", left, HELP_COLUMN, "", row->help);
}

void options__help(const struct option_table *table, FILE *out)
{
	const char *line = table->usage, *end;
	size_t i;

	for (; *line; line = end + 1) {
		end = strchrnul(line, '\n');
		fprintf(out, "%s%.*s\n", line == table->usage ? "usage: " : "       ",
			(int)(end - line), line);
		if (!*end)
			break;
	}
	fprintf(out, "\n%s\n\noptions:\n", table->intro);
	for (i = 0; i <= table->count; i++)
		help_option(row_at(table, i), out);
}

int options__file(char *const *words, const char **file, struct error *err)
{
	if (words[0] && words[1])
		return error__set(err, -EINVAL, "one file at a time: '%s' is one too many",
				  words[1]);
	*file = words[0] ? words[0] : SESSION_DEFAULT_FILE;
	return 0;
}
