# SPDX-License-Identifier: GPL-2.0-only
"""What the report says of real programs is true: sums, counts, times, tasks, names."""

import glob
import json
import os
import re
import subprocess
import time

import pytest
from conftest import (ROOT, assert_kernel_counts, assert_nothing_lost, assert_partitions,
                      assert_sound, program, run, workload)
from partitions import started_inside, window

PYTHON = "/usr/bin/python3"
MS = 1_000_000

# Against the program's own CPU clock, and the kernel's sum for the task. The kernel reads its
# clock when it begins to schedule, the trace when it has decided: some time at each switch is
# the leaving task's in one account and the entering task's in the other.
CPU_SHARE, CPU_SLACK_NS, SWITCH_SLACK_NS = 0.01, 2 * MS, 4000


def cpu_time_problem(task, theirs, stolen):
    """None, or how a task's running time differs from another account of it."""
    slack = CPU_SHARE * theirs + CPU_SLACK_NS + SWITCH_SLACK_NS * sum(
        task["switches"][kind] for kind in ("voluntary", "involuntary"))
    slack += stolen + task.get("unknown_ns", 0)
    if abs(task["running_ns"] - theirs) <= slack:
        return None
    return f"{task['tid']} {task['comm']}: running {task['running_ns']}, by its own account " \
        f"{theirs}, off by more than {slack}"


def assert_cpu_times(result):
    """Running time is what the kernel charged, for each task seen from start to end."""
    report = result.report
    wrong = [cpu_time_problem(task, task["kernel"]["cpu_ns"], result.stolen_ns)
             for task in report["tasks"] if "kernel" in task and started_inside(report, task)]
    assert [problem for problem in wrong if problem] == []


WORKLOADS = sorted(os.path.basename(path)[:-2]
                   for path in glob.glob(os.path.join(ROOT, "tools/workloads/*.c"))
                   if not path.endswith("/deadlock.c"))  # fails, as it is to
MODES = [("cpu", "--mode", "procs"), ("cpu", "--mode", "single"), ("convoy", "--fixed"),
         ("barrier", "--straggler"), ("download", "--mode", "threads"),
         ("download", "--mode", "procs"), ("download", "--mode", "epoll"),
         ("deadlock", "--ordered")]


@pytest.mark.parametrize("words", [(name,) for name in WORKLOADS] + MODES, ids=" ".join)
def test_workload(record, words):
    result = record([workload(words[0]), *words[1:], "--seconds", "0.3"])
    assert result.code == 0, result.stderr
    assert result.stdout.startswith(words[0] + ":")
    assert_sound(result.report)
    assert_cpu_times(result)


PYTHON_THREADS = """
import threading
def work():
    return sum(i * i for i in range(300000))
crew = [threading.Thread(target=work) for _ in range(4)]
[t.start() for t in crew]
[t.join() for t in crew]
"""

PYTHON_PROCESSES = """
import multiprocessing
if __name__ == "__main__":
    with multiprocessing.Pool(3) as pool:
        print(sum(pool.map(abs, range(1000))))
"""

COMMANDS = {
    "true": ["true"],
    "sleep": ["sleep", "0.1"],
    "shell pipeline": ["sh", "-c", "seq 100000 | sort | uniq | wc -l"],
    "many short processes": ["sh", "-c", "for i in $(seq 100); do /bin/true; done"],
    "python threads": [PYTHON, "-c", PYTHON_THREADS],
    "python processes": [PYTHON, "-c", PYTHON_PROCESSES],
    "exec": ["sh", "-c", "exec env true"],
    "dd": ["dd", "if=/dev/zero", "of=/dev/null", "bs=1M", "count=500"],
}


@pytest.mark.parametrize("name", COMMANDS)
def test_command(record, name):
    result = record(COMMANDS[name])
    assert result.code == 0, result.stderr
    assert_sound(result.report)
    assert_cpu_times(result)


@pytest.mark.parametrize("words", [("execs",), ("rename",), ("rusage",), ("threads", "100"),
                                   ("forkmany", "100"), ("pingpong", "pipe", "2000"),
                                   ("pingpong", "futex", "2000")], ids=" ".join)
def test_program(record, words):
    result = record([program(words[0]), *words[1:]])
    assert result.code == 0, result.stderr
    assert_sound(result.report)
    assert_cpu_times(result)


@pytest.mark.slow
@pytest.mark.parametrize("name,count", [("forkmany", 2000), ("threads", 1000)])
def test_every_task_is_there(record, name, count):
    result = record([program(name), str(count)])
    assert result.code == 0, result.stderr
    report = result.report
    assert_sound(report)
    assert len(report["tasks"]) == count + 1
    assert len({task["tid"] for task in report["tasks"]}) == count + 1
    assert assert_kernel_counts(report) == count
    pids = {task["pid"] for task in report["tasks"]}
    assert len(pids) == (count + 1 if name == "forkmany" else 1)


