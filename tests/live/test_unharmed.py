# SPDX-License-Identifier: GPL-2.0-only
"""The traced program is never harmed: recorded or not it is the same, and it outlives us."""

import collections
import contextlib
import fcntl
import json
import os
import random
import re
import resource
import signal
import subprocess
import termios
import time

import pytest
from conftest import LIMIT, assert_partitions, assert_sound, program, run
from remains import LIBC, children, exit_of, held_by, left_over, orphanage, pins

# System calls of x86-64 by which a recorder tells where it is.
SOCKETPAIR, SENDTO, RENAME, SIGNALFD, PIPE2, EXIT, BPF = 53, 44, 82, 289, 293, 231, 321

KILLED = 128 + signal.SIGKILL

# name: where conctrace is killed, whether the command runs by then, whether it has ended.
KILLS = {
    "start": (f"{SOCKETPAIR}*1+1", False, False),
    "starter": (f"{SIGNALFD}*1+3", False, False),
    "load": (f"{BPF}*10+0", False, False),
    "load later": (f"{BPF}*30+0", False, False),
    "attach": (f"{BPF}*46+0", False, False),
    "ask": (f"{SENDTO}*1+0", False, False),
    "fork": (f"{SENDTO}*1+1", False, False),
    "hold": (f"{SENDTO}*1+40", False, False),
    "before release": (f"{SENDTO}*2+0", False, False),
    "release": (f"{SENDTO}*2+1", True, False),
    "rename": (f"{RENAME}*1+0", True, False),
    "record": (f"{RENAME}*1+9", True, False),
    "drain": (f"{RENAME}*1+60", True, True),
    "stop": (f"{RENAME}*1+130", True, True),
    "report": (f"{PIPE2}*1+8", True, True),
    "end": (f"{EXIT}*1+0", True, True),
}


@contextlib.contextmanager
def held_at(place, words, folder):
    """conctrace, stopped there; killed when the block ends. Yields its pid."""
    with subprocess.Popen([program("killat"), place, *map(str, words)], stdin=subprocess.PIPE,
                          stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True,
                          cwd=folder) as holder:
        told = ""
        while not (found := re.search(r"held (\d+)\n", told)):
            line = holder.stderr.readline()
            assert line, f"it was never there: {told}"
            told += line
        try:
            yield int(found.group(1))
        finally:
            holder.stdin.write("go\n")
            holder.stdin.flush()
            holder.wait(LIMIT)  # not for the end of the pipe: the command has it, too
        assert holder.returncode == KILLED


def judge_file(conctrace, path):
    """What a killed recorder wrote can be read, as far as it goes."""
    done = run([conctrace, "export", path, "--json", "-"])
    assert done.returncode == 0, done.stderr
    report = json.loads(done.stdout)
    assert_partitions(report)
    return report


@pytest.mark.slow
@pytest.mark.parametrize("phase", KILLS)
def test_killed_at(conctrace, tmp_path, phase):
    """Before exec the command never runs, and nobody waits for ever; after it, it ends as it will."""
    place, runs, ended = KILLS[phase]
    wait = "" if ended else "until [ -e go ]; do sleep 0.01; done; "
    words = [conctrace, "record", "-o", "t", "--json", "j", "--", "sh", "-c",
             f"trap '' HUP; echo begun >begun; {wait}echo ended >ended; exit 7"]
    before = pins()
    with orphanage():
        with held_at(place, words, tmp_path) as pid:
            held, orphans = held_by(pid), children(pid)
        (tmp_path / "go").touch()
        codes = [exit_of(orphan) for orphan in orphans]
    assert left_over(held) == set() and pins() <= before
    if not ended and phase not in ("start", "starter", "load"):
        assert held, "it had no BPF objects: no test of those"
    # Before exec: the process that forks the command ends with 0, the one to be the command with 125.
    # After its end: the one that makes the report ends with conctrace, or has ended.
    assert set(codes) <= ({0, KILLED} if ended else {7} if runs else {0, 125}), codes
    assert ended or codes or phase == "start", "there was nobody that could have waited for ever"
    assert (tmp_path / "begun").exists() == runs
    assert (tmp_path / "ended").exists() == runs
    # The file has its name once the command runs; before it is a temporary one at most.
    assert (tmp_path / "t").exists() == (runs and phase not in ("release", "rename"))
    for name in tmp_path.glob("t*"):
        if name.stat().st_size:
            judge_file(conctrace, name)


SWEEP = 150  # kills


