# SPDX-License-Identifier: GPL-2.0-only
"""What the live tests share: they record real programs on the running kernel, as root."""

import ctypes
import errno
import json
import os
import platform
import re
import subprocess
import sys

import pytest

HERE = os.path.dirname(os.path.abspath(__file__))
ROOT = os.path.dirname(os.path.dirname(HERE))
sys.path.insert(0, os.path.dirname(HERE))

import partitions  # noqa: E402

BUILD = os.path.abspath(os.environ.get("CONCTRACE_BUILD", os.path.join(ROOT, "build")))
CONCTRACE = os.path.abspath(os.environ.get("CONCTRACE", os.path.join(BUILD, "conctrace")))
LIMIT = 60  # seconds that a recording may take in a test
TRIES = 8  # recordings that may be made until one will do

SYS_BPF_X86_64, BPF_MAP_CREATE, BPF_MAP_TYPE_ARRAY = 321, 0, 2


def bpf_errno():
    """0 if a BPF map can be made, else the errno: judged without conctrace's help."""
    attr = (ctypes.c_uint32 * 32)(BPF_MAP_TYPE_ARRAY, 4, 8, 1)
    libc = ctypes.CDLL(None, use_errno=True)
    fd = libc.syscall(SYS_BPF_X86_64, BPF_MAP_CREATE, attr, ctypes.sizeof(attr))
    if fd < 0:
        return ctypes.get_errno()
    os.close(fd)
    return 0


def why_not():
    """Why live tests cannot run here, or None."""
    if os.geteuid() != 0:
        return "recording needs root"
    if platform.machine() != "x86_64":
        return f"no support for {platform.machine()} yet"
    release = tuple(int(n) for n in re.match(r"(\d+)\.(\d+)", platform.release()).groups())
    if release < (5, 18):
        return f"kernel {platform.release()} is older than 5.18"
    if not os.path.exists("/sys/kernel/btf/vmlinux"):
        return "the kernel has no type information (/sys/kernel/btf/vmlinux)"
    if code := bpf_errno():
        return f"no BPF here: {os.strerror(code)} ({errno.errorcode.get(code, code)})"
    return None


REASON = why_not()


def pytest_configure(config):
    config.addinivalue_line("markers", "slow: not repeated with the sanitized binary")
    config.addinivalue_line("markers", "long: only if CONCTRACE_LONG is set, see `make check-faults`")


def pytest_collection_modifyitems(config, items):
    long = [item for item in items if item.get_closest_marker("long")]
    if long and not os.environ.get("CONCTRACE_LONG"):
        items[:] = [item for item in items if item not in long]
        config.hook.pytest_deselected(items=long)
    if REASON:
        for item in items:
            item.add_marker(pytest.mark.skip(reason=REASON))


class Recording:
    """One run of conctrace: how it ended, what it said, the report it left.

    stolen_ns is what the hypervisor may have taken from all CPUs meanwhile: the kernel leaves it
    out of a task's own account, a trace of switches cannot.
    """

    def __init__(self, done, trace, json_path, stolen):
        self.code, self.stdout, self.stderr = done.returncode, done.stdout, done.stderr
        self.trace, self.json_path = trace, json_path
        self.stolen_ns = stolen

    @property
    def report(self):
        with open(self.json_path, encoding="utf-8") as text:
            return json.load(text)

    def tasks(self, comm):
        return [task for task in self.report["tasks"] if task["comm"] == comm]


def run(command, **options):
    """subprocess.run with this suite's habits; text unless told otherwise."""
    options.setdefault("timeout", LIMIT)
    options.setdefault("text", True)
    if "input" not in options:
        options.setdefault("stdin", subprocess.DEVNULL)
    return subprocess.run([str(word) for word in command], stdout=subprocess.PIPE,
                          stderr=subprocess.PIPE, check=False, **options)


@pytest.fixture(scope="session")
def conctrace():
    if not os.access(CONCTRACE, os.X_OK):
        pytest.fail(f"{CONCTRACE} is not built")
    return CONCTRACE


@pytest.fixture
def record(conctrace, tmp_path):
    """record(command, *options, **how): runs conctrace record; command None gives none."""
    count = 0

    def start(command, *options, **how):
        nonlocal count
        count += 1
        trace, report = tmp_path / f"{count}.data", tmp_path / f"{count}.json"
        words = [conctrace, "record", "-o", trace, "--json", report, *options]
        if command is not None:
            words += ["--", *command]
        before = stolen_ns()
        done = run(words, **how)
        after = stolen_ns()
        # The account counts whole ticks, per CPU.
        ticks = os.cpu_count() * 1_000_000_000 // os.sysconf("SC_CLK_TCK")
        return Recording(done, trace, report, after - (before or 0) + ticks if after else 0)

    return start


def stolen_ns():
    """CPU time that the hypervisor took so far, all CPUs; None where there is no such account."""
    with open("/proc/stat", encoding="ascii") as stat:
        ticks = int(stat.readline().split()[8])
    return ticks * 1_000_000_000 // os.sysconf("SC_CLK_TCK") if ticks else None


def program(name):
    """A program of tests/live/programs."""
    return os.path.join(BUILD, "tests", "programs", name)


def workload(name):
    return os.path.join(BUILD, "workloads", name)


def assert_partitions(report):
    """Both partitions are exact, in nanoseconds."""
    assert partitions.problems(report) == []


def assert_nothing_lost(report):
    """No record was dropped.

    Some kernels (6.18 in one kind of virtual machine) do not report every switch of every task,
    to perf no more than to us. What such a hole hides is `unknown`, and rightly so, though nothing
    was lost; it is short on a CPU that has something to do.
    """
    assert report["events"]["lost"] == 0
    assert report["events"].get("lost_by", {}) == {}


def assert_kernel_counts(report):
    """Our count of context switches is the kernel's own, for each task seen from start to end.

    Returns how many tasks could be compared.
    """
    compared, wrong = 0, []
    for task in report["tasks"]:
        if "kernel" not in task or not partitions.started_inside(report, task):
            continue
        compared += 1
        ours = (task["switches"]["voluntary"], task["switches"]["involuntary"])
        theirs = (task["kernel"]["nvcsw"], task["kernel"]["nivcsw"])
        if ours != theirs:
            wrong.append(f"{task['tid']} {task['comm']}: counted {ours}, kernel {theirs}")
    assert wrong == []
    return compared


def assert_sound(report):
    """What must hold of every complete recording."""
    assert_partitions(report)
    assert_nothing_lost(report)
    assert_kernel_counts(report)


def until_seen(start):
    """What start() returns, a report or a tuple that begins with one, of the first recording in
    which the kernel told all that the program's threads did (see assert_nothing_lost)."""
    for _ in range(TRIES):
        answer = start()
        report = answer[0] if isinstance(answer, tuple) else answer
        if not any(task.get("unknown_ns") for task in report["tasks"]):
            return answer
    return pytest.skip(f"this machine hid what threads did in {TRIES} recordings of {TRIES}")


def assert_one_error(result, code=125):
    """A failure of conctrace itself: its exit code, and one line that says what is wrong."""
    lines = [line for line in result.stderr.splitlines() if line.strip()]
    assert result.returncode == code, result.stderr
    assert len(lines) == 1, result.stderr
    assert re.match(r"conctrace( [a-z]+)?: .{5}", lines[0]), lines[0]
    return lines[0]
