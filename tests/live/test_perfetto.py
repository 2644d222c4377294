# SPDX-License-Identifier: GPL-2.0-only
"""The Perfetto export tells the same story as the report, read as Perfetto's importer reads it."""

import os
import platform
import sys
from collections import Counter

import pytest
from conftest import BUILD, HERE, program, run, workload

sys.path.insert(0, os.path.join(os.path.dirname(HERE), "lib"))

from perfetto_decode import Trace, holds  # noqa: E402
from perfetto_tracks import lock_address  # noqa: E402

PYTHON = "/usr/bin/python3"

PYTHON_THREADS = """
import threading, time
lock = threading.Lock()
def work():
    for _ in range(20):
        with lock:
            time.sleep(0.001)
        sum(range(20000))
crew = [threading.Thread(target=work) for _ in range(4)]
[t.start() for t in crew]
[t.join() for t in crew]
"""

COMMANDS = {
    "convoy": [workload("convoy"), "--seconds", "0.3"],
    "pipeline": [workload("pipeline"), "--seconds", "0.3"],
    "epoll": [workload("download"), "--mode", "epoll", "--seconds", "0.3"],
    "processes": ["sh", "-c", "for i in $(seq 50); do /bin/true; done | sort | wc -l"],
    "python threads": [PYTHON, "-c", PYTHON_THREADS],
    "sleep": ["sleep", "0.05"],
}


TRIES = 8


def unknown_ns(rows):
    return sum(row.get("unknown_ns", 0) for row in rows)


@pytest.fixture
def exported(record, tmp_path):
    """exported(command, *options): the report and the decoded trace of one recording in which all
    was seen; exported.trace has more of the latter.

    Some hypervisors hide what their guest agent's threads do; each time one of them ran there is a
    stretch of which nothing is known, and exact sums cannot be asked for.
    """

    def start(command, *options):
        path = tmp_path / "trace.pftrace"
        for _ in range(TRIES):
            result = record(command, "--perfetto", path, *options)
            assert result.code == 0, result.stderr
            start.trace = Trace(path)
            report, trace = result.report, start.trace.summary()
            assert report["events"]["lost"] == 0
            assert unknown_ns(trace["cpus"].values()) == unknown_ns(report["cpus"])
            if not unknown_ns(report["cpus"]) and not unknown_ns(report["tasks"]):
                return report, trace
        return pytest.skip(f"this machine hid switches in {TRIES} recordings of {TRIES}")

    return start


KINDS = "voluntary", "involuntary"


def by_tid(rows, *keys):
    """Sums per tid, for a tid may have been used twice."""
    sums = {}
    for row in rows:
        counter = sums.setdefault(row["tid"], Counter())
        for key in keys:
            value = row[key]
            counter.update(value if isinstance(value, dict) else {key: value})
    return sums


def traced(report, trace):
    tids = {task["tid"] for task in report["tasks"]}
    return [thread for thread in trace["threads"] if thread["tid"] in tids]


def cause_sums(functions):
    sums = Counter()
    for name, ns in functions.items():
        sums[name.split(" ")[0]] += ns
    return sums


@pytest.mark.parametrize("name", COMMANDS)
def test_same_as_report(exported, name):
    report, trace = exported(COMMANDS[name])
    threads = traced(report, trace)
    keys = "running_ns", "switches"
    rows = [{**task, "switches": {kind: task["switches"][kind] for kind in KINDS}}
            for task in report["tasks"]]
    assert by_tid(threads, *keys) == by_tid(rows, *keys)
    cpus = {str(cpu["cpu"]): (cpu["idle_ns"], cpu["workload_ns"] + cpu["other_ns"])
            for cpu in report["cpus"]}
    assert {n: (cpu["idle_ns"], cpu["ran_ns"]) for n, cpu in trace["cpus"].items()} == cpus
    # Perfetto is told of wakings and reasons a nanosecond after the switch-out they belong to.
    for key in "runnable_ns", "blocked_ns":
        ours, theirs = by_tid(threads, key), by_tid(report["tasks"], key)
        for task in report["tasks"]:
            tid, switches = task["tid"], sum(task["switches"].values()) + 2
            assert abs(ours[tid][key] - theirs[tid][key]) <= 2 * switches, (key, task)
    assert trace["lost_bundles"] == 0


