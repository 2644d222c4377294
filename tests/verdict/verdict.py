#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0-only
"""Records the programs of table.py and prints how right the verdict is about each.

    verdict.py [--build DIR] [--conctrace FILE] [--keep DIR] [--only-build] [--any-load] [NAME...]

The second table: for each code the programs that have the fault, how many of them were told so, how
many with the right thread, lock or place, how many programs look alike and are fine, how often it
was said of a program of which it is not true. Exit 0 if nothing is wrong.
"""

import argparse
import json
import os
import shutil
import subprocess
import sys
import tempfile
import time

sys.dont_write_bytecode = True
HERE = os.path.dirname(os.path.abspath(__file__))
sys.path[1:1] = [os.path.join(os.path.dirname(HERE), "truth"), os.path.dirname(HERE)]

import partitions  # noqa: E402
import programs  # noqa: E402
import score  # noqa: E402
import seen  # noqa: E402
from table import ROWS  # noqa: E402

LIMIT = 60      # seconds
ATTEMPTS = 3    # until the fault is there: what else the machine does may hide it
QUIET = "other < 5"
PATIENCE = 5    # seconds to wait for other programs to come to rest
LOOK = 0.2      # seconds to look whether they have
HEAD = ("code", "programs", "found", "right subject", "alike", "false alarms", "precision", "recall")
LAYOUT = "{:20} {:>8} {:>6} {:>13} {:>6} {:>12} {:>9} {:>7}"


class NoEvidence(Exception):
    """The run does not show what the row claims of it."""


def record(row, conctrace, folder, where):
    """Its JSON report; raises RuntimeError. `where`: the folder of built programs."""
    command, before = programs.command(row, where)
    report, env = os.path.join(folder, "report.json"), {**os.environ, "LC_ALL": "C"}
    for words in before:
        subprocess.run(words, cwd=folder, stdin=subprocess.DEVNULL, check=True, timeout=LIMIT)
    with programs.wrapped(row.wrap) as prefix:
        done = subprocess.run([conctrace, "record", "-o", os.path.join(folder, "verdict.data"),
                               "--json", report, "--as-root", *row.options, "--", *prefix,
                               *command], cwd=folder, env=env, preexec_fn=programs.go_first,
                              stdin=subprocess.DEVNULL, text=True, stdout=subprocess.PIPE,
                              stderr=subprocess.PIPE, timeout=LIMIT, check=False)
    with open(os.path.join(folder, "report.txt"), "w", encoding="utf-8") as text:
        text.write(done.stderr)
    if row.ends and done.returncode:
        raise RuntimeError(f"ended with {done.returncode}: {done.stderr[-500:]}")
    with open(report, encoding="utf-8") as text:
        return json.load(text)


def cpu_times():
    """(ticks that all CPUs worked, that they did not) since the machine started."""
    with open("/proc/stat", encoding="ascii") as stat:
        ticks = [int(word) for word in stat.readline().split()[1:9]]
    return sum(ticks) - ticks[3] - ticks[4], ticks[3] + ticks[4]


def wait_for_quiet():
    """Until the CPUs are idle for a moment, or for as long as may be."""
    end = time.monotonic() + PATIENCE
    while time.monotonic() < end:
        before = cpu_times()
        time.sleep(LOOK)
        work, idle = (after - past for after, past in zip(cpu_times(), before))
        if work * 5 < idle:
            return


def with_quiet(proof):
    """A row may bring its own limit: what it does gives the kernel's threads something to do."""
    return proof if any(what.startswith("other ") for what in proof) else (QUIET, *proof)


def attempt(row, conctrace, folder, where, load):
    """The report of a run that shows what the row claims of it; `load`: whatever else runs."""
    for _ in range(ATTEMPTS):
        if not load:
            wait_for_quiet()
        report = record(row, conctrace, folder, where)
        wrong = partitions.problems(report)
        if wrong:
            raise RuntimeError(f"sums: {wrong[0]}")
        lacks = seen.missing(row.proof if load else with_quiet(row.proof), report)
        if not lacks:
            return report
    raise NoEvidence("; ".join(lacks))


def run(row, conctrace, where, keep=None, load=False):
    """Its score.Verdict; raises NoEvidence, RuntimeError, and what programs raises."""
    with tempfile.TemporaryDirectory(prefix="conctrace-verdict-") as folder:
        try:
            return score.judge(row, attempt(row, conctrace, folder, where, load))
        finally:
            if keep:
                kept = os.path.join(keep, row.name)
                shutil.rmtree(kept, ignore_errors=True)
                shutil.copytree(folder, kept, ignore=shutil.ignore_patterns("verdict-*"))


def describe(verdict):
    """One line on it."""
    row, words = verdict.row, verdict.answer
    if verdict.found:
        words += f": {verdict.found}" + (f" in place {verdict.place}" if verdict.place > 1 else "")
    elif row.expect:
        words += f": {' or '.join(row.expect)}"
    alarms = [f"{f['code']} {100 * f['share']:.0f} %" for f in verdict.alarms]
    return words + (f"; false alarm: {', '.join(alarms)}" if alarms else "")


def percent(value):
    return "-" if value is None else f"{100 * value:.0f} %"


def print_sums(verdicts):
    print(LAYOUT.format(*HEAD))
    for line in score.sums(verdicts):
        print(LAYOUT.format(line.code, line.programs, line.found, line.right, line.alike,
                            line.false_alarms, percent(line.precision), percent(line.recall)))


def options_of(words):
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--build", default="build", help="build directory")
    parser.add_argument("--conctrace", help="the program under test")
    parser.add_argument("--keep", help="a folder for recordings and reports")
    parser.add_argument("--only-build", action="store_true", help="record nothing")
    parser.add_argument("--any-load", action="store_true",
                        help="judge also what was recorded while other programs were busy")
    parser.add_argument("names", nargs="*", help="programs; none = all")
    options = parser.parse_args(words)
    options.conctrace = os.path.abspath(options.conctrace or
                                        os.path.join(options.build, "conctrace"))
    options.programs = os.path.abspath(os.path.join(options.build, "tests", "verdict"))
    unknown = set(options.names) - {row.name for row in ROWS}
    if unknown:
        parser.error(f"no program {sorted(unknown)[0]!r} in tests/verdict/table.py")
    return options


def main():
    options = options_of(sys.argv[1:])
    rows = [row for row in ROWS if not options.names or row.name in options.names]
    programs.build_all(rows, options.programs)
    if options.only_build:
        return 0
    if os.geteuid() != 0:
        programs.elevate()
    started, verdicts, unjudged, failed = time.monotonic(), [], 0, []
    for row in rows:
        try:
            verdict = run(row, options.conctrace, options.programs, options.keep,
                          options.any_load)
            verdicts.append(verdict)
            words = describe(verdict)
            if not verdict.good and row.known:
                words += f" [known: {row.known}]"
            if not verdict.good:
                failed.append(row.name)
        except (programs.Missing, NoEvidence) as reason:
            kind = "no evidence" if isinstance(reason, NoEvidence) else "skipped"
            words, unjudged = f"{kind}: {reason}", unjudged + 1
        except (programs.Failed, RuntimeError, ValueError, OSError,
                subprocess.SubprocessError) as error:
            words = f"failed: {error}"
            failed.append(row.name)
        print(f"{row.name:22} {row.code:20} {words}", flush=True)
    print()
    print_sums(verdicts)
    print(f"\n{len(rows)} programs, {len(failed)} with something wrong, {unjudged} not judged; "
          f"{time.monotonic() - started:.0f} s")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
