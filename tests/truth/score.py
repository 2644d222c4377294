# SPDX-License-Identifier: GPL-2.0-only
"""How right the tool's holders are, by the program's own log.

Judged is all time in which a thread waits (from 1 us after it wanted the lock until it got it) and
some thread owns the lock for certain (from when it had got it until it began to release it). The
tool's slice over that time names the owner (right), somebody else (wrong), or nobody (unknown).
Time in which threads wait for a lock that nobody owns for certain, while it changes hands, is
counted apart.

Where the tool says it is highly confident, it must not be wrong: neither in time, beyond what the
change of hands takes (EDGE_NS), nor with a slice whose thread did not own the lock at all during
the slice and 20 us before and after.
"""

from dataclasses import dataclass, fields

WAIT_COUNTS_NS = 1_000
EDGE_NS = 3_000
NEAR_NS = 20_000
HIGH = "high"

WAITER, OWNER, SLICE = 0, 1, 2


@dataclass
class Score:
    """Sums in ns, and counts."""
    right: int = 0
    wrong: int = 0
    unknown: int = 0
    high_wrong: int = 0   # of `wrong`: highly confident, and not just the edge of a change
    changing: int = 0     # somebody waits, nobody owns for certain
    slices: int = 0       # that name somebody
    high_slices: int = 0
    high_strangers: int = 0  # highly confident, and that thread had nothing to do with it

    @property
    def judged(self):
        return self.right + self.wrong + self.unknown

    def share(self, what):
        """In percent of the judged time; None if there is none."""
        return 100 * getattr(self, what) / self.judged if self.judged else None

    def add(self, other):
        for each in fields(self):
            setattr(self, each.name, getattr(self, each.name) + getattr(other, each.name))
        return self


@dataclass
class Slice:
    """What the tool says: holder None is nobody known."""
    start: int
    end: int
    holder: int
    confidence: str


def possible_times(holds):
    """Per tid the times, in order, in which it may have owned the lock; holds sorted by `got`.

    Wider than what is certain: a thread owns the lock a little before it can say so, and until a
    little after, but not while another one does for certain.
    """
    times, before = {}, 0
    for index, hold in enumerate(holds):
        after = holds[index + 1].got if index + 1 < len(holds) else hold.released
        start = min(max(hold.want, before), hold.got)
        end = max(hold.releasing, min(hold.released, after))
        times.setdefault(hold.tid, []).append((start, end))
        before = max(before, hold.releasing)
    return times


class Ownership:
    """Whether a thread may have owned the lock near a time; asked in order of time per thread."""

    def __init__(self, holds):
        self.times = possible_times(holds)
        self.at = dict.fromkeys(self.times, 0)

    def outside(self, tid, start, end, slack):
        """Ns of [start, end) that are further than `slack` from any time that tid had it."""
        times, at = self.times.get(tid, []), self.at.get(tid, 0)
        while at < len(times) and times[at][1] + slack <= start:
            at += 1
        self.at[tid] = at
        left, now = 0, start
        while at < len(times) and now < end and times[at][0] - slack < end:
            left += max(0, times[at][0] - slack - now)
            now = max(now, times[at][1] + slack)
            at += 1
        return left + max(0, end - now)


def edges(holds, slices):
    """(ns, what, +1 or -1, payload) in order; at one instant what ends comes first."""
    for hold in holds:
        if hold.got - hold.want > WAIT_COUNTS_NS:
            yield hold.want + WAIT_COUNTS_NS, 1, WAITER, None
            yield hold.got, -1, WAITER, None
        yield hold.got, 1, OWNER, hold.tid
        yield hold.releasing, -1, OWNER, hold.tid
    for piece in slices:
        if piece.end > piece.start:
            yield piece.start, 1, SLICE, piece
            yield piece.end, -1, SLICE, piece


def judge(result, ownership, start, end, owners, said):
    """One stretch of time in which nothing changes and somebody waits."""
    if not owners:
        result.changing += end - start
    elif said is None or said.holder is None:
        result.unknown += end - start
    elif said.holder in owners:
        result.right += end - start
    else:
        result.wrong += end - start
        if said.confidence == HIGH:
            result.high_wrong += ownership.outside(said.holder, start, end, EDGE_NS)


def score(holds, slices):
    """Score of one lock: Holds of the log, Slices of the tool."""
    result = Score()
    holds = sorted(holds, key=lambda hold: hold.got)
    slices = sorted(slices, key=lambda piece: (piece.start, piece.end))
    ownership = Ownership(holds)
    waiting, owners, said, before = 0, [], [], None
    for ns, step, what, payload in sorted(edges(holds, slices), key=lambda e: e[:2]):
        if waiting and before is not None and ns > before:
            judge(result, ownership, before, ns, owners, said[-1] if said else None)
        before = ns
        if what == WAITER:
            waiting += step
        elif what == OWNER:
            (owners.append if step > 0 else owners.remove)(payload)
        else:
            (said.append if step > 0 else said.remove)(payload)
    near = Ownership(holds)
    for piece in slices:
        if piece.holder is None:
            continue
        result.slices += 1
        if piece.confidence == HIGH:
            result.high_slices += 1
            length = max(piece.end - piece.start, 1)
            if near.outside(piece.holder, piece.start, piece.start + length, NEAR_NS) == length:
                result.high_strangers += 1
    return result


def problems(result, least_right):
    """What is not good enough; `least_right` in percent, None = no matter."""
    found = []
    if least_right is not None:
        if not result.judged:
            found.append("holders: the log has no time to judge")
        elif result.share("right") < least_right:
            found.append(f"holders: right {result.share('right'):.1f} % of the time, unknown "
                         f"{result.share('unknown'):.1f} %; at least {least_right} % right")
    if result.judged and result.high_wrong > 0.005 * result.judged:
        found.append(f"holders: wrong with high confidence "
                     f"{100 * result.high_wrong / result.judged:.2f} % of the time")
    if result.high_strangers:
        found.append(f"holders: {result.high_strangers} of {result.high_slices} slices of high "
                     "confidence name a thread that did not have the lock")
    return found
