#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0-only
"""Boots other kernels in QEMU, records reference workloads there, and checks that all adds up.

The last line is "N passed, N failed, N skipped"; exit 0 only if nothing failed and something
passed. Kernel images come from Debian and are kept in BUILD/kernels.
"""

import argparse
import os
import re
import shutil
import subprocess
import sys
import time

HERE = os.path.dirname(os.path.abspath(__file__))
ROOT = os.path.dirname(os.path.dirname(HERE))
sys.path[:0] = [HERE, os.path.dirname(HERE)]
sys.dont_write_bytecode = True

import content  # noqa: E402
import core  # noqa: E402
import cross  # noqa: E402
import guest  # noqa: E402
import images  # noqa: E402

# Machine, suite, whether conctrace supports its kernel (sched_switch tells prev_state since 5.18).
SUITES = [
    ("x86-64", "bullseye", False),          # 5.10
    ("x86-64", "bookworm", True),           # 6.1
    ("x86-64", "trixie", True),             # 6.12
    ("x86-64", "sid", True),                # newest releases
    ("x86-64", "trixie-backports", True),
    ("arm64", "bookworm", True),
    ("arm64", "trixie", True),
    ("arm64", "sid", True),
]
DEBIAN = {"x86-64": "amd64", "arm64": "arm64"}

# Name, the workload, its arguments.
WORKLOADS = [
    ("convoy", "convoy", ["--seconds", "1"]),
    ("cpu", "cpu", ["--seconds", "1"]),
    # Named so that its probes are loaded before it runs.
    ("python", "python-fake", ["sound", "300"]),
    ("waits", "waits", []),
    ("loss", "waits", ["storm"]),
]
# How they are recorded, if not plainly.
OPTIONS = {"loss": ["--buffer", "4K"]}

# Guests with many CPUs: suite, how many, seconds that it may take. Two threads for each CPU.
WIDE = [("trixie", 8, 240), ("trixie", 16, 420)]
WIDE_WORKLOADS = [("convoy", "convoy", ["--seconds", "1", "--workers"]),
                  ("cpu", "cpu", ["--seconds", "2", "--workers"])]

VERIFIER_NOISE = re.compile(r"processed \d+ insns|R\d+[_ ]?(w)?=|BEGIN PROG LOAD LOG|libbpf:")


def case_lines(files, workloads):
    for name, workload, args in workloads:
        if f"workloads/{workload}" in files:
            command = ["/conctrace", "record", *OPTIONS.get(name, []), "-o", f"/tmp/{name}.data",
                       "--json", f"/tmp/{name}.json", "--", f"/workloads/{workload}", *args]
            yield "\t".join([name, *command]) + "\n"


def check_supported(case, release, name, cells):
    """Yields what is wrong with one recording; notes in `cells` which features work."""
    if (case.code, case.signal) != (0, 0):
        yield f"exit code {case.code}, signal {case.signal}: {case.text('err').strip()[-2000:]}"
        return
    report = case.json()
    if report is None:
        yield "left no JSON report"
        return
    if report["host"]["kernel"] != release:
        yield f"says kernel {report['host']['kernel']}, it is {release}"
    for feature, problems in core.check(name, report):
        cells[feature] = cells.get(feature, True) and not problems
        yield from problems


def check_wide(case, release, name, cpus):
    """The same of a guest with many CPUs, and that the work was spread over them."""
    wrong = list(check_supported(case, release, name, {}))
    yield from wrong
    if not wrong:
        report = case.json()
        busy = sum(cpu["workload_ns"] > 0 for cpu in report["cpus"])
        if len(report["cpus"]) != cpus or busy < cpus * 3 // 4:
            yield f"{len(report['cpus'])} CPUs, {busy} of them used; the guest has {cpus}"
        if len(report["tasks"]) < 2 * cpus:
            yield f"saw {len(report['tasks'])} threads of {2 * cpus}"


def check_unsupported(case, _release, _name, _cells):
    """A kernel that is too old must be named as such, in a line or two."""
    text = case.text("err")
    if (case.code, case.signal) != (125, 0):
        yield f"exit code {case.code}, signal {case.signal}, wanted 125: {text.strip()[-2000:]}"
    if VERIFIER_NOISE.search(text) or len(text.splitlines()) > 5:
        yield f"a dump instead of a message:\n{text.strip()[:2000]}"
    if "kernel" not in text.lower():
        yield f"does not say that the kernel is too old: {text.strip()[:500]!r}"


