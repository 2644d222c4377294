# SPDX-License-Identifier: GPL-2.0-only
"""The programs with known answers (table.py): what the report says of each is true."""

import importlib.util
import os

import build
import measure
import pytest
import score
from table import ROWS

HERE = os.path.dirname(os.path.abspath(__file__))
ROOT = os.path.dirname(os.path.dirname(HERE))
BUILD = os.path.abspath(os.environ.get("CONCTRACE_BUILD", os.path.join(ROOT, "build")))
CONCTRACE = os.path.abspath(os.environ.get("CONCTRACE", os.path.join(BUILD, "conctrace")))


def why_not():
    """Why nothing can be recorded here, as the live tests find it; or None."""
    path = os.path.join(os.path.dirname(HERE), "live", "conftest.py")
    spec = importlib.util.spec_from_file_location("live_conftest", path)
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module.REASON


pytestmark = pytest.mark.skipif(why_not() is not None, reason=str(why_not()))
verdicts = {}


@pytest.mark.parametrize("row", ROWS, ids=lambda row: row.name)
def test_row(row, tmp_path):
    try:
        verdict = measure.measure(row, CONCTRACE, os.path.join(BUILD, "tests", "truth"),
                                  str(tmp_path))
    except build.Missing as reason:
        pytest.skip(str(reason))
    verdicts[row.name] = verdict
    assert verdict.problems() == []


def test_holders_in_all():
    """Over all locks of all programs that were recorded."""
    held = score.Score()
    for verdict in verdicts.values():
        held.add(verdict.held)
    if not held.judged:
        pytest.skip("no program with a log of its holders was recorded")
    assert score.problems(held, 90) == []


def test_chains_in_all():
    waits = sum(verdict.waits for verdict in verdicts.values())
    good = sum(verdict.good for verdict in verdicts.values())
    if not waits:
        pytest.skip("no program with known call chains was recorded")
    assert 100 * good >= measure.CHAINS_GOOD * waits
