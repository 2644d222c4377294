# SPDX-License-Identifier: GPL-2.0-only
"""What conctrace may do at each step, whose its files are, and what others can make it do."""

import errno
import json
import os
import pathlib
import re
import shutil
import stat
import struct
import subprocess
import tempfile
import time

import pytest
from conftest import BUILD, CONCTRACE, LIMIT, assert_one_error, program, run
from remains import children

NOBODY = 65534
SUDO = {"SUDO_UID": str(NOBODY), "SUDO_GID": str(NOBODY), "SUDO_USER": "nobody"}
SANITIZED = "ASAN_OPTIONS" in os.environ

# Numbers of linux/capability.h.
DAC_OVERRIDE, DAC_READ_SEARCH, KILL, SYS_PTRACE, SYS_ADMIN = 1, 2, 5, 19, 21
PERFMON, BPF, CHECKPOINT_RESTORE = 38, 39, 40


def status(path):
    """Fields of a /proc/PID/status; {} if there is none any more."""
    try:
        with open(path, encoding="utf-8", errors="replace") as text:
            return {key: value.strip() for key, _, value in
                    (line.partition(":") for line in text)}
    except (FileNotFoundError, ProcessLookupError):
        return {}


def caps(fields, name="CapEff"):
    """The set of numbers."""
    mask = int(fields[name], 16)
    return {n for n in range(64) if mask >> n & 1}


def of_threads(pid):
    try:
        names = os.listdir(f"/proc/{pid}/task")
    except (FileNotFoundError, ProcessLookupError):
        return []
    return [s for s in (status(f"/proc/{pid}/task/{tid}/status") for tid in names) if "CapEff" in s]


def watch(words, **options):
    """All that was seen of the threads of a process that has given up its privileges."""
    seen, wall = [], ("NoNewPrivs", "1") if SANITIZED else ("Seccomp", "2")
    with subprocess.Popen([str(w) for w in words], stdin=subprocess.DEVNULL,
                          stdout=subprocess.PIPE, stderr=subprocess.PIPE, **options) as child:
        while child.poll() is None and len(seen) < 200:
            threads = of_threads(child.pid)
            # Once the last wall stands, it stands around all.
            if seen or any(t[wall[0]] == wall[1] for t in threads):
                seen += threads
            time.sleep(0.002)
        _, said = child.communicate(timeout=LIMIT)
        assert child.returncode == 0, said
    return seen


@pytest.fixture(scope="module")
def public():
    """A directory that everybody may enter: pytest's own are for root alone."""
    with tempfile.TemporaryDirectory(prefix="ct-privilege-") as folder:
        os.chmod(folder, 0o755)
        yield pathlib.Path(folder)


@pytest.fixture(scope="module")
def big(public):
    trace = public / "trace"
    made = run([os.path.join(BUILD, "tests", "gen_trace"), trace, "300000", "4", "16"])
    assert made.returncode == 0, made.stderr
    trace.chmod(0o644)
    return trace


@pytest.fixture(scope="module")
def binary(public):
    """A copy that everybody may run."""
    path = public / "conctrace"
    shutil.copy(CONCTRACE, path)
    path.chmod(0o755)
    return path


@pytest.fixture
def theirs(public):
    """A directory of another user."""
    with tempfile.TemporaryDirectory(dir=public) as folder:
        os.chown(folder, NOBODY, NOBODY)
        yield pathlib.Path(folder)


def drop_to(uid):
    def drop():
        os.setgroups([])
        os.setresgid(uid, uid, uid)
        os.setresuid(uid, uid, uid)
    return drop


@pytest.mark.parametrize("who", ["root", "sudo", "user"])
@pytest.mark.parametrize("what", ["report", "export", "timeline"])
def test_analysis_has_no_privileges(binary, big, theirs, who, what):
    words = {"report": ["report", big], "timeline": ["timeline", big],
             "export": ["export", big, "--json", theirs / "j", "--csv", theirs / "csv"]}[what]
    env = {**os.environ, **(SUDO if who == "sudo" else {})}
    seen = watch([binary, *words], env=env, preexec_fn=drop_to(NOBODY) if who == "user" else None)
    assert seen
    assert all(t["NoNewPrivs"] == "1" and t["Seccomp"] == ("0" if SANITIZED else "2") for t in seen)
    # Root without sudo reads what others' programs were made of, and can do nothing else.
    may = {DAC_READ_SEARCH} if who == "root" else set()
    assert all(caps(t) <= may and caps(t, "CapPrm") <= may for t in seen)
    uid = 0 if who == "root" else NOBODY
    assert {t["Uid"].split()[0] for t in seen} == {str(uid)}
    if what == "export":
        assert json.loads((theirs / "j").read_text(encoding="utf-8"))["schema"]
        paths = [theirs / "j", theirs / "csv", *(theirs / "csv").iterdir()]
        assert {p.stat().st_uid for p in paths} == {uid}
        assert sorted(os.listdir(theirs)) == ["csv", "j"]


