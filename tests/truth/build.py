# SPDX-License-Identifier: GPL-2.0-only
"""Builds the programs of table.py. What a row needs and the machine has not, skips the row."""

import os
import shutil
import subprocess
from dataclasses import dataclass

HERE = os.path.dirname(os.path.abspath(__file__))
LIB = os.path.join(HERE, "lib")
WARN = "-Wall -Wextra -Werror"
# Debian's own: whatever else may be first in PATH.
PYTHON, RUSTC = "/usr/bin/python3", "/usr/bin/rustc"

C = "{cc} -std=gnu11 " + WARN + " -D_GNU_SOURCE -I{lib} {flags} -o {out} {source} {lib}/truth.c " \
    "-lpthread"
# Language: the tool it needs, the commands, and how to run what they make.
LANGUAGES = {
    "c": ("gcc", [C.replace("{cc}", "gcc")], "{out}"),
    "openmp": ("gcc", [C.replace("{cc}", "gcc -fopenmp")], "{out}"),
    "musl": ("musl-gcc", [C.replace("{cc}", "musl-gcc -static")], "{out}"),
    "c++": ("g++", ["gcc -O2 -g -D_GNU_SOURCE -I{lib} -c -o {out}.truth.o {lib}/truth.c",
                    "g++ -std=c++20 " + WARN + " -I{lib} {flags} -o {out} {source} {out}.truth.o "
                    "-lpthread"], "{out}"),
    "rust": (RUSTC, [RUSTC + " --edition 2021 {flags} -o {out} {source}"], "{out}"),
    "go": ("go", ["go build {flags} -o {out} {source}"], "{out}"),
    "java": ("javac", ["javac -d {out}.classes {source}"],
             "java -Xshare:auto -XX:+UseSerialGC -cp {out}.classes {stem}"),
    "python": (PYTHON, [], PYTHON + " {source}"),
}


@dataclass(frozen=True)
class Place:
    """A set of programs: where they are, how each language is built, what they are built with."""
    programs: str
    languages: dict
    inputs: tuple = ()


TRUTH = Place(os.path.join(HERE, "programs"), LANGUAGES,
              (os.path.join(LIB, "truth.c"), os.path.join(LIB, "truth.h")))
VARIANTS = {"": "", "static": "-static", "static-pie": "-static-pie", "stripped": ""}


class Missing(Exception):
    """A tool of the row's language is not installed."""


class Failed(Exception):
    """It does not compile."""


def fresh(stamp, how, inputs):
    """Whether it was built by the same commands, after its inputs last changed."""
    try:
        with open(stamp, encoding="utf-8") as text:
            if text.read() != how:
                return False
        made = os.path.getmtime(stamp)
    except OSError:
        return False
    return all(os.path.getmtime(path) < made for path in inputs)


def environment(folder):
    """Compilers keep what they cache within the build; HOME may not be ours under sudo."""
    return {**os.environ, "GOCACHE": os.path.join(folder, "go-cache"), "GOFLAGS": "",
            "GO111MODULE": "off", "GOPATH": os.path.join(folder, "go")}


def build(row, folder, place=TRUTH):
    """Builds what is not there yet; the command that runs it, without its arguments.

    `row` has a name, a source of the place, a language, flags and a variant.
    A stripped program keeps its symbols beside it, in a file of the same name with ".full".
    """
    tool, commands, run = place.languages[row.language]
    if not shutil.which(tool):
        raise Missing(f"{row.language} programs need {tool}")
    os.makedirs(folder, exist_ok=True)
    out = os.path.join(folder, row.name)
    source = os.path.join(place.programs, row.source)
    words = {"out": out, "source": source, "lib": LIB, "stem": row.source.split(".")[0],
             "flags": f"{row.flags} {VARIANTS[row.variant]}".strip()}
    commands = [command.format(**words) for command in commands]
    if row.variant == "stripped":
        commands += [f"cp {out} {out}.full", f"strip {out}"]
    stamp, how = out + ".built", "\n".join(commands)
    if not fresh(stamp, how, [source, *place.inputs]):
        for command in commands:
            done = subprocess.run(command.split(), env=environment(folder), text=True, check=False,
                                  stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                                  stderr=subprocess.STDOUT)
            if done.returncode:
                raise Failed(f"{command}\n{done.stdout[-3000:]}")
        with open(stamp, "w", encoding="utf-8") as text:
            text.write(how)
    return [word.format(**words) for word in run.split()]
