# SPDX-License-Identifier: GPL-2.0-only
"""The reference workloads, on their own: each does what it says, and its faults show."""

import contextlib
import glob
import os
import re
import subprocess
import time
from dataclasses import dataclass

import pytest

from conftest import LIMIT, ROOT, program, run, workload

REGISTRY = os.path.join(ROOT, "tools", "workloads", "registry.h")
RESULT = re.compile(r"(?P<name>\w+): ops=(?P<ops>\d+) seconds=(?P<seconds>\d+\.\d{3}) "
                    r"ops_per_s=(?P<rate>\d+\.\d) workers=(?P<workers>\d+) "
                    r"checksum=(?P<checksum>[0-9a-f]{16})\n")
ATTEMPTS, QUIET_ATTEMPTS = 10, 3  # for what depends on what else the machine is doing
QUIET = 0.3  # CPUs that others use, at most, for a try to count as failed
FEW_CPUS = len(os.sched_getaffinity(0)) < 2


UNSUPPORTED = 77  # exit code: this machine has not got what it takes
SECONDS = "0.5"   # of a run that is to show a fault
COUNTS = 0.05     # share from which on a finding is one


@dataclass(frozen=True)
class Row:
    """One row of the registry."""
    kind: str
    name: str
    group: str
    summary: str
    finds: str
    fault: str
    fault_codes: str
    fixed: str
    fixed_codes: str


def registered():
    with open(REGISTRY, encoding="utf-8") as text:
        table = text.read().split("#define WORKLOADS(X)")[1]
    rows = []
    for part in re.split(r"^\tX\(", table, flags=re.M)[1:]:
        words_before = [word.strip() for word in part.split('"')[0].split(",")[:3]]
        rows.append(Row(*words_before, *re.findall(r'"([^"\n]*)"', part)))
    return rows


ROWS = registered()
C_ROWS = [row for row in ROWS if row.kind == "C"]
NAMES = [row.name for row in C_ROWS]
# Runs to its end; as it is by default it gives up.
ENDS = {"deadlock": "deadlock --ordered"}


def words(line):
    """Splits a command line; skips the test if that workload is not registered (any more)."""
    name, *options = line.split()
    if name not in NAMES:
        pytest.skip(f"there is no workload {name}")
    return [workload(name), *options]


def machine_busy_seconds():
    """CPU time used on the whole machine so far, what a hypervisor took included."""
    with open("/proc/stat", encoding="ascii") as text:
        user, nice, system, _, _, irq, softirq, steal = map(int, text.readline().split()[1:9])
    return (user + nice + system + irq + softirq + steal) / os.sysconf("SC_CLK_TCK")


class Outcome:
    """A run's result line, the CPUs that it and its reaped children used, and all others."""

    def __init__(self, line, more=()):
        argv = [*words(ENDS.get(line, line)), *more]
        start, busy = time.monotonic(), machine_busy_seconds()
        with subprocess.Popen(argv, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                              text=True) as process:
            output = process.stdout.read()
            _, status, used = os.wait4(process.pid, 0)
            process.returncode = os.waitstatus_to_exitcode(status)
        wall = time.monotonic() - start
        if process.returncode == UNSUPPORTED:
            pytest.skip(f"{line}: not on this machine")
        assert process.returncode == 0
        match = RESULT.fullmatch(output.splitlines(keepends=True)[-1])
        assert match, output
        self.name, self.checksum = match["name"], match["checksum"]
        self.ops, self.workers = int(match["ops"]), int(match["workers"])
        self.seconds, self.rate = float(match["seconds"]), float(match["rate"])
        self.cpus = (used.ru_utime + used.ru_stime) / wall
        self.others = (machine_busy_seconds() - busy) / wall - self.cpus


def eventually(attempt):
    """Tries several times what a busy machine may spoil, and skips if it always was busy.

    attempt() returns whether it held, a value to show, and the CPUs that others used.
    """
    seen, quiet = [], 0
    for _ in range(ATTEMPTS):
        good, value, others = attempt()
        if good:
            return
        seen.append((round(value, 2), round(others, 2)))
        quiet += others <= QUIET
        assert quiet < QUIET_ATTEMPTS, f"(value, CPUs that others used), each try: {seen}"
    pytest.skip(f"the machine is busy: (value, CPUs that others used), each try: {seen}")


