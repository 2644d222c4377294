# SPDX-License-Identifier: GPL-2.0-only
"""The reference workloads in Python, on their own: what they print, and who is faster."""

import os
import resource
import time

import pytest

from conftest import run, workload
from test_workloads import FEW_CPUS, RESULT, ROWS, UNSUPPORTED, eventually, machine_busy_seconds

NAMES = [row.name for row in ROWS if row.kind == "PYTHON"]
MODELS = ("sequential", "threads", "processes", "asyncio", "thread-pool", "process-pool")


def script(line):
    """A command line, its program replaced by the script's path."""
    name, *options = line.split()
    if name not in NAMES:
        pytest.skip(f"there is no workload {name}")
    return [workload(os.path.join("python", name + ".py")), *options]


class Outcome:
    """What a run prints, and the CPUs that it and all others used."""

    def __init__(self, line, **more):
        used, busy = resource.getrusage(resource.RUSAGE_CHILDREN), machine_busy_seconds()
        start = time.monotonic()
        done = run(script(line), **more)
        wall = time.monotonic() - start
        if done.returncode == UNSUPPORTED:
            pytest.skip(done.stderr.strip())
        assert (done.returncode, done.stderr) == (0, ""), done
        self.lines = done.stdout.splitlines()
        match = RESULT.fullmatch(self.lines[-1] + "\n")
        assert match, done.stdout
        self.name, self.checksum = match["name"], match["checksum"]
        self.ops, self.workers = int(match["ops"]), int(match["workers"])
        self.rate, self.seconds = float(match["rate"]), float(match["seconds"])
        now = resource.getrusage(resource.RUSAGE_CHILDREN)
        self.cpus = (now.ru_utime + now.ru_stime - used.ru_utime - used.ru_stime) / wall
        self.others = (machine_busy_seconds() - busy) / wall - self.cpus


@pytest.mark.parametrize("name", NAMES)
def test_help(name):
    done = run([*script(name), "--help"])
    assert (done.returncode, done.stderr) == (0, "")
    assert f"{name}: " in done.stdout and "conctrace finds" in done.stdout
    for option in ("--work", "--workers", "--help"):
        assert option in done.stdout


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize("options", ["--bogus", "extra", "--workers 0", "--work x"])
def test_bad_options(name, options):
    done = run([*script(name), *options.split()])
    assert (done.returncode, done.stdout) == (2, "")
    assert "usage: " in done.stderr


@pytest.mark.parametrize("lines, work", [
    ([f"pycpu --model {model}" for model in MODELS], "--size 1000 --work 20"),
    ([f"pyio --model {model}" for model in MODELS], "--latency-ms 1 --work 20"),
    ([f"pysleep --model {model}" for model in MODELS], "--sleep-ms 1 --work 20"),
    (["pyrace", "pyrace --locked", "pyrace --hold-while-sleeping"], "--work 20"),
    (["pyqueue", "pyqueue --fixed"], "--work 20"),
    (["pybarrier", "pybarrier --fixed"], "--work 20"),
    (["pytimer --timeout-ms 10", "pytimer --fixed"], "--work 20"),
    (["pydaemon --end joined", "pydaemon --end told", "pydaemon --end dropped"],
     "--work 20 --period-ms 50"),
    (["pylogging", "pylogging --fixed"], "--work 40"),
    (["pypickle", "pypickle --fixed"], "--work 10 --mib 1"),
    (["pyloop", "pyloop --fixed"], "--work 20"),
    (["pyrq", "pyrq --fixed"], "--work 4"),
    (["pysklearn --n-jobs 1", "pysklearn --n-jobs -1"], "--work 4 --rows 200"),
], ids=lambda value: value[0].split()[0] if isinstance(value, list) else "")
def test_variants_compute_the_same(lines, work):
    outcomes = [Outcome(f"{line} {work}") for line in lines]
    assert {o.name for o in outcomes} == {lines[0].split()[0]}
    assert len({(o.ops, o.checksum) for o in outcomes}) == 1


