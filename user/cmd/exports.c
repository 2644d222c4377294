// SPDX-License-Identifier: GPL-2.0-only
#include "cmd/exports.h"

#include <errno.h>
#include <string.h>

#include "cmd/outdir.h"
#include "cmd/outfile.h"
#include "export/export.h"
#include "export/rows.h"
#include "lib/error.h"

/* The report for the terminal is an exporter as well, but it has its own ways to be asked for. */
static bool is_option(const struct exporter *exporter)
{
	return exporter != &exporter_text;
}

size_t exports__rows(struct exports *exports, struct option_row *rows)
{
	size_t i, n = 0;

	memset(exports, 0, sizeof(*exports));
	for (i = 0; i < EXPORTS_MOST - 1 && exporters[i]; i++) {
		if (!is_option(exporters[i]))
			continue;
		rows[n++] = (struct option_row){
			.name = exporters[i]->name,
			.arg = exporters[i]->directory ? "DIR" : "FILE",
			.help = exporters[i]->help,
			.kind = OPTION_TEXT,
			.target = &exports->path[i],
		};
	}
	rows[n++] = (struct option_row){
		.name = "perfetto-plain",
		.help = "the trace for Perfetto is not compressed",
		.kind = OPTION_FLAG,
		.target = &exports->perfetto_plain,
	};
	rows[n++] = (struct option_row){
		.name = "from",
		.arg = "TIME",
		.help = "the SVG picture begins there: 1.5s, 200ms, 30us, or 40% of the run",
		.kind = OPTION_TEXT,
		.target = &exports->range.from_text,
	};
	rows[n++] = (struct option_row){
		.name = "to",
		.arg = "TIME",
		.help = "and ends there",
		.kind = OPTION_TEXT,
		.target = &exports->range.to_text,
	};
	return n;
}

static bool is_ranged(const struct exports *exports)
{
	return exports->range.from_text || exports->range.to_text;
}

/* Nobody shall take what shows the whole run for the part that was asked for. */
static int check_range(const struct exports *exports, const struct analyse_target *targets, int n,
		       struct error *err)
{
	int i;

	for (i = 0; i < n && is_ranged(exports); i++)
		if (!targets[i].exporter->ranged)
			return error__set(err, -EINVAL,
					  "--%s writes the whole run: --from and --to do not go "
					  "with it",
					  targets[i].exporter->name);
	if (is_ranged(exports) && !n)
		return error__set(err, -EINVAL, "--from and --to go with --svg alone");
	return 0;
}

static int check_target(const struct exporter *exporter, const struct analyse_target *targets,
			int n, const char *path, const char *trace, struct error *err)
{
	int i;

	if (strcmp(path, trace) == 0)
		return error__set(err, -EINVAL, "%s is the trace file: export to another one",
				  path);
	for (i = 0; i < n; i++) {
		if (strcmp(targets[i].path, path) == 0)
			return error__set(err, -EINVAL, "two exports would both write %s", path);
	}
	if (!exporter->directory)
		return outfile__check(path, err);
	if (strcmp(path, "-") == 0)
		return error__set(
			err, -EINVAL,
			"--%s writes several files: name a directory, not standard output",
			exporter->name);
	return outdir__check(path, exporter->directory, err);
}

int exports__targets(struct exports *exports, const char *trace, struct analyse_target *targets,
		     struct error *err)
{
	int i, n = 0, rc = range__parse(&exports->range, err);

	if (rc)
		return rc;
	for (i = 0; i < EXPORTS_MOST - 1 && exporters[i]; i++) {
		if (!exports->path[i])
			continue;
		rc = check_target(exporters[i], targets, n, exports->path[i], trace, err);
		if (rc)
			return rc;
		targets[n++] = (struct analyse_target){.exporter = exporters[i],
						       .path = exports->path[i],
						       .view.plain = exports->perfetto_plain};
	}
	rc = check_range(exports, targets, n, err);
	return rc ? rc : n;
}

int exports__find_range(const struct exports *exports, const struct analyse_options *opts,
			struct analyse_target *targets, size_t ntargets, struct error *err)
{
	/* Nothing is written meanwhile. */
	struct analyse_options alone = *opts;
	uint64_t from_ns, to_ns;
	size_t i;
	int rc;

	if (!is_ranged(exports))
		return 0;
	alone.ntargets = 0;
	alone.guest = NULL;
	rc = range__find(&exports->range, &alone, &from_ns, &to_ns, err);
	for (i = 0; i < ntargets && !rc; i++) {
		if (!targets[i].exporter->ranged)
			continue;
		targets[i].view.from_ns = from_ns;
		targets[i].view.to_ns = to_ns;
	}
	return rc;
}

size_t exports__add_text(struct analyse_target *target, FILE *stream,
			 const struct export_view *view)
{
	*target = (struct analyse_target){
		.exporter = &exporter_text, .stream = stream, .view = *view};
	return 1;
}
