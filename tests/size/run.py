#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0-only
"""Big recordings, made up and real: what they take in memory and on disk, and that they add up.

The last line is "N passed, N failed, N skipped"; exit 0 only if nothing failed and something
passed. Everything big goes to a temporary directory ($TMPDIR).
"""

import argparse
import json
import os
import resource
import shutil
import stat
import subprocess
import sys
import tempfile
import time

HERE = os.path.dirname(os.path.abspath(__file__))
ROOT = os.path.dirname(os.path.dirname(HERE))
sys.path.insert(0, os.path.dirname(HERE))
sys.dont_write_bytecode = True

import partitions  # noqa: E402

MB = 1 << 20
RATE = 50_000  # switches a second
# Losses that cost names, not times: of mappings those of all processes of the machine count.
NAMES = {"stack", "file", "map", "sample", "disk"}

counts = {"ok": 0, "FAIL": 0, "skip": 0}


def tell(verdict, name, detail=""):
    counts[verdict] += 1
    print(f"{verdict:4} {name}{': ' if detail else ''}{detail}", flush=True)


class Done:
    """A command that has run: its output, CPU time in seconds, and peak memory in bytes."""

    def __init__(self, *words):
        # In a child of its own, for RUSAGE_CHILDREN has the peak of all children so far.
        out, inn = os.pipe()
        self.pid = os.fork()
        if not self.pid:
            os.close(out)
            done = subprocess.run([str(word) for word in words], stdin=subprocess.DEVNULL,
                                  stdout=subprocess.PIPE, stderr=subprocess.PIPE, check=False)
            used = resource.getrusage(resource.RUSAGE_CHILDREN)
            with os.fdopen(inn, "w") as to:
                json.dump({"code": done.returncode, "cpu": used.ru_utime + used.ru_stime,
                           "peak": used.ru_maxrss * 1024,
                           "err": done.stderr.decode("utf-8", "replace")[-1000:],
                           "out": len(done.stdout)}, to)
            os._exit(0)
        os.close(inn)
        with os.fdopen(out) as come:
            self.__dict__.update(json.load(come))
        os.waitpid(self.pid, 0)

    def figures(self):
        return f"{self.cpu:.1f} s of CPU, {self.peak / 1e6:.0f} MB"


def generate(build, path, *what):
    subprocess.run([os.path.join(build, "tests/gen_trace"), path, *map(str, what)], check=True,
                   stderr=subprocess.DEVNULL)


def report_of(conctrace, trace, path):
    done = Done(conctrace, "report", trace, "--json", path)
    if done.code:
        return done, None
    with open(path, encoding="utf-8") as text:
        return done, json.load(text)


