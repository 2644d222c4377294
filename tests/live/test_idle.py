# SPDX-License-Identifier: GPL-2.0-only
"""Why CPUs were idle, by programs that leave them so for a known reason."""

import contextlib
import os
import subprocess
import time

import pytest
from conftest import assert_sound, program, run, workload

TRIES = 8
CGROUP_V1, CGROUP_V2 = "/sys/fs/cgroup/cpu", "/sys/fs/cgroup"

pytestmark = pytest.mark.skipif(len(os.sched_getaffinity(0)) < 2 or 0 not in
                                os.sched_getaffinity(0), reason="needs CPU 0 and another one")


def causes(rows):
    sums = {}
    for row in rows:
        sums[row["cause"]] = sums.get(row["cause"], 0) + row["ns"]
    return sums


def is_quiet(report):
    """Other programs have hardly any CPU time: else they are what a CPU that is idle waits for."""
    cpus, wall = report["cpus"], report["wall_ns"]
    return (max(cpu["idle_ns"] for cpu in cpus) > wall / 10 and
            sum(cpu["other_ns"] for cpu in cpus) < wall * len(cpus) / 20)


def repeat(start):
    """Records until other programs leave the CPUs alone."""
    for _ in range(TRIES):
        result = start()
        assert result.code == 0, result.stderr
        assert_sound(result.report)
        if is_quiet(result.report):
            return result
        time.sleep(0.5)
    return pytest.skip("other programs keep the CPUs busy")


def loaf(record, how, threads, ms=300, prefix=()):
    words = [*prefix, program("loafers"), how, str(threads), str(ms)]
    return repeat(lambda: record(words)).report


def share(report, cause):
    """Of all idle time."""
    total = causes(report["idle"]["by"])
    return total.get(cause, 0) / sum(total.values())


def test_affinity(record):
    report = loaf(record, "busy", 2, prefix=("taskset", "-c", "0"))
    idle = causes(report["cpus"][1].get("idle_because", []))
    assert idle["affinity"] > 0.8 * sum(idle.values())
    assert "affinity" not in causes(report["cpus"][0].get("idle_because", []))


def test_affinity_that_changes(record):
    """It counts from when the threads bind themselves, or until they free themselves."""
    for how in ("bound", "freed"):
        report = loaf(record, how, 2)
        idle = causes(report["idle"]["by"])
        # Half of the run. Once freed, they are not spread at once: that is another cause.
        assert 0.4 * report["wall_ns"] < idle["affinity"] < 0.6 * report["wall_ns"]
        assert sum(idle.values()) < idle["affinity"] + idle.get("balance", 0) + \
            0.05 * report["wall_ns"]


def test_affinity_of_one_that_was_there_already(record):
    words = ["taskset", "-c", "0", program("loafers"), "busy", "2", "15000"]
    with subprocess.Popen(words) as busy:
        try:
            report = repeat(lambda: record(None, "-p", str(busy.pid), "-d", "0.3")).report
        finally:
            busy.kill()
    idle = causes(report["cpus"][1].get("idle_because", []))
    assert idle["affinity"] > 0.8 * sum(idle.values())


@contextlib.contextmanager
def quota(percent):
    """A cgroup with so much CPU time, of one CPU."""
    v1 = os.path.exists(os.path.join(CGROUP_V1, "cpu.cfs_quota_us"))
    path = os.path.join(CGROUP_V1 if v1 else CGROUP_V2, f"conctrace-test-{os.getpid()}")
    try:
        os.mkdir(path)
        with open(os.path.join(path, "cpu.cfs_quota_us" if v1 else "cpu.max"), "w",
                  encoding="ascii") as limit:
            limit.write(str(percent * 1000))
    except OSError as error:
        with contextlib.suppress(OSError):
            os.rmdir(path)
        pytest.skip(f"no cgroup with a CPU quota: {error}")
    try:
        yield os.path.join(path, "cgroup.procs")
    finally:
        for _ in range(50):
            with contextlib.suppress(OSError):
                os.rmdir(path)
                break
            time.sleep(0.1)


def test_throttled(record):
    with quota(30) as procs:
        report = loaf(record, "busy", 2, ms=1000,
                      prefix=("sh", "-c", f'echo 0 > {procs} && exec "$@"', "sh"))
    assert share(report, "throttled") > 0.6


def test_too_few_threads(record):
    report = loaf(record, "busy", 1)
    assert share(report, "no-thread") > 0.8


def test_lock(record):
    report = loaf(record, "locked", 3)
    assert share(report, "mutex") > 0.6
    first = report["idle"]["by"][0]
    lock = next(item for item in report["sync"] if item["id"] == first["sync"])
    assert (first["cause"], first["subject"]) == ("mutex", "mutex the_lock")
    assert lock["name"] == "the_lock"


def test_convoy(record, conctrace):
    result = repeat(lambda: record([workload("convoy")]))
    assert any(row.get("subject") == "mutex big_lock" for row in result.report["idle"]["by"])
    text = run([conctrace, "report", result.trace]).stdout
    assert "UNUSED CPU TIME" in text
    assert max(map(len, text.splitlines())) <= 80


def test_sleep(record):
    report = loaf(record, "asleep", 3)
    assert share(report, "sleep") > 0.6