def test_registry_and_files_agree():
    folder = os.path.join(ROOT, "tools", "workloads")
    for kind, pattern in (("C", "*.c"), ("PYTHON", "python/*.py")):
        files = [os.path.basename(f) for f in glob.glob(os.path.join(folder, pattern))]
        assert sorted(row.name for row in ROWS if row.kind == kind) == \
            sorted(os.path.splitext(f)[0] for f in files)
    with open(os.path.join(ROOT, "docs", "workloads.md"), encoding="utf-8") as text:
        page = text.read()
    assert [row.name for row in ROWS if f"## {row.name}\n" not in page] == []


@pytest.mark.parametrize("name", NAMES)
def test_runs_for_the_given_time(name):
    outcome = Outcome(name, ["--seconds", "0.2"])
    assert outcome.name == name
    assert outcome.ops > 0
    assert 0.19 <= outcome.seconds < LIMIT
    assert outcome.rate == pytest.approx(outcome.ops / outcome.seconds, rel=0.02)


@pytest.mark.parametrize("name", NAMES)
def test_does_the_given_work(name):
    assert Outcome(name, ["--work", "20"]).ops == 20


@pytest.mark.parametrize("name", NAMES)
def test_workers(name):
    assert Outcome(name, ["--work", "5"]).workers >= 1
    one, three = (Outcome(name, ["--work", "5", "--threads", n]) for n in ("1", "3"))
    if name != "download":  # in turn, as it does by default, one is all
        assert three.workers - one.workers == 2


@pytest.mark.parametrize("name", NAMES)
def test_help(name):
    done = run([workload(name), "--help"])
    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout.startswith(f"{name}: ")
    for option in ("--seconds", "--work", "--workers", "--help"):
        assert option in done.stdout


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize("options", [
    "--bogus", "--bogus=1", "extra", "--workers", "--workers 0", "--workers -1", "--workers 1x",
    "--workers 99999", "--seconds 0", "--seconds -1", "--seconds nan", "--seconds 1e9",
    "--seconds x", "--work 0", "--work +1", "--work 99999999999999999999999",
])
def test_bad_options(name, options):
    assert_usage_error([workload(name), *options.split()])


@pytest.mark.parametrize("line", [
    "cpu --mode fibers", "cpu --mode", "convoy --io-us 9999999999", "convoy --step-us 0",
    "pipeline --slow none --fixed", "pipeline --depth 0", "sleepers --poll-us 0",
    "download --mode carrier-pigeon", "download --latency-ms -5", "download --fetches 0",
    "barrier --straggler=3", "pool --even --uneven", "daemon --end never", "race --away-us 0",
    "reactor --block-ms -1", "uring --think-us x", "serialize --kib 0",
    "semaphore --connections 0", "deadlock --patience-ms 1", "timer --timeout-ms 0",
    "sleep --mode snore", "sleep --sleep-ms 0",
])
def test_bad_own_options(line):
    assert_usage_error(words(line))


def assert_usage_error(argv):
    done = run(argv)
    assert done.returncode == 2, done
    assert done.stdout == ""
    assert len(done.stderr.splitlines()) == 1 and "--help" in done.stderr


@pytest.mark.parametrize("lines", [
    ["cpu --mode single", "cpu --mode threads", "cpu --mode procs --workers 3",
     "cpu --mode loop"],
    [f"sleep --sleep-ms 1 --mode {mode}" for mode in ("sequential", "threads", "procs", "timers")],
    ["convoy", "convoy --fixed", "convoy --workers 1"],
    ["pipeline --slow consumer", "pipeline --slow consumer --fixed", "pipeline --depth 1"],
    ["pipeline --slow producer", "pipeline --slow producer --fixed"],
    ["sleepers", "sleepers --fixed", "sleepers --workers 2"],
    ["download --mode sequential", "download --mode threads", "download --mode procs",
     "download --mode epoll", "download --mode epoll --workers 100"],
    ["barrier --straggler", "barrier --straggler --fixed"],
    ["pool", "pool --even", "pool --fixed", "pool --workers 3"],
    ["spawn", "spawn --processes", "spawn --fixed", "spawn --processes --fixed"],
    ["daemon --end join", "daemon --end signal", "daemon --end drop", "daemon --fixed"],
    ["race", "race --locked", "race --hold-while-sleeping"],
    ["rwlock", "rwlock --fixed"],
    ["semaphore", "semaphore --fixed", "semaphore --connections 2"],
    ["herd", "herd --fixed"],
    ["timer", "timer --fixed"],
    ["oversubscribe", "oversubscribe --fixed"],
    ["affinity", "affinity --fixed"],
    ["serialize", "serialize --fixed", "serialize --workers 3"],
    ["priority", "priority --fixed", "priority --same-priority"],
    ["reactor", "reactor --fixed", "reactor --block-ms 0", "uring"],
    ["uring", "uring --fixed", "uring --workers 30"],
    ["fsync", "fsync --fixed"],
], ids=lambda lines: lines[0])
def test_variants_compute_the_same(lines):
    sums = {line: Outcome(line, ["--work", "30"]).checksum for line in lines}
    assert len(set(sums.values())) == 1, sums


