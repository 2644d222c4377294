// SPDX-License-Identifier: GPL-2.0-only
#include "tests/fuzz/lib/pass.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "cmd/analyse.h"
#include "cmd/foresee.h"
#include "cmd/guest.h"
#include "export/rows.h"
#include "lib/error.h"
#include "lib/helper.h"
#include "tests/fuzz/lib/judge.h"

/*
 * In place of the program's own: readers and analyses have one thread alone, so that the same input
 * always does the same, in the same order, and does not cost the start of threads. Only who writes
 * a trace has to have another one.
 */
bool helper__pays(void)
{
	return false;
}

bool helper__start(pthread_t *thread, void *(*fn)(void *), void *arg)
{
	return !pthread_create(thread, NULL, fn, arg);
}

unsigned int pass__form(unsigned int byte)
{
	static const uint8_t forms[] = {PASS_TEXT,     PASS_JSON, PASS_HTML,	PASS_SVG,
					PASS_PERFETTO, PASS_CSV,  PASS_DETAILS, PASS_TEXT,
					PASS_JSON,     PASS_TEXT, PASS_JSON,	PASS_PERFETTO,
					PASS_JSON,     PASS_HTML, PASS_TEXT};

	return forms[byte % sizeof(forms)];
}

const char *pass__file(unsigned int which, const void *bytes, size_t size)
{
	static char names[2][32];
	static int fds[2] = {-1, -1};

	FUZZ_HOLDS(which < 2);
	if (fds[which] < 0)
		fds[which] = memfd_create("fuzz", MFD_CLOEXEC);
	FUZZ_HOLDS(fds[which] >= 0);
	snprintf(names[which], sizeof(names[which]), "/proc/self/fd/%d", fds[which]);
	FUZZ_HOLDS(!ftruncate(fds[which], 0));
	FUZZ_HOLDS(pwrite(fds[which], bytes, size, 0) == (ssize_t)size);
	return names[which];
}

static const struct exporter *exporter_of(unsigned int form)
{
	switch (form) {
	case PASS_JSON:
		return &exporter_json;
	case PASS_HTML:
		return &exporter_html;
	case PASS_SVG:
		return &exporter_svg;
	case PASS_PERFETTO:
		return &exporter_perfetto;
	case PASS_CSV:
		return &exporter_csv;
	default:
		return &exporter_text;
	}
}

/* The same directory for the whole process. */
static const char *scratch(void)
{
	static char path[256];
	const char *base = getenv("TMPDIR");

	if (*path)
		return path;
	snprintf(path, sizeof(path), "%s/fuzz-XXXXXX", base ? base : "/tmp");
	FUZZ_HOLDS(mkdtemp(path));
	atexit(judge__remove_scratch);
	judge__scratch(path);
	strcat(path, "/csv");
	return path;
}

/* What an error says is for a terminal as well. */
static void judge_error(const struct error *err)
{
	FUZZ_HOLDS(err->code < 0 && err->text[0]);
	FUZZ_HOLDS(memchr(err->text, 0, sizeof(err->text)));
}

void pass__run(const char *trace, unsigned int form)
{
	struct analyse_target target = {.exporter = exporter_of(form)};
	struct analyse_options opts = {.trace = trace, .targets = &target, .ntargets = 1};
	struct foresee *foresee = foresee__new();
	struct analyse_guest guest;
	struct error err = {0};
	char *text = NULL;
	size_t len = 0;
	int rc;

	FUZZ_HOLDS(foresee);
	guest = foresee__guest(foresee);
	opts.guest = &guest;
	target.view.details = form == PASS_DETAILS;
	if (form == PASS_CSV)
		target.path = scratch();
	else
		target.stream = open_memstream(&text, &len);
	rc = analyse__run(&opts, &err);
	foresee__free(foresee);
	if (target.stream)
		fclose(target.stream);
	if (rc)
		judge_error(&err);
	else if (form == PASS_CSV)
		judge__csv(target.path);
	else
		judge__output(form, text, len);
	free(text);
}

struct report *pass__report(const char *trace, const struct analyse_guest *guest)
{
	const struct analyse_options opts = {.trace = trace, .guest = guest};
	struct report *report = NULL;
	struct error err = {0};

	if (analyse__report(&opts, &report, &err))
		judge_error(&err);
	return report;
}
