# SPDX-License-Identifier: GPL-2.0-only
"""Timelines to look at."""

import os
import subprocess

HERE = os.path.dirname(os.path.abspath(__file__))
ROOT = os.path.dirname(os.path.dirname(HERE))
BUILD = os.path.abspath(os.environ.get("CONCTRACE_BUILD", os.path.join(ROOT, "build")))
CONCTRACE = os.path.abspath(os.environ.get("CONCTRACE", os.path.join(BUILD, "conctrace")))


def run(*command):
    done = subprocess.run(command, stdin=subprocess.DEVNULL, capture_output=True, text=True,
                          check=False, timeout=120)
    assert done.returncode == 0, done.stderr
    return done


def export(trace, page):
    run(CONCTRACE, "export", str(trace), "--html", str(page))
    return page


def generate(folder, *arguments):
    trace = folder / "generated.data"
    run(os.path.join(BUILD, "tests", "gen_trace"), str(trace), *map(str, arguments))
    return export(trace, folder / "generated.html")
