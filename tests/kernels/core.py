# SPDX-License-Identifier: GPL-2.0-only
"""What must hold of each recording in a guest, by feature: the columns of docs/kernels.md."""

import re

import partitions

ROUNDS = 8  # of waits.c
ENOUGH = ROUNDS // 2  # a waiter that comes late finds what it would have waited for
KINDS = ("mutex", "rwlock", "condvar", "semaphore", "barrier", "pipe", "join", "sleep")


def sums(report):
    yield from partitions.problems(report)


def seen(report):
    if not report["tasks"] or not any(t["running_ns"] for t in report["tasks"]):
        yield "saw no task run"


def counts(report):
    for task in report["tasks"]:
        kernel, switches = task.get("kernel"), task["switches"]
        if kernel and partitions.started_inside(report, task) and \
                (switches["voluntary"], switches["involuntary"]) != \
                (kernel["nvcsw"], kernel["nivcsw"]):
            yield f"task {task['tid']}: switches {switches}, the kernel counted {kernel}"


def no_loss(report):
    if report["events"]["lost"]:
        yield f"lost {report['events']['lost_by']} of {report['events']['recorded']} events"


def kinds(report):
    """A thread that bears a kind's name waits for nothing else that matters."""
    tasks = {t["comm"]: t for t in report["tasks"]}
    for kind in KINDS:
        if kind not in tasks:
            yield f"no thread {kind!r}"
            continue
        task = tasks[kind]
        waited = task["blocked_by"].get(kind, 0)
        if not waited or waited < 0.9 * task["blocked_ns"]:
            yield f"{kind}: {waited} of {task['blocked_ns']} ns, it is {task['blocked_by']}"


def _lock(report, kind, name):
    return next((s for s in report["sync"] if s["kind"] == kind and s.get("name") == name), None)


def holders(report):
    for kind, name in (("mutex", "lock"), ("rwlock", "book")):
        lock = _lock(report, kind, name)
        if not lock or lock["waits"] < ENOUGH:
            yield f"{kind} {name}: {lock['waits'] if lock else 'no'} waits"
        elif not lock["holders"] or lock["holders"][0].get("comm") != "bringer":
            yield f"{kind} {name} is held by {lock['holders']}"


def wakers(report):
    """Who waits for the lock is woken by who lets go of it, who reads by who writes."""
    lock = _lock(report, "mutex", "lock")
    if not lock or lock["handoff"]["count"] < ENOUGH:
        yield f"mutex lock: handed on {lock['handoff']['count'] if lock else 0} times"
    pipes = [t for t in report["io"]["targets"] if t["kind"] == "pipe"]
    if not pipes or [w.get("comm") for w in pipes[0]["woken_by"]] != ["bringer"]:
        yield f"pipe: woken by {[p['woken_by'] for p in pipes]}"


def places(report):
    """The function that waits, by the call chain."""
    for kind, name in (("mutex", "lock"), ("rwlock", "book")):
        lock = _lock(report, kind, name)
        found = [site.get("function") for site in lock["sites"]] if lock else []
        if found[:1] != ["wait_" + kind]:
            yield f"{kind} {name} is waited for in {found}"


def losses(report):
    """Of a ring that is far too small: counted, and what was lost is unknown, not guessed."""
    events = report["events"]
    if not events["lost"]:
        yield "lost nothing"
    elif sum(events["lost_by"].values()) != events["lost"]:
        yield f"lost {events['lost']}, by kind {events['lost_by']}"
    elif not any(t.get("unknown_ns") for t in report["tasks"] + report["cpus"]):
        yield f"lost {events['lost']} events, but knows all"


def python(report):
    if not report["pythons"]:
        yield "did not see that it is Python"
    elif not any(row.get("function") == "inner" for row in report["io"]["sleeps"]):
        yield f"did not read Python's frames: {report['pythons']}, {report['io']['sleeps']}"


# Column, what is looked at, in which recordings; None: in all.
FEATURES = (
    ("times add up", sums, None),
    ("runs and switches", seen, None),
    ("switches as the kernel counts them", counts, ("convoy", "cpu", "python", "waits")),
    ("nothing lost", no_loss, ("convoy", "cpu", "python", "waits")),
    ("kinds of waits", kinds, ("waits",)),
    ("holders", holders, ("waits",)),
    ("wakers", wakers, ("waits",)),
    ("call chains", places, ("waits",)),
    ("losses counted", losses, ("loss",)),
    ("Python's functions", python, ("python",)),
)


def check(name, report):
    """Of one recording: (feature, problems) for each that it tells something of."""
    for feature, look, where in FEATURES:
        if where is None or name in where:
            yield feature, list(look(report))


class Table:
    """What works where: a row for each kernel."""

    def __init__(self):
        self.rows = []

    def add(self, machine, release, cells=None, words=None):
        """`cells`: by feature whether it works; else `words` say why nothing is recorded."""
        self.rows.append((machine, release, cells, words))

    def text(self, date):
        columns = [feature for feature, _, _ in FEATURES]
        out = ["# What works on which kernel", "",
               f"Made by `make check-kernels SAVE=1`, {date}: Debian's kernels, booted in QEMU's "
               "emulation, where",
               "workloads and a program whose waits are known were recorded. What each column "
               "means is in",
               "[tests/kernels/core.py](../tests/kernels/core.py).", "",
               "| machine | kernel | " + " | ".join(columns) + " |",
               "|---" * (len(columns) + 2) + "|"]
        for machine, release, cells, words in self.rows:
            told = [{True: "yes", False: "**no**", None: "–"}[cells.get(c)] for c in columns] \
                if cells else [words] + [""] * (len(columns) - 1)
            out.append(f"| {machine} | {release} | " + " | ".join(told) + " |")
        return "\n".join(out) + "\n"

    def brief(self):
        """The same in one word each, for the README."""
        out = ["| machine | kernel | what works of what is checked |", "|---|---|---|"]
        for machine, release, cells, words in self.rows:
            lacking = [feature for feature, _, _ in FEATURES if not (cells or {}).get(feature)]
            told = words if not cells else "all" if not lacking else "not " + ", ".join(lacking)
            out.append(f"| {machine} | {re.split('[-+]', release)[0]} | {told} |")
        return "\n".join(out) + "\n"


MARKS = "<!-- made by make check-kernels SAVE=1 -->\n", "<!-- end of what is made -->\n"


def put_between(text, made):
    """The text with that between its two marks."""
    before, rest = text.split(MARKS[0])
    _, after = rest.split(MARKS[1])
    return before + MARKS[0] + made + MARKS[1] + after
