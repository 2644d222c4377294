# SPDX-License-Identifier: GPL-2.0-only
"""Names of Python's functions, with the Pythons of this machine: where threads wait and compute."""

import json
import os
import subprocess
import textwrap
import unicodedata

import pytest

from conftest import assert_nothing_lost, assert_partitions, program
from test_gil import PYTHONS, SYSTEM

JOB = '''
import contextlib, hashlib, socket, sys, threading, time

lock = threading.Lock()

def nap():
    time.sleep(0.03)                                 # nap

class Worker:
    def take_lock(self):
        lock.acquire()                               # take
        lock.release()

def spin(seconds):
    end = time.thread_time() + seconds
    n = 0
    while time.thread_time() < end:
        n += sum(i * i for i in range(100))          # spin
    return n

def read_nothing():
    near, far = socket.socketpair()
    near.settimeout(0.03)
    with contextlib.suppress(OSError):
        near.recv(1)                                 # recv

def main():
    nap()
    lock.acquire()
    thread = threading.Thread(target=Worker().take_lock)
    thread.start()
    time.sleep(0.03)                                 # holds
    lock.release()
    thread.join()
    read_nothing()
    spin(0.3)

main()                                               # module
'''


def line_of(source, mark):
    """The line that ends in that comment."""
    return next(number for number, line in enumerate(source.splitlines(), 1)
                if line.endswith("# " + mark))


def version_of(python):
    asked = subprocess.run([python, "-c", "import sys; print(*sys.version_info[:3], sep='.')"],
                           check=True, capture_output=True, text=True)
    return asked.stdout.strip()


def is_known(python):
    return version_of(python).rsplit(".", 1)[0] in ("3.11", "3.12", "3.13")


KNOWN = {python: name for python, name in PYTHONS.items() if is_known(python)}
UNKNOWN = {python: name for python, name in PYTHONS.items() if python not in KNOWN}
with_each = pytest.mark.parametrize("python", KNOWN, ids=list(KNOWN.values()))


@pytest.fixture
def job(tmp_path):
    path = tmp_path / "job.py"
    path.write_text(JOB, encoding="utf-8")
    return path


def recorded(record, command, *options):
    result = record(command, *options)
    assert result.code == 0, result.stderr
    assert_partitions(result.report)
    assert_nothing_lost(result.report)
    return result.report


def at(row, *, function, mark, file):
    return (row.get("function"), row.get("file"), row.get("line"), row.get("module")) == \
        (function, str(file), line_of(JOB, mark), os.path.basename(file))


def chain(report, row):
    return report["stacks"][row["stack"]]


@with_each
def test_waits(record, job, python):
    report = recorded(record, [python, job])
    sleeps = report["io"]["sleeps"]
    # One row for each thread: the longest of its sleeps.
    assert any(at(row, function=name, mark=mark, file=job) for row in sleeps
               for name, mark in (("nap", "nap"), ("main", "holds"))), sleeps
    sites = [site for lock in report["sync"] for site in lock["sites"]]
    taken = [site for site in sites if at(site, function="Worker.take_lock", mark="take", file=job)]
    assert taken, sites
    frames = [frame.get("function") for frame in chain(report, taken[0])["frames"]]
    own = frames[frames.index("Worker.take_lock"):]
    assert own == ["Worker.take_lock", "Thread.run", "Thread._bootstrap_inner", "Thread._bootstrap"]
    assert chain(report, taken[0])["complete"]
    # Frames of the interpreter itself are folded away.
    assert not any("_PyEval" in (name or "") for name in frames)


@with_each
def test_all_functions(record, job, python):
    """Each wait, one by one: the innermost function of the script, and its line."""
    result = record([python, job])
    assert result.code == 0
    seen = {(frame.get("function"), frame.get("line")) for stack in result.report["stacks"]
            for frame in stack["frames"] if frame.get("file") == str(job)}
    for name, mark in (("Worker.take_lock", "take"), ("<module>", "module")):
        assert (name, line_of(JOB, mark)) in seen, seen


