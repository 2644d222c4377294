# SPDX-License-Identifier: GPL-2.0-only
"""Records one program of table.py and compares the report with what is true of it."""

import bisect
import csv
import gzip
import json
import os
import re
import subprocess
import sys
from dataclasses import dataclass, field

import build
import facts
import score
import truthlog

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path.insert(0, os.path.join(os.path.dirname(HERE), "lib"))

import perfetto_decode  # noqa: E402

LIMIT = 60            # seconds
ALWAYS_ALSO = ("join", "kernel")
FEW_WAITS = 2         # of an unregistered object: too few to be held against the tool
ATTEMPTS = 3
CHAINS_GOOD = 97      # percent of all programs' waits with a complete and expected call chain
ROW_CHAINS_GOOD = 90  # of one program's
SITES_GOOD = 90


@dataclass
class Holding:
    """Who held what; holder_tid None = not known."""
    address: str
    start_ns: int
    end_ns: int
    holder_tid: int
    confidence: str


@dataclass
class Run:
    """One recording and the program's own log."""
    row: object
    report: dict
    stdout: str
    log: dict
    holds: list = None  # of the CSV export, as Holding
    full: str = None    # the program with its symbols


@dataclass
class Verdict:
    """Problems by what they are about, and the figures of the table."""
    kinds: list = field(default_factory=list)
    names: list = field(default_factory=list)
    stacks: list = field(default_factory=list)
    holders: list = field(default_factory=list)
    facts: list = field(default_factory=list)
    held: score.Score = field(default_factory=score.Score)
    waits: int = 0           # whose call chain is known in advance
    complete: int = 0        # of them: unwound to the end
    good: int = 0            # of them: and with the expected functions
    seen: str = ""           # what kinds there were
    named: int = 0           # names that were expected, of objects and sites
    soft: list = field(default_factory=list)  # problems that another load may do away with

    def problems(self):
        return self.kinds + self.names + self.stacks + self.holders + self.facts


def record(row, conctrace, programs, folder):
    """Builds, records and reads; raises build.Missing, build.Failed or RuntimeError."""
    command = build.build(row, programs)
    base = os.path.join(folder, "truth-log")
    report = os.path.join(folder, "report.json")
    words = [conctrace, "record", "-q", "-o", os.path.join(folder, "truth.data"), "--json", report,
             "--as-root", *row.options]
    perfetto, tables = (os.path.join(folder, name) for name in ("truth.perfetto", "truth.csv"))
    if row.scored:
        words += ["--perfetto", perfetto, "--csv", tables]
    done = subprocess.run([*words, "--", *command, *row.args], cwd=folder, text=True,
                          env={**os.environ, "TRUTH_LOG": base}, stdin=subprocess.DEVNULL,
                          stdout=subprocess.PIPE, stderr=subprocess.PIPE, timeout=LIMIT,
                          check=False)
    if row.code is not None and done.returncode != row.code:
        raise RuntimeError(f"{row.name} ended with {done.returncode}: {done.stderr[-500:]}")
    with open(report, encoding="utf-8") as text:
        run = Run(row, json.load(text), done.stdout, truthlog.read(base))
    if row.variant == "stripped":
        run.full = command[0] + ".full"
    if row.scored:
        run.holds = read_holds(tables, perfetto_decode.Trace(perfetto))
    return run


def read_table(folder, name):
    with gzip.open(os.path.join(folder, name + ".csv.gz"), "rt", encoding="utf-8") as text:
        return list(csv.DictReader(text))


def read_holds(folder, trace):
    """The table `holds`, each piece with its own confidence; times of CLOCK_MONOTONIC."""
    zero = trace.times.origin + perfetto_decode.to_monotonic(trace.clocks)
    address = {row["id"]: row["address"] for row in read_table(folder, "objects")}
    return [Holding(address[row["sync"]], zero + int(row["start_ns"]), zero + int(row["end_ns"]),
                    int(row["holder_tid"]) if row["holder_tid"] else None, row["confidence"])
            for row in read_table(folder, "holds") if address[row["sync"]]]


class Symbols:
    """Functions of a file that was not stripped, by address."""

    def __init__(self, path):
        text = subprocess.run(["nm", "-n", "--defined-only", path], stdout=subprocess.PIPE,
                              text=True, check=True).stdout
        rows = [line.split() for line in text.splitlines()]
        self.rows = [(int(r[0], 16), r[2]) for r in rows if r[1] in "tTwW"]

    def at(self, address):
        index = bisect.bisect([start for start, _ in self.rows], address) - 1
        return self.rows[index][1] if index >= 0 else None


def address_of(sync):
    return int(sync["address"], 16)


def matching(run, expected):
    """The report's objects that the expectation is about."""
    if expected.key:
        return [s for s in run.report["sync"] if run.log[expected.key].covers(address_of(s))]
    return [s for s in run.report["sync"] if s["kind"] in expected.kinds]


