/* SPDX-License-Identifier: GPL-2.0-only */
/* One recording, from the probes' first event to the closed trace file. */
#ifndef CMD_SESSION_H
#define CMD_SESSION_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

#include "trace/info.h"
#include "trace/writer.h"

#define SESSION_DEFAULT_FILE "conctrace.data"

struct error;
struct job;

struct session_options {
	enum trace_mode mode;
	char **argv; /* TRACE_COMMAND: NULL-terminated */
	pid_t pid;   /* TRACE_PID */
	bool as_root, no_wait, quiet;
	uint64_t duration_ns;	/* 0 = no limit */
	uint64_t ring_bytes;	/* per CPU, 0 = default */
	uint32_t stack_bytes;	/* of each user stack; 0 = take none */
	uint32_t sample_hz;	/* 0 = do not sample */
	uint64_t most_bytes;	/* of the file; 0 = no limit */
	struct trace_keep keep; /* the last part only; all 0 = everything */
	bool on_failure;	/* of that nothing, if the command succeeds */
	const char *output;	/* file, "-" = standard output */
	bool redact;		/* names become hashes before they are written */
};

struct session_result {
	bool recorded;	   /* else it failed before anything ran; the rest is then void */
	bool readable;	   /* output is a file that can be analysed */
	bool not_kept;	   /* the command succeeded, and was to be forgotten then */
	uint64_t wall_ns;  /* from the command's start to the end of what was traced */
	int write_failure; /* negative errno that ended the writing, 0 = none */
	struct trace_trailer trailer;
	struct trace_writer_stats stats;
};

/*
 * Records until there is nothing more to record or somebody asks to end. The command may still
 * run afterwards (job__wait). Returns 0, or a negative errno with err filled; exec's own errors
 * come with *exec_failed set.
 */
int session__record(const struct session_options *opts, struct job *job,
		    struct session_result *result, bool *exec_failed, struct error *err);

#endif
