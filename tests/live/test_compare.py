# SPDX-License-Identifier: GPL-2.0-only
"""conctrace compare: recordings side by side, and commands that are recorded for that."""

import json
import os
import re
import signal
import stat
import subprocess
import sys
import time

import pytest
from conftest import HERE, LIMIT, assert_one_error, program, run, workload

sys.path.insert(0, os.path.dirname(HERE))

import comparisons  # noqa: E402

BEFORE = [workload("convoy"), "--work", "600", "--step-us", "100"]
AFTER = [*BEFORE, "--fixed"]


@pytest.fixture(name="compare")
def fixture_compare(conctrace, tmp_path):
    """compare(*options, commands=...): the finished process, and its JSON."""
    def start(*words, commands=(), **how):
        path = tmp_path / "compared.json"
        for command in commands:
            words += ("--", *command)
        done = run([conctrace, "compare", "--json", path, *words], **how)
        if not path.exists():
            return done, None
        comparison = json.loads(path.read_text(encoding="utf-8"))
        path.unlink()
        assert comparisons.problems(comparison) == []
        return done, comparison
    return start


@pytest.fixture(name="tmp")
def fixture_tmp(tmp_path, monkeypatch):
    """The directory for temporary files, which must be left empty."""
    path = tmp_path / "tmp"
    path.mkdir()
    monkeypatch.setenv("TMPDIR", str(path))
    yield path
    assert os.listdir(path) == []


def assert_fits(text):
    lines = [line for line in text.splitlines() if not line.startswith("conctrace: ")]
    assert lines and max(map(len, lines)) <= 80


def middle(comparison, *which):
    return [value["median"] for value in comparisons.number(comparison, *which)]


def test_a_lock_less(compare, tmp):
    """The same turns without the lock: it is gone, in all of the runs, and said to be."""
    together = [program("asleep")]
    done, comparison = compare("-n", "2", commands=[together, [*together, "apart"]])
    assert done.returncode == 0, done.stderr
    assert_fits(done.stderr)
    before, after = middle(comparison, "sync", "waits", "mutex big_lock")
    assert before > 20 and after < before / 10
    value = comparisons.number(comparison, "sync", "wait_ns", "mutex big_lock")[1]
    assert not value["noise"] and not value["small"]
    assert "waits for mutex big_lock" in done.stderr
    # A quarter of the time, if the machine has time for us.
    difference = comparison["differences"][0]
    assert not difference["noise"] and difference["ratio"] < 0.8
    assert re.search(r"^B takes \d+ ms less than A: ", done.stderr, re.M)
    assert "waiting for mutex big_lock" in done.stderr.split("  A  ")[0]


def test_commands_keep_their_output(compare, tmp):
    """One line of each run, by turns; and what we say is elsewhere."""
    done, comparison = compare("-n", "2", commands=[BEFORE, AFTER])
    assert done.returncode == 0, done.stderr
    assert_fits(done.stderr)
    assert [line.split(":")[0] for line in done.stdout.splitlines()] == ["convoy"] * 4
    told = re.findall(r"^conctrace: run (\d) of 2 of ([AB]): .* exit code 0$", done.stderr, re.M)
    assert told == [("1", "A"), ("1", "B"), ("2", "A"), ("2", "B")]
    work = middle(comparison, "total", "cpu_ns")
    assert 0.5 < work[1] / work[0] < 2


def test_a_sleep_more(compare, tmp):
    """Where a difference comes from: the sleep, to which the rest must add up."""
    done, comparison = compare("--runs", "3", commands=[["sleep", "0.05"], ["sleep", "0.35"]])
    assert done.returncode == 0, done.stderr
    difference = comparison["differences"][0]
    assert not difference["noise"] and not difference["small"]
    assert re.search(r"^B takes \d+ ms more than A: ", done.stderr, re.M)
    assert 250e6 < difference["delta_ns"] < 1000e6
    asleep = comparisons.number(comparison, "blocked", "blocked_ns", "sleep")
    assert abs(asleep[1]["delta"] - difference["delta_ns"]) < 0.2 * difference["delta_ns"]
    idle = sum(part["delta_ns"] for part in difference["cpus"] if part["state"] == "idle")
    other = sum(part["delta_ns"] for part in difference["cpus"] if part["state"] == "other")
    assert idle + other > 0.8 * difference["delta_ns"]
    for part in difference.get("critical_path", []):
        if part["state"] == "blocked" and part.get("cause") == "sleep":
            assert part["delta_ns"] > 0.8 * difference["delta_ns"]


def test_order_is_by_turns(compare, tmp, tmp_path):
    log = tmp_path / "log"
    commands = [["sh", "-c", f"echo {letter} >>{log}"] for letter in "abc"]
    done, comparison = compare("-q", "-n", "2", commands=commands)
    assert (done.returncode, done.stdout, done.stderr) == (0, "", "")
    assert log.read_text(encoding="ascii").split() == list("abcabc")
    assert [len(side["runs"]) for side in comparison["sides"]] == [2, 2, 2]
    assert [side["command"][2][5] for side in comparison["sides"]] == list("abc")


def test_three_runs_unless_told(compare, tmp):
    _, comparison = compare("-q", commands=[["true"], ["true"]])
    assert [len(side["runs"]) for side in comparison["sides"]] == [3, 3]


def test_input_and_exit_codes_are_the_commands(compare, tmp):
    """Exit codes are shown, not passed on: the comparison succeeded."""
    done, comparison = compare("-n", "1", commands=[["sh", "-c", "cat; exit 3"],
                                                    ["sh", "-c", "echo out; kill -9 $$"]],
                               input="in\n")
    assert done.returncode == 0
    assert done.stdout == "in\nout\n"
    assert [side["runs"][0]["exit"] for side in comparison["sides"]] == [{"code": 3},
                                                                         {"signal": 9}]
    assert "exit code 3" in done.stderr and "signal 9" in done.stderr