@pytest.mark.long
def test_killed_at_any_time(conctrace, tmp_path):
    """The same at random moments of a run of a fifth of a second, seen from outside."""
    chance, phases, before = random.Random(17), collections.Counter(), pins()
    with orphanage():
        for number in range(SWEEP):
            folder = tmp_path / str(number)
            folder.mkdir()
            child = subprocess.Popen(
                [conctrace, "record", "-o", "t", "--json", "j", "--", "sh", "-c",
                 "echo begun >begun; sleep 0.05; echo ended >ended; exit 7"], cwd=folder,
                stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
            time.sleep(chance.uniform(0, 0.35))
            child.send_signal(signal.SIGSTOP)
            held, orphans = held_by(child.pid), children(child.pid)
            child.kill()
            code = child.wait(LIMIT)
            codes = [exit_of(orphan) for orphan in orphans]
            runs = (folder / "begun").exists()
            assert left_over(held) == set()
            # Killed with us: who makes the report. The command comes to its own end.
            assert set(codes) <= ({0, 7, KILLED} if runs else {0, 125}), codes
            assert (folder / "ended").exists() == runs
            for name in folder.glob("t*"):
                if name.stat().st_size:
                    judge_file(conctrace, name)
            phases["ended before" if code == 7 else "ran" if runs else "not yet"] += 1
    assert pins() <= before
    assert phases["ran"] > SWEEP / 20 and phases["not yet"] > SWEEP / 20, phases


# --- as without us ---

# file of /proc/self or "calls": lines that may differ, and why. All others are the same.
SAME_BUT = {
    "io": (r".*", "counts from the fork on, with what is done before exec"),
    "sched": (r"selfie \(\d+|se\.|nr_|clock-delta|mm->", "times and counts of one run"),
    "schedstat": (r"[\d ]+", "times and counts of one run"),
    "numa_maps": (r".*file=.*", "who else has the libraries mapped"),
    "arch_status": (r"AVX512_elapsed_ms", "time since such an instruction"),
    "oom_score": (r"\d+", "the machine's memory in use at the moment"),
    "status": (r"(Pid|Tgid|PPid|NStgid|NSpid|FDSize|SigQ|Vm(HWM|RSS|PTE)|Rss\w+|\w+_ctxt_switches):",
               "it is another process, its parent is conctrace; room in the table of descriptors, "
               "which begins as the parent's; counts of one run; signals pending for all processes "
               "of the user"),
    "fd/": (r"/proc/\d+/fd", "its own pid, in the link of the directory that it reads"),
    "fdinfo/": (r"(ino|pos):", "the same; how far the output has got"),
}
# proc_pid_stat(5): pid, ppid, faults, CPU times, start, memory in use, CPU, delays.
STAT_BUT = {1, 4, 10, 11, 12, 13, 14, 15, 16, 17, 22, 24, 39, 42}


PF_SUPERPRIV = 0x100  # has used a privilege: goes from setpriv to what it executes, not to a child


def stat_fields(line):
    """From the third on."""
    fields = line.rsplit(") ", 1)[1].split()
    fields[9 - 3] = str(int(fields[9 - 3]) & ~PF_SUPERPRIV)
    return fields


def sections(text):
    text = re.sub(r" active=\d+", "", text)  # numa_maps: pages that the kernel found used lately
    parts = re.split(r"^== (.+)\n", text, flags=re.M)
    return dict(zip(parts[1::2], (part.splitlines() for part in parts[2::2])))


def differences(bare, ours, own_session=False):
    """Of two outputs of selfie, but for what may differ; perhaps in a session each."""
    bare, ours = sections(bare), sections(ours)
    assert {"status", "stat", "limits", "environ", "cgroup", "ns/mnt", "fd/0", "calls",
            "personality", "maps", "mountinfo", "oom_score_adj"} <= set(bare)
    found = [f"only in one of them: {name}" for name in set(bare) ^ set(ours)]
    for name in set(bare) & set(ours):
        if name == "stat":
            pair = [stat_fields(lines[0]) for lines in (bare[name], ours[name])]
            found += [f"stat, field {3 + i}: {a} and {b}" for i, (a, b) in enumerate(zip(*pair))
                      if a != b and 3 + i not in STAT_BUT | ({5, 6, 8} if own_session else set())]
            continue
        allowed = [pattern for start, (pattern, _) in SAME_BUT.items()
                   if name == start or (start[-1] == "/" and name.startswith(start))]
        allowed += ["NSpgid:|NSsid:|/autogroup-"] if own_session else []
        lines = [[line for line in one[name] if not any(re.match(p, line) for p in allowed)]
                 for one in (bare, ours)]
        if lines[0] != lines[1]:
            found += [f"{name}: {a!r} and {b!r}" for a, b in zip(*lines) if a != b] or \
                [f"{name}: {len(lines[0])} and {len(lines[1])} lines"]
    return found


def look(words, folder, **how):
    """What selfie tells; always into the same file, so that the descriptors are the same."""
    with open(folder / "told", "w+", encoding="utf-8") as told:
        done = subprocess.run([str(word) for word in words], stdout=told, stderr=told,
                              timeout=LIMIT, check=False, **how)
        told.seek(0)
        text = told.read()
    assert done.returncode == 0, text
    return text


def recorded(conctrace, folder):
    return [conctrace, "record", "-q", "-o", folder / "t", "--"]


def test_same_in_proc(conctrace, tmp_path):
    selfie = ["setarch", "-R", program("selfie")]  # addresses are the same then
    how = {"stdin": subprocess.DEVNULL}
    bare = look(selfie, tmp_path, **how)
    ours = look([*selfie[:2], *recorded(conctrace, tmp_path), *selfie[2:]], tmp_path, **how)
    assert differences(bare, ours) == []


PR_SET_TIMERSLACK, IOPRIO_SET, IOPRIO_IDLE = 29, 251, 3 << 13


def make_odd(terminal, folder):
    """Settings of this process as hardly anybody has them."""
    tester = os.getppid()
    os.setsid()
    fcntl.ioctl(terminal, termios.TIOCSCTTY, 0)
    # The first process of a session is special: neither the program nor conctrace shall be that.
    if child := os.fork():
        os._exit(os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]))
    os.umask(0o027)
    os.chdir(folder)
    os.nice(4)
    os.sched_setscheduler(0, os.SCHED_BATCH, os.sched_param(0))
    os.sched_setaffinity(0, {min(os.sched_getaffinity(0))})
    LIBC.syscall(IOPRIO_SET, 1, 0, IOPRIO_IDLE)
    LIBC.prctl(PR_SET_TIMERSLACK, 123456, 0, 0, 0)
    for name, limit in ((resource.RLIMIT_NOFILE, 300), (resource.RLIMIT_STACK, 4 << 20),
                        (resource.RLIMIT_CPU, 1000), (resource.RLIMIT_MEMLOCK, 64 << 10)):
        resource.setrlimit(name, (limit, resource.getrlimit(name)[1]))
    for signo in (signal.SIGUSR1, signal.SIGINT, signal.SIGCHLD, signal.SIGXFSZ):
        signal.signal(signo, signal.SIG_IGN)
    signal.signal(signal.SIGPIPE, signal.SIG_DFL)
    signal.pthread_sigmask(signal.SIG_SETMASK, {signal.SIGHUP, signal.SIGTERM, signal.SIGRTMIN})
    for name, text in (("oom_score_adj", "444"), ("coredump_filter", "0x7")):
        with open(f"/proc/self/{name}", "w", encoding="ascii") as setting:
            setting.write(text)
    for group in ("unified", "pids", "freezer", ""):
        with contextlib.suppress(OSError):
            odd = f"/sys/fs/cgroup/{group}/conctrace-test-{tester}"
            os.makedirs(odd, exist_ok=True)
            with open(f"{odd}/cgroup.procs", "w", encoding="ascii") as procs:
                procs.write(str(os.getpid()))


