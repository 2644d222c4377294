# SPDX-License-Identifier: GPL-2.0-only
"""What else the report must say of single programs: functions that table.py names.

Each takes a Run (measure.py) and gives a list of problems.
"""

import re

ROUNDS = 20  # of kernel_waits.c
MS = 1_000_000


def targets(run, kind, least_waits, name=None):
    """Problems with the one thing of io.targets that the program waits for."""
    found = [t for t in run.report.get("io", {}).get("targets", []) if t["kind"] == kind
             and (name is None or re.search(name, t.get("name", "")))]
    what = f"io target {kind} {name or ''}".rstrip()
    if not found:
        return [f"{what}: not in the report"], None
    if found[0]["waits"] < least_waits:
        return [f"{what}: {found[0]['waits']} waits, at least {least_waits}"], found[0]
    return [], found[0]


def woken_by(target, comm):
    if target and comm not in [w["comm"] for w in target.get("woken_by", [])]:
        return [f"io target {target['kind']}: not woken by {comm}"]
    return []


def pipe_target(run):
    problems, target = targets(run, "pipe", ROUNDS - 2)
    return problems + woken_by(target, "bringer")


def socket_target(run):
    problems, target = targets(run, "socket", ROUNDS - 2)
    return problems + woken_by(target, "bringer")


def tcp_target(run):
    problems, target = targets(run, "socket", ROUNDS - 2)
    port = re.search(r"port (\d+)", run.stdout).group(1)
    ends = [str(target.get(key, "")) for key in ("local", "peer")] if target else []
    if target and not any(end == f"127.0.0.1:{port}" for end in ends):
        problems.append(f"io target socket: no end is 127.0.0.1:{port}, but {ends}")
    return problems


def flock_target(run):
    return targets(run, "file", ROUNDS - 2, r"truth-flock\.lock$")[0]


def fsync_target(run):
    return targets(run, "file", 1, r"truth-fsync\.dat$")[0]


def faulted_file(run):
    """Every fault is of the file that was mapped, but for a few of the program's own images."""
    faults = run.report.get("io", {}).get("faults", {"by": []})["by"]
    found = [f for f in faults if re.search(r"truth-fault\.dat$", f.get("name", ""))]
    if len(found) != 1:
        return [f"io.faults: the mapped file has {len(found)} rows"]
    others = sum(f["waits"] for f in faults if f is not found[0])
    if found[0]["waits"] < 9 * others:
        return [f"io.faults: {found[0]['waits']} of the mapped file, {others} of others"]
    return []


def sleeper(run):
    """Each sleep asked for 5 ms."""
    sleeps = run.report.get("io", {}).get("sleeps", [])
    found = [s for s in sleeps if s["waits"] >= ROUNDS]
    if not found:
        return ["io.sleeps: not in the report"]
    asked = found[0].get("asked_ns")
    if asked is not None and asked not in (5 * MS, ROUNDS * 5 * MS):
        return [f"io.sleeps: asked for {asked} ns"]
    return []


def loop(run):
    """The main thread turns about twenty times, for a millisecond each."""
    found = [l for l in run.report.get("loops", []) if l["turns"] >= ROUNDS - 2]
    if not found:
        return ["loops: not in the report"]
    if not ROUNDS * MS * 0.8 <= found[0]["busy_ns"] <= ROUNDS * MS * 6:
        return [f"loops: busy for {found[0]['busy_ns']} ns, by the program {ROUNDS} ms"]
    return []


def processes(run, least):
    count = run.report.get("spawn", {}).get("processes", {}).get("count", 0)
    return [] if count >= least else [f"spawn.processes: {count}, at least {least}"]


def forks(run):
    return processes(run, ROUNDS)


def spawns(run):
    problems = processes(run, ROUNDS)
    if not problems and not run.report["spawn"]["processes"].get("vfork_blocked_ns"):
        problems.append("spawn.processes: no vfork_blocked_ns")
    return problems


def deadlock(run):
    found = run.report.get("deadlocks", [])
    if len(found) != 1:
        return [f"deadlocks: {len(found)}, by the program 1"]
    threads = {t["comm"]: t for t in found[0]["threads"]}
    if sorted(threads) != ["first-way", "second-way"]:
        return [f"deadlocks: of {sorted(threads)}"]
    sync = {s["id"]: s for s in run.report["sync"]}
    problems = []
    for comm, wants, other in (("first-way", "journal", "second-way"),
                               ("second-way", "accounts", "first-way")):
        if threads[comm]["held_by"] != threads[other]["tid"]:
            problems.append(f"deadlocks: {comm} is not held up by {other}")
        if not run.log[wants].covers(int(sync[threads[comm]["waits_for"]]["address"], 16)):
            problems.append(f"deadlocks: {comm} does not wait for {wants}")
    return problems


def chain(run):
    """While others waited for lock A, its holder waited for a mutex most of the time."""
    problems = []
    for key, holder, doing in (("a", "middle", ("mutex",)), ("b", "inner", ("mutex",)),
                               ("c", "last", ("sleep", "running"))):
        found = [s for s in run.report["sync"] if run.log[key].covers(int(s["address"], 16))]
        holders = found[0].get("holders", []) if found else []
        if not holders or holders[0]["comm"] != holder:
            problems.append(f"chain: lock {key} is not held by {holder}")
            continue
        share = sum(holders[0].get("while", {}).get(what, 0) for what in doing) / holders[0]["ns"]
        if share < 0.6:
            problems.append(f"chain: {holder} of lock {key}: {'/'.join(doing)} for {share:.0%}")
    return problems
