#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0-only
"""Builds conctrace for arm64 with a cross compiler and runs its unit tests in QEMU's emulation of
single programs; those that need ptrace() in a guest.

Libraries are fetched from Debian and unpacked below the build directory: nothing of another
machine's is installed. The last line is "N passed, N failed, N skipped"; exit 0 only if nothing
failed and something passed.
"""

import argparse
import glob
import os
import shutil
import subprocess
import sys

HERE = os.path.dirname(os.path.abspath(__file__))
ROOT = os.path.dirname(os.path.dirname(HERE))
sys.path[:0] = [os.path.dirname(HERE), os.path.join(os.path.dirname(HERE), "kernels")]
sys.dont_write_bytecode = True

import cross  # noqa: E402
import guests  # noqa: E402
import images  # noqa: E402
import run as suite  # noqa: E402

QEMU = "qemu-aarch64"
# What the emulation of one program cannot do, or is a hundred times slower at.
LEFT_OUT = {
    "test_launch": "needs clone() as the kernel has it",
    "test_trace_damage": "takes minutes in emulation; nothing in it differs between machines",
}


def emulated(root, program):
    return [QEMU, "-L", cross.SYSTEM, "-E", "LD_LIBRARY_PATH=" +
            ":".join(os.path.abspath(d) for d in cross.library_folders(root)), program]


def unit_tests():
    return sorted(os.path.splitext(os.path.basename(source))[0]
                  for source in glob.glob(os.path.join(ROOT, "tests", "unit", "test_*.c")))


def tests(results, out, root):
    tools = {name: cross.PREFIX + tool for name, tool in (
        ("CC", "gcc"), ("CXX", "g++"), ("STRIP", "strip"), ("OBJCOPY", "objcopy"))}
    for name in unit_tests():
        if name in LEFT_OUT:
            results.add(name, 0, 0, 1, LEFT_OUT[name])
            continue
        suite.run_unit(results, os.path.join(out, "tests", "unit", name), tools,
                       through=lambda program: emulated(root, program))


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--build", default="build")
    parser.add_argument("--guest-only", action="store_true", help="those in a guest only")
    args = parser.parse_args()
    out = os.path.join(os.path.abspath(args.build), "arm64")
    results = suite.Results()
    missing = cross.missing() + ([] if shutil.which(QEMU) else [QEMU])
    if missing:
        results.add("arm64", 0, 0, 1, f"no {', '.join(missing)}; scripts/deps --arm64 installs it")
    else:
        try:
            root = os.path.relpath(cross.sysroot(out), ROOT)
            how = [*cross.make_arguments(root), "LTO=", "OPT=-O1"]
            # As a person would name it: dependency files hold the names of the first build.
            inside = os.path.relpath(out, ROOT)
            units = [os.path.join(inside, "tests", "unit", name) for name in unit_tests()]
            if suite.make(results, out, *how, "all", *units):
                results.add("conctrace and all workloads are built", 1, 0, 0)
                if not args.guest_only:
                    tests(results, out, root)
                guests.run(results, out, root)
        except (images.Unavailable, OSError, subprocess.CalledProcessError) as reason:
            results.add("arm64", 0, 0, 1, str(reason))
    print(f"{results.passed} passed, {results.failed} failed, {results.skipped} skipped")
    return 0 if results.passed and not results.failed else 1


if __name__ == "__main__":
    sys.exit(main())