def test_same_in_proc_when_set_oddly(conctrace, tmp_path):
    """The same, from a terminal, with other limits, masks, priorities, rights and descriptors."""
    above, terminal = os.openpty()
    extra = os.open(tmp_path, os.O_RDONLY)
    how = {"stdin": terminal, "pass_fds": (extra,), "env": {"A": "b=c", "EMPTY": "", "odd-name": "1"},
           "preexec_fn": lambda: make_odd(terminal, tmp_path)}
    prefix = ["setarch", "-R", "setpriv", "--inh-caps=+net_raw", "--ambient-caps=+net_raw",
              "--bounding-set=-sys_boot", "--securebits=+noroot_locked"]
    try:
        bare = look([*prefix, program("selfie")], tmp_path, **how)
        ours = look([*prefix, *recorded(conctrace, tmp_path), program("selfie")], tmp_path, **how)
    finally:
        for fd in (above, terminal, extra):
            os.close(fd)
        for group in ("unified", "pids", "freezer", ""):
            with contextlib.suppress(OSError):
                os.rmdir(f"/sys/fs/cgroup/{group}/conctrace-test-{os.getpid()}")
    assert "444" in sections(bare)["oom_score_adj"]
    assert "signal 15 blocked" in sections(bare)["calls"]
    assert "terminal's group is ours" in sections(bare)["calls"]
    assert differences(bare, ours, own_session=True) == []


