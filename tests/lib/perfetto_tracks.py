# SPDX-License-Identifier: GPL-2.0-only
"""Tracks, slices, flows, counters and call chains of a Perfetto trace, as its importer reads them.

The importer first takes in the whole file, in its order: descriptions of tracks, definitions of
interned strings, values of counters. Then it goes through all events by time. So the track of a
slice may be described after the slice, but that of a counter must be described before its first
value, and what is interned before its first use.
"""
from collections import namedtuple

TYPE_BEGIN, TYPE_END, TYPE_INSTANT, TYPE_COUNTER = 1, 2, 3, 4
MONOTONIC, BOOTTIME = 3, 6

# The tables of InternedData, and which field of an entry is the text.
TABLES = {
    "event_names": "name", "debug_annotation_names": "name", "kernel_symbols": "str",
    "debug_annotation_string_values": "str", "function_names": "str", "build_ids": "str",
    "mapping_paths": "str", "source_paths": "str", "mappings": None, "frames": None,
    "callstacks": None, "source_locations": None,
}

# Times in CLOCK_MONOTONIC ns; address as text, "0x..."; confidence None = at least medium.
Hold = namedtuple("Hold", "track address start_ns end_ns holder_tid confidence")
# name is None where no symbol was found; line 0 = not known.
Frame = namedtuple("Frame", "function module address file line")


class FormatError(Exception):
    """The file is not what Perfetto's importer would take without complaint."""


class Slice:
    """One slice or instant (start == end); times in the trace's clock."""

    def __init__(self, track, start, event):
        self.track, self.start, self.end = track, start, None
        self.name, self.args = event["name"], dict(event["args"])
        self.callstack, self.site = event["callstack"], event["site"]
        self.flows_out, self.flows_in = list(event["flows_out"]), list(event["flows_in"])


class Interned:
    """What short ids stand for. One sequence, so one table of each kind."""

    def __init__(self):
        self.tables = {name: {} for name in TABLES}

    def add(self, data):
        for name, text in TABLES.items():
            table = self.tables[name]
            for entry in getattr(data, name):
                if not entry.iid or entry.iid in table:
                    raise FormatError(f"{name}: id {entry.iid} is 0 or defined twice")
                if text is None:
                    table[entry.iid] = entry
                else:
                    value = getattr(entry, text)
                    table[entry.iid] = value if isinstance(value, str) else value.decode()

    def get(self, name, iid):
        try:
            return self.tables[name][iid]
        except KeyError:
            raise FormatError(f"{name}: {iid} is used before it is defined") from None

    def frames(self, iid):
        """A callstack's frames, innermost first: the file has them outermost first."""
        rows = []
        for frame_id in self.get("callstacks", iid).frame_ids:
            frame = self.get("frames", frame_id)
            mapping = self.get("mappings", frame.mapping_id)
            path = "/".join(self.get("mapping_paths", i) for i in mapping.path_string_ids)
            function = self.get("function_names", frame.function_name_id) \
                if frame.function_name_id else None
            file = self.get("source_paths", frame.source_path_iid) \
                if frame.source_path_iid else None
            rows.append(Frame(function, path, frame.rel_pc, file, frame.line_number))
        if not rows:
            raise FormatError(f"callstack {iid} is empty")
        return rows[::-1]


