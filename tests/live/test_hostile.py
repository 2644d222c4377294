# SPDX-License-Identifier: GPL-2.0-only
"""Programs that would mislead or exhaust whoever looks at them: files, names, numbers of things."""

import json
import os
import random
import re
import shutil

import pytest
from chains import NAP, all_functions, complete_chain, unresolved, with_chain
from conftest import BUILD, assert_nothing_lost, assert_partitions, assert_sound, program, run

SANITIZER = ("AddressSanitizer", "LeakSanitizer", "runtime error:")
THUNK = bytes.fromhex("554889e5ffd75dc3")  # as the program `generated` has it
AT = 4096  # where in a mapped file it is


def judge(result):
    """A sound report that no control character gets through; returns it."""
    assert result.code == 0, result.stderr
    assert not any(word in result.stderr for word in SANITIZER), result.stderr
    assert not re.search(r"[\x00-\x09\x0b-\x1f\x7f-\x9f]", result.stderr), result.stderr
    report = result.report
    assert_sound(report)
    return report


def elf_bytes():
    """A real program, with the thunk put over its second page."""
    with open(program("chain"), "rb") as binary:
        data = bytearray(binary.read())
    data[AT:AT + len(THUNK)] = THUNK
    return data


def garbage(kind):
    """Bytes of a file that is mapped to be executed; the thunk is at AT in each."""
    chance = random.Random(13)
    whole = elf_bytes()
    if kind == "zeros":
        data = bytearray(2 * AT)
    elif kind == "noise":
        data = bytearray(chance.randbytes(4 * AT))
    elif kind == "magic and noise":
        data = bytearray(b"\x7fELF\x02\x01\x01" + chance.randbytes(4 * AT))
    elif kind == "header and noise":
        data = whole[:64] + bytearray(chance.randbytes(len(whole) - 64))
    elif kind == "half":
        data = whole[:max(len(whole) // 2, 2 * AT)]
    elif kind == "huge tables":
        data = whole
        data[32:48] = b"\xff" * 16  # e_phoff, e_shoff
        data[54:64] = b"\xff" * 10  # sizes and numbers of headers
    else:
        data = whole
        for _ in range(2000):
            at = chance.randrange(64, len(data))
            data[at] = chance.randrange(256)
    data[AT:AT + len(THUNK)] = THUNK
    return bytes(data)


@pytest.mark.parametrize("kind", ["zeros", "noise", "magic and noise", "header and noise", "half",
                                  "huge tables", "scattered noise"])
def test_damaged_file_is_executed(record, tmp_path, kind):
    """No name comes out of it, nothing goes wrong, and the frames beneath are named."""
    path = tmp_path / "damaged"
    path.write_bytes(garbage(kind))
    report = judge(record([program("generated"), "file", path, AT]))
    assert "nap_often" in all_functions(report)
    stacks = [s for s in report["stacks"] if s["frames"][-1].get("function") != "nap_often"
              and with_chain({"stacks": [s]}, ["nanosleep", "nap_often"])]
    frames = [f for s in stacks for f in s["frames"] if f.get("module") == "damaged"]
    assert frames
    # "scattered noise" leaves names in place: they may be those of what was there.
    for frame in frames if kind != "scattered noise" else ():
        assert "function" not in frame or kind in ("half", "header and noise"), frame
    if kind in ("noise", "magic and noise", "zeros"):
        assert unresolved(report, "damaged")


def test_damaged_after_the_recording(record, conctrace, tmp_path):
    """The same file, cut short or overwritten in place, is not taken for what ran."""
    for number, cut in enumerate((0, 10, 64, 4096, 10000)):
        mine = shutil.copy(program("chain"), tmp_path / f"copied-{number}")
        result = record([mine, "nap", "3"])
        complete_chain(judge(result), NAP)
        os.truncate(mine, cut)
        done = run([conctrace, "export", result.trace, "--json", "-"])
        assert done.returncode == 0, done.stderr
        assert not any(word in done.stderr for word in SANITIZER), done.stderr
        report = json.loads(done.stdout)
        assert_partitions(report)
        assert unresolved(report, f"copied-{number}")
        assert not all_functions(report) & set(NAP)


def test_names_of_threads(record, tmp_path):
    """Control characters, markup, bytes that are no text: none gets out as such."""
    picture = tmp_path / "trace"
    result = record([program("hostile")], "--perfetto", picture)
    report = judge(result)
    comms = {task["comm"] for task in report["tasks"]}
    assert {"\x1b[31mred", "a\nb\rc\td", '"},{"tid":1', "</script>", "%s%n%p"} <= comms
    assert any("\ufffd" in comm for comm in comms)
    assert len(report["tasks"]) == 10 and picture.stat().st_size > 0
    [lock] = [item for item in report["sync"] if item["kind"] == "mutex"]
    assert lock["name"] == "lock" and lock["waiters"] >= 5


@pytest.mark.parametrize("name", ["n" * 255, "\x1b[2J\x07\n\t" + "x" * 40, "a b;c'd\"e$(f)", "%s%n",
                                  "\udcff\udcfe", " (deleted)", "x (deleted)"],
                         ids=["long", "control", "shell", "format", "bytes", "deleted",
                              "x-deleted"])
def test_names_of_files(record, tmp_path, name):
    """Programs of such names are named by their functions; what they are called is escaped."""
    mine = os.path.join(os.fsencode(tmp_path), os.fsencode(name))
    shutil.copy(program("chain"), mine)
    script = tmp_path / "run.py"
    script.write_text("import os, sys\nos.execv(os.fsencode(sys.argv[1]), ['chain', 'nap', '5'])\n",
                      encoding="utf-8")
    result = record(["/usr/bin/python3", script, os.fsdecode(mine)])
    report = judge(result)
    if name.endswith(" (deleted)"):  # as the kernel calls what is gone: either is right
        assert all_functions(report) >= set(NAP) or not all_functions(report) & set(NAP)
        return
    complete_chain(report, NAP + ["main"])
    assert unresolved(report, name) == set()


def test_long_paths_of_locks(record, tmp_path):
    """Words in files whose paths are longer than what is kept of them."""
    folder = tmp_path / ("d" * 200) / ("e" * 200)
    folder.mkdir(parents=True)
    report = judge(record([program("words"), "shared", folder, "5"]))
    names = {item["name"] for item in report["sync"] if item["shared"] and "name" in item}
    whole = {f"{folder}/file-{i}" for i in range(5)}
    # A name is the whole path, or says that it was cut.
    assert [name for name in names - whole if "..." not in name] == []


def peak_bytes(conctrace, trace):
    """The most memory that a report on a trace takes."""
    usage = os.path.join(BUILD, "bench", "usage")
    if not os.access(usage, os.X_OK):
        run(["make", "-s", "-C", os.path.dirname(os.path.dirname(os.path.dirname(__file__))),
             f"BUILD={BUILD}", usage])
    if not os.access(usage, os.X_OK):
        pytest.skip("bench/usage is not built")
    done = run([usage, conctrace, "export", trace, "--json", "/dev/null"])
    assert done.returncode == 0, done.stderr
    return int(re.search(r"peak_bytes=(\d+)", done.stdout).group(1))


@pytest.mark.slow
def test_many_futexes(record, conctrace):
    """A report on very many locks keeps a little of each, and tells the rest in one sum."""
    few, many = 5000, 100000
    small = record([program("words"), "private", "2", str(few)], "--buffer", "32M")
    large = record([program("words"), "private", "2", str(many)], "--buffer", "32M")
    assert small.code == 0 and large.code == 0, small.stderr + large.stderr
    report = large.report
    assert_partitions(report)
    assert_nothing_lost(report)
    listed = [item for item in report["sync"] if item["kind"] == "futex"]
    omitted = report["sync_omitted"]
    found = len(report["sync"]) + omitted["objects"]
    assert len(report["sync"]) == 1000 and found >= 0.5 * 2 * many
    assert sum(item["waits"] for item in listed) == len(listed)
    blocked = sum(task["blocked_by"].get("futex", 0) for task in report["tasks"])
    joined = sum(item["wait_ns"] for item in report["sync"] if item["kind"] != "futex")
    assert sum(item["wait_ns"] for item in report["sync"]) - joined + omitted["wait_ns"] == \
        pytest.approx(blocked, rel=0.01)
    before = len(small.report["sync"]) + small.report["sync_omitted"]["objects"]
    each = (peak_bytes(conctrace, large.trace) - peak_bytes(conctrace, small.trace)) / \
        (found - before)
    assert each < 2000, f"{each:.0f} bytes of memory for each object"
