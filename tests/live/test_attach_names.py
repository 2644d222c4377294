# SPDX-License-Identifier: GPL-2.0-only
"""Programs that ran before the recording: what they had mapped then is known, and named."""

import os
import subprocess
import time

import pytest
from chains import all_functions, functions
from conftest import assert_nothing_lost, assert_partitions, program


@pytest.fixture
def holding(tmp_path):
    """A program whose threads contend for contended_lock until the test is over."""
    child = subprocess.Popen([program("named"), "hold"], stdin=subprocess.DEVNULL,
                             stdout=subprocess.DEVNULL)
    end = time.monotonic() + 10
    while len(os.listdir(f"/proc/{child.pid}/task")) < 4:
        assert child.poll() is None and time.monotonic() < end, "it did not start"
        time.sleep(0.01)
    yield child
    child.kill()
    child.wait()


def assert_named(report, pid):
    """The lock, those who hold it in turn, and where they wait, by name."""
    assert_partitions(report)
    assert_nothing_lost(report)
    [lock] = [item for item in report["sync"]
              if item["pid"] == pid and item.get("name") == "contended_lock"]
    assert lock["kind"] == "mutex" and lock["waits"] > 10 and 2 <= lock["waiters"] <= 3
    holders = [holder for holder in lock["holders"] if "comm" in holder]
    assert {holder["comm"] for holder in holders} == {"contender"}
    held = sum(holder["ns"] for holder in holders)
    assert held >= 0.9 * sum(holder["ns"] for holder in lock["holders"])
    # Each holds it asleep.
    assert sum(holder["while"].get("sleep", 0) for holder in holders) >= 0.8 * held
    site = lock["sites"][0]
    assert (site["function"], site["module"]) == ("contend", "named")
    stack = report["stacks"][site["stack"]]
    assert stack["complete"]
    assert functions(stack)[-3:-1] == ["run_waiter", "start_thread"]


def record_named(record, pid, *options):
    """
    A record that comes between attaching and the list of tasks is of a thread of which nothing is
    known yet, and that recording lacks some names: known, and rare. Not three times in a row.
    """
    for attempt in range(3):
        result = record(None, *options)
        assert result.code == 0, result.stderr
        try:
            assert_named(result.report, pid)
            return result.report
        except (AssertionError, ValueError) as failure:
            if attempt == 2:
                raise AssertionError((result.report["sync"], result.report["unresolved"],
                                      result.stderr)) from failure
    return None


def test_one_process(record, holding):
    report = record_named(record, holding.pid, "-p", holding.pid, "-d", "1")
    assert {task["pid"] for task in report["tasks"]} == {holding.pid}
    assert {row["comm"] for row in report["io"]["sleeps"]} == {"contender"}
    assert {row["function"] for row in report["io"]["sleeps"]} == {"sleep_for"}
    assert report["unresolved"] == []


def test_whole_machine(record, holding):
    record_named(record, holding.pid, "-a", "-d", "1")


def test_samples_of_a_running_process(record):
    child = subprocess.Popen([program("chain"), "compute", "60000"], stdin=subprocess.DEVNULL)
    try:
        result = record(None, "-p", child.pid, "-d", "1")
    finally:
        child.kill()
        child.wait()
    assert result.code == 0, result.stderr
    samples = result.report["samples"]
    assert samples["count"] > 10
    [site] = [site for site in samples["sites"] if site.get("function") == "churn"]
    assert site["samples"] >= 0.9 * samples["count"]
    assert {"compute", "main"} <= all_functions(result.report)
