# SPDX-License-Identifier: GPL-2.0-only
"""Wrong commands, files, disks and rights: one clear line, the right exit code, nothing broken."""

import contextlib
import json
import os
import random
import shutil
import struct
import subprocess
import tempfile

import pytest
from conftest import assert_one_error, assert_partitions, program, run

HEAD_VERSION = 8  # offset of the version in a trace file, after the magic
SANITIZER = ("AddressSanitizer", "LeakSanitizer", "runtime error:")


@pytest.mark.parametrize("words", [
    ["record"],
    ["record", "--"],
    ["record", "--no-such-option", "--", "true"],
    ["record", "-d", "x", "--", "true"],
    ["record", "-d", "-1", "--", "true"],
    ["record", "-o"],
    ["record", "-p", "0"],
    ["record", "-p", "1x"],
    ["record", "-p", "1", "--", "true"],
    ["record", "-a", "--", "true"],
    ["record", "-a", "-p", "1"],
    ["record", "-p", "4194304"],
    ["report", "a", "b"],
    ["report", "--no-such-option"],
    ["export"],
    ["no-such-command"],
], ids=" ".join)
def test_wrong_command_line(conctrace, tmp_path, words):
    assert_one_error(run([conctrace, *words], cwd=tmp_path))
    assert os.listdir(tmp_path) == []


@pytest.mark.parametrize("command,code", [
    ("no-such-command-anywhere", 127), ("./missing", 127), ("./data", 126), ("./folder", 126),
    ("./bad-elf", 126), ("./bad-interpreter", 127),
])
def test_command_that_cannot_run(conctrace, tmp_path, command, code):
    (tmp_path / "data").write_text("text", encoding="utf-8")
    (tmp_path / "folder").mkdir()
    (tmp_path / "bad-elf").write_bytes(b"\x7fELF" + b"\0" * 100)
    (tmp_path / "bad-interpreter").write_text("#!/no/such/interpreter\n", encoding="utf-8")
    for name in ("bad-elf", "bad-interpreter"):
        (tmp_path / name).chmod(0o755)
    before = sorted(os.listdir(tmp_path))
    message = assert_one_error(run([conctrace, "record", "--", command], cwd=tmp_path), code)
    assert os.path.basename(command) in message
    assert sorted(os.listdir(tmp_path)) == before


def test_no_privilege(conctrace):
    """An ordinary user is told what is missing and how to get it; the command does not run."""
    with tempfile.TemporaryDirectory() as folder:
        os.chmod(folder, 0o777)
        binary = shutil.copy(conctrace, os.path.join(folder, "conctrace"))
        os.chmod(binary, 0o755)
        done = run(["setpriv", "--reuid=65534", "--regid=65534", "--clear-groups", "--bounding-set",
                    "-all", binary, "record", "-o", f"{folder}/t", "--", "touch",
                    f"{folder}/mark"], cwd=folder)
        message = assert_one_error(done)
        assert any(word in message for word in ("root", "sudo", "CAP_BPF", "cap_bpf")), message
        assert os.listdir(folder) == ["conctrace"]


@pytest.fixture(scope="module")
def trace(conctrace, tmp_path_factory):
    """A small sound trace file, as bytes."""
    path = tmp_path_factory.mktemp("trace") / "sound"
    done = run([conctrace, "record", "-q", "-o", path, "--", program("pingpong"), "pipe", "300"])
    assert done.returncode == 0, done.stderr
    return path.read_bytes()


def judge(conctrace, path, data):
    """Reports on a file of these bytes: a report whose sums hold, or one line and 125."""
    path.write_bytes(data)
    done = run([conctrace, "export", path, "--json", "-"], timeout=20)
    assert done.returncode in (0, 125), (done.returncode, done.stderr)
    assert not any(word in done.stderr for word in SANITIZER), done.stderr
    if done.returncode:
        assert_one_error(done)
        assert done.stdout == ""
        return None
    report = json.loads(done.stdout)
    assert_partitions(report)
    return report


