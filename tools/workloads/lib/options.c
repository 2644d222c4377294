// SPDX-License-Identifier: GPL-2.0-only
#include "lib/options.h"

#include <errno.h>
#include <getopt.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "lib/fail.h"
#include "registry.h"

#define MAX_SECONDS 3600.0
#define MAX_WORK    1000000000000ULL
#define MAX_WORKERS 1024ULL
#define MAX_ROWS    16

/* getopt_long's val: common options here, own rows from OWN on. */
enum { HELP = 256, SECONDS, WORK, WORKERS, OWN };

static const struct option common[] = {
	{"help", no_argument, NULL, HELP},
	{"seconds", required_argument, NULL, SECONDS},
	{"work", required_argument, NULL, WORK},
	{"workers", required_argument, NULL, WORKERS},
	{"threads", required_argument, NULL, WORKERS},
};

#define NCOMMON (sizeof(common) / sizeof(common[0]))

int options__reject(const struct options *opts, const char *reason)
{
	fprintf(stderr, "%s: %s; see %s --help\n", opts->name, reason, opts->name);
	return 2;
}

static int reject_value(const struct options *opts, const char *name, const char *value)
{
	fprintf(stderr, "%s: bad value '%s' for --%s; see %s --help\n", opts->name, value, name,
		opts->name);
	return 2;
}

static int reject_option(const struct options *opts, const char *word)
{
	fprintf(stderr, "%s: unknown, ambiguous or incomplete option '%s'; see %s --help\n",
		opts->name, word, opts->name);
	return 2;
}

static bool parse_count(const char *text, uint64_t min, uint64_t max, uint64_t *out)
{
	char *end;

	/* strtoull takes signs and blanks; a count has neither */
	if (*text < '0' || *text > '9')
		return false;
	errno = 0;
	*out = strtoull(text, &end, 10);
	return !errno && !*end && *out >= min && *out <= max;
}

static bool parse_seconds(const char *text, double *out)
{
	char *end;

	*out = strtod(text, &end);
	return end != text && !*end && isfinite(*out) && *out > 0 && *out <= MAX_SECONDS;
}

static bool parse_choice(const struct option_row *row, const char *text)
{
	for (unsigned int i = 0; row->choices[i]; i++) {
		if (!strcmp(row->choices[i], text)) {
			*row->choice = i;
			return true;
		}
	}
	return false;
}

static bool parse_row(const struct option_row *row, const char *text)
{
	if (row->flag)
		return *row->flag = true;
	if (row->count)
		return parse_count(text, row->min, row->max, row->count);
	return parse_choice(row, text);
}

static void print_row(const struct option_row *row)
{
	char left[40];

	snprintf(left, sizeof(left), "--%s%s", row->name,
		 row->flag    ? ""
		 : row->count ? " N"
			      : " WORD");
	printf("  %-18s %s", left, row->help);
	if (row->count)
		printf(" (now %llu)", (unsigned long long)*row->count);
	for (unsigned int i = 0; row->choice && row->choices[i]; i++)
		printf("%s%s", i ? ", " : " ", row->choices[i]);
	if (row->choice)
		printf(" (now %s)", row->choices[*row->choice]);
	putchar('\n');
}

/* What the registry has of it. */
static const struct row {
	const char *name, *summary, *finds, *fault, *fault_code, *fixed, *fixed_code;
} registry[] = {
#define X(kind, name, group, summary, finds, fault, fault_code, fixed, fixed_code)                 \
	{#name, summary, finds, fault, fault_code, fixed, fixed_code},
	WORKLOADS(X)
#undef X
};

static const struct row *registry_row(const char *name)
{
	for (size_t i = 0; i < sizeof(registry) / sizeof(registry[0]); i++)
		if (!strcmp(registry[i].name, name))
			return &registry[i];
	fail("the registry has no such workload", ENOENT);
}

static void print_try(const char *name, const char *options, const char *code)
{
	printf("  conctrace -- conctrace workload %s%s%s\n", name, *options ? " " : "", options);
	if (*code)
		printf("      %s\n", code);
}

static void print_help(const struct options *opts, const struct load *load)
{
	const struct row *row = registry_row(opts->name);

	printf("%s: %s\n\nusage: %s [options]\n", opts->name, row->summary, opts->name);
	for (size_t i = 0; i < opts->nrows; i++)
		print_row(&opts->rows[i]);
	printf("  %-18s how many at the same time, 1 to %llu", "--workers N", MAX_WORKERS);
	if (load->workers)
		printf(" (now %llu)", (unsigned long long)load->workers);
	printf("; also --threads N\n  %-18s stop after this time", "--seconds S");
	if (load->seconds > 0)
		printf(" (now %g)", load->seconds);
	printf("\n  %-18s stop after this many %s", "--work N", opts->operation);
	if (load->work)
		printf(" (now %llu)", (unsigned long long)load->work);
	printf("\n  %-18s this text\n\nconctrace finds: %s\n\n", "--help", row->finds);
	print_try(opts->name, row->fault, row->fault_code);
	print_try(opts->name, row->fixed, row->fixed_code);
}

static size_t build_table(const struct options *opts, struct option *table)
{
	size_t n = NCOMMON;

	memcpy(table, common, sizeof(common));
	for (size_t i = 0; i < opts->nrows; i++) {
		table[n++] = (struct option){opts->rows[i].name,
					     opts->rows[i].flag ? no_argument : required_argument,
					     NULL, OWN + (int)i};
	}
	table[n] = (struct option){0};
	return n;
}

int options__parse(const struct options *opts, struct load *load, int argc, char **argv)
{
	struct option table[NCOMMON + MAX_ROWS + 1];
	struct load given = {0};
	int c, which = 0;

	fail__set_name(opts->name);
	if (opts->nrows > MAX_ROWS)
		return options__reject(opts, "too many option rows");
	build_table(opts, table);
	opterr = 0;
	while ((c = getopt_long(argc, argv, "", table, &which)) != -1) {
		bool good = true;

		if (c == HELP) {
			print_help(opts, load);
			return 0;
		}
		if (c == SECONDS)
			good = parse_seconds(optarg, &given.seconds);
		else if (c == WORK)
			good = parse_count(optarg, 1, MAX_WORK, &given.work);
		else if (c == WORKERS)
			good = parse_count(optarg, 1, MAX_WORKERS, &given.workers);
		else if (c >= OWN)
			good = parse_row(&opts->rows[c - OWN], optarg);
		else
			return reject_option(opts, argv[optind - 1]);
		if (!good)
			return reject_value(opts, table[which].name, optarg);
	}
	if (optind < argc)
		return options__reject(opts, "unexpected argument");
	if (given.seconds > 0 || given.work) {
		load->seconds = given.seconds;
		load->work = given.work;
	}
	if (given.workers)
		load->workers = given.workers;
	return OPTIONS_RUN;
}