@pytest.mark.parametrize("name", ["convoy", "pipeline", "processes"])
def test_ends_and_causes(exported, name):
    report, trace = exported(COMMANDS[name])
    threads = traced(report, trace)
    for thread in threads:
        assert thread["end_state"] == "X", thread
        assert thread["freed"], thread
    sums = Counter()
    for thread in threads:
        sums.update(cause_sums(thread["blocked_functions"]))
    expected = Counter()
    for task in report["tasks"]:
        expected.update(task.get("blocked_by", {}))
    switches = sum(sum(task["switches"].values()) for task in report["tasks"])
    for cause in set(sums) | set(expected):
        assert abs(sums[cause] - expected[cause]) <= 2 * switches, (cause, sums, expected)


def test_identity(exported):
    report, trace = exported([PYTHON, "-c", PYTHON_THREADS])
    uname = trace["uname"]
    assert (uname["sysname"], uname["release"]) == ("Linux", platform.release())
    assert uname["machine"] == platform.machine()
    clocks = trace["clocks"]
    assert trace["primary_clock"] == 6
    assert sorted(clocks) == [1, 3, 6] and all(clocks.values())
    main = report["tasks"][0]["pid"]
    process = [p for p in trace["processes"] if p["pid"] == main][-1]
    assert process["cmdline"][:2] == [PYTHON, "-c"]
    for task in report["tasks"]:
        thread = [t for t in trace["threads"] if t["tid"] == task["tid"]][-1]
        assert (thread["pid"], thread["name"]) == (task["pid"], task["comm"])


def test_counters(exported):
    report, trace = exported(COMMANDS["convoy"])
    curves = {name.split(" (")[0]: row for name, row in trace["counters"].items()}
    for name, sum_ns in (("Threads running", sum(t["running_ns"] for t in report["tasks"])),
                         ("Threads waiting for a CPU",
                          sum(t["runnable_ns"] for t in report["tasks"])),
                         ("CPUs idle", sum(c["idle_ns"] for c in report["cpus"]))):
        assert curves[name]["integral"] == pytest.approx(sum_ns, rel=1e-9, abs=1)


def address_sums(rows):
    """By address and holder: ns; None for nobody known."""
    sums = Counter()
    for address, tid, ns in rows:
        sums[address, tid] += ns
    return sums


def test_holders(exported):
    """Per lock a track, of whose slices the report's holders are the sums."""
    report, _ = exported(COMMANDS["convoy"])
    pieces = holds(exported.trace)
    locks = [lock for lock in report["sync"] if lock["kind"] == "mutex"]
    ours = address_sums((p.address, p.holder_tid, p.end_ns - p.start_ns) for p in pieces)
    for lock in locks:
        assert lock["holders"]
        for holder in lock["holders"]:
            if holder.get("tid"):
                assert ours[lock["address"], holder["tid"]] == holder["ns"]
        names = {p.track for p in pieces if p.address == lock["address"]}
        assert names == {f"mutex {lock.get('name', lock['address'])}"}
        counter = exported.trace.tracks.counters()["waiters: " + names.pop()]
        assert 1 <= counter["max"] < len(report["tasks"])
    clock = exported.trace.clocks[3]
    assert all(abs(p.start_ns - clock) < 3600 * 10**9 for p in pieces)
    assert {p.confidence for p in pieces} <= {None, "low"}


def test_lock_is_in_its_process(exported):
    report, _ = exported(COMMANDS["convoy"])
    tracks = exported.trace.tracks
    pids = {tracks.pid(uuid) for uuid, track in tracks.tracks.items() if lock_address(track)}
    assert pids == {report["tasks"][0]["pid"]}


