// SPDX-License-Identifier: GPL-2.0-only
/* Records that no kernel would send, through file, model, analyses and the form that byte 0 says.
 */
#include "tests/fuzz/lib/fuzz.h"
#include "tests/fuzz/lib/pass.h"
#include "tests/fuzz/lib/records.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct feed f = {data, size};
	unsigned int form = pass__form((unsigned int)feed__number(&f, 1));

	pass__run(records__trace(0, &f), form);
	return 0;
}
