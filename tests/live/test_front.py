# SPDX-License-Identifier: GPL-2.0-only
"""The command line as a person meets it: terminal, interrupts, files, help, man pages, completion."""

import fcntl
import json
import os
import pty
import re
import shutil
import signal
import subprocess
import termios
import time

import pytest
from conftest import LIMIT, ROOT, assert_one_error, run

COMMANDS = ("record", "report", "timeline", "export", "view", "compare", "whatif", "workload",
            "doctor")


def on_terminal(command, cwd):
    """Starts a command as a terminal's foreground job. Returns it and the terminal's other end."""
    ours, theirs = pty.openpty()

    def take_terminal():
        os.setsid()
        fcntl.ioctl(0, termios.TIOCSCTTY, 0)

    child = subprocess.Popen([str(word) for word in command], stdin=theirs, stdout=theirs,
                             stderr=theirs, cwd=cwd, preexec_fn=take_terminal, close_fds=True)
    os.close(theirs)
    return child, ours


def read_until(terminal, word):
    """What comes from the terminal, up to `word`, or to the end if there is no word."""
    text = b""
    while not word or word not in text:
        try:
            piece = os.read(terminal, 4096)
        except OSError:  # the last one who had it open has gone
            break
        if not piece:
            break
        text += piece
    return text


def test_interrupt_from_the_terminal_comes_once(conctrace, tmp_path):
    """The terminal tells the whole group: the workload must not be told again by us."""
    script = "n=0; trap 'n=$((n+1))' INT; echo ready; " \
        "i=0; while [ $i -lt 40 ]; do sleep 0.02; i=$((i+1)); done; echo got $n; exit 4"
    child, terminal = on_terminal([conctrace, "-q", "--", "bash", "-c", script], tmp_path)
    read_until(terminal, b"ready")
    os.write(terminal, b"\x03")
    text = read_until(terminal, None)
    assert child.wait(LIMIT) == 4
    assert b"got 1" in text
    os.close(terminal)


def start(conctrace, tmp_path, script, *options):
    child = subprocess.Popen([conctrace, "record", "-o", tmp_path / "t", *options, "--", "sh", "-c",
                              script], text=True, stdin=subprocess.DEVNULL,
                             stdout=subprocess.PIPE, stderr=subprocess.PIPE)
    assert child.stdout.readline() == "ready\n"
    return child


def test_third_interrupt_gives_up(conctrace, tmp_path):
    """A workload that nothing can stop is left running, and the shell gets its prompt back."""
    mark = tmp_path / "mark"
    child = start(conctrace, tmp_path, "trap '' INT; echo ready; exec >/dev/null 2>&1; "
                  f"sleep 1; sleep 1; echo done >{mark}", "-q")
    for _ in range(3):
        time.sleep(0.15)
        child.send_signal(signal.SIGINT)
    child.communicate(timeout=LIMIT)
    assert child.returncode == 128 + signal.SIGINT
    assert not mark.exists()
    for _ in range(500):
        if mark.exists():
            break
        time.sleep(0.02)
    assert mark.exists()
    done = run([conctrace, "export", tmp_path / "t", "--json", "-"])
    assert json.loads(done.stdout)["ended"] == "interrupt"


def test_interrupt_ends_what_has_no_command(conctrace, tmp_path):
    with subprocess.Popen(["sleep", "30"]) as sleeper:
        words = [conctrace, "record", "-q", "-o", tmp_path / "t", "-p", str(sleeper.pid)]
        with subprocess.Popen(words) as child:
            while not (tmp_path / "t").exists():
                time.sleep(0.01)
            child.send_signal(signal.SIGINT)
            assert child.wait(LIMIT) == 0
        assert sleeper.poll() is None
        sleeper.kill()


def test_tasks_left_behind_are_named(conctrace, tmp_path):
    """Who waits for a prompt is told why it does not come, and how to get it."""
    done = run([conctrace, "--", "sh", "-c", "sleep 1.5 >/dev/null 2>&1 & exit 6"], cwd=tmp_path)
    assert done.returncode == 6
    assert "1 of its tasks live on" in done.stderr and "--no-wait" in done.stderr


