# SPDX-License-Identifier: GPL-2.0-only
"""Call chains in reports, and programs that are compiled for one test."""

import os
import shutil
import subprocess

import pytest
from conftest import HERE, program

CC = os.environ.get("CC", "cc")
NAP = ["nap", "third_step", "second_step", "first_step"]  # of the program `chain`
START = ["main", "__libc_start_call_main"]  # what called it all, where libc's names are known


def functions(stack):
    """The names in a chain, innermost first; None where there is none."""
    return [frame.get("function") for frame in stack["frames"]]


def contains(stack, names):
    """Whether these functions called one another, without any other between them."""
    found = functions(stack)
    return any(found[i:i + len(names)] == names for i in range(len(found)))


def with_chain(report, names):
    """The chains that contain these functions."""
    return [stack for stack in report["stacks"] if contains(stack, names)]


def complete_chain(report, names):
    """The first of those that go up to where the thread began."""
    found = [stack for stack in with_chain(report, names) if stack["complete"]]
    assert found, [functions(stack) for stack in report["stacks"]]
    return found[0]


def all_functions(report):
    return {name for stack in report["stacks"] for name in functions(stack) if name}


def sleep_of(report, comm):
    """The row of the only thread of that name that slept."""
    [row] = [row for row in report["io"]["sleeps"] if row["comm"] == comm]
    return row


def unresolved(report, module):
    """Why code of a file could not be named."""
    return {row["reason"] for row in report["unresolved"] if row.get("module") == module}


def copy_of(name, folder, copy="copied"):
    """A program of this suite under another path."""
    return shutil.copy(program(name), os.path.join(folder, copy))


def compile_c(source, target, *flags):
    """Compiles a source of programs/; the test is skipped where there is no compiler."""
    if not shutil.which(CC):
        pytest.skip(f"no {CC} here")
    subprocess.run([CC, "-D_GNU_SOURCE", "-O2", "-o", target,
                    os.path.join(HERE, "programs", source), *flags], check=True)
    return str(target)
