#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0-only
"""Static analysers over the C sources of user/ and tools/workloads: gcc, cppcheck, clang-tidy.

What they report is a bug to be mended, or stands in tests/static-known.txt with the reason why it is
none; clang-tidy's also as NOLINT beside the line. What stands there and is not reported any more is
a failure, too. The last line is "N passed, N failed, N skipped": of tools.
"""

import argparse
import concurrent.futures
import glob
import os
import re
import shutil
import subprocess
import sys
import time

HERE = os.path.dirname(os.path.abspath(__file__))
ROOT = os.path.dirname(HERE)
KNOWN = os.path.join(HERE, "static-known.txt")
USER = ("-iquote", ".", "-iquote", "user", "-D_GNU_SOURCE", '-DCONCTRACE_VERSION="0"', "-std=gnu11")
WORKLOAD = ("-iquote", "tools/workloads", "-D_GNU_SOURCE", "-std=gnu11")
# file:line[:column]: severity: message [id], as all three are told to write it.
FINDING = re.compile(r"^(?:\./)?([\w./-]+?):(\d+):(?:\d+:)? (?:warning|error): (.*) \[([\w.,=+-]+)\]$")


def sources():
    return sorted(os.path.relpath(path, ROOT) for pattern in
                  ("user/**/*.c", "tools/workloads/**/*.c")
                  for path in glob.glob(os.path.join(ROOT, pattern), recursive=True))


def flags(path, build):
    return [*(USER if path.startswith("user/") else WORKLOAD), "-I" + os.path.join(build, "gen")]


def gcc(paths, build):
    for path in paths:
        yield ["gcc", "-fanalyzer", "-O0", "-S", "-o", os.devnull, *flags(path, build), path]


def cppcheck(paths, build):
    # One each: it takes as long as in one go, and two may run at once. An array of the page's bytes
    # takes it minutes, and there is little else in that file.
    for path in (p for p in paths if p != "user/export/html_page.c"):
        yield ["cppcheck", "--quiet", "--enable=warning,performance,portability", "--std=c11",
               "--platform=unix64", "-D_GNU_SOURCE", "-D__x86_64__",
               *(("-Iuser", "-I.") if path.startswith("user/") else
                 ("-Itools/workloads", "--library=tests/static-cppcheck.cfg")),
               "-I" + os.path.join(build, "gen"),
               "--template={file}:{line}:{column}: warning: {message} [{id}]", path]


def clang_tidy(paths, build):
    for path in paths:
        yield ["clang-tidy", "--quiet", path, "--", *flags(path, build)]


TOOLS = {"gcc": gcc, "cppcheck": cppcheck, "clang-tidy": clang_tidy}


def known():
    """{(tool, id, file)} with a reason each."""
    rows = set()
    with open(KNOWN, encoding="utf-8") as text:
        for line in text:
            words = line.split(None, 3)
            if words and not line.startswith("#"):
                if len(words) < 4:
                    raise ValueError(f"no reason: {line}")
                rows.add(tuple(words[:3]))
    return rows


def run(command):
    done = subprocess.run(command, cwd=ROOT, text=True, stdin=subprocess.DEVNULL, check=False,
                          stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
    lines = done.stdout.replace(ROOT + "/", "").splitlines()  # clang-tidy names files in full
    found = [match for match in map(FINDING.match, lines) if match]
    if done.returncode and not found:
        return [(command[0], "failed", " ".join(command[-1:]), done.stdout[-500:])]
    return [(command[0], m[4].split(",")[0], m[1], f"{m[1]}:{m[2]}: {m[3]} [{m[4]}]")
            for m in found]


def check(tool, paths, options):
    """Returns how many findings are not explained, or explained and not there."""
    rows = {row for row in known() if row[0] == tool}
    began, seen, bad = time.monotonic(), set(), []
    with concurrent.futures.ThreadPoolExecutor(options.jobs) as pool:
        for found in pool.map(run, TOOLS[tool](paths, options.build)):
            for _, name, path, text in found:
                seen.add((tool, name, path))
                if (tool, name, path) not in rows and text not in bad:
                    bad.append(text)
                    print("       " + text, flush=True)
    for row in sorted(rows - seen) if paths == sources() else ():
        bad.append(f"       not reported any more: {' '.join(row)}")
        print(bad[-1])
    print(f"{'FAIL' if bad else 'ok':4} {tool}: {len(paths)} files, {len(seen)} findings explained, "
          f"{len(bad)} not ({time.monotonic() - began:.0f} s)", flush=True)
    return len(bad)


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--build", default="build", help="build directory: has generated headers")
    parser.add_argument("--jobs", type=int, default=os.cpu_count() or 2)
    parser.add_argument("--tool", choices=sorted(TOOLS), action="append")
    parser.add_argument("files", nargs="*", help="these alone")
    options = parser.parse_args()
    options.build = os.path.relpath(options.build, ROOT)
    passed = failed = skipped = 0
    for tool in options.tool or TOOLS:
        if not shutil.which(tool):
            print(f"skip {tool}: is not installed")
            skipped += 1
        elif check(tool, options.files or sources(), options):
            failed += 1
        else:
            passed += 1
    print(f"{passed} passed, {failed} failed, {skipped} skipped")
    return 0 if passed and not failed else 1


if __name__ == "__main__":
    sys.exit(main())
