# SPDX-License-Identifier: GPL-2.0-only
"""Builds the programs of table.py and finds out how they are started."""

import contextlib
import os
import shutil
import sys
from dataclasses import dataclass

import build
from build import Failed, Missing

__all__ = ["Failed", "Missing", "build_all", "command", "elevate", "go_first", "wrapped"]

HERE = os.path.dirname(os.path.abspath(__file__))
TOOLS = os.path.join(os.path.dirname(os.path.dirname(HERE)), "tools", "workloads")
LIB = os.path.join(HERE, "lib")
SHARED = [os.path.join(LIB, "work.c")] + [os.path.join(TOOLS, "lib", name)
                                          for name in ("crew.c", "fail.c", "run.c")]
C = f"gcc -std=gnu11 {build.WARN} -Wshadow -D_GNU_SOURCE -iquote {TOOLS} -I{LIB} {{flags}} " \
    f"-o {{out}} {{source}} {' '.join(SHARED)} -lpthread"
LANGUAGES = {
    "c": ("gcc", [C], "{out}"),
    "cpp": ("g++", [f"g++ -std=c++20 {build.WARN} {{flags}} -o {{out}} {{source}} -lpthread"],
            "{out}"),
    "rs": build.LANGUAGES["rust"],
    "py": build.LANGUAGES["python"],
}
PLACE = build.Place(os.path.join(HERE, "programs"), LANGUAGES,
                    (*SHARED, os.path.join(LIB, "work.h")))
FLAGS = {"omp.c": "-O2 -g -fopenmp", "rusty.rs": "-C opt-level=2 -g"}
# Not a file of ours: a loop as people write it.
SHELL_LOOP = ["/bin/sh", "-c",
              "i=0; while [ $i -lt 300 ]; do /bin/true; i=$((i + 1)); done"]
PERIOD_US = 50_000
NICE = -15


@dataclass(frozen=True)
class Program:
    """What build.build() wants to know."""
    name: str
    source: str
    language: str
    flags: str
    variant: str = ""


def program(row):
    stem, language = row.source.split(".")
    return Program(f"{stem}-rust" if language == "rs" else stem if language == "c" else
                   f"{stem}-{language}", row.source, language, FLAGS.get(row.source, "-O2 -g"))


def command(row, folder):
    """(the command, the commands to be run before it); builds what is not there yet."""
    if row.source == "sh":
        return SHELL_LOOP, []
    words = build.build(program(row), folder, PLACE)
    return [*words, row.play], [[*words, play] for play in row.before]


def build_all(rows, folder):
    """Without privilege, before anything else; a row that fails is told when it is run."""
    for row in rows:
        with contextlib.suppress(Missing, Failed):
            command(row, folder)


def quota_group():
    """(folder of the group of this process, file of the quota) with a CPU controller."""
    base = "/sys/fs/cgroup"
    with open("/proc/self/cgroup", encoding="ascii") as text:
        lines = [line.rstrip("\n").split(":", 2) for line in text]
    for _, controllers, path in lines:
        if "cpu" in controllers.split(","):
            for folder in (f"{base}/cpu", f"{base}/cpu,cpuacct"):
                if os.path.exists(f"{folder}{path}/cpu.cfs_quota_us"):
                    return f"{folder}{path}", "cpu.cfs_quota_us"
        if not controllers and os.path.exists(f"{base}/cgroup.controllers"):
            return base, "cpu.max"
    raise Missing("no CPU controller of cgroups")


@contextlib.contextmanager
def quota(cpus):
    """The words that start a command in a group of its own that may use so many CPUs."""
    parent, file = quota_group()
    group = os.path.join(parent, f"conctrace-verdict-{os.getpid()}")
    us = int(cpus * PERIOD_US)
    try:
        os.mkdir(group)
    except OSError as error:
        raise Missing(f"no group with a quota: {error}") from error
    try:
        with open(os.path.join(group, file), "w", encoding="ascii") as out:
            out.write(f"{us} {PERIOD_US}" if file == "cpu.max" else f"{us}")
        if file != "cpu.max":
            with open(os.path.join(group, "cpu.cfs_period_us"), "w", encoding="ascii") as out:
                out.write(f"{PERIOD_US}")
        yield ["/bin/sh", "-c", f'echo $$ > {group}/cgroup.procs; exec "$@"', "sh"]
    except OSError as error:
        raise Missing(f"no quota can be set: {error}") from error
    finally:
        os.rmdir(group)


def go_first():
    """In a new child: what else the machine does is not what is judged, so let it wait.

    Linux shares the CPUs among sessions first, if it makes groups of them, then among threads.
    """
    os.setsid()
    with contextlib.suppress(OSError):
        os.setpriority(os.PRIO_PROCESS, 0, NICE)
        with open("/proc/self/autogroup", "w", encoding="ascii") as out:
            out.write(f"{NICE}")


def first_cpu():
    return str(min(os.sched_getaffinity(0)))


@contextlib.contextmanager
def wrapped(how):
    """The words that go before a command: see Row.wrap."""
    if how == "one-cpu":
        yield ["taskset", "-c", first_cpu()]
    elif how:
        cpus = len(os.sched_getaffinity(0))
        with quota(cpus / 2 if how == "quota-half" else cpus * 2) as words:
            yield words
    else:
        yield []


def elevate():
    """Goes on as root, by sudo."""
    if not shutil.which("sudo"):
        sys.exit("verdict: recording needs root, and there is no sudo")
    ask = [] if sys.stdin.isatty() else ["-n"]
    sys.stdout.flush()
    os.execvp("sudo", ["sudo", *ask, sys.executable, *sys.argv])
