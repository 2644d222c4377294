// SPDX-License-Identifier: GPL-2.0-only
#include "export/perfetto_path.h"

#include <errno.h>
#include <inttypes.h>
#include <string.h>

#include "export/perfetto_packets.h"
#include "export/perfetto_tracks.h"
#include "lib/strbuf.h"
#include "report/report.h"

/* "worker-1 4711: running", "main 4710: blocked, sleep", "unknown" */
static void add_name(struct strbuf *out, const struct report_table *t, size_t row)
{
	const char *comm = table__text(t, row, "comm"), *state = table__text(t, row, "state");
	const char *cause = table__text(t, row, "cause");

	if (comm)
		strbuf__printf(out, "%s %" PRId64 ": ", comm, table__int(t, row, "tid"));
	strbuf__puts(out, state ? state : "");
	if (cause)
		strbuf__printf(out, ", %s", cause);
}

static void add_note(struct proto *p, const char *name, const char *text, uint64_t value)
{
	size_t mark = proto__begin(p, TRACK_EVENT_ANNOTATIONS);

	proto__string(p, ANNOTATION_NAME, name, strlen(name));
	if (text)
		proto__string(p, ANNOTATION_STRING, text, strlen(text));
	else
		proto__uint(p, ANNOTATION_INT, value);
	proto__end(p, mark);
}

static int put_segment(struct packets *ps, const struct report_table *t, size_t row,
		       uint64_t origin)
{
	uint64_t start = origin + (uint64_t)table__int(t, row, "start_ns");
	uint64_t end = origin + (uint64_t)table__int(t, row, "end_ns");
	struct proto *p = packets__event(ps, start, TYPE_BEGIN, TRACK_PATH);
	const char *subject = table__text(t, row, "subject");
	uint64_t pieces = (uint64_t)table__int(t, row, "pieces");
	struct strbuf name = {0};
	int err;

	add_name(&name, t, row);
	proto__string(p, TRACK_EVENT_NAME, strbuf__text(&name), name.len);
	if (subject)
		add_note(p, "subject", subject, 0);
	if (pieces)
		add_note(p, "pieces", NULL, pieces);
	err = packets__event_end(ps);
	if (strbuf__failed(&name))
		err = -ENOMEM;
	strbuf__free(&name);
	return err ? err : packets__end_slice(ps, end, TRACK_PATH);
}

int perfetto_path__write(struct packets *ps, const struct report *report, uint64_t origin)
{
	const struct report_table *t =
		report ? report__find(report, "critical_path.segments") : NULL;
	size_t row;
	int err;

	if (!table__rows(t))
		return 0;
	err = packets__track(ps, TRACK_PATH, TRACK_GROUP, "Critical path", NULL);
	for (row = 0; !err && row < table__rows(t); row++)
		err = put_segment(ps, t, row, origin);
	return err;
}
