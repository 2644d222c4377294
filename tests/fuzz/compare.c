// SPDX-License-Identifier: GPL-2.0-only
/*
 * Two recordings side by side, as `conctrace compare` has them. Bytes 0 and 1: how long the first
 * one's records are; byte 2: the form.
 */
#include <stdlib.h>

#include "cmd/analyse.h"
#include "cmd/target.h"
#include "compare/compare.h"
#include "export/rows.h"
#include "lib/error.h"
#include "report/report.h"
#include "tests/fuzz/lib/fuzz.h"
#include "tests/fuzz/lib/judge.h"
#include "tests/fuzz/lib/pass.h"
#include "tests/fuzz/lib/records.h"

static void write_result(const struct report *result, bool json)
{
	char *text = NULL;
	size_t len;
	FILE *out = open_memstream(&text, &len);
	const struct analyse_target target = {.exporter = json ? &exporter_json : &exporter_compare,
					      .stream = out};
	struct error err = {0};

	FUZZ_HOLDS(out);
	FUZZ_HOLDS(!target__write(&target, result, &err));
	fclose(out);
	judge__output(json ? PASS_JSON : PASS_TEXT, text, len);
	free(text);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct feed f = {data, size}, first;
	size_t len = feed__number(&f, 2);
	bool json = feed__number(&f, 1) & 1;
	struct compare_run runs[2] = {{.file = "a"}, {.file = "b"}};
	const struct compare_side sides[2] = {{&runs[0], 1}, {&runs[1], 1}};
	struct report *result, *a, *b;

	first = (struct feed){f.at, len < f.left ? len : f.left};
	f.at += first.left;
	f.left -= first.left;
	runs[0].report = a = pass__report(records__trace(0, &first), NULL);
	runs[1].report = b = pass__report(records__trace(1, &f), NULL);
	if (a && b) {
		result = compare__new(sides, 2);
		FUZZ_HOLDS(result);
		write_result(result, json);
		report__free(result);
	}
	report__free(a);
	report__free(b);
	return 0;
}
