# SPDX-License-Identifier: GPL-2.0-only
"""What goes wrong around a recording: no room, no memory, no time, odd programs, CPUs that go.

Each time the program ends as it will, what is lost is counted, and the report's sums are true.
"""

import contextlib
import json
import os
import resource
import shutil
import signal
import subprocess
import time

import pytest
from chains import NAP, complete_chain
from conftest import LIMIT, assert_one_error, assert_partitions, assert_sound, program, run
from remains import children

SANITIZER = ("AddressSanitizer", "LeakSanitizer", "runtime error:")
# What may be lost on a machine that is busy: names, not time.
SIDE = {"map", "stack", "file", "sample", "blob"}


def read_back(conctrace, trace):
    """The report on what there is in a file."""
    done = run([conctrace, "export", trace, "--json", "-"])
    assert done.returncode == 0, done.stderr
    assert not any(word in done.stderr for word in SANITIZER), done.stderr
    report = json.loads(done.stdout)
    assert_partitions(report)
    return report


class Recorder:
    """A recording whose command waits before its work; `go` lets it begin."""

    def __init__(self, conctrace, folder, command, *options, **how):
        self.trace, self.json = folder / "t", folder / "j"
        words = [conctrace, "record", "-q", "-o", self.trace, *options,
                 "--json", self.json, "--", "sh", "-c", f"echo ready; read line; {command}"]
        self.child = subprocess.Popen([str(word) for word in words], stdin=subprocess.PIPE,
                                      stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
                                      **how)
        assert self.child.stdout.readline() == "ready\n", self.child.communicate()[1]
        self.pid = self.child.pid

    def go(self):
        self.child.stdin.write("\n")
        self.child.stdin.flush()

    def end(self):
        """Waits for it. Returns exit code, output, messages."""
        out, err = self.child.communicate(timeout=LIMIT)
        assert not any(word in err for word in SANITIZER), err
        return self.child.returncode, out, err

    @property
    def report(self):
        report = json.loads(self.json.read_text(encoding="utf-8"))
        assert_partitions(report)
        return report


# --- no room ---

def test_file_size_limit(conctrace, tmp_path):
    """ulimit -f: told, and not died of; the signal that comes with it is still the command's."""
    limited = ["bash", "-c", 'ulimit -f 20; exec "$@"', "bash"]
    trace, report = tmp_path / "t", tmp_path / "j"
    words = [conctrace, "record", "-q", "-o", trace, "--"]
    done = run([*limited, *words, program("forkmany"), "500"])
    assert done.returncode == 0 and "File too large" in done.stderr, done.stderr
    read_back(conctrace, trace)
    done = run([*limited, *words, "sh", "-c", "kill -XFSZ $$"])
    assert done.returncode == 128 + signal.SIGXFSZ, done.stderr
    assert run([*words, program("forkmany"), "200"]).returncode == 0
    done = run([*limited, conctrace, "export", trace, "--json", report])
    assert "File too large" in assert_one_error(done)
    assert sorted(os.listdir(tmp_path)) == ["t", "t.old"]


@contextlib.contextmanager
def mounted(folder, *options):
    folder.mkdir()
    subprocess.run(["mount", "-t", "tmpfs", "-o", ",".join(options), "none", folder], check=True)
    try:
        yield folder
    finally:
        subprocess.run(["umount", folder], check=True)


def test_read_only(conctrace, tmp_path):
    """Said before the command runs."""
    with mounted(tmp_path / "disk", "size=1m", "ro") as disk:
        for words in (["-o", disk / "t"], ["-o", tmp_path / "t", "--json", disk / "j"],
                      ["-o", tmp_path / "t", "--csv", disk / "folder"]):
            done = run([conctrace, "record", *words, "--", "touch", tmp_path / "mark"])
            assert "Read-only" in assert_one_error(done)
    assert os.listdir(tmp_path) == ["disk"]