@pytest.mark.slow
def test_fast_switching_loses_nothing(record):
    result = record([program("pingpong"), "futex", "200000"])
    assert result.code == 0, result.stderr
    report = result.report
    assert_sound(report)
    # A wake-up that preempts the waker spares it the block: either way it is a switch.
    switches = [sum(t["switches"][k] for k in ("voluntary", "involuntary"))
                for t in report["tasks"] if t["comm"] in ("ping", "pong")]
    assert len(switches) == 2 and sum(switches) >= 200_000


def test_own_accounts(record):
    """Each thread's own getrusage and CPU clock, read as the last thing it did."""
    result = record([program("rusage")])
    assert result.code == 0, result.stderr
    tasks = {task["tid"]: task for task in result.report["tasks"]}
    lines = [dict(word.split("=") for word in line.split()) for line in result.stdout.splitlines()]
    assert len(lines) == len(tasks) and len(lines) > 1
    wrong = []
    for own in lines:
        task = tasks[int(own["tid"])]
        # Of the first task, what came before exec is in its own account and not in the report.
        # Between its reading and its end a thread may switch a few times: to give its stack back.
        if started_inside(result.report, task):
            problem = cpu_time_problem(task, int(own["cpu_ns"]), result.stolen_ns)
            wrong += [problem] if problem else []
            for ours, theirs in (("voluntary", "vol"), ("involuntary", "inv")):
                late = task["switches"][ours] - int(own[theirs])
                if not 0 <= late <= 3:
                    wrong.append(f"{own['name']}: {ours} {task['switches'][ours]}, own {own}")
    assert wrong == []


def test_wall_time(record):
    result = record(["sleep", "0.3"])
    wall = result.report["wall_ns"]
    assert 300 * MS <= wall <= 400 * MS
    [task] = result.report["tasks"]
    assert task["comm"] == "sleep"
    assert task["blocked_by"]["sleep"] >= 299 * MS


# Thread of the program `waits` and the cause that it must be blocked by for most of its life.
KINDS = {"nanosleep": "sleep", "mutex": "mutex", "condvar": "condvar", "semaphore": "semaphore",
         "rwlock": "rwlock", "barrier": "barrier", "join": "join", "pipe": "pipe",
         "socket": "network", "poll": "poll", "epoll": "poll", "wait4": "child",
         "sigwait": "signal", "fsync": "disk", "flock": "file"}
MOST_NS = 60 * MS  # of the 80 ms that each thread waits


@pytest.fixture(scope="module")
def waits_report(conctrace, tmp_path_factory):
    folder = tmp_path_factory.mktemp("waits")
    report = folder / "report.json"
    # On the disk that holds the sources: a memory file system has no fsync to wait for.
    done = run([conctrace, "record", "-o", folder / "data", "--json", report, "--",
                program("waits"), os.path.dirname(program("waits"))])
    assert done.returncode == 0, done.stderr
    return json.loads(report.read_text(encoding="utf-8"))


def test_waits_are_sound(waits_report):
    assert_sound(waits_report)
    assert {t["comm"] for t in waits_report["tasks"]} >= set(KINDS)


@pytest.mark.parametrize("name,cause", KINDS.items())
def test_kind_of_wait(waits_report, name, cause):
    # The thread of that name; the child that wait4 waits for bears it, too.
    [task] = [t for t in waits_report["tasks"] if t["comm"] == name and t["tid"] != t["pid"]]
    by = task["blocked_by"]
    if name == "fsync":  # as fast as the disk is; what it waits for counts
        assert max(by, key=by.get) == cause, by
    else:
        assert by.get(cause, 0) >= MOST_NS, by


def test_killed(record):
    result = record(["sh", "-c", "kill -KILL $$"])
    assert result.code == 128 + 9
    report = result.report
    assert_sound(report)
    assert report["exit"]["signal"] == 9


def test_group_killed_in_the_middle(record):
    """SIGKILL for a process whose threads run, wait and sleep."""
    script = "import os, threading, time\n" \
        "def spin():\n  while True: pass\n" \
        "[threading.Thread(target=f, daemon=True).start() for f in (spin, lambda: time.sleep(9))]\n" \
        "time.sleep(0.2)\nos.kill(os.getpid(), 9)\n"
    result = record([PYTHON, "-c", script])
    assert result.code == 128 + 9
    assert_sound(result.report)
    assert len(result.report["tasks"]) == 3


def test_names(record):
    result = record([program("rename")])
    report = result.report
    [task] = [t for t in report["tasks"] if t["comm"] == "third-name"]
    assert task["names"] == ["rename", "first-name", "second-name"]


def test_exec_by_another_thread(record):
    """The process goes on under its pid, with the thread that called exec."""
    result = record([program("execs")])
    assert result.code == 0, result.stderr
    report = result.report
    assert_partitions(report)
    root = [t for t in report["tasks"] if t["tid"] == t["pid"] and t["comm"] == "true"]
    assert len(root) == 2


