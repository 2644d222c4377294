# SPDX-License-Identifier: GPL-2.0-only
"""What must hold of every table that `conctrace workload --compare --json` writes."""

import json
import math
import os

import jsonschema

ROOT = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))

with open(os.path.join(ROOT, "docs", "models.schema.json"), encoding="utf-8") as _text:
    SCHEMA = json.load(_text)
VALIDATOR = jsonschema.Draft7Validator(SCHEMA)


def resolve(schema):
    if "$ref" in schema:
        return SCHEMA["definitions"][schema["$ref"].rsplit("/", 1)[1]]
    return schema


def names(schema, before=""):
    """All fields that the schema has, as the documentation calls them."""
    schema = resolve(schema)
    for key, inner in schema.get("properties", {}).items():
        inner = resolve(inner)
        if "properties" in inner:
            yield from names(inner, f"{before}{key}.")
        else:
            yield before + key
        yield from names(inner.get("items", {}))


def unknown_fields(value, schema, path=""):
    """What the table has and the schema does not name."""
    schema = resolve(schema)
    if isinstance(value, list):
        for item in value:
            yield from unknown_fields(item, schema.get("items", {}), path)
    elif isinstance(value, dict):
        for key, item in value.items():
            if key in schema.get("properties", {}):
                yield from unknown_fields(item, schema["properties"][key], f"{path}.{key}")
            else:
                yield f"{path}.{key}: not in the schema"


def problems(table):
    """All that is wrong, in words."""
    found = [f"{'/'.join(map(str, e.absolute_path))}: {e.message}"
             for e in VALIDATOR.iter_errors(table)]
    return found or [*unknown_fields(table, SCHEMA), *wrong_numbers(table)]


def wrong_numbers(table):
    """Parts must sum to the whole, and ratios be those of what they are made from."""
    first = table["models"][0]["wall_ns"]
    for row in table["models"]:
        blocked, wall = row["blocked"], row["wall_ns"]
        if blocked["ns"] != sum(ns for key, ns in blocked.items() if key != "ns"):
            yield f"{row['model']}: the causes do not sum to {blocked['ns']}"
        if ("wall_min_ns" in row) != (table["runs"] > 1):
            yield f"{row['model']}: least and most are for several runs"
        memory = row.get("peak_memory", {"largest_bytes": 0, "sum_bytes": 0})
        if memory["largest_bytes"] > memory["sum_bytes"]:
            yield f"{row['model']}: one process took more than all"
        if not row.get("wall_min_ns", wall) <= wall <= row.get("wall_max_ns", wall):
            yield f"{row['model']}: the median is out of range"
        for key, value in (("speedup", first / wall), ("parallelism", row["cpu_ns"] / wall),
                           ("cpus_used", row["cpu_ns"] / wall / table["cpus"]),
                           ("others_used", row["other_ns"] / wall / table["cpus"])):
            if not math.isclose(row[key], value, rel_tol=1e-6, abs_tol=1e-6):
                yield f"{row['model']}: {key} is {row[key]}, not {value}"
        if row["cpus_used"] + row["others_used"] > 1.001:
            yield f"{row['model']}: more CPU time than there was"