@pytest.mark.parametrize("pages", [1, 4])
def test_disk_full_at_once(conctrace, tmp_path, pages):
    """So little room that nothing, or hardly anything, can be written."""
    with mounted(tmp_path / "disk", f"size={pages * 4}k") as disk:
        recorder = Recorder(conctrace, disk, f"{program('pingpong')} pipe 20000; exit 6")
        recorder.go()
        code, _, err = recorder.end()
        assert code == 6 and "No space left" in err, err
        assert {path.name for path in disk.iterdir()} <= {"t", "j"}
        read_back(conctrace, disk / "t")


def test_pipe_closes(conctrace):
    """Who reads the trace goes away: the command does not notice, and a message says so."""
    script = '"$0" record -o - -- sh -c "$1" | head -c 100 >/dev/null; echo "${PIPESTATUS[0]}"'
    done = run(["bash", "-c", script, conctrace,
                f"{program('pingpong')} pipe 30000 >/dev/null && exit 5"])
    assert done.stdout == "5\n" and "Broken pipe" in done.stderr, done.stderr


# --- no recorder ---

@pytest.mark.parametrize("seconds,least", [(0.1, 0.005), (0.9, 0.2)])
def test_killed_while_recording(conctrace, tmp_path, seconds, least):
    """All but the last block is there, and the sums are true."""
    recorder = Recorder(conctrace, tmp_path, f"{program('pingpong')} pipe 10000000 & echo $!; wait")
    began = time.monotonic()
    recorder.go()
    storm = int(recorder.child.stdout.readline())
    time.sleep(seconds)
    recorder.child.kill()
    ended = time.monotonic()
    recorder.child.wait()
    os.kill(storm, signal.SIGKILL)
    report = read_back(conctrace, recorder.trace)
    assert report["truncated"] and report["events"]["recorded"] > 100
    assert least < report["wall_ns"] / 1e9 < ended - began + 0.5


def stopped(conctrace, folder, seconds, turns, *options):
    recorder = Recorder(conctrace, folder, f"{program('pingpong')} pipe {turns}; exit 3", *options)
    recorder.go()
    time.sleep(0.05)
    os.kill(recorder.pid, signal.SIGSTOP)
    time.sleep(seconds)
    os.kill(recorder.pid, signal.SIGCONT)
    code, _, err = recorder.end()
    assert code == 3, err
    report = recorder.report
    lost = report["events"]["lost"]
    assert lost > 0 and sum(report["events"]["lost_by"].values()) == lost
    assert sum(cpu.get("unknown_ns", 0) for cpu in report["cpus"]) > 0
    assert sum(task.get("unknown_ns", 0) for task in report["tasks"]) > 0
    return report


def test_stopped(conctrace, tmp_path):
    stopped(conctrace, tmp_path, 0.5, 30000, "--buffer", "64K")


@pytest.mark.long
def test_stopped_for_five_seconds(conctrace, tmp_path):
    report = stopped(conctrace, tmp_path, 5, 1500000)
    assert report["wall_ns"] > 4e9


def nice_of_threads(pid):
    """proc_pid_stat(5), field 19."""
    found = []
    for task in os.listdir(f"/proc/{pid}/task"):
        with open(f"/proc/{pid}/task/{task}/stat", encoding="utf-8", errors="replace") as stat:
            found.append(int(stat.read().rsplit(") ", 1)[1].split()[16]))
    return found


def test_recorder_is_urgent(conctrace, tmp_path):
    """It reads the rings before others, and the command gets nothing of that."""
    recorder = Recorder(conctrace, tmp_path, "cut -d' ' -f19 /proc/self/stat; nice")
    assert nice_of_threads(recorder.pid) == [-20, -20]
    recorder.go()
    code, out, err = recorder.end()
    assert (code, out) == (0, "0\n0\n"), err


@pytest.mark.long
def test_starved(record):
    """Programs of high priority on all CPUs: nothing is lost for all that."""
    storm = " & ".join(f"{program('pingpong')} {kind} 200000"
                       for kind in ("pipe", "futex") for _ in range(os.cpu_count()))
    result = record(["nice", "-n", "-15", "sh", "-c", f"{storm} & wait"])
    assert result.code == 0, result.stderr
    assert_sound(result.report)


# --- no memory ---

