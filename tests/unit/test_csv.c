// SPDX-License-Identifier: GPL-2.0-only
#include <errno.h>
#include <fcntl.h>
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>
#include <zlib.h>

#include "export/csv_report.h"
#include "export/csv_set.h"
#include "lib/strbuf.h"
#include "report/report.h"
#include "trace/info.h"

/* A directory of its own; scratch_remove() frees the name. */
static char *scratch_dir(void)
{
	char *dir = strdup("/tmp/ct-csv-XXXXXX");

	assert_non_null(mkdtemp(dir));
	return dir;
}

static void scratch_remove(char *dir)
{
	char command[64];

	snprintf(command, sizeof(command), "rm -r %s", dir);
	assert_int_equal(system(command), 0); /* NOLINT(cert-env33-c) */
	free(dir);
}

static void test_quoting(void **state)
{
	static const struct {
		const char *text, *field;
	} cases[] = {
		{"", "\"\""},
		{"plain", "\"plain\""},
		{"a,b;c\\d", "\"a,b;c\\d\""},
		{"say \"hi\"", "\"say \"\"hi\"\"\""},
		{"\"", "\"\"\"\""},
		{"=1+1", "\"=1+1\""},
		{"\\N", "\"\\N\""},
		{"a\r\n\tb", "\"a\xe2\x90\x8d\xe2\x90\x8a\xe2\x90\x89"
			     "b\""},
		{"\033[2J\177", "\"\xe2\x90\x9b[2J\xe2\x90\xa1\""},
		{"\xc2\x9b"
		 "1m",
		 "\"\xef\xbf\xbd"
		 "1m\""}, /* a C1 control */
		{"\xff\xc3\xa9\xc3", "\"\xef\xbf\xbd\xc3\xa9\xef\xbf\xbd\""},
		{"\xed\xa0\x80", "\"\xef\xbf\xbd\xef\xbf\xbd\xef\xbf\xbd\""}, /* a surrogate */
	};
	struct strbuf sb = {0};
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
		strbuf__reset(&sb);
		strbuf__add_csv(&sb, cases[i].text, strlen(cases[i].text));
		assert_string_equal(strbuf__text(&sb), cases[i].field);
	}
	assert_false(strbuf__failed(&sb));
	strbuf__free(&sb);
}

/* What a file of the set holds, decompressed if it is; the caller frees it. */
static char *content(const char *dir, const char *name)
{
	char path[512], *text = calloc(1, 1 << 20);
	gzFile gz;

	snprintf(path, sizeof(path), "%s/%s", dir, name);
	gz = gzopen(path, "rb");
	assert_non_null(gz);
	assert_true(gzread(gz, text, (1 << 20) - 1) >= 0);
	assert_int_equal(gzclose(gz), Z_OK);
	return text;
}

static void check(const char *dir, const char *name, const char *expected)
{
	char *text = content(dir, name);

	assert_string_equal(text, expected);
	free(text);
}

static struct csv_set *new_set(const char *dir, int *fd)
{
	struct trace_info info = {.hostname = "a,\"b\"", .start_ns = 5, .clock_realtime = 100};
	struct csv_set *s;

	*fd = open(dir, O_RDONLY | O_DIRECTORY);
	assert_true(*fd >= 0);
	s = csv_set__new(*fd, &info);
	assert_non_null(s);
	return s;
}

/* Run and host, as every row begins here. */
#define RUN "\"r068a82e474056f52\",\"a,\"\"b\"\"\""

static void test_cells(void **state)
{
	static const struct csv_column columns[] = {
		{"i", R_INT, true},   {"x.y", R_REAL, false}, {"", R_TEXT, false},
		{"b", R_BOOL, false}, {"at", R_TEXT, false},
	};
	char *dir = scratch_dir();
	int fd, i;
	struct csv_set *s = new_set(dir, &fd);
	struct csv_table *t = csv_set__add(s, "deep.table", columns, 5);

	(void)state;
	for (i = 0; i < 2; i++) {
		csv__begin(t);
		csv__int(t, i ? INT64_MIN : INT64_MAX);
		csv__real(t, i ? NAN : 0.1);
		csv__text(t, i ? NULL : "");
		csv__bool(t, i);
		csv__hex(t, i ? 0 : UINT64_MAX);
		assert_int_equal(csv__end(t), 0);
	}
	csv_set__close(s, t);
	assert_int_equal(csv_set__finish(s), 0);
	csv_set__free(s);
	close(fd);
	check(dir, "deep_table.csv.gz",
	      "run,host,i,x_y,value,b,at\n" RUN
	      ",9223372036854775807,0.1,\"\",false,\"0xffffffffffffffff\"\n" RUN
	      ",-9223372036854775808,,,true,\n");
	check(dir, "schema.sql",
	      "-- conctrace.csv/1 Tables of the files NAME.csv.gz beside this one, with their "
	      "columns in order.\n"
	      "-- See docs/csv.md. Loads into DuckDB and ClickHouse.\n"
	      "\nCREATE TABLE IF NOT EXISTS \"deep_table\" (\n"
	      "\t\"run\" VARCHAR NOT NULL,\n\t\"host\" VARCHAR NOT NULL,\n"
	      "\t\"i\" BIGINT NOT NULL,\n\t\"x_y\" DOUBLE NULL,\n\t\"value\" VARCHAR NULL,\n"
	      "\t\"b\" BOOLEAN NULL,\n\t\"at\" VARCHAR NULL\n);\n");
	scratch_remove(dir);
}

