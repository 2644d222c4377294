# SPDX-License-Identifier: GPL-2.0-only
"""The judge itself is right: made-up reports, with known answers. And the table makes sense."""

import os
import re

import pytest
import score
import seen
from table import GOOD, NOTES, ROWS, Row, fault, fine

HERE = os.path.dirname(os.path.abspath(__file__))
SCHEMA_CODES = """lock-contention lock-convoy preempted-holder deadlock serial-section load-imbalance
    barrier-straggler pipeline-stage oversubscription affinity throttled spawn-bound io-bound
    sleep-bound blocked-event-loop ipc-bound gil thundering-herd cpu-bound-parallel
    data-incomplete other-load""".split()

LOCK = Row("lock", "a.c", "x", ("lock-contention", "lock-convoy"), ("big_lock", "enter"),
           ("serial-section",))
HEALTHY = Row("fine", "a.c", "x", accept=(GOOD, "sleep-bound"), like="lock-contention")


def report(*findings):
    """Findings as (code, share, subject, more)."""
    rows = [{"code": code, "share": share, "subject": subject, "summary": "", **more}
            for code, share, subject, more in findings]
    return {"findings": rows, "tasks": [{"tid": 7, "comm": "enter-1"}],
            "sync": [{"id": 3, "name": "big_lock"}, {"id": 4}]}


def said(code, share=0.4, subject="mutex big_lock", **more):
    return code, share, subject, more


def answer(row, *findings):
    verdict = score.judge(row, report(*findings))
    return verdict.answer, verdict.found, [f["code"] for f in verdict.alarms], verdict.good


@pytest.mark.parametrize("findings, expected", [
    ([said("lock-contention")], ("right", "lock-contention", [], True)),
    ([said("lock-convoy")], ("right", "lock-convoy", [], True)),
    ([], ("missing", None, [], False)),
    ([said("io-bound")], ("missing", None, ["io-bound"], False)),
    # What is accepted does not stand for what is expected.
    ([said("serial-section")], ("missing", None, [], False)),
    ([said("lock-contention", subject="mutex other")],
     ("wrong subject", "lock-contention", [], False)),
    ([said("serial-section"), said("lock-contention")], ("right", "lock-contention", [], True)),
    ([said("lock-contention"), said("gil")], ("right", "lock-contention", ["gil"], False)),
    # Remarks: they cost next to nothing.
    ([said("lock-contention"), said("gil", 0.049)], ("right", "lock-contention", [], True)),
    ([said("lock-contention"), said("gil", 0.05)], ("right", "lock-contention", ["gil"], False)),
    ([said("lock-contention"), said("data-incomplete", 1)], ("right", "lock-contention", [], True)),
    # A program with a fault must not be told that it is fine, be it in a small voice.
    ([said(GOOD, 0.0)], ("missing", None, [GOOD], False)),
    # The first that names the right one counts; of two wrong ones, the first.
    ([said("lock-contention", subject="other"), said("lock-convoy")],
     ("right", "lock-convoy", [], True)),
])
def test_fault(findings, expected):
    assert answer(LOCK, *findings) == expected


@pytest.mark.parametrize("more, right", [
    ({"sync": 3}, True), ({"sync": 4}, False), ({"tid": 7}, True), ({"tid": 8}, False),
    ({"summary": "waits in enter() a.c:3"}, True), ({"advice": "split big_lock"}, False),
    ({"function": "enter"}, True),
])
def test_subject_is_named_somewhere(more, right):
    verdict = score.judge(LOCK, report(said("lock-contention", subject="", **more)))
    assert (verdict.answer == "right") is right


@pytest.mark.parametrize("findings, alarms", [
    ([], []), ([said(GOOD, 0.95)], []), ([said("sleep-bound", 0.9)], []),
    ([said("lock-contention", 0.04)], []), ([said("lock-contention", 0.06)], ["lock-contention"]),
    ([said("deadlock", 1), said("gil", 1)], ["deadlock", "gil"]),
])
def test_healthy(findings, alarms):
    assert answer(HEALTHY, *findings) == ("fine", None, alarms, not alarms)


def test_place_of_the_finding():
    verdict = score.judge(LOCK, report(said("serial-section"), said("lock-contention")))
    assert verdict.place == 2