@contextlib.contextmanager
def memory_group():
    """A cgroup whose memory can be limited: (folder, file of the limit, file of the usage)."""
    places = (("/sys/fs/cgroup/memory", "memory.limit_in_bytes", "memory.usage_in_bytes"),
              ("/sys/fs/cgroup", "memory.max", "memory.current"))
    for above, limit, usage in places:
        group = f"{above}/conctrace-test-{os.getpid()}"
        with contextlib.suppress(OSError):
            os.mkdir(group)
            if os.path.exists(f"{group}/{limit}"):
                break
            os.rmdir(group)
    else:
        pytest.skip("no cgroup whose memory could be limited")
    try:
        yield above, group, limit, usage
    finally:
        for _ in range(100):  # the kernel lets go of the dead a little later
            with contextlib.suppress(OSError):
                os.rmdir(group)
                break
            time.sleep(0.02)


def put(path, value):
    with open(path, "w", encoding="ascii") as file:
        file.write(str(value))


def join(group):
    put(f"{group}/cgroup.procs", os.getpid())


@pytest.mark.slow
def test_too_little_memory(conctrace, tmp_path):
    """No memory for the rings: said so, and the command does not run."""
    with memory_group() as (_, group, limit, _):
        put(f"{group}/{limit}", 24 << 20)
        done = run([conctrace, "record", "-o", tmp_path / "t", "--buffer", "64M", "--", "touch",
                    tmp_path / "mark"], preexec_fn=lambda: join(group))
        assert "memory" in assert_one_error(done)
    assert os.listdir(tmp_path) == []


@pytest.mark.slow
def test_out_of_memory(conctrace, tmp_path):
    """The kernel kills a recorder that has no memory left: the command goes on, the file is read."""
    with memory_group() as (above, group, limit, usage):
        recorder = Recorder(conctrace, tmp_path, f"echo $$ >{above}/cgroup.procs; echo moved; "
                            f"read line; {program('forkmany')} 20000; echo done >{tmp_path}/mark",
                            preexec_fn=lambda: join(group))
        recorder.go()
        assert recorder.child.stdout.readline() == "moved\n"
        time.sleep(0.1)
        with open(f"{group}/{usage}", encoding="ascii") as used:
            room = int(used.read()) + (256 << 10)
        put(f"{group}/{limit}", room)
        recorder.go()
        code, _, _ = recorder.end()
    deadline = time.monotonic() + LIMIT
    while not (tmp_path / "mark").exists():
        assert time.monotonic() < deadline, "the command did not go on"
        time.sleep(0.02)
    assert code == -signal.SIGKILL
    assert read_back(conctrace, recorder.trace)["truncated"]


@pytest.mark.slow
@pytest.mark.parametrize("room", [0, 4 << 20])
def test_no_more_address_space(conctrace, tmp_path, room):
    """Memory that is refused may end the recording, with a message; not the command."""
    recorder = Recorder(conctrace, tmp_path, f"{program('forkmany')} 2000; echo done; exit 7")
    with open(f"/proc/{recorder.pid}/statm", encoding="ascii") as statm:
        size = int(statm.read().split()[0]) * resource.getpagesize() + room
    resource.prlimit(recorder.pid, resource.RLIMIT_AS, (size, size))
    recorder.go()
    code, out, err = recorder.end()
    assert (code, out) == (7, "done\n"), err
    report = read_back(conctrace, recorder.trace)
    assert "allocate memory" in err or not report["truncated"], err


def analysis_of(pid):
    """The process that reads the recording, once it has locked itself up."""
    deadline = time.monotonic() + LIMIT
    while time.monotonic() < deadline:
        for child in children(pid):
            with contextlib.suppress(FileNotFoundError, ProcessLookupError), \
                    open(f"/proc/{child}/status", encoding="utf-8") as status:
                if "NoNewPrivs:\t1\n" in status.read():
                    return child
    raise AssertionError("there was no analysis")


