# SPDX-License-Identifier: GPL-2.0-only
"""The SVG picture of saved traces: XML, colours, and lanes that show what the report tells."""

import glob
import json
import os
import re
import subprocess
import sys

import pytest

HERE = os.path.dirname(os.path.abspath(__file__))
ROOT = os.path.dirname(os.path.dirname(HERE))
sys.path.insert(0, os.path.dirname(HERE))

import pictures  # noqa: E402

BUILD = os.environ.get("CONCTRACE_BUILD", os.path.join(ROOT, "build"))
CONCTRACE = os.path.abspath(os.environ.get("CONCTRACE", os.path.join(BUILD, "conctrace")))
TRACES = sorted(glob.glob(os.path.join(HERE, "*.data")))
CLOSE = 0.012  # of a lane


def export(path, *options):
    done = subprocess.run([CONCTRACE, "export", path, *options], stdin=subprocess.DEVNULL,
                          capture_output=True, text=True, check=False, timeout=60)
    assert done.returncode == 0, done.stderr
    return done.stdout


def draw(path, *options):
    return pictures.read(export(path, "--svg", "-", *options))


def expected(path):
    with open(path.replace(".data", ".json"), encoding="utf-8") as text:
        return json.load(text)


@pytest.mark.parametrize("path", TRACES, ids=os.path.basename)
def test_lanes_are_the_report(path):
    report, shown = expected(path), pictures.lanes(draw(path))
    wall, compared = report["wall_ns"], 0
    for task in report["tasks"]:
        name = f"{task['comm']} {task['tid']}"
        if name not in shown:
            continue
        cells, whole = shown[name]
        for look, ns in pictures.looks_of(task).items():
            assert abs(cells[look] / whole - ns / wall) < CLOSE, (name, look)
        compared += 1
    assert compared == min(24, len(report["tasks"]))
    for cpu in report["cpus"]:
        cells, whole = shown[f"CPU {cpu['cpu']}"]
        assert abs(cells["running"] / whole - cpu["workload_ns"] / wall) < CLOSE
        assert abs(cells["other"] / whole - cpu.get("other_ns", 0) / wall) < CLOSE
    cells, whole = shown[f"CPUs used, of {len(report['cpus'])}"]
    used = sum(cpu["workload_ns"] for cpu in report["cpus"])
    assert abs(cells["running"] / whole - used / wall / len(report["cpus"])) < CLOSE


@pytest.mark.parametrize("path", TRACES, ids=os.path.basename)
def test_critical_path(path):
    report, shown = expected(path), pictures.lanes(draw(path))
    cells, whole = shown["critical path"]
    for state in ("running", "runnable", "unknown"):
        ns = sum(row["end_ns"] - row["start_ns"] for row in report["critical_path"]["segments"]
                 if row["state"] == state)
        assert abs(cells[state] / whole - ns / report["wall_ns"]) < CLOSE, state


@pytest.mark.parametrize("path", TRACES, ids=os.path.basename)
def test_parts_make_the_whole(path):
    """What two halves show is what the whole shows."""
    whole = pictures.lanes(draw(path))
    halves = [pictures.lanes(draw(path, *part)) for part in (["--to", "50%"], ["--from", "50%"])]
    for name in ("CPU 0", "CPU 1"):
        cells, size = whole[name]
        for look in ("running", "other"):
            parts = sum(half[name][0][look] / size for half in halves) / 2
            assert abs(parts - cells[look] / size) < CLOSE, (name, look)


def test_words():
    """What it was, what was found, what colours mean: of these, what occurs."""
    path = next(p for p in TRACES if "two-cpus" in p)
    report, words = expected(path), pictures.texts(draw(path))
    assert words[0] == " ".join(report["command"])
    assert any(re.fullmatch(r"2\.7 ms wall, 2 CPUs.*; \d\.\d\d CPUs used on average", w) for w in words)
    for finding in report["findings"][:3]:
        assert finding["summary"] in words
    causes = {cause for task in report["tasks"] for cause in task.get("blocked_by", {})}
    legend = " ".join(w for w in words if w.startswith("blocked"))
    assert causes and all(cause in legend for cause in causes if cause != "other")
    assert "barrier" not in causes and "barrier" not in legend
    part = pictures.texts(draw(path, "--from", "1ms", "--to", "1.5ms"))
    assert any("; shown: 1.0 ms to 1.5 ms, with " in w for w in part)


def test_colours_are_those_of_the_page():
    style = draw(TRACES[0]).find(pictures.SVG + "style").text
    light, dark = style.split("@media")
    for theme, rules in (("light", light), ("dark", dark)):
        palette = re.search(theme + r": \{\s*looks: \[([^\]]*)\](.*?)\},", pictures.script("colours.js"),
                            re.S)
        looks = re.findall(r"#\w+", palette[1])
        others = dict(re.findall(r"(\w+): '(#\w+)'", palette[2]))
        for look, colour in zip(pictures.LOOKS[1:], looks[1:]):
            assert re.search(rf"\.{look}(-a)?{{fill:{colour}}}", rules), (theme, look)
        for name in ("page", "ink", "soft", "line", "other"):
            assert f".{name}{{fill:{others[name]}}}" in rules, (theme, name)
        hues = re.findall(r"#\w+", pictures.script("colours.js").split("HOLDERS = [")[1].split("]")[0])
        for i, hue in enumerate(hues, 1):
            assert f".h{i}{{fill:{hue}}}" in rules


@pytest.mark.parametrize("options, words", [
    (["--json", "-", "--from", "1ms"], "--json writes the whole run"),
    (["--svg", "-", "--html", "x.html", "--to", "1ms"], "--html writes the whole run"),
    (["--from", "1ms"], "--from and --to go with --svg alone"),
    (["--svg", "-", "--from", "2ms", "--to", "1ms"], "an empty range"),
    (["--svg", "-", "--from", "90%", "--to", "10%"], "an empty range"),
    (["--svg", "-", "--from", "90%", "--to", "1ns"], "an empty range"),
    (["--svg", "-", "--to", "0"], "an empty range"),
    (["--svg", "-", "--from", "1h"], "--from wants a time like"),
    (["--svg", "-", "--from", "1s"], "--from 1.00 s is not before the end of the run"),
])
def test_ranges_that_are_none(options, words, tmp_path):
    done = subprocess.run([CONCTRACE, "export", TRACES[0], *options], cwd=tmp_path, text=True,
                          capture_output=True, check=False, timeout=60)
    assert done.returncode == 125 and words in done.stderr
    assert len(done.stderr.splitlines()) == 1 and done.stdout == ""
    assert not os.listdir(tmp_path)


def test_pictures_of_the_documentation():
    """Those that pages show are there, and are what `make docs-pictures` makes."""
    folder, used = os.path.join(ROOT, "docs", "pictures"), set()
    for page in [os.path.join(ROOT, "README.md"), *glob.glob(os.path.join(ROOT, "docs", "*.md"))]:
        with open(page, encoding="utf-8") as text:
            links = re.findall(r"!\[[^\]]+\]\(([^)]+)\)|(?:src|srcset)=\"([^\"]+)\"", text.read())
        used |= {os.path.normpath(os.path.join(os.path.dirname(page), a or b)) for a, b in links}
    assert {os.path.join(folder, name) for name in os.listdir(folder)} == used != set()
    for path in used:
        with open(path, "rb") as picture:
            data = picture.read()
        assert len(data) < 150_000, path
        if path.endswith(".svg"):
            assert pictures.lanes(pictures.read(data))
        else:
            assert data.startswith(b"\x89PNG\r\n")
