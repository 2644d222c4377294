# SPDX-License-Identifier: GPL-2.0-only
"""What a recording tells of a program, and what it does not: docs/security.md says which."""

import os
import shutil
import struct
import zlib

import pytest
from conftest import assert_nothing_lost, assert_partitions, program, run

ARGUMENT, PIPE, PROGRAM, HOME = "ruby-argument", "pearl-pipe", "opal-program", "coral-folder"
THREAD, STACK, PIN, VARIABLE = "gem-thread", "stack-treasure", "gold43", "amber-variable"


def content(trace):
    """All bytes of a recording, unpacked: as docs/trace-format.md describes blocks."""
    data = trace.read_bytes()
    at = 16 + struct.unpack_from("<I", data, 12)[0] + 4
    parts = [data[:at]]
    while data[at:at + 4] == b"TBLK":
        flags, stored = data[at + 5], struct.unpack_from("<I", data, at + 32)[0]
        payload = data[at + 48:at + 48 + stored]
        parts.append(zlib.decompress(payload) if flags & 1 else payload)
        at += 48 + stored
    assert len(parts) > 3
    return b"".join(parts)


def found(trace, *secrets):
    """Those that are in the file, also where text is stored with two or four bytes a character."""
    data = content(trace)
    return {s for s in secrets if any(s.encode(code) in data
                                      for code in ("ascii", "utf-16-le", "utf-32-le"))}


@pytest.fixture
def secretive(tmp_path):
    """The program under a name of its own, and its arguments."""
    folder = tmp_path / HOME
    folder.mkdir()
    name = folder / PROGRAM
    shutil.copy(program("secretive"), name)
    os.mkfifo(folder / PIPE)
    return [name, ARGUMENT, folder / PIPE]


def test_what_is_in_a_recording(record, secretive):
    """Names are, environment and data are not: neither strings nor what fits into a word."""
    result = record(secretive, env={**os.environ, "AMBER": VARIABLE})
    assert result.code == 0, result.stderr
    names = {ARGUMENT, PIPE, PROGRAM, HOME, THREAD}
    assert found(result.trace, *names) == names
    assert found(result.trace, STACK, "treasure", "everything", PIN, VARIABLE) == set()
    # And yet the stacks are of use.
    chains = [[frame.get("function") for frame in stack["frames"]]
              for stack in result.report["stacks"]]
    assert any("feed" in chain and "start_thread" in chain for chain in chains), chains


def test_redacted(record, secretive, conctrace, tmp_path):
    result = record(secretive, "--redact", env={**os.environ, "AMBER": VARIABLE})
    assert result.code == 0, result.stderr
    secrets = {ARGUMENT, PIPE, PROGRAM, HOME, THREAD, STACK, PIN, VARIABLE, tmp_path.name}
    assert found(result.trace, *secrets) == set()
    report = result.report
    assert_partitions(report)
    assert_nothing_lost(report)
    text = run([conctrace, "report", "--details", result.trace]).stdout
    whole = result.json_path.read_text(encoding="utf-8") + text
    assert [s for s in secrets if s in whole] == []
    # The same name is the same hash, here and there; another name another one.
    assert report["host"]["hostname"].startswith("redacted-")
    command = report["command"]
    assert len(set(command)) == 3 and all(word.startswith("redacted-") for word in command)
    comms = {task["comm"] for task in report["tasks"]}
    assert len(comms) == 2 and all(comm.startswith("~") for comm in comms), comms
    # What it waited for, and where, is told as far as hashes can.
    waits = [row for row in report["blame"]["by"] if row["cause"] == "pipe"]
    assert waits
    assert any(row.get("module", "").startswith("redacted-") for row in waits), waits
    names = [row.get("name") for row in report["io"]["targets"] if row["kind"] == "pipe"]
    assert any(name and "redacted-" in name for name in names), names


def test_no_two_recordings_hash_alike(record):
    """Whoever has one cannot tell what is in another."""
    commands = [tuple(record(["true", "x"], "--redact").report["command"]) for _ in range(2)]
    assert not set(commands[0]) & set(commands[1])


def test_redacted_python(record, tmp_path):
    """Its files are paths, too; its functions are named."""
    script = tmp_path / "ruby_script.py"
    script.write_text("import time\ndef slow():\n    time.sleep(0.01)\nfor _ in range(20): slow()\n",
                      encoding="utf-8")
    result = record(["/usr/bin/python3", script], "--redact")
    assert result.code == 0, result.stderr
    assert found(result.trace, "ruby_script") == set()
    assert "ruby_script" not in result.json_path.read_text(encoding="utf-8")


def test_redacted_addresses(record):
    """Peers on the network are hashes of addresses; loopback is loopback."""
    script = ("import socket, threading, time\n"
              "s = socket.create_server(('127.0.0.1', 0))\n"
              "def serve():\n"
              "    c, _ = s.accept(); time.sleep(0.05); c.sendall(b'x'); c.close()\n"
              "threading.Thread(target=serve).start()\n"
              "c = socket.create_connection(s.getsockname()); c.recv(1)\n")
    result = record(["/usr/bin/python3", "-c", script], "--redact")
    assert result.code == 0, result.stderr
    assert "127.0.0.1" in result.json_path.read_text(encoding="utf-8")