def test_killed_analysis(conctrace, tmp_path):
    """The command's exit code and the recording are there all the same, and a line says why."""
    recorder = Recorder(conctrace, tmp_path, f"{program('forkmany')} 2000; echo done; exit 7")
    recorder.go()
    os.kill(analysis_of(recorder.pid), signal.SIGKILL)
    code, out, err = recorder.end()
    assert (code, out) == (7, "done\n"), err
    assert err.splitlines() == ["conctrace: the analysis was ended by signal 9 (Killed): by somebody, "
                                "or for its memory"]
    deadline = time.monotonic() + LIMIT  # the helper that names files takes those away that get none
    while os.listdir(tmp_path) != ["t"] and time.monotonic() < deadline:
        time.sleep(0.01)
    assert os.listdir(tmp_path) == ["t"]
    assert not read_back(conctrace, recorder.trace)["truncated"]


# --- many ---

def lost_time(report):
    """What was lost and makes time unknown."""
    return {kind: n for kind, n in report["events"].get("lost_by", {}).items() if kind not in SIDE}


def test_threads_at_once(record):
    result = record([program("threads"), "5000"])
    assert result.code == 0, result.stderr
    report = result.report
    assert_partitions(report)
    assert lost_time(report) == {}
    assert len(result.tasks("threads")) == 5001


@pytest.mark.long
def test_fork_storm(record):
    result = record([program("forkmany"), "20000"])
    assert result.code == 0, result.stderr
    report = result.report
    assert_partitions(report)
    assert lost_time(report) == {}
    assert len(result.tasks("forkmany")) == 20001


def test_pids_are_used_again(record):
    """In a pid namespace that has 400 of them."""
    script = f"echo 400 >/proc/sys/kernel/pid_max && {program('forkmany')} 1500; exit 4"
    with open("/proc/sys/kernel/pid_max", encoding="ascii") as most:
        before = most.read()
    try:
        result = record(["unshare", "--pid", "--fork", "--mount-proc", "sh", "-c", script])
        with open("/proc/sys/kernel/pid_max", encoding="ascii") as most:
            everywhere = most.read() != before
    finally:
        put("/proc/sys/kernel/pid_max", before)
    if everywhere:
        pytest.skip("the kernel has one pid_max for all (namespaces have theirs since 6.14)")
    assert result.code == 4, result.stderr
    assert_sound(result.report)
    assert len(result.tasks("forkmany")) == 1501


def test_recorder_where_pids_are_used_again(conctrace, tmp_path):
    """The same with conctrace inside: its own view of pids is that of the namespace."""
    script = 'echo 400 >/proc/sys/kernel/pid_max; exec "$@"'
    with open("/proc/sys/kernel/pid_max", encoding="ascii") as most:
        before = most.read()
    try:
        done = run(["unshare", "--pid", "--fork", "--mount-proc", "sh", "-c", script, "sh",
                    conctrace, "record", "-q", "-o", tmp_path / "t", "--json", tmp_path / "j", "--",
                    program("forkmany"), "1500"])
    finally:
        put("/proc/sys/kernel/pid_max", before)
    assert done.returncode == 0, done.stderr
    report = json.loads((tmp_path / "j").read_text(encoding="utf-8"))
    assert_sound(report)
    assert sum(task["comm"] == "forkmany" for task in report["tasks"]) == 1501


# --- odd programs ---

def test_exec_chain(record, tmp_path):
    """One task that becomes a hundred programs."""
    script = tmp_path / "again"
    script.write_text('#!/bin/sh\n[ "$1" -gt 0 ] || exit 6\nexec "$0" $(($1 - 1))\n',
                      encoding="ascii")
    script.chmod(0o755)
    result = record([script, "100"])
    assert result.code == 6, result.stderr
    report = result.report
    assert_sound(report)
    assert [task["comm"] for task in report["tasks"]] == ["again"]


def as_nobody(*words):
    return ["setpriv", "--reuid=65534", "--regid=65534", "--clear-groups", *words]


