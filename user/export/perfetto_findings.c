// SPDX-License-Identifier: GPL-2.0-only
#include "export/perfetto_findings.h"

#include <string.h>

#include "export/perfetto_packets.h"
#include "export/perfetto_tracks.h"
#include "report/report.h"

static void put_annotation(struct proto *p, const struct report_table *t, size_t row,
			   const char *key)
{
	const char *text = table__text(t, row, key);
	size_t mark = proto__begin(p, TRACK_EVENT_ANNOTATIONS);

	proto__string(p, ANNOTATION_NAME, key, strlen(key));
	if (text)
		proto__string(p, ANNOTATION_STRING, text, strlen(text));
	else
		proto__double(p, ANNOTATION_DOUBLE, table__real(t, row, key));
	proto__end(p, mark);
}

static int write_finding(struct packets *ps, uint64_t ts, const struct report_table *t, size_t row)
{
	static const char *const keys[] = {"code", "share", "subject", "advice"};
	const char *name = table__text(t, row, "summary");
	struct proto *p = packets__event(ps, ts, TYPE_INSTANT, TRACK_FINDINGS);
	size_t i;

	if (!name)
		name = "finding";
	proto__string(p, TRACK_EVENT_NAME, name, strlen(name));
	for (i = 0; i < sizeof(keys) / sizeof(keys[0]); i++)
		if (table__has(t, row, keys[i]))
			put_annotation(p, t, row, keys[i]);
	return packets__event_end(ps);
}

int perfetto_findings__write(struct packets *ps, const struct report *report, uint64_t ts)
{
	const struct report_table *t = report ? report__find(report, "findings") : NULL;
	size_t row;
	int err;

	if (!t || !table__rows(t))
		return 0;
	err = packets__track(ps, TRACK_FINDINGS, TRACK_GROUP, "Findings", NULL);
	for (row = 0; !err && row < table__rows(t); row++)
		err = write_finding(ps, ts, t, row);
	return err;
}
