# SPDX-License-Identifier: GPL-2.0-only
"""Recordings that may not grow: what is kept is exact, and nothing is said of the rest."""

import contextlib
import json
import os
import pathlib
import signal
import subprocess
import time

import pytest
from conftest import (LIMIT, assert_nothing_lost, assert_one_error, assert_partitions, program, run,
                      workload)

STORM = [program("pingpong"), "pipe", "150000"]


def shell(*commands):
    return ["sh", "-c", "; ".join(commands)]


@pytest.mark.slow
def test_max_size(record):
    """The recording ends, the command does not; the file is whole and below the limit."""
    most = 512 << 10
    storms = [" ".join(STORM)] * 3
    result = record(shell(*storms, "echo went on", "exit 7"), "--max-size", "512K")
    assert result.code == 7, result.stderr
    assert result.stdout.endswith("went on\n")
    assert most // 2 < result.trace.stat().st_size <= most
    report = result.report
    assert (report["ended"], report["truncated"]) == ("size", False)
    assert report.get("exit", {"code": 7}) == {"code": 7}  # seen only if it came in time
    assert_partitions(report)
    assert_nothing_lost(report)
    assert max(task["end_ns"] for task in report["tasks"]) == report["window"]["end_ns"]
    assert "CUT SHORT" in result.stderr
    assert "--max-size of 524 kB" in result.stderr


def test_max_size_is_not_reached(record):
    result = record(["true"], "--max-size", "16M")
    assert result.code == 0
    assert (result.report["ended"], result.report["exit"]) == ("workload", {"code": 0})
    assert "--max-size" not in result.stderr


def wait_for(condition, seconds=LIMIT):
    deadline = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < deadline, "never came"
        time.sleep(0.02)


@contextlib.contextmanager
def recorder(conctrace, *words):
    with subprocess.Popen([str(word) for word in (conctrace, "record", *words)],
                          stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE,
                          text=True) as process:
        try:
            yield process
        finally:
            if process.poll() is None:
                process.terminate()


def report_of(conctrace, trace):
    done = run([conctrace, "report", trace, "--json", "-"])
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)


def assert_last_part(report, least_ns):
    assert report["recent"]
    assert_partitions(report)
    assert report["window"]["start_ns"] == 0
    assert report["wall_ns"] >= least_ns
    if not report["events"]["lost"]:  # on a busy machine, the recorder may come too late
        for task in report["tasks"]:
            assert task["comm"] and task["pid"], task


def dump(process, trace, number):
    process.send_signal(signal.SIGUSR2)
    name = pathlib.Path(f"{trace}.{number}")
    wait_for(name.exists)
    return name


def dump_last_part(conctrace, process, trace, wanted="tasks"):
    """Asks until something had been dropped, and what is wanted is in the report. Returns that dump's report, and its number."""
    for number in range(1, 60):
        report = report_of(conctrace, dump(process, trace, number))
        if report.get("recent") and report[wanted]:
            return report, number
        time.sleep(0.5)
    raise AssertionError("nothing was ever dropped")


@pytest.mark.slow
def test_keep_last(record):
    """Names of threads that were born long before the window, and of where they wait."""
    result = record([workload("convoy"), "--seconds", "3"], "--keep-last", "1s")
    assert result.code == 0, result.stderr
    report = result.report
    assert_last_part(report, 10**9)
    assert report["wall_ns"] < 2.5 * 10**9
    assert report["exit"] == {"code": 0}
    assert {"convoy", "worker-1", "worker-4"} <= {task["comm"] for task in report["tasks"]}
    waiting = [site for lock in report["sync"] if lock["kind"] == "mutex"
               for site in lock["sites"]]
    assert any(site.get("file", "").endswith("convoy.c") for site in waiting)
    assert "The last part of a recording" in result.stderr


