# SPDX-License-Identifier: GPL-2.0-only
"""Runs loads with and without a recorder, in pairs, and compares them."""
import re
import statistics
import subprocess
import sys
import time
from dataclasses import dataclass, field
from pathlib import Path

from recorders import Recorder

RESULT = re.compile(
    r"^load: name=\S+ ops=(\d+) wall_ns=(\d+) cpu_ns=(\d+) vol=(\d+) inv=(\d+)$", re.M)
USAGE = re.compile(r"^usage: wall_ns=(\d+) peak_bytes=(\d+)$", re.M)
TIMEOUT_S = 60


class BenchError(Exception):
    """A run that failed, in words for the person who runs the bench."""


@dataclass(frozen=True)
class Sample:
    """One run of a load, as it saw itself."""
    ops: int
    wall_ns: int
    cpu_ns: int
    switches: int

    def per_op(self, metric: str) -> float:
        return (self.cpu_ns if metric == "cpu" else self.wall_ns) / max(self.ops, 1)

    def switch_rate(self) -> float:
        return self.switches / self.wall_ns * 1e9


@dataclass(frozen=True)
class Usage:
    wall_ns: int
    peak_bytes: int


@dataclass
class Series:
    """All pairs of one load and one recorder."""
    bare: list[Sample] = field(default_factory=list)
    traced: list[Sample] = field(default_factory=list)
    sizes: list[int] = field(default_factory=list)  # of the trace, bytes
    lost: list[int | None] = field(default_factory=list)

    def ratios(self, metric: str) -> list[float]:
        return [t.per_op(metric) / b.per_op(metric) for b, t in zip(self.bare, self.traced)]

    def bytes_per_switch(self, empty: int) -> float:
        return statistics.median(
            max(size - empty, 0) / max(sample.switches, 1)
            for size, sample in zip(self.sizes, self.traced))

    def worst_loss(self) -> int | None:
        return None if None in self.lost or not self.lost else max(self.lost)


def median_and_spread(values: list[float]) -> tuple[float, float]:
    """The median, and the median distance from it."""
    middle = statistics.median(values)
    return middle, statistics.median(abs(v - middle) for v in values)


def run(argv: list[str]) -> str:
    """Returns all output; raises BenchError on failure."""
    try:
        done = subprocess.run(argv, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                              stderr=subprocess.STDOUT, text=True, errors="replace",
                              timeout=TIMEOUT_S, check=False)
    except (OSError, subprocess.TimeoutExpired) as err:
        raise BenchError(f"{argv[0]}: {err}") from err
    if done.returncode:
        last = done.stdout.strip().splitlines()[-1:] or ["no output"]
        raise BenchError(f"{' '.join(argv[:3])}...: exit code {done.returncode}: {last[0]}")
    return done.stdout


def result_of(output: str) -> Sample:
    """What a load printed, whatever a recorder said around it."""
    match = RESULT.search(output)
    if not match:
        raise BenchError("no result line in the output of a load")
    ops, wall, cpu, vol, inv = (int(group) for group in match.groups())
    return Sample(ops, wall, cpu, vol + inv)


class Bench:
    """What is measured with: the build directory, a place for traces, how often and how long.

    `pairs` is what a recorder with one turn per round gets for each load.
    """

    def __init__(self, build: Path, scratch: Path, pairs: int, seconds: float) -> None:
        self.build, self.scratch, self.pairs, self.seconds = build, scratch, pairs, seconds
        self.trace = scratch / "trace"

    def record(self, recorder: Recorder, argv: list[str]) -> tuple[str, int]:
        """Output and nanoseconds of one recorded run, which leaves its trace; tries as told."""
        for left in reversed(range(recorder.tries)):
            self.clear()
            try:
                return timed(recorder.command(self.build, self.trace, argv))
            except BenchError:
                if not left:
                    raise
        raise AssertionError("a recorder has at least one try")

    def pair(self, load: str, recorder: Recorder, series: Series) -> None:
        """One untraced run and one recorded run next to each other, added to the series."""
        argv = [str(self.build / "bench" / "load"), load, str(self.seconds)]
        bare_first = len(series.bare) % 2 == 0
        bare = result_of(run(argv)) if bare_first else None
        traced = result_of(self.record(recorder, argv)[0])
        size = self.trace.stat().st_size
        series.bare.append(bare or result_of(run(argv)))
        series.traced.append(traced)
        series.sizes.append(size)
        series.lost.append(recorder.lost(self.build, self.trace))
        self.clear()

    def clear(self) -> None:
        """Removes traces before the kernel spends time on writing them back."""
        for file in self.scratch.iterdir():
            file.unlink()

    def compare(self, load: str, recorders: list[Recorder]) -> dict[str, Series]:
        """Interleaved, so that a change of the machine's mood meets all recorders alike.

        A recorder that fails is left out of the result.
        """
        series = {r.name: Series() for r in recorders}
        for recorder in [r for _ in range(self.pairs) for r in recorders]:
            try:
                for _ in range(recorder.turns if recorder.name in series else 0):
                    self.pair(load, recorder, series[recorder.name])
            except BenchError as err:
                say(f"{recorder.name} failed on {load}: {err}")
                del series[recorder.name]
        return series

    def start_stop(self, recorder: Recorder) -> tuple[float, int]:
        """Nanoseconds beyond the bare `true`, and the size of the trace of it."""
        extra, size = [], 0
        for _ in range(self.pairs):
            _, bare = timed(["true"])
            _, traced = self.record(recorder, ["true"])
            extra.append(traced - bare)
            size = self.trace.stat().st_size
            self.clear()
        return statistics.median(extra), size


    def usage_of(self, argv: list[str]) -> Usage:
        """What a command took; its standard output is dropped."""
        match = USAGE.search(run([str(self.build / "bench" / "usage"), *argv]))
        if not match:
            raise BenchError(f"{' '.join(argv[:2])}...: no usage line")
        return Usage(int(match[1]), int(match[2]))


def timed(argv: list[str]) -> tuple[str, int]:
    """Output and nanoseconds of a command."""
    start = time.monotonic_ns()
    output = run(argv)
    return output, time.monotonic_ns() - start


def say(text: str) -> None:
    print(f"bench: {text}", file=sys.stderr, flush=True)
