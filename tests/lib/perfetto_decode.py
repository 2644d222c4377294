#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0-only
"""Reads a Perfetto trace as Perfetto's own importer does, and says what it holds.

A second, independent reading of the format: Google's protobuf runtime decodes, from descriptors
built here out of the field numbers that Perfetto publishes (protos/perfetto/trace).

    perfetto_decode.py FILE        prints JSON: clocks, threads, processes, CPUs, tracks

As a module: Trace(path), then .summary() or what holds(trace) and its like give.
"""
import json
import sys
import zlib
from collections import Counter, defaultdict

from google.protobuf import descriptor_pb2, descriptor_pool, message_factory

import perfetto_tracks
from perfetto_tracks import (BOOTTIME, MONOTONIC, FormatError, Hold, Tracks,  # noqa: F401
                             to_monotonic)

SPEC = """
Trace: packet 1 *TracePacket
TracePacket: ftrace_events 1 FtraceEventBundle; process_tree 2 ProcessTree
  clock_snapshot 6 ClockSnapshot; timestamp 8 uint64; trusted_packet_sequence_id 10 uint32
  track_event 11 TrackEvent; interned_data 12 InternedData; sequence_flags 13 uint32
  system_info 45 SystemInfo; compressed_packets 50 bytes; timestamp_clock_id 58 uint32
  trace_packet_defaults 59 TracePacketDefaults; track_descriptor 60 TrackDescriptor
  perf_sample 66 PerfSample
TracePacketDefaults: timestamp_clock_id 58 uint32
ClockSnapshot: clocks 1 *Clock; primary_trace_clock 2 uint32
Clock: clock_id 1 uint32; timestamp 2 uint64; is_incremental 3 bool
SystemInfo: utsname 1 Utsname
Utsname: sysname 1 string; version 2 string; release 3 string; machine 4 string
ProcessTree: processes 1 *Process; threads 2 *Thread
Process: pid 1 int32; ppid 2 int32; cmdline 3 *string; uid 5 int32
Thread: tid 1 int32; name 2 string; tgid 3 int32
FtraceEventBundle: cpu 1 uint32; event 2 *FtraceEvent; lost_events 3 bool
  compact_sched 4 CompactSched
CompactSched: switch_timestamp 1 +uint64; switch_prev_state 2 +int64; switch_next_pid 3 +int32
  switch_next_prio 4 +int32; intern_table 5 *string; switch_next_comm_index 6 +uint32
  waking_timestamp 7 +uint64; waking_pid 8 +int32; waking_target_cpu 9 +int32
  waking_prio 10 +int32; waking_comm_index 11 +uint32; waking_common_flags 12 +uint32
FtraceEvent: timestamp 1 uint64; pid 2 uint32; sched_blocked_reason 18 SchedBlockedReason
  sched_waking 20 SchedWaking; task_newtask 235 TaskNewtask
  sched_process_free 240 SchedProcessFree
SchedBlockedReason: pid 1 int32; caller 2 uint64; io_wait 3 uint32
SchedWaking: comm 1 string; pid 2 int32; prio 3 int32; success 4 int32; target_cpu 5 int32
TaskNewtask: pid 1 int32; comm 2 string; clone_flags 3 uint64; oom_score_adj 4 int32
SchedProcessFree: comm 1 string; pid 2 int32; prio 3 int32
InternedData: event_names 2 *InternedName; debug_annotation_names 3 *InternedName
  source_locations 4 *SourceLocation; function_names 5 *InternedString; frames 6 *Frame; callstacks 7 *Callstack
  build_ids 16 *InternedString; mapping_paths 17 *InternedString; source_paths 18 *InternedString
  mappings 19 *Mapping; kernel_symbols 26 *InternedString
  debug_annotation_string_values 29 *InternedString
SourceLocation: iid 1 uint64; file_name 2 string; function_name 3 string; line_number 4 uint32
InternedString: iid 1 uint64; str 2 bytes
InternedName: iid 1 uint64; name 2 string
Mapping: iid 1 uint64; build_id 2 uint64; start_offset 3 uint64; start 4 uint64; end 5 uint64
  load_bias 6 uint64; path_string_ids 7 *uint64; exact_offset 8 uint64
Frame: iid 1 uint64; function_name_id 2 uint64; mapping_id 3 uint64; rel_pc 4 uint64
  source_path_iid 5 uint64; line_number 6 uint32
Callstack: iid 1 uint64; frame_ids 2 *uint64
PerfSample: cpu 1 uint32; pid 2 uint32; tid 3 uint32; callstack_iid 4 uint64; cpu_mode 5 int32
  timebase_count 6 uint64; unwind_error 16 int32
TrackDescriptor: uuid 1 uint64; name 2 string; process 3 ProcessDescriptor
  thread 4 ThreadDescriptor; parent_uuid 5 uint64; counter 8 CounterDescriptor
  child_ordering 11 int32; sibling_order_rank 12 int32; description 14 string
  sibling_merge_behavior 15 int32; process_ordering 19 int32; thread_ordering 20 int32
ProcessDescriptor: pid 1 int32; legacy_sort_index 3 int32; process_name 6 string
ThreadDescriptor: pid 1 int32; tid 2 int32; legacy_sort_index 3 int32; thread_name 5 string
CounterDescriptor: unit 3 int32; unit_name 6 string
TrackEvent: debug_annotations 4 *DebugAnnotation; type 9 int32; name_iid 10 uint64
  track_uuid 11 uint64; categories 22 *string; name 23 string; counter_value 30 int64
  source_location_iid 34 uint64
  double_counter_value 44 double; flow_ids 47 *fixed64; terminating_flow_ids 48 *fixed64
  callstack_iid 56 uint64
DebugAnnotation: name_iid 1 uint64; uint_value 3 uint64; int_value 4 int64; double_value 5 double
  string_value 6 string; name 10 string; string_value_iid 17 uint64
"""

