# SPDX-License-Identifier: GPL-2.0-only
"""The workload does not notice that it is recorded: input, output, exit, signals, environment."""

import json
import os
import signal
import subprocess
import time

import pytest
from conftest import LIMIT, assert_partitions, assert_sound, run


@pytest.mark.parametrize("script,code,signo", [
    ("exit 0", 0, None), ("exit 3", 3, None), ("exit 125", 125, None), ("exit 255", 255, None),
    ("kill -KILL $$", 137, 9), ("kill -TERM $$", 143, 15), ("kill -SEGV $$", 139, 11),
])
def test_exit(record, script, code, signo):
    result = record(["sh", "-c", script])
    assert result.code == code, result.stderr
    report = result.report
    assert_sound(report)
    exit_ = report["exit"]
    assert (exit_.get("signal") or None) == signo
    if signo is None:
        assert exit_["code"] == code


def test_streams(record):
    data = bytes(range(256)) * 4096
    result = record(["sh", "-c", "cat; echo to-stderr >&2"], "-q", input=data, text=False)
    assert result.code == 0
    assert result.stdout == data
    assert b"to-stderr\n" in result.stderr


def test_quiet_says_nothing(record):
    result = record(["true"], "-q")
    assert (result.code, result.stdout, result.stderr) == (0, "", "")


def test_report_goes_to_stderr_only(record):
    result = record(["echo", "hello"])
    assert result.stdout == "hello\n"
    assert "echo" in result.stderr


def test_closed_streams(conctrace, tmp_path):
    """Standard streams that are closed stay closed, and none of our files lands in their place."""
    command = f'"{conctrace}" record -q -o "{tmp_path}/f" -- sh -c ' \
        "'for n in 0 1 2; do [ -e /proc/self/fd/$n ] && touch \"$0.$n\"; done; exit 5'" \
        f' "{tmp_path}/open" <&- >&- 2>&-'
    done = run(["sh", "-c", command])
    assert done.returncode == 5
    assert not list(tmp_path.glob("open.[12]"))
    assert (tmp_path / "f").stat().st_size > 0


def test_arguments(record):
    words = ["a b", "", "*", "$HOME", "--json", "-o", "--", "\x01\x7f", "ä"]
    result = record(["printf", "<%s>\\n", *words], "-q")
    assert result.stdout == "".join(f"<{word}>\n" for word in words)
    assert result.report["command"][2:] == words


def test_cwd_and_environment(record, tmp_path):
    env = {**os.environ, "CT_TEST": "x y\nz"}
    result = record(["sh", "-c", 'pwd; printf "%s\\n" "$CT_TEST"; env | sort'], "-q",
                    cwd=tmp_path, env=env)
    bare = run(["sh", "-c", 'pwd; printf "%s\\n" "$CT_TEST"; env | sort'], cwd=tmp_path, env=env)
    assert result.stdout == bare.stdout


def test_inherits_what_the_shell_would_give(record):
    """Descriptors, signal mask, dispositions, limits, priority: as without conctrace."""
    script = "ls /proc/self/fd | wc -l; grep -E 'Sig(Blk|Ign|Cgt)|Cap|NoNewPrivs|Seccomp|Threads' " \
        "/proc/self/status; ulimit -a; nice; umask; cat /proc/self/oom_score_adj /proc/self/cgroup"
    assert record(["sh", "-c", script], "-q").stdout == run(["sh", "-c", script]).stdout


@pytest.mark.slow  # a sanitized conctrace is not small
def test_peak_memory_is_its_own(record):
    """What the kernel calls a program's peak begins with the fork: conctrace is small then."""
    program = ["/usr/bin/python3", "-c", """
import resource
kept = bytearray(8 << 20)
print(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024)"""]
    small = record(["/bin/true"], "-q").report["tasks"][0]["peak_memory_bytes"]
    bare = int(run(["sh", "-c", '"$@"; true', "sh", *program]).stdout)  # we are not small ourselves
    result = record(program, "-q")
    own, told = int(result.stdout), result.report["tasks"][0]["peak_memory_bytes"]
    assert own == pytest.approx(bare, rel=0.1)
    assert own <= told < 1.1 * own
    assert small < own - (8 << 20)