def test_report_without_findings():
    assert score.judge(LOCK, {"tasks": [], "sync": []}).answer == "missing"
    assert score.judge(HEALTHY, {"tasks": [], "sync": []}).good


def test_sums():
    verdicts = [score.judge(LOCK, report(said("lock-contention"))),
                score.judge(LOCK, report(said("lock-convoy", subject="other"), said("gil"))),
                score.judge(LOCK, report()),
                score.judge(HEALTHY, report(said("lock-contention"), said("gil")))]
    lines = {line.code: line for line in score.sums(verdicts)}
    assert list(lines) == ["lock-contention", "gil", "all"]
    lock, gil, total = lines.values()
    assert (lock.programs, lock.found, lock.right, lock.alike, lock.false_alarms) == (3, 2, 1, 1, 1)
    assert (lock.precision, lock.recall) == (pytest.approx(2 / 3), pytest.approx(2 / 3))
    assert (gil.programs, gil.false_alarms, gil.precision, gil.recall) == (0, 2, 0, None)
    assert (total.programs, total.found, total.right, total.false_alarms) == (3, 2, 1, 3)


RUN = {"wall_ns": 1000, "switches": {"total": 9, "involuntary": 4}, "deadlocks": [],
       "cpus": [{"workload_ns": 400, "other_ns": 100, "idle_ns": 500},
                {"workload_ns": 300, "other_ns": 300, "idle_ns": 400}],
       "parallelism": {"running_ns": [500, 300, 200]},
       "tasks": [{"running_ns": 600, "runnable_ns": 100, "blocked_by": {"mutex": 300}},
                 {"running_ns": 100, "runnable_ns": 200, "blocked_by": {"mutex": 500, "join": 1}}],
       "sync": [{"holders": [{"while": {"running": 30, "runnable": 10}},
                             {"while": {"sleep": 60}}]}, {}],
       "loops": [{"max_ns": 2_000_000}, {"max_ns": 5_000_000}],
       "spawn": {"processes": {"count": 3}, "threads": {"count": 4}}}


@pytest.mark.parametrize("what, value", [
    ("used", 50), ("ran", 35), ("other", 20), ("alone", 30), ("busiest", 60), ("runners", 2), ("runnable", 30),
    ("switches", 9), ("forced", 4), ("holder runnable", 10), ("turn", 5), ("deadlocks", 0),
    ("processes", 3), ("threads", 4), ("mutex", 80), ("disk", 0),
])
def test_measures(what, value):
    assert seen.measure(what, RUN) == pytest.approx(value)
    assert seen.missing((f"{what} > {value - 1 if value else 0}",), RUN) == \
        ([] if value else [f"{what} > 0 (is 0)"])
    assert len(seen.missing((f"{what} < {value}", f"{what} < {value + 1}"), RUN)) == 1


def test_table():
    assert len({row.name for row in ROWS}) == len(ROWS)
    for row in ROWS:
        assert row.expect or row.like, row.name
        assert set((*row.expect, *row.accept, row.code)) <= set(SCHEMA_CODES), row.name
        assert row.source == "sh" or os.path.exists(os.path.join(HERE, "programs", row.source))
        assert row.proof and seen.missing(row.proof, RUN) is not None, row.name


def test_table_has_both_sides():
    """Two programs with each fault, and two that only look like it."""
    for code in SCHEMA_CODES:
        if code in (*NOTES, GOOD):
            continue
        assert sum(row.expect[:1] == (code,) for row in ROWS) >= 2, code
        assert sum(row.like == code for row in ROWS) >= 2, code


def test_rows_from_words():
    row = fault("gil io-bound", "a", "threads.py compute", "x y", proof="used < 3, turn > 4")
    assert (row.expect, row.subject, row.code) == (("gil", "io-bound"), ("x", "y"), "gil")
    assert row.proof == ("used < 3", "turn > 4")
    row = fine("gil", "a", "threads.py hash", accept="io-bound")
    assert (row.accept, row.expect, row.code) == ((GOOD, "io-bound"), (), "gil")


def test_plays_are_there():
    for row in ROWS:
        if row.source == "sh":
            continue
        with open(os.path.join(HERE, "programs", row.source), encoding="utf-8") as text:
            source = text.read()
        for play in (row.play, *row.before):
            assert re.search(rf'"{play}"', source), f"{row.source}: {play}"
