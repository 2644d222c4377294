#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0-only
"""Runs the fuzz targets, one after the other, for some seconds each; or replays their inputs.

What a fuzzer keeps on its way goes to BUILD/fuzz/corpus/TARGET and is there the next time; what a
target fails on goes to BUILD/fuzz/crashes. A line per target says how much was tried. With
--replay, the last line is "N passed, N failed, N skipped".
"""

import argparse
import glob
import os
import re
import resource
import shutil
import subprocess
import sys
import tempfile

HERE = os.path.dirname(os.path.abspath(__file__))
INPUT_MOST = 16384  # bytes
MEMORY_MB = 512
SECONDS_AN_INPUT = 10
SANITIZER_ENV = {"ASAN_OPTIONS": "detect_leaks=1:exitcode=99:allocator_may_return_null=1",
                 "UBSAN_OPTIONS": "print_stacktrace=1:halt_on_error=1:exitcode=99"}


def all_targets():
    return sorted(os.path.splitext(os.path.basename(p))[0] for p in glob.glob(HERE + "/*.c"))


def inputs(target):
    """The folders that hold what is kept of it."""
    folders = [os.path.join(HERE, kind, target) for kind in ("corpus", "regressions")]
    return [folder for folder in folders if os.path.isdir(folder)]


def cpu_seconds():
    usage = resource.getrusage(resource.RUSAGE_CHILDREN)
    return usage.ru_utime + usage.ru_stime


def run_libfuzzer(target, options, tmp):
    """Returns (executions, failed)."""
    kept = os.path.join(options.build, "fuzz", "corpus", target)
    crashes = os.path.join(options.build, "fuzz", "crashes")
    os.makedirs(kept, exist_ok=True)
    os.makedirs(crashes, exist_ok=True)
    log = os.path.join(options.build, "fuzz", target + ".log")
    with open(log, "w", encoding="utf-8") as out:
        done = subprocess.run(
            [os.path.join(options.build, "fuzz", "tests", "fuzz", target),
             f"-max_total_time={options.seconds}", f"-rss_limit_mb={MEMORY_MB}",
             f"-timeout={SECONDS_AN_INPUT}", f"-max_len={INPUT_MOST}", "-print_final_stats=1",
             "-close_fd_mask=1", f"-artifact_prefix={crashes}/{target}-", kept, *inputs(target)],
            env={**os.environ, **SANITIZER_ENV, "TMPDIR": tmp}, cwd=tmp, stdout=out, stderr=out,
            stdin=subprocess.DEVNULL, check=False)
    with open(log, encoding="utf-8", errors="replace") as text:
        told = text.read()
    count = re.search(r"number_of_executed_units: (\d+)", told)
    if done.returncode:
        print("\n".join(l for l in told.splitlines() if re.search(
            r"does not hold|ERROR|SUMMARY|runtime error|Test unit| in .* user/", l)))
    return int(count[1]) if count else 0, done.returncode != 0


def run_afl(target, options, tmp):
    out = os.path.join(options.build, "afl", "out", target)
    seeds = os.path.join(tmp, "seeds")
    os.makedirs(seeds)
    os.makedirs(os.path.dirname(out), exist_ok=True)
    for folder in inputs(target):
        for name in os.listdir(folder):
            shutil.copy(os.path.join(folder, name), os.path.join(seeds, f"{len(os.listdir(seeds))}"))
    env = {**os.environ, **SANITIZER_ENV, "TMPDIR": tmp, "AFL_NO_UI": "1", "AFL_SKIP_CPUFREQ": "1",
           "AFL_I_DONT_CARE_ABOUT_MISSING_CRASHES": "1", "AFL_NO_AFFINITY": "1",
           "AFL_IGNORE_SEED_PROBLEMS": "1", "AFL_AUTORESUME": "1"}
    # AFL++ wants crashes to be signals, and no symbols.
    env["ASAN_OPTIONS"] = "abort_on_error=1:symbolize=0:detect_leaks=0:allocator_may_return_null=1"
    env["UBSAN_OPTIONS"] = "abort_on_error=1:symbolize=0:halt_on_error=1"
    with open(out + ".log", "w", encoding="utf-8") as log:
        done = subprocess.run(
            ["afl-fuzz", "-i", seeds, "-o", out, "-V", str(options.seconds), "-m", "none", "-t",
             f"{SECONDS_AN_INPUT * 1000}", "-G", str(INPUT_MOST), "--",
             os.path.join(options.build, "afl", "tests", "fuzz", target)],
            env=env, cwd=tmp, stdout=log, stderr=log, stdin=subprocess.DEVNULL, check=False)
    stats = {}
    path = os.path.join(out, "default", "fuzzer_stats")
    if os.path.exists(path):
        with open(path, encoding="utf-8") as text:
            stats = dict(re.findall(r"^(\w+)\s*: (.*)$", text.read(), re.M))
    crashes = int(stats.get("saved_crashes", 0)) + int(stats.get("saved_hangs", 0))
    if crashes:
        print(f"{crashes} saved in {out}/default/crashes and hangs")
    return int(stats.get("execs_done", 0)), done.returncode != 0 or crashes > 0


def fuzz(options):
    run = run_afl if options.afl else run_libfuzzer
    failed = 0
    for target in options.targets or all_targets():
        before = cpu_seconds()
        with tempfile.TemporaryDirectory() as tmp:
            executions, bad = run(target, options, tmp)
        failed += bad
        print(f"{'FAIL' if bad else 'ok':4} {target}: {executions} executions in "
              f"{(cpu_seconds() - before) / 60:.1f} CPU minutes", flush=True)
    return 1 if failed else 0


def replay(options):
    """Programs that `make fuzz-programs` built without a fuzzer, on all that is kept."""
    passed = failed = 0
    for target in options.targets or all_targets():
        program = os.path.join(options.build, "tests", "fuzz", target)
        with tempfile.TemporaryDirectory() as tmp:
            done = subprocess.run([program, *inputs(target)], text=True, check=False, cwd=tmp,
                                  env={**os.environ, **SANITIZER_ENV, "TMPDIR": tmp},
                                  stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                                  stderr=subprocess.STDOUT, errors="replace")
        lines = done.stdout.splitlines()
        if done.returncode or not re.fullmatch(r"[1-9]\d* inputs", lines[-1] if lines else ""):
            failed += 1
            print(f"FAIL {target}: ended with {done.returncode}\n" + "\n".join(lines[-30:]))
        else:
            passed += 1
            print(f"ok   {target}: {lines[-1]}")
    print(f"{passed} passed, {failed} failed, 0 skipped")
    return 0 if passed and not failed else 1


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--build", default="build", help="build directory")
    parser.add_argument("--seconds", type=int, default=60, help="for each target")
    parser.add_argument("--afl", action="store_true", help="AFL++ instead of libFuzzer")
    parser.add_argument("--replay", action="store_true", help="the kept inputs only")
    parser.add_argument("targets", nargs="*", help="of: " + " ".join(all_targets()))
    options = parser.parse_args()
    options.build = os.path.abspath(options.build)
    for target in options.targets:
        if target not in all_targets():
            parser.error(f"no target {target!r}; there are: {' '.join(all_targets())}")
    return replay(options) if options.replay else fuzz(options)


if __name__ == "__main__":
    sys.exit(main())
