# SPDX-License-Identifier: GPL-2.0-only
"""--csv: the report and the slices as tables, complete, joinable, and safe from what was traced."""

import collections
import json
import os
import re
import shutil
import sqlite3
import subprocess

import csvset
import pytest
from conftest import ROOT, assert_one_error, program, run, workload
from test_bad_input import small_disk

KEYS = {"run", "host", "row_id", "start_unix_ns"}
DOC = os.path.join(ROOT, "docs", "csv.md")


class Set:
    """A recording, its JSON report, and its tables."""

    def __init__(self, conctrace, folder, command):
        self.trace, self.path = folder / "t", folder / "csv"
        done = run([conctrace, "record", "-q", "-o", self.trace, "--csv", self.path, "--json",
                    folder / "j", "--", *command])
        assert done.returncode == 0, done.stderr
        self.report = json.loads((folder / "j").read_text(encoding="utf-8"))
        self.tables = csvset.read(self.path)

    def __getattr__(self, name):
        return self.tables[name]


CONVOY = [workload("convoy"), "--seconds", "0.2"]


@pytest.fixture(scope="module")
def plain(conctrace, tmp_path_factory):
    return Set(conctrace, tmp_path_factory.mktemp("plain"), CONVOY)


@pytest.fixture(scope="module")
def rough(conctrace, tmp_path_factory):
    return Set(conctrace, tmp_path_factory.mktemp("rough"), [program("hostile")])


@pytest.fixture(params=["plain", "rough"])
def both(request):
    return request.getfixturevalue(request.param)


def parent_number(tables, table, row):
    """The number of the parent's row; None where the run is the parent."""
    links = [key for key in row if re.fullmatch(r".+_row_id", key)]
    if links:
        assert links[0].removesuffix("_row_id") in tables
        return row[links[0]]
    for parent in ("sync", "stacks", "objects"):
        if table.startswith(f"{parent}_") and f"{parent}_id" in row:
            return [p["id"] for p in tables[parent]].index(row[f"{parent}_id"])
    return 0


def test_report_is_the_json(both):
    """Every cell of the one is in the other; what the one leaves out is nothing in the other."""
    expected = csvset.flatten(both.report)
    missing = [name for name in expected if name not in both.tables]
    assert missing == []
    slices = {"task_slices", "cpu_slices", "wakings", "holds", "samples", "disk_requests",
              "threads", "objects", "files", "places"}
    wrong = []
    for name, rows in both.tables.items():
        if name in slices:
            continue
        theirs = expected.get(name, [])
        assert len(rows) == len(theirs), name
        rows = sorted(rows, key=lambda row: (parent_number(both.tables, name, row),
                                             row.get("row_id")))
        for mine, (number, cells) in zip(rows, theirs):
            if name != "runs" and parent_number(both.tables, name, mine) != number:
                # By number in the table, which the JSON has as well where parents are in order.
                wrong.append((name, mine, number))
            wrong += [(name, key, value, mine[key]) for key, value in cells.items()
                      if mine[key] != value]
            links = {key for key in mine if key.endswith("_row_id") or key in KEYS}
            wrong += [(name, key, mine[key]) for key in set(mine) - set(cells) - links
                      if mine[key] not in (None, 0, False) and
                      key not in ("tid", "pid", "cpu", "sync_id", "stacks_id")]
    assert wrong == []


def sums(rows, key, value="ns"):
    total = collections.Counter()
    for row in rows:
        total[key(row)] += row["end_ns"] - row["start_ns"] if value == "ns" else row[value]
    return total


