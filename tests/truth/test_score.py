# SPDX-License-Identifier: GPL-2.0-only
"""The judge itself is right: made-up logs and made-up answers, with known scores."""

import random
import struct

import pytest
import score
import truthlog
from score import Slice
from truthlog import Hold

US = 1_000


def convoy(threads=4, rounds=200, hold=20 * US, change=2 * US):
    """Threads take turns; each wants the lock again right after it released it."""
    holds, now, wanted = [], 1_000_000, dict.fromkeys(range(1, threads + 1), 1_000_000)
    for turn in range(rounds):
        tid = turn % threads + 1
        got, releasing = now + change, now + change + hold
        holds.append(Hold(tid, wanted[tid], got, releasing, releasing + 100))
        wanted[tid], now = releasing + 200, releasing
    return holds


def answer(holds, shift=0, confidence="high", name=lambda tid: tid):
    return [Slice(h.got + shift, h.releasing + shift, name(h.tid), confidence) for h in holds]


def test_perfect_answer():
    holds = convoy()
    result = score.score(holds, answer(holds))
    assert result.judged > 0 and result.changing > 0
    assert (result.share("right"), result.wrong, result.unknown) == (100, 0, 0)
    assert (result.high_wrong, result.high_strangers) == (0, 0)
    assert result.high_slices == result.slices == len(holds)
    assert score.problems(result, 100) == []


def test_slices_that_join_without_a_gap():
    """The change of hands belongs to whoever: it is not judged."""
    holds = convoy()
    pieces = [Slice(h.got, n.got, h.tid, "high") for h, n in zip(holds, holds[1:])]
    result = score.score(holds[:-1], pieces)
    assert result.share("right") == 100 and not result.high_wrong and not result.high_strangers


@pytest.mark.parametrize("shift", [5 * US, -5 * US])
def test_shifted(shift):
    """Late by a quarter of the hold: that much is somebody else's, or nobody's."""
    holds = convoy()
    result = score.score(holds, answer(holds, shift))
    assert result.share("right") == pytest.approx(75, abs=1)
    assert result.share("unknown") == pytest.approx(10, abs=1)
    assert result.share("wrong") == pytest.approx(15, abs=1)
    # 5 us, less the 2 us for which nobody has it, less those near the edge.
    assert result.high_wrong < 0.1 * result.judged
    assert not result.high_strangers


def test_small_shift_is_no_error_of_high_confidence():
    holds = convoy()
    result = score.score(holds, answer(holds, 3 * US))
    assert result.wrong > 0 and result.high_wrong == 0
    assert score.problems(result, 75) == []


def test_wrong_names():
    holds = convoy(threads=6)
    for name in (lambda tid: 99, lambda tid: (tid + 2) % 6 + 1):
        result = score.score(holds, answer(holds, name=name))
        assert result.right == 0 and result.unknown == 0
        assert result.high_wrong == result.wrong == result.judged
        assert result.high_strangers == len(holds)
        assert len(score.problems(result, 95)) == 3
        # Said with less confidence it is as wrong, but that was said.
        result = score.score(holds, answer(holds, confidence="medium", name=name))
        assert result.wrong == result.judged
        assert result.high_wrong == 0 and result.high_strangers == 0


def test_one_in_ten_wrong():
    holds = convoy(rounds=1000)
    pieces = answer(holds)
    for piece in pieces[::10]:
        piece.holder = 99
    result = score.score(holds, pieces)
    assert result.share("right") == pytest.approx(90, abs=0.5)
    assert result.high_wrong == result.wrong and result.high_strangers == 100


@pytest.mark.parametrize("pieces", [[], "unknown"])
def test_no_answer(pieces):
    holds = convoy()
    if pieces:
        pieces = answer(holds, confidence="low", name=lambda tid: None)
    result = score.score(holds, pieces)
    assert result.share("unknown") == 100 and result.slices == 0
    assert len(score.problems(result, 95)) == 1 and score.problems(result, None) == []


def test_nobody_waits():
    holds = [Hold(1, t, t + 300, t + 20 * US, t + 21 * US) for t in range(0, 10**6, 50 * US)]
    result = score.score(holds, answer(holds, name=lambda tid: 2))
    assert result.judged == 0 and result.share("right") is None
    assert score.problems(result, 95)[0] == "holders: the log has no time to judge"


