# SPDX-License-Identifier: GPL-2.0-only
"""What guests are given: static conctrace, workloads and init, for the machine that they are."""

import os
import subprocess
import sys
from dataclasses import dataclass

HERE = os.path.dirname(os.path.abspath(__file__))
ROOT = os.path.dirname(os.path.dirname(HERE))
sys.path.append(os.path.join(os.path.dirname(HERE), "arm64"))

import cross  # noqa: E402

FLAGS = ["-O2", "-g", "-std=gnu11", "-D_GNU_SOURCE", "-Wall", "-Wextra", "-Werror"]


@dataclass
class Machine:
    """How to build for it, and what a program that is linked dynamically needs."""
    folder: str
    cc: str
    make: list
    libraries: dict


def machine(name, out):
    """Raises images.Unavailable if its libraries cannot be had."""
    if name == "arm64":
        folder = os.path.join(out, "arm64")
        root = os.path.relpath(cross.sysroot(folder), ROOT)
        lib = cross.SYSTEM + "/lib/"
        return Machine(os.path.join(folder, "static"), cross.PREFIX + "gcc",
                       cross.make_arguments(root),
                       {"lib/ld-linux-aarch64.so.1": lib + "ld-linux-aarch64.so.1",
                        "lib/aarch64-linux-gnu/libc.so.6": lib + "libc.so.6"})
    return Machine(os.path.join(out, "static"), os.environ.get("CC", "cc"), [],
                   {"lib64/ld-linux-x86-64.so.2": "/lib64/ld-linux-x86-64.so.2",
                    "lib/x86_64-linux-gnu/libc.so.6": "/lib/x86_64-linux-gnu/libc.so.6"})


def _make(how, targets):
    env = {k: v for k, v in os.environ.items() if k not in ("MAKEFLAGS", "MAKELEVEL", "MFLAGS")}
    # The linker warns of getpwuid() in static programs: nobody is looked up in the guest.
    done = subprocess.run(["make", "-s", f"-j{os.cpu_count() or 2}", "-C", ROOT, "STATIC=1",
                           f"BUILD={how.folder}", *how.make, *targets],
                          env=env, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                          stderr=subprocess.STDOUT, text=True, check=False)
    if done.returncode:
        print(done.stdout)
        done.check_returncode()


def _compile(how, source, *more):
    out = os.path.join(how.folder, os.path.splitext(os.path.basename(source))[0])
    subprocess.run([how.cc, *FLAGS, os.path.join(ROOT, source), "-o", out, *more], check=True)
    return out


def build(name, out, workloads):
    """The guest's files by their path in it."""
    how = machine(name, out)
    # As a person would name it: dependency files hold the names of the first build.
    how.folder = os.path.relpath(how.folder, ROOT) if how.folder.startswith(ROOT) else how.folder
    names = sorted({workload for _, workload, _ in workloads
                    if os.path.exists(os.path.join(ROOT, "tools/workloads", workload + ".c"))})
    files = {"conctrace": os.path.join(how.folder, "conctrace")}
    files.update({f"workloads/{name}": os.path.join(how.folder, "workloads", name)
                  for name in names})
    _make(how, list(files.values()))
    how.folder = os.path.join(ROOT, how.folder)
    files = {guest: os.path.join(ROOT, path) for guest, path in files.items()}
    files["init"] = _compile(how, "tests/kernels/init.c", "-static")
    files["workloads/waits"] = _compile(how, "tests/kernels/waits.c", "-static", "-lpthread")
    # This one has to export something, so it is linked dynamically, and brings what it takes.
    files["workloads/python-fake"] = _compile(how, "tests/live/programs/fakepython.c", "-rdynamic",
                                              "-lpthread")
    files.update(how.libraries)
    content = {}
    for guest, path in files.items():
        with open(path, "rb") as binary:
            content[guest] = binary.read()
    return content