@pytest.mark.parametrize("who", ["root", "sudo"])
@pytest.mark.parametrize("what", ["record", "compare", "workload", "view"])
def test_own_recordings_are_read_without_privileges(binary, big, theirs, who, what):
    """Where more is to be done afterwards, a process of its own reads them."""
    busy = [program("forkmany"), "300"]
    words = {"record": ["record", "-o", theirs / "t", "--", *busy],
             "compare": ["compare", "-n", "1", "--", *busy, "--", *busy],
             "workload": ["workload", "--compare", "sleep"],
             "view": ["view", "--no-browser", big]}[what]
    command = CONCTRACE if what == "workload" else binary  # has its programs beside it
    env = {**os.environ, **(SUDO if who == "sudo" else {}), "TMPDIR": str(theirs)}
    wall = ("NoNewPrivs", "1") if SANITIZED else ("Seccomp", "2")
    seen = []
    with subprocess.Popen([str(w) for w in (command, *words)], stdin=subprocess.DEVNULL, env=env,
                          stdout=subprocess.DEVNULL, stderr=subprocess.PIPE) as child:
        while child.poll() is None:
            for pid in children(child.pid):
                threads = of_threads(pid)
                if any(t[wall[0]] == wall[1] for t in threads):
                    seen += threads
        said = child.stderr.read()
    assert child.returncode == 0, said
    assert seen
    assert all(t["NoNewPrivs"] == "1" and t["Seccomp"] == ("0" if SANITIZED else "2") for t in seen)
    may = {DAC_READ_SEARCH} if who == "root" else set()
    assert all(caps(t) <= may and caps(t, "CapPrm") <= may for t in seen)
    assert {t["Uid"].split()[0] for t in seen} == {str(0 if who == "root" else NOBODY)}
    assert sorted(path.suffix for path in theirs.iterdir()) == {"view": [".html"]}.get(
        what, [""] if what == "record" else [])


def test_killed_export_leaves_nothing(conctrace, big, tmp_path):
    """Who gives files their names also takes away what gets none."""
    child = subprocess.Popen([conctrace, "export", big, "--html", tmp_path / "h", "--csv",
                              tmp_path / "c"], stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                             stderr=subprocess.STDOUT)
    for _ in range(2000):
        if any(t["NoNewPrivs"] == "1" for t in of_threads(child.pid)):
            break
        time.sleep(0.001)
    assert os.listdir(tmp_path)
    child.kill()
    child.communicate(timeout=LIMIT)  # until the helper's end, too: it has our output until then
    for _ in range(500):
        if not os.listdir(tmp_path):
            break
        time.sleep(0.01)
    assert os.listdir(tmp_path) == []


def test_recording_has_few_capabilities(conctrace, tmp_path):
    """Loading probes is over when the command runs; so are the rights to do so."""
    with subprocess.Popen([conctrace, "-q", "-o", tmp_path / "t", "--", "sh", "-c",
                           "echo ready; read line"], stdin=subprocess.PIPE,
                          stdout=subprocess.PIPE) as child:
        assert child.stdout.readline() == b"ready\n"
        for _ in range(500):
            ours = of_threads(child.pid)
            main = status(f"/proc/{child.pid}/status")
            if BPF not in caps(main):
                break
            time.sleep(0.01)
        child.communicate(b"\n", timeout=LIMIT)
    assert caps(main) == {DAC_READ_SEARCH, KILL, SYS_PTRACE, CHECKPOINT_RESTORE}
    assert SYS_ADMIN not in caps(main, "CapPrm")
    assert main["NoNewPrivs"] == "0" and main["Seccomp"] == "0"
    # The thread that compresses needs nothing.
    others = [t for t in ours if t["Pid"] != main["Pid"]]
    assert all(not caps(t, "CapPrm") for t in others)


def test_file_capabilities(binary, theirs):
    """With capabilities on the binary no sudo is needed, and the command gets none of them."""
    mask = 1 << PERFMON | 1 << BPF
    # struct vfs_ns_cap_data of linux/capability.h, version 2, with the effective flag.
    value = struct.pack("<5I", 0x02000001, mask & 0xffffffff, 0, mask >> 32, 0)
    try:
        os.setxattr(binary, "security.capability", value)
    except OSError as error:
        pytest.skip(f"no file capabilities here: {errno.errorcode[error.errno]}")
    script = "grep -E 'Cap|NoNewPrivs|Seccomp:|Uid' /proc/self/status"
    words = ["sh", "-c", script]
    try:
        done = run([binary, "-q", "-o", theirs / "t", "--json", theirs / "j", "--", *words],
                   preexec_fn=drop_to(NOBODY))
    finally:
        os.removexattr(binary, "security.capability")
    if SANITIZED and done.returncode == 99:
        pytest.skip("a sanitizer that does not run with file capabilities")
    bare = run(words, preexec_fn=drop_to(NOBODY))
    assert (done.returncode, done.stdout) == (0, bare.stdout), done.stderr
    assert "CapPrm:\t0000000000000000" in done.stdout
    for name in "tj":
        made = (theirs / name).stat()
        assert (made.st_uid, stat.S_IMODE(made.st_mode)) == (NOBODY, 0o600)