class Tracks:
    """Takes packets in the file's order; read() then gives all by time."""

    def __init__(self):
        self.interned = Interned()
        self.tracks = {}
        self.events = []  # (ts, order, fields)
        self.backward = []  # (track, ts) of what is behind a later event of its track
        self.slices, self.samples = [], []
        self.flows = {}  # id: (slice it leaves, slice it enters)

    def describe(self, track):
        known = self.tracks.get(track.uuid)
        if known is not None and known.parent_uuid != track.parent_uuid:
            raise FormatError(f"track {track.uuid} moves to another parent")
        if known is not None and known.HasField("counter") != track.HasField("counter"):
            raise FormatError(f"track {track.uuid} becomes another kind")
        if known is None or track.name:
            self.tracks[track.uuid] = track

    def annotations(self, event):
        args = {}
        for note in event.debug_annotations:
            name = note.name or self.interned.get("debug_annotation_names", note.name_iid)
            if note.string_value_iid:
                value = self.interned.get("debug_annotation_string_values", note.string_value_iid)
            else:
                fields = [f for f, v in note.ListFields() if f.name not in ("name", "name_iid")]
                if len(fields) != 1:
                    raise FormatError(f"annotation {name} has {len(fields)} values")
                value = getattr(note, fields[0].name)
            if name in args:
                raise FormatError(f"annotation {name} twice on an event")
            args[name] = value
        return args

    def add_event(self, ts, event):
        if event.type == TYPE_COUNTER and event.track_uuid not in self.tracks:
            raise FormatError(f"a value of the unknown counter {event.track_uuid}")
        name = event.name
        if event.name_iid:
            name = self.interned.get("event_names", event.name_iid)
        stack = self.interned.frames(event.callstack_iid) if event.callstack_iid else None
        site = self.interned.get("source_locations", event.source_location_iid) \
            if event.source_location_iid else None
        value = event.double_counter_value if event.HasField("double_counter_value") \
            else event.counter_value
        fields = {"type": event.type, "track": event.track_uuid, "name": name, "value": value,
                  "args": self.annotations(event), "callstack": stack, "site": site,
                  "flows_out": event.flow_ids, "flows_in": event.terminating_flow_ids}
        self.events.append((ts, len(self.events), fields))

    def add_sample(self, ts, sample):
        frames = self.interned.frames(sample.callstack_iid) if sample.callstack_iid else None
        self.samples.append({"ts": ts, "cpu": sample.cpu, "pid": sample.pid, "tid": sample.tid,
                             "kernel": sample.cpu_mode == 1, "error": sample.unwind_error,
                             "frames": frames})

    def read(self):
        """Pairs begins and ends, and flows. No track of ours has slices within slices."""
        self.find_backward()
        self.events.sort(key=lambda e: e[:2])
        running = {}
        for ts, _, event in self.events:
            uuid = event["track"]
            if uuid not in self.tracks:
                raise FormatError(f"an event on the unknown track {uuid}")
            if self.tracks[uuid].HasField("counter") != (event["type"] == TYPE_COUNTER):
                raise FormatError(f"{self.name(uuid)}: an event of the wrong type")
            if event["type"] == TYPE_COUNTER:
                continue
            if event["type"] == TYPE_END:
                if uuid not in running:
                    raise FormatError(f"{self.name(uuid)}: an end without a begin at {ts}")
                running.pop(uuid).end = ts
                continue
            if event["type"] == TYPE_BEGIN and uuid in running:
                raise FormatError(f"{self.name(uuid)}: a slice begins within another at {ts}")
            self.slices.append(Slice(uuid, ts, event))
            if event["type"] == TYPE_BEGIN:
                running[uuid] = self.slices[-1]
            else:
                self.slices[-1].end = ts
        if running:
            raise FormatError(f"{self.name(next(iter(running)))}: a slice that does not end")
        self.samples.sort(key=lambda s: s["ts"])
        self.pair_flows()

    def find_backward(self):
        """Instants aside: who wakes is told of when the wait ends that he ended."""
        last = {}
        for ts, _, event in self.events:
            if event["type"] == TYPE_INSTANT:
                continue
            if ts < last.get(event["track"], 0):
                self.backward.append((event["track"], ts))
            last[event["track"]] = ts

    def pair_flows(self):
        begins, ends = {}, {}
        for piece in self.slices:
            for ids, table in ((piece.flows_out, begins), (piece.flows_in, ends)):
                for flow in ids:
                    if flow in table:
                        raise FormatError(f"flow {flow} is used twice")
                    table[flow] = piece
        if set(begins) != set(ends):
            raise FormatError("flows with one end only")
        for flow, begin in begins.items():
            # The importer makes the slice that starts first the source.
            if begin.start > ends[flow].start:
                raise FormatError(f"flow {flow} runs against time")
            self.flows[flow] = (begin, ends[flow])

    def name(self, uuid):
        track = self.tracks[uuid]
        if track.HasField("thread"):
            return f"thread {track.thread.tid}"
        return track.name or f"track {uuid}"

    def path(self, uuid):
        """The track's description and its parents', innermost first."""
        chain = []
        while uuid:
            if uuid not in self.tracks or len(chain) > 10:
                raise FormatError(f"track {uuid} is not known, or its own parent")
            chain.append(self.tracks[uuid])
            uuid = chain[-1].parent_uuid
        return chain

    def pid(self, uuid):
        return next((t.process.pid for t in self.path(uuid) if t.HasField("process")), None)

    def tid(self, uuid):
        return next((t.thread.tid for t in self.path(uuid) if t.HasField("thread")), None)

    def counters(self):
        """By track name, {integral, points, max} with the integral of the curve over time."""
        rows, last = {}, {}
        for ts, _, event in self.events:
            if event["type"] != TYPE_COUNTER:
                continue
            name = self.name(event["track"])
            row = rows.setdefault(name, {"integral": 0.0, "points": 0, "max": 0.0})
            if name in last:
                row["integral"] += last[name][1] * (ts - last[name][0])
            row["points"] += 1
            row["max"] = max(row["max"], event["value"])
            last[name] = (ts, event["value"])
        return rows


def to_monotonic(clocks):
    """What to add to a time of the trace to get CLOCK_MONOTONIC."""
    return clocks[MONOTONIC] - clocks[BOOTTIME]


def lock_address(track):
    """Of a sync object's track, else None."""
    address, _, rest = track.description.partition(": who held it")
    return address if rest else None


def holds(trace):
    """All Holds of a Trace by start."""
    shift = to_monotonic(trace.clocks)
    rows = []
    for piece in trace.tracks.slices:
        address = lock_address(trace.tracks.tracks[piece.track])
        if address:
            rows.append(Hold(trace.tracks.name(piece.track), address, piece.start + shift,
                             piece.end + shift, int(piece.name.rsplit(" ", 1)[1]),
                             piece.args.get("confidence")))
    return sorted(rows, key=lambda h: (h.start_ns, h.end_ns))