def save(table, full, brief):
    with open(full, "w", encoding="utf-8") as out:
        out.write(table.text(time.strftime("%B %-d, %Y")))
    with open(brief, "r+", encoding="utf-8") as readme:
        text = core.put_between(readme.read(), table.brief())
        readme.seek(0)
        readme.truncate()
        readme.write(text)


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--build", default="build")
    parser.add_argument("--save", metavar="FILE", help="write the table of what works where")
    parser.add_argument("--brief", metavar="FILE", default="README.md",
                        help="with --save: where a short one goes, between two marks")
    parser.add_argument("--machine", choices=DEBIAN, help="only such guests")
    parser.add_argument("--suite", action="append", help="only this one (may be repeated)")
    args = parser.parse_args()
    out = os.path.abspath(args.build)
    table = core.Table()
    counts = {"ok": 0, "FAIL": 0, "skip": 0}

    def tell(verdict, name, detail=""):
        counts[verdict] += 1
        print(f"{verdict:4} {name}{': ' if detail else ''}{detail}", flush=True)

    def close():
        print("%d passed, %d failed, %d skipped" % tuple(counts.values()))
        return 0 if counts["ok"] and not counts["FAIL"] else 1

    built = {}

    def files_of(machine):
        """The guest's files; None if there is no such guest."""
        lacks = [] if shutil.which(guest.MACHINES[machine][0]) else [guest.MACHINES[machine][0]]
        lacks += cross.missing() if machine == "arm64" else []
        if lacks:
            tell("skip", machine, f"no {', '.join(lacks)}; scripts/deps --kernels --arm64 installs it")
            return None
        try:
            return content.build(machine, out, WORKLOADS)
        except images.Unavailable as reason:
            tell("skip", machine, str(reason))
        except subprocess.CalledProcessError as failure:
            tell("FAIL", machine, f"build: {failure}")
        return None

    def start(machine, suite, name, workloads, **how):
        """Boots the suite's kernel. Returns the names of the cases and what became of them."""
        if machine not in built:
            built[machine] = files_of(machine)
        files = built[machine]
        if not files:
            return [], None
        lines = list(case_lines(files, workloads))
        cache = os.path.join(out, "kernels" if machine == "x86-64" else f"kernels-{machine}")
        try:
            kernel = images.Suite(suite, cache, DEBIAN[machine]).kernel()
        except (images.Unavailable, OSError, subprocess.CalledProcessError) as reason:
            tell("skip", name, str(reason))
            return [], None
        initramfs = os.path.join(out, f"initramfs-{machine}.cpio.gz")
        guest.pack(initramfs, {**files, "cases": "".join(lines).encode()})
        boot = guest.boot(kernel, initramfs, machine=machine, **how)
        if not boot.release:
            tell("skip", name, f"QEMU did not boot it; its console ends with\n"
                 f"{boot.console[-1000:]}")
            return [], None
        if not boot.finished:
            tell("FAIL", f"{name} boots", f"the guest did not finish; its console ends with\n"
                 f"{boot.console[-1500:]}")
        return [line.split("\t")[0] for line in lines], boot

    for machine, suite, supported in SUITES:
        if args.suite and suite not in args.suite or args.machine and machine != args.machine:
            continue
        names, boot = start(machine, suite, f"{machine} {suite}", WORKLOADS)
        cells = {}
        for name in names:
            case = boot.cases.get(name)
            if case is None:
                continue
            check = check_supported if supported else check_unsupported
            wrong = list(check(case, boot.release, name, cells))
            detail = "; ".join(wrong) if wrong else \
                ("" if supported else case.text("err").strip().splitlines()[0])
            tell("FAIL" if wrong else "ok", f"{machine} {suite} {boot.release} {name}", detail)
        if boot:
            table.add(machine, boot.release, cells if supported else None,
                      "refused in words: Linux 5.18 or newer is needed")
    for suite, cpus, seconds in WIDE:
        if args.suite and f"{suite}-{cpus}" not in args.suite or args.machine == "arm64":
            continue
        names, boot = start("x86-64", suite, f"{suite} {cpus} CPUs",
                            [(name, workload, [*words, str(2 * cpus)])
                             for name, workload, words in WIDE_WORKLOADS],
                            cpus=cpus, timeout=seconds)
        for name in names:
            case = boot.cases.get(name)
            if case is None:
                continue
            wrong = list(check_wide(case, boot.release, name, cpus))
            tell("FAIL" if wrong else "ok", f"{suite} {boot.release} {cpus} CPUs {name}",
                 "; ".join(wrong))
    if args.save:
        save(table, args.save, args.brief)
    return close()


if __name__ == "__main__":
    sys.exit(main())
