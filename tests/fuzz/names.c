// SPDX-License-Identifier: GPL-2.0-only
/* Mangled names of functions, by all schemes. */
#include <stdlib.h>
#include <string.h>

#include "lib/strbuf.h"
#include "symbol/demangle.h"
#include "tests/fuzz/lib/fuzz.h"

#define LONGEST (64u << 10) /* bytes that a name may become */

static void judge(struct strbuf *out)
{
	FUZZ_HOLDS(!strbuf__failed(out));
	FUZZ_HOLDS(out->len == strlen(strbuf__text(out)));
	FUZZ_HOLDS(out->len <= LONGEST);
	strbuf__reset(out);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static bool (*const schemes[])(struct strbuf *, const char *) = {
		demangle__cxx, demangle__rust_legacy, demangle__rust_v0};
	struct feed f = {data, size};
	char *name = feed__line(&f);
	struct strbuf out = {0};
	size_t i;

	for (i = 0; i < sizeof(schemes) / sizeof(*schemes); i++) {
		(void)schemes[i](&out, name);
		judge(&out);
	}
	demangle(&out, name);
	FUZZ_HOLDS(!*name || out.len);
	judge(&out);
	strbuf__free(&out);
	free(name);
	return 0;
}
