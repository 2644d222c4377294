# SPDX-License-Identifier: GPL-2.0-only
"""The JSON report, its schema and its documentation say the same."""

import copy
import glob
import json
import os
import re
import subprocess
import sys

import jsonschema
import pytest

HERE = os.path.dirname(os.path.abspath(__file__))
ROOT = os.path.dirname(os.path.dirname(HERE))
sys.path.insert(0, os.path.dirname(HERE))

import partitions  # noqa: E402

BUILD = os.path.abspath(os.environ.get("CONCTRACE_BUILD", os.path.join(ROOT, "build")))
CONCTRACE = os.path.abspath(os.environ.get("CONCTRACE", os.path.join(BUILD, "conctrace")))
SAMPLES = sorted(glob.glob(os.path.join(HERE, "report-*.json")))


def read(*path):
    with open(os.path.join(ROOT, *path), encoding="utf-8") as text:
        return text.read()


SCHEMA = json.loads(read("docs", "report.schema.json"))
VALIDATOR = jsonschema.Draft7Validator(SCHEMA)


def resolve(schema):
    if "$ref" in schema:
        return SCHEMA["definitions"][schema["$ref"].rsplit("/", 1)[1]]
    return schema


def problems(report):
    return [f"{'/'.join(map(str, e.absolute_path))}: {e.message}" for e in
            VALIDATOR.iter_errors(report)]


def unknown_fields(value, schema, path=""):
    """What the report has and the schema does not name."""
    schema = resolve(schema)
    if isinstance(value, list):
        for item in value:
            yield from unknown_fields(item, schema.get("items", {}), path + "[]")
    elif isinstance(value, dict):
        for key, item in value.items():
            known = schema.get("properties", {}).get(key, schema.get("additionalProperties"))
            if known is None:
                yield f"{path}.{key}"
            elif known is not True:  # anything goes
                yield from unknown_fields(item, known, f"{path}.{key}")


def property_names(schema):
    schema = resolve(schema)
    for key, inner in schema.get("properties", {}).items():
        yield key
        yield from property_names(inner)
    if "items" in schema:
        yield from property_names(schema["items"])


@pytest.fixture(scope="module")
def fresh(tmp_path_factory):
    """The report of a generated trace, by the conctrace that is being tested."""
    library = os.path.join(BUILD, "libconctrace.a")
    if not os.path.exists(library) or not os.path.exists(CONCTRACE):
        pytest.skip(f"nothing built in {BUILD}")
    scratch = tmp_path_factory.mktemp("schema")
    generator, trace = str(scratch / "gen_trace"), str(scratch / "trace")
    subprocess.run(["cc", "-std=gnu11", "-O1", "-D_GNU_SOURCE", "-iquote", ROOT, "-iquote",
                    os.path.join(ROOT, "user"), "-o", generator,
                    os.path.join(ROOT, "tests", "lib", "gen_trace.c"), library, "-lbpf", "-lelf",
                    "-lz", "-lpthread", "-lm"], check=True)
    subprocess.run([generator, trace, "20000", "4", "12"], check=True, stdout=subprocess.DEVNULL,
                   stderr=subprocess.DEVNULL)
    done = subprocess.run([CONCTRACE, "export", trace, "--json", "-"], check=True,
                          stdout=subprocess.PIPE)
    return json.loads(done.stdout)


def test_schema_is_draft_7():
    assert SCHEMA["$schema"] == "http://json-schema.org/draft-07/schema#"
    jsonschema.Draft7Validator.check_schema(SCHEMA)


@pytest.mark.parametrize("path", SAMPLES, ids=os.path.basename)
def test_samples(path):
    report = json.loads(read(path))
    assert problems(report) == []
    assert list(unknown_fields(report, SCHEMA)) == []
    assert partitions.problems(report) == []


def test_fresh_report(fresh):
    assert problems(fresh) == []
    assert list(unknown_fields(fresh, SCHEMA)) == []
    assert partitions.problems(fresh) == []
    parallelism = fresh["parallelism"]
    assert sum(parallelism["running_ns"]) + parallelism.get("unknown_ns", 0) == fresh["wall_ns"]
    alone = parallelism["serial_ns"] + parallelism["held_back_ns"]
    assert alone == parallelism["running_ns"][1]
    assert len(fresh["tasks"]) >= 12 and fresh["sync"]


def set_at(report, path, value):
    *way, last = path
    for key in way:
        report = report[key]
    if value is None:
        del report[last]
    else:
        report[last] = value


@pytest.mark.parametrize("path, value", [
    (["schema"], "conctrace.report/2"),
    (["wall_ns"], None),
    (["wall_ns"], -1),
    (["wall_ns"], 1.5),
    (["tasks", 0, "running_ns"], None),
    (["tasks", 0, "blocked_by"], {"boredom": 1}),
    (["tasks", 0, "wakeup_latency"], {"p50_ns": 1}),
    (["sync", 0, "kind"], "sleep"),
    (["sync", 0, "address"], 4096),
    (["exit"], {}),
    (["exit"], {"code": 0, "signal": 9}),
    (["start_time"], "yesterday"),
    (["ended"], ""),
    (["events", "lost_by"], {"switch": -1}),
    (["parallelism", "running_ns"], [0.5]),
    (["parallelism", "serial_share"], 1.5),
    (["parallelism", "serial"], [{"ns": 5}]),
    (["sync", 0, "confidence"], "sure"),
    (["sync", 0, "holders"], [{"ns": 1, "while": {"boredom": 1}}]),
    (["sync", 0, "sites"], [{"function": "f", "waits": 1, "wait_ns": 1}]),
    (["stacks"], [{"id": 0, "hash": "12", "complete": True}]),
    (["deadlocks"], [{"since_ns": 1, "threads": []}]),
    (["io", "disks"], [{"dev": "sda"}]),
    (["io", "faults"], None),
    (["loops"], [{"tid": 1}]),
    (["spawn"], {}),
    (["samples", "hz"], 0),
    (["unresolved"], [{"module": "a", "reason": "laziness", "frames": 1}]),
    (["critical_path", "by", 0, "state"], "asleep"),
    (["critical_path", "segments"], None),
])
def test_schema_refuses(path, value):
    report = copy.deepcopy(json.loads(read(SAMPLES[0])))
    set_at(report, path, value)
    assert problems(report)


def test_schema_lets_new_fields_pass():
    report = json.loads(read(SAMPLES[0]))
    report["news"] = {"a": [1]}
    report["tasks"][0]["news"] = 1
    assert problems(report) == []


def test_documented():
    """Every name in the schema is in report.md."""
    text = read("docs", "report.md")
    written = set(re.findall(r"[a-z_0-9]+", " ".join(re.findall(r"`([^`\n]+)`", text))))
    missing = set(property_names(SCHEMA)) - written
    assert not missing


def test_documentation_names_only_what_is_there():
    names = set(property_names(SCHEMA))
    for row in re.findall(r"^\| ((?:`[a-z_.0-9]+`(?:, )?)+) \|", read("docs", "report.md"), re.M):
        for field in re.findall(r"`([^`]+)`", row):
            assert set(field.split(".")) <= names, field
