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

HERE = os.path.dirname(os.path.abspath(__file__))
ROOT = os.path.dirname(os.path.dirname(HERE))
sys.path[:0] = [HERE, os.path.dirname(HERE)]
sys.dont_write_bytecode = True

import guest  # noqa: E402
import images  # noqa: E402
import partitions  # noqa: E402

# Suite, and whether conctrace supports its kernel (sched_switch tells prev_state since 5.18).
SUITES = [
    ("bullseye", False),          # 5.10
    ("bookworm", True),           # 6.1
    ("trixie", True),             # 6.12
    ("sid", True),                # newest releases
    ("trixie-backports", True),
]

# Name, the workload, its arguments.
WORKLOADS = [
    ("convoy", "convoy", ["--seconds", "1"]),
    ("cpu", "cpu", ["--seconds", "1"]),
    # Named so that its probes are loaded before it runs.
    ("python", "python-fake", ["sound", "300"]),
]

# Guests with many CPUs: suite, how many, seconds that it may take. Two threads for each CPU.
WIDE = [("trixie", 8, 240), ("trixie", 16, 420)]
WIDE_WORKLOADS = [("convoy", "convoy", ["--seconds", "1", "--workers"]),
                  ("cpu", "cpu", ["--seconds", "2", "--workers"])]

VERIFIER_NOISE = re.compile(r"processed \d+ insns|R\d+[_ ]?(w)?=|BEGIN PROG LOAD LOG|libbpf:")


def build(out):
    """Static conctrace, workloads and init; returns the guest's files."""
    static = os.path.join(out, "static")
    jobs = f"-j{os.cpu_count() or 2}"
    names = sorted({workload for _, workload, _ in WORKLOADS
                    if os.path.exists(os.path.join(ROOT, "tools/workloads", workload + ".c"))})
    targets = [os.path.join(static, "conctrace")]
    targets += [os.path.join(static, "workloads", name) for name in names]
    env = {k: v for k, v in os.environ.items() if k not in ("MAKEFLAGS", "MAKELEVEL", "MFLAGS")}
    # The linker warns of getpwuid() in static programs: nobody is looked up in the guest.
    done = subprocess.run(["make", "-s", jobs, "-C", ROOT, "STATIC=1", f"BUILD={static}", *targets],
                          env=env, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                          stderr=subprocess.STDOUT, text=True, check=False)
    if done.returncode:
        print(done.stdout)
        done.check_returncode()
    init = os.path.join(static, "init")
    subprocess.run([os.environ.get("CC", "cc"), "-static", "-O2", "-std=gnu11", "-D_GNU_SOURCE",
                    "-Wall", "-Wextra", "-Werror", os.path.join(HERE, "init.c"), "-o", init],
                   check=True)
    # This one has to export something, so it is linked dynamically, and brings what it takes.
    fake = os.path.join(static, "python-fake")
    subprocess.run([os.environ.get("CC", "cc"), "-rdynamic", "-O2", "-std=gnu11", "-D_GNU_SOURCE",
                    os.path.join(ROOT, "tests/live/programs/fakepython.c"), "-o", fake], check=True)
    files = {"init": init, "conctrace": targets[0], "workloads/python-fake": fake,
             "lib64/ld-linux-x86-64.so.2": "/lib64/ld-linux-x86-64.so.2",
             "lib/x86_64-linux-gnu/libc.so.6": "/lib/x86_64-linux-gnu/libc.so.6"}
    files.update({f"workloads/{name}": os.path.join(static, "workloads", name) for name in names})
    content = {}
    for name, path in files.items():
        with open(path, "rb") as binary:
            content[name] = binary.read()
    return content


def case_lines(content, workloads):
    for name, workload, args in workloads:
        if f"workloads/{workload}" in content:
            command = ["/conctrace", "record", "-o", f"/tmp/{name}.data",
                       "--json", f"/tmp/{name}.json", "--", f"/workloads/{workload}", *args]
            yield "\t".join([name, *command]) + "\n"


def check_supported(case, release):
    """Yields what is wrong with one recording."""
    if (case.code, case.signal) != (0, 0):
        yield f"exit code {case.code}, signal {case.signal}: {case.text('err').strip()[-2000:]}"
        return
    report = case.json()
    if report is None:
        yield "left no JSON report"
        return
    yield from partitions.problems(report)
    if report["host"]["kernel"] != release:
        yield f"says kernel {report['host']['kernel']}, it is {release}"
    if report["events"]["lost"]:
        yield f"lost {report['events']['lost_by']} of {report['events']['recorded']} events"
    if not report["tasks"] or not any(t["running_ns"] for t in report["tasks"]):
        yield "saw no task run"
    if report["pythons"] and not any(
            row.get("function") == "inner" for row in report["io"]["sleeps"]):
        yield f"did not read Python's frames: {report['pythons']}, {report['io']['sleeps']}"
    for task in report["tasks"]:
        kernel = task.get("kernel")
        seen = task["switches"]
        if kernel and partitions.started_inside(report, task) and \
                (seen["voluntary"], seen["involuntary"]) != (kernel["nvcsw"], kernel["nivcsw"]):
            yield f"task {task['tid']}: switches {seen}, the kernel counted {kernel}"


