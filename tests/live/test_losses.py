# SPDX-License-Identifier: GPL-2.0-only
"""Rings too small for a storm of switches: what is lost is counted, told, and never made up."""

import os
import signal
import subprocess
import time

import partitions
import pytest
from conftest import LIMIT, Recording, program, run, stolen_ns

STORM = [program("pingpong"), "pipe", "300000"]
TRIES = 5


def record_storm(conctrace, tmp_path):
    """One recording; its recorder stands still for a tenth of a second."""
    trace, report = tmp_path / "storm.data", tmp_path / "storm.json"
    words = [conctrace, "record", "-o", trace, "--json", report, "--buffer", "64K", "--", *STORM]
    trace.unlink(missing_ok=True)
    before = stolen_ns() or 0
    with subprocess.Popen(words, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                          stderr=subprocess.PIPE, text=True) as recorder:
        deadline = time.monotonic() + LIMIT
        while not trace.exists() and time.monotonic() < deadline:
            time.sleep(0.01)
        time.sleep(0.1)
        os.kill(recorder.pid, signal.SIGSTOP)
        time.sleep(0.1)
        os.kill(recorder.pid, signal.SIGCONT)
        out, err = recorder.communicate(timeout=LIMIT)
    done = subprocess.CompletedProcess(words, recorder.returncode, out, err)
    ticks = os.cpu_count() * 1_000_000_000 // os.sysconf("SC_CLK_TCK")
    assert done.returncode == 0, err
    return Recording(done, trace, report, (stolen_ns() or 0) - before + ticks)


def has_ends(report):
    """Somebody of whom something is unknown has an end with the kernel's counts in it."""
    return any(task.get("kernel") and task.get("unknown_ns") for task in report["tasks"])


@pytest.fixture
def storm(conctrace, tmp_path):
    """A recording whose recorder stands still for a while, so that 64 KiB cannot hold what comes.

    What is lost may be the very ends of all tasks, which leaves nothing to compare: then another.
    """
    for _ in range(TRIES):
        recording = record_storm(conctrace, tmp_path)
        if has_ends(recording.report):
            break
    return recording


def test_lost_is_unknown_and_sums_hold(storm):
    report = storm.report
    lost = report["events"]["lost"]
    assert lost > 0
    assert sum(report["events"]["lost_by"].values()) == lost
    # What the CPUs did with the workload and what its tasks did differ by what is not known.
    assert [p for p in partitions.problems(report) if not p.startswith("CPUs ran")] == []
    assert sum(cpu.get("unknown_ns", 0) for cpu in report["cpus"]) > 0
    assert sum(task.get("unknown_ns", 0) for task in report["tasks"]) > 0


def test_running_is_never_more_than_the_kernel_counted(storm):
    """Time in doubt goes to unknown, so running can only be too small: 1 % + 2 ms and steal."""
    checked = 0
    for task in storm.report["tasks"]:
        if not task.get("kernel") or not task.get("unknown_ns"):
            continue
        most = task["kernel"]["cpu_ns"] * 101 // 100 + 2_000_000 + storm.stolen_ns
        switches = sum(task["switches"].values())
        assert task["running_ns"] <= most + 4_000 * switches, task
        assert switches <= task["kernel"]["nvcsw"] + task["kernel"]["nivcsw"], task
        checked += 1
    assert checked


def test_every_output_says_so(storm, record, conctrace):
    assert "LOST EVENTS" in storm.stderr
    assert "--buffer" in storm.stderr
    again = run([conctrace, "report", storm.trace])
    assert again.returncode == 0
    assert "LOST EVENTS" in again.stdout
    unaffected = record(["true"])
    assert "LOST" not in unaffected.stderr


def test_others_start_while_the_recorder_stands_still(conctrace, tmp_path):
    """What all programs map comes by a ring of its own, which must be as patient as the others."""
    trace, report = tmp_path / "still.data", tmp_path / "still.json"
    words = [conctrace, "record", "-q", "-o", trace, "--json", report, "--", "cat"]
    with subprocess.Popen(words, stdin=subprocess.PIPE, stdout=subprocess.PIPE,
                          stderr=subprocess.PIPE, text=True) as recorder:
        recorder.stdin.write("running\n")
        recorder.stdin.flush()
        assert recorder.stdout.readline() == "running\n"
        os.kill(recorder.pid, signal.SIGSTOP)
        try:
            subprocess.run(["taskset", "-c", str(min(os.sched_getaffinity(0))), "sh", "-c",
                            "for i in $(seq 150); do /bin/true; done"], check=True, timeout=LIMIT)
        finally:
            os.kill(recorder.pid, signal.SIGCONT)
        _, err = recorder.communicate(timeout=LIMIT)
    assert recorder.returncode == 0, err
    result = Recording(subprocess.CompletedProcess(words, 0, "", err), trace, report, 0)
    assert "map" not in result.report["events"].get("lost_by", {})


def test_enough_room_loses_nothing(record):
    result = record(STORM)
    assert result.report["events"]["lost"] == 0
    assert "none lost" in result.stderr
