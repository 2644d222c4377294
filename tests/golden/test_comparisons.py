# SPDX-License-Identifier: GPL-2.0-only
"""Comparisons of recordings that are there, and the page and the schema that describe them."""

import copy
import json
import os
import re
import subprocess
import sys

import pytest

HERE = os.path.dirname(os.path.abspath(__file__))
ROOT = os.path.dirname(os.path.dirname(HERE))
sys.path.insert(0, os.path.dirname(HERE))

import comparisons  # noqa: E402

BUILD = os.path.abspath(os.environ.get("CONCTRACE_BUILD", os.path.join(ROOT, "build")))
CONCTRACE = os.path.abspath(os.environ.get("CONCTRACE", os.path.join(BUILD, "conctrace")))
TWO, FOUR = os.path.join(HERE, "two-cpus.data"), os.path.join(HERE, "four-cpus.data")


def compare(*words):
    return subprocess.run([CONCTRACE, "compare", *words], stdin=subprocess.DEVNULL,
                          stdout=subprocess.PIPE, stderr=subprocess.PIPE, check=False, text=True,
                          timeout=60)


@pytest.fixture(scope="module", name="comparison")
def fixture_comparison():
    done = compare(TWO, FOUR, TWO, "--json", "-")
    assert (done.returncode, done.stderr) == (0, "")
    return json.loads(done.stdout)


def test_sound(comparison):
    assert comparisons.problems(comparison) == []
    assert [side["cpus"] for side in comparison["sides"]] == [2, 4, 2]
    assert [side["runs"][0]["file"] for side in comparison["sides"]] == [TWO, FOUR, TWO]


def test_numbers_are_the_reports(comparison):
    """What is compared is what `report` says."""
    for side, trace in enumerate((TWO, FOUR)):
        with open(trace.replace(".data", ".json"), encoding="utf-8") as text:
            report = json.load(text)
        tasks, sync = report["tasks"], report["sync"]

        def is_value(value, section, measure, name=None):
            found = comparisons.number(comparison, section, measure, name)[side]
            assert found["median"] == found["min"] == found["max"] == value, (measure, name)

        is_value(report["wall_ns"], "total", "wall_ns")
        is_value(sum(task["running_ns"] for task in tasks), "total", "cpu_ns")
        is_value(sum(task["migrations"] for task in tasks), "total", "migrations")
        is_value(report["switches"]["voluntary"], "total", "voluntary")
        is_value(sum(cpu["idle_ns"] for cpu in report["cpus"]), "total", "idle_ns")
        for cause in {cause for task in tasks for cause in task.get("blocked_by", {})}:
            is_value(sum(task.get("blocked_by", {}).get(cause, 0) for task in tasks), "blocked",
                     "blocked_ns", cause)
        waits = [n["values"][side]["median"] for n in comparison["numbers"]
                 if (n["section"], n["measure"]) == ("sync", "waits")]
        assert sum(waits) == sum(o["waits"] for o in sync)


def test_same_file_is_no_difference(comparison):
    for number in comparison["numbers"]:
        assert number["values"][2]["delta"] == 0 and number["values"][2]["small"]
    assert all(f["values"][2]["change"] in ("both", "none") for f in comparison["findings"])
    done = compare(TWO, TWO)
    assert done.returncode == 0
    assert done.stdout.startswith("No difference: ")
    assert "WHAT DIFFERS" not in done.stdout and "FINDINGS" not in done.stdout


@pytest.mark.parametrize("files", [(TWO, FOUR), (FOUR, TWO), (TWO, FOUR, TWO), (TWO,) * 7])
def test_text_fits_the_screen(files):
    done = compare(*files)
    assert (done.returncode, done.stderr) == (0, "")
    assert max(map(len, done.stdout.splitlines())) <= 80
    assert not re.search(r"[^\x20-\x7e\n]", done.stdout)


def test_documented():
    """Every name in the schema is in compare.md, and every field there is in the schema."""
    with open(os.path.join(ROOT, "docs", "compare.md"), encoding="utf-8") as text:
        page = text.read()

    def names(schema):
        for key, inner in schema.get("properties", {}).items():
            yield key
            yield from names(inner)
        for inner in (schema.get("items", {}), *schema.get("definitions", {}).values()):
            if inner:
                yield from names(inner)

    known = set(names(comparisons.SCHEMA))
    written = set(re.findall(r"[a-z_0-9]+", " ".join(re.findall(r"`([^`\n]+)`", page))))
    assert known - written == set()
    fields = re.sub(r"^\| section \|.*?\n\n", "", page, flags=re.M | re.S)
    for row in re.findall(r"^\| ((?:`[a-z_.]+`(?:, )?)+) \|", fields, re.M):
        for field in re.findall(r"`([^`]+)`", row):
            assert set(field.split(".")) <= known, field


def test_measures_are_documented(comparison):
    with open(os.path.join(ROOT, "docs", "compare.md"), encoding="utf-8") as text:
        rows = dict(re.findall(r"^\| `([a-z]+)` \| (.*) \|$", text.read(), re.M))
    for number in comparison["numbers"]:
        assert f"`{number['measure']}`" in rows[number["section"]]


@pytest.mark.parametrize("path, value", [
    (["schema"], "conctrace.compare/2"),
    (["sides", 1], None),
    (["sides", 0, "runs"], []),
    (["sides", 0, "runs", 0, "middle"], False),
    (["differences", 0, "base_ns"], 1),
    (["differences", 0, "delta_ns"], 1),
    (["differences", 0, "cpus", 0, "ns"], 1),
    (["differences", 0, "cpus", 0, "state"], "bored"),
    (["numbers", 0, "unit"], "pounds"),
    (["numbers", 0, "values", 1, "delta"], 1),
    (["numbers", 0, "values", 1, "noise"], True),
    (["numbers", 0, "values", 1], None),
    (["findings"], None),
    (["findings", 0, "values", 1, "change"], "maybe"),
])
def test_what_is_wrong_is_found(comparison, path, value):
    wrong = copy.deepcopy(comparison)
    place = wrong
    for key in path[:-1]:
        place = place[key]
    if value is None:
        del place[path[-1]]
    else:
        place[path[-1]] = value
    assert comparisons.problems(wrong)