def test_waits(exported):
    """What a thread's own track says of its waits is what its states say."""
    report, _ = exported(COMMANDS["convoy"])
    ours, theirs, sites = Counter(), Counter(), set()
    for piece in exported.trace.tracks.slices:
        if piece.name.startswith("wait: mutex"):
            ours[exported.trace.tracks.tid(piece.track)] += piece.end - piece.start
            sites.add((os.path.basename(piece.site.file_name), piece.site.line_number > 0))
    assert sites == {("convoy.c", True)}
    for task in report["tasks"]:
        theirs[task["tid"]] += task["blocked_by"].get("mutex", 0)
    # Waits under a microsecond are not drawn.
    waits = sum(row["waits"] for row in report["sync"])
    for tid in ours | theirs:
        assert theirs[tid] - 1000 * waits <= ours[tid] <= theirs[tid]


def test_arrows(exported):
    """From the thread that wakes, where it does, to the thread that is woken, of one process."""
    report, _ = exported(COMMANDS["convoy"])
    tids = {task["tid"] for task in report["tasks"]}
    tracks, drawn = exported.trace.tracks, 0
    for begin, end in tracks.flows.values():
        waker, wakee = tracks.tid(begin.track), tracks.tid(end.track)
        assert wakee in tids and waker != wakee
        assert begin.start == end.start
        assert end.name.startswith("woken by ") and end.name.endswith(f" {waker}")
        drawn += begin.name.startswith("release mutex")
    assert drawn


def test_states_name_holders(exported):
    report, trace = exported(COMMANDS["convoy"])
    tids = {task["tid"] for task in report["tasks"]}
    held = 0
    for thread in traced(report, trace):
        for name, ns in thread["blocked_functions"].items():
            if "held by" in name:
                held += ns
                assert int(name.rsplit("(", 1)[1].rstrip(")")) in tids
    assert held


WRITER = """
import os, sys
with open(sys.argv[1], "wb") as file:
    for _ in range(20):
        file.write(b"x" * 65536)
        file.flush()
        os.fsync(file.fileno())
"""


def test_disks(exported, tmp_path):
    """A slice for each request that the report counts; those of one track do not overlap."""
    report, _ = exported([PYTHON, "-c", WRITER, tmp_path / "file"])
    disks = report.get("io", {}).get("disks", [])
    if not disks:
        pytest.skip("what is written here goes to no block device")
    ours = Counter()
    tracks = exported.trace.tracks
    for piece in tracks.slices:
        if "sector" in piece.args:
            ours[tracks.name(piece.track).split(" ")[1]] += 1
    theirs = {disk.get("name", disk["dev"]): disk["reads"] + disk["writes"] + disk.get("others", 0)
              for disk in disks}
    assert ours == theirs


SPINNER = """
import time
while time.process_time() < 0.3:
    sum(range(1000))
"""


def test_samples(exported):
    report, trace = exported([PYTHON, "-c", SPINNER], "-F", "500")
    assert trace["samples"] == report["samples"]["count"] > 0
    tids = {task["tid"] for task in report["tasks"]}
    assert all(sample["tid"] in tids for sample in exported.trace.tracks.samples)
    assert any(frame.function for sample in exported.trace.tracks.samples
               for frame in sample["frames"])


@pytest.mark.parametrize("medium", ["futex", "pipe"])
def test_wakers(exported, medium):
    """Two threads that wake each other: each is the other's waker, and nobody else is."""
    report, trace = exported([program("pingpong"), medium, "2000"])
    threads = sorted(traced(report, trace), key=lambda t: -t["wakings"])[:2]
    for one, other in (threads, reversed(threads)):
        wakers = one["wakers"]
        assert wakers.get(str(other["tid"]), 0) > 0.95 * sum(wakers.values()), wakers