def check_kinds(run, verdict):
    row, claimed = run.row, set()
    for expected in row.objects:
        what = expected.key or "/".join(expected.kinds)
        found = matching(run, expected)
        claimed.update(s["id"] for s in found)
        waits = sum(s["waits"] for s in found if s["kind"] in expected.kinds)
        for sync in found:
            if sync["kind"] not in expected.kinds:
                verdict.kinds.append(f"{what}: {sync['kind']} ({sync['waits']} waits) instead of "
                                     f"{'/'.join(expected.kinds)}")
        if waits < expected.waits:
            verdict.kinds.append(f"{what}: {waits} waits, at least {expected.waits}")
            verdict.soft.append(verdict.kinds[-1])
        if expected.key and not expected.many and len(found) > 1:
            verdict.kinds.append(f"{what}: {len(found)} objects, by the program one")
        for flag in expected.flags:
            if found and not max(found, key=lambda s: s["waits"]).get(flag):
                verdict.kinds.append(f"{what}: not said to be {flag}")
    for sync in run.report["sync"]:
        if sync["id"] not in claimed and sync["waits"] > FEW_WAITS and \
                sync["kind"] not in (*row.also, *ALWAYS_ALSO):
            verdict.kinds.append(f"{sync['address']}: {sync['kind']} ({sync['waits']} waits), the "
                                 "program has none")
    for cause, ms in (row.causes or {}).items():
        total = sum(t.get("blocked_by", {}).get(cause, 0) for t in run.report["tasks"])
        if total < ms * 1_000_000:
            verdict.kinds.append(f"blocked by {cause} for {total / 1e6:.2f} ms, at least {ms}")
    verdict.seen = " ".join(f"{s['kind']}:{s['waits']}" for s in run.report["sync"][:6])


def check_names(run, verdict):
    for expected in run.row.objects:
        if expected.name is None:
            continue
        for sync in matching(run, expected):
            if sync["waits"] <= FEW_WAITS and expected.waits > FEW_WAITS:
                continue
            verdict.named += 1
            if not re.fullmatch(expected.name, sync.get("name", "")):
                verdict.names.append(f"{sync['kind']} {sync['address']} is named "
                                     f"{sync.get('name')!r}, not {expected.name!r}")


def function_of(frame, symbols):
    """A frame's function; by the file's own symbols where the program was stripped."""
    name = frame.get("function")
    if symbols and "offset" in frame and os.path.basename(frame.get("module", "")) == symbols.name:
        true = symbols.at(int(str(frame["offset"]), 16))
        if name is None or name == true:
            return true
        return f"{name} (wrong: {true})"
    return name


def same(function, expected):
    """C++ names come with their arguments, Rust's perhaps with a hash."""
    return function is not None and (function == expected or
                                     re.match(re.escape(expected) + r"(\(|<|::h[0-9a-f]{16}$)",
                                              function) is not None)


def has_chain(functions, chain):
    """The expected functions are there, innermost first, perhaps with others between."""
    rest = iter(functions)
    return all(any(same(function, wanted) for function in rest) for wanted in chain)


def check_stacks(run, verdict):
    symbols, stacks = None, run.report.get("stacks", [])
    if run.full:
        symbols = Symbols(run.full)
        symbols.name = os.path.basename(run.full).removesuffix(".full")
    for expected in run.row.objects:
        if not expected.chain:
            continue
        waits = good_sites = good = 0
        for sync in matching(run, expected):
            waits += sync["waits"]
            for site in sync.get("sites", []):
                stack = next(iter(stacks[site.get("stack", len(stacks)):]), {})
                functions = [function_of(f, symbols) for f in stack.get("frames", [])]
                verdict.complete += site["waits"] * bool(stack.get("complete"))
                good += site["waits"] * bool(stack.get("complete") and
                                             has_chain(functions, expected.chain))
                good_sites += site["waits"] * same(function_of(site, symbols), expected.chain[0])
        verdict.waits += waits
        verdict.good += good
        if waits and 100 * good < ROW_CHAINS_GOOD * waits:
            verdict.stacks.append(f"{expected.key or expected.kinds[0]}: {good} of {waits} waits "
                                  f"have the whole call chain with {' < '.join(expected.chain)}")
        verdict.named += 1
        if waits and 100 * good_sites < SITES_GOOD * waits:
            verdict.names.append(f"{expected.key or expected.kinds[0]}: the site is "
                                 f"{expected.chain[0]} for {good_sites} of {waits} waits")


def check_holders(run, verdict):
    if not run.row.scored:
        return
    for key in run.row.scored:
        pieces = [score.Slice(h.start_ns, h.end_ns, h.holder_tid, h.confidence)
                  for h in run.holds if run.log[key].covers(int(h.address, 16))]
        verdict.held.add(score.score(run.log[key].holds, pieces))
    always = score.problems(verdict.held, None)
    verdict.holders += score.problems(verdict.held, run.row.right)
    verdict.soft += [problem for problem in verdict.holders if problem not in always]


def judge(run):
    """Verdict of one recording."""
    verdict = Verdict()
    check_kinds(run, verdict)
    check_names(run, verdict)
    check_stacks(run, verdict)
    check_holders(run, verdict)
    for fact in run.row.facts:
        verdict.facts += getattr(facts, fact)(run)
    return verdict


def measure(row, conctrace, programs, folder):
    """Verdict of a row.

    How often threads collide, and who steals a lock unseen, depends on what else the machine does.
    Where that alone is the trouble, the row is recorded again.
    """
    for attempt in range(1, ATTEMPTS + 1):
        place = os.path.join(folder, str(attempt))
        os.mkdir(place)
        verdict = judge(record(row, conctrace, programs, place))
        if not verdict.problems() or set(verdict.problems()) - set(verdict.soft):
            break
    return verdict
