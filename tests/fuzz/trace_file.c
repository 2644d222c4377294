// SPDX-License-Identifier: GPL-2.0-only
/*
 * The bytes of a trace file. Byte 0 says what is made of it, byte 1 whether its checksums, and what
 * else lets a changed file be refused at once, are put right first (lib/mend.h): else nothing but
 * that refusal would ever be seen.
 */
#include <stdlib.h>

#include "tests/fuzz/lib/fuzz.h"
#include "tests/fuzz/lib/mend.h"
#include "tests/fuzz/lib/pass.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct feed f = {data, size};
	unsigned int form = pass__form((unsigned int)feed__number(&f, 1));
	unsigned int how = (unsigned int)feed__number(&f, 1);
	uint8_t *file = feed__rest(&f, &size);

	mend(file, size, how);
	pass__run(pass__file(0, file, size), form);
	free(file);
	return 0;
}