def test_symlink_is_replaced_not_followed(conctrace, tmp_path):
    (tmp_path / "precious").write_text("precious", encoding="utf-8")
    for name in ("t", "j"):
        (tmp_path / name).symlink_to("precious")
    done = run([conctrace, "-q", "-o", "t", "--json", "j", "--", "true"], cwd=tmp_path)
    assert done.returncode == 0, done.stderr
    assert (tmp_path / "precious").read_text(encoding="utf-8") == "precious"
    assert not (tmp_path / "t").is_symlink() and (tmp_path / "t.old").is_symlink()
    assert json.loads((tmp_path / "j").read_text(encoding="utf-8"))["schema"]


def test_modes_are_private(conctrace, tmp_path):
    """Whatever the umask: what a trace tells is its owner's to tell."""
    script = f"umask 002; exec '{conctrace}' -q -o t --json j -- true"
    assert run(["sh", "-c", script], cwd=tmp_path).returncode == 0
    assert [oct((tmp_path / name).stat().st_mode & 0o777) for name in "tj"] == ["0o600"] * 2


def test_trace_to_standard_output(conctrace, tmp_path):
    done = run([conctrace, "record", "-o", "-", "--", "sleep", "0.05"], cwd=tmp_path, text=False)
    assert done.returncode == 0, done.stderr
    (tmp_path / "t").write_bytes(done.stdout)
    assert run([conctrace, "report", tmp_path / "t"]).returncode == 0
    assert os.listdir(tmp_path) == ["t"]


def test_trace_not_kept(conctrace, tmp_path):
    done = run([conctrace, "-o", "/dev/null", "--", "sh", "-c", "exit 5"], cwd=tmp_path)
    assert done.returncode == 5, done.stderr
    assert "events" in done.stderr
    assert os.listdir(tmp_path) == []


@pytest.mark.parametrize("words", [
    ["-o", "x", "--json", "x", "--", "true"],
    ["--json", "x", "--perfetto", "x", "--", "true"],
    ["-o", "-", "--json", "x", "--", "true"],
    ["--buffer", "2G", "--", "true"],
    ["--no-wait", "-a"],
    ["--as-root", "-p", "1"],
], ids=" ".join)
def test_options_that_do_not_go_together(conctrace, tmp_path, words):
    assert_one_error(run([conctrace, "record", *words], cwd=tmp_path))
    assert os.listdir(tmp_path) == []


@pytest.mark.parametrize("words,meant", [
    (["reprot"], "'report'"),
    (["record", "--perfeto", "x", "--", "true"], "'--perfetto'"),
    (["--quite", "--", "true"], "'--quiet'"),
    (["workload", "convoi"], "'convoy'"),
    (["help", "exprot"], "'export'"),
    (["./conctrace.data"], "conctrace -- ./conctrace.data"),
], ids=lambda value: " ".join(value) if isinstance(value, list) else value)
def test_did_you_mean(conctrace, tmp_path, words, meant):
    assert meant in assert_one_error(run([conctrace, *words], cwd=tmp_path))


def test_exec_failure_keeps_older_recordings(conctrace, tmp_path):
    for name in ("conctrace.data", "conctrace.data.old"):
        (tmp_path / name).write_text(name, encoding="utf-8")
    assert run([conctrace, "--", "./missing"], cwd=tmp_path).returncode == 127
    assert sorted(os.listdir(tmp_path)) == ["conctrace.data", "conctrace.data.old"]
    assert (tmp_path / "conctrace.data.old").read_text(encoding="utf-8") == "conctrace.data.old"


def test_failed_export_fails_the_run(conctrace, tmp_path):
    """Asked for a file and got none: that is no success, but never hides the workload's failure."""
    for script, code in (("exit 0", 125), ("exit 3", 3)):
        done = run([conctrace, "-q", "--json", "/dev/full", "--", "sh", "-c", script], cwd=tmp_path)
        assert done.returncode == code
        assert "/dev/full" in done.stderr


def test_capabilities_instead_of_root(conctrace, tmp_path):
    """Neither sudo nor root: two capabilities on the file, and the workload gets none of them."""
    folder = tmp_path / "open"
    folder.mkdir()
    for path in (folder, *tmp_path.parents):
        if str(path).startswith("/tmp/") and path.stat().st_uid == os.geteuid():
            path.chmod(path.stat().st_mode | 0o055 | (0o777 if path == folder else 0))
    tmp_path.chmod(0o755)
    binary = shutil.copy(conctrace, folder)
    os.chmod(binary, 0o755)
    if run(["setcap", "cap_bpf,cap_perfmon+ep", binary]).returncode:
        pytest.skip("setcap does not work here")
    done = run(["setpriv", "--reuid=65534", "--regid=65534", "--clear-groups", binary, "-q", "-o",
                folder / "t", "--", "grep", "CapEff", "/proc/self/status"])
    assert done.returncode == 0, done.stderr
    assert done.stdout.split() == ["CapEff:", "0" * 16]
    assert (folder / "t").stat().st_uid == 65534