@with_each
def test_samples(record, job, python):
    report = recorded(record, [python, job], "-F", "999")
    computing = [row for row in report["critical_path"]["by"]
                 if row["state"] == "running" and row.get("file") == str(job)]
    by_function = {}
    for row in computing:
        by_function[row["function"]] = by_function.get(row["function"], 0) + row["ns"]
    assert by_function, report["critical_path"]["by"]
    top = max(by_function, key=by_function.get)
    assert top.startswith("spin"), by_function
    lines = {row["line"] for row in computing if row["function"].startswith("spin")}
    first = line_of(JOB, "spin") - 3
    assert lines <= set(range(first, first + 5)), lines


@with_each
def test_deep(record, python, tmp_path):
    """Of a deep recursion the innermost functions are told, and that there are more."""
    path = tmp_path / "deep.py"
    path.write_text("import time\ndef f(depth):\n    if depth: f(depth - 1)\n"
                    "    else: time.sleep(0.03)\nf(150)\n", encoding="utf-8")
    report = recorded(record, [python, path])
    row = next(row for row in report["io"]["sleeps"] if row["function"] == "f")
    assert (row["file"], row["line"]) == (str(path), 4)
    lines = [frame["line"] for frame in chain(report, row)["frames"]
             if frame.get("function") == "f"]
    assert lines == [4] + [3] * 63
    assert not chain(report, row)["complete"]


@pytest.mark.parametrize("name", ["grüße", "Ελληνικά", "名前", "𝔘𝔫𝔦", "a" * 300],
                         ids=["latin", "greek", "chinese", "astral", "long"])
def test_names(record, tmp_path, name):
    path = tmp_path / f"{name[:60]}.py"
    path.write_text(f"import time\ndef {name}():\n    time.sleep(0.02)\n{name}()\n",
                    encoding="utf-8")
    report = recorded(record, [SYSTEM, path])
    functions = {frame.get("function"): frame.get("file") for stack in report["stacks"]
                 for frame in stack["frames"]}
    wanted = unicodedata.normalize("NFKC", name)[:128]
    assert wanted in functions, functions
    assert functions[wanted] == str(path)


def test_hostile_names(record, tmp_path):
    """Bytes that are no text, control characters and long paths are no harm."""
    folder = os.fsencode(tmp_path) + b"/x\x1b[2J\xff" + b"y" * 200
    os.mkdir(folder)
    path = folder + b"/&<b>\n\"'.py"
    with open(path, "wb") as out:
        out.write(b"import time\ndef f(): time.sleep(0.02)\nf()\n")
    report = recorded(record, [SYSTEM, os.fsdecode(path)])
    assert any(row.get("function") == "f" for row in report["io"]["sleeps"])


def test_children(record, tmp_path):
    """Forks have the names of their parent's code at once, programs that are executed their own."""
    script = tmp_path / "forks.py"
    script.write_text(textwrap.dedent("""
        import os, subprocess, sys, time
        def in_child():
            time.sleep(0.02)
        def in_program():
            for _ in range(5):
                time.sleep(0.02)
        if len(sys.argv) > 1:
            in_program()
        elif os.fork():
            os.wait()
            subprocess.run([sys.executable, sys.argv[0], "again"])
        else:
            in_child()
        """), encoding="utf-8")
    report = recorded(record, [SYSTEM, script])
    names = {row.get("function") for row in report["io"]["sleeps"]}
    assert {"in_child", "in_program"} <= names, report["io"]["sleeps"]
    assert sum(row["images"] for row in report["pythons"]) == 3, report["pythons"]


def test_asyncio(record, tmp_path):
    """The loop waits for events in what the program called; a blocking call shows where it is."""
    script = tmp_path / "loop.py"
    script.write_text(textwrap.dedent("""
        import asyncio, time
        async def blocks():
            time.sleep(0.05)
        async def main():
            await asyncio.sleep(0.02)
            await blocks()
        asyncio.run(main())
        """), encoding="utf-8")
    report = recorded(record, [SYSTEM, script])
    row = max(report["io"]["sleeps"], key=lambda row: row["wait_ns"])
    assert (row["function"], row["line"]) == ("blocks", 4), row
    frames = [f.get("function") for f in report["stacks"][row["stack"]]["frames"]]
    assert "main" in frames and frames.index("blocks") < frames.index("main")


