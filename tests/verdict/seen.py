# SPDX-License-Identifier: GPL-2.0-only
"""What the tables beside the findings say of a run: is the fault that a row claims in it at all?

A condition is text, "WHAT < NUMBER" or "WHAT > NUMBER". WHAT is one of MEASURES, or a cause: time
blocked by it, all threads together, in percent of the wall time.
"""

import re


def of_wall(ns, report):
    return 100 * ns / max(1, report["wall_ns"])


def used(report):
    """
    Threads that computed or wanted to, on average, in percent of the CPUs: what the program would
    use of them if it were alone, and more than 100 if that is not enough.
    """
    wanted = sum(task["running_ns"] + task["runnable_ns"] for task in report["tasks"])
    return of_wall(wanted, report) / max(1, len(report["cpus"]))


def ran(report):
    """CPU time that the program had, in percent of all."""
    return of_wall(sum(cpu["workload_ns"] for cpu in report["cpus"]), report) / len(report["cpus"])


def other(report):
    """CPU time that other programs had, in percent of all."""
    return of_wall(sum(cpu["other_ns"] for cpu in report["cpus"]), report) / len(report["cpus"])


def alone(report):
    """Time in which exactly one CPU ran the workload, in percent of the wall time."""
    ran = report["parallelism"]["running_ns"]
    return of_wall(ran[1] if len(ran) > 1 else 0, report)


def busiest(report):
    """The CPU time of the thread that had most, in percent of the wall time."""
    return of_wall(max((task["running_ns"] for task in report["tasks"]), default=0), report)


def runners(report):
    """Threads that computed for a tenth of the wall time or more."""
    return sum(task["running_ns"] * 10 >= report["wall_ns"] for task in report["tasks"])


def runnable(report):
    return of_wall(sum(task["runnable_ns"] for task in report["tasks"]), report)


def switches(report):
    return report["switches"]["total"]


def forced(report):
    return report["switches"]["involuntary"]


def holder_runnable(report):
    """Of the time that locks were held while waited for: the holder wanted a CPU, in percent."""
    whiles = [holder["while"] for sync in report["sync"] for holder in sync.get("holders", [])]
    total = sum(sum(each.values()) for each in whiles)
    return 100 * sum(each.get("runnable", 0) for each in whiles) / max(1, total)


def turn(report):
    """The longest turn of an event loop, in ms."""
    return max((loop["max_ns"] for loop in report["loops"]), default=0) / 1e6


MEASURES = {
    "used": used, "ran": ran, "other": other, "alone": alone, "busiest": busiest,
    "runners": runners, "runnable": runnable,
    "switches": switches, "forced": forced, "holder runnable": holder_runnable, "turn": turn,
    "deadlocks": lambda report: len(report["deadlocks"]),
    "processes": lambda report: report["spawn"]["processes"]["count"],
    "threads": lambda report: report["spawn"]["threads"]["count"],
}


def blocked(report, cause):
    return of_wall(sum(task.get("blocked_by", {}).get(cause, 0) for task in report["tasks"]),
                   report)


def measure(what, report):
    return MEASURES[what](report) if what in MEASURES else blocked(report, what)


def missing(conditions, report):
    """Those that do not hold in this run, with what was measured instead."""
    found = []
    for condition in conditions:
        what, sign, number = re.fullmatch(r"([a-z ]+) ([<>]) ([0-9.]+)", condition).groups()
        value = measure(what, report)
        if not (value < float(number) if sign == "<" else value > float(number)):
            found.append(f"{condition} (is {value:.3g})")
    return found
