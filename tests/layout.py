#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0-only
"""Holds the shape of the sources: who may include whom, sizes, licences, format.

Prints a line per rule and ends with "N passed, N failed, N skipped". The rules are first tried on
planted violations: a rule that finds none is itself a failure.
"""

import ast
import os
import re
import shutil
import subprocess
import sys
import tempfile

ROOT = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))

# Rooms by floor: a file includes its own room and rooms of lower floors.
FLOORS = {"main": 5, "cmd": 4, "analysis": 3, "export": 3, "verdict": 3, "replay": 3,
          "capture": 2, "model": 2, "compare": 2, "trace": 1, "symbol": 1, "report": 1, "launch": 1,
          "serve": 1, "lib": 0}
WIRE = "bpf/events.h"
# What one room alone shares with the kernel side or with the tools.
PRIVATE = {"conctrace.skel.h": {"capture"}, "bpf/control.h": {"capture"},
           "python.skel.h": {"capture"}, "bpf/python.h": {"capture"},
           "html_page.inc": {"export"},
           "tools/workloads/registry.h": {"cmd"}}

FILE_LINES, FUNCTION_LINES, HEADER_LINES = 600, 100, 80
LONG_FUNCTION, LONG_SHARE = 50, 0.10
FORMAT_VERSION = "14"
SPDX = "SPDX-License-Identifier: "
# Split, so that this file does not find itself.
PRIVATE_PATHS = re.compile("/wo" "rk/|/ho" r"me/[a-z]|/ro" r"ot/[\w.]|/tm" "p/b-")


class Source:
    def __init__(self, root, path):
        self.path = path
        with open(os.path.join(root, path), encoding="utf-8", errors="replace") as text:
            self.text = text.read()
        self.lines = self.text.splitlines()
        self.is_c = path.endswith((".c", ".h"))
        self.is_python = path.endswith(".py") or (self.lines[:1] and "python" in self.lines[0]
                                                  and self.lines[0].startswith("#!"))

    @property
    def room(self):
        """The room of a file in user/, "main" for user/main.c, else None."""
        parts = self.path.split("/")
        if parts[0] != "user":
            return None
        return "main" if len(parts) == 2 else parts[1]

    def code(self):
        """The lines with comments and literals blanked; line numbers stay."""
        def blank(match):
            found = match.group(0)
            if found[0] in "\"'":
                return found[0] * 2
            return re.sub(r"[^\n]", "", found)
        pattern = r"//[^\n]*|/\*.*?\*/|\"(?:\\.|[^\"\\\n])*\"|'(?:\\.|[^'\\\n])*'"
        return re.sub(pattern, blank, self.text, flags=re.S).splitlines()


def sources(root):
    """Every source file: known suffixes, Makefiles, and scripts by their first line."""
    for folder, folders, files in os.walk(root):
        folders[:] = sorted(f for f in folders if f not in (".git", "build", "__pycache__")
                            and not f.startswith("build-"))
        for name in sorted(files):
            path = os.path.join(folder, name)
            short = os.path.relpath(path, root)
            if os.path.islink(path):
                continue
            if name.endswith((".c", ".h", ".py", ".sh")) or name == "Makefile":
                yield Source(root, short)
            elif "." not in name or short.startswith(".ci/"):
                with open(path, "rb") as head:
                    if head.read(2) == b"#!":
                        yield Source(root, short)


def functions(src):
    """(name, first line, lines) of each function; in kernel style a body starts in column 0."""
    if src.is_python:
        for node in ast.walk(ast.parse(src.text)):
            if isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef)):
                yield node.name, node.lineno, node.end_lineno - node.lineno + 1
        return
    start = None
    code = src.code() if src.is_c else []
    for number, line in enumerate(code, 1):
        if line.startswith("{"):
            start = number
        elif line.startswith("}") and start:
            head = " ".join(code[max(0, start - 6):start - 1])
            names = re.findall(r"(\w+)\s*\(", head)
            yield names[-1] if names else "?", start, number - start + 1
            start = None


def rule_includes(files, _root):
    """a file includes its own room and lower floors only"""
    for src in files:
        if not src.is_c:
            continue
        for number, line in enumerate(src.lines, 1):
            match = re.match(r'\s*#\s*include\s+(["<])([^">]+)[">]', line)
            if not match:
                continue
            quoted, target = match[1] == '"', match[2]
            why = include_problem(src, quoted, target)
            if why:
                yield f"{src.path}:{number}: {target}: {why}"


def include_problem(src, quoted, target):
    first = target.split("/")[0]
    if src.path.startswith("bpf/"):
        if quoted and first != "bpf":
            return "bpf/ includes nothing but bpf/ and system headers"
        return None
    if src.room is None:
        return None
    if not quoted:
        ours = first in FLOORS and "/" in target and not os.path.exists("/usr/include/" + target)
        return "own headers go in quotes" if ours else None
    if target in PRIVATE:
        return None if src.room in PRIVATE[target] else "only for " + ", ".join(PRIVATE[target])
    if first == "bpf":
        return None if target == WIRE else f"user/ sees of bpf/ only {WIRE}"
    if "/" not in target or first not in FLOORS:
        return 'include as "room/file.h"'
    if src.room not in FLOORS:
        return f"room {src.room} has no floor yet: give it one in tests/layout.py"
    if first != src.room and FLOORS[first] >= FLOORS[src.room]:
        return f"{src.room} (floor {FLOORS[src.room]}) must not see {first} (floor {FLOORS[first]})"
    return None