RUNNING, RUNNABLE = "Running", "R"
# Kernels 4.14 and later: include/linux/sched.h, TASK_REPORT and what sched_switch adds.
STATES = [(0x1, "S"), (0x2, "D"), (0x4, "T"), (0x8, "t"), (0x10, "X"), (0x20, "Z"), (0x40, "P"),
          (0x80, "I")]
PREEMPTED = 0x100
IRQ_FLAGS = 0x08 | 0x10
CLONE_THREAD = 0x10000
PLACEHOLDER_TID = 0x40000000


def build_classes():
    """Message classes of SPEC: `*` is repeated, `+` packed."""
    field_type = descriptor_pb2.FieldDescriptorProto
    scalars = {name: getattr(field_type, "TYPE_" + name.upper())
               for name in ("uint64", "int64", "uint32", "int32", "fixed64", "double", "bool",
                            "string", "bytes")}
    file = descriptor_pb2.FileDescriptorProto(name="perfetto_subset.proto", package="p",
                                              syntax="proto2")
    message = None
    for line in SPEC.strip().splitlines():
        if not line.startswith(" "):
            name, line = line.split(":", 1)
            message = file.message_type.add(name=name)
        for spec in line.split(";"):
            name, number, kind = spec.split()
            field = message.field.add(name=name, number=int(number))
            field.label = field.LABEL_REPEATED if kind[0] in "*+" else field.LABEL_OPTIONAL
            if kind[0] == "+":
                field.options.packed = True
            kind = kind.lstrip("*+")
            if kind in scalars:
                field.type = scalars[kind]
            else:
                field.type = field.TYPE_MESSAGE
                field.type_name = ".p." + kind
    pool = descriptor_pool.DescriptorPool()
    pool.Add(file)
    factory = message_factory.MessageFactory(pool)
    return {m.name: factory.GetPrototype(pool.FindMessageTypeByName("p." + m.name))
            for m in file.message_type}


