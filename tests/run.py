#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0-only
"""Runs the tests: all of them, or the named parts.

The last line is "N passed, N failed, N skipped"; exit 0 only if nothing failed and something
passed. Parts that need what the machine does not have are skipped and say why.
"""

import argparse
import glob
import os
import re
import shutil
import signal
import subprocess
import sys
import tempfile
import time
import xml.etree.ElementTree

HERE = os.path.dirname(os.path.abspath(__file__))
ROOT = os.path.dirname(HERE)
PYTHON = "/usr/bin/python3"
SANITIZE = "-fsanitize=address,undefined -fno-sanitize-recover=undefined"
SANITIZER_ENV = {
    # A code of its own, so that a finding is not taken for conctrace's answer.
    "ASAN_OPTIONS": "detect_leaks=1:exitcode=99:allocator_may_return_null=1",
    "UBSAN_OPTIONS": "print_stacktrace=1:halt_on_error=1:exitcode=99",
}
UNIT_LIMIT, PYTEST_LIMIT = 180, 600  # seconds
CLOSING = re.compile(r"^(\d+) passed, (\d+) failed, (\d+) skipped$", re.M)


class Results:
    """Counts, and a line per test program as it ends."""

    def __init__(self):
        self.passed = self.failed = self.skipped = 0
        self.failures = []

    def add(self, name, passed, failed, skipped, detail=""):
        self.passed += passed
        self.failed += failed
        self.skipped += skipped
        verdict = "FAIL" if failed else "ok" if passed else "skip"
        counts = f"{passed} passed" + (f", {failed} failed" if failed else "") + \
            (f", {skipped} skipped" if skipped else "")
        print(f"  {verdict:4} {name}: {counts}", flush=True)
        if failed:
            self.failures.append(name)
        if detail and (failed or not passed):
            print("       " + detail.rstrip().replace("\n", "\n       "), flush=True)


def environment(**more):
    """Ours, without what an outer make set up for its own children."""
    env = {k: v for k, v in os.environ.items() if k not in ("MAKEFLAGS", "MAKELEVEL", "MFLAGS")}
    env.update(more, PYTHONDONTWRITEBYTECODE="1")
    return env


def make(results, build, *arguments):
    """Builds; False (and one failure) if that does not work."""
    # As a person would name it: dependency files hold the names of the first build.
    inside = os.path.relpath(build, ROOT)
    build = build if inside.startswith("..") else inside
    done = subprocess.run(["make", "-s", f"-j{os.cpu_count() or 2}", "-C", ROOT, f"BUILD={build}",
                           *arguments], env=environment(), stdin=subprocess.DEVNULL, text=True,
                          stdout=subprocess.PIPE, stderr=subprocess.STDOUT, check=False)
    if done.returncode:
        results.add(f"make {' '.join(arguments)}", 0, 1, 0, done.stdout[-4000:])
    return done.returncode == 0


def run_unit(results, path, env, through=None):
    """One test program; `through` makes the command of its path."""
    name = os.path.basename(path) + (" (sanitized)" if env and not through else "")
    try:
        done = subprocess.run(through(path) if through else [path], cwd=ROOT, env=environment(CMOCKA_MESSAGE_OUTPUT="TAP", **env),
                              stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                              stderr=subprocess.STDOUT, timeout=UNIT_LIMIT, check=False)
    except subprocess.TimeoutExpired:
        results.add(name, 0, 1, 0, f"took over {UNIT_LIMIT} s")
        return
    text = done.stdout.decode("utf-8", "replace")
    lines = re.findall(r"^(ok|not ok)\b(.*)$", text, re.M)
    # cmocka writes "not ok N # SKIP name" for what is skipped.
    skipped = sum(1 for _, rest in lines if "# SKIP" in rest)
    failed = sum(1 for verdict, rest in lines if verdict == "not ok" and "# SKIP" not in rest)
    passed = len(lines) - failed - skipped
    if done.returncode == 77 and not failed:
        skipped, passed = max(skipped, 1), 0
    elif done.returncode and not failed:
        failed = 1
        text += f"\nended with {done.returncode}"
    elif not lines:
        failed, text = 1, text + "\nran no test"
    results.add(name, passed, failed, skipped, text[-4000:])


