# SPDX-License-Identifier: GPL-2.0-only
"""What it costs to start threads and processes: all of them are counted."""

import pytest
from conftest import assert_sound, program, run

COUNT = 40


def spawn(record, *words):
    result = record([program("spawner"), *map(str, words)])
    assert result.code == 0, result.stderr
    assert_sound(result.report)
    return result.report


def assert_times(row, count):
    """As many as there were, and figures that go together."""
    assert row["count"] == count
    assert 0 <= row["p50_ns"] <= row["max_ns"] * 1.04 <= row["total_ns"] * 1.04
    assert row["total_ns"] <= row["max_ns"] * count


def test_threads(record):
    report = spawn(record, "threads", COUNT)
    assert_times(report["spawn"]["threads"], COUNT)
    assert report["spawn"]["processes"]["count"] == 0
    assert len(report["tasks"]) == COUNT + 1


@pytest.mark.parametrize("how,execs", [("fork", COUNT // 2), ("vfork", COUNT),
                                       ("posix_spawn", COUNT)])
def test_processes(record, how, execs):
    report = spawn(record, how, COUNT)
    processes = report["spawn"]["processes"]
    assert_times(processes, COUNT)
    assert_times(processes["exec"], execs)
    assert report["spawn"]["threads"]["count"] == 0
    # It takes longer to the exec than to the first instruction.
    assert processes["exec"]["total_ns"] > 0
    if execs == COUNT:
        assert processes["exec"]["total_ns"] > processes["total_ns"]
    # With fork the creator goes on at once; otherwise it waits until the child has exec'd.
    assert ("vfork_blocked_ns" in processes) == (how != "fork")
    names = [task["comm"] for task in report["tasks"]]
    assert len(names) == COUNT + 1
    assert names.count("exe") == execs
    # A child that has ended when its parent asks is not waited for.
    assert report["spawn"]["reap"]["count"] <= COUNT


def test_reaped(record):
    """Children that sleep first are waited for: each was reaped."""
    result = record(["sh", "-c", "for i in 1 2 3 4 5; do sleep 0.05; done"])
    assert result.code == 0, result.stderr
    report = result.report
    assert_sound(report)
    assert_times(report["spawn"]["reap"], 5)
    assert report["spawn"]["processes"]["count"] == 5


@pytest.mark.slow
def test_many_short_processes(record, conctrace):
    """As make starts them: nothing lost, every one named, little room for each."""
    few, many = 200, 5000
    small = record([program("spawner"), "vfork", str(few)], "--buffer", "32M")
    large = record([program("spawner"), "vfork", str(many)], "--buffer", "32M")
    assert small.code == 0 and large.code == 0, small.stderr + large.stderr
    report = large.report
    assert_sound(report)
    assert report["spawn"]["processes"]["count"] == many
    assert report["spawn"]["processes"]["exec"]["count"] == many
    assert sum(task["comm"] == "exe" for task in report["tasks"]) == many
    each = (report["events"]["bytes"] - small.report["events"]["bytes"]) / (many - few)
    assert each < 1000, f"{each:.0f} bytes a process"
    done = run([conctrace, "report", large.trace])
    assert done.returncode == 0, done.stderr