def check_wide(case, release, cpus):
    """The same of a guest with many CPUs, and that the work was spread over them."""
    wrong = list(check_supported(case, release))
    yield from wrong
    if not wrong:
        report = case.json()
        busy = sum(cpu["workload_ns"] > 0 for cpu in report["cpus"])
        if len(report["cpus"]) != cpus or busy < cpus * 3 // 4:
            yield f"{len(report['cpus'])} CPUs, {busy} of them used; the guest has {cpus}"
        if len(report["tasks"]) < 2 * cpus:
            yield f"saw {len(report['tasks'])} threads of {2 * cpus}"


def check_unsupported(case, _release):
    """A kernel that is too old must be named as such, in a line or two."""
    text = case.text("err")
    if (case.code, case.signal) != (125, 0):
        yield f"exit code {case.code}, signal {case.signal}, wanted 125: {text.strip()[-2000:]}"
    if VERIFIER_NOISE.search(text) or len(text.splitlines()) > 5:
        yield f"a dump instead of a message:\n{text.strip()[:2000]}"
    if "kernel" not in text.lower():
        yield f"does not say that the kernel is too old: {text.strip()[:500]!r}"


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--build", default="build")
    parser.add_argument("--suite", action="append", help="only this one (may be repeated)")
    args = parser.parse_args()
    out = os.path.abspath(args.build)
    counts = {"ok": 0, "FAIL": 0, "skip": 0}

    def tell(verdict, name, detail=""):
        counts[verdict] += 1
        print(f"{verdict:4} {name}{': ' if detail else ''}{detail}", flush=True)

    def close():
        print("%d passed, %d failed, %d skipped" % tuple(counts.values()))
        return 0 if counts["ok"] and not counts["FAIL"] else 1

    if not shutil.which(guest.QEMU):
        tell("skip", "kernels", f"no {guest.QEMU}; scripts/deps --kernels installs it")
        return close()
    try:
        content = build(out)
    except subprocess.CalledProcessError as failure:
        tell("FAIL", "kernels", f"build: {failure}")
        return close()
    initramfs = os.path.join(out, "static", "initramfs.cpio.gz")

    def start(name, suite, workloads, **how):
        """Boots the suite's kernel. Returns the names of the cases and what became of them."""
        lines = list(case_lines(content, workloads))
        try:
            kernel = images.Suite(suite, os.path.join(out, "kernels")).kernel()
        except (images.Unavailable, OSError, subprocess.CalledProcessError) as reason:
            tell("skip", name, str(reason))
            return [], None
        guest.pack(initramfs, {**content, "cases": "".join(lines).encode()})
        boot = guest.boot(kernel, initramfs, **how)
        if not boot.release:
            tell("skip", name, f"QEMU did not boot it; its console ends with\n"
                 f"{boot.console[-1000:]}")
        elif not boot.finished:
            tell("FAIL", f"{name} boots", f"the guest did not finish; its console ends with\n"
                 f"{boot.console[-1500:]}")
        return [line.split("\t")[0] for line in lines], boot

    for suite, supported in SUITES:
        if args.suite and suite not in args.suite:
            continue
        names, boot = start(suite, suite, WORKLOADS)
        for name in names:
            case = boot.cases.get(name)
            if case is None:
                continue
            check = check_supported if supported else check_unsupported
            wrong = list(check(case, boot.release))
            if supported and name == "python" and not wrong and not case.json()["pythons"]:
                wrong = ["did not see that it is Python"]
            detail = "; ".join(wrong) if wrong else \
                ("" if supported else case.text("err").strip().splitlines()[0])
            tell("FAIL" if wrong else "ok", f"{suite} {boot.release} {name}", detail)
    for suite, cpus, seconds in WIDE:
        if args.suite and f"{suite}-{cpus}" not in args.suite:
            continue
        names, boot = start(f"{suite} {cpus} CPUs", suite,
                            [(name, workload, [*words, str(2 * cpus)])
                             for name, workload, words in WIDE_WORKLOADS],
                            cpus=cpus, timeout=seconds)
        for name in names:
            case = boot.cases.get(name)
            if case is None:
                continue
            wrong = list(check_wide(case, boot.release, cpus))
            tell("FAIL" if wrong else "ok", f"{suite} {boot.release} {cpus} CPUs {name}",
                 "; ".join(wrong))
    return close()


if __name__ == "__main__":
    sys.exit(main())
