#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0-only
"""Builds conctrace for arm64 with a cross compiler and runs its unit tests in QEMU's emulation of
single programs.

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

import images  # noqa: E402
import run as suite  # noqa: E402

PREFIX, QEMU = "aarch64-linux-gnu-", "qemu-aarch64"
PACKAGES = ["libbpf-dev", "libbpf1", "libelf-dev", "libelf1", "libdw-dev", "libdw1", "zlib1g-dev",
            "zlib1g", "liblzma-dev", "liblzma5", "libbz2-dev", "libbz2-1.0", "libcmocka-dev",
            "libcmocka0"]
# What the emulation of one program cannot do, or is a hundred times slower at.
LEFT_OUT = {
    "test_launch": "needs clone() as the kernel has it",
    "test_trace_damage": "takes minutes in emulation; nothing in it differs between machines",
}


def sysroot(out):
    """Debian's libraries for arm64, of the release that the cross compiler is of."""
    root = os.path.join(out, "sysroot")
    if os.path.exists(os.path.join(root, "complete")):
        return root
    debs = os.path.join(out, "debs")
    shutil.rmtree(root, ignore_errors=True)
    os.makedirs(debs, exist_ok=True)
    bookworm = images.Suite("bookworm", os.path.join(out, "apt"), "arm64")
    bookworm.apt("apt-get", "update")
    bookworm.apt("apt-get", "download", *PACKAGES, cwd=debs)
    for deb in glob.glob(os.path.join(debs, "*.deb")):
        subprocess.run(["dpkg-deb", "-x", deb, root], check=True)
    shutil.rmtree(debs)
    with open(os.path.join(root, "complete"), "w", encoding="utf-8"):
        pass
    return root


def libraries(root):
    return [os.path.join(root, folder, "aarch64-linux-gnu") for folder in ("usr/lib", "lib")]


def emulated(root, program):
    return [QEMU, "-L", "/usr/aarch64-linux-gnu", "-E",
            "LD_LIBRARY_PATH=" + ":".join(os.path.abspath(d) for d in libraries(root)), program]


def tests(results, out, root):
    tools = {name: PREFIX + tool for name, tool in (
        ("CC", "gcc"), ("CXX", "g++"), ("STRIP", "strip"), ("OBJCOPY", "objcopy"))}
    for source in sorted(glob.glob(os.path.join(ROOT, "tests", "unit", "test_*.c"))):
        name = os.path.splitext(os.path.basename(source))[0]
        if name in LEFT_OUT:
            results.add(name, 0, 0, 1, LEFT_OUT[name])
            continue
        suite.run_unit(results, os.path.join(out, "tests", "unit", name), tools,
                       through=lambda program: emulated(root, program))


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--build", default="build")
    args = parser.parse_args()
    out = os.path.join(os.path.abspath(args.build), "arm64")
    results = suite.Results()
    needs = [PREFIX + "gcc", PREFIX + "g++", QEMU, "dpkg-deb"]
    missing = [tool for tool in needs if not shutil.which(tool)]
    if missing:
        results.add("arm64", 0, 0, 1, f"no {', '.join(missing)}; scripts/deps --arm64 installs it")
    else:
        try:
            root = os.path.relpath(sysroot(out), ROOT)
            how = ["ARCH=aarch64", f"CROSS={PREFIX}", f"SYSROOT={root}", "LTO=", "OPT=-O1"]
            if suite.make(results, out, *how, "all", "tests"):
                results.add("conctrace and all workloads are built", 1, 0, 0)
                tests(results, out, root)
        except (images.Unavailable, OSError, subprocess.CalledProcessError) as reason:
            results.add("arm64", 0, 0, 1, str(reason))
    print(f"{results.passed} passed, {results.failed} failed, {results.skipped} skipped")
    return 0 if results.passed and not results.failed else 1


if __name__ == "__main__":
    sys.exit(main())
