# SPDX-License-Identifier: GPL-2.0-only
"""The example of docs/fleet.md: four hosts, recorded; and the statements of that page."""

import contextlib
import csv
import io
import os
import re
import sqlite3
import subprocess
import sys

HERE = os.path.dirname(os.path.abspath(__file__))
ROOT = os.path.dirname(os.path.dirname(HERE))
sys.path[:0] = [HERE, os.path.dirname(HERE)]

import csvset  # noqa: E402
from hosts import Hosts  # noqa: E402

NAMES = ["db", "app-1", "app-2", "app-3"]
REQUESTS = 40
LIMIT = 120  # s


def statements():
    """(the table of clocks, the question)"""
    with open(os.path.join(ROOT, "docs", "fleet.md"), encoding="utf-8") as text:
        return re.findall(r"```sql\n(.*?)```", text.read(), re.S)


def record(conctrace, folder):
    """All hosts at once: folder/runs/HOST, folder/HOST.pftrace, folder/clocks.csv."""
    with Hosts(NAMES) as hosts, contextlib.ExitStack() as running:
        remote = os.path.join(folder, "rsh")
        with open(remote, "w", encoding="utf-8") as script:
            script.write("#!/usr/bin/python3\nimport os, sys\n"
                         f"sys.path.insert(0, {HERE!r})\nfrom hosts import Hosts\n"
                         f"hosts = Hosts({NAMES!r})\nhosts.space = {hosts.space!r}\n"
                         "words = hosts.on(sys.argv[1], ['sh', '-c', sys.argv[2]])\n"
                         "os.execvp(words[0], words)\n")
        with open(os.path.join(folder, "clocks.csv"), "w", encoding="utf-8") as out:
            subprocess.run([os.path.join(ROOT, "scripts", "fleet"), "clocks", "--rsh",
                            f"/usr/bin/python3 {remote}", *NAMES], check=True, stdout=out,
                           timeout=LIMIT)
        children = []
        for name in NAMES:
            role = ["serve", hosts.address("db"), 7000, len(NAMES) - 1] if name == "db" else \
                ["ask", hosts.address("db"), 7000, REQUESTS]
            command = [conctrace, "record", "-q", "--as-root", "-o",
                       os.path.join(folder, f"{name}.data"),
                       "--csv", os.path.join(folder, "runs", name), "--perfetto",
                       os.path.join(folder, f"{name}.pftrace"), "--", "/usr/bin/python3",
                       os.path.join(HERE, "service.py"), *role]
            os.makedirs(os.path.join(folder, "runs"), exist_ok=True)
            child = subprocess.Popen(hosts.on(name, command), stdin=subprocess.DEVNULL,
                                     stderr=subprocess.PIPE, text=True)
            running.callback(child.kill)
            children.append(child)
        for child in children:
            _, said = child.communicate(timeout=LIMIT)
            assert child.returncode == 0, said


def clocks(folder):
    with open(os.path.join(folder, "clocks.csv"), encoding="utf-8", newline="") as text:
        return [(row["host"], int(row["offset_ns"]), int(row["error_ns"]))
                for row in csv.DictReader(text)]


def load(folder):
    """A database of all sets, and of the clocks."""
    base = sqlite3.connect(":memory:")
    base.create_function("least", 2, min)
    base.create_function("greatest", 2, max)
    for name in NAMES:
        path = os.path.join(folder, "runs", name)
        with open(os.path.join(path, "schema.sql"), encoding="utf-8") as schema:
            base.executescript(schema.read())
        for table, rows in csvset.read(path).items():
            for row in rows:
                base.execute(f"INSERT INTO {table} ({','.join(row)}) "
                             f"VALUES ({','.join('?' * len(row))})", list(row.values()))
    base.execute(statements()[0])
    base.executemany("INSERT INTO clocks VALUES (?, ?, ?)", clocks(folder))
    return base


def main():
    """Records into a folder, for databases.mjs; prints SQLite's answer."""
    conctrace, folder = sys.argv[1:]
    record(conctrace, folder)
    out = io.StringIO()
    csv.writer(out, lineterminator="\n").writerows(load(folder).execute(statements()[1]))
    with open(os.path.join(folder, "answer.csv"), "w", encoding="utf-8") as answer:
        answer.write(out.getvalue())
    sys.stdout.write(out.getvalue())


if __name__ == "__main__":
    main()
