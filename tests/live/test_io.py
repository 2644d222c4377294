# SPDX-License-Identifier: GPL-2.0-only
"""What threads wait for behind descriptors, in memory and on disks is told by name."""

import json
import os

import pytest
from conftest import assert_sound, program, run, until_seen

MS = 1_000_000
ROUNDS, BLOCK_NS = 5, 20 * MS  # of the program `things`


@pytest.fixture(scope="module")
def things(conctrace, tmp_path_factory):
    """The report on the program `things`, and what it called its things."""
    def start():
        folder = tmp_path_factory.mktemp("things")
        done = run([conctrace, "record", "-q", "-o", folder / "data", "--json", folder / "report",
                    "--", program("things"), folder])
        assert done.returncode == 0, done.stderr
        report = json.loads((folder / "report").read_text(encoding="utf-8"))
        assert_sound(report)
        return report, dict(line.split(" ", 1) for line in done.stdout.splitlines())

    return until_seen(start)


def thread(report, comm):
    """The thread of that name; children of the program bear their creators' names."""
    [task] = [t for t in report["tasks"] if t["comm"] == comm and t["pid"] != t["tid"]]
    return task


def target_of(report, tid):
    """The only thing that the thread blocked on."""
    [target] = [t for t in report["io"]["targets"] if tid in {row["tid"] for row in t["by"]}]
    return target


NAMES = {  # thread: kind, cause, name (braces: as the program printed it)
    "pipe": ("pipe", "pipe", "{pipe}"),
    "fifo": ("pipe", "pipe", "{fifo}"),
    "tcp": ("socket", "network", "tcp {tcp-local} <-> {tcp-peer}"),
    "unix": ("socket", "network", "unix {unix}"),
    "eventfd": ("other", "poll", "[eventfd]"),
    "signalfd": ("other", "signal", "[signalfd]"),
    "flock": ("file", "file", "{flock}"),
}


@pytest.mark.parametrize("comm", NAMES)
def test_target(things, comm):
    report, printed = things
    kind, cause, name = NAMES[comm]
    for key, value in printed.items():
        name = name.replace("{" + key + "}", value)
    task = thread(report, comm)
    target = target_of(report, task["tid"])
    assert (target["kind"], target["cause"], target["name"]) == (kind, cause, name)
    # A thread that comes late finds what it waits for there already.
    assert 1 <= target["waits"] <= ROUNDS and target["waiters"] == 1
    assert target["wait_ns"] == task["blocked_by"][cause]
    assert target["wait_ns"] >= 0.5 * ROUNDS * BLOCK_NS
    # The other end is the thread that wrote, unlocked or sent: main.
    assert {row["comm"] for row in target["woken_by"]} == {"things"}
    assert sum(row["count"] for row in target["woken_by"]) == target["waits"]


def test_addresses(things):
    report, printed = things
    target = target_of(report, thread(report, "tcp")["tid"])
    assert (target["local"], target["peer"]) == (printed["tcp-local"], printed["tcp-peer"])


@pytest.mark.parametrize("comm,call", [("pipe", "read"), ("tcp", "read"), ("flock", "lock")])
def test_call(things, comm, call):
    report, _ = things
    [row] = target_of(report, thread(report, comm)["tid"])["by"]
    assert (row["comm"], row["call"]) == (comm, call)


def test_sleeps(things):
    """As long as was asked for is known of nanosleep, and each slept no less."""
    report, _ = things
    rows = {row["tid"]: row for row in report["io"]["sleeps"]}
    for comm in ("sleeper", "timerfd"):
        row = rows[thread(report, comm)["tid"]]
        # A timer that has expired before it is read is not waited for.
        assert row["waits"] == ROUNDS or (comm == "timerfd" and row["waits"] == ROUNDS - 1)
        assert row["wait_ns"] >= 0.98 * row["waits"] * BLOCK_NS or comm == "timerfd"
        assert row.get("asked_ns") == (ROUNDS * BLOCK_NS if comm == "sleeper" else None)
    # Each child slept once.
    children = {t["tid"] for t in report["tasks"] if t["comm"] == "child" and t["pid"] == t["tid"]}
    assert len(children) == ROUNDS
    assert all(rows[tid]["asked_ns"] == BLOCK_NS for tid in children)


def test_wait_for_a_child(things):
    report, _ = things
    task = thread(report, "child")
    assert task["blocked_by"]["child"] >= 0.9 * ROUNDS * BLOCK_NS
    # It was not a descriptor that it waited for, whatever number the child had.
    assert not [t for t in report["io"]["targets"] if t["cause"] == "child"]
    assert report["spawn"]["processes"]["count"] == ROUNDS
    assert report["spawn"]["reap"]["count"] == ROUNDS


def test_no_name_of_what_is_no_descriptor(record):
    """select() begins with a count, poll() with memory: neither is a file."""
    for kind in ("select", "poll"):
        result = record([program("turns"), kind, "20"])
        assert result.code == 0, result.stderr
        assert not [t for t in result.report["io"]["targets"] if t["cause"] == "poll"
                    and "name" in t]