def check_events(conctrace, build, folder, events):
    """Five times the events take five times the CPU time, and no more memory."""
    figures = []
    for n in (events // 5, events):
        trace = os.path.join(folder, "events.data")
        generate(build, trace, n, 16, 64, "full")
        done = Done(conctrace, "report", trace)
        if done.code:
            tell("FAIL", f"report on {n:,} events", done.err)
            return
        figures.append(done)
        print(f"     {n:,} events: {done.figures()}", flush=True)
    small, big = figures
    good = big.cpu < 1.4 * 5 * small.cpu and big.peak < 1.15 * small.peak + 8 * MB
    tell("ok" if good else "FAIL", f"report on {events:,} events",
         f"CPU time x{big.cpu / small.cpu:.2f}, memory x{big.peak / small.peak:.2f}; an hour at "
         f"{RATE:,} switches/s (180 million events) would take "
         f"{big.cpu * 180e6 / events:.0f} s of CPU")


def check_wide(conctrace, build, folder, cpus, tasks, events):
    """Many CPUs and tasks, and everything that can be made of them."""
    trace = os.path.join(folder, "wide.data")
    generate(build, trace, events, cpus, tasks)
    page, csv = os.path.join(folder, "wide.html"), os.path.join(folder, "csv")
    jobs = [("report", "report", trace), ("timeline", "timeline", trace),
            ("html", "export", trace, "--html", page),
            ("perfetto", "export", trace, "--perfetto", os.path.join(folder, "wide.pftrace")),
            ("csv", "export", trace, "--csv", csv)]
    for name, *words in jobs:
        done = Done(conctrace, *words)
        good = done.code == 0 and done.peak < tasks * 8192 + 256 * MB
        size = os.path.getsize(page) if name == "html" and done.code == 0 else 0
        tell("ok" if good else "FAIL", f"{cpus} CPUs, {tasks:,} tasks: {name}",
             done.figures() + (f", {size / 1e6:.0f} MB" if size else "") +
             ("" if done.code == 0 else f"; {done.err}"))
    done, report = report_of(conctrace, trace, os.path.join(folder, "wide.json"))
    wrong = partitions.problems(report) if report else [done.err]
    if report and (len(report["cpus"]), len(report["tasks"]) // 1000) != (cpus, tasks // 1000):
        wrong.append(f"{len(report['cpus'])} CPUs, {len(report['tasks'])} tasks")
    tell("FAIL" if wrong else "ok", f"{cpus} CPUs, {tasks:,} tasks: all adds up",
         "; ".join(wrong[:3]) or done.figures())


def memory_of(pid):
    """Resident bytes; of them what is mapped for the rings does not count, it is the same always."""
    with open(f"/proc/{pid}/status", encoding="ascii") as status:
        fields = dict(line.split(":", 1) for line in status)
    return int(fields["RssAnon"].split()[0]) * 1024


def disk_of(pid, trace):
    """Bytes of the trace, or of the files without a name."""
    total = 0
    for fd in os.listdir(f"/proc/{pid}/fd"):
        try:
            path, of = os.readlink(f"/proc/{pid}/fd/{fd}"), os.stat(f"/proc/{pid}/fd/{fd}")
            if path.endswith("(deleted)") and stat.S_ISREG(of.st_mode) and not of.st_nlink:
                total += of.st_blocks * 512
        except OSError:
            continue
    return total + (os.path.getsize(trace) if os.path.exists(trace) else 0)


def watch(words, trace, seconds):
    """Runs, and looks every second. Returns its exit code and [(memory, disk)]."""
    seen = []
    with subprocess.Popen(words, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL) as recorder:
        deadline = time.monotonic() + 3 * seconds + 60
        while recorder.poll() is None and time.monotonic() < deadline:
            time.sleep(1)
            try:
                seen.append((memory_of(recorder.pid), disk_of(recorder.pid, trace)))
            except (OSError, KeyError):
                break
        return recorder.wait(), seen


def check_real(conctrace, build, folder, seconds, *options):
    """A program that switches 50,000 times a second, recorded for real."""
    trace = os.path.join(folder, "real.data")
    name = " ".join([f"{seconds} s for real", *options])
    # On a machine that does other things too, the recorder comes first.
    load = ["nice", "-n", "5", os.path.join(build, "tests/programs/pingpong"), "futex",
            str(RATE // 2 * seconds), str(RATE // 2)]
    words = [conctrace, "record", "-q", "-o", trace, "--buffer", "64M", *options, "--", *load]
    code, seen = watch(words, trace, seconds)
    if code or len(seen) < 8:
        tell("FAIL", name, f"exit code {code}, looked {len(seen)} times")
        return
    done, report = report_of(conctrace, trace, os.path.join(folder, "real.json"))
    if not report:
        tell("FAIL", name, done.err)
        return
    wrong = partitions.problems(report)
    lost = report["events"].get("lost_by", {})
    if set(lost) - NAMES:
        wrong.append(f"lost {lost} of {report['events']['recorded']:,}")
    # The last of what was seen may be from when it ends and frees, or writes.
    middle, end = len(seen) // 2, max(len(seen) - 3, 1)
    early, late = (max(memory for memory, _ in part) for part in (seen[:middle], seen[middle:end]))
    if late > early * 1.1 + 8 * MB:  # blocks on their way to the disk
        wrong.append(f"memory grew from {early} to {late} bytes")
    disk_early, disk_late = (max(disk for _, disk in part)
                             for part in (seen[:middle], seen[middle:end]))
    if not disk_late or options and disk_late > 1.5 * disk_early + MB:
        wrong.append(f"{disk_early}, then {disk_late} bytes are on disk")
    wall = report["wall_ns"] / 1e9
    tell("FAIL" if wrong else "ok", name, "; ".join(wrong[:3] + [
         f"{report['switches']['total'] / wall:,.0f} switches/s of the program, "
         f"{report['events']['recorded'] / wall:,.0f} events/s, "
         f"{report['events']['bytes'] / wall / 1e3:.0f} kB/s, recorder's memory "
         f"{early / 1e6:.1f} then {late / 1e6:.1f} MB, at most "
         f"{max(disk for _, disk in seen) / 1e6:.1f} MB on disk, lost {lost or 'none'}; window {wall:.1f} s; "
         f"report {done.figures()}"]))


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--build", default="build")
    parser.add_argument("--seconds", type=int, default=600, help="of the real recording")
    parser.add_argument("--events", type=int, default=50_000_000)
    parser.add_argument("--tasks", type=int, default=100_000)
    parser.add_argument("--only", choices=["events", "wide", "real"])
    args = parser.parse_args()
    build = os.path.abspath(args.build)
    conctrace = os.path.join(build, "conctrace")
    folder = tempfile.mkdtemp(prefix="conctrace-size-")
    try:
        if args.only in (None, "events"):
            check_events(conctrace, build, folder, args.events)
        if args.only in (None, "wide"):
            check_wide(conctrace, build, folder, 256, args.tasks, 3_000_000)
        if args.only in (None, "real"):
            if os.geteuid():
                tell("skip", "recordings for real", "need root")
            else:
                check_real(conctrace, build, folder, max(args.seconds // 10, 20),
                           "--keep-last", "5s")
                check_real(conctrace, build, folder, args.seconds)
    finally:
        shutil.rmtree(folder)
    print("%d passed, %d failed, %d skipped" % tuple(counts.values()))
    return 0 if counts["ok"] and not counts["FAIL"] else 1


if __name__ == "__main__":
    sys.exit(main())
