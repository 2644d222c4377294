# SPDX-License-Identifier: GPL-2.0-only
"""Threads that wait for one that is held up itself: by what is known, and so is who is to blame."""

import os

import pytest
from conftest import assert_sound, program, workload

ROUNDS = 30


def behind(record, mode, *more):
    result = record([program("behind"), mode, str(ROUNDS), *more], "-F", "999")
    assert result.code == 0, result.stderr
    assert_sound(result.report)  # all of the blocked time is charged
    return result.report


def charged(report, **wanted):
    """How long threads waited for what is wanted, in all: by the columns of blame.by."""
    return sum(row["ns"] for row in report["blame"]["by"]
               if all(row.get(key) == value for key, value in wanted.items()))


def longest(report, **wanted):
    return next(row for row in report["blame"]["by"]
                if all(row.get(key) == value for key, value in wanted.items()))


def but_for_cpus(report, **whole):
    """Without what went by because somebody waited for a CPU: a busy machine may have none."""
    return charged(report, **whole) - charged(report, **whole, root="cpu")


def assert_mostly(report, part, **whole):
    """Of that whole, the part is nine tenths or more."""
    assert charged(report, **whole) > 0
    found = charged(report, **whole, **part)
    assert found >= 0.9 * but_for_cpus(report, **whole), report["blame"]["by"]


def test_the_holder_computes(record):
    report = behind(record, "compute")
    lock = {"subject": "mutex inner_lock"}
    computes = charged(report, **lock, comm="holder", root="computation")
    assert computes >= 0.9 * but_for_cpus(report, **lock)
    assert computes >= 1.5 * ROUNDS * 10_000_000  # two wait
    row = longest(report, **lock)
    assert row["site_of"] == "sample" and row["function"] in ("churn", "now_ns"), row
    assert row["site_share"] > 0.5


def test_the_holder_sleeps(record):
    report = behind(record, "sleep")
    assert_mostly(report, {"comm": "holder", "root": "sleep"}, subject="mutex inner_lock")
    row = longest(report, subject="mutex inner_lock")
    assert (row["function"], row["site_of"]) == ("nap", "wait")
    # What it slept itself is nobody else's doing.
    own = [row for row in report["blame"]["by"] if row["cause"] == "sleep"]
    assert [("tid" in row, row["root"]) for row in own] == [(False, "sleep")]


def test_the_holder_waits_for_the_disk(record):
    place = os.path.dirname(program("behind"))
    report = behind(record, "disk", place)
    lock = {"subject": "mutex inner_lock"}
    rest = but_for_cpus(report, **lock)
    if charged(report, cause="disk") < rest / 8:
        pytest.skip(f"{place} is on no disk: fsync does not wait there")
    assert charged(report, **lock, comm="holder", root="disk") >= 0.5 * rest
    row = longest(report, **lock, root="disk")
    assert (row["function"], row["site_of"]) == ("sync_file", "wait")


def test_a_chain_of_locks(record):
    """Who waits for the outer lock waits for the sleep of the one that has the inner one."""
    report = behind(record, "chain")
    assert_mostly(report, {"comm": "holder", "root": "sleep"}, subject="mutex inner_lock")
    assert_mostly(report, {"comm": "holder", "root": "sleep"}, subject="mutex outer_lock")
    most = report["blame"]["tasks"][0]
    assert most["comm"] == "holder"
    assert most["ns"] >= 0.9 * but_for_cpus(report, cause="mutex")


def test_a_child_behind_a_pipe(record):
    report = behind(record, "pipe")
    computes = charged(report, cause="pipe", comm="child", root="computation")
    assert computes >= 0.9 * but_for_cpus(report, cause="pipe")
    assert computes >= 0.5 * ROUNDS * 10_000_000
    row = longest(report, cause="pipe", root="computation", comm="child")
    assert row["function"] in ("churn", "now_ns") and row["site_of"] == "sample"


def test_convoy(record):
    result = record([workload("convoy"), "--seconds", "0.5"], "-F", "999")
    assert result.code == 0, result.stderr
    report = result.report
    assert_sound(report)
    lock = {"subject": "mutex big_lock"}
    assert_mostly(report, {"root": "computation"}, **lock)
    assert longest(report, **lock, root="computation")["function"] == "step"


def test_deadlock_is_told_as_one(record):
    """Its threads are killed there: they waited for each other, not for that."""
    result = record(["timeout", "-s", "KILL", "0.5", program("deadlock")])
    report = result.report
    assert_sound(report)
    (circle,) = report["deadlocks"]
    locks = sum(row["ns"] for row in report["blame"]["by"] if row["cause"] == "mutex")
    assert locks >= 0.8 * 500_000_000 * len(circle["threads"])
    assert charged(report, cause="mutex", root="deadlock") >= 0.95 * locks