def test_dump_on_signal(conctrace, tmp_path):
    """Threads that are stuck since before the window; the command does not notice."""
    trace = tmp_path / "x.data"
    script = "trap 'echo disturbed' USR2; \"$0\" --patience-ms 30000 --seconds 30 & " \
        "read line; kill $!; echo $line"
    with recorder(conctrace, "-q", "-o", trace, "--keep-last", "1s", "--buffer", "32M", "--", "sh",
                  "-c", script,
                  workload("deadlock")) as process:
        time.sleep(1)
        first, number = dump_last_part(conctrace, process, trace, "deadlocks")
        second = report_of(conctrace, dump(process, trace, number + 1))
        assert not trace.exists()
        out, err = process.communicate("end\n", timeout=LIMIT)
    assert (process.returncode, out, err) == (0, "end\n", "")
    for report in (first, second):
        assert_last_part(report, 10**9)
        assert report["ended"] == "dump"
        assert {thread["comm"] for cycle in report["deadlocks"] for thread in cycle["threads"]} == \
            {"worker-1", "worker-2"}
        assert any(task["comm"] == "sh" for task in report["tasks"])
    assert report_of(conctrace, trace)["ended"] == "workload"


FORKING = """
import os, time

def nap():
    time.sleep(0.01)

while True:
    if os.fork() == 0:
        for _ in range(150):
            nap()
        os._exit(0)
    time.sleep(0.2)
    try:
        os.waitpid(-1, os.WNOHANG)
    except ChildProcessError:
        pass
"""


@pytest.mark.slow
def test_forks_of_a_running_process(conctrace, tmp_path):
    """Copies of a process that was there before, whose mappings were told once, at the start."""
    trace = tmp_path / "x.data"
    with subprocess.Popen(["/usr/bin/python3", "-c", FORKING], stdin=subprocess.DEVNULL,
                          start_new_session=True) as server:
        try:
            time.sleep(0.5)
            with recorder(conctrace, "-q", "-o", trace, "--keep-last", "1s", "-p",
                          str(server.pid)) as process:
                time.sleep(1)  # before it is ready, the signal would end it
                dumped, _ = dump_last_part(conctrace, process, trace)
                process.send_signal(signal.SIGTERM)
                _, err = process.communicate(timeout=LIMIT)
        finally:
            os.killpg(server.pid, signal.SIGKILL)
    assert (process.returncode, err) == (0, "")
    for report, ended in ((dumped, "dump"), (report_of(conctrace, trace), "interrupt")):
        assert_last_part(report, 10**9)
        assert report["ended"] == ended
        naps = {nap["function"]: nap for nap in report["io"]["sleeps"] if nap.get("function")}
        assert naps, report["io"]["sleeps"]


@pytest.mark.slow
def test_size_of_what_is_kept(record):
    """A storm that goes on for many times what is kept."""
    result = record(shell(*[" ".join(STORM)] * 4), "--keep-last", "1M")
    assert result.code == 0, result.stderr
    report = result.report
    assert_partitions(report)
    assert_nothing_lost(report)
    assert result.trace.stat().st_size < 2 << 20
    assert report["recent"]
    assert {"sh"} < {task["comm"] for task in report["tasks"]}


def test_on_failure(record):
    """Only if the command fails there is a file."""
    options = ("--keep-last", "30s", "--on-failure")
    fine = record(["true"], *options)
    assert fine.code == 0
    assert not fine.trace.exists()
    assert fine.stderr == "conctrace: the command succeeded: nothing was kept (--on-failure)\n"
    for script, end in (("exit 3", {"code": 3}), ("kill -KILL $$", {"signal": 9})):
        wrong = record(["sh", "-c", script], *options)
        assert wrong.code == end.get("code", 137)
        assert wrong.report["exit"] == end
        assert "recent" not in wrong.report  # it is shorter than that: all is there


@pytest.mark.parametrize("words,said", [
    (["--keep-last", "30x", "--", "true"], "is no time"),
    (["--keep-last", "10ms", "--", "true"], "at least 1s"),
    (["--keep-last", "1s", "--max-size", "1M", "--", "true"], "either"),
    (["--keep-last", "1s", "-o", "-", "--", "true"], "takes a file"),
    (["--on-failure", "--", "true"], "goes with --keep-last"),
    (["--on-failure", "--keep-last", "1s", "-a"], "a command"),
    (["--max-size", "1K", "--", "true"], "at least 256K"),
])
def test_options_that_do_not_fit(conctrace, words, said):
    assert said in assert_one_error(run([conctrace, "record", *words]))