def test_told_which(record, job):
    report = recorded(record, [SYSTEM, job])
    assert report["pythons"] == [{"version": version_of(SYSTEM), "images": 1, "named": True}]


@pytest.mark.skipif(not UNKNOWN, reason="no Python before 3.11 or after 3.13 on the PATH")
@pytest.mark.parametrize("python", UNKNOWN, ids=list(UNKNOWN.values()))
def test_unknown_releases(record, job, python):
    """They have the names of the interpreter's own functions, and a note says why."""
    result = record([python, job])
    assert result.code == 0, result.stderr
    assert [row["named"] for row in result.report["pythons"]] == [False]
    assert "its functions cannot be told" in " ".join(result.stderr.split())
    assert not any(frame.get("file") == str(job) for stack in result.report["stacks"]
                   for frame in stack["frames"])


def test_none(record):
    """Nothing of it in a program that is not Python."""
    report = recorded(record, ["/bin/sh", "-c", "sleep 0.01"])
    assert report["pythons"] == []


def test_lazily(record, job):
    """Python that a program starts, which could not be foreseen."""
    report = recorded(record, ["/bin/sh", "-c", f"sleep 0.01; exec {SYSTEM} {job}"])
    assert report["pythons"][0]["named"]
    assert any(frame.get("file") == str(job) for stack in report["stacks"]
               for frame in stack["frames"])


def fake(record, tmp_path, what, *options):
    path = tmp_path / "python-fake"  # its probes are loaded before it runs
    path.symlink_to(program("fakepython"))
    report = recorded(record, [path, what, "200"], *options)
    assert [row["named"] for row in report["pythons"]] == [True]
    return report


def fake_frames(report):
    """Of each chain what is in no file that is there: what the program made up."""
    real = ("fakepython", "python-fake", "ld-linux", "libc.so", "[vdso]")
    return [[frame for frame in stack["frames"]
             if not frame.get("module", "libc.so").startswith(real)]
            for stack in report["stacks"]]


def test_made_up(record, tmp_path):
    """A program that has the interpreter's structures is believed."""
    report = fake(record, tmp_path, "sound")
    row = report["io"]["sleeps"][0]
    assert (row["function"], row["file"], row["line"]) == ("inner", "/nowhere/fake.py", 7)
    frames = report["stacks"][row["stack"]]["frames"]
    assert [(f["function"], f["line"]) for f in frames if f["module"] == "fake.py"] == \
        [("inner", 7), ("outer", 20)]
    assert report["stacks"][row["stack"]]["complete"]


@pytest.mark.parametrize("what", ["threads", "frames", "lengths", "unmapped", "noise", "chunks",
                                  "types", "labels"])
def test_hostile(record, tmp_path, what):
    """Whatever its memory says, the recording is sound and bounded."""
    report = fake(record, tmp_path, what, "-F", "999")
    for task in report["tasks"]:
        assert len(task["comm"].encode("utf-8", "replace")) <= 3 * 63
    for frames in fake_frames(report):
        assert len(frames) <= 64
        for frame in frames:
            assert len(frame.get("function", "").encode("utf-8", "replace")) <= 4 * 128
    if what == "frames":
        assert max(map(len, fake_frames(report))) == 64
        assert report["io"]["sleeps"][0]["function"] == "inner"
    if what == "threads":
        assert not any(fake_frames(report))
    if what == "lengths":
        assert report["io"]["sleeps"][0]["module"] == "[Python]"
        assert report["io"]["sleeps"][0]["function"] == "?"
    if what in ("chunks", "types", "labels"):
        assert [task["comm"] for task in report["tasks"]] == ["python-fake"]
        assert report["io"]["sleeps"][0]["function"] == "inner"
    if what in ("types", "labels"):
        loop, = report["loops"]
        tasks = [task["name"] for turn in loop["longest"] for task in turn.get("tasks", [])]
        assert set(tasks) == ({"?"} if what == "labels" else set())