def test_capabilities_that_were_meant_for_the_command(conctrace, tmp_path):
    """Inheritable and ambient sets are the user's: they reach it as without us."""
    words = ["setpriv", "--inh-caps", "+net_raw", "--ambient-caps", "+net_raw"]
    script = ["sh", "-c", "grep Cap /proc/self/status"]
    bare = run([*words, *script])
    if bare.returncode:
        pytest.skip("setpriv does not do that here")
    done = run([*words, conctrace, "-q", "-o", tmp_path / "t", "--", *script])
    assert (done.returncode, done.stdout) == (0, bare.stdout), done.stderr


# --- files ---

def test_files_are_the_invoking_users(conctrace, theirs):
    """Also in a directory that only this user may write to."""
    for _ in range(2):
        done = run([conctrace, "-q", "-o", "t", "--json", "j", "--html", "h", "--csv", "c", "--",
                    "true"], cwd=theirs, env={**os.environ, **SUDO})
        assert done.returncode == 0, done.stderr
    assert sorted(os.listdir(theirs)) == ["c", "h", "j", "t", "t.old"]
    for path in [*theirs.iterdir(), *(theirs / "c").iterdir()]:
        made = path.stat()
        assert (made.st_uid, made.st_gid) == (NOBODY, NOBODY), path
        assert stat.S_IMODE(made.st_mode) == (0o700 if path.name == "c" else 0o600), path


@pytest.fixture
def shared(tmp_path):
    """A directory as /tmp, with precious files beside it."""
    path = tmp_path / "shared"
    path.mkdir()
    path.chmod(0o1777)
    (tmp_path / "precious").write_text("precious", encoding="utf-8")
    (tmp_path / "folder").mkdir()
    return path


def plant(path, kind, uid=NOBODY):
    """What somebody else put there for us to find."""
    if kind == "link":
        path.symlink_to("../precious")
    elif kind == "device":
        path.symlink_to("/dev/null")
    elif kind == "pipe":
        os.mkfifo(path)
        path.chmod(0o666)
    elif kind == "folder":
        path.symlink_to("../folder")
    else:
        path.write_text("theirs", encoding="utf-8")
    os.chown(path, uid, uid, follow_symlinks=False)


def snapshot(folder):
    return {str(p.relative_to(folder)): (os.lstat(p).st_ino, os.lstat(p).st_size)
            for p in folder.rglob("*")}


@pytest.mark.parametrize("kind", ["link", "device", "pipe", "file"])
@pytest.mark.parametrize("option", ["-o", "--json", "--csv"])
def test_traps_in_shared_directories(conctrace, shared, tmp_path, kind, option):
    plant(shared / "t", kind)
    words = [conctrace, "-q", option, shared / "t"]
    if option != "-o":
        words += ["-o", tmp_path / "trace"]
    before = snapshot(tmp_path)
    line = assert_one_error(run([*words, "--", "true"], timeout=20))
    assert "somebody else's" in line
    assert snapshot(tmp_path) == before


def test_trap_on_the_way(conctrace, shared, tmp_path):
    plant(shared / "d", "folder")
    before = snapshot(tmp_path)
    assert "somebody else's" in assert_one_error(
        run([conctrace, "-q", "-o", shared / "d" / "t", "--", "true"]))
    assert snapshot(tmp_path) == before


def test_trap_for_the_old_file(conctrace, shared, tmp_path):
    """What we would rename ours to is somebody else's: theirs stays."""
    plant(shared / "t.old", "link")
    (shared / "t").write_text("ours", encoding="utf-8")
    done = run([conctrace, "-q", "-o", shared / "t", "--", "true"])
    assert done.returncode == 0, done.stderr
    assert (shared / "t.old").is_symlink()
    assert (tmp_path / "precious").read_text(encoding="utf-8") == "precious"
    assert (shared / "t").read_bytes()[1:6] == b"CTRAC"


def test_own_links_in_shared_directories(conctrace, shared, tmp_path):
    """Ours, and under sudo those of who called it, are replaced as anywhere else."""
    plant(shared / "t", "link", 0)
    plant(shared / "s", "link", NOBODY)
    for name, env in (("t", {}), ("s", SUDO)):
        done = run([conctrace, "-q", "-o", shared / name, "--", "true"], env={**os.environ, **env})
        assert done.returncode == 0, done.stderr
        assert not (shared / name).is_symlink()
    assert (tmp_path / "precious").read_text(encoding="utf-8") == "precious"


def test_doctor_tells_of_the_sandbox(conctrace):
    text = run([conctrace, "doctor"]).stdout
    assert re.search(r"sandbox +.*(seccomp|Landlock)", text), text