def test_descendants_are_followed(record, tmp_path):
    """A daemon leaves its session and its parent, and is still part of it all."""
    mark = tmp_path / "mark"
    result = record([program("daemonize"), mark])
    assert result.code == 0, result.stderr
    assert mark.exists(), "the recording ended before the daemon did"
    report = result.report
    assert_sound(report)
    [daemon] = [t for t in report["tasks"] if t["tid"] == int(mark.read_text())]
    assert daemon["running_ns"] >= 49 * MS
    assert report["ended"] == "workload"


def test_no_wait(record):
    began = time.monotonic()
    result = record(["sh", "-c", "setsid sleep 5 >/dev/null 2>&1 & exit 3"], "--no-wait")
    assert result.code == 3, result.stderr
    assert time.monotonic() - began < 3
    report = result.report
    assert_partitions(report)
    assert report["ended"] == "command"


def test_duration_ends_the_recording_not_the_program(record):
    result = record(["sh", "-c", "sleep 0.6; exit 4"], "-d", "0.2")
    assert result.code == 4, result.stderr
    report = result.report
    assert_partitions(report)
    assert report["ended"] == "duration"
    assert 190 * MS <= report["wall_ns"] <= 400 * MS


@pytest.fixture
def started():
    """started(command): runs it beside the test, ends it afterwards."""
    children = []

    def start(command):
        child = subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL)
        children.append(child)
        return child

    yield start
    for child in children:
        child.kill()
        child.wait()


def threads_of(pid):
    return {int(name) for name in os.listdir(f"/proc/{pid}/task")}


def wait_for(condition, seconds=10):
    end = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < end, "waited in vain"
        time.sleep(0.01)


def test_attach(record, started):
    """A process that already runs, with its threads."""
    child = started([workload("cpu"), "--mode", "threads", "--workers", "3", "--seconds", "30"])
    wait_for(lambda: len(threads_of(child.pid)) == 4)
    threads = threads_of(child.pid)
    result = record(None, "-p", str(child.pid), "-d", "0.5")
    assert result.code == 0, result.stderr
    assert child.poll() is None
    report = result.report
    assert_partitions(report)
    assert_nothing_lost(report)
    assert {t["tid"] for t in report["tasks"]} == threads
    assert 480 * MS <= report["wall_ns"] <= 900 * MS
    assert sum(t["running_ns"] for t in report["tasks"]) > 0.5 * report["wall_ns"]
    first, last = window(report)
    assert {(t["start_ns"], t["end_ns"]) for t in report["tasks"]} == {(first, last)}


def test_attach_follows_what_comes_later(record, started):
    script = "import subprocess, time\n" \
        "while True:\n  subprocess.run(['true'])\n  time.sleep(0.01)\n"
    child = started([PYTHON, "-c", script])
    wait_for(lambda: os.readlink(f"/proc/{child.pid}/exe") == os.path.realpath(PYTHON))
    result = record(None, "-p", str(child.pid), "-d", "0.5")
    assert result.code == 0, result.stderr
    report = result.report
    assert_sound(report)
    assert len([t for t in report["tasks"] if t["comm"] == "true"]) >= 3


def test_attach_ends_with_the_process(record, started):
    child = started(["sleep", "0.5"])
    wait_for(lambda: os.readlink(f"/proc/{child.pid}/exe").endswith("sleep"))
    result = record(None, "-p", str(child.pid))
    assert result.code == 0, result.stderr
    report = result.report
    assert_partitions(report)
    [task] = report["tasks"]
    # Where the kernel kept the waking to itself, what the task did until then is not known.
    assert task["comm"] == "sleep" and task["blocked_ns"] + task.get("unknown_ns", 0) > 0
    assert report["ended"] == "workload"


def test_whole_machine(record, started):
    child = started([workload("cpu"), "--mode", "single", "--seconds", "30"])
    result = record(None, "-a", "-d", "1")
    assert result.code == 0, result.stderr
    report = result.report
    assert_partitions(report)
    assert_nothing_lost(report)
    assert 990 * MS <= report["wall_ns"] <= 1500 * MS
    assert len(report["cpus"]) == os.sysconf("SC_NPROCESSORS_ONLN")
    assert any(t["pid"] == child.pid and t["running_ns"] > 100 * MS for t in report["tasks"])
    assert report["ended"] == "duration"


def test_report_from_the_file_is_the_same(record, conctrace):
    result = record([workload("convoy"), "--seconds", "0.2"])
    again = run([conctrace, "export", result.trace, "--json", "-"])
    assert again.returncode == 0, again.stderr
    assert json.loads(again.stdout) == result.report


def test_text_report(record):
    result = record(["./convoy", "--seconds", "0.2"], cwd=os.path.dirname(workload("convoy")))
    assert re.search(r"^conctrace: \./convoy --seconds 0\.2 .*exit 0$", result.stderr, re.M)
    for name in ("worker-1", "worker-4", "CPU 0", "mutex", "join"):
        assert name in result.stderr
    assert [line for line in result.stderr.splitlines() if len(line) > 80
            and str(result.trace) not in line] == []