/* More than a block, in rows that are longer than that, too. */
static void test_long_rows(void **state)
{
	static const struct csv_column columns[] = {{"t", R_TEXT, true}};
	char *dir = scratch_dir(), *text, *p, *big = malloc(200001);
	int fd, i;
	struct csv_set *s = new_set(dir, &fd);
	struct csv_table *t = csv_set__add(s, "t", columns, 1);

	(void)state;
	memset(big, 'x', 200000);
	big[200000] = '\0';
	for (i = 0; i < 4; i++) {
		csv__begin(t);
		csv__text(t, i % 2 ? big : "short");
		assert_int_equal(csv__end(t), 0);
	}
	assert_int_equal(csv_set__finish(s), 0); /* closes what is open */
	csv_set__free(s);
	close(fd);
	text = content(dir, "t.csv.gz");
	for (i = 0, p = text; (p = strchr(p, '\n')); p++)
		i++;
	assert_int_equal(i, 5);
	assert_non_null(strstr(text, big));
	free(text);
	free(big);
	scratch_remove(dir);
}

/* Children lead to their parents: by its id, or by the number of its row. */
static void test_report(void **state)
{
	static const struct report_column root[] = {{"a.b", "", R_INT, U_NONE, R_SKIP_ZERO}};
	static const struct report_column with_id[] = {{"id", "", R_INT, U_NONE, 0},
						       {"tid", "", R_INT, U_NONE, 0}};
	static const struct report_column with_tid[] = {{"tid", "", R_INT, U_NONE, 0}};
	static const struct report_column plain[] = {{"", "", R_TEXT, U_NONE, 0}};
	char *dir = scratch_dir();
	int fd;
	struct csv_set *s = new_set(dir, &fd);
	struct report *r = report__new();
	struct report_table *sync, *tasks, *t;

	(void)state;
	table__set_int(report__add(r, "", "", root, 1), 0, "a.b", 0);
	sync = report__add(r, "", "sync", with_id, 2);
	table__set_int(sync, table__add_row(sync, 0), "id", 77);
	t = report__add(r, "sync", "sites", plain, 1);
	table__set_text(t, table__add_row(t, 0), "", "there");
	table__add_row(t, 99); /* an orphan */
	tasks = report__add(r, "", "p.tasks", with_tid, 1);
	table__add_row(tasks, 0);
	table__set_int(tasks, table__add_row(tasks, 0), "tid", 12);
	t = report__add(r, "p.tasks", "names", plain, 1);
	table__set_text(t, table__add_row(t, 1), "", "x");
	assert_int_equal(csv_report__write(s, r, 123), 0);
	assert_int_equal(csv_set__finish(s), 0);
	csv_set__free(s);
	report__free(r);
	close(fd);
	check(dir, "runs.csv.gz", "run,host,start_unix_ns,a_b\n" RUN ",123,0\n");
	check(dir, "sync.csv.gz", "run,host,row_id,id,tid\n" RUN ",0,77,\n");
	check(dir, "sync_sites.csv.gz", "run,host,row_id,sync_id,value\n" RUN ",0,77,\"there\"\n");
	check(dir, "p_tasks.csv.gz", "run,host,row_id,tid\n" RUN ",0,\n" RUN ",1,12\n");
	check(dir, "p_tasks_names.csv.gz",
	      "run,host,row_id,p_tasks_row_id,tid,value\n" RUN ",0,1,12,\"x\"\n");
	scratch_remove(dir);
}

/* A table that cannot be made fails the set; the first reason is kept. */
static void test_failures(void **state)
{
	static const struct csv_column columns[] = {{"i", R_INT, true}};
	char *dir = scratch_dir(), path[64];
	int fd;
	struct csv_set *s = new_set(dir, &fd);

	(void)state;
	assert_non_null(csv_set__add(s, "t", columns, 1));
	assert_null(csv_set__add(s, "t", columns, 1));
	assert_int_equal(csv_set__finish(s), -EEXIST);
	csv_set__free(s);
	snprintf(path, sizeof(path), "%s/schema.sql", dir);
	assert_int_equal(access(path, F_OK), -1);
	close(fd);
	scratch_remove(dir);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_quoting),	  cmocka_unit_test(test_cells),
		cmocka_unit_test(test_long_rows), cmocka_unit_test(test_report),
		cmocka_unit_test(test_failures),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