def check_known(message, where):
    """Nothing in it that the table above does not know."""
    if hasattr(message, "UnknownFields"):
        unknown = [f.field_number for f in message.UnknownFields()]
        if unknown:
            raise FormatError(f"{where}: unknown fields {unknown}")


def check_deep(message, where):
    """Nothing unknown in it, nor in what it holds."""
    check_known(message, where)
    for field, value in message.ListFields():
        if field.type == field.TYPE_MESSAGE:
            for part in value if field.label == field.LABEL_REPEATED else [value]:
                check_deep(part, f"{where}: {field.name}")


def read_packets(data, classes, groups):
    trace = classes["Trace"].FromString(data)
    check_known(trace, "trace")
    for packet in trace.packet:
        check_known(packet, "packet")
        if not packet.HasField("trusted_packet_sequence_id"):
            raise FormatError("a packet without trusted_packet_sequence_id")
        if packet.HasField("compressed_packets"):
            groups.append(len(packet.compressed_packets))
            yield from read_packets(zlib.decompress(packet.compressed_packets), classes, groups)
        else:
            yield packet


def state_name(raw):
    if raw & PREEMPTED:
        return "R+"
    return "".join(letter for bit, letter in STATES if raw & bit) or RUNNABLE


class ThreadState:
    """One thread (one life of a tid) as trace processor's thread_state table would have it."""

    def __init__(self, tid, name="", born=None):
        self.tid, self.name, self.pid, self.born, self.freed = tid, name, None, born, None
        self.state, self.since = None, None
        self.ns = Counter()
        self.switches = Counter()
        self.wakers, self.irq_wakings, self.wakings = Counter(), 0, 0
        self.functions = Counter()
        self.function = None
        self.io_wait_ns, self.io_wait = 0, False

    def enter(self, ts, state):
        if self.state is not None and self.since is not None:
            if ts < self.since:
                raise FormatError(f"tid {self.tid}: time goes back")
            self.ns[self.state] += ts - self.since
            if self.function:
                self.functions[self.function] += ts - self.since
            if self.io_wait:
                self.io_wait_ns += ts - self.since
        self.state, self.since = state, ts
        self.function, self.io_wait = None, False

    def blocked(self):
        return self.state not in (RUNNING, RUNNABLE, None)