def test_setuid_program(conctrace, tmp_path):
    """A setuid program that an ordinary user starts: no privilege is gained, none lost."""
    open_to_all = tmp_path.parents[1]
    for folder in (tmp_path, tmp_path.parent, open_to_all):
        folder.chmod(0o755)
    mine = shutil.copy("/usr/bin/grep", tmp_path / "setuid-grep")
    os.chmod(mine, 0o4755)
    words = [mine, "-E", "^(Uid|Gid|Groups|Cap|NoNewPrivs|Seccomp)", "/proc/self/status"]
    bare = run(as_nobody(*words))
    env = {**os.environ, "SUDO_UID": "65534", "SUDO_GID": "65534", "SUDO_USER": "no-such-user",
           "SUDO_COMMAND": "conctrace"}
    trace, report = tmp_path / "t", tmp_path / "j"
    ours = run([conctrace, "record", "-q", "-o", trace, "--json", report, "--", *words], env=env)
    assert bare.returncode == 0 and "Uid:\t65534\t0\t0\t0\n" in bare.stdout, bare.stderr
    without_groups = [[line for line in text.splitlines() if not line.startswith("Groups")]
                      for text in (bare.stdout, ours.stdout)]
    assert without_groups[0] == without_groups[1], ours.stderr
    assert_sound(json.loads(report.read_text(encoding="utf-8")))


NAMESPACES = {
    "pid": ["unshare", "--pid", "--fork", "--mount-proc"],
    "user": ["unshare", "--user", "--map-root-user"],
    "all": ["unshare", "--user", "--map-root-user", "--mount", "--pid", "--fork", "--mount-proc",
            "--uts", "--ipc", "--net"],
}


@pytest.mark.parametrize("kind", NAMESPACES)
def test_namespaces(record, kind):
    """Programs elsewhere are named as those here, and hold their locks under their own tids."""
    script = f"{program('chain')} nap 5; {program('named')} run /tmp; exit 4"
    if run([*NAMESPACES[kind], "true"]).returncode:
        pytest.skip("the kernel does not let us make such namespaces")
    result = record([*NAMESPACES[kind], "sh", "-c", script])
    assert result.code == 4, result.stderr
    report = result.report
    assert_sound(report)
    complete_chain(report, NAP + ["main"])
    mutexes = [item for item in report["sync"] if item["kind"] == "mutex"]
    tids = {task["tid"] for task in report["tasks"]}
    holders = [holder["tid"] for item in mutexes for holder in item["holders"] if "tid" in holder]
    assert holders and set(holders) <= tids


def test_chroot(record, tmp_path):
    """In a file tree of its own, gone by the time of the report."""
    tree = tmp_path / "tree"
    listed = run(["ldd", program("chain")]).stdout
    libraries = [word for word in listed.split() if word.startswith("/")]
    for path in [program("chain"), *libraries]:
        where = tree / os.path.relpath(path, "/")
        where.parent.mkdir(parents=True, exist_ok=True)
        shutil.copy(path, where)
    command = f"chroot {tree} {program('chain')} nap 5; code=$?; rm -rf {tree}; exit $code"
    result = record(["sh", "-c", command])
    assert result.code == 0, result.stderr
    assert_sound(result.report)
    complete_chain(result.report, NAP + ["main"])


# --- CPUs that go and come ---

@contextlib.contextmanager
def last_cpu_may_go():
    last = f"/sys/devices/system/cpu/cpu{os.cpu_count() - 1}/online"
    if os.cpu_count() < 2 or not os.access(last, os.W_OK):
        pytest.skip("no CPU can be taken offline here")
    try:
        yield last
    finally:
        put(last, 1)


@pytest.mark.long
@pytest.mark.parametrize("first", ["online", "offline"])
def test_cpu_offline_and_online(conctrace, tmp_path, first):
    """Its time offline is unknown, and what runs there afterwards is recorded."""
    busy = f"{program('pingpong')} pipe 100000 & {program('pingpong')} pipe 100000 & wait"
    with last_cpu_may_go() as cpu:
        try:
            if first == "offline":
                put(cpu, 0)
            recorder = Recorder(conctrace, tmp_path, f"{busy}; exit 3")
            recorder.go()
            time.sleep(0.2)
            put(cpu, 0)
            time.sleep(0.3)
        except OSError as refused:
            pytest.skip(f"a CPU may not go: {refused}")
        put(cpu, 1)
        code, _, err = recorder.end()
    assert code == 3, err
    report = recorder.report
    events = report["events"]
    assert events["lost"] < 0.2 * events["recorded"]  # none, where the machine has nothing else to do
    assert len(report["cpus"]) == os.cpu_count()
    assert report["cpus"][-1]["workload_ns"] + report["cpus"][-1]["other_ns"] > 0