def test_made_up_names(record, tmp_path):
    """Names of a thread and of a task of asyncio, at the places that the readers take them from."""
    report = fake(record, tmp_path, "task")
    assert [(task["comm"], task["names"]) for task in report["tasks"]] == \
        [("not a thread", ["python-fake"])]
    loop, = report["loops"]
    for turn in loop["longest"]:
        task, = turn["tasks"]
        assert task["name"] == "not a task (Made.up)"
        assert task["wait_ns"] == turn["blocked_by"]["sleep"]


THREADS = '''
import sys, threading, time
from concurrent.futures import ThreadPoolExecutor

def nap():
    time.sleep(0.02)

class Worker(threading.Thread):
    def __init__(self):
        super().__init__(name="a worker")
        self.more = 1
    def run(self):
        nap()

def rename():
    nap()
    threading.current_thread().name = "second"
    for _ in range(7):
        nap()

odd = threading.Thread(target=nap)
vars(odd)["name in a dict"] = 1
threads = [Worker(), threading.Thread(target=nap), threading.Thread(target=nap, name="grün, 名"),
           threading.Thread(target=rename, name="first"), odd,
           threading.Thread(target=nap, name="x" * 200)]
for thread in threads: thread.start()
for thread in threads: thread.join()
with ThreadPoolExecutor(2, "pool") as pool:
    list(pool.map(lambda _: nap(), range(4)))
'''


@with_each
def test_thread_names(record, tmp_path, python):
    """As Python has them: given, made up by it, changed; with attributes in place or in a dict."""
    script = tmp_path / "threads.py"
    script.write_text(THREADS, encoding="utf-8")
    report = recorded(record, [python, script])
    main, *others = sorted(report["tasks"], key=lambda task: task["start_ns"])
    assert main["comm"].startswith("python")
    assert [task["comm"] for task in others] == \
        ["a worker", "Thread-2 (nap)", "grün, 名", "second", "Thread-1 (nap)", "x" * 63,
         "pool_0", "pool_1"]
    kernel = main["comm"]
    assert [task["names"] for task in others] == \
        [[kernel], [kernel], [kernel], [kernel, "first"], *4 * [[kernel]]]


LOOP = '''
import asyncio, time

def compute(seconds):
    end = time.thread_time() + seconds
    while time.thread_time() < end:
        sum(range(1000))

class Page:
    async def fetch(self):
        await asyncio.sleep(0.03)
        compute(0.1)
        await asyncio.sleep(0.01)

async def store():
    await asyncio.sleep(0.01)
    await asyncio.sleep(0)           # goes on in a step of its own, not by a wake-up
    time.sleep(0.2)
    await asyncio.sleep(0.01)

async def tick():
    for _ in range(20):
        await asyncio.sleep(0.005)

async def main():
    await asyncio.gather(asyncio.create_task(store(), name="to the disk"),
                         asyncio.create_task(Page().fetch()), tick())
    asyncio.get_running_loop().call_later(0.005, time.sleep, 0.05)
    await asyncio.sleep(0.1)

asyncio.run(main())
'''


@with_each
def test_task_names(record, tmp_path, python):
    """Which task of asyncio keeps the loop: woken or not, named or not, waiting or computing."""
    script = tmp_path / "loop.py"
    script.write_text(LOOP, encoding="utf-8")
    report = recorded(record, [python, script], "-F", "499")
    loop = report["loops"][0]
    turns = loop["longest"]
    named = {task["name"]: task for turn in turns for task in turn.get("tasks", [])}
    store = named["to the disk (store)"]
    assert store["waits"] >= 1 and store["wait_ns"] >= 200_000_000
    fetch = next(task for name, task in named.items() if name.endswith(" (Page.fetch)"))
    assert fetch["name"].startswith("Task-") and fetch["samples"] > 10
    found = next(f for f in report["findings"] if f["code"] == "blocked-event-loop")
    assert "in task to the disk (store)" in json.dumps(found), found
    # What is no task has no name: the loop calls it itself.
    sleeps = sum(turn["blocked_by"].get("sleep", 0) for turn in turns if "blocked_by" in turn)
    assert sum(task.get("wait_ns", 0) for task in named.values()) <= sleeps - 50_000_000
