# SPDX-License-Identifier: GPL-2.0-only
"""Python's interpreter lock, with the Pythons of this machine: who waits, who has it, for how long."""

import os
import shutil
import subprocess
import time

import pytest

from conftest import (CONCTRACE, LIMIT, assert_nothing_lost, assert_partitions, run, workload)
from test_whatif import TRIES
from test_workloads import eventually, others

SYSTEM = "/usr/bin/python3"
MS = 1_000_000

COMPUTE = """
import sys, threading
if len(sys.argv) > 1: sys.setswitchinterval(float(sys.argv[1]))
def burn(n):
    x = 0
    for i in range(n):
        x += i * i
threads = [threading.Thread(target=burn, args=(3_000_000,)) for _ in range(3)]
for thread in threads: thread.start()
for thread in threads: thread.join()
"""

# One thread computes until two others have sent a byte to and fro.
CONVOY = """
import socket, threading
done = False
def burn():
    x = 0
    while not done:
        for i in range(1000):
            x += i * i
def answer(end):
    while byte := end.recv(1):
        end.sendall(byte)
near, far = socket.socketpair()
threading.Thread(target=answer, args=(far,), daemon=True).start()
burner = threading.Thread(target=burn)
burner.start()
for _ in range(200):
    near.sendall(b"x")
    near.recv(1)
done = True
burner.join()
"""


def pythons():
    """The system's, and others that are on the PATH and run."""
    found = {SYSTEM: "system"}
    for minor in range(8, 15):
        path = shutil.which(f"python3.{minor}")
        if not path:
            continue
        asked = subprocess.run([path, "-c", "import sys; print(sys.executable)"], check=False,
                               capture_output=True, text=True)
        if asked.returncode == 0 and os.path.realpath(asked.stdout.strip()) not in (
                os.path.realpath(known) for known in found):
            found[asked.stdout.strip()] = f"3.{minor}"
    return found


PYTHONS = pythons()


def has_lock(python):
    """Builds without it exist since 3.13."""
    asked = subprocess.run([python, "-c", "import sys; print(getattr(sys, '_is_gil_enabled', "
                            "lambda: True)())"], check=True, capture_output=True, text=True)
    return asked.stdout.strip() == "True"


def recorded(record, command, *options):
    result = record(command, *options)
    assert result.code == 0, result.stderr
    assert_partitions(result.report)
    assert_nothing_lost(result.report)
    return result


def locks_of(report):
    return [row for row in report["sync"] if row["kind"] == "gil"]


def lock_of(report):
    """The one that there is."""
    locks = locks_of(report)
    assert len(locks) == 1, locks
    assert locks[0]["name"] == "GIL"
    return locks[0]


def known_part(lock):
    """Of the time that somebody waited, how much somebody is known to have had it."""
    whole = sum(row["ns"] for row in lock["holders"])
    return sum(row["ns"] for row in lock["holders"] if "tid" in row) / whole


@pytest.mark.parametrize("python", PYTHONS, ids=list(PYTHONS.values()))
def test_threads_that_compute(record, python):
    result = recorded(record, [python, "-c", COMPUTE])
    report = result.report
    if not has_lock(python):
        assert locks_of(report) == []
        assert "gil" not in [finding["code"] for finding in report["findings"]]
        return
    lock = lock_of(report)
    computing = [task for task in report["tasks"] if task["tid"] != task["pid"]]
    assert len(computing) == 3
    # It is what these threads wait for, and nothing else.
    for task in computing:
        assert task["blocked_by"]["gil"] > 0.9 * task["blocked_ns"], task
    assert sum(t.get("blocked_by", {}).get("gil", 0) for t in report["tasks"]) == lock["wait_ns"]
    # Who has it computes, or would; all three have it in turn, and it is known who.
    assert known_part(lock) > 0.9, lock["holders"]
    assert lock["confidence"] in ("medium", "high")
    for task in computing:
        held = next(row for row in lock["holders"] if row.get("tid") == task["tid"])
        busy = held["while"].get("running", 0) + held["while"].get("runnable", 0)
        assert busy > 0.8 * held["ns"], held
        assert held["while"]["running"] <= task["running_ns"]
    # The switch interval is 5 ms: nobody lets go before, if they do nothing but compute.
    assert 4 * MS < lock["hold"]["p50_ns"] <= lock["hold"]["max_ns"]
    assert lock["max_wait_ns"] >= 4 * MS
    findings = [f for f in report["findings"] if f["code"] != "data-incomplete"]
    if not any(finding["code"] == "other-load" for finding in findings):
        assert findings[0]["code"] == "gil", findings
        assert findings[0]["sync"] == lock["id"]
        assert findings[0]["subject"] == "GIL"


