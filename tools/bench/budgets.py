# SPDX-License-Identifier: GPL-2.0-only
"""What recording may cost. One row is one load of load.c with its limit."""
from dataclasses import dataclass


@dataclass(frozen=True)
class LoadBudget:
    load: str  # its name in load.c
    label: str
    metric: str  # "cpu" or "wall" time per operation, traced over untraced
    limit: float | None  # None = shown, not judged


LOADS = [
    LoadBudget("pipe-pingpong", "pipe ping-pong, two processes, one CPU", "cpu", 1.15),
    LoadBudget("pipe-pingpong", "the same, wall time", "wall", None),
    LoadBudget("futex-pingpong", "futex ping-pong, two threads, one CPU", "cpu", None),
    LoadBudget("mutex-storm-4", "contended mutex, 4 threads, wall time", "wall", 1.05),
    LoadBudget("mutex-storm-16", "contended mutex, 16 threads, wall time", "wall", 1.05),
    LoadBudget("yield-storm-4", "yields under a mutex, one CPU, wall time", "wall", 1.30),
    LoadBudget("futex-again", "futex calls that do not block", "cpu", 1.00),
    LoadBudget("getppid", "getppid loop", "cpu", 1.01),
    LoadBudget("cpu", "computing loop", "cpu", 1.01),
]

SWITCH_LOAD = "pipe-pingpong"  # bytes per switch and losses are those of this load

BYTES_PER_SWITCH = 4.0
LOST = 0
START_STOP_NS = 60e6
REPORT_EVENTS = 10_000_000
REPORT_MACHINE = ("4", "50")  # CPUs and threads of the generated trace
REPORT_NS = 3e9
REPORT_BYTES = 300e6
PERFETTO_NS = 10e9