@pytest.mark.parametrize("line, low, high", [
    ("cpu --mode single", 0.5, 1.1),
    pytest.param("cpu --mode threads --workers 2", 1.2, 2.1, marks=pytest.mark.skipif(
        FEW_CPUS, reason="one CPU")),
    pytest.param("cpu --mode procs --workers 2", 1.2, 2.1, marks=pytest.mark.skipif(
        FEW_CPUS, reason="one CPU")),
    ("convoy", 0.3, 1.5),
    ("sleepers", 0.0, 0.5),
    ("cpu --mode loop", 0.5, 1.1),
    ("sleep --mode procs", 0.0, 0.3),
    ("download --mode sequential --latency-ms 20", 0.0, 0.3),
    ("download --mode epoll --latency-ms 20", 0.0, 0.5),
])
def test_cpu_use(line, low, high):
    def attempt():
        outcome = Outcome(line, ["--seconds", "0.5"])
        return low <= outcome.cpus <= high, outcome.cpus, outcome.others

    eventually(attempt)


@pytest.mark.parametrize("slow, fast, ratio", [
    ("cpu --mode single", "cpu --mode threads", 1.3),
    ("cpu --mode single", "cpu --mode procs", 1.3),
    ("convoy", "convoy --fixed", 1.3),
    ("pipeline --slow consumer", "pipeline --slow consumer --fixed", 1.2),
    ("pipeline --slow producer", "pipeline --slow producer --fixed", 1.2),
    ("sleepers", "sleepers --fixed", 3),
    ("sleep --mode sequential", "sleep --mode threads", 10),
    ("sleep --mode sequential", "sleep --mode procs", 10),
    ("sleep --mode sequential", "sleep --mode timers", 10),
    ("download --mode sequential", "download --mode threads", 3),
    ("download --mode sequential", "download --mode procs", 3),
    ("download --mode sequential", "download --mode epoll", 3),
    ("barrier --straggler --workers 2", "barrier --straggler --workers 2 --fixed", 1.2),
    ("pool --workers 2", "pool --workers 2 --fixed", 1.2),
    ("spawn", "spawn --fixed", 3),
    ("spawn --processes", "spawn", 2),
    ("race --hold-while-sleeping", "race --locked", 3),
    ("semaphore", "semaphore --fixed", 1.3),
    ("affinity", "affinity --fixed", 1.3),
    ("serialize", "serialize --fixed", 1.3),
    ("reactor", "reactor --fixed", 1.1),
])
def test_the_better_variant_is_faster(slow, fast, ratio):
    if FEW_CPUS and ratio < 2:
        pytest.skip("one CPU: nothing to gain")

    def attempt():
        runs = [Outcome(line, ["--seconds", "0.4"]) for line in (slow, fast)]
        gain = runs[1].rate / runs[0].rate
        return gain >= ratio, gain, max(outcome.others for outcome in runs)

    eventually(attempt)


def left_out(row):
    """Codes of the fault that the variant without it must not have: some are left in both."""
    return " ".join(set(row.fault_codes.split()) - set(row.fixed_codes.split()))


VARIANTS = [(row, row.fault, row.fault_codes, "") for row in ROWS] + \
           [(row, row.fixed, row.fixed_codes, left_out(row)) for row in ROWS]


def go_first():
    """In a new child: what else the machine does is not what is judged, so let it wait.

    Linux shares the CPUs among sessions first, if it makes groups of them, then among threads.
    """
    os.setsid()
    with contextlib.suppress(OSError):
        os.setpriority(os.PRIO_PROCESS, 0, -15)
        with open("/proc/self/autogroup", "w", encoding="ascii") as out:
            out.write("-15")


def found(report):
    return [f["code"] for f in report["findings"] if f["share"] >= COUNTS]


def others(report):
    """CPUs that other programs had."""
    return sum(cpu["other_ns"] for cpu in report["cpus"]) / report["wall_ns"]