@pytest.fixture
def disk_file():
    """A path on the disk that the tests were built on; removed afterwards."""
    path = os.path.join(os.path.dirname(program("disk")), f"disk-file-{os.getpid()}")
    yield path
    if os.path.exists(path):
        os.unlink(path)


def disk_of(report, path):
    """The row of the device that holds the file; skips where the machine shows none."""
    device = os.stat(path).st_dev
    name = f"{os.major(device)}:{os.minor(device)}"
    rows = [row for row in report["io"]["disks"] if row["dev"] == name]
    if not rows:
        pytest.skip(f"the machine shows no block requests of {name}, where the file is")
    return rows[0]


def test_fsync(record, disk_file):
    count = 20
    result = record([program("disk"), "sync", disk_file, str(count)])
    assert result.code == 0, result.stderr
    report = result.report
    assert_sound(report)
    disk = disk_of(report, disk_file)
    assert disk["writes"] >= count and disk["write_bytes"] >= count * 4096
    assert disk["latency"]["max_ns"] >= disk["latency"]["p50_ns"] > 0
    assert sum(row["requests"] for row in disk["by"]) <= \
        disk["reads"] + disk["writes"] + disk.get("others", 0)
    [target] = [t for t in report["io"]["targets"] if t["cause"] == "disk" and "name" in t]
    assert (target["kind"], target["name"]) == ("file", disk_file)
    [row] = target["by"]
    assert (row["comm"], row["call"]) == ("disk", "sync") and row["waits"] >= count / 2


def test_every_disk_is_one(record, disk_file):
    """Requests without data belong to the device that they went to."""
    result = record([program("disk"), "sync", disk_file, "10"])
    with open("/proc/diskstats", encoding="ascii") as stats:
        known = {":".join(line.split()[:2]) for line in stats}
    assert {row["dev"] for row in result.report["io"]["disks"]} <= known


def faults_of(record, kind, path, count):
    """io.faults of the program `disk`: {name: row}; skips where no page fault blocks."""
    result = record([program("disk"), kind, path, str(count)])
    assert result.code == 0, result.stderr
    report = result.report
    assert_sound(report)
    faults = report["io"]["faults"]
    assert faults["count"] == sum(row["waits"] for row in faults["by"])
    assert faults["ns"] == sum(row["wait_ns"] for row in faults["by"])
    assert faults["ns"] == sum(t["blocked_by"].get("pagefault", 0) for t in report["tasks"])
    if not faults["count"]:
        pytest.skip("no page fault blocked: the file system keeps files in memory")
    rows = {row.get("name"): row for row in faults["by"]}
    assert len(rows) == len(faults["by"])
    return report, rows


def test_page_faults_of_a_file(record, disk_file):
    count = 20
    _, rows = faults_of(record, "fault", disk_file, count)
    assert count / 2 <= rows[disk_file]["waits"] <= 2 * count
    # Faults of the program's own image may block as well.
    assert None not in rows or rows[None]["waits"] < count / 4


def test_page_faults_of_two_files(record, disk_file):
    count = 20
    other = disk_file + ".other"
    try:
        _, rows = faults_of(record, "both", disk_file, count)
    finally:
        if os.path.exists(other):
            os.unlink(other)
    assert count / 2 <= rows[disk_file]["waits"] <= 1.5 * count
    assert count <= rows[other]["waits"] <= 3 * count


def test_page_faults_inside_a_call(record, disk_file):
    """Of the memory that was handed to the call, not of the call's descriptor."""
    count = 20
    report, rows = faults_of(record, "buffer", disk_file, count)
    assert not [name for name in rows if name and name.startswith("pipe:")]
    if os.path.exists("/sys/kernel/tracing/events/filemap/mm_filemap_fault"):
        assert rows[disk_file]["waits"] >= count / 2
    assert not [t for t in report["io"]["targets"] if t["kind"] == "pipe" and t["waits"] >= count]


def test_faults_that_do_not_block(record, disk_file):
    """Nothing is made up of those that find their page in memory."""
    result = record([program("disk"), "minor", disk_file, "200"])
    assert result.code == 0, result.stderr
    assert_sound(result.report)
    assert disk_file not in [row.get("name") for row in result.report["io"]["faults"]["by"]]


def test_lock_of_the_kernel(record):
    """Threads that map memory all the time contend for their process's memory map."""
    result = record([program("mapper"), "6", "300"])
    assert result.code == 0, result.stderr
    report = result.report
    assert_sound(report)
    locks = [item for item in report["sync"] if item["kind"] == "kernel"]
    if not locks:
        pytest.skip("no lock of the kernel was contended, or the kernel does not tell (5.19)")
    lock = max(locks, key=lambda item: item["waits"])
    assert lock["waits"] > 10 and lock["waiters"] >= 2
    assert lock["sites"][0]["function"] == "map_often"
    assert {holder["comm"] for holder in lock["holders"] if "comm" in holder} == {"mapper"}
    # Some waits are known to be for a lock, but not for which.
    assert sum(item["wait_ns"] for item in locks) <= \
        sum(task["blocked_by"].get("kernel", 0) for task in report["tasks"])
    assert "name" in lock
