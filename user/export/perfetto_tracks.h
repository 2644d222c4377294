/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The numbers of tracks. Each follows from what the track is of. Those in TRACK_GROUP are shown in
 * the order of their numbers.
 */
#ifndef EXPORT_PERFETTO_TRACKS_H
#define EXPORT_PERFETTO_TRACKS_H

#include <stdint.h>

enum track {
	TRACK_GROUP = 1, /* what is no process's */
	TRACK_FINDINGS = 2,
	TRACK_PATH = 3,	       /* the critical path */
	TRACK_LOAD = 16,       /* + enum load_curve */
	TRACK_THINNED = 32,    /* since when short waits are not drawn */
	TRACK_CROWDED = 33,    /* locks that more held at once than there are tracks */
	TRACK_UNKNOWN = 4096,  /* + CPU: what is not known of it */
	TRACK_DISK = 1 << 16,  /* + 256 * device + place */
	TRACK_THING = 1 << 24, /* + 8 * id + enum thing_track */
};

/* Processes, by pid: only in descriptions, so that long numbers do no harm. */
#define TRACK_PROCESS (1ULL << 48)
/* Turns of event loops, by task id: above all things, whose ids have 32 bits. */
#define TRACK_TURNS (1ULL << 40)

/* Of a task, or of a sync object. */
enum thing_track {
	THING_THREAD,
	THING_WAITERS,
	THING_LOCK, /* + place, for what overlaps */
	THING_LOCK_LAST = 7,
};

#define THING_TRACK(id, which) (TRACK_THING + 8 * (uint64_t)(id) + (which))

#endif