class Importer:
    """Switches and wakings in time order, as FtraceSchedEventTracker handles them."""

    def __init__(self, end_ts):
        self.end_ts = end_ts
        self.threads, self.current = [], {}
        self.owners = {}  # of threads' own tracks
        self.ranks = {}  # by pid
        self.cpu = {}
        self.sched_ns = defaultdict(Counter)
        self.skipped_wakings = 0

    def thread(self, tid, name=None):
        if tid not in self.current:
            self.current[tid] = ThreadState(tid)
            self.threads.append(self.current[tid])
        if name:
            self.current[tid].name = name
        return self.current[tid]

    def on_switch(self, ts, cpu, prev_state, tid, name):
        thread = self.thread(tid, name)
        if cpu not in self.cpu:  # says only what runs
            self.cpu[cpu] = (thread, None)
            return
        prev, since = self.cpu[cpu]
        if since is not None:
            self.sched_ns[cpu][prev.tid] += ts - since
        if prev.tid:
            if prev.state not in (None, RUNNING):
                raise FormatError(f"tid {prev.tid} leaves CPU {cpu} in state {prev.state}")
            prev.enter(ts, state_name(prev_state))
            # What the window's end cuts off, on each CPU at the last switch, is no real switch.
            if not (ts == self.end_ts and prev_state == PREEMPTED):
                prev.switches["involuntary" if prev_state in (0, PREEMPTED)
                              else "voluntary"] += 1
        if tid:
            if thread.state == RUNNING:
                raise FormatError(f"tid {tid} runs on two CPUs at {ts}")
            thread.enter(ts, RUNNING)
        self.cpu[cpu] = (thread, ts)

    def on_waking(self, ts, cpu, tid, flags, waker=None):
        if waker is None:
            if cpu not in self.cpu:
                self.skipped_wakings += 1
                return
            waker = self.cpu[cpu][0].tid
        thread = self.thread(tid)
        thread.wakings += 1
        if thread.state is not None and not thread.blocked():
            return
        if flags & IRQ_FLAGS:
            thread.irq_wakings += 1
        else:
            thread.wakers[waker] += 1
        thread.enter(ts, RUNNABLE)

    def on_blocked_reason(self, tid, function, io_wait):
        thread = self.thread(tid)
        if thread.blocked():
            thread.function, thread.io_wait = function, io_wait

    def on_newtask(self, ts, tid, name, parent, flags):
        thread = ThreadState(tid, name, ts)
        if flags & CLONE_THREAD:
            thread.pid = self.thread(parent).pid
        else:
            thread.pid = tid
        self.current[tid] = thread
        self.threads.append(thread)
        thread.enter(ts, RUNNABLE)
        thread.wakers[parent] += 1

    def on_free(self, ts, tid):
        if tid in self.current:
            self.current[tid].freed = ts
            del self.current[tid]

    def on_track(self, track):
        """A thread's track is that of who has the tid when the track is described."""
        if track.HasField("thread"):
            if track.uuid in self.owners:
                raise FormatError(f"track {track.uuid} is described twice")
            self.owners[track.uuid] = self.thread(track.thread.tid)
        if track.HasField("process"):
            self.ranks[track.process.pid] = (track.sibling_order_rank,
                                             track.process.legacy_sort_index)

    def on_tree(self, tree, processes):
        for process in tree.processes:
            processes.append({"pid": process.pid, "ppid": process.ppid,
                              "cmdline": list(process.cmdline)})
        for thread in tree.threads:
            self.thread(thread.tid, thread.name).pid = thread.tgid


class Clocks:
    """Which instant a packet's time is, as ClockSynchronizer has it: clocks of 64 and more are the
    sequence's own, and each time of an incremental one counts from the last."""

    def __init__(self):
        self.snapshot, self.primary = {}, None
        self.last = {}  # of the incremental ones
        self.default = None
        self.origin = None  # where they begin: the recording's zero
        self.told, self.late = 0, 0  # times, and those that an incremental clock could not tell

    def add_snapshot(self, snapshot):
        values = {c.clock_id: c.timestamp for c in snapshot.clocks}
        for clock in snapshot.clocks:
            if clock.is_incremental != (64 <= clock.clock_id < 128):
                raise FormatError(f"clock {clock.clock_id} is of the wrong kind")
            if not clock.is_incremental:
                continue
            if clock.clock_id in self.last:
                raise FormatError(f"clock {clock.clock_id} is set twice")
            if clock.timestamp != values.get(BOOTTIME):
                raise FormatError(f"clock {clock.clock_id} is not boottime's")
            self.last[clock.clock_id] = self.origin = clock.timestamp
        if snapshot.primary_trace_clock != BOOTTIME:
            raise FormatError("the trace's clock is not boottime")
        self.primary = snapshot.primary_trace_clock
        if MONOTONIC in values:
            self.snapshot = values

    def time(self, packet):
        clock = packet.timestamp_clock_id or self.default
        self.told += 1
        if clock == BOOTTIME:
            self.late += 1
            if packet.timestamp >= self.last[self.default]:
                raise FormatError("a time is told in full that need not be")
            return packet.timestamp
        if clock not in self.last:
            raise FormatError(f"a time of the unknown clock {clock}")
        if packet.timestamp >= 1 << 62:
            raise FormatError(f"clock {clock} goes back")
        self.last[clock] += packet.timestamp
        return self.last[clock]


