# SPDX-License-Identifier: GPL-2.0-only
"""Unit tests that need a whole machine, ptrace() above all, in a guest for arm64."""

import glob
import os
import re
import subprocess

import cross
import guest
import images

HERE = os.path.dirname(os.path.abspath(__file__))
LIB = os.path.join(os.path.dirname(HERE), "lib")
SUITE = "trixie"
TESTS = ("test_unwind", "test_symbol_maps")
# What they compile: source and flags. There is no compiler in the guest.
PROGRAMS = [("chains.c", flags) for flags in (
    "-O2 -fomit-frame-pointer", "-O0", "-O2 -static-pie", "-O2 -static", "-O2",
    "-O2 -no-pie",
    "-O2 -Wl,-z,noseparate-code")] + [("chains.cc", "-O2 -g")]


def _programs(out):
    folder = os.path.join(out, "programs")
    os.makedirs(folder, exist_ok=True)
    for source, flags in PROGRAMS:
        compiler = cross.PREFIX + ("g++" if source.endswith(".cc") else "gcc")
        path = os.path.join(folder, re.sub("[ ,]", "_", f"{source} {flags}"))
        # As the tests have it: the path in it is relative.
        subprocess.run([compiler, *flags.split(), "-D_GNU_SOURCE", "-o", path,
                        os.path.join("tests/lib", source), "-lpthread"],
                       cwd=os.path.dirname(os.path.dirname(HERE)), check=True)
        yield f"programs/{os.path.basename(path)}", path


def _libraries(root):
    """All of them: for test programs and for what they record."""
    yield "lib/ld-linux-aarch64.so.1", cross.SYSTEM + "/lib/ld-linux-aarch64.so.1"
    for folder in [*cross.library_folders(root), cross.SYSTEM + "/lib"]:
        for path in glob.glob(os.path.join(folder, "*.so.*")):
            if "san.so" not in path:
                yield f"lib/aarch64-linux-gnu/{os.path.basename(path)}", path


def _files(out, root):
    files = dict(_programs(out))
    files.update(_libraries(root))
    files.update({f"bin/{name}": os.path.join(root, "bin/busybox")
                  for name in ("sh", "cp", "rm", "env")})
    files.update({name: os.path.join(out, "tests/unit", name) for name in TESTS})
    init = os.path.join(out, "init")
    subprocess.run([cross.PREFIX + "gcc", "-static", "-O2", "-std=gnu11", "-D_GNU_SOURCE",
                    os.path.join(os.path.dirname(HERE), "kernels/init.c"), "-o", init], check=True)
    files["init"] = init
    return files


def run(results, out, root):
    """Boots it and adds what the tests say."""
    if not os.access("/usr/bin/" + guest.MACHINES["arm64"][0], os.X_OK):
        results.add("guest", 0, 0, 1, f"no {guest.MACHINES['arm64'][0]}")
        return
    content = {}
    for name, path in _files(out, root).items():
        with open(path, "rb") as binary:
            content[name] = binary.read()
    content["cases"] = "".join("\t".join([name, "/bin/env", "CONCTRACE_PROGRAMS=/programs", "PATH=/bin",
                                          "CMOCKA_MESSAGE_OUTPUT=TAP", "/" + name]) + "\n"
                               for name in TESTS).encode()
    initramfs = os.path.join(out, "tests.cpio.gz")
    guest.pack(initramfs, content)
    kernel = images.Suite(SUITE, os.path.join(os.path.dirname(out), "kernels-arm64"), "arm64").kernel()
    boot = guest.boot(kernel, initramfs, machine="arm64", timeout=400)
    if not boot.release:
        results.add("guest", 0, 0, 1, "QEMU did not boot it")
    for name in TESTS if boot.release else ():
        case = boot.cases.get(name)
        text = case.text("out") + case.text("err") if case else "did not run"
        lines = re.findall(r"^(ok|not ok)\b(.*)$", text, re.M)
        skipped = sum(1 for _, rest in lines if "# SKIP" in rest)
        failed = sum(1 for verdict, rest in lines if verdict != "ok" and "# SKIP" not in rest)
        if not lines or case.signal or case.code and not failed:
            failed += 1
        results.add(f"{name} in a guest, Linux {boot.release}", len(lines) - skipped - failed,
                    failed, skipped, text[-4000:])
