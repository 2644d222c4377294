# SPDX-License-Identifier: GPL-2.0-only
"""docs/fleet.md: recordings of four hosts, asked together."""

import json
import os
import subprocess
import sys
import tarfile

import pytest
from conftest import ROOT

sys.path.insert(0, os.path.join(ROOT, "tests", "fleet"))

import fleet  # noqa: E402

CLIENTS = fleet.NAMES[1:]


@pytest.fixture(scope="module", name="folder")
def fixture_folder(conctrace, tmp_path_factory):
    path = tmp_path_factory.mktemp("fleet")
    try:
        fleet.record(conctrace, str(path))
    except subprocess.CalledProcessError as error:
        if b"netns" in b" ".join(str(word).encode() for word in error.cmd):
            pytest.skip(f"no network namespaces here: {error.stderr.decode()}")
        raise
    return path


@pytest.fixture(scope="module", name="base")
def fixture_base(folder):
    return fleet.load(str(folder))


def answers(base):
    """{client: {state or cause: ms}}"""
    found = {name: {} for name in CLIENTS}
    for client, service, state, cause, ms in base.execute(fleet.statements()[1]):
        assert service == "db"
        found[client][cause or state] = ms
    return found


def test_hosts_and_runs(base):
    rows = base.execute("SELECT host, count(*), min(clock_synchronised) FROM runs GROUP BY host")
    runs = {host: (count, synchronised) for host, count, synchronised in rows}
    assert set(runs) == set(fleet.NAMES)
    assert all(count == 1 and synchronised in (0, 1) for count, synchronised in runs.values())
    assert base.execute("SELECT count(DISTINCT run) FROM task_slices").fetchone() == (4,)


def test_what_the_service_did_while_clients_waited(base):
    """Their waits are covered by what its threads did: a lock, and a sleep in it."""
    for client, by in answers(base).items():
        waited, = base.execute(
            "SELECT sum(s.end_ns - s.start_ns) / 1e6 FROM task_slices s JOIN files f ON "
            "f.run = s.run AND f.id = s.file_id WHERE s.host = ? AND s.cause = 'network' AND "
            "f.peer LIKE '%:7000'", (client,)).fetchone()
        assert 0.9 * waited < sum(by.values()) < 1.001 * waited, (by, waited)
        blocked = {cause: ms for cause, ms in by.items() if cause not in ("running", "runnable",
                                                                          "unknown")}
        assert set(sorted(blocked, key=blocked.get)[-2:]) == {"sleep", "semaphore"}, by


def test_clocks(base, folder):
    """A clock that is 2.5 s ahead spoils the answer, and its offset puts it right."""
    measured = fleet.clocks(str(folder))
    assert [host for host, _, _ in measured] == fleet.NAMES
    assert all(abs(offset) <= error for _, offset, error in measured)  # it is the same clock
    right = answers(base)
    base.execute("UPDATE runs SET start_unix_ns = start_unix_ns + 2500000000 WHERE host = 'app-3'")
    assert not answers(base)["app-3"]
    base.execute("UPDATE clocks SET offset_ns = offset_ns + 2500000000 WHERE host = 'app-3'")
    assert answers(base) == right
    base.rollback()


def test_archive_for_perfetto(folder, tmp_path):
    clocks = tmp_path / "clocks.csv"
    clocks.write_text("host,offset_ns,error_ns\ndb,100,5\napp-1,-40,5\napp-2,100,5\n")
    out = tmp_path / "fleet.tar"
    script = os.path.join(ROOT, "scripts", "fleet")
    hosts = ["db", "app-1", "app-2"]
    subprocess.run([script, "perfetto", out, clocks,
                    *(f"{name}={folder / name}.pftrace" for name in hosts)], check=True)
    with tarfile.open(out) as archive:
        names = archive.getnames()
        manifest = json.load(archive.extractfile(names[0]))["perfetto_manifest"]
        for name in hosts:
            assert archive.extractfile(f"{name}.pftrace").read() == \
                (folder / f"{name}.pftrace").read_bytes()
    assert manifest["version"] == 1 and names[1:] == [f["path"] for f in manifest["files"]]
    assert [f["machine"]["name"] for f in manifest["files"]] == hosts
    # app-1's clock shows T when db's shows T + 140.
    assert "clocks" not in manifest["files"][0]
    assert [f["clocks"]["offset_ns"] for f in manifest["files"][1:]] == [140, 0]
    unknown = subprocess.run([script, "perfetto", out, clocks, "app-9=x"], check=False,
                             stderr=subprocess.PIPE, text=True)
    assert unknown.returncode == 1 and "says nothing of app-9" in unknown.stderr
