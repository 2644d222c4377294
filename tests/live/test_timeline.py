# SPDX-License-Identifier: GPL-2.0-only
"""The timeline in the terminal: widths, terminals and pipes, ranges, names, and that it adds up."""

import collections
import fcntl
import json
import os
import pty
import re
import struct
import subprocess
import termios
import unicodedata

import pytest
from conftest import CONCTRACE, LIMIT, REASON, assert_one_error, program, run, workload

UTF8 = {"LC_ALL": "C.UTF-8", "TERM": "xterm"}
LETTERS = {"#": "running", "-": "runnable", "x": "unknown", ".": "sleep", "m": "mutex",
           "j": "join", "c": "condvar"}


@pytest.fixture(scope="module", name="traces")
def fixture_traces(tmp_path_factory):
    """Two recordings and their reports: threads at one lock, threads with hostile names."""
    folder, made = tmp_path_factory.mktemp("timeline"), {}
    for name, words in (("convoy", [workload("convoy")]), ("hostile", [program("hostile")])):
        trace, report = folder / name, folder / f"{name}.json"
        done = run([CONCTRACE, "-q", "-o", trace, "--json", report, "--", *words])
        assert done.returncode == 0, (REASON, done.stderr)
        with open(report, encoding="utf-8") as text:
            made[name] = trace, json.load(text)
    return made


def environment(**more):
    kept = {key: value for key, value in os.environ.items()
            if key not in ("COLUMNS", "NO_COLOR", "TERM", "LANG", "LC_ALL", "LC_CTYPE")}
    return {**kept, **more}


def draw(trace, *options, **more):
    done = run([CONCTRACE, "timeline", trace, *options], env=environment(**more))
    assert done.returncode == 0 and done.stderr == "", done.stderr
    return done.stdout


def draw_on_terminal(trace, columns, *options, **more):
    """What it writes to a terminal of so many columns."""
    ours, theirs = pty.openpty()
    fcntl.ioctl(theirs, termios.TIOCSWINSZ, struct.pack("HHHH", 24, columns, 0, 0))
    with subprocess.Popen([CONCTRACE, "timeline", str(trace), *options], stdout=theirs,
                          stdin=subprocess.DEVNULL, stderr=subprocess.PIPE,
                          env=environment(**more)) as child:
        os.close(theirs)
        text = b""
        try:
            while piece := os.read(ours, 65536):
                text += piece
        except OSError:  # the other end is closed
            pass
        os.close(ours)
        assert child.wait(LIMIT) == 0, child.stderr.read()
    return text.decode().replace("\r\n", "\n")


def wide(line):
    return sum(2 if unicodedata.east_asian_width(c) in "WF" else 1 for c in line)


def lanes(text):
    """Lane by label, of CPUs and threads; with keys of threads cut off."""
    head = text[text.index("\nTIME"):].split("\n\n")[0].split("\n")
    left = len(re.match(r"  CPU \d+ +", next(line for line in head if "  CPU " in line)).group())
    found = {}
    for line in head:
        label = line[:left].strip()
        if line.startswith("  ") and label and not line.startswith("    "):
            found[re.sub(r"^[A-Z] ", "", label)] = line[left:]
    return found


@pytest.mark.parametrize("name", ["convoy", "hostile"])
@pytest.mark.parametrize("columns", [40, 80, 200])
def test_widths(traces, name, columns):
    for more in ({}, UTF8):
        text = draw(traces[name][0], "--all", "--width", str(columns), **more)
        zoomed = draw(traces[name][0], "--from", "33.3%", "--to", "77.7%", "--width", str(columns),
                      **more)
        assert max(wide(line) for line in zoomed.splitlines()) <= columns
        widest = max(wide(line) for line in text.splitlines())
        assert widest <= columns
        assert columns < 80 or widest > columns * 0.6
        assert more or text.isascii()


def test_width_of_terminal_and_pipe(traces):
    trace, _ = traces["convoy"]
    assert draw(trace, COLUMNS="200") == draw(trace) == draw(trace, "--width", "80")
    at_120 = draw(trace, "--width", "120")
    assert draw_on_terminal(trace, 120) == at_120
    assert draw_on_terminal(trace, 40, COLUMNS="120") == at_120
    assert draw_on_terminal(trace, 120, COLUMNS="rubbish") == at_120
    assert draw_on_terminal(trace, 4) == draw(trace, "--width", "40")


def test_colour_and_blocks(traces):
    trace, _ = traces["convoy"]
    plain, blocks = draw(trace), draw(trace, **UTF8)
    assert "\x1b" not in plain + blocks
    assert "#" in lanes(plain)["worker-1"] and "\u2588" in lanes(blocks)["worker-1"]
    coloured = draw_on_terminal(trace, 80, **UTF8)
    assert "\x1b[32m" in coloured
    assert re.sub(r"\x1b\[[0-9;]*m", "", coloured) == blocks
    assert draw_on_terminal(trace, 80, NO_COLOR="1", **UTF8) == blocks
    assert draw_on_terminal(trace, 80, LC_ALL="C.UTF-8", TERM="dumb") == plain
    assert draw(trace, LC_ALL="C", LANG="C.UTF-8") == plain
    assert draw(trace, LANG="de_DE.utf8") == blocks