def options_of(conctrace, command):
    done = run([conctrace, command, "--help"])
    assert done.returncode == 0 and done.stderr == ""
    return set(re.findall(r"^ .*?--([a-z-]+)", done.stdout.split("options:")[1], re.M))


@pytest.mark.parametrize("command", COMMANDS)
def test_man_page_has_every_option(conctrace, command):
    path = os.path.join(ROOT, "docs", "man", f"conctrace-{command}.1")
    with open(path, encoding="utf-8") as text:
        documented = set(re.findall(r"Fl \\&-([a-z-]+)", text.read()))
    assert options_of(conctrace, command) - documented - {"help"} == set()


def complete(conctrace, line):
    """What bash would offer for the last word of a line that begins with the program."""
    words = [str(conctrace), *line]
    script = f"source '{ROOT}/completion/conctrace.bash'; COMP_WORDS=(\"$@\"); " \
        "COMP_CWORD=$(($# - 1)); _conctrace \"$1\" \"${@: -1}\" \"${@: -2:1}\"; " \
        "printf '%s\\n' \"${COMPREPLY[@]}\""
    done = run(["bash", "-c", script, "bash", *words])
    return set(done.stdout.split())


def test_completion_knows_commands_and_options(conctrace):
    assert set(COMMANDS) | {"help", "version"} == complete(conctrace, [""])
    assert complete(conctrace, ["re"]) == {"record", "report"}
    for command in COMMANDS:
        offered = {word[2:] for word in complete(conctrace, [command, "--"])}
        assert offered == options_of(conctrace, command)
    assert "convoy" in complete(conctrace, ["workload", "con"])


def test_completion_of_arguments(conctrace, tmp_path, monkeypatch):
    (tmp_path / "trace-file").touch()
    monkeypatch.chdir(tmp_path)
    assert complete(conctrace, ["report", "tra"]) == {"trace-file"}
    assert complete(conctrace, ["record", "-o", "tra"]) == {"trace-file"}
    assert complete(conctrace, ["--json", "tra"]) == {"trace-file"}
    assert complete(conctrace, ["record", "-d", "tra"]) == set()
    assert str(os.getpid()) in complete(conctrace, ["record", "-p", str(os.getpid())])
    assert "printenv" in complete(conctrace, ["--", "printen"])
    assert "printenv" in complete(conctrace, ["compare", "--", "true", "--", "printen"])
    assert complete(conctrace, ["compare", "--keep", "tra"]) == {"trace-file"}
    assert complete(conctrace, ["workload", "--compare", ""]) == {"cpu", "io", "sleep"}


def test_doctor_agrees_with_recording(conctrace):
    done = run([conctrace, "doctor"])
    assert done.returncode == 0, done.stdout
    assert "MISSING" not in done.stdout and "Recording works." in done.stdout


def python_row(conctrace, path):
    done = run([conctrace, "doctor"], env={**os.environ, "PATH": str(path)})
    row, = [line.split(maxsplit=2) for line in done.stdout.splitlines() if " Python " in line]
    return row[0], row[2].strip()


def test_doctor_tells_of_python(conctrace, tmp_path):
    python = os.path.realpath("/usr/bin/python3")
    asked = run([python, "-c", "import sys; print(*sys.version_info[:3], sep='.')"])
    word, text = python_row(conctrace, "/usr/bin")
    assert text.startswith(f"{python}: {asked.stdout.strip()}")
    assert word == ("ok" if asked.stdout.startswith(("3.11", "3.12", "3.13")) else "note")
    assert python_row(conctrace, tmp_path) == ("note", "no python3 on the PATH")
    script = tmp_path / "python3"
    script.write_text("#!/bin/sh\n", encoding="utf-8")
    script.chmod(0o755)
    word, text = python_row(conctrace, tmp_path)
    assert (word, text.split(":")[0]) == ("note", str(script))
