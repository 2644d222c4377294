/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Field numbers of Perfetto's trace format, as far as this exporter writes it:
 * protos/perfetto/trace/ in https://github.com/google/perfetto. Named message_field.
 */
#ifndef EXPORT_PERFETTO_FIELDS_H
#define EXPORT_PERFETTO_FIELDS_H

enum perfetto_field {
	TRACE_PACKET = 1,

	PACKET_FTRACE_EVENTS = 1,
	PACKET_PROCESS_TREE = 2,
	PACKET_CLOCK_SNAPSHOT = 6,
	PACKET_TIMESTAMP = 8,
	PACKET_SEQUENCE_ID = 10,
	PACKET_TRACK_EVENT = 11,
	PACKET_INTERNED_DATA = 12,
	PACKET_SEQUENCE_FLAGS = 13,
	PACKET_SYSTEM_INFO = 45,
	PACKET_COMPRESSED = 50,
	PACKET_CLOCK_ID = 58,
	PACKET_DEFAULTS = 59,
	PACKET_TRACK_DESCRIPTOR = 60,
	PACKET_PERF_SAMPLE = 66,

	EVENT_TIMESTAMP = 1,
	EVENT_PID = 2,
	EVENT_SCHED_BLOCKED_REASON = 18,
	EVENT_SCHED_WAKING = 20,
	EVENT_TASK_NEWTASK = 235,
	EVENT_SCHED_PROCESS_FREE = 240,

	TRACK_EVENT_ANNOTATIONS = 4,
	TRACK_EVENT_TYPE = 9,
	TRACK_EVENT_NAME_IID = 10,
	TRACK_EVENT_TRACK_UUID = 11,
	TRACK_EVENT_NAME = 23,
	TRACK_EVENT_COUNTER = 30,
	TRACK_EVENT_SOURCE_LOCATION_IID = 34,
	TRACK_EVENT_DOUBLE_COUNTER = 44,
	TRACK_EVENT_FLOW = 47,		   /* fixed64 */
	TRACK_EVENT_TERMINATING_FLOW = 48, /* fixed64 */
	TRACK_EVENT_CALLSTACK_IID = 56,

	ANNOTATION_NAME_IID = 1,
	ANNOTATION_INT = 4,
	ANNOTATION_DOUBLE = 5,
	ANNOTATION_STRING = 6,
	ANNOTATION_NAME = 10,
	ANNOTATION_STRING_IID = 17,

	/* Tables of InternedData: messages of an iid and a text, unless said otherwise. */
	INTERNED_EVENT_NAMES = 2,
	INTERNED_ANNOTATION_NAMES = 3,
	INTERNED_SOURCE_LOCATIONS = 4, /* SourceLocation */
	INTERNED_FUNCTION_NAMES = 5,
	INTERNED_FRAMES = 6,	 /* Frame */
	INTERNED_CALLSTACKS = 7, /* Callstack */
	INTERNED_MAPPING_PATHS = 17,
	INTERNED_SOURCE_PATHS = 18,
	INTERNED_MAPPINGS = 19, /* Mapping */
	INTERNED_KERNEL_SYMBOLS = 26,
	INTERNED_ANNOTATION_STRINGS = 29,
	INTERNED_IID = 1,
	INTERNED_TEXT = 2,
};

/* From 64 to 127 a sequence may have clocks of its own. */
enum perfetto_clock {
	CLOCK_ID_REALTIME = 1,
	CLOCK_ID_MONOTONIC = 3,
	CLOCK_ID_BOOTTIME = 6,
	CLOCK_ID_EVENTS = 64, /* incremental: each time is the distance to the last one */
	CLOCK_ID_HEAD = 65,   /* likewise, of what comes first in the file */
};
enum perfetto_sequence_flag { SEQUENCE_CLEARED = 1, SEQUENCE_NEEDS_STATE = 2 };
/* All packets are of one sequence. */
enum perfetto_sequence { SEQUENCE_ID = 1 };
enum perfetto_event_type { TYPE_BEGIN = 1, TYPE_END = 2, TYPE_INSTANT = 3, TYPE_COUNTER = 4 };

#endif
