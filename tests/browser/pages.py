# SPDX-License-Identifier: GPL-2.0-only
"""Timelines to look at."""

import json
import os
import subprocess

import pytest

HERE = os.path.dirname(os.path.abspath(__file__))
ROOT = os.path.dirname(os.path.dirname(HERE))
BUILD = os.path.abspath(os.environ.get("CONCTRACE_BUILD", os.path.join(ROOT, "build")))
CONCTRACE = os.path.abspath(os.environ.get("CONCTRACE", os.path.join(BUILD, "conctrace")))


def run(*command):
    done = subprocess.run(command, stdin=subprocess.DEVNULL, capture_output=True, text=True,
                          check=False, timeout=120)
    assert done.returncode == 0, done.stderr
    return done


def export(trace, page):
    """The page, and beside it the report that report_of() reads."""
    run(CONCTRACE, "export", str(trace), "--html", str(page), "--json", f"{page}.json")
    return page


def report_of(page):
    with open(f"{page}.json", encoding="utf-8") as text:
        return json.load(text)


def record(folder, *command):
    """A page of a run of the command; recording needs root."""
    if os.geteuid():
        pytest.skip("recording needs root")
    run(CONCTRACE, "record", "-q", "-o", str(folder / "run.data"), "--", *map(str, command))
    return export(folder / "run.data", folder / "run.html")


def generate(folder, *arguments):
    trace = folder / "generated.data"
    run(os.path.join(BUILD, "tests", "gen_trace"), str(trace), *map(str, arguments))
    return export(trace, folder / "generated.html")