def test_slices_add_up_to_the_report(both):
    """By thread and state, and by cause; by CPU and use; samples and waits are counted."""
    start = {thread["id"]: thread["start_ns"] for thread in both.threads}
    by_state = sums(both.task_slices, lambda s: (s["tid"], start[s["thread"]], s["state"]))
    by_cause = sums([s for s in both.task_slices if s["state"] == "blocked"],
                    lambda s: (s["tid"], start[s["thread"]], s["cause"]))
    expected, causes = collections.Counter(), collections.Counter()
    for task in both.report["tasks"]:
        for state in ("running", "runnable", "blocked", "unknown"):
            expected[task["tid"], task["start_ns"], state] += task.get(f"{state}_ns", 0)
        for cause, ns in task.get("blocked_by", {}).items():
            causes[task["tid"], task["start_ns"], cause] += ns
    assert by_state == expected and by_cause == causes
    assert sum(by_state.values()) > 0
    by_use = sums(both.cpu_slices, lambda s: (s["cpu"], s["use"]))
    assert by_use == collections.Counter({(cpu["cpu"], use): cpu.get(f"{use}_ns", 0)
                                          for cpu in both.report["cpus"]
                                          for use in ("workload", "other", "idle", "unknown")})
    assert len(both.samples) == both.report["samples"]["count"]
    waits = sums([s for s in both.task_slices if s["sync"] is not None], lambda s: s["sync"])
    assert "sync_omitted" not in both.report
    assert waits == collections.Counter({item["id"]: item["wait_ns"]
                                         for item in both.report["sync"]})
    requests = sum(d["reads"] + d["writes"] + d.get("others", 0)
                   for d in both.report["io"]["disks"])
    assert len(both.disk_requests) == requests


def test_foreign_keys_resolve(both):
    ids = {name: {row["id"] for row in both.tables[name]} for name in
           ("threads", "objects", "files", "sync", "stacks")}
    assert all(len(ids[name]) == len(both.tables[name]) for name in ids)
    refers = {"thread": "threads", "holder_thread": "threads", "waker_thread": "threads",
              "sync": "objects", "held": "objects", "file_id": "files", "waker_file_id": "files",
              "sync_id": "sync", "stacks_id": "stacks", "stack": "stacks"}
    tid = {row["id"]: row["tid"] for row in both.threads}
    seen = collections.Counter()
    for name, rows in both.tables.items():
        for row in rows:
            for key, value in row.items():
                if value is None or key not in refers or isinstance(value, str):
                    continue
                assert value in ids[refers[key]], (name, key, value)
                seen[key] += 1
            for prefix in ("", "holder_", "waker_"):
                if row.get(f"{prefix}thread") is not None:
                    assert row[f"{prefix}tid"] == tid[row[f"{prefix}thread"]]
    assert all(seen[key] for key in ("thread", "waker_thread", "sync", "sync_id", "stacks_id"))
    # sync is the objects that are told one by one; tasks are the threads that were traced.
    kinds = {row["id"]: (row["kind"], row["name"]) for row in both.objects}
    assert all(kinds[row["id"]] == (row["kind"], row["name"]) for row in both.sync)
    traced = {(t["tid"], t["start_ns"], t["end_ns"]) for t in both.threads if t["traced"]}
    assert traced == {(t["tid"], t["start_ns"], t["end_ns"]) for t in both.tasks}
    hashes = {row["hash"] for row in both.stacks}
    assert any(row["stack"] in hashes for row in both.task_slices)


def test_samples_have_functions(both):
    """Each sample's place is the one that it names itself; all levels of it are there, in order."""
    places = collections.defaultdict(list)
    for row in both.places:
        places[row["id"]].append(row)
    for sample in both.samples:
        rows = places[sample["place"]]
        assert [row["level"] for row in rows] == list(range(len(rows)))
        assert {(row["module"], row["offset"]) for row in rows} == \
            {(sample["module"], sample["offset"])}
    assert any(row["function"] for row in both.places) or not both.samples
    assert {row["id"] for row in both.places} == {sample["place"] for sample in both.samples}


def test_one_run_in_all_tables(both):
    [run_] = both.runs
    assert re.fullmatch(r"r[0-9a-f]{16}", run_["run"])
    assert run_["host"] == os.uname().nodename == run_["host_hostname"]
    assert abs(run_["start_unix_ns"] - os.stat(both.trace).st_mtime_ns) < 600 * 10**9
    for name, rows in both.tables.items():
        assert all((row["run"], row["host"]) == (run_["run"], run_["host"]) for row in rows), name
        if rows and "row_id" in rows[0]:
            assert [row["row_id"] for row in rows] == list(range(len(rows))), name


