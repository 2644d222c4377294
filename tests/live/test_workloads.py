# SPDX-License-Identifier: GPL-2.0-only
"""The reference workloads, on their own: each does what it says, and its faults show."""

import glob
import os
import re
import subprocess
import time

import pytest

from conftest import LIMIT, ROOT, program, run, workload

REGISTRY = os.path.join(ROOT, "tools", "workloads", "registry.h")
RESULT = re.compile(r"(?P<name>\w+): ops=(?P<ops>\d+) seconds=(?P<seconds>\d+\.\d{3}) "
                    r"ops_per_s=(?P<rate>\d+\.\d) workers=(?P<workers>\d+) "
                    r"checksum=(?P<checksum>[0-9a-f]{16})\n")
ATTEMPTS, QUIET_ATTEMPTS = 10, 3  # for what depends on what else the machine is doing
QUIET = 0.3  # CPUs that others use, at most, for a try to count as failed
FEW_CPUS = len(os.sched_getaffinity(0)) < 2


def registered():
    with open(REGISTRY, encoding="utf-8") as text:
        return re.findall(r"^\s*X\((\w+),", text.read(), re.M)


NAMES = registered()


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
        argv = [*words(line), *more]
        start, busy = time.monotonic(), machine_busy_seconds()
        with subprocess.Popen(argv, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                              text=True) as process:
            output = process.stdout.read()
            _, status, used = os.wait4(process.pid, 0)
            process.returncode = os.waitstatus_to_exitcode(status)
        wall = time.monotonic() - start
        assert process.returncode == 0
        match = RESULT.fullmatch(output)
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
    files = glob.glob(os.path.join(ROOT, "tools", "workloads", "*.c"))
    assert sorted(NAMES) == sorted(os.path.basename(f)[:-2] for f in files)
    with open(os.path.join(ROOT, "docs", "workloads.md"), encoding="utf-8") as text:
        page = text.read()
    assert [name for name in NAMES if f"## {name}\n" not in page] == []


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
    "barrier --straggler=3",
])
def test_bad_own_options(line):
    assert_usage_error(words(line))


def assert_usage_error(argv):
    done = run(argv)
    assert done.returncode == 2, done
    assert done.stdout == ""
    assert len(done.stderr.splitlines()) == 1 and "--help" in done.stderr


@pytest.mark.parametrize("lines", [
    ["cpu --mode single", "cpu --mode threads", "cpu --mode procs --workers 3"],
    ["convoy", "convoy --fixed", "convoy --workers 1"],
    ["pipeline --slow consumer", "pipeline --slow consumer --fixed", "pipeline --depth 1"],
    ["pipeline --slow producer", "pipeline --slow producer --fixed"],
    ["sleepers", "sleepers --fixed", "sleepers --workers 2"],
    ["download --mode sequential", "download --mode threads", "download --mode procs",
     "download --mode epoll", "download --mode epoll --workers 100"],
    ["barrier --straggler", "barrier --straggler --fixed"],
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
    ("download --mode sequential", "download --mode threads", 3),
    ("download --mode sequential", "download --mode procs", 3),
    ("download --mode sequential", "download --mode epoll", 3),
    ("barrier --straggler --workers 2", "barrier --straggler --workers 2 --fixed", 1.2),
])
def test_the_better_variant_is_faster(slow, fast, ratio):
    if FEW_CPUS and ratio < 2:
        pytest.skip("one CPU: nothing to gain")

    def attempt():
        runs = [Outcome(line, ["--seconds", "0.4"]) for line in (slow, fast)]
        gain = runs[1].rate / runs[0].rate
        return gain >= ratio, gain, max(outcome.others for outcome in runs)

    eventually(attempt)


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
])
def test_names_of_threads(line, names):
    with subprocess.Popen([*words(line), "--seconds", "60"], stdout=subprocess.DEVNULL) as process:
        try:
            until(lambda: names <= names_of(process.pid))
        finally:
            process.kill()


@pytest.mark.parametrize("line, nchildren", [
    ("cpu --mode procs --workers 2", 2), ("download --mode procs --workers 3", 4),
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
