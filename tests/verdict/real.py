#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0-only
"""Records real programs from Debian's packages and prints what the verdict says of them.

    real.py [--build DIR] [--conctrace FILE] [--keep DIR] [NAME...]

What must hold is checked: the report's sums, that nobody crashed, that no deadlock is claimed, and
the first finding where there can be no doubt about it. Servers listen on 127.0.0.1 or on a socket in
a temporary folder, and are ended when their case is. scripts/deps --real installs what is needed;
a case that lacks something is skipped and says what.
"""

import argparse
import contextlib
import json
import os
import shutil
import signal
import subprocess
import sys
import tempfile
import time

sys.dont_write_bytecode = True
HERE = os.path.dirname(os.path.abspath(__file__))
sys.path[1:1] = [os.path.join(os.path.dirname(HERE), "truth"), os.path.dirname(HERE)]

import partitions  # noqa: E402
import programs  # noqa: E402
from real_cases import CASES, LIMIT, wait_for  # noqa: E402
from table import NOTES  # noqa: E402

ENDING = 20      # seconds that a server may take to end
COUNTS = 0.05    # share from which on a first finding is held to be one


class Recorder:
    """Starts commands under conctrace, in the folder of one case; ends all that it started."""

    def __init__(self, conctrace, folder):
        self.conctrace, self.folder, self.running = conctrace, folder, []
        self.json = os.path.join(folder, "report.json")
        self.text = os.path.join(folder, "report.txt")

    def words(self, command, options=()):
        return [self.conctrace, "record", "-o", os.path.join(self.folder, "real.data"), "--json",
                self.json, "--as-root", *options, "--", *command]

    def plain(self, command, **more):
        """Runs it, not recorded; its output. Raises RuntimeError if it fails."""
        done = subprocess.run(command, cwd=self.folder, stdin=subprocess.DEVNULL, text=True,
                              stdout=subprocess.PIPE, stderr=subprocess.STDOUT, timeout=LIMIT,
                              check=False, preexec_fn=programs.go_first, **more)
        if done.returncode:
            raise RuntimeError(f"{' '.join(command)} ended with {done.returncode}: "
                               f"{done.stdout[-500:]}")
        return done.stdout

    def record(self, command):
        """Records it from start to end."""
        with open(self.text, "w", encoding="utf-8") as text, \
                open(os.path.join(self.folder, "output"), "wb") as out:
            done = subprocess.run(self.words(command), cwd=self.folder, timeout=LIMIT, check=False,
                                  stdin=subprocess.DEVNULL, stdout=out, stderr=text,
                                  preexec_fn=programs.go_first)
        if done.returncode:
            raise RuntimeError(f"ended with {done.returncode}: {self.said()}")

    @contextlib.contextmanager
    def server(self, command, ready):
        """Records it for as long as the block lasts, then ends it by SIGTERM, as its init would.

        A signal to conctrace goes on to what it records.
        """
        with open(self.text, "w", encoding="utf-8") as text, \
                open(os.path.join(self.folder, "output"), "wb") as out:
            child = subprocess.Popen(self.words(command), cwd=self.folder, stdout=out, stderr=text,
                                     stdin=subprocess.DEVNULL, preexec_fn=programs.go_first)
        try:
            wait_for(lambda: child.poll() is not None or ready())
            if child.poll() is not None:
                raise RuntimeError(f"did not start: {self.said()}")
            yield
            child.send_signal(signal.SIGTERM)
            child.wait(ENDING)
        finally:
            if child.poll() is None:
                # The second one stops the recording; the third kills what is recorded.
                for _ in range(2):
                    child.send_signal(signal.SIGTERM)
                    with contextlib.suppress(subprocess.TimeoutExpired):
                        child.wait(5)
                child.kill()
                child.wait()
        if child.returncode < 0 or child.returncode == 125:
            raise RuntimeError(f"conctrace ended with {child.returncode}: {self.said()}")

    def said(self):
        with open(self.text, encoding="utf-8", errors="replace") as text:
            return text.read()[-500:]


def wrong_with(case, report):
    """What must hold and does not, one line each."""
    found = list(partitions.problems(report))
    codes = [finding["code"] for finding in report.get("findings", [])]
    if "deadlock" in codes and "deadlock" not in case.first:
        found.append("a deadlock is claimed")
    loud = [f["code"] for f in report.get("findings", [])
            if f["share"] >= COUNTS and f["code"] not in NOTES]
    if case.first and (not loud or loud[0] not in case.first):
        found.append(f"the first finding is {loud[0] if loud else 'none'}, not "
                     f"{' or '.join(case.first)}")
    return found


def lines_of(report):
    """The verdict, a line for each finding."""
    for finding in report.get("findings", []):
        yield f"{100 * finding['share']:5.1f} %  {finding['code']:20} " \
              f"{finding.get('subject', '')}: {finding.get('summary', '')}"


def run(case, options):
    """Problems, or None if it was skipped; prints what there is to say."""
    missing = [tool for tool in case.tools if not shutil.which(tool, path=programs_path())]
    if missing:
        print(f"{case.name}: skipped: there is no {', '.join(missing)} "
              "(scripts/deps --real installs it)", flush=True)
        return None
    with tempfile.TemporaryDirectory(prefix="conctrace-real-") as folder:
        os.chmod(folder, 0o755)  # servers give up privilege
        recorder = Recorder(options.conctrace, folder)
        try:
            case.play(recorder)
            with open(recorder.json, encoding="utf-8") as text:
                report = json.load(text)
        finally:
            keep(recorder, os.path.join(options.keep, case.name) if options.keep else None)
    wrong = wrong_with(case, report)
    wall, tasks = report["wall_ns"] / 1e9, len(report["tasks"])
    print(f"{case.name}: {wall:.2f} s, {tasks} threads, {report['parallelism']['mean']:.2f} CPUs",
          flush=True)
    for line in [*lines_of(report), *(f"WRONG: {problem}" for problem in wrong)]:
        print(f"  {line}", flush=True)
    return wrong


def keep(recorder, folder):
    if folder:
        os.makedirs(folder, exist_ok=True)
        for path in (recorder.json, recorder.text, os.path.join(recorder.folder, "real.data")):
            if os.path.exists(path):
                shutil.copy(path, folder)


def programs_path():
    return os.environ.get("PATH", "") + ":/usr/sbin:/sbin"


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--build", default="build", help="build directory")
    parser.add_argument("--conctrace", help="the program under test")
    parser.add_argument("--keep", help="a folder for recordings and reports")
    parser.add_argument("names", nargs="*", help="cases; none = all")
    options = parser.parse_args()
    options.conctrace = os.path.abspath(options.conctrace or
                                        os.path.join(options.build, "conctrace"))
    unknown = set(options.names) - {case.name for case in CASES}
    if unknown:
        parser.error(f"no case {sorted(unknown)[0]!r}; there are: "
                     f"{' '.join(case.name for case in CASES)}")
    if os.geteuid() != 0:
        programs.elevate()
    os.environ["PATH"] = programs_path()
    cases = [case for case in CASES if not options.names or case.name in options.names]
    started, failed, skipped = time.monotonic(), [], 0
    for case in cases:
        try:
            wrong = run(case, options)
        except (RuntimeError, OSError, ValueError, subprocess.SubprocessError) as error:
            print(f"{case.name}: failed: {error}", flush=True)
            wrong = [str(error)]
        skipped += wrong is None
        failed += [case.name] if wrong else []
    print(f"\n{len(cases)} programs, {len(failed)} with something wrong, {skipped} skipped; "
          f"{time.monotonic() - started:.0f} s")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