def test_hostile_names(conctrace, tmp_path):
    """csvset has checked that no control character and no broken UTF-8 is in any cell."""
    name = tmp_path / "a\"b,\n\x1b[31m=cmd()"
    shutil.copy(program("hostile"), name)
    tables = Set(conctrace, tmp_path, [name]).tables
    comms = {row["comm"] for row in tables["threads"] if row["traced"]}
    assert {"\u241b[31mred", "a\u240ab\u240dc\u2409d", '"},{"tid":1', "</script>", "%s%n%p",
            "\ufffd" * 3, ""} <= comms
    assert comms >= {row["comm"] for row in tables["task_slices"]} - {None}
    assert any(row["value"].endswith('a"b,\u240a\u241b[31m=cmd()') for row in tables["command"])


def test_deterministic(conctrace, plain, tmp_path):
    for name in ("a", "b"):
        done = run([conctrace, "export", plain.trace, "--csv", tmp_path / name])
        assert done.returncode == 0, done.stderr
        for file in os.listdir(plain.path):
            assert (tmp_path / name / file).read_bytes() == (plain.path / file).read_bytes(), file
    assert sorted(os.listdir(tmp_path)) == ["a", "b"]


def test_another_set_is_replaced(conctrace, plain, tmp_path):
    target = tmp_path / "out"
    target.mkdir()
    for _ in range(2):  # over an empty one, then over its own
        assert run([conctrace, "report", plain.trace, "--csv", f"{target}/"]).returncode == 0
        assert (target / "tasks.csv.gz").exists()
        (target / "older.csv.gz").write_bytes(b"")
    assert run([conctrace, "export", plain.trace, "--csv", target]).returncode == 0
    assert sorted(os.listdir(target)) == sorted(os.listdir(plain.path))
    os.symlink("out", tmp_path / "link")
    assert run([conctrace, "export", plain.trace, "--csv", tmp_path / "link"]).returncode == 0
    assert sorted(os.listdir(tmp_path)) == ["link", "out"] and os.path.islink(tmp_path / "link")


@pytest.mark.parametrize("what", ["other file", "no schema", "another's schema", "folder", "link"])
def test_other_directories_are_refused(conctrace, plain, tmp_path, what):
    target = tmp_path / "out"
    target.mkdir()
    if what in ("other file", "folder", "link"):
        (target / "schema.sql").write_text("-- conctrace.csv/1 \n", encoding="utf-8")
    if what == "other file":
        (target / "notes.txt").write_text("mine", encoding="utf-8")
    elif what == "folder":
        (target / "x.csv.gz").mkdir()
    elif what == "link":
        os.symlink("/etc/passwd", target / "x.csv.gz")
    else:
        (target / "data.csv.gz").write_text("mine", encoding="utf-8")
    if what == "another's schema":
        (target / "schema.sql").write_text("CREATE TABLE mine", encoding="utf-8")
    before = sorted(os.listdir(target))
    assert "other files" in assert_one_error(run([conctrace, "export", plain.trace, "--csv",
                                                  target]))
    # Said before the workload runs, too.
    assert_one_error(run([conctrace, "record", "-o", tmp_path / "t", "--csv", target, "--", "touch",
                          tmp_path / "mark"]))
    assert sorted(os.listdir(target)) == before and os.listdir(tmp_path) == ["out"]


@pytest.mark.parametrize("where", ["-", "file", ".", "..", "", "/", "no/such/folder", "/dev/full",
                                   "dangling", "/proc/x"])
def test_what_is_no_directory_is_refused(conctrace, plain, tmp_path, where):
    (tmp_path / "file").write_text("mine", encoding="utf-8")
    os.symlink("nowhere", tmp_path / "dangling")
    message = assert_one_error(run([conctrace, "export", plain.trace, "--csv", where],
                                   cwd=tmp_path))
    assert where in message or where == "-"
    assert (tmp_path / "file").read_text(encoding="utf-8") == "mine"
    assert sorted(os.listdir(tmp_path)) == ["dangling", "file"]