def test_updates_are_lost_without_a_lock():
    lost = [int(Outcome(line).lines[0].split()[-2]) for line in (
        "pyrace --work 100", "pyrace --work 100 --locked")]
    assert lost[0] > 0 and lost[1] == 0


def test_a_dropped_thread_leaves_its_work():
    assert Outcome("pydaemon --end dropped").lines[0] == "pydaemon: 0 of 50 entries written"
    assert Outcome("pydaemon --end told").lines[0] == "pydaemon: 50 of 50 entries written"


@pytest.mark.parametrize("line, module, package", [
    ("pyrq", "rq", "python3-rq"), ("pyrq", "redis", "python3-redis"),
    ("pysklearn", "sklearn", "python3-sklearn"),
])
def test_missing_packages_are_named(tmp_path, line, module, package):
    (tmp_path / f"{module}.py").write_text("raise ImportError('not here')\n")
    done = run(script(line), env={**os.environ, "PYTHONPATH": str(tmp_path)})
    assert (done.returncode, done.stdout) == (UNSUPPORTED, "")
    assert done.stderr.startswith(f"{line}: needs the package python3-")
    assert package in done.stderr or module == "rq"
    assert len(done.stderr.splitlines()) == 1


# What is said of them in docs/threads-processes-async.md: (this, is by so much, faster than that).
FASTER = [
    ("pyio --model threads", 10, "pyio --model sequential"),
    ("pyio --model asyncio", 10, "pyio --model sequential"),
    ("pyio --model threads --latency-ms 50", 10, "pyio --model sequential --latency-ms 50"),
    ("pyio --model processes --latency-ms 50", 10, "pyio --model sequential --latency-ms 50"),
    ("pysleep --model threads", 5, "pysleep --model sequential"),
    ("pysleep --model processes", 5, "pysleep --model sequential"),
    ("pysleep --model asyncio", 5, "pysleep --model sequential"),
    ("pyrace --locked", 2, "pyrace --hold-while-sleeping"),
    ("pyqueue --fixed", 2, "pyqueue"),
    ("pybarrier --fixed", 1.3, "pybarrier"),
    ("pytimer --fixed", 2, "pytimer"),
    ("pydaemon --end told", 2, "pydaemon --end joined"),
    ("pylogging --fixed", 2, "pylogging"),
    ("pypickle --fixed", 2, "pypickle"),
    ("pyloop --fixed", 1.2, "pyloop"),
    ("pyrq --fixed", 1.2, "pyrq"),
    pytest.param("pycpu --model processes", 1.6, "pycpu --model sequential",
                 marks=pytest.mark.skipif(FEW_CPUS, reason="one CPU")),
]


@pytest.mark.parametrize("fast, ratio, slow", FASTER)
def test_the_better_variant_is_faster(fast, ratio, slow):
    def attempt():
        runs = [Outcome(line) for line in (slow, fast)]
        gain = runs[1].rate / runs[0].rate
        return gain >= ratio, gain, max(outcome.others for outcome in runs)

    eventually(attempt)


def test_threads_that_compute_are_no_faster_than_one():
    def attempt():
        runs = [Outcome(f"pycpu --model {model}") for model in ("sequential", "threads")]
        gain = runs[1].rate / runs[0].rate
        return gain <= 1.2, gain, max(outcome.others for outcome in runs)

    eventually(attempt)


def test_sleeping_takes_no_cpu():
    def attempt():
        idle = Outcome("pysleep --sleep-ms 1 --work 1")
        run_of_it = Outcome("pysleep --sleep-ms 1000 --work 2")
        # Less what the interpreter takes to start.
        cpus = (run_of_it.cpus * (run_of_it.seconds + 0.05) - idle.cpus * 0.1) / run_of_it.seconds
        return cpus < 0.1, cpus, run_of_it.others

    eventually(attempt)