def test_truncated(conctrace, trace, tmp_path):
    size = len(trace)
    lengths = sorted({*range(0, 64, 7), *range(size - 64, size, 7),
                      *(size * part // 60 for part in range(1, 60))})
    path = tmp_path / "short"
    whole = judge(conctrace, path, trace)
    assert whole and not whole["truncated"]
    wrong = []
    for length in lengths:
        try:
            report = judge(conctrace, path, trace[:length])
            if report and not report["truncated"]:
                # Only the index may be missing: it can be made again from the rest.
                report["events"]["bytes"] = size
                if report != whole:
                    wrong.append(f"{length} of {size} bytes: passes for a whole file")
        except (AssertionError, subprocess.TimeoutExpired, ValueError) as problem:
            wrong.append(f"{length} of {size} bytes: {str(problem)[:600]}")
    assert wrong == []


def test_corrupted(conctrace, trace, tmp_path):
    chance = random.Random(7)
    offsets = [*range(0, 96, 5), *(chance.randrange(len(trace)) for _ in range(60)),
               *range(len(trace) - 80, len(trace), 9)]
    path = tmp_path / "damaged"
    wrong = []
    for offset in offsets:
        data = bytearray(trace)
        data[offset] ^= chance.randrange(1, 256)
        try:
            judge(conctrace, path, bytes(data))
        except (AssertionError, subprocess.TimeoutExpired, ValueError) as problem:
            wrong.append(f"byte {offset}: {str(problem)[:600]}")
    assert wrong == []


def test_shuffled(conctrace, trace, tmp_path):
    """Pieces that are missing, doubled, or filled with noise."""
    chance = random.Random(11)
    path = tmp_path / "shuffled"
    wrong = []
    for number in range(30):
        first, last = sorted(chance.randrange(len(trace)) for _ in range(2))
        data = [trace[:first] + trace[last:], trace[:last] + trace[first:],
                trace[:first] + chance.randbytes(last - first) + trace[last:]][number % 3]
        try:
            judge(conctrace, path, data)
        except (AssertionError, subprocess.TimeoutExpired, ValueError) as problem:
            wrong.append(f"{number}: {first}..{last}: {str(problem)[:600]}")
    assert wrong == []


@pytest.mark.parametrize("name,data", [
    ("empty", b""), ("text", b"hello, world\n" * 100), ("zeros", b"\0" * 100000),
    ("elf", b"\x7fELF" + bytes(range(256)) * 10), ("perf", b"PERFILE2" + b"\0" * 1000),
    ("json", b'{"schema": "conctrace.report/1"}'),
], ids=lambda value: value if isinstance(value, str) else "")
def test_another_kind_of_file(conctrace, tmp_path, name, data):
    path = tmp_path / name
    path.write_bytes(data)
    for command in ("report", "export"):
        words = [conctrace, command, path, "--json", tmp_path / "out.json"]
        message = assert_one_error(run(words))
        assert name in message
    assert not (tmp_path / "out.json").exists()


def test_no_file(conctrace, tmp_path):
    assert "missing" in assert_one_error(run([conctrace, "report", tmp_path / "missing"]))
    assert "conctrace.data" in assert_one_error(run([conctrace, "report"], cwd=tmp_path))
    assert_one_error(run([conctrace, "report", tmp_path]))


def test_newer_version(conctrace, trace, tmp_path):
    data = bytearray(trace)
    [version] = struct.unpack_from("<I", data, HEAD_VERSION)
    assert 1 <= version < 1000
    struct.pack_into("<I", data, HEAD_VERSION, version + 1)
    path = tmp_path / "newer"
    path.write_bytes(data)
    message = assert_one_error(run([conctrace, "report", path]))
    assert "newer" in message or "version" in message


@pytest.mark.parametrize("where", ["/proc/conctrace-test", "/no/such/folder/t", "folder"])
def test_output_cannot_be_written(conctrace, tmp_path, where):
    """Said before the workload starts."""
    (tmp_path / "folder").mkdir()
    done = run([conctrace, "record", "-o", where, "--", "touch", "mark"], cwd=tmp_path)
    assert os.path.basename(where) in assert_one_error(done)
    assert os.listdir(tmp_path) == ["folder"]


def test_export_cannot_be_written(conctrace, tmp_path):
    done = run([conctrace, "record", "-o", "t", "--json", "/no/such/folder/j", "--", "touch",
                "mark"], cwd=tmp_path)
    assert_one_error(done)
    assert os.listdir(tmp_path) == []


@contextlib.contextmanager
def small_disk(folder, size):
    folder.mkdir()
    subprocess.run(["mount", "-t", "tmpfs", "-o", f"size={size}", "none", folder], check=True)
    try:
        yield folder
    finally:
        subprocess.run(["umount", folder], check=True)


@pytest.mark.slow
def test_disk_full_while_recording(conctrace, tmp_path):
    with small_disk(tmp_path / "disk", "1m") as disk:
        done = run([conctrace, "record", "-o", disk / "t", "--", "sh", "-c",
                    f'"{program("pingpong")}" pipe 400000 && echo "done"; exit 6'])
        assert (done.returncode, done.stdout) == (6, "done\n"), done.stderr
        assert not any(word in done.stderr for word in SANITIZER), done.stderr
        assert "No space left" in done.stderr or "disk" in done.stderr, done.stderr
        again = run([conctrace, "export", disk / "t", "--json", "-"])
        assert again.returncode == 0, again.stderr
        report = json.loads(again.stdout)
        assert_partitions(report)
        assert report["truncated"] or report["ended"] == "disk"
        assert report["wall_ns"] > 0 and report["tasks"]


@pytest.mark.parametrize("option", ["--json", "--perfetto"])
def test_disk_full_for_an_export(conctrace, trace, tmp_path, option):
    """No half-written file under its final name, and none under another one."""
    source = tmp_path / "t"
    source.write_bytes(trace)
    with small_disk(tmp_path / "disk", "16k") as disk:
        (disk / "filler").write_bytes(b"x" * 16384)
        target = disk / "out"
        done = run([conctrace, "export", source, option, target])
        assert_one_error(done)
        assert os.listdir(disk) == ["filler"]


@pytest.mark.parametrize("option", ["--json", "--perfetto"])
def test_full_device(conctrace, trace, tmp_path, option):
    source = tmp_path / "t"
    source.write_bytes(trace)
    assert_one_error(run([conctrace, "export", source, option, "/dev/full"]))
