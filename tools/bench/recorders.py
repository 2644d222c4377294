# SPDX-License-Identifier: GPL-2.0-only
"""The recorders that are compared. One row is one recorder; the first is ours.

Each is told to record every context switch and waking of the machine; trace-cmd also the futex
system calls, without which it could not tell a lock from a sleep.
"""
import json
import os
import re
import shutil
import subprocess
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

TRACEFS = Path("/sys/kernel/tracing")

# trace-cmd insists on resetting the function tracer. Where the kernel refuses that, it gives up,
# although it needs none of it here: in a mount namespace of its own it may write to /dev/null.
MASK_FUNCTION_TRACER = """
for f in /proc/sys/kernel/ftrace_enabled /sys/kernel/tracing/set_ftrace_filter \\
	/sys/kernel/tracing/set_ftrace_notrace /sys/kernel/tracing/set_ftrace_pid \\
	/sys/kernel/tracing/set_ftrace_notrace_pid; do
	[ ! -e "$f" ] || mount --bind /dev/null "$f" || exit 1
done
exec "$@"
"""

TRACE_CMD_EVENTS = [
    "sched:sched_switch", "sched:sched_waking",
    "syscalls:sys_enter_futex", "syscalls:sys_exit_futex",
]


@dataclass(frozen=True)
class Recorder:
    name: str
    how: str  # for the page: what was run
    missing: Callable[[Path], str | None]  # build directory -> why it cannot run
    command: Callable[[Path, Path, list[str]], list[str]]  # build, trace, workload
    lost: Callable[[Path, Path], int | None]  # build, trace -> events, None if it does not tell
    turns: int = 1  # pairs per round
    # trace-cmd gives up if kernel symbols change while it copies them: when anyone loads BPF.
    tries: int = 1


def _output(argv: list[str]) -> str:
    done = subprocess.run(argv, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True,
                          errors="replace", check=False)
    return done.stdout


def _conctrace_missing(build: Path) -> str | None:
    return None if os.access(build / "conctrace", os.X_OK) else f"{build}/conctrace is not built"


def _conctrace_command(build: Path, trace: Path, argv: list[str]) -> list[str]:
    return [str(build / "conctrace"), "record", "-q", "-o", str(trace), "--", *argv]


def _conctrace_lost(build: Path, trace: Path) -> int | None:
    report = trace.with_suffix(".json")
    _output([str(build / "conctrace"), "export", str(trace), "--json", str(report)])
    try:
        return json.loads(report.read_text())["events"]["lost"]
    except (OSError, ValueError, KeyError):
        return None
    finally:
        report.unlink(missing_ok=True)


def _perf_missing(_build: Path) -> str | None:
    return None if shutil.which("perf") else "perf is not installed"


def _perf_command(_build: Path, trace: Path, argv: list[str]) -> list[str]:
    return ["perf", "sched", "record", "-o", str(trace), *argv]


def _perf_lost(_build: Path, trace: Path) -> int | None:
    """perf counts lost records, each of which stands for one or more events."""
    text = _output(["perf", "report", "--stats", "-i", str(trace)])
    if "TOTAL events" not in text:
        return None
    return sum(int(n) for n in re.findall(r"LOST(?:_SAMPLES)? events:\s+(\d+)", text))


def _trace_cmd_prefix() -> list[str]:
    return ["unshare", "-m", "sh", "-c", MASK_FUNCTION_TRACER, "sh"]


def _trace_cmd_missing(_build: Path) -> str | None:
    if not shutil.which("trace-cmd"):
        return "trace-cmd is not installed"
    if subprocess.run([*_trace_cmd_prefix(), "true"], capture_output=True, check=False).returncode:
        return "cannot mask the function tracer's files (unshare -m)"
    return None


def _trace_cmd_command(_build: Path, trace: Path, argv: list[str]) -> list[str]:
    events = [word for event in TRACE_CMD_EVENTS for word in ("-e", event)]
    return [*_trace_cmd_prefix(), "trace-cmd", "record", "-b", "32768", *events, "-o", str(trace),
            *argv]


def _trace_cmd_lost(_build: Path, trace: Path) -> int | None:
    text = _output(["trace-cmd", "report", "--stat", "-i", str(trace)])
    counts = re.findall(r"^(?:overrun|commit overrun|dropped events): (\d+)", text, re.M)
    return sum(int(n) for n in counts) if counts else None


RECORDERS = [
    Recorder("conctrace", "conctrace record -q -o FILE -- LOAD",
             _conctrace_missing, _conctrace_command, _conctrace_lost, turns=2),
    Recorder("perf sched", "perf sched record -o FILE LOAD",
             _perf_missing, _perf_command, _perf_lost),
    Recorder("trace-cmd", "trace-cmd record -b 32768 -e sched_switch -e sched_waking "
             "-e sys_enter_futex -e sys_exit_futex -o FILE LOAD",
             _trace_cmd_missing, _trace_cmd_command, _trace_cmd_lost, tries=5),
]


class TraceBuffers:
    """Makes tracefs reachable, and gives back the memory that trace-cmd makes the kernel keep."""

    def __enter__(self) -> "TraceBuffers":
        if not (TRACEFS / "events").exists():
            subprocess.run(["mount", "-t", "tracefs", "tracefs", str(TRACEFS)], check=False)
        self._size = TRACEFS / "buffer_size_kb"
        try:
            text = self._size.read_text()
        except OSError:
            text = ""
        expanded = re.search(r"expanded: (\d+)", text) or re.match(r"(\d+)", text)
        self._before = expanded.group(1) if expanded else None
        return self

    def __exit__(self, *_exc: object) -> None:
        if self._before:
            try:
                self._size.write_text(self._before)
            except OSError as err:
                print(f"bench: cannot restore {self._size}: {err}")