def part_unit(results, options, build=None, env=None, extra=()):
    build = build or options.build
    if not make(results, build, *extra, "tests"):
        return
    sources = glob.glob(os.path.join(HERE, "unit", "test_*.c"))
    for source in sorted(sources):
        name = os.path.splitext(os.path.basename(source))[0]
        run_unit(results, os.path.join(build, "tests", "unit", name), env or {})


def run_counted(results, script, *arguments):
    """A script of ours that ends with the same line as this one."""
    done = subprocess.run([PYTHON, script, *arguments], text=True, check=False,
                          stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                          stderr=subprocess.STDOUT)
    closing = CLOSING.findall(done.stdout)
    counts = [int(n) for n in closing[-1]] if closing else [0, 1, 0]
    wrong = "\n".join(l for l in done.stdout.splitlines() if not l.startswith("ok"))
    results.add(os.path.relpath(script, ROOT), *counts, wrong)


def part_layout(results, _options):
    run_counted(results, os.path.join(HERE, "layout.py"))


def elevated():
    """The prefix for what needs root: [], sudo's, or None where there is no way."""
    if os.geteuid() == 0:
        return []
    if not shutil.which("sudo"):
        return None
    ask = sys.stdin.isatty() and "CI" not in os.environ
    sudo = ["sudo"] if ask else ["sudo", "-n"]
    if subprocess.run([*sudo, "true"], check=False, stderr=subprocess.DEVNULL).returncode:
        return None
    # The tests judge what root sees; what sudo changes, they set up themselves.
    return [*sudo, "env", "-u", "SUDO_UID", "-u", "SUDO_GID", "-u", "SUDO_USER", "-u",
            "SUDO_COMMAND"]


def run_pytest(results, folder, env, prefix=(), extra=()):
    name = os.path.relpath(folder, ROOT) + (" (sanitized)" if "ASAN_OPTIONS" in env else "")
    print(f"  {name}", flush=True)
    with tempfile.TemporaryDirectory() as tmp:
        xml_file = os.path.join(tmp, "results.xml")
        assignments = [f"{k}={v}" for k, v in {**env, "PYTHONDONTWRITEBYTECODE": "1"}.items()]
        command = [*prefix, *([] if prefix else ["env"]), *assignments, PYTHON, "-m", "pytest", "-q",
                   "--no-header", "--no-summary", "--tb=short", "-p", "no:cacheprovider",
                   f"--junitxml={xml_file}", *extra, folder]
        try:
            done = subprocess.run(command, cwd=ROOT, env=environment(), stdin=subprocess.DEVNULL,
                                  timeout=PYTEST_LIMIT, check=False)
            ended = f"pytest ended with {done.returncode} and no results"
        except subprocess.TimeoutExpired:
            ended = f"took over {PYTEST_LIMIT} s"
        try:
            suites = list(xml.etree.ElementTree.parse(xml_file).getroot().iter("testsuite"))
        except (OSError, xml.etree.ElementTree.ParseError):
            results.add(name, 0, 1, 0, ended)
            return
        total, failures, errors, skipped = (sum(int(s.get(key, 0)) for s in suites) for key in
                                            ("tests", "failures", "errors", "skipped"))
        details = []
        for case in (c for s in suites for c in s.iter("testcase")):
            for kind in ("failure", "error", "skipped"):
                for why in case.findall(kind):
                    head = why.get("message") or ""
                    if kind == "skipped":
                        details.append(f"skipped: {head}")
                    else:
                        details.append(f"{case.get('name')}: {head}\n{(why.text or '')[-2500:]}")
        results.add(name, max(0, total - failures - errors - skipped), failures + errors, skipped,
                    "\n".join(dict.fromkeys(details)))
        for reason in dict.fromkeys(d for d in details if d.startswith("skipped")):
            if total > skipped and not failures + errors:
                print(f"       {reason}")


def part_golden(results, options):
    """Every folder of Python tests that needs no privilege."""
    for folder in sorted({os.path.dirname(p) for p in glob.glob(os.path.join(HERE, "*/test_*.py"))}):
        if os.path.basename(folder) not in ("browser", "live", "truth"):
            run_pytest(results, folder, {"CONCTRACE": os.path.join(options.build, "conctrace"),
                                         "CONCTRACE_BUILD": options.build})