def test_timer_wakes_are_interrupts(exported):
    report, trace = exported([PYTHON, "-c", "import time\nfor _ in range(50): time.sleep(0.001)"])
    thread = [t for t in traced(report, trace) if t["tid"] == report["tasks"][0]["tid"]][-1]
    assert thread["irq_wakings"] >= 50
    assert thread["blocked_functions"]["sleep"] >= 50_000_000


def test_hostile_names(exported):
    name = r"b'\xff\xfe\xc3(</a>\x01'"
    script = f"import ctypes; ctypes.CDLL(None).prctl(15, {name}, 0, 0, 0)"
    report, trace = exported([PYTHON, "-c", script, "\udcff\udcfe"])
    main = report["tasks"][0]["tid"]
    thread = [t for t in trace["threads"] if t["tid"] == main][-1]
    assert thread["name"] == "\ufffd\ufffd\ufffd(</a>\x01"
    process = [p for p in trace["processes"] if p["pid"] == main][-1]
    assert process["cmdline"][-1] == "\ufffd\ufffd"


def test_export_again(record, conctrace, tmp_path):
    """Exporting from the file, twice, gives what the recording itself gave."""
    first, second = tmp_path / "first", tmp_path / "second"
    result = record([workload("convoy"), "--seconds", "0.1"], "--perfetto", first)
    assert result.code == 0, result.stderr
    done = run([conctrace, "export", result.trace, "--perfetto", second])
    assert done.returncode == 0, done.stderr
    assert first.read_bytes() == second.read_bytes()


def turn_tracks(trace):
    """By tid, the slices of its event loop's turns."""
    found = {}
    for piece in trace.tracks.slices:
        if trace.tracks.name(piece.track) == "event loop":
            assert piece.name == "turn"
            found.setdefault(trace.tracks.tid(piece.track), []).append(piece)
    return found


def test_turns(exported):
    """A slice for each turn that the report counts, but for those under a microsecond."""
    report, _ = exported(COMMANDS["epoll"])
    tracks = turn_tracks(exported.trace)
    assert report["loops"] and set(tracks) == {loop["tid"] for loop in report["loops"]}
    for loop in report["loops"]:
        lengths = [piece.end - piece.start for piece in tracks[loop["tid"]]]
        assert max(lengths) == loop["max_ns"]
        assert len(lengths) <= loop["turns"]
        assert loop["busy_ns"] - 1000 * loop["turns"] <= sum(lengths) <= loop["busy_ns"]


def test_io_waits(exported):
    """Waits for pipes on the threads' tracks are those of the report; an arrow shows who wrote."""
    report, _ = exported([program("pingpong"), "pipe", "2000"])
    tracks, ours, arrows = exported.trace.tracks, Counter(), 0
    for piece in tracks.slices:
        if piece.name.startswith("wait: pipe pipe:["):
            ours[tracks.tid(piece.track)] += piece.end - piece.start
    for task in report["tasks"]:
        waited = task.get("blocked_by", {}).get("pipe", 0)
        switches = sum(task["switches"].values())
        assert waited - 1000 * switches <= ours[task["tid"]] <= waited
    for begin, end in tracks.flows.values():
        arrows += begin.name == "wakes" and tracks.tid(begin.track) != tracks.tid(end.track)
    assert arrows > 2000


def test_plain_is_the_same(record, conctrace, tmp_path):
    """Without compression it is the same trace, and holds no compressed packet."""
    packed, plain = tmp_path / "packed", tmp_path / "plain"
    result = record([workload("convoy"), "--seconds", "0.1"], "--perfetto", packed)
    assert result.code == 0, result.stderr
    done = run([conctrace, "export", result.trace, "--perfetto", plain, "--perfetto-plain"])
    assert done.returncode == 0, done.stderr
    ours, theirs = Trace(packed).summary(), Trace(plain).summary()
    assert ours.pop("groups") > 0 and theirs.pop("groups") == 0
    assert ours == theirs
    assert plain.stat().st_size > packed.stat().st_size


def test_time_runs_on(exported):
    """On each track the file has slices and values in the order of their times."""
    exported(COMMANDS["convoy"])
    assert exported.trace.tracks.backward == []


