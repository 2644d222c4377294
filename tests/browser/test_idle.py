# SPDX-License-Identifier: GPL-2.0-only
"""The curve of idle CPUs by cause: its rule, on recordings made up for that; and against reports."""

import pytest

pytest.importorskip("selenium", reason="python3-selenium is not installed")

from pages import report_of  # noqa: E402

RUNNING, WOKEN, PREEMPTED, THROTTLED, UNKNOWN = "running", "woken", "preempted", "throttled", "unknown"
CPU_0, CPU_1 = ["1"], ["2"]  # sets of CPUs, by id from 1

# CPUs: times at which they become (idle, busy, idle, ...), in us; threads: (until, state, allowed),
# from 0 on; what 100 us are idle for.
RULE = [
    ([[0], [0]], [], {"no-thread": 200}),
    ([[0, 0], [0]], [[(100, RUNNING, 0)]], {"no-thread": 100}),
    # Who was just woken is on its way for 50 us.
    ([[0]], [[(100, WOKEN, 0)]], {"wakeup": 50, "balance": 50}),
    ([[0]], [[(30, WOKEN, 0), (100, "mutex", 0)]], {"wakeup": 30, "mutex": 70}),
    ([[0]], [[(100, PREEMPTED, 0)]], {"balance": 100}),
    ([[0], [0]], [[(100, PREEMPTED, 0)], [(100, WOKEN, 0)], [(100, WOKEN, 0)]], {"wakeup": 200 * 50 * 2 / 300, "balance": 200 - 200 * 50 * 2 / 300}),
    # It may not run where it is idle.
    ([[0, 0], [0]], [[(100, WOKEN, 1)]], {"affinity": 100}),
    ([[0, 0], [0]], [[(100, WOKEN, 2)]], {"wakeup": 50, "balance": 50}),
    ([[0, 40], [0]], [[(100, PREEMPTED, 1)]], {"balance": 40, "no-thread": 40, "affinity": 60}),
    ([[0]], [[(100, THROTTLED, 0)], [(100, "mutex", 0)]], {"throttled": 100}),
    # What is not known comes first; then who could run; then the blocked, in equal parts.
    ([[0], [0]], [[(100, UNKNOWN, 0)], [(100, "mutex", 0)]], {"unknown": 100, "mutex": 100}),
    ([[0]], [[(100, UNKNOWN, 0)], [(100, PREEMPTED, 0)]], {"unknown": 100}),
    ([[0]], [[(100, "mutex", 0)], [(100, "mutex", 0)], [(100, "disk", 0)]], {"mutex": 200 / 3, "disk": 100 / 3}),
    # Who waits for another one's end waits for what that does.
    ([[0], [0]], [[(100, "join", 0)], [(100, "mutex", 0)]], {"mutex": 100, "no-thread": 100}),
    ([[0]], [[(100, "join", 0)], [(100, "child", 0)]], {"join": 50, "child": 50}),
    ([[0]], [[(60, "join", 0)]], {"join": 60, "no-thread": 40}),
]

SWEEP = """
const [cpus, threads, allowed, states] = arguments, {trace} = timeline, Slices = trace.cpus[0].constructor;
const end = 100000, slices = list => new Slices(Float64Array.from([0, ...list.map(([until]) => until)]),
    Uint8Array.from(list, ([, kind]) => kind), Uint32Array.from(list, ([, , set]) => set), 0, list.length);
const kind = name => states[name] ?? 6 + trace.kinds.causes.findIndex(([cause]) => cause === name);
const made = {kinds: trace.kinds, names: {allowed}, columns: {task: []}, start: 0, end,
    cpus: cpus.map(times => slices([...times.slice(1), 100].map((until, i) => [until * 1000, i % 2, 0]))),
    tasks: threads.map(list => slices(list.map(([until, state, set]) => [until * 1000, kind(state), set])))};
const idle = new trace.idle.constructor(made), sums = {}, pieces = {};
for (const [cause, ns] of idle.between(0, end))
    sums[idle.name(cause)] = ns / 1000;
for (let at = 0; at < end; at += 7000)
    for (const [cause, ns] of idle.between(at, Math.min(end, at + 7000)))
        pieces[idle.name(cause)] = (pieces[idle.name(cause)] ?? 0) + ns / 1000;
return [sums, pieces];
"""


def test_rule(page, generated):
    page.open(generated)
    states = {RUNNING: 1, WOKEN: 2, PREEMPTED: 3, THROTTLED: 4, UNKNOWN: 5}
    for cpus, threads, expected in RULE:
        for sums in page(SWEEP, cpus, threads, [[], CPU_0, CPU_1], states):
            assert sums == pytest.approx(expected), (cpus, threads)


IDLE_SUMS = """
const done = arguments[0];
(function wait() {
    if (!timeline.trace.idle.levels)
        return setTimeout(wait, 20);
    const {idle, start, end} = timeline.trace, half = (start + end) / 2, sums = {};
    for (const [cause, ns] of idle.totals)
        sums[idle.name(cause)] = ns;
    const halves = {};
    for (const [cause, ns] of [...idle.between(start, half), ...idle.between(half, end)])
        halves[idle.name(cause)] = (halves[idle.name(cause)] ?? 0) + ns;
    return done({sums, halves});
})();
"""


@pytest.mark.parametrize("which", ["generated", "recorded", "looped"])
def test_idle_curve_is_the_report(page, request, which):
    """The curve of idle CPUs by cause, and ranges of it, come to what the report says."""
    made = request.getfixturevalue(which)
    page.open(made)
    told = {}
    for row in report_of(made)["idle"]["by"]:
        told[row["cause"]] = told.get(row["cause"], 0) + row["ns"]
    for sums in page.wait(IDLE_SUMS).values():
        for cause in set(told) | {c for c, ns in sums.items() if ns > 1000}:
            assert sums.get(cause, 0) == pytest.approx(told.get(cause, 0), rel=1e-6, abs=1000), cause
    # On a machine that has other work, a recording may see no idle CPU.
    assert sum(told.values()) > 0 or which != "generated"