def live(results, options, build, env, extra=()):
    prefix = elevated()
    if prefix is None:
        print("  live tests need root: run as root, or with a sudo that does not ask", flush=True)
        prefix = []
    run_pytest(results, os.path.join(HERE, "live"),
               {"CONCTRACE": os.path.join(build, "conctrace"), "CONCTRACE_BUILD": options.build,
                **env}, prefix, extra)


def part_browser(results, options):
    """The HTML timeline in a browser; what is to be recorded for it needs root."""
    run_pytest(results, os.path.join(HERE, "browser"),
               {"CONCTRACE": os.path.join(options.build, "conctrace"),
                "CONCTRACE_BUILD": options.build}, elevated() or [])


def part_live(results, options):
    live(results, options, options.build, {})


def part_accuracy(results, options):
    """Programs with known answers; built without privilege, recorded with."""
    truth = os.path.join(HERE, "truth")
    subprocess.run([PYTHON, os.path.join(truth, "accuracy.py"), "--build", options.build,
                    "--only-build"], env=environment(), stdin=subprocess.DEVNULL, check=False)
    run_pytest(results, truth, {"CONCTRACE": os.path.join(options.build, "conctrace"),
                                "CONCTRACE_BUILD": options.build}, elevated() or [])


def part_verdict(results, options):
    """The judge of the verdict, and a part of the programs that `make accuracy` judges it by."""
    verdict = os.path.join(HERE, "verdict")
    subprocess.run([PYTHON, os.path.join(verdict, "verdict.py"), "--build", options.build,
                    "--only-build"], env=environment(), stdin=subprocess.DEVNULL, check=False)
    run_pytest(results, verdict, {"CONCTRACE": os.path.join(options.build, "conctrace"),
                                  "CONCTRACE_BUILD": options.build}, elevated() or [])


ASAN_FLAGS = (f"SANITIZE={SANITIZE}", "OPT=-O1")


def part_asan(results, options):
    build = os.path.join(options.build, "asan")
    if not make(results, build, *ASAN_FLAGS, "all"):
        return
    part_unit(results, options, build, SANITIZER_ENV, ASAN_FLAGS)
    # What takes long does so for the workload's sake: once is enough.
    live(results, options, build, SANITIZER_ENV, ("-m", "not slow"))


def part_fuzz(results, options):
    """What fuzzers found worth keeping, through the same library as the part before."""
    build = os.path.join(options.build, "asan")
    if not make(results, build, *ASAN_FLAGS, "fuzz-programs"):
        return
    run_counted(results, os.path.join(HERE, "fuzz", "run.py"), "--replay", "--build", build)


PARTS = {"unit": part_unit, "layout": part_layout, "golden": part_golden, "browser": part_browser,
         "live": part_live,
         "accuracy": part_accuracy, "verdict": part_verdict, "asan": part_asan,
         "fuzz": part_fuzz}


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--build", default="build", help="build directory")
    parser.add_argument("parts", nargs="*", help="of: " + " ".join(PARTS))
    options = parser.parse_args()
    options.build = os.path.abspath(options.build)
    unknown = [part for part in options.parts if part not in PARTS]
    if unknown:
        parser.error(f"no part {unknown[0]!r}; there are: {' '.join(PARTS)}")
    # Whoever started us in the background may have it ignored, and children inherit that.
    signal.signal(signal.SIGINT, signal.default_int_handler)
    results = Results()
    started = time.monotonic()
    built = options.parts == ["layout"] or make(results, options.build, "all", "tests")
    for name, part in PARTS.items():
        if options.parts and name not in options.parts:
            continue
        if not built and name in ("golden", "browser", "live", "accuracy", "verdict", "asan",
                                  "fuzz"):
            print(f"{name}: not run, the build failed", flush=True)
            continue
        began = time.monotonic()
        print(f"{name}:", flush=True)
        part(results, options)
        print(f"  {time.monotonic() - began:.0f} s", flush=True)
    if results.failures:
        print(f"failed after {time.monotonic() - started:.0f} s: {', '.join(results.failures)}")
    print(f"{results.passed} passed, {results.failed} failed, {results.skipped} skipped", flush=True)
    return 0 if results.passed and not results.failed else 1


if __name__ == "__main__":
    sys.exit(main())
