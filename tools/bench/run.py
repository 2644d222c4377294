#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0-only
"""What recording costs, side by side with perf sched and trace-cmd on the same machine.

Prints a table; with --save also writes it as a Markdown page. Needs root.
"""
import argparse
import datetime
import os
import platform
import sys
import tempfile
import time
from pathlib import Path

import budgets
from measure import Bench, BenchError, Series, Usage, median_and_spread, say
from recorders import RECORDERS, Recorder, TraceBuffers
from table import Row, as_markdown, as_text, verdict

OURS = RECORDERS[0].name
PROGRAMS = ("load", "usage")  # of this directory, in the build directory's bench/


def ms(ns: float) -> str:
    return f"{ns / 1e6:,.0f} ms"


def load_row(budget: budgets.LoadBudget, series: dict[str, Series]) -> Row:
    row = Row(budget.label, verdict="unknown" if budget.limit is not None else "")
    bare = [sample for s in series.values() for sample in s.bare]
    if bare:
        per_op, _ = median_and_spread([sample.per_op(budget.metric) for sample in bare])
        row.untraced = f"{per_op:,.0f} ns"
    for name, s in series.items():
        middle, spread = median_and_spread(s.ratios(budget.metric))
        row.cells[name] = f"{middle:.2f}x ±{spread:.2f}"
    if budget.limit is not None:
        row.budget = f"{budget.limit:.2f}x"
        if OURS in series:
            row.verdict = verdict(series[OURS].ratios(budget.metric), budget.limit)
    return row


def load_rows(bench: Bench, recorders: list[Recorder],
              done: dict[str, dict[str, Series]]) -> list[Row]:
    """Puts the series of each load into `done`."""
    rows = []
    for budget in budgets.LOADS:
        if budget.load not in done:
            say(f"{budget.load}: {bench.pairs} pairs with {len(recorders)} recorders")
            done[budget.load] = bench.compare(budget.load, recorders)
        rows.append(load_row(budget, done[budget.load]))
    return rows


def worst_loss_row(recorders: list[Recorder], done: dict[str, dict[str, Series]]) -> Row:
    row = Row("events lost, worst run of all loads")
    for r in recorders:
        losses = [series[r.name].worst_loss() for series in done.values() if r.name in series]
        row.cells[r.name] = f"{max(losses):,}" if losses and None not in losses else "?"
    return row


def start_stop_row(bench: Bench, recorders: list[Recorder]) -> tuple[Row, dict[str, int]]:
    """Also returns the size of each recorder's trace of nothing."""
    say("start and stop")
    row, empty = Row("start and stop, around `true`", budget=ms(budgets.START_STOP_NS),
                     verdict="unknown"), {}
    for r in recorders:
        try:
            extra, empty[r.name] = bench.start_stop(r)
        except BenchError as err:
            say(f"{r.name} failed on true: {err}")
            empty[r.name] = 0
            continue
        row.cells[r.name] = ms(extra)
        if r.name == OURS:
            row.verdict = verdict([extra], budgets.START_STOP_NS, 0)
    return row, empty


def switch_rows(series: dict[str, Series], empty: dict[str, int]) -> list[Row]:
    """Bytes per switch and losses of the load that does nothing but switch."""
    rates = [sample.switch_rate() for s in series.values() for sample in s.bare]
    rate = f"{median_and_spread(rates)[0]:,.0f}/s" if rates else ""
    size = Row("bytes on disk per switch and waking", budget=f"{budgets.BYTES_PER_SWITCH:.0f}",
               verdict="unknown")
    lost = Row("events lost at that switch rate", rate, budget=f"{budgets.LOST}",
               verdict="unknown")
    for name, s in series.items():
        per_switch, worst = s.bytes_per_switch(empty[name]), s.worst_loss()
        size.cells[name] = f"{per_switch:.1f}"
        lost.cells[name] = "?" if worst is None else f"{worst:,}"
        if name == OURS:
            size.verdict = verdict([per_switch], budgets.BYTES_PER_SWITCH, 1)
            if worst is not None:
                lost.verdict = verdict([worst], budgets.LOST, 0)
    return [size, lost]


def usage_text(used: Usage) -> str:
    return f"{used.wall_ns / 1e9:.2f} s, {used.peak_bytes / 1e6:,.0f} MB"


def usage_row(label: str, used: Usage, limit_ns: float, limit_bytes: float | None) -> Row:
    row = Row(label, cells={OURS: usage_text(used)})
    row.budget = f"{limit_ns / 1e9:g} s"
    good = used.wall_ns <= limit_ns
    if limit_bytes is not None:
        row.budget += f", {limit_bytes / 1e6:.0f} MB"
        good = good and used.peak_bytes <= limit_bytes
    row.verdict = "met" if good else "missed"
    return row


