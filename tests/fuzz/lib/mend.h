/* SPDX-License-Identifier: GPL-2.0-only */
/* Puts right what makes a reader refuse a changed trace file before it has looked at it. */
#ifndef FUZZ_MEND_H
#define FUZZ_MEND_H

#include <stddef.h>
#include <stdint.h>

enum mend_how {
	MEND_CHECKSUMS = 0x01, /* of the header, the blocks, the footer */
	MEND_LENGTHS = 0x02,   /* blocks follow each other without a gap, the last ends the file */
	MEND_NUMBERS = 0x04,
	MEND_PLAIN = 0x08, /* no block is compressed */
};

void mend(uint8_t *file, size_t size, unsigned int how);

#endif
