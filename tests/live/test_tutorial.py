# SPDX-License-Identifier: GPL-2.0-only
"""What docs/threads-processes-async.md says, as far as other tests do not have it yet: directions."""

import os
import re

import pytest
from conftest import ROOT, run
from test_workloads import FEW_CPUS, eventually, go_first, others

PAGE = os.path.join(ROOT, "docs", "threads-processes-async.md")
SCRIPT = os.path.join(ROOT, "scripts", "docs-data")


@pytest.fixture(scope="module", name="page")
def fixture_page():
    with open(PAGE, encoding="utf-8") as text:
        return text.read()


def test_every_table_is_measured(page):
    """The script has each of the page's tables, and the page has what was measured."""
    with open(SCRIPT, encoding="utf-8") as text:
        made = set(re.findall(r"^def (\w+)\(lab\):", text.read(), re.M))
    tables = dict(re.findall(r"<!-- docs-data (\w+) -->\n(.*?)<!-- end -->", page, re.S))
    assert set(tables) == made and page.count("<!-- docs-data") == len(made)
    for name, table in tables.items():
        lines = table.splitlines()
        assert lines, name
        assert name == "machine" or len({line.count("|") for line in lines}) == 1 < len(lines)


def test_links_and_commands(page, conctrace):
    heads = {re.sub(r"[^a-z0-9 -]", "", line[3:].lower()).replace(" ", "-")
             for line in page.splitlines() if line.startswith("## ")}
    assert set(re.findall(r"\]\(#([^)]+)\)", page)) <= heads
    for target in re.findall(r"\]\(([a-z][^)#:]*)", page):
        assert os.path.exists(os.path.join(ROOT, "docs", target)), target
    names = {word for line in re.findall(r"^    conctrace .*workload ([a-z]\w*)", page, re.M)
             for word in line.split()}
    assert len(names) >= 5
    for name in names:
        assert run([conctrace, "workload", name, "--help"]).returncode == 0


def test_threads_are_cheaper_to_start(record, conctrace):
    """Each task, start and end included, and the start alone."""
    def attempt():
        reports = [record([conctrace, "workload", "spawn", "--work", "500", *more], "--as-root",
                          preexec_fn=go_first).report for more in ((), ("--processes",))]
        walls = [report["wall_ns"] for report in reports]
        starts = [reports[0]["spawn"]["threads"], reports[1]["spawn"]["processes"]]
        assert min(start["count"] for start in starts) >= 500
        return walls[1] > walls[0] and starts[1]["p50_ns"] > starts[0]["p50_ns"], \
            walls[1] / walls[0], max(map(others, reports))

    eventually(attempt)


def test_sleeping_processes_leave_the_cpus_idle(record, conctrace):
    """They take no CPU time but that to start and end; CPUs idle for them, and for their parent
    that waits at a pipe for what they return."""
    def cpu_ns(report):
        return sum(task["running_ns"] for task in report["tasks"])

    def attempt():
        short, report = (record([conctrace, "workload", "pysleep", "--model", "processes", "--work",
                                 "2", "--workers", "2", "--sleep-ms", ms], "--as-root",
                                preexec_fn=go_first).report for ms in ("1", "1500"))
        whole = report["wall_ns"] * len(report["cpus"])
        because = {}
        for row in report["idle"]["by"]:
            because[row["cause"]] = because.get(row["cause"], 0) + row["ns"]
        slept = sum(task["blocked_by"].get("sleep", 0) for task in report["tasks"])
        assert slept > 2 * 1.49e9
        extra = (cpu_ns(report) - cpu_ns(short)) / whole
        if not FEW_CPUS and others(report) < 0.2:
            assert because["sleep"] == max(because.values())
            assert because["sleep"] + because.get("pipe", 0) > 0.9 * sum(because.values())
        return extra < 0.02, extra, others(report)

    eventually(attempt)


def test_items_are_left_when_the_event_is_set(record, conctrace):
    said = record([conctrace, "workload", "pyqueue", "--work", "100"], "--as-root").stdout
    assert int(re.search(r"pyqueue: (\d+) items were in the queue", said)[1]) >= 5


@pytest.mark.skipif(FEW_CPUS, reason="one CPU")
def test_asyncio_takes_less_than_threads_and_they_less_than_processes(record, conctrace):
    """CPU time and switches for the same pages at once."""

    def attempt():
        used, switches, busy = {}, {}, 0
        for model in ("threads", "processes", "asyncio"):
            report = record([conctrace, "workload", "pyio", "--model", model, "--work", "200",
                             "--workers", "200"], "--as-root", preexec_fn=go_first).report
            server = {task["pid"] for task in report["tasks"] if task["comm"] == "server"}
            assert len(server) == 1
            tasks = [task for task in report["tasks"] if task["pid"] not in server]
            used[model] = sum(task["running_ns"] for task in tasks)
            switches[model] = sum(task["switches"]["voluntary"] for task in tasks)
            busy = max(busy, others(report))
        times_as_many = min(switches["threads"], switches["processes"]) / switches["asyncio"]
        return (used["asyncio"] < used["threads"] < used["processes"] and times_as_many > 10,
                times_as_many, busy)

    eventually(attempt)