def analysis_rows(bench: Bench, events: int) -> list[Row]:
    """Report and export of a generated trace; a tenth of it shows whether memory grows."""
    generator, conctrace = str(bench.build / "tests" / "gen_trace"), str(bench.build / "conctrace")
    missing = [p for p in (generator, conctrace) if not os.access(p, os.X_OK)]
    if missing:
        say(f"left out: report of {events:,} events: {' and '.join(missing)} not built")
        return []
    small, big, picture = (str(bench.scratch / name) for name in ("small", "big", "picture"))
    share, name = events / budgets.REPORT_EVENTS, f"{events / 1e6:g} million events"
    rows = []
    say(f"report and export of {name}")
    try:
        for trace, count in ((small, events // 10), (big, events)):
            bench.usage_of([generator, trace, str(count), *budgets.REPORT_MACHINE])
        tenth = bench.usage_of([conctrace, "report", small])
        rows.append(usage_row(f"report on {name}", bench.usage_of([conctrace, "report", big]),
                              budgets.REPORT_NS * share, budgets.REPORT_BYTES))
        rows.append(Row("  on a tenth of them", cells={OURS: usage_text(tenth)}))
        rows.append(usage_row(f"Perfetto export of {name}",
                              bench.usage_of([conctrace, "export", big, "--perfetto", picture]),
                              budgets.PERFETTO_NS * share, None))
    except BenchError as err:
        say(str(err))
        rows.append(Row(f"report and export of {name}", verdict="failed"))
    finally:
        bench.clear()
    return rows


def usable(build: Path) -> list[Recorder]:
    found = []
    for recorder in RECORDERS:
        reason = recorder.missing(build)
        if reason:
            say(f"left out: {recorder.name}: {reason}")
        else:
            found.append(recorder)
    return found


def machine() -> str:
    return (f"{platform.system()} {platform.release()} {platform.machine()}, "
            f"{os.cpu_count()} CPUs, load average before {os.getloadavg()[0]:.2f}")


def counts(recorders: list[Recorder], bench: Bench) -> str:
    return ", ".join(f"{bench.pairs * r.turns} pairs for {r.name}" for r in recorders)


def page(rows: list[Row], recorders: list[Recorder], where: str, bench: Bench) -> str:
    names = [r.name for r in recorders]
    hows = "\n".join(f"- {r.name}: `{r.how}`" for r in recorders)
    return f"""# What recording costs

Written by `tools/bench/run.py --save docs/benchmark.md` on {datetime.date.today().isoformat()}:
{where}.

Each load ran for {bench.seconds} s with each recorder and, next to it, without one, the order
alternating: {counts(recorders, bench)}.
A cell is the median of those pairs: time per operation while recorded over time per operation
untraced, with the median distance from it. Unless it says wall time it is the load's own
processor time, as the kernel counts it. Bytes are those beyond an empty trace, for each context
switch of the pipe ping-pong; what perf calls lost is one event or more. Start and stop is the time
of recording `true` beyond `true` itself. "Missed, within noise": the median is above the budget,
the best pair is not.

{as_markdown(rows, names)}

What was run:
{hows}

The loads are in tools/bench/load.c, the budgets in tools/bench/budgets.py.
"""


def measure_all(bench: Bench, recorders: list[Recorder], events: int) -> list[Row]:
    done: dict[str, dict[str, Series]] = {}
    with TraceBuffers():
        start_stop, empty = start_stop_row(bench, recorders)
        rows = load_rows(bench, recorders, done)
    rows += switch_rows(done[budgets.SWITCH_LOAD], empty)
    return [*rows, worst_loss_row(recorders, done), start_stop, *analysis_rows(bench, events)]


def parse_args() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--build", type=Path, default=Path("build"), help="build directory")
    parser.add_argument("--quick", action="store_true", help="3 pairs and shorter loads")
    parser.add_argument("--pairs", type=int, help="pairs per load and recorder (default 5)")
    parser.add_argument("--save", type=Path, metavar="FILE", help="also write a Markdown page")
    parser.add_argument("--gate", action="store_true",
                        help="exit 1 if a budget is missed beyond noise")
    return parser.parse_args()


def main() -> int:
    args = parse_args()
    build = args.build.resolve()
    if os.geteuid() != 0:
        say("needs root: all recorders watch the whole machine")
        return 2
    unbuilt = [name for name in PROGRAMS if not os.access(build / "bench" / name, os.X_OK)]
    if unbuilt:
        say(f"not built in {build}/bench: {', '.join(unbuilt)}; run make bench")
        return 2
    where, started = machine(), time.monotonic()
    recorders = usable(build)
    names = [r.name for r in recorders]
    with tempfile.TemporaryDirectory(prefix="bench-", dir=build) as scratch:
        bench = Bench(build, Path(scratch), args.pairs or (3 if args.quick else 5),
                      0.25 if args.quick else 0.5)
        events = budgets.REPORT_EVENTS // (5 if args.quick else 1)
        try:
            rows = measure_all(bench, recorders, events)
        except BenchError as err:
            say(str(err))
            return 1
    print(f"{where}\nx = recorded / untraced, per operation; medians of "
          f"{counts(recorders, bench)}\n\n"
          f"{as_text(rows, names)}")
    if args.save:
        args.save.write_text(page(rows, recorders, where, bench))
        say(f"wrote {args.save}")
    say(f"took {time.monotonic() - started:.0f} s")
    bad = [row for row in rows if row.verdict in ("missed", "failed", "unknown")]
    return 1 if args.gate and bad else 0


if __name__ == "__main__":
    sys.exit(main())
