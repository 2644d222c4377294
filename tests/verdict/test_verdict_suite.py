# SPDX-License-Identifier: GPL-2.0-only
"""Some of the programs of table.py, as they are run by `make accuracy`: the verdict is right."""

import importlib.util
import os

import programs
import pytest
import verdict
from table import ROWS

ROOT = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
BUILD = os.path.abspath(os.environ.get("CONCTRACE_BUILD", os.path.join(ROOT, "build")))
CONCTRACE = os.path.abspath(os.environ.get("CONCTRACE", os.path.join(BUILD, "conctrace")))
QUICK = [row for row in ROWS if row.quick]


def why_not():
    """Why nothing can be recorded here, as the live tests find it; or None."""
    path = os.path.join(ROOT, "tests", "live", "conftest.py")
    spec = importlib.util.spec_from_file_location("live_conftest", path)
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module.REASON


pytestmark = pytest.mark.skipif(why_not() is not None, reason=str(why_not()))


@pytest.mark.parametrize("row", QUICK, ids=lambda row: row.name)
def test_row(row):
    try:
        result = verdict.run(row, CONCTRACE, os.path.join(BUILD, "tests", "verdict"))
    except (programs.Missing, verdict.NoEvidence) as reason:
        pytest.skip(str(reason))
    if row.known and not result.good:
        pytest.xfail(f"{row.known} ({verdict.describe(result)})")
    assert result.good, verdict.describe(result)
