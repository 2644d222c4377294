# SPDX-License-Identifier: GPL-2.0-only
"""Programs that hang: who waits for whom, whether seen from the start or attached to."""

import json
import os
import signal
import subprocess
import time

from conftest import LIMIT, assert_partitions, program, run


def circle_of(report):
    (deadlock,) = report["deadlocks"]
    threads = deadlock["threads"]
    assert len(threads) == 2
    assert threads[0]["held_by"] == threads[1]["tid"]
    assert threads[1]["held_by"] == threads[0]["tid"]
    return {thread["name"] for thread in threads}


def assert_names_and_sites(report):
    assert circle_of(report) == {"journal", "accounts"}
    for name in ("journal", "accounts"):
        (lock,) = [s for s in report["sync"] if s.get("name") == name]
        assert lock["kind"] == "mutex" and lock["confidence"] == "high"
        assert [site["function"] for site in lock["sites"]] == ["take"]
        assert lock["sites"][0]["file"].endswith("deadlock.c")


def test_attached_to_a_hung_program(conctrace, tmp_path):
    """Nothing of it is seen to happen: what it hangs in is read from its memory."""
    target = subprocess.Popen([program("deadlock")], stdout=subprocess.PIPE, text=True)
    try:
        assert target.stdout.readline() == "hung\n"
        trace, report = tmp_path / "t.data", tmp_path / "t.json"
        done = run([conctrace, "record", "-o", trace, "--json", report, "-d", "0.2",
                    "-p", str(target.pid)], timeout=LIMIT)
        assert done.returncode == 0, done.stderr
        assert target.poll() is None
        assert "DEADLOCK" in done.stderr and "take() deadlock.c:" in done.stderr
        report = json.loads(report.read_text())
        assert_partitions(report)
        assert_names_and_sites(report)
    finally:
        target.kill()
        target.wait()


def test_recorded_until_it_is_interrupted(conctrace, tmp_path):
    """-d ends the recording; the report comes though the program never ends by itself."""
    trace, report = tmp_path / "t.data", tmp_path / "t.json"
    tracer = subprocess.Popen([conctrace, "record", "-o", trace, "--json", report, "-d", "0.5",
                               "--", program("deadlock")], stdout=subprocess.PIPE,
                              stderr=subprocess.PIPE, text=True)
    try:
        deadline = time.monotonic() + LIMIT
        while not report.exists() and time.monotonic() < deadline:
            time.sleep(0.05)
        assert_names_and_sites(json.loads(report.read_text()))
    finally:
        os.kill(tracer.pid, signal.SIGINT)  # goes on to the program, which it ends
        out, err = tracer.communicate(timeout=LIMIT)
    assert out == "hung\n" and "DEADLOCK" in err
    assert tracer.returncode == 128 + signal.SIGINT
