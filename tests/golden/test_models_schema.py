# SPDX-License-Identifier: GPL-2.0-only
"""The table of `conctrace workload --compare`: its schema and its documentation say the same."""

import copy
import json
import os
import re
import sys

import jsonschema
import pytest

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path.insert(0, os.path.dirname(HERE))

import models  # noqa: E402

with open(os.path.join(HERE, "models-everything.json"), encoding="utf-8") as _text:
    SAMPLE = json.load(_text)


def documented():
    """The fields in the first column of the table; `.ns` goes on from the field before it."""
    with open(os.path.join(models.ROOT, "docs", "workloads.md"), encoding="utf-8") as text:
        part = text.read().split("`--json FILE` writes the table")[1].split("\n## ")[0]
    names, group = set(), ""
    for fields in re.findall(r"^\| (`.*?) \|", part, re.M):
        for name in re.findall(r"`([^`]+)`", fields):
            name = name.replace("[]", "")
            group = group if name[0] == "." else name.rpartition(".")[0]
            names.add(group + name if name[0] == "." else name)
    return names


def test_schema_is_draft_7():
    jsonschema.Draft7Validator.check_schema(models.SCHEMA)


def test_documented():
    assert documented() == set(models.names(models.SCHEMA))


def test_sample_has_everything():
    def fields(value, before=""):
        for key, item in value.items():
            rows = [row for row in item if isinstance(row, dict)] if isinstance(item, list) else []
            if isinstance(item, dict):
                yield from fields(item, f"{before}{key}.")
            else:
                yield before + key
            for row in rows:
                yield from fields(row)

    assert models.problems(SAMPLE) == []
    assert set(fields(SAMPLE)) == set(models.names(models.SCHEMA))


@pytest.mark.parametrize("path, value", [
    (["schema"], "conctrace.models/2"),
    (["kind"], "disk"),
    (["cpus"], 0),
    (["runs"], None),
    (["models"], []),
    (["models", 0, "command"], "cpu"),
    (["models", 0, "wall_ns"], None),
    (["models", 0, "wall_ns"], 1.5),
    (["models", 0, "wall_max_ns"], None),
    (["models", 0, "speedup"], 2),
    (["models", 0, "cpus_used"], -0.1),
    (["models", 0, "start", "threads"], None),
    (["models", 0, "switches", "yields"], -1),
    (["models", 0, "run_queue"], 5),
    (["models", 0, "blocked", "gil_ns"], None),
    (["models", 0, "blocked", "ns"], 1),
    (["models", 0, "events_lost"], 0),
    (["models", 0, "finding"], {"code": "GIL", "summary": "x"}),
    (["models", 0, "finding", "summary"], None),
    (["models", 0, "news"], 1),
])
def test_refuses(path, value):
    table = copy.deepcopy(SAMPLE)
    *way, last = path
    place = table
    for key in way:
        place = place[key]
    if value is None:
        del place[last]
    else:
        place[last] = value
    assert models.problems(table)


def test_schema_lets_new_fields_pass():
    table = copy.deepcopy(SAMPLE)
    table["news"] = table["models"][0]["news"] = {"a": [1]}
    assert list(models.VALIDATOR.iter_errors(table)) == []
