# SPDX-License-Identifier: GPL-2.0-only
"""What must hold of every comparison that `conctrace compare --json` writes."""

import json
import os

import jsonschema

ROOT = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))

with open(os.path.join(ROOT, "docs", "compare.schema.json"), encoding="utf-8") as _text:
    SCHEMA = json.load(_text)
VALIDATOR = jsonschema.Draft7Validator(SCHEMA)


def problems(comparison):
    """All that is wrong, in words."""
    found = [f"{'/'.join(map(str, e.absolute_path))}: {e.message}"
             for e in VALIDATOR.iter_errors(comparison)]
    if not found and [side["side"] for side in comparison["sides"]] != \
            [0, *(difference["side"] for difference in comparison["differences"])]:
        found = ["not one difference of each side but the first"]
    return found or [*wrong_sums(comparison), *wrong_values(comparison)]


def wrong_sums(comparison):
    """Parts must sum to the whole, and the whole must be that of the runs in the middle."""
    middle = [[run["wall_ns"] for run in side["runs"] if run["middle"]]
              for side in comparison["sides"]]
    for difference in comparison["differences"]:
        side = difference["side"]
        if [[difference["base_ns"]], [difference["ns"]]] != [middle[0], middle[side]]:
            yield f"difference {side}: not the wall times of the runs in the middle"
        if difference["delta_ns"] != difference["ns"] - difference["base_ns"]:
            yield f"difference {side}: {difference['delta_ns']} is no difference"
        for basis in ("critical_path", "cpus"):
            for key in ("base_ns", "ns", "delta_ns"):
                parts = sum(part[key] for part in difference.get(basis, []))
                if basis in difference and parts != difference[key]:
                    yield f"difference {side}: {key} of {basis} sum to {parts}"


def wrong_values(comparison):
    sides = comparison["sides"]
    for number in comparison["numbers"]:
        base, *others = values = number["values"]
        if [value["side"] for value in values] != list(range(len(sides))):
            yield f"{number['heading']}: not one value of each side"
        for value in values:
            if not value["min"] <= value["median"] <= value["max"]:
                yield f"{number['heading']}: {value}"
        for value in others:
            overlap = base["min"] <= value["max"] and value["min"] <= base["max"]
            several = min(len(sides[0]["runs"]), len(sides[value["side"]]["runs"])) > 1
            if value["delta"] != value["median"] - base["median"] or \
                    value["noise"] != (overlap and several):
                yield f"{number['heading']}: {base}, {value}"


def number(comparison, section, measure, name=None):
    """The values of a number, by side."""
    found = [n["values"] for n in comparison["numbers"] if n["section"] == section and
             n["measure"] == measure and n.get("name") == name]
    assert len(found) == 1, (section, measure, name)
    return found[0]
