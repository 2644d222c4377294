# SPDX-License-Identifier: GPL-2.0-only
"""Programs whose critical path is known: who is on it, and what it waits for."""

import json
import os
import signal
import subprocess
import sys
import time

import pytest
from conftest import HERE, LIMIT, assert_sound, program, run, until_seen

sys.path.insert(0, os.path.join(os.path.dirname(HERE), "lib"))

from perfetto_decode import Trace  # noqa: E402

MS = 1_000_000


@pytest.fixture
def path_of(record):
    """path_of(command, *options): report and critical path of a recording in which all that the
    program did was seen (see test_perfetto.py); all sums are checked."""

    def start(command, *options):
        result = record(command, *options)
        assert result.code == 0, result.stderr
        report = result.report
        assert_sound(report)  # the path tiles the window: see tests/partitions.py
        assert report["critical_path"]["ns"] == report["wall_ns"] > 0
        return report, report["critical_path"]

    return lambda command, *options: until_seen(lambda: start(command, *options))


def share(path, **what):
    """The part of the path that these rows make up."""
    rows = [row for row in path["by"] if all(row.get(key) == value for key, value in what.items())]
    return sum(row["ns"] for row in rows) / path["ns"]


def running_ns(report, comm):
    return sum(task["running_ns"] for task in report["tasks"] if task["comm"] == comm)


def on_path(path, comm):
    return sum(row["ns"] for row in path["by"]
               if row.get("comm") == comm and row["state"] == "running")


def assert_nearly(part, whole):
    assert 0.9 * whole <= part <= whole


def test_fork_and_join(path_of):
    """The worker that takes longest is on the path, all of it; the others are not."""
    report, path = path_of([program("ways"), "join"])
    assert share(path, comm="long") > 0.8
    assert_nearly(on_path(path, "long"), running_ns(report, "long"))
    assert share(path, comm="short") < 0.1
    assert share(path, state="blocked") < 0.05
    (row,) = [row for row in path["by"] if row.get("comm") == "long" and row["state"] == "running"]
    assert row["function"] == "compute" and row["samples"] > 3


def test_serial_section(path_of):
    """When the short workers are done, the long one is alone."""
    report, _ = path_of([program("ways"), "join"])
    parallelism = report["parallelism"]
    first, longest = parallelism["serial"][0], parallelism["longest_serial"]
    assert first["comm"] == longest["comm"] == "long"
    assert first["function"] == longest["function"] == "compute"
    assert first["ns"] > 0.7 * running_ns(report, "long")
    assert first["longest_ns"] == longest["ns"]
    assert 0.6 < parallelism["serial_share"] <= 1
    assert sum(site["samples"] for site in first["sites"]) <= first["samples"]


def test_chain_of_condvars(path_of):
    """Each thread computes, then signals the next: the path is all of them, in turn."""
    report, path = path_of([program("ways"), "chain"])
    for i in range(4):
        assert_nearly(on_path(path, f"link-{i}"), running_ns(report, f"link-{i}"))
    assert share(path, state="blocked") < 0.05
    first = {}
    for segment in path["segments"]:
        if segment["state"] == "running" and segment["end_ns"] - segment["start_ns"] > MS:
            first.setdefault(segment["comm"], segment["start_ns"])
    links = [name for name in sorted(first, key=first.get) if name.startswith("link")]
    assert links == sorted(links)


def test_pipeline(path_of):
    """The slow one of three stages is on the path, from its first item to its last."""
    report, path = path_of([program("ways"), "pipeline"])
    assert share(path, comm="slow") > 0.8
    assert_nearly(on_path(path, "slow"), running_ns(report, "slow"))
    assert share(path, state="blocked") < 0.05


@pytest.mark.skipif(len(os.sched_getaffinity(0)) < 2, reason="needs two CPUs")
def test_ping_pong(path_of):
    """Two processes by turns over pipes: all that either computes is on the path."""
    report, path = path_of([program("ways"), "pipes"])
    for comm in ("ping", "pong"):
        assert_nearly(on_path(path, comm), running_ns(report, comm))
    assert share(path, state="blocked") < 0.05


