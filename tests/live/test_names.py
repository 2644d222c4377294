# SPDX-License-Identifier: GPL-2.0-only
"""What sync objects are called, who held them, and where they were waited for."""

import json
import re

import pytest
from chains import compile_c, functions
from conftest import assert_sound, program, run, until_seen

MS = 1_000_000
HELD_NS = 20 * MS


@pytest.fixture(scope="module")
def named(conctrace, tmp_path_factory):
    """The report on `named run`, and the folder that it was given."""

    def start():
        folder = tmp_path_factory.mktemp("named")
        done = run([conctrace, "record", "-q", "-o", folder / "data", "--json", folder / "report",
                    "--", program("named"), "run", folder])
        assert done.returncode == 0, done.stderr
        report = json.loads((folder / "report").read_text(encoding="utf-8"))
        assert_sound(report)
        return report, folder

    return until_seen(start)


def waited_in(report, function):
    """The only object that was waited for in that function."""
    found = [item for item in report["sync"] if any(
        function in functions(report["stacks"][site["stack"]])
        for site in item.get("sites", []) if "stack" in site)]
    assert len(found) == 1, (function, [item.get("name") for item in found])
    return found[0]


@pytest.mark.parametrize("place,kind,name", [
    ("wait_registry", "mutex", "registry_lock"),
    ("wait_cache", "mutex", "cache+0x40"),
    ("wait_table", "rwlock", "table_lock"),
    ("wait_queue", "condvar", "queue_changed"),
    ("wait_slots", "semaphore", "free_slots"),
    ("wait_barrier", "barrier", "all_here"),
    ("wait_local", "mutex", "stack of owner"),
    ("wait_own", "mutex", "thread-local of owner"),
    ("wait_stdio", "mutex", "stdio lock"),
])
def test_name(named, place, kind, name):
    report, _ = named
    item = waited_in(report, place)
    # The first frames of a stack and a thread's variables meet somewhere.
    found = item.get("name", "").replace("stack or thread-local of", name.split(" of ")[0] + " of")
    assert (item["kind"], found) == (kind, name)
    assert (item["waits"], item["waiters"], item["shared"]) == (1, 1, False)
    assert item.get("libc", False) == (place == "wait_stdio")


def test_heap(named):
    report, _ = named
    item = waited_in(report, "wait_heap")
    assert re.match(rf"heap {item['address']} used in \w+\(\) named\.c:\d+$", item["name"])


def test_shared_between_processes(named):
    report, folder = named
    [item] = [item for item in report["sync"] if item["shared"]]
    assert (item["kind"], item["name"]) == ("mutex", f"{folder}/shared-state")
    assert (item["waits"], item["waiters"]) == (1, 1)
    assert item["holders"][0]["pid"] != item["pid"]


@pytest.mark.parametrize("place,comm", [
    ("wait_registry", "named"), ("wait_cache", "named"), ("wait_heap", "named"),
    ("wait_table", "named"), ("wait_local", "owner"), ("wait_own", "owner"),
])
def test_holder(named, place, comm):
    """The one that held it slept meanwhile, and is known by the lock's own owner field."""
    item = waited_in(named[0], place)
    assert item["confidence"] == "high"
    first = item["holders"][0]
    assert first["comm"] == comm
    # A busy machine lets it wait for a CPU after each nap.
    asleep = first["while"]["sleep"]
    assert asleep >= 0.5 * first["ns"]
    assert asleep + first["while"].get("runnable", 0) >= 0.9 * first["ns"]
    assert first["ns"] >= 0.9 * item["wait_ns"] and item["wait_ns"] >= 0.5 * HELD_NS
    [site] = item["holder_sites"]
    assert site["function"] in ("hold_mutex", "hold_others") and site["releases"] == 1


def test_joined_threads(named):
    """Of a thread that is joined the name is said only where it is that thread's."""
    report, _ = named
    comms = {task["comm"] for task in report["tasks"]}
    joins = [item for item in report["sync"] if item["kind"] == "join"]
    assert sum(item["waits"] for item in joins) >= 10
    for item in joins:
        # Memory that one thread after the other lived in is no single thread's.
        if item["waits"] > 1:
            assert item.get("name") not in {f"thread {comm}" for comm in comms}


def test_lock_in_a_library(record, tmp_path):
    library = compile_c("lib/guarded.c", tmp_path / "libguarded.so", "-g", "-shared", "-fPIC")
    user = compile_c("lib/guards.c", tmp_path / "guards", "-g", library, "-lpthread",
                     f"-Wl,-rpath,{tmp_path}")
    result = record([user])
    assert result.code == 0, result.stderr
    [item] = [item for item in result.report["sync"] if item["kind"] == "mutex"]
    assert item["name"] == "library_lock"
    assert item["sites"][0]["module"] == "libguarded.so"
    assert item["sites"][0]["function"] == "enter_library"


def test_shared_words_in_many_files(record, tmp_path):
    """Each file's word is one object in both processes, and called after its file."""
    count = 300
    result = record([program("words"), "shared", tmp_path, count])
    assert result.code == 0, result.stderr
    report = result.report
    assert_sound(report)
    names = {}
    for item in report["sync"]:
        if item["shared"]:
            names.setdefault(item.get("name"), []).append(item)
    # A wait so short may be over before it began: of two processes, both were rarely that late.
    expected = {f"{tmp_path}/file-{i}" for i in range(count)}
    assert set(names) <= expected, set(names) - expected
    assert len(names) >= 0.9 * count
    assert all(len(items) == 1 for items in names.values())
    assert sum(items[0]["waiters"] == 2 for items in names.values()) >= 0.5 * count
