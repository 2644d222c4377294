# SPDX-License-Identifier: GPL-2.0-only
"""Event loops with a known number of turns, one of which is much longer than the others."""

import pytest
from conftest import assert_sound, program

MS = 1_000_000
TURNS, BUSY_NS = 60, 20 * MS


@pytest.mark.parametrize("kind", ["epoll", "poll", "select", "uring"])
def test_turns(record, kind):
    result = record([program("turns"), kind, str(TURNS)], "-F", "999")
    if result.code == 77:
        pytest.skip(result.stderr.strip().splitlines()[0])
    assert result.code == 0, result.stderr
    report = result.report
    assert_sound(report)
    [loop] = report["loops"]
    assert loop["comm"] == "loop"
    # The first wait comes before any turn, the last turn is followed by none.
    assert TURNS - 1 <= loop["turns"] <= TURNS
    assert TURNS - 1 <= loop["waits"] <= TURNS + 1
    assert loop["woken_by"] == {"task": loop["waits"]}
    longest = loop["longest"][0]
    assert longest["ns"] == loop["max_ns"] >= BUSY_NS
    assert longest["running_ns"] >= 0.98 * BUSY_NS
    assert len(loop["longest"]) == 5
    lengths = [turn["ns"] for turn in loop["longest"]]
    assert lengths == sorted(lengths, reverse=True)
    # Ordinary turns are short; a busy machine may hold up a few of them.
    assert loop["p50_ns"] < BUSY_NS / 4
    assert loop["busy_ns"] >= loop["max_ns"]
    samples = {site.get("function"): site.get("samples", 0) for site in longest["sites"]}
    busy = samples.get("busy_turn", 0) + samples.get("cpu_ns", 0)
    # The clock of a busy machine may be late; what it found is where the time went.
    assert busy > 0 and busy >= 0.8 * sum(samples.values()), samples


def test_no_loop_where_there_is_none(record):
    result = record([program("chain"), "nap", "20"])
    assert result.code == 0, result.stderr
    assert result.report["loops"] == []