def test_recordings_are_private_and_go(compare, tmp, tmp_path):
    """While it runs there is one directory, ours alone; afterwards there is none (see tmp)."""
    seen = tmp_path / "seen"
    done, _ = compare("-q", "-n", "1", commands=[["true"], [
        "sh", "-c", f"stat -c %a {tmp}/* >{seen}; ls {tmp}/* >>{seen}"]])
    assert done.returncode == 0
    assert seen.read_text(encoding="ascii").split() == ["700", "a-1.data", "b-1.data"]


def test_kept_recordings_compare_the_same(compare, tmp, tmp_path):
    keep = tmp_path / "kept"
    _, comparison = compare("-q", "-n", "1", "--keep", keep, commands=[["true"], ["sleep", "0.1"]])
    assert sorted(os.listdir(keep)) == ["a-1.data", "b-1.data"]
    done, again = compare(keep / "a-1.data", keep / "b-1.data")
    assert done.returncode == 0 and done.stderr == ""
    assert_fits(done.stdout)
    assert again["numbers"] == comparison["numbers"]
    assert again["differences"] == comparison["differences"]
    assert stat.S_ISDIR(keep.stat().st_mode)


def test_same_file_twice(compare, record, tmp_path):
    recording = record([*BEFORE])
    done, comparison = compare(recording.trace, recording.trace)
    assert done.returncode == 0
    assert done.stdout.startswith("No difference: ")
    assert all(n["values"][1]["delta"] == 0 for n in comparison["numbers"])
    assert all(part["delta_ns"] == 0 for part in comparison["differences"][0]["cpus"])


def test_json_to_standard_output(conctrace, record):
    trace = record(["true"]).trace
    done = run([conctrace, "compare", trace, trace, "--json", "-"])
    assert comparisons.problems(json.loads(done.stdout)) == []
    assert done.stderr == ""


def test_hostile_names(compare, tmp, tmp_path):
    name = "\033[2J\n\"%s<b>"
    program = tmp_path / name
    program.symlink_to("/bin/true")
    done, comparison = compare("-n", "1", commands=[[program], ["true", name]])
    assert done.returncode == 0, done.stderr
    assert comparison["sides"][1]["command"] == ["true", name]
    assert not re.search(r"[^\x20-\x7e\n]", done.stderr)


@pytest.mark.parametrize("command, code", [(["./missing"], 127), (["/etc/passwd"], 126)])
def test_a_command_that_cannot_run_ends_it(compare, tmp, command, code):
    done, comparison = compare("-q", commands=[["echo", "ran"], command])
    assert_one_error(done, code)
    assert done.stdout == "ran\n"  # once: not again after that
    assert comparison is None


@pytest.mark.parametrize("words", [
    [], ["a"], ["--", "true"], ["--", "true", "--"], ["--", "--", "true"],
    ["x", "--", "true", "--", "true"], ["--runs", "0", "--", "true", "--", "true"],
    ["--runs", "101", "--", "true", "--", "true"], ["--runs", "2", "a", "b"],
    ["--keep", "d", "a", "b"], ["--as-root", "a", "b"], ["--json", "a", "a", "b"],
    ["--json", "no/such/folder", "a", "b"], ["x"] * 27,
], ids=" ".join)
def test_wrong_words(conctrace, tmp_path, words):
    assert_one_error(run([conctrace, "compare", *words], cwd=tmp_path))
    assert os.listdir(tmp_path) == []


def test_files_that_are_none(conctrace, record, tmp_path):
    trace = record(["true"]).trace
    (tmp_path / "text").write_text("no trace", encoding="ascii")
    for words in ([trace, "missing"], ["missing", trace], [trace, "text"], [trace, "."]):
        done = run([conctrace, "compare", *words], cwd=tmp_path)
        assert str(words[0] if words[1] is trace else words[1]) in assert_one_error(done)
        assert done.stdout == ""


def test_not_written(conctrace, record, tmp_path):
    trace = record(["true"]).trace
    done = run([conctrace, "compare", "-q", trace, trace, "--json", "/dev/full"])
    assert "/dev/full" in assert_one_error(done)
    done = run(["sh", "-c", f"'{conctrace}' compare '{trace}' '{trace}' >/dev/full"])
    assert_one_error(done)
    done = run([conctrace, "compare", "-q", "-n", "1", "--keep", "/dev/null", "--", "true", "--",
                "true"])
    assert_one_error(done)


@pytest.mark.parametrize("trap, code", [("", 128 + signal.SIGINT), ("trap : INT;", 130)])
def test_interrupt_ends_it(conctrace, tmp, trap, code):
    """Whatever the command makes of it, no further run begins and nothing is left behind."""
    script = f"{trap} echo ready; sleep 1; true"
    words = [conctrace, "compare", "--", "sh", "-c", script, "--", "echo", "other"]
    child = subprocess.Popen([str(word) for word in words], text=True, stdin=subprocess.DEVNULL,
                             stdout=subprocess.PIPE, stderr=subprocess.PIPE,
                             preexec_fn=lambda: signal.signal(signal.SIGINT, signal.SIG_DFL))
    assert child.stdout.readline() == "ready\n"
    time.sleep(0.1)
    child.send_signal(signal.SIGINT)
    out, err = child.communicate(timeout=LIMIT)
    assert child.returncode == code, err
    assert out == "" and "interrupted" in err