@pytest.mark.slow
@pytest.mark.skipif(FEW_CPUS, reason="one CPU")
@pytest.mark.parametrize("row, options, expected, unexpected", VARIANTS, ids=[
    f"{row.name} {options}".strip() for row, options, _, _ in VARIANTS])
def test_what_is_found(record, conctrace, row, options, expected, unexpected):
    """The fault is found where it is, and not where it is not."""
    seen = []
    for _ in range(ATTEMPTS // 2):
        length = ["--seconds", SECONDS] if row.kind == "C" else []
        result = record([conctrace, "workload", row.name, *options.split(), *length],
                        "--as-root", preexec_fn=go_first)
        if result.code == UNSUPPORTED:
            pytest.skip(result.stderr.splitlines()[0])
        assert result.code == (1 if expected == "deadlock" else 0), result.stderr
        report = result.report
        codes = set(found(report))
        if (not expected or codes & set(expected.split())) and not codes & set(unexpected.split()):
            return
        seen.append((found(report), round(others(report), 2)))
    if all(busy > QUIET for _, busy in seen):
        pytest.skip(f"the machine is busy: (found, CPUs that others used), each try: {seen}")
    pytest.fail(f"(found, CPUs that others used), each try: {seen}")


def test_list(conctrace):
    done = run([conctrace, "workload"])
    assert (done.returncode, done.stderr) == (0, "")
    lines = done.stdout.splitlines()
    for row in ROWS:
        assert sum(line.split() == [row.name, *row.summary.split()] for line in lines) == 1
    assert len(lines) <= len(ROWS) + 24 and max(map(len, lines)) <= 79


def test_deadlock_gives_up():
    done = run([workload("deadlock"), "--patience-ms", "100"])
    assert done.returncode == 1
    assert "gave up" in done.stderr and len(done.stderr.splitlines()) == 1
    assert RESULT.fullmatch(done.stdout)


@pytest.mark.parametrize("line, right", [
    ("race", False), ("race --locked", True), ("race --hold-while-sleeping", True)])
def test_race(line, right):
    done = run([*words(line), "--work", "200"])
    sums = re.match(r"race: expected=(\d+) actual=(\d+) lost=(\d+)\n", done.stdout)
    expected, actual, lost = map(int, sums.groups())
    assert expected == 200 and actual + lost == expected
    assert (lost == 0) == right


@pytest.mark.parametrize("options, left", [
    ("--end join", False), ("--end signal", False), ("--end drop", True)])
def test_daemon(options, left):
    """What the thread has not yet written down is lost with it."""
    done = run([*words("daemon"), *options.split(), "--work", "20"])
    sums = re.match(r"daemon: handed=20 flushed=(\d+) lost=(\d+)\n", done.stdout)
    assert (int(sums[1]), int(sums[2])) == ((0, 20) if left else (20, 0))


@pytest.mark.parametrize("options, sums", [("", "fired=9 cancelled=0"),
                                           ("--fixed", "fired=0 cancelled=9")])
def test_timer(options, sums):
    done = run([*words("timer"), *options.split(), "--work", "9"])
    assert done.stdout.startswith(f"timer: {sums}\n")


def test_uring_forbidden():
    """As containers do it: a filter that lets io_uring_setup fail."""
    done = run(["/usr/bin/python3", "-c", FORBID, workload("uring"), "--work", "1"])
    assert (done.returncode, done.stdout) == (UNSUPPORTED, "")
    assert "Operation not permitted" in done.stderr and len(done.stderr.splitlines()) == 1


FORBID = """
import ctypes, os, struct, sys
NR_IO_URING_SETUP, EPERM = 425, 1
filter = ctypes.create_string_buffer(b"".join(struct.pack("HBBI", *row) for row in (
    (0x20, 0, 0, 0),                      # load the number of the call
    (0x15, 0, 1, NR_IO_URING_SETUP),      # if it is this one
    (0x06, 0, 0, 0x00050000 | EPERM),     # fail
    (0x06, 0, 0, 0x7fff0000))))           # else go on
program = struct.pack("HxxxxxxQ", 4, ctypes.addressof(filter))
libc = ctypes.CDLL(None, use_errno=True)
libc.prctl(38, 1, 0, 0, 0)
if libc.prctl(22, 2, program, 0, 0):
    raise OSError(ctypes.get_errno(), "seccomp")
os.execv(sys.argv[1], sys.argv[1:])
"""


def test_fsync_in_memory():
    done = run(["env", "TMPDIR=/dev/shm", workload("fsync"), "--work", "1"])
    assert done.returncode == UNSUPPORTED
    assert "TMPDIR" in done.stderr and len(done.stderr.splitlines()) == 1


def children(pid):
    with open(f"/proc/{pid}/task/{pid}/children", encoding="ascii") as text:
        return [int(word) for word in text.read().split()]


def names_of(pid):
    """Of all threads of a process and of its children."""
    found = set()
    for task in [p for owner in [pid, *children(pid)] for p in glob.glob(f"/proc/{owner}/task/*")]:
        try:
            with open(f"{task}/comm", encoding="utf-8") as text:
                found.add(text.read().strip())
        except OSError:
            pass  # it has ended
    return found


def until(holds):
    end = time.monotonic() + LIMIT
    while not holds():
        assert time.monotonic() < end
        time.sleep(0.005)


@pytest.mark.parametrize("line, names", [
    ("cpu --mode threads --workers 2", {"cpu", "worker-1", "worker-2"}),
    ("cpu --mode procs --workers 2", {"cpu", "worker-1", "worker-2"}),
    ("convoy", {"convoy", "worker-1", "worker-2", "worker-3", "worker-4"}),
    ("pipeline --fixed", {"pipeline", "producer-1", "consumer-1", "consumer-4"}),
    ("sleepers", {"sleepers", "worker-8"}),
    ("download --mode threads", {"download", "server", "worker-8"}),
    ("barrier", {"barrier", "worker-4"}),
    ("daemon", {"daemon", "flusher", "worker-1"}),
    ("herd", {"herd", "source-1", "waiter-32"}),
    ("rwlock", {"rwlock", "writer-1", "reader-4"}),
    ("timer", {"timer", "worker-1"}),
    ("serialize --workers 3", {"serialize", "worker-3"}),
    ("priority", {"priority", "low-1", "urgent-2", "hog-4"} if not FEW_CPUS else {"low-1"}),
    ("reactor --fixed", {"reactor", "loop-1", "client-8", "helper-1"}),
])
def test_names_of_threads(line, names):
    with subprocess.Popen([*words(line), "--seconds", "60"], stdout=subprocess.DEVNULL) as process:
        try:
            until(lambda: names <= names_of(process.pid))
        finally:
            process.kill()


@pytest.mark.parametrize("line, nchildren", [
    ("cpu --mode procs --workers 2", 2), ("serialize --workers 3", 3), ("download --mode procs --workers 3", 4),
])
def test_no_child_outlives_a_killed_parent(line, nchildren):
    def gone(pid):
        try:
            with open(f"/proc/{pid}/stat", encoding="ascii") as text:
                return text.read().rsplit(")", 1)[1].split()[0] in "ZX"
        except OSError:
            return True

    with subprocess.Popen([*words(line), "--seconds", "60"], stdout=subprocess.DEVNULL) as process:
        try:
            until(lambda: len(children(process.pid)) == nchildren)
            left = children(process.pid)
        finally:
            process.kill()
    until(lambda: all(gone(pid) for pid in left))


@pytest.mark.parametrize("line", [
    "forkmany 100", "threads 200", "execs", "pingpong futex 500", "pingpong pipe 500", "rename",
])
def test_program(line):
    name, *options = line.split()
    done = run([program(name), *options])
    assert (done.returncode, done.stdout, done.stderr) == (0, "", "")


def test_program_waits(tmp_path):
    done = run([program("waits"), tmp_path])
    assert (done.returncode, done.stderr) == (0, "")
    assert list(tmp_path.iterdir()) == []


def test_program_daemonize(tmp_path):
    file = tmp_path / "tid"
    assert run([program("daemonize"), file]).returncode == 0
    until(file.exists)
    assert int(file.read_text()) > 0


def test_program_rusage():
    lines = run([program("rusage")]).stdout.splitlines()
    found = [re.fullmatch(r"name=(\S+) tid=(\d+) vol=(\d+) inv=(\d+) cpu_ns=(\d+)", line)
             for line in lines]
    assert all(found), lines
    assert found[-1][1] == "rusage"
    by_name = {match[1]: match for match in found}
    assert len(by_name) == len(lines) == 8
    assert all(int(by_name[name][5]) >= 100_000_000 for name in ("compute-1", "compute-2"))
    assert int(by_name["sleep"][3]) >= 50