def rank(trace, tid):
    return next(t.sibling_order_rank for t in trace.tracks.tracks.values()
                if t.HasField("thread") and t.thread.tid == tid)


def test_order(exported):
    """The workload's processes come before all others, each before those that it started."""
    report, _ = exported(COMMANDS["processes"])
    ranks, order = exported.trace.importer.ranks, []
    for task in sorted(report["tasks"], key=lambda task: task["start_ns"]):
        if task["pid"] not in order:
            order.append(task["pid"])
    assert set(ranks) == set(order)
    assert all(mine == legacy < 0 for mine, legacy in ranks.values())
    parents = {p["pid"]: p["ppid"] for p in exported.trace.processes}
    assert all(ranks[pid] > ranks[parents[pid]] for pid in order if parents[pid] in ranks)
    root = exported.trace.tracks.tracks[0]
    assert (root.process_ordering, root.thread_ordering) == (1, 1)


def test_order_of_threads(exported):
    report, _ = exported(COMMANDS["convoy"])
    tasks = sorted(report["tasks"], key=lambda task: task["start_ns"])
    ranks = [rank(exported.trace, task["tid"]) for task in tasks]
    assert ranks == sorted(ranks) and len(set(ranks)) == len(ranks)


def bytes_an_event(path, events):
    """Of all that counts: one of the shortest traces may have a MiB, and there is a head."""
    return (path.stat().st_size - (1 << 20)) / events


def test_size_of_a_recorded_trace(record, conctrace, tmp_path):
    """What is drawn whole is no large file; what is in it is told in the order of time."""
    plain = tmp_path / "plain"
    result = record([workload("convoy"), "--seconds", "0.5"])
    assert result.code == 0, result.stderr
    done = run([conctrace, "export", result.trace, "--perfetto", plain, "--perfetto-plain"])
    assert done.returncode == 0, done.stderr
    events = result.report["events"]["recorded"]
    assert bytes_an_event(plain, events) <= 25
    assert plain.stat().st_size <= 60 * events
    times = Trace(plain).times
    # Which is what makes their times short.
    assert times.late < times.told / 20


@pytest.mark.parametrize("kind", ["", "full"])
def test_size_of_a_long_trace(conctrace, tmp_path, kind):
    """At most 25 bytes an event, and of that a good part is drawn: it is not cut for nothing."""
    trace, plain, events = tmp_path / "trace", tmp_path / "plain", 600000
    made = run([os.path.join(BUILD, "tests", "gen_trace"), trace, str(events), "2", "8", kind][:6 if kind else 5])
    assert made.returncode == 0, made.stderr
    done = run([conctrace, "export", trace, "--perfetto", plain, "--perfetto-plain"])
    assert done.returncode == 0, done.stderr
    assert 20 * events <= plain.stat().st_size <= 25 * events


def test_what_is_left_out_is_told(conctrace, tmp_path):
    """Of a trace of which not all fits a track says how much is missing; and where there is room
    again, even late in it, short waits are drawn."""
    trace, plain = tmp_path / "trace", tmp_path / "plain"
    made = run([os.path.join(BUILD, "tests", "gen_trace"), trace, "150000", "2", "8"])
    assert made.returncode == 0, made.stderr
    done = run([conctrace, "export", trace, "--perfetto", plain])
    assert done.returncode == 0, done.stderr
    tracks = Trace(plain).tracks
    hidden = [piece for piece in tracks.slices
              if tracks.name(piece.track).startswith("Short waits")]
    assert hidden and sum(int(piece.name.split(" ")[0]) for piece in hidden) > 10000
    waits = [piece.start for piece in tracks.slices if piece.name.startswith("wait: ")]
    first, last = min(waits), max(waits) + 1
    tenths = Counter((start - first) * 10 // (last - first) for start in waits)
    late = [tenths[i] for i in range(4, 10)]
    assert max(late) > 3 * min(late) > 0