def test_ascii(traces, record):
    """As asked for or by the environment: the same, with not a byte beyond it."""
    trace, _ = traces["convoy"]
    assert draw(trace, "--ascii", **UTF8) == draw(trace)
    done = record(["/bin/sh", "-c", "sleep 0.02; : caf\u00e9 \u4e2d"])
    assert done.code == 0, done.stderr
    for text in (draw(done.trace), draw(done.trace, "--ascii", **UTF8)):
        assert text.isascii() and "caf\\xc3\\xa9" in text
    assert "caf\u00e9 \u4e2d" in draw(done.trace, **UTF8)


def test_hostile_names(traces):
    trace, report = traces["hostile"]
    for text in (draw(trace, "--all", **UTF8),
                 draw_on_terminal(trace, 100, "--all", NO_COLOR="1", **UTF8)):
        assert not re.search(r"[\x00-\x09\x0b-\x1f\x7f-\x9f]", text)
        assert len(lanes(text)) == len(report["cpus"]) + len(report["tasks"])
        assert "\\x1b" in text and "</script>" in text and "%s%n%p" in text
    coloured = draw_on_terminal(trace, 100, "--all", **UTF8)
    assert not re.search(r"\x1b(?!\[[0-9;]*m)", coloured)
    chosen = draw(trace, "--task", "\x1b[31mred")
    assert len(lanes(chosen)) == len(report["cpus"]) + 1
    line = assert_one_error(run([CONCTRACE, "timeline", trace, "--task", "\x1b[32mred"]))
    assert "\x1b" not in line and "\\x1b[32mred" in line


def share_of(report, task, state):
    if state in ("running", "runnable", "unknown"):
        ns = task.get(f"{state}_ns", 0)
    else:
        ns = task["blocked_by"].get(state, 0)
    return ns / report["wall_ns"]


@pytest.mark.parametrize("columns", [80, 200, 1000])
def test_columns_add_up(traces, columns):
    """A thread has as many columns of each state as the report has time of it."""
    trace, report = traces["convoy"]
    drawn = lanes(draw(trace, "--width", str(columns)))
    checked = 0
    for task in report["tasks"]:
        lane = drawn[task["comm"]]
        counts = collections.Counter(lane)
        whole = max(len(lane) for lane in drawn.values())
        for letter, state in LETTERS.items():
            assert abs(counts[letter] - whole * share_of(report, task, state)) < 1.5, (
                task["comm"], state, counts)
            checked += counts[letter]
    assert checked > columns
    busy = sum(cpu["workload_ns"] for cpu in report["cpus"]) / report["wall_ns"]
    cpus = "".join(lane for label, lane in drawn.items() if label.startswith("CPU "))
    assert abs(cpus.count("#") - whole * busy) < 1 + 0.5 * len(report["cpus"])


def test_range(traces):
    trace, report = traces["convoy"]
    wall = report["wall_ns"]
    halves = [draw(trace, "--to", "50%"), draw(trace, "--from", f"{wall // 2}ns")]
    assert draw(trace, "--from", "0", "--to", "100%") == draw(trace) == draw(trace, "--to", "99")
    step = [re.search(r"TIME  (\S+ \S+) a column", text).group(1) for text in halves]
    assert step[0] == step[1]
    # Twice the columns for the same time: both halves have a state's time together.
    whole = lanes(draw(trace, "--width", "200"))
    for comm in ("worker-1", "worker-2"):
        lane = "".join(lanes(text)[comm] for text in halves)
        assert abs(lane.count("#") / len(lane)
                   - whole[comm].count("#") / len(whole[comm])) < 0.05
    zoomed = draw(trace, "--from", "40%", "--to", "41%")
    assert len(re.findall(r"\|[0-9.]+ m?s", zoomed)) >= 3
    assert set(lanes(zoomed)) == set(lanes(halves[0]))


def test_choice(traces):
    trace, report = traces["convoy"]
    tid = next(task["tid"] for task in report["tasks"] if task["comm"] == "worker-3")
    text = draw(trace, "--task", "worker-1", "--task", str(tid), "--sync", "big_lock")
    assert {label for label in lanes(text) if "CPU" not in label} == {"worker-1", "worker-3"}
    assert "\n  big_lock " in text
    holders = next(line for line in text.splitlines() if line.startswith("  big_lock"))
    assert {"A", "B", "*"} <= set(holders[12:])
    number = next(item["id"] for item in report["sync"] if item.get("name") == "big_lock")
    assert draw(trace, "--sync", "mutex big_lock") == draw(trace, "--sync", str(number))
    assert "big_lock" in draw(trace)


@pytest.mark.parametrize("options,words", [
    (["--from", "later"], "--from wants a time"), (["--to", "101%"], "--to wants a time"),
    (["--from", "1h"], "--from wants"), (["--from", "2", "--to", "1"], "empty range"),
    (["--to", "0"], "empty range"), (["--from", "100%"], "end of the run"),
    (["--from", "60%", "--to", "50%"], "empty range"), (["--from", "1000s"], "end of the run"),
    (["--task", "nobody"], "no thread 'nobody'"), (["--task", "1"], "no thread '1'"),
    (["--sync", "nothing"], "'nothing'"), (["--width", "39"], "--width"),
    (["--width", "1001"], "--width"), (["--task", ""], "--task")])
def test_refusals(traces, options, words):
    done = run([CONCTRACE, "timeline", traces["convoy"][0], *options])
    assert words in assert_one_error(done)
    assert done.stdout == ""
