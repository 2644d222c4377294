# SPDX-License-Identifier: GPL-2.0-only
"""Reads what --csv writes, strictly: by its schema, and with no other rules than docs/csv.md."""

import csv
import gzip
import os
import re

TABLE = re.compile(r'\nCREATE TABLE IF NOT EXISTS "([a-z_0-9]+)" \(\n(.*?)\n\);\n', re.S)
COLUMN = re.compile(r'\t"([a-z_0-9]+)" (BIGINT|DOUBLE|VARCHAR|BOOLEAN) (NOT NULL|NULL),?')
FIELD = re.compile(r'(?:"((?:[^"]|"")*)"|([^",\r\n]*))(,|\n)')
CONTROL = re.compile("[\x00-\x1f\x7f-\x9f]")


def schema(folder):
    """{table: [(column, type, may be NULL)]}"""
    with open(os.path.join(folder, "schema.sql"), encoding="utf-8") as text:
        sql = text.read()
    assert sql.startswith("-- conctrace.csv/1 ")
    tables = {}
    for name, body in TABLE.findall(sql):
        columns = [COLUMN.fullmatch(line) for line in body.split("\n")]
        assert all(columns), body
        assert name not in tables
        tables[name] = [(c[1], c[2], c[3] == "NULL") for c in columns]
        assert len({c[0] for c in tables[name]}) == len(tables[name]), name
    assert sql.count("CREATE TABLE") == len(tables)
    return tables


def value(quoted, plain, kind):
    """A cell; text is quoted, nothing else is, and nothing is NULL."""
    if quoted is not None:
        assert kind == "VARCHAR", quoted
        assert not CONTROL.search(quoted), quoted
        return quoted.replace('""', '"')
    if plain == "":
        return None
    assert kind != "VARCHAR", plain
    if kind == "BOOLEAN":
        return {"true": True, "false": False}[plain]
    if kind == "BIGINT":
        assert re.fullmatch(r"-?(0|[1-9][0-9]*)", plain), plain
        assert -2**63 <= int(plain) < 2**63
        return int(plain)
    return float(plain)


def rows_of(path, columns):
    with gzip.open(path, "rb") as packed:
        text = packed.read().decode("utf-8")
    rows, cells, end = [], [], 0
    for match in FIELD.finditer(text):
        assert match.start() == end, text[end:end + 80]
        end = match.end()
        cells.append((match[1], match[2]))
        if match[3] == "\n":
            rows.append(cells)
            cells = []
    assert end == len(text) and not cells
    assert [plain for _, plain in rows[0]] == [name for name, _, _ in columns], path
    assert {len(row) for row in rows} == {len(columns)}, path
    # Another reader sees the same.
    again = list(csv.reader(text.splitlines(), strict=True))
    assert again == [[(q.replace('""', '"') if q is not None else p) for q, p in row] for row in rows]
    return rows[1:]


def read(folder):
    """{table: [row as a dict]}; what the schema says holds."""
    tables = schema(folder)
    assert sorted(os.listdir(folder)) == sorted([f"{name}.csv.gz" for name in tables] +
                                                ["schema.sql"])
    found = {}
    for name, columns in tables.items():
        found[name] = []
        for row in rows_of(os.path.join(folder, f"{name}.csv.gz"), columns):
            cells = {c[0]: value(*cell, c[1]) for c, cell in zip(columns, row)}
            for column, _, may_be_null in columns:
                assert may_be_null or cells[column] is not None, (name, column)
            found[name].append(cells)
    return found


def text(value_):
    """What a text of the JSON report is in CSV."""
    def picture(match):
        code = ord(match[0])
        return chr(0x2400 + code) if code < 0x20 else "\u2421" if code == 0x7f else "\ufffd"
    return CONTROL.sub(picture, value_)


def flatten(report):
    """The tables of a JSON report: {name: [(number of the parent's row, cells)]}."""
    tables = {"runs": [(None, {})]}

    def add(item, table, prefix, number, cells):
        for key, member in item.items():
            name = f"{prefix}_{key}" if prefix else key
            if isinstance(member, dict):
                add(member, table, name, number, cells)
            elif isinstance(member, list):
                child = name if table == "runs" else f"{table}_{name}"
                for element in member:
                    rows = tables.setdefault(child, [])
                    own = {}
                    rows.append((number, own))
                    here = len(rows) - 1
                    add(element if isinstance(element, dict) else {"value": element}, child, "",
                        here, own)
            else:
                cells[name] = text(member) if isinstance(member, str) else member

    add(report, "runs", "", 0, tables["runs"][0][1])
    return tables
