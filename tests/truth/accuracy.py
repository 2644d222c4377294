#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0-only
"""Records the programs with known answers and prints how right the report is about each.

    accuracy.py [--build DIR] [--conctrace FILE] [--keep DIR] [--only-build] [NAME...]

kinds: the waits are of the kinds, and the time of the causes, that they are. right, unknown:
share of the contended time in which the holder named is the one by the program's own log, or
nobody is named. high: share wrong with high confidence. stacks: waits whose call chain is complete
and has the functions it must have. names: objects and sites. facts: what else is known.
Exit 0 if nothing is wrong.
"""

import argparse
import os
import shutil
import sys
import tempfile
import time

sys.dont_write_bytecode = True

import build  # noqa: E402
import measure  # noqa: E402
import score  # noqa: E402
from table import ROWS  # noqa: E402

HEAD = ("program", "language", "kinds", "right", "unknown", "high", "stacks", "names", "facts")
LAYOUT = "{:21} {:8} {:>5} {:>6} {:>7} {:>6} {:>6} {:>5} {:>5}"


def percent(part, whole):
    return f"{100 * part / whole:.1f}" if whole else "-"


def cells(row, verdict):
    sums = verdict.held
    return (row.name, row.language, "no" if verdict.kinds else "ok",
            percent(sums.right, sums.judged), percent(sums.unknown, sums.judged),
            percent(sums.high_wrong, sums.judged), percent(verdict.good, verdict.waits),
            ("no" if verdict.names else "ok") if verdict.named else "-",
            ("no" if verdict.facts else "ok") if row.facts else "-")


def run_one(row, options):
    """Its verdict; None if the machine lacks what it needs. Keeps the recording if asked to."""
    with tempfile.TemporaryDirectory(prefix="conctrace-truth-") as folder:
        try:
            return measure.measure(row, options.conctrace, options.programs, folder)
        except build.Missing as reason:
            print(f"{row.name:21} {row.language:8} skipped: {reason}", flush=True)
            return None
        finally:
            if options.keep:
                kept = os.path.join(options.keep, row.name)
                shutil.rmtree(kept, ignore_errors=True)
                shutil.copytree(folder, kept)


def total(verdicts):
    """The last line: sums over all rows."""
    sums = score.Score()
    for verdict in verdicts:
        sums.add(verdict.held)
    waits = sum(v.waits for v in verdicts)
    bad = [sum(bool(getattr(v, what)) for v in verdicts) for what in ("kinds", "names", "facts")]
    return ("all", "", f"{bad[0]} no", percent(sums.right, sums.judged),
            percent(sums.unknown, sums.judged), percent(sums.high_wrong, sums.judged),
            percent(sum(v.good for v in verdicts), waits), f"{bad[1]} no", f"{bad[2]} no")


def build_all(rows, programs):
    """Before anything else, and without privilege; a row that fails is told when it is run."""
    for row in rows:
        try:
            build.build(row, programs)
        except (build.Missing, build.Failed):
            pass


def elevate():
    """Goes on as root, by sudo."""
    if not shutil.which("sudo"):
        sys.exit("accuracy: recording needs root, and there is no sudo")
    ask = [] if sys.stdin.isatty() else ["-n"]
    sys.stdout.flush()
    os.execvp("sudo", ["sudo", *ask, sys.executable, *sys.argv])


def options_of(words):
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--build", default="build", help="build directory")
    parser.add_argument("--conctrace", help="the program under test")
    parser.add_argument("--keep", help="a folder for recordings and logs")
    parser.add_argument("--only-build", action="store_true", help="record nothing")
    parser.add_argument("names", nargs="*", help="programs; none = all")
    options = parser.parse_args(words)
    options.conctrace = os.path.abspath(options.conctrace or
                                        os.path.join(options.build, "conctrace"))
    options.programs = os.path.abspath(os.path.join(options.build, "tests", "truth"))
    unknown = set(options.names) - {row.name for row in ROWS}
    if unknown:
        parser.error(f"no program {sorted(unknown)[0]!r} in tests/truth/table.py")
    return options


def main():
    options = options_of(sys.argv[1:])
    rows = [row for row in ROWS if not options.names or row.name in options.names]
    build_all(rows, options.programs)
    if options.only_build:
        return 0
    if os.geteuid() != 0:
        elevate()
    started, verdicts, failed = time.monotonic(), [], []
    print(LAYOUT.format(*HEAD), flush=True)
    for row in rows:
        try:
            verdict = run_one(row, options)
        except (build.Failed, RuntimeError, ValueError, OSError) as error:
            print(f"{row.name:21} {row.language:8} failed: {error}", flush=True)
            failed.append((row, [str(error)]))
            continue
        if verdict is None:
            continue
        verdicts.append(verdict)
        print(LAYOUT.format(*cells(row, verdict)), flush=True)
        if verdict.problems():
            failed.append((row, verdict.problems()))
    print(LAYOUT.format(*total(verdicts)))
    for row, problems in failed:
        print(f"\n{row.name}:")
        for problem in problems:
            print(f"  {problem}")
    print(f"\n{len(rows)} programs, {len(failed)} with something wrong, "
          f"{len(rows) - len(verdicts)} not judged; {time.monotonic() - started:.0f} s")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