def test_readers_share():
    """Two readers at once: either name is right."""
    holds = [Hold(1, 0, 100, 90 * US, 91 * US), Hold(2, 0, 200, 90 * US, 91 * US),
             Hold(3, 10 * US, 92 * US, 95 * US, 96 * US)]
    for tid, right in ((1, 100), (2, 100), (3, 0)):
        result = score.score(holds, [Slice(10 * US, 90 * US, tid, "medium")])
        assert result.share("right") == right


def test_preempted_before_it_could_say_so():
    """The thread owned the lock long before its stamp: naming it then is not held against it."""
    holds = [Hold(1, 0, 100, 10 * US, 10 * US + 50),
             Hold(2, 1 * US, 500 * US, 520 * US, 521 * US),
             Hold(3, 2 * US, 530 * US, 540 * US, 541 * US)]
    result = score.score(holds, [Slice(11 * US, 400 * US, 2, "high")])
    assert not result.high_strangers and not result.wrong
    # Thread 3 got it after thread 2; thread 1 had released it for good.
    assert score.score(holds, [Slice(11 * US, 400 * US, 3, "high")]).high_strangers == 1
    assert score.score(holds, [Slice(40 * US, 400 * US, 1, "high")]).high_strangers == 1


def test_overlap_against_brute_force():
    rng = random.Random(7)
    holds = convoy(threads=3, rounds=40, hold=5 * US)
    end = holds[-1].released
    pieces = []
    for _ in range(60):
        start = rng.randrange(1_000_000, end)
        if not pieces or start >= pieces[-1].end:
            pieces.append(Slice(start, start + rng.randrange(9 * US), rng.choice([1, 2, 3, None]),
                                rng.choice(["high", "low"])))
    result = score.score(holds, pieces)
    step, sums = 10, {"right": 0, "wrong": 0, "unknown": 0}
    for ns in range(1_000_000, end, step):
        if not any(h.want + score.WAIT_COUNTS_NS <= ns < h.got and
                   h.got - h.want > score.WAIT_COUNTS_NS for h in holds):
            continue
        owners = [h.tid for h in holds if h.got <= ns < h.releasing]
        if owners:
            said = [p.holder for p in pieces if p.start <= ns < p.end] or [None]
            sums["unknown" if said[0] is None else "right" if said[0] in owners else "wrong"] += step
    for what, ns in sums.items():
        assert getattr(result, what) == pytest.approx(ns, abs=100 * step)


def write_log(path, head, events):
    body = b"".join(struct.pack("<QQ", ns, address << 8 | what) for ns, address, what in events)
    path.write_bytes(head.encode() + b"\n\n" + body)


def test_log_of_two_processes(tmp_path):
    events = [(10, 0x1010, 1), (20, 0x1010, 2), (30, 0x1010, 3), (40, 0x1010, 4)]
    later = [(ns + 15, 0x5010, what) for ns, _, what in events]
    write_log(tmp_path / "log.7", "truth 1\nprocess 7\nobject 0x1000 40 lock\nthread 8 4", events)
    write_log(tmp_path / "log.9", "truth 1\nprocess 9\nobject 0x5000 40 lock\nthread 9 4", later)
    objects = truthlog.read(str(tmp_path / "log"))
    assert list(objects) == ["lock"]
    assert objects["lock"].holds == [Hold(8, 10, 20, 30, 40), Hold(9, 25, 35, 45, 55)]
    assert objects["lock"].covers(0x1027) and objects["lock"].covers(0x5000)
    assert not objects["lock"].covers(0x1028) and not objects["lock"].covers(0x5000, 7)


@pytest.mark.parametrize("events", [[(10, 0x1000, 2)], [(10, 0x2000, 1)],
                                    [(10, 0x1000, 1), (11, 0x1000, 1)]])
def test_log_that_makes_no_sense(tmp_path, events):
    write_log(tmp_path / "log.7", "truth 1\nprocess 7\nobject 0x1000 40 lock\nthread 8 "
              f"{len(events)}", events)
    with pytest.raises(truthlog.LogError):
        truthlog.read(str(tmp_path / "log"))