# --- debuggers and core dumps ---

ATTACH = """
import ctypes, os, sys
libc, pid = ctypes.CDLL(None, use_errno=True), int(sys.argv[1])
libc.ptrace.argtypes = [ctypes.c_long] * 4
for request in (16, 17):  # attach, detach
    assert libc.ptrace(request, pid, 0, 0) == 0, os.strerror(ctypes.get_errno())
    if request == 16:
        assert os.waitpid(pid, 0x40000000)[0] == pid
print("attached")
"""


def test_debugger_attaches(conctrace, tmp_path):
    """A debugger takes hold of the recorded program, lets go, and both go on."""
    words = [*recorded(conctrace, tmp_path), "sh", "-c", "echo $$; read line; exit 7"]
    with subprocess.Popen(words, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as child:
        pid = child.stdout.readline().strip()
        done = run(["/usr/bin/python3", "-c", ATTACH, pid])
        child.communicate("\n", timeout=LIMIT)
    assert done.stdout == "attached\n", done.stderr
    assert child.returncode == 7


def test_debugger_inside(record):
    """The program itself may trace another."""
    result = record([program("killat"), "-1", "sh", "-c", "sleep 0.01; exit 3"])
    assert result.code == 3, result.stderr
    assert_sound(result.report)


CRASH = """
import os, resource, signal, sys
child = os.fork()
if not child:
    limit = resource.getrlimit(resource.RLIMIT_CORE)[1]
    resource.setrlimit(resource.RLIMIT_CORE, (limit, limit))
    os.kill(os.getpid(), signal.SIGSEGV)
_, status = os.waitpid(child, 0)
print(os.WTERMSIG(status), os.WCOREDUMP(status))
"""


def test_core_dump(conctrace, tmp_path):
    """Written, or not, as without us."""
    seen = []
    for name, prefix in (("bare", []), ("ours", recorded(conctrace, tmp_path))):
        folder = tmp_path / name
        folder.mkdir()
        done = run([*prefix, "/usr/bin/python3", "-c", CRASH], cwd=folder)
        cores = sorted(folder.iterdir())
        assert all(core.read_bytes()[:4] == b"\x7fELF" for core in cores)
        seen.append((done.stdout, [re.sub(r"\d+", "N", core.name) for core in cores]))
    assert seen[0] == seen[1]
    with open("/proc/sys/kernel/core_pattern", encoding="utf-8") as pattern:
        here = pattern.read(1) not in "|/"
    if here and resource.getrlimit(resource.RLIMIT_CORE)[1]:
        assert seen[0][1], "no core dump at all: nothing was compared"


# --- what cannot keep up ---

def cpu_of_storm(prefix, stop):
    """CPU time of a storm of switches, ns; perhaps while its recorder stands still."""
    words = [*prefix, "/usr/bin/python3", "-c", "import os, resource, subprocess, sys\n"
             "print('ready', flush=True)\nsubprocess.run(sys.argv[1:], check=True)\n"
             "used = resource.getrusage(resource.RUSAGE_CHILDREN)\n"
             "print(int((used.ru_utime + used.ru_stime) * 1e9))",
             program("pingpong"), "pipe", "20000"]
    with subprocess.Popen([str(word) for word in words], stdin=subprocess.DEVNULL, text=True,
                          stdout=subprocess.PIPE, stderr=subprocess.PIPE) as child:
        assert child.stdout.readline() == "ready\n"
        if stop:
            os.kill(child.pid, signal.SIGSTOP)
        used = int(child.stdout.readline())
        if stop:
            os.kill(child.pid, signal.SIGCONT)
        _, told = child.communicate(timeout=LIMIT)
    assert child.returncode == 0, told
    return used


@pytest.mark.slow
def test_full_rings_cost_no_more(conctrace, tmp_path):
    """A recorder that takes nothing loses, counts, and costs the program no more than it may.

    The budget for this storm is 1.15 times the CPU time; here it is a few short runs on a machine
    that may be busy, so the best of each kind is compared, generously.
    """
    report = tmp_path / "j"
    ours = [conctrace, "record", "-q", "-o", tmp_path / "t", "--buffer", "64K", "--json", report,
            "--"]
    bare, stuck = [], []
    for _ in range(3):
        bare.append(cpu_of_storm([], False))
        stuck.append(cpu_of_storm(ours, True))
        events = json.loads(report.read_text(encoding="utf-8"))["events"]
        assert events["lost"] > 10000 and sum(events["lost_by"].values()) == events["lost"]
    assert min(stuck) < 1.4 * min(bare), (bare, stuck)
