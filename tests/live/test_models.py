# SPDX-License-Identifier: GPL-2.0-only
"""conctrace workload --compare: the same work sequentially, by threads, processes, an event loop."""

import json
import os
import sys

import pytest
from conftest import HERE, assert_one_error, run
from test_workloads import FEW_CPUS, eventually, go_first

sys.path.insert(0, os.path.dirname(HERE))

import models  # noqa: E402

SHORT = {"cpu": ["--work", "3000"], "io": ["--work", "40", "--latency-ms", "20"],
         "sleep": ["--sleep-ms", "20"]}
PYTHON = {"cpu": ["--work", "8"], "io": SHORT["io"], "sleep": SHORT["sleep"]}
NAMES = ["sequential", "threads", "processes", "event loop"]


@pytest.fixture(name="compare")
def fixture_compare(conctrace, tmp_path):
    """compare(kind, *options, args=...): the finished process, the table, its rows by name."""
    def start(kind, *options, args=()):
        path = tmp_path / "models.json"
        done = run([conctrace, "workload", "--compare", kind, "--json", path, *options, "--",
                    *args], preexec_fn=go_first)
        assert done.returncode == 0, done.stderr
        table = json.loads(path.read_text(encoding="utf-8"))
        assert models.problems(table) == []
        return done, table, {row["model"]: row for row in table["models"]}
    return start


def check(done, table, rows, names):
    """What holds however busy the machine is."""
    assert list(rows) == names
    assert max(map(len, done.stdout.splitlines())) <= 80
    assert done.stdout.splitlines()[2].split("  ")[-1].strip() == names[-1]
    assert "checksum" not in done.stdout + done.stderr
    servers = 1 if "server" in table else 0
    started = {name: row["start"] for name, row in rows.items()}
    assert started["threads"]["threads"] >= 2 > started["processes"]["threads"]
    assert started["processes"]["processes"] >= 2 + servers
    for name in (names[0], names[1], names[3]):
        assert started[name]["processes"] == servers


@pytest.mark.parametrize("kind", SHORT)
def test_in_c(compare, kind):
    done, table, rows = compare(kind, args=SHORT[kind])
    check(done, table, rows, NAMES)
    assert (table["kind"], table["language"], table["runs"]) == (kind, "C", 1)
    assert [line.split()[6] for line in done.stderr.splitlines()] == \
        ["sequential:", "threads:", "processes:", "event"]


@pytest.mark.parametrize("kind", PYTHON)
def test_in_python(compare, kind):
    done, table, rows = compare(kind, "--python", args=PYTHON[kind])
    check(done, table, rows, [*NAMES[:3], "asyncio"])
    assert table["language"] == "Python"
    assert rows["processes"]["blocked"]["gil_ns"] == 0


def test_several_runs(compare):
    done, table, _ = compare("sleep", "--runs", "3", "-q", args=["--sleep-ms", "1"])
    assert (done.stderr, table["runs"]) == ("", 3)


def test_waits_overlap(compare):
    _, _, rows = compare("io", args=SHORT["io"])
    for name in NAMES[1:]:
        assert rows[name]["speedup"] > 2
    assert rows["threads"]["blocked"]["network_ns"] > 40 * 19e6
    assert rows["event loop"]["blocked"]["poll_ns"] > 19e6
    _, _, rows = compare("sleep", args=SHORT["sleep"])
    for name in NAMES[1:]:
        assert rows[name]["speedup"] > 2
    assert min(rows[name]["blocked"]["sleep_ns"] for name in NAMES[:3]) >= 20 * 20e6


@pytest.mark.skipif(FEW_CPUS, reason="one CPU")
def test_the_interpreter_lock(compare):
    """Threads that compute gain nothing in Python; processes do, and so do threads in C."""
    def attempt():
        _, _, python = compare("cpu", "--python")
        _, _, c = compare("cpu")
        gains = [python["threads"]["speedup"], python["asyncio"]["speedup"],
                 python["processes"]["speedup"], c["threads"]["speedup"],
                 c["processes"]["speedup"], c["event loop"]["speedup"]]
        assert python["threads"]["blocked"]["gil_ns"] > 0.3 * python["threads"]["wall_ns"]
        others = max(row["others_used"] * 2 for row in (*python.values(), *c.values()))
        return max(gains[0], gains[1], gains[5]) < 1.2 and min(gains[2:5]) > 1.4, \
            min(gains[2:5]), others

    eventually(attempt)


@pytest.mark.parametrize("words, why", [
    (["--compare", "disk"], "cpu, io or sleep, not 'disk'"),
    (["--compare", "cpu", "--runs", "0"], "from 1 to 100"),
    (["--python"], "goes with --compare only"),
    (["--compare", "cpu", "--json", "/nowhere/x"], "/nowhere"),
])
def test_wrong_usage(conctrace, words, why):
    done = run([conctrace, "workload", *words])
    assert done.stdout == ""
    assert why in assert_one_error(done)


def test_a_workload_that_fails(conctrace):
    done = run([conctrace, "workload", "--compare", "sleep", "-q", "--", "--sleep-ms", "0"])
    assert (done.returncode, done.stdout) == (2, "")
    assert "sequential ended with exit code 2" in done.stderr.splitlines()[-1]


def test_to_standard_output(conctrace):
    done = run([conctrace, "workload", "--compare", "sleep", "-q", "--json", "-", "--",
                "--sleep-ms", "1"], env={**os.environ, "TERM": "xterm"})
    assert len(json.loads(done.stdout)["models"]) == 4


@pytest.mark.slow  # a sanitized conctrace is not small
def test_peak_memory(compare):
    """A process takes more than a thread; what the first ones left behind does not count."""
    _, _, rows = compare("sleep", args=[*SHORT["sleep"], "--work", "10"])
    memory = {name: row["peak_memory"] for name, row in rows.items()}
    for name in ("sequential", "threads", "event loop"):
        assert memory[name]["sum_bytes"] == memory[name]["largest_bytes"]
    assert memory["processes"]["sum_bytes"] > 5 * memory["processes"]["largest_bytes"]
    assert memory["event loop"]["sum_bytes"] < 1.5 * memory["sequential"]["sum_bytes"]
