// SPDX-License-Identifier: GPL-2.0-only
#include "cmd/dumps.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "cmd/commands.h"
#include "cmd/outfile.h"
#include "lib/error.h"
#include "lib/units.h"
#include "trace/info.h"
#include "trace/writer.h"

#define LOOK_EVERY_NS 2000000

static const char who[] = "conctrace";

struct dumps {
	const char *output; /* the caller's */
	bool quiet;
	unsigned int number;  /* of the last one */
	char *name;	      /* of the one that is being written */
	struct outfile *file; /* NULL = none is */
};

struct dumps *dumps__new(const char *output, bool quiet)
{
	struct dumps *d = calloc(1, sizeof(*d));

	if (!d)
		return NULL;
	d->output = output;
	d->quiet = quiet;
	return d;
}

void dumps__free(struct dumps *d)
{
	if (!d)
		return;
	outfile__abandon(d->file);
	free(d->name);
	free(d);
}

bool dumps__busy(const struct dumps *d)
{
	return d->file != NULL;
}

static int begin(struct dumps *d, const char *name, struct trace_writer *w,
		 const struct trace_trailer *trailer, struct error *err)
{
	int rc = outfile__open(name, &d->file, err);

	if (rc)
		return rc;
	rc = trace_writer__dump(w, outfile__path(d->file), trailer);
	if (!rc)
		return 0;
	outfile__abandon(d->file);
	d->file = NULL;
	return error__errno(err, rc, "cannot write %s", name);
}

/* Returns 1 when there is none, or it is done; 0 while it is not; or a negative errno. */
static int finish(struct dumps *d, const char *name, struct trace_writer *w,
		  struct trace_writer_stats *stats, struct error *err)
{
	struct outfile *file = d->file;
	int rc;

	if (!file)
		return 1;
	if (!trace_writer__dumped(w, &rc, stats))
		return 0;
	d->file = NULL;
	if (rc) {
		outfile__abandon(file);
		return error__errno(err, rc, "cannot write %s", name);
	}
	rc = outfile__commit(file, true, err);
	return rc ? rc : 1;
}

void dumps__begin(struct dumps *d, struct trace_writer *w, const struct trace_trailer *trailer)
{
	struct error err = {0};

	free(d->name);
	if (asprintf(&d->name, "%s.%u", d->output, ++d->number) < 0) {
		d->name = NULL;
		return;
	}
	if (begin(d, d->name, w, trailer, &err))
		commands__fail(who, &err);
}

void dumps__poll(struct dumps *d, struct trace_writer *w)
{
	struct trace_writer_stats stats;
	char events[UNITS_LEN], bytes[UNITS_LEN];
	struct error err = {0};
	int rc;

	if (!d->file)
		return;
	rc = finish(d, d->name, w, &stats, &err);
	if (rc < 0)
		commands__fail(who, &err);
	if (rc > 0 && !d->quiet)
		fprintf(stderr, "%s: %s: %s events, %s; recording goes on\n", who, d->name,
			units__count(events, stats.events), units__bytes(bytes, stats.bytes));
}

int dumps__last(struct dumps *d, struct trace_writer *w, const struct trace_trailer *trailer,
		struct trace_writer_stats *stats, bool *regular, struct error *err)
{
	const struct timespec pause = {.tv_nsec = LOOK_EVERY_NS};
	int rc;

	while (dumps__busy(d)) {
		dumps__poll(d, w);
		nanosleep(&pause, NULL);
	}
	rc = begin(d, d->output, w, trailer, err);
	if (rc)
		return rc;
	*regular = outfile__regular(d->file);
	while ((rc = finish(d, d->output, w, stats, err)) == 0)
		nanosleep(&pause, NULL);
	return rc < 0 ? rc : 0;
}
