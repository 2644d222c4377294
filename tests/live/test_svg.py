# SPDX-License-Identifier: GPL-2.0-only
"""Pictures of real runs: well-formed whatever threads are called, true to the report, bounded."""

import re

import pictures
import pytest
from conftest import CONCTRACE, LIMIT, REASON, assert_one_error, program, run, workload

CLOSE = 0.015  # of a lane
HOSTILE = "</svg><script>alert(1)</script>\"'&\x1b[2J\x07\u202e"


def draw(trace, *options):
    done = run([CONCTRACE, "export", trace, "--svg", "-", *options])
    assert done.returncode == 0 and done.stderr == "", done.stderr
    return pictures.read(done.stdout)


def assert_true_to(report, root):
    """The lanes of threads show what the report tells of them."""
    shown, compared = pictures.lanes(root), 0
    for task in report["tasks"]:
        lane = shown.get(f"{task['comm']} {task['tid']}")
        if not lane:
            continue
        for look, ns in pictures.looks_of(task).items():
            share = lane[0][look] / lane[1]
            assert abs(share - ns / report["wall_ns"]) < CLOSE, (task["comm"], look)
        compared += 1
    return compared


@pytest.mark.parametrize("name, words", [
    ("convoy", ["mutex big_lock", "worker-4", "critical path", "blocked by a lock: mutex"]),
    ("pipeline", ["consumer-1", "producer-1", "condvar not_"]),
    ("barrier", ["barrier round_end", "worker-1", "blocked by other threads: barrier"]),
])
def test_workloads(record, tmp_path, name, words):
    picture = tmp_path / "run.svg"
    done = record([workload(name), "--seconds", "0.4"], "--svg", picture, "-q")
    assert done.code == 0, (REASON, done.stderr)
    text = picture.read_text(encoding="utf-8")
    assert len(text) < 200_000
    root = pictures.read(text)
    assert assert_true_to(done.report, root) == len(done.report["tasks"])
    said = "\n".join(pictures.texts(root) + [e.text for e in root.iter(pictures.SVG + "title")])
    for word in words:
        assert word in said, word
    assert run([CONCTRACE, "export", done.trace, "--svg", "-"]).stdout == text


def test_ranges(record, tmp_path):
    """While recording, in a report, in an export: the same part is the same picture."""
    picture, part = tmp_path / "part.svg", ("--from", "25%", "--to", "75%")
    done = record([workload("convoy"), "--seconds", "0.3"], "--svg", picture, *part)
    assert done.code == 125 and "--json writes the whole run" in done.stderr
    assert not picture.exists()
    words = [CONCTRACE, "record", "-q", "-o", tmp_path / "run", "--svg", picture, *part, "--",
             workload("convoy"), "--seconds", "0.3"]
    assert run(words).returncode == 0
    text = picture.read_text(encoding="utf-8")
    assert re.search(r"; shown: [\d.]+ ms to [\d.]+ ms, with [\d.]+ CPUs used on average", text)
    done = run([CONCTRACE, "report", tmp_path / "run", "--svg", tmp_path / "again.svg", *part])
    assert done.returncode == 0 and "VERDICT" in done.stdout
    assert (tmp_path / "again.svg").read_text(encoding="utf-8") == text
    assert run([CONCTRACE, "export", tmp_path / "run", "--svg", "-", *part]).stdout == text
    # What is wrong with a range is said before anything is run.
    done = run([*words[:-4], "--to", "20%", *words[-4:]])
    assert "empty range" in assert_one_error(done)
    assert "convoy:" not in done.stdout


def test_hostile_names(record):
    """Threads' names, and a command of 64 KiB of markup."""
    done = record([program("hostile")])
    assert done.code == 0, done.stderr
    root = draw(done.trace)
    said = "\n".join(pictures.texts(root))
    assert "</script>" in said and "\\x1b" in said and "\\xff" in said
    assert_true_to(done.report, root)
    done = record(["/bin/true", HOSTILE * 2000, "x" * 65536])
    assert done.code == 0, done.stderr
    root = draw(done.trace)
    title = pictures.texts(root)[0]
    assert title.startswith("/bin/true </svg><script>") and len(title) <= 100


def test_many_threads(record):
    """Lanes are bounded, and what is left out is counted."""
    source = ("import threading,time\n"
              "for i in range(90): threading.Thread(target=time.sleep,args=(.2,)).start()")
    done = record(["/usr/bin/python3", "-c", source], timeout=LIMIT)
    assert done.code == 0, done.stderr
    root = draw(done.trace)
    tasks = len(done.report["tasks"])
    said = pictures.texts(root)
    assert assert_true_to(done.report, root) == 24
    assert any(f"24 of {tasks} threads" == words for words in said)
    assert any(f"and {tasks - 24} more threads" == words for words in said)