def test_same_place_twice(conctrace, plain, tmp_path):
    assert_one_error(run([conctrace, "export", plain.trace, "--csv", "x", "--json", "x"],
                         cwd=tmp_path))
    assert os.listdir(tmp_path) == []


@pytest.mark.parametrize("room", [0, 4096, 65536])
def test_full_disk(conctrace, plain, tmp_path, room):
    """Nothing half-written stays, and an earlier set stays whole."""
    with small_disk(tmp_path / "disk", "256k") as disk:
        (disk / "out").mkdir()
        (disk / "out" / "schema.sql").write_text("-- conctrace.csv/1 \n", encoding="utf-8")
        (disk / "filler").write_bytes(b"x" * (256 * 1024 - 4096 - room))
        message = assert_one_error(run([conctrace, "export", plain.trace, "--csv", disk / "out"]))
        assert "No space left" in message
        assert sorted(os.listdir(disk)) == ["filler", "out"]
        assert os.listdir(disk / "out") == ["schema.sql"]


def test_mount_point(conctrace, plain, tmp_path):
    with small_disk(tmp_path / "disk", "1m") as disk:
        assert "mount" in assert_one_error(run([conctrace, "export", plain.trace, "--csv", disk]))


def test_modes_are_private(conctrace, plain, tmp_path):
    script = f"umask 002; exec '{conctrace}' export '{plain.trace}' --csv out"
    subprocess.run(["sh", "-c", script], cwd=tmp_path, check=True)
    assert (tmp_path / "out").stat().st_mode & 0o777 == 0o700
    assert {path.stat().st_mode & 0o777 for path in (tmp_path / "out").iterdir()} == {0o600}


def documented_queries():
    """The SQL of docs/csv.md that asks (and not what loads, which each database does its own way)."""
    with open(DOC, encoding="utf-8") as text:
        return [sql for sql in re.findall(r"```sql\n(.*?)```", text.read(), re.S)
                if re.match(r"(--.*\n)*(SELECT|WITH)\b", sql)]


def test_documented_queries(conctrace, plain, tmp_path):
    """Two runs in one set of tables; every query of the documentation says something."""
    second = Set(conctrace, tmp_path, CONVOY)
    assert second.runs[0]["run"] != plain.runs[0]["run"]
    base = sqlite3.connect(":memory:")
    base.create_function("least", 2, min)
    base.create_function("greatest", 2, max)
    base.executescript((plain.path / "schema.sql").read_text(encoding="utf-8"))
    for one in (plain, second):
        for name, rows in one.tables.items():
            for row in rows:
                base.execute(f'INSERT INTO "{name}" VALUES ({",".join("?" * len(row))})',
                             list(row.values()))
    base.execute("CREATE TABLE labels (run TEXT, version TEXT)")
    base.executemany("INSERT INTO labels VALUES (?, ?)", [(plain.runs[0]["run"], "1.0"),
                                                          (second.runs[0]["run"], "1.1")])
    queries = documented_queries()
    assert len(queries) >= 5
    # Some ask for what this program does not do: storage, events.
    empty = [sql for sql in queries if not base.execute(sql).fetchall() and "disk_" not in sql]
    assert empty == []


def test_documented_columns():
    """docs/csv.md names every column of the tables that are not the report's."""
    with open(DOC, encoding="utf-8") as text:
        page = text.read()
    with open(os.path.join(ROOT, "user", "export", "csv_slices.c"), encoding="utf-8") as text:
        names = re.findall(r'\{"([a-z_]+)", R_', text.read())
    with open(os.path.join(ROOT, "user", "export", "csv_things.c"), encoding="utf-8") as text:
        names += re.findall(r'\{"([a-z_]+)", R_', text.read())
    assert len(names) > 60
    assert [name for name in names if f"`{name}`" not in page] == []