def rule_spdx(files, _root):
    """every source file names its licence on top"""
    for src in files:
        if not any(SPDX in line for line in src.lines[:2]):
            yield f"{src.path}:1: no {SPDX.strip()}"


def rule_guards(files, _root):
    """every header has an include guard"""
    for src in files:
        if src.path.endswith(".h") and not re.search(r"^#ifndef (\w+)\n#define \1\b", src.text,
                                                     re.M):
            yield f"{src.path}:1: no #ifndef/#define guard"


def rule_headers(files, _root):
    """headers declare, they do not define"""
    for src in files:
        # The kernel side is inlined into its programs: helpers in *.bpf.h are its only way.
        if not src.path.endswith(".h") or src.path.endswith(".bpf.h"):
            continue
        depth, macro = 0, False
        for number, line in enumerate(src.code(), 1):
            in_macro, macro = macro or line.lstrip().startswith("#"), line.endswith("\\") and \
                (macro or line.lstrip().startswith("#"))
            if in_macro:
                continue
            flat = re.sub(r"\{[^{}]*\}", "", line)
            if depth == 0 and (line.startswith("{") or "=" in flat or re.match(r"static\b", line)):
                yield f"{src.path}:{number}: a definition: {line.strip()}"
            depth += line.count("{") - line.count("}")


def rule_header_size(files, _root):
    """headers stay narrow: at most 80 lines of code; rows of tables and of enums are free"""
    row = re.compile(r"\s*(X\(.*\)\s*\\?|[A-Z][A-Z0-9_]*( = [^,]+)?,?|#define [A-Z0-9_]+ +\S+)$")
    for src in files:
        if not src.path.endswith(".h") or src.path == WIRE or src.path.endswith(".bpf.h"):
            continue
        guard = re.compile(r"#(ifndef|define) \w+_H$|#endif$")
        code = re.sub(r"^\s*X\((?:[^()]*\\\n)+[^()]*\)", "", "\n".join(src.code()), flags=re.M)
        lines = [l for l in map(str.rstrip, code.splitlines()) if l.strip(" \\")
                 and not row.match(l) and not guard.match(l)]
        if len(lines) > HEADER_LINES:
            yield f"{src.path}: {len(lines)} lines of code, at most {HEADER_LINES}"


def rule_file_size(files, _root):
    """no file over 600 lines"""
    for src in files:
        if len(src.lines) > FILE_LINES:
            yield f"{src.path}: {len(src.lines)} lines, at most {FILE_LINES}"


def rule_function_size(files, _root):
    """no function over 100 lines"""
    for src in files:
        for name, line, length in functions(src):
            if length > FUNCTION_LINES:
                yield f"{src.path}:{line}: {name}() has {length} lines, at most {FUNCTION_LINES}"


def rule_short_functions(files, _root):
    """nine functions of ten have at most 50 lines"""
    found = [(length, src.path, name) for src in files for name, _, length in functions(src)]
    long_ones = sorted(f for f in found if f[0] > LONG_FUNCTION)
    if len(long_ones) > LONG_SHARE * len(found):
        worst = ", ".join(f"{path} {name}() {length}" for length, path, name in long_ones[-5:])
        yield f"{len(long_ones)} of {len(found)} functions over {LONG_FUNCTION} lines: {worst}"


def rule_paths(files, _root):
    """no path of somebody's own machine"""
    for src in files:
        for number, line in enumerate(src.lines, 1):
            if found := PRIVATE_PATHS.search(line):
                yield f"{src.path}:{number}: {found.group(0)}"


def rule_format(files, root):
    """clang-format has nothing to change"""
    tool = shutil.which("clang-format-" + FORMAT_VERSION) or shutil.which("clang-format")
    if not tool:
        raise LookupError("clang-format is not installed")
    version = subprocess.run([tool, "--version"], capture_output=True, text=True, check=False)
    if not re.search(rf"version {FORMAT_VERSION}\.", version.stdout):
        raise LookupError(f"needs clang-format {FORMAT_VERSION}: others format differently")
    paths = [src.path for src in files if src.is_c]
    if not paths:
        return
    done = subprocess.run([tool, "--dry-run", "--Werror", "--style=file", *paths], cwd=root,
                          capture_output=True, text=True, check=False)
    seen = set()
    for line in done.stderr.splitlines():
        match = re.match(r"(\S+?):(\d+):\d+: error: ", line)
        if match and match[1] not in seen:
            seen.add(match[1])
            yield f"{match[1]}:{match[2]}: not formatted; clang-format -i {match[1]}"
    if done.returncode and not seen:
        yield done.stderr.strip()[:500]


