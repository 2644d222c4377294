# SPDX-License-Identifier: GPL-2.0-only
"""Recordings that may not grow: what is kept is exact, and nothing is said of the rest."""

from conftest import assert_nothing_lost, assert_partitions, program

STORM = [program("pingpong"), "pipe", "150000"]


def shell(*commands):
    return ["sh", "-c", "; ".join(commands)]


def test_max_size(record):
    """The recording ends, the command does not; the file is whole and below the limit."""
    most = 512 << 10
    result = record(shell(" ".join(STORM), "echo went on", "exit 7"), "--max-size", "512K")
    assert result.code == 7, result.stderr
    assert result.stdout.endswith("went on\n")
    assert most // 2 < result.trace.stat().st_size <= most
    report = result.report
    assert (report["ended"], report["truncated"]) == ("size", False)
    assert report.get("exit", {"code": 7}) == {"code": 7}  # seen only if it came in time
    assert_partitions(report)
    assert_nothing_lost(report)
    assert {task["end_ns"] for task in report["tasks"] if task["comm"] == "pingpong"} == \
        {report["window"]["end_ns"]}
    assert "CUT SHORT" in result.stderr
    assert "--max-size of 524 kB" in result.stderr


def test_max_size_is_not_reached(record):
    result = record(["true"], "--max-size", "16M")
    assert result.code == 0
    assert (result.report["ended"], result.report["exit"]) == ("workload", {"code": 0})
    assert "--max-size" not in result.stderr