def test_ignored_signal_stays_ignored(conctrace, tmp_path):
    script = f"trap '' INT USR1; exec \"{conctrace}\" record -q -o \"{tmp_path}/t\" -- " \
        "sh -c 'kill -INT $$; kill -USR1 $$; echo alive'"
    done = run(["sh", "-c", script])
    assert (done.returncode, done.stdout) == (0, "alive\n"), done.stderr


def test_broken_pipe_reaches_the_workload(conctrace, tmp_path):
    script = f"\"{conctrace}\" record -q -o \"{tmp_path}/t\" -- yes | head -n 1"
    done = run(["bash", "-c", script + '; echo "${PIPESTATUS[0]}"'])
    assert done.stdout.split() == ["y", str(128 + signal.SIGPIPE)], done.stderr


def start(conctrace, tmp_path, script, *options):
    """Starts a recording and waits until the workload says that it is ready."""
    child = subprocess.Popen([conctrace, "record", "-o", tmp_path / "t", "--json", tmp_path / "j",
                              *options, "--", "sh", "-c", script], text=True,
                             stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                             stderr=subprocess.PIPE)
    assert child.stdout.readline() == "ready\n"
    return child


@pytest.mark.parametrize("signo", [signal.SIGINT, signal.SIGTERM, signal.SIGHUP])
def test_signal_is_passed_on(conctrace, tmp_path, signo):
    name = signo.name[3:]
    child = start(conctrace, tmp_path, f"trap 'exit 7' {name}; echo ready; "
                  "while :; do sleep 0.02; done")
    child.send_signal(signo)
    child.communicate(timeout=LIMIT)
    assert child.returncode == 7


def test_terminated(conctrace, tmp_path):
    child = start(conctrace, tmp_path, "echo ready; exec sleep 30")
    time.sleep(0.1)
    child.send_signal(signal.SIGTERM)
    child.communicate(timeout=LIMIT)
    assert child.returncode == 128 + signal.SIGTERM
    done = run([conctrace, "report", tmp_path / "t"])
    assert done.returncode == 0 and "sleep" in done.stdout + done.stderr


def test_second_interrupt_stops_recording(conctrace, tmp_path):
    """A workload that ignores the signal runs on; the recording ends and reports."""
    child = start(conctrace, tmp_path, "trap '' INT; echo ready; sleep 1; exit 9")
    for _ in range(2):
        time.sleep(0.1)
        child.send_signal(signal.SIGINT)
    child.communicate(timeout=LIMIT)

    report = json.loads((tmp_path / "j").read_text(encoding="utf-8"))
    assert_partitions(report)
    assert report["ended"] == "interrupt"
    assert report["wall_ns"] < 900_000_000
    assert child.returncode == 9


def test_killed_recorder_leaves_the_workload_alone(conctrace, tmp_path):
    child = start(conctrace, tmp_path, f"echo ready; sleep 0.6; echo done >{tmp_path}/mark")
    time.sleep(0.3)
    child.kill()
    child.communicate(timeout=LIMIT)
    for _ in range(200):
        if (tmp_path / "mark").exists():
            break
        time.sleep(0.02)
    assert (tmp_path / "mark").exists()


def test_default_file_keeps_the_older_one(conctrace, tmp_path):
    for word in ("first", "second"):
        done = run([conctrace, "-q", "--", "echo", word], cwd=tmp_path)
        assert (done.returncode, done.stdout) == (0, word + "\n"), done.stderr
    assert sorted(os.listdir(tmp_path)) == ["conctrace.data", "conctrace.data.old"]
    for name, word in (("conctrace.data", "second"), ("conctrace.data.old", "first")):
        done = run([conctrace, "report", name], cwd=tmp_path)
        assert word in done.stdout + done.stderr


def test_as_the_invoking_user(conctrace, tmp_path):
    """Under sudo the workload is the person who typed the command, unless --as-root."""
    env = {**os.environ, "SUDO_UID": "65534", "SUDO_GID": "65534", "SUDO_USER": "nobody",
           "SUDO_COMMAND": "conctrace"}
    words = [conctrace, "record", "-q", "-o", tmp_path / "t"]
    done = run([*words, "--", "id", "-u"], env=env)
    assert (done.returncode, done.stdout) == (0, "65534\n"), done.stderr
    done = run([*words, "--as-root", "--", "id", "-u"], env=env)
    assert (done.returncode, done.stdout) == (0, "0\n"), done.stderr