def test_switch_interval(record):
    """Threads that ask sooner get it sooner."""

    def attempt():
        usual, short = (recorded(record, [SYSTEM, "-c", COMPUTE, *more]).report
                        for more in ((), ("0.0005",)))
        a, b = lock_of(usual)["hold"], lock_of(short)["hold"]
        return (b["p50_ns"] < 0.5 * a["p50_ns"] and b["count"] > 2 * a["count"],
                b["p50_ns"] / a["p50_ns"], max(others(usual), others(short)))

    eventually(attempt)


def test_convoy(record):
    """Threads that only pass bytes wait for the one that computes, each time for as long as it may."""
    report = recorded(record, [SYSTEM, "-c", CONVOY]).report
    lock = lock_of(report)
    _, answerer, burner = sorted(report["tasks"], key=lambda task: task["start_ns"])
    held = {row.get("tid"): row["ns"] for row in lock["holders"]}
    held.pop(None, None)
    assert held[burner["tid"]] > 0.5 * sum(held.values()), lock["holders"]
    assert answerer["blocked_by"]["gil"] > answerer["running_ns"], answerer
    assert burner.get("blocked_by", {}).get("gil", 0) < 0.2 * lock["wait_ns"], burner


@pytest.mark.skipif(os.cpu_count() < 2, reason="one CPU only")
def test_without_it(record):
    """The report says what the lock costs: the replay agrees with the recording without a change."""
    for _ in range(TRIES):
        report = recorded(record, [SYSTEM, "-c", COMPUTE]).report
        worst = [finding for finding in report["findings"] if finding["code"] == "gil"]
        if worst and "without" in worst[0]:
            break
    else:
        pytest.skip("no quiet run")
    without = worst[0]["without"]
    assert without["low_ns"] <= without["wall_ns"] <= without["high_ns"]
    # Three threads that each compute as long on two CPUs or more.
    assert without["wall_ns"] < 0.8 * report["wall_ns"]
    assert without["high_ns"] >= max(task["running_ns"] for task in report["tasks"])


def test_attached(record):
    """Of a process that runs already it is found as well."""

    def attempt():
        with subprocess.Popen([SYSTEM, "-c", "import threading\ndef f():\n while True: pass\n"
                               "for _ in range(2): threading.Thread(target=f).start()"]) as child:
            try:
                while len(os.listdir(f"/proc/{child.pid}/task")) < 3:
                    time.sleep(0.01)
                result = record(None, "-p", str(child.pid), "-d", "0.5")
            finally:
                child.kill()
        assert result.code == 0, result.stderr
        lock = lock_of(result.report)
        assert lock["pid"] == child.pid
        return known_part(lock) > 0.8, known_part(lock), others(result.report)

    eventually(attempt)


def test_processes_have_their_own(record):
    """A child of fork has the lock that its parent had, at the same address."""
    script = "import os\n" + COMPUTE.replace("threads =", "os.fork()\nthreads =") + "\n" \
        "if threads: \n  try: os.wait()\n  except ChildProcessError: pass\n"
    report = recorded(record, [SYSTEM, "-c", script]).report
    locks = locks_of(report)
    assert len(locks) == 2
    assert len({lock["pid"] for lock in locks}) == 2
    assert {lock["pid"] for lock in locks} == {task["pid"] for task in report["tasks"]}


@pytest.mark.parametrize("command", [
    [SYSTEM, "-c", "x = 0\nfor i in range(1_000_000): x += i"],
    [workload("convoy"), "--work", "300"],
], ids=["one thread", "no Python"])
def test_none(record, command):
    report = recorded(record, command).report
    assert locks_of(report) == []
    assert not any("gil" in task.get("blocked_by", {}) for task in report["tasks"])


def test_told(record):
    """By its name, wherever it is told."""
    result = recorded(record, [SYSTEM, "-c", COMPUTE])
    text = run([CONCTRACE, "report", result.trace, "--details"], timeout=LIMIT).stdout
    assert "\n  GIL " in text and "gil GIL" not in text and "_PyRuntime" not in text
    assert "GIL" in run([CONCTRACE, "timeline", result.trace], timeout=LIMIT).stdout