def test_ping_pong_over_sockets(path_of):
    """Who reads from a Unix socket wakes the other end, too, as there is room again; if that one
    then has to wait for a CPU until its turn has come, this is what is on the path."""
    report, path = path_of([program("ways"), "sockets"])
    for comm in ("ping", "pong"):
        assert 0 < on_path(path, comm) <= running_ns(report, comm)
    assert share(path, comm="ping") + share(path, comm="pong") > 0.8
    assert share(path, state="blocked") < 0.05


def test_sleep(path_of):
    """A timer is nobody's work: the wait stays."""
    _, path = path_of(["sleep", "0.2"])
    assert share(path, comm="sleep", state="blocked", cause="sleep", woken_by="timer") > 0.8


def test_children(path_of):
    """The shell waits for its children: they are on the path instead."""
    report, path = path_of(["sh", "-c", "sleep 0.1; ls / >/dev/null; sleep 0.1"])
    assert share(path, cause="child") < 0.02
    assert share(path, comm="sleep", cause="sleep") > 0.7
    sleeps = {row["tid"] for row in path["by"] if row.get("cause") == "sleep"}
    assert sleeps == {task["tid"] for task in report["tasks"] if task["comm"] == "sleep"}
    assert any(row.get("comm") == "ls" for row in path["by"])


def test_another_program(path_of, tmp_path):
    """A wait that ends by the doing of somebody who is not traced bears that one's name."""
    fifo = tmp_path / "fifo"
    os.mkfifo(fifo)
    code = f"import time\nwhile True:\n time.sleep(0.5)\n open({str(fifo)!r}, 'w').write('x')"
    writer = subprocess.Popen(["/usr/bin/python3", "-c", code])
    try:
        _, path = path_of(["cat", fifo])
    finally:
        writer.kill()
        writer.wait()
    row = path["by"][0]
    assert row["state"] == "blocked" and row["comm"] == "cat"
    assert row["subject"].endswith("external: python3")


def test_deadlock(conctrace, tmp_path):
    """Nobody ends: the path is a thread that hangs, for as long as it does."""
    trace, report = tmp_path / "t.data", tmp_path / "t.json"
    tracer = subprocess.Popen([conctrace, "record", "-o", trace, "--json", report, "-d", "0.5",
                               "--", program("deadlock")], stdout=subprocess.PIPE,
                              stderr=subprocess.PIPE, text=True)
    try:
        deadline = time.monotonic() + LIMIT
        while not report.exists() and time.monotonic() < deadline:
            time.sleep(0.05)
        found = json.loads(report.read_text())
    finally:
        os.kill(tracer.pid, signal.SIGINT)  # goes on to the program, which it ends
        tracer.communicate(timeout=LIMIT)
    assert_sound(found)
    row = found["critical_path"]["by"][0]
    assert row["state"] == "blocked" and row["cause"] == "mutex"
    assert row["function"] == "take" and row["subject"] in ("mutex journal", "mutex accounts")


def test_text_and_perfetto(conctrace, record, tmp_path):
    """The terminal names the longest; the track in Perfetto has the report's segments."""
    out = tmp_path / "t.pftrace"
    result = record([program("ways"), "join"], "--perfetto", out)
    assert result.code == 0, result.stderr
    text = run([conctrace, "report", "--details", result.trace]).stdout
    assert "CRITICAL PATH" in text and "long running in compute() ways.c:" in text
    segments = result.report["critical_path"]["segments"]
    drawn = [s for s in Trace(out).slices() if s["track"] == "Critical path"]
    assert [s["ns"] for s in drawn] == [s["end_ns"] - s["start_ns"] for s in segments]
    assert [s["name"].split(": ")[1].split(",")[0] for s in drawn] == [s["state"] for s in segments]
