/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Records as inputs have them: short, so that a fuzzer changes what matters. Numbers are
 * little-endian. First RECORDS_HEAD bytes: how the recording as a whole is. Then, for each record:
 * type; where and when (enum records_where); 2 bytes: time since the record before; flags; aux;
 * 2 bytes: tid; 2 bytes: how many bytes of the struct follow that come after its header.
 */
#ifndef FUZZ_RECORDS_H
#define FUZZ_RECORDS_H

#include <stdint.h>
#include <stdio.h>

#include "tests/fuzz/lib/fuzz.h"

struct trace_reader;

enum records_head {
	RECORDS_FLAGS = 0, /* enum records_flag */
	RECORDS_CPUS = 1,  /* modulo 4, plus 1 */
	RECORDS_END = 2,   /* trailer: time after the last record, in us */
	RECORDS_EXIT = 3,  /* exit code */
	RECORDS_HEAD = 4
};

enum records_flag {
	RECORDS_PID = 0x01, /* mode: TRACE_PID, else TRACE_COMMAND */
	RECORDS_ALL = 0x02, /* TRACE_ALL */
	RECORDS_SAMPLED = 0x04,
	RECORDS_NO_EXIT = 0x08,
	RECORDS_NO_LAST_END = 0x10, /* some still live */
	RECORDS_QUOTA = 0x20,
};

/* The second byte: a CPU or stream below, above it how often the time is doubled. */
enum records_where { RECORDS_HOST = 6, RECORDS_MAPS = 7, RECORDS_STREAM = 7, RECORDS_SHIFT = 3 };

/*
 * Writes a trace of the records of an input to a file in memory, as pass__file(), of which it
 * returns the name.
 */
const char *records__trace(unsigned int which, struct feed *f);
/* The other way: writes an input of the trace's records, as many as fit into `most` bytes. */
void records__input(struct trace_reader *r, size_t most, FILE *out);

#endif
