/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The numbers of tracks. Each follows from what the track is of; those that are used most are
 * small, and take few bytes. Those in TRACK_GROUP are shown in the order of their numbers.
 */
#ifndef EXPORT_PERFETTO_TRACKS_H
#define EXPORT_PERFETTO_TRACKS_H

#include <stdint.h>

enum track {
	TRACK_GROUP = 1, /* what is no process's */
	TRACK_FINDINGS = 2,
	TRACK_PATH = 3,	    /* the critical path */
	TRACK_LOAD = 16,    /* + enum load_curve */
	TRACK_THINNED = 32, /* since when short waits are not drawn */
	TRACK_CROWDED = 33, /* locks that more held at once than there are tracks */
	TRACK_THING = 64,   /* + THING_TRACKS * id + enum thing_track */
	/* Ids of things stay far below: a trace has no 2^25 of them. */
	TRACK_UNKNOWN = 1 << 28,	    /* + CPU: what is not known of it */
	TRACK_DISK = (1 << 28) + (1 << 16), /* + 256 * device + place */
};

/* Processes, by pid: only in descriptions, so that long numbers do no harm. */
#define TRACK_PROCESS (1ULL << 48)

/* Of a task: its own, and its turns if it is an event loop. Of a sync object: the others. */
enum thing_track {
	THING_THREAD,
	THING_TURNS,
	THING_WAITERS,
	THING_LOCK, /* + place, for what overlaps */
	THING_LOCK_LAST = 8,
	THING_TRACKS
};

#define THING_TRACK(id, which) (TRACK_THING + THING_TRACKS * (uint64_t)(id) + (which))

#endif
