# SPDX-License-Identifier: GPL-2.0-only
"""Saved traces and what a report on them must say, to the last digit.

The traces are kept: a later version must read them and come to the same numbers, or say in its
commit why other numbers are right. Made by build/tests/gen_trace; the JSON by `conctrace export`.
"""

import glob
import json
import os
import subprocess
import sys

import pytest

HERE = os.path.dirname(os.path.abspath(__file__))
ROOT = os.path.dirname(os.path.dirname(HERE))
sys.path.insert(0, os.path.dirname(HERE))

import partitions  # noqa: E402

BUILD = os.environ.get("CONCTRACE_BUILD", os.path.join(ROOT, "build"))
CONCTRACE = os.path.abspath(os.environ.get("CONCTRACE", os.path.join(BUILD, "conctrace")))
TRACES = sorted(glob.glob(os.path.join(HERE, "*.data")))


def export(path):
    done = subprocess.run([CONCTRACE, "export", path, "--json", "-"], stdin=subprocess.DEVNULL,
                          capture_output=True, text=True, check=False, timeout=60)
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)


def test_there_are_some():
    assert len(TRACES) >= 2


@pytest.mark.parametrize("path", TRACES, ids=os.path.basename)
def test_as_expected(path):
    with open(path.replace(".data", ".json"), encoding="utf-8") as text:
        expected = json.load(text)
    report = export(path)
    del expected["version"], report["version"]
    assert report == expected


@pytest.mark.parametrize("path", TRACES, ids=os.path.basename)
def test_adds_up(path):
    assert partitions.problems(export(path)) == []


@pytest.mark.parametrize("path", TRACES, ids=os.path.basename)
def test_cut_off_is_a_beginning(path, tmp_path):
    """Of a file that lost its end, what is reported is less, still adds up, and says so."""
    with open(path, "rb") as whole:
        data = whole.read()
    cut = tmp_path / "cut.data"
    cut.write_bytes(data[:len(data) * 2 // 3])
    report, full = export(cut), export(path)
    assert report["truncated"] is True
    assert full["truncated"] is False
    assert report["wall_ns"] <= full["wall_ns"]
    assert partitions.problems(report) == []