class Trace:
    """Everything in a trace file; see main() for what there is."""

    def __init__(self, path):
        self.times, self.uname = Clocks(), {}
        self.groups, self.processes = [], []
        self.tracks, self.lost_bundles = Tracks(), 0
        self.packets, self.bundles = 0, 0
        self.events = []  # (ts, order, handler name, arguments)
        classes = build_classes()
        with open(path, "rb") as file:
            for packet in read_packets(file.read(), classes, self.groups):
                self.add_packet(packet)
        self.end_ts = max((e[0] for e in self.events if e[2] == "switch"), default=0)
        self.clocks, self.primary = self.times.snapshot, self.times.primary
        self.importer = Importer(self.end_ts)
        self.replay()
        self.tracks.read()
        self.check_owners()

    def check_owners(self):
        """What is on a thread's track is of its life, not of another's that had the tid."""
        for piece in self.tracks.slices:
            owner = self.importer.owners.get(piece.track)
            if owner and (not owner.ns or piece.start < (owner.born or 0) or
                          piece.end > (owner.freed or piece.end)):
                raise FormatError(f"track {piece.track}: {piece.name} is not of {owner.name}'s life")

    def add(self, ts, what, *args):
        self.events.append((ts, len(self.events), what, args))

    def add_packet(self, packet):
        if packet.sequence_flags not in ((0, 2) if self.packets else (1,)):
            raise FormatError(f"packet {self.packets}: sequence_flags {packet.sequence_flags}")
        self.packets += 1
        check_deep(packet.interned_data, "interned data")
        self.tracks.interned.add(packet.interned_data)
        if packet.HasField("clock_snapshot"):
            check_deep(packet.clock_snapshot, "clocks")
            self.times.add_snapshot(packet.clock_snapshot)
        if packet.HasField("trace_packet_defaults"):
            check_deep(packet.trace_packet_defaults, "defaults")
            self.times.default = packet.trace_packet_defaults.timestamp_clock_id
        ts = self.times.time(packet) if packet.HasField("timestamp") else None
        if packet.HasField("system_info"):
            uts = packet.system_info.utsname
            self.uname = {f: getattr(uts, f) for f in ("sysname", "release", "version",
                                                       "machine")}
        if packet.HasField("process_tree"):
            self.add(ts, "tree", packet.process_tree)
        if packet.HasField("track_descriptor"):
            check_deep(packet.track_descriptor, "track")
            self.tracks.describe(packet.track_descriptor)
            self.add(ts or 0, "track", packet.track_descriptor)
        if packet.HasField("track_event"):
            check_deep(packet.track_event, "track event")
            self.tracks.add_event(ts, packet.track_event)
        if packet.HasField("perf_sample"):
            check_deep(packet.perf_sample, "sample")
            self.tracks.add_sample(ts, packet.perf_sample)
        if packet.HasField("ftrace_events"):
            self.add_bundle(packet.ftrace_events)

    def add_bundle(self, bundle):
        check_known(bundle, "bundle")
        self.bundles += 1
        self.lost_bundles += bundle.lost_events
        sched, cpu = bundle.compact_sched, bundle.cpu
        check_known(sched, "compact_sched")
        columns = (sched.switch_timestamp, sched.switch_prev_state, sched.switch_next_pid,
                   sched.switch_next_prio, sched.switch_next_comm_index)
        if len({len(c) for c in columns}) != 1:
            raise FormatError("switch columns differ in length")
        ts = 0
        for delta, state, pid, _, name in zip(*columns):
            ts += delta
            self.add(ts, "switch", cpu, state, pid, sched.intern_table[name])
        columns = (sched.waking_timestamp, sched.waking_pid, sched.waking_target_cpu,
                   sched.waking_prio, sched.waking_comm_index, sched.waking_common_flags)
        if len({len(c) for c in columns}) != 1:
            raise FormatError("waking columns differ in length")
        ts = 0
        for delta, pid, _, _, _, flags in zip(*columns):
            ts += delta
            self.add(ts, "waking", cpu, pid, flags)
        for event in bundle.event:
            check_known(event, "ftrace event")
            self.add_event(cpu, event)

    def add_event(self, cpu, event):
        ts = event.timestamp
        if event.HasField("sched_blocked_reason"):
            reason = event.sched_blocked_reason
            self.add(ts, "blocked", reason.pid,
                     self.tracks.interned.get("kernel_symbols", reason.caller),
                     bool(reason.io_wait))
        elif event.HasField("sched_waking"):
            self.add(ts, "waking", cpu, event.sched_waking.pid, 0, event.pid)
        elif event.HasField("task_newtask"):
            task = event.task_newtask
            self.add(ts, "newtask", task.pid, task.comm, event.pid, task.clone_flags)
        elif event.HasField("sched_process_free"):
            self.add(ts, "free", event.sched_process_free.pid)
        else:
            raise FormatError("an ftrace event of no known kind")

    def replay(self):
        imp = self.importer
        for ts, _, what, args in sorted(self.events, key=lambda e: e[:2]):
            if what == "switch":
                imp.on_switch(ts, *args)
            elif what == "waking":
                imp.on_waking(ts, *args)
            elif what == "blocked":
                imp.on_blocked_reason(*args)
            elif what == "newtask":
                imp.on_newtask(ts, *args)
            elif what == "free":
                imp.on_free(ts, *args)
            elif what == "track":
                imp.on_track(*args)
            else:
                imp.on_tree(args[0], self.processes)
        for thread in imp.threads:
            end_state = thread.state
            if thread.state is not None:
                thread.enter(max(self.end_ts, thread.since), None)
            thread.state = end_state

    def thread_rows(self):
        for t in self.importer.threads:
            blocked = {s: ns for s, ns in sorted(t.ns.items())
                       if s not in (RUNNING, RUNNABLE, "R+", "X", "Z")}
            yield {
                "tid": t.tid, "pid": t.pid, "name": t.name,
                "born": t.born, "freed": t.freed, "end_state": t.state,
                "running_ns": t.ns[RUNNING], "runnable_ns": t.ns[RUNNABLE] + t.ns["R+"],
                "blocked_ns": sum(blocked.values()), "blocked_by_state": blocked,
                "blocked_functions": dict(t.functions), "io_wait_ns": t.io_wait_ns,
                "switches": {k: t.switches[k] for k in ("voluntary", "involuntary")},
                "wakings": t.wakings, "irq_wakings": t.irq_wakings,
                "wakers": {str(k): n for k, n in sorted(t.wakers.items())},
            }

    def slices(self):
        """(track name, name, ns) of each slice; ns is 0 for an instant."""
        return [{"track": self.tracks.name(s.track), "name": s.name, "ns": s.end - s.start,
                 "args": s.args} for s in self.tracks.slices]

    def summary(self):
        return {
            "packets": self.packets, "bundles": self.bundles, "groups": len(self.groups),
            "clocks": self.clocks, "primary_clock": self.primary, "uname": self.uname,
            "threads": list(self.thread_rows()), "processes": self.processes,
            "cpus": {str(cpu): {"idle_ns": ns[0],
                                "unknown_ns": sum(n for t, n in ns.items() if t >= PLACEHOLDER_TID),
                                "ran_ns": sum(n for t, n in ns.items()
                                              if 0 < t < PLACEHOLDER_TID)}
                     for cpu, ns in sorted(self.importer.sched_ns.items())},
            "skipped_wakings": self.importer.skipped_wakings,
            "lost_bundles": self.lost_bundles,
            "flows": len(self.tracks.flows), "samples": len(self.tracks.samples),
            "counters": self.tracks.counters(), "slices": self.slices(),
        }


def holds(trace):
    """Who held which object: a list of Hold by start. trace: a Trace, or the path of one."""
    return perfetto_tracks.holds(trace if isinstance(trace, Trace) else Trace(trace))


def main():
    if len(sys.argv) != 2:
        sys.exit(__doc__)
    try:
        summary = Trace(sys.argv[1]).summary()
    except (FormatError, OSError, zlib.error) as error:
        sys.exit(f"{sys.argv[1]}: {error}")
    json.dump(summary, sys.stdout, indent=1)
    print()


if __name__ == "__main__":
    main()