RULES = [rule_includes, rule_spdx, rule_guards, rule_headers, rule_header_size, rule_file_size,
         rule_function_size, rule_short_functions, rule_paths, rule_format]

C = "// " + SPDX + "GPL-2.0-only\n"
H = "/* " + SPDX + "GPL-2.0-only */\n#ifndef X_H\n#define X_H\n%s\n#endif\n"

# What each rule must find: rule, file, its text.
PLANTED = [
    (rule_includes, "user/lib/a.c", C + '#include "trace/reader.h"\n'),
    (rule_includes, "user/analysis/a.c", C + '#include "export/export.h"\n'),
    (rule_includes, "user/model/a.c", C + '#include "capture/capture.h"\n'),
    (rule_includes, "user/trace/a.c", C + '#include "bpf/compat.bpf.h"\n'),
    (rule_includes, "user/cmd/a.c", C + '#include "conctrace.skel.h"\n'),
    (rule_includes, "user/cmd/a.c", C + '#include "record.h"\n'),
    (rule_includes, "user/novel/a.c", C + '#include "lib/error.h"\n'),
    (rule_includes, "bpf/a.bpf.c", C + '#include "lib/error.h"\n'),
    (rule_spdx, "user/lib/a.c", "int a;\n"),
    (rule_spdx, "scripts/a", "#!/bin/sh\ntrue\n"),
    (rule_guards, "user/lib/a.h", C + "int a(void);\n"),
    (rule_headers, "user/lib/a.h", H % "static inline int a(void)\n{\n\treturn 1;\n}\n"),
    (rule_headers, "user/lib/a.h", H % "int a(void)\n{\n\treturn 1;\n}\n"),
    (rule_headers, "user/lib/a.h", H % "int a = 1;\n"),
    (rule_header_size, "user/lib/a.h", H % ("int a(void);\n" * 81)),
    (rule_file_size, "user/lib/a.c", C + "\n" * 600),
    (rule_function_size, "user/lib/a.c",
     C + "int a(void)\n{\n" + "\ta();\n" * 100 + "\treturn 0;\n}\n"),
    (rule_function_size, "tests/a.py",
     "# " + SPDX + "x\ndef a():\n" + "    a()\n" * 101),
    (rule_short_functions, "user/lib/a.c",
     C + "int a(void)\n{\n" + "\ta();\n" * 60 + "\treturn 0;\n}\n"),
    (rule_paths, "user/lib/a.c", C + 'const char *a = "/ho' 'me/me/a";\n'),
    (rule_format, "user/lib/a.c", C + "int  a( void );\n"),
]

CLEAN = {
    "user/cmd/a.c": C + '#include "analysis/analysis.h"\n#include "bpf/events.h"\n',
    "user/capture/a.c": C + '#include "conctrace.skel.h"\n#include "trace/info.h"\n',
    "user/lib/a.h": H % "enum a { A = 1, B };\nstruct b {\n\tint c;\n};\nint a(int b);\n"
                        "#define TABLE(X) X(A, \"a = b\")\n",
    "bpf/a.bpf.h": H % "static int a(void)\n{\n\treturn 1;\n}\n",
}


def findings(rule, root):
    return list(rule(list(sources(root)), root))


def self_test(rule):
    """None, or what the rule misses or wrongly reports."""
    cases = [({path: text}, True) for r, path, text in PLANTED if r is rule]
    for tree, guilty in cases + [(CLEAN, False)]:
        with tempfile.TemporaryDirectory() as root:
            if os.path.exists(os.path.join(ROOT, ".clang-format")):
                shutil.copy(os.path.join(ROOT, ".clang-format"), root)
            for path, text in tree.items():
                os.makedirs(os.path.dirname(os.path.join(root, path)), exist_ok=True)
                with open(os.path.join(root, path), "w", encoding="utf-8") as out:
                    out.write(text)
            found = findings(rule, root)
        if guilty and not found:
            return f"does not find the violation planted in {list(tree)[0]}"
        if not guilty and found:
            return f"finds fault with what is right: {found[0]}"
    return None if cases else "has no planted violation"


def main():
    counts = {"ok": 0, "FAIL": 0, "skip": 0}

    def tell(verdict, name, details=()):
        counts[verdict] += 1
        print(f"{verdict:4} {name}")
        for detail in details:
            print(f"       {detail}")

    files = list(sources(ROOT))
    for rule in RULES:
        name = rule.__doc__
        try:
            blind = self_test(rule)
            tell("FAIL" if blind else "ok", f"self-test: {name}", [blind] if blind else ())
            found = list(rule(files, ROOT))
            tell("FAIL" if found else "ok", name, found)
        except LookupError as reason:
            tell("skip", f"{name} ({reason})")
    print("%d passed, %d failed, %d skipped" % tuple(counts.values()))
    return 0 if counts["ok"] and not counts["FAIL"] else 1


if __name__ == "__main__":
    sys.exit(main())
