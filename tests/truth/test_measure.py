# SPDX-License-Identifier: GPL-2.0-only
"""The comparison itself is right: made-up reports with known faults, and the table holds together."""

import copy
import os

import facts
import measure
import pytest
import truthlog
from table import ROWS, Obj, Row

CHAIN = ("enter", "update")
ROW = Row("made-up", "c", "none.c", causes={"sleep": 5}, facts=(),
          objects=(Obj(("mutex",), 10, "lock", "the_lock", ("libc",), CHAIN),))
SYNC = {"id": 0, "kind": "mutex", "address": "0x1008", "waits": 100, "name": "the_lock",
        "libc": True, "sites": [{"function": "enter", "waits": 98, "stack": 0},
                                {"function": "enter", "waits": 2, "stack": 1}]}
FRAMES = [{"function": f} for f in ("lock_wait", "enter", "between", "update", "start")]
REPORT = {"sync": [SYNC, {"id": 1, "kind": "join", "address": "0x9000", "waits": 50}],
          "stacks": [{"frames": FRAMES, "complete": True}, {"frames": [], "complete": False}],
          "tasks": [{"blocked_by": {"sleep": 5_000_000}}, {}]}


def judge(change=lambda report: None, row=ROW):
    report = copy.deepcopy(REPORT)
    change(report)
    return measure.judge(measure.Run(row, report, "", {"lock": truthlog.Object(
        "lock", [(1, 0x1000, 40)])}))


def test_nothing_wrong():
    verdict = judge()
    assert verdict.problems() == []
    assert (verdict.waits, verdict.complete, verdict.good) == (100, 98, 98)


def of_sync(**fields):
    return lambda report: report["sync"][0].update(fields)


def of_site(**fields):
    return lambda report: report["sync"][0]["sites"][0].update(fields)


def second(**fields):
    return lambda report: report["sync"].append({**SYNC, "id": 7, "sites": [], **fields})


@pytest.mark.parametrize("about,change", [
    ("kinds", of_sync(kind="barrier")), ("kinds", of_sync(waits=9)), ("kinds", of_sync(libc=False)),
    ("kinds", of_sync(address="0x1028")), ("kinds", second(address="0x1010")),
    ("kinds", second(address="0x7000", kind="futex", waits=3)),
    ("kinds", lambda report: report["tasks"][0]["blocked_by"].update(sleep=4_999_999)),
    ("names", of_sync(name="other")), ("names", of_sync(name="the_lock+0x8")),
    ("names", lambda report: report["sync"][0].pop("name")),
    ("names", of_site(function="update")), ("names", lambda r: r["sync"][0].pop("sites")),
    ("stacks", lambda report: report["stacks"][0].update(complete=False)),
    ("stacks", lambda report: report["stacks"][0]["frames"].reverse()),
    ("stacks", lambda report: report.pop("stacks")),
    ("stacks", lambda report: report["stacks"][0]["frames"].pop(3)),
])
def test_faults_are_found(about, change):
    assert getattr(judge(change), about)


def test_few_waits_are_soft():
    verdict = judge(lambda report: (of_sync(waits=9)(report), of_site(waits=9)(report)))
    assert verdict.kinds and verdict.soft == verdict.kinds


def test_names_of_functions():
    for wanted, name in (("a::B<long>::c", "a::B<long>::c(long)"), ("m::f", "m::f"),
                         ("m::f", "m::f::h0123456789abcdef"), ("f", "f<int>(int)")):
        assert measure.same(name, wanted)
    for wanted, name in (("m::f", "m::f2"), ("m::f", "n::m::f"), ("f", None), ("m::f", "m::f::g")):
        assert not measure.same(name, wanted)


def test_table():
    assert len({row.name for row in ROWS}) == len(ROWS) >= 30
    here = os.path.dirname(os.path.abspath(__file__))
    sources = {row.source for row in ROWS}
    assert sources == set(os.listdir(os.path.join(here, "programs")))
    for row in ROWS:
        assert all(hasattr(facts, fact) for fact in row.facts), row.name
        assert set(row.scored) <= {expected.key for expected in row.objects}, row.name
