# SPDX-License-Identifier: GPL-2.0-only
"""Packs an initramfs and boots a kernel with it in QEMU's own emulation (no KVM needed)."""

import gzip
import json
import os
import re
import subprocess
import tempfile

QEMU = "qemu-system-x86_64"
# What QEMU is told of the machine. The console and the report have a serial port each; arm64's has
# only one, which the report gets.
MACHINES = {
    # Without la57 off, QEMU 7.2 hangs in the early boot of kernels from 6.12 on.
    "x86-64": [QEMU, "-cpu", "max,la57=off", "-append",
               "console=ttyS0 quiet loglevel=3 panic=-1 mitigations=off"],
    # Signed return addresses are checked with a simpler cipher, which QEMU has in hardware.
    "arm64": ["qemu-system-aarch64", "-M", "virt", "-cpu", "max,pauth-impdef=on", "-append",
              "console=tty0 quiet loglevel=3 panic=-1 mitigations=off"],
}
# All CPUs in one thread: with one each, kernels that patch their own code crash now and then.
ACCEL = "tcg,thread=single"
TRIES = 3


def _entry(name, mode, data, inode):
    name = name.encode() + b"\0"
    fields = (inode, mode, 0, 0, 1, 0, len(data), 0, 0, 0, 0, len(name), 0)
    head = b"070701" + b"".join(b"%08x" % field for field in fields) + name
    head += b"\0" * (-len(head) % 4)
    return head + data + b"\0" * (-len(data) % 4)


def pack(path, files):
    """Writes a gzipped newc cpio archive; `files` maps a path in the guest to bytes."""
    folders = {"dev", "proc", "sys", "tmp"}
    for name in files:
        while os.path.dirname(name):
            name = os.path.dirname(name)
            folders.add(name)
    out = [_entry(name, 0o040755, b"", 1 + i) for i, name in enumerate(sorted(folders))]
    out += [_entry(name, 0o100755, data, 1000 + i) for i, (name, data) in enumerate(files.items())]
    out.append(_entry("TRAILER!!!", 0, b"", 0))
    with gzip.open(path, "wb", compresslevel=1) as archive:
        archive.write(b"".join(out))


class Case:
    """What one command did in the guest."""

    def __init__(self, code, signal):
        self.code, self.signal, self.files = code, signal, {}

    def text(self, suffix):
        return self.files.get(suffix, b"").decode("utf-8", "replace")

    def json(self):
        return json.loads(self.files["json"]) if "json" in self.files else None


class Boot:
    """The parsed report of one boot: release, btf, cases by name, finished."""

    def __init__(self, raw, console):
        self.release, self.btf, self.cases, self.finished = None, False, {}, False
        self.console = console
        at = 0
        while at < len(raw):
            end = raw.find(b"\n", at)
            if end < 0:
                break
            line, at = raw[at:end].decode("utf-8", "replace"), end + 1
            if match := re.fullmatch(r"kernel (\S+) btf (\d)", line):
                self.release, self.btf = match[1], match[2] == "1"
            elif match := re.fullmatch(r"case (\S+) code (\d+) signal (\d+)", line):
                self.cases[match[1]] = Case(int(match[2]), int(match[3]))
            elif match := re.fullmatch(r"file (\S+) (\S+) (\d+)", line):
                self.cases[match[1]].files[match[2]] = raw[at:at + int(match[3])]
                at += int(match[3]) + 1
            elif line == "done":
                self.finished = True


def boot(kernel, initramfs, **how):
    """Boots, waits for the guest to power off, and returns a Boot.

    A kernel that does not get as far as our init has met a fault of the emulation: tried again.
    """
    for _ in range(TRIES):
        result = boot_once(kernel, initramfs, **how)
        if result.release:
            break
    return result


def boot_once(kernel, initramfs, cpus=2, timeout=180, machine="x86-64"):
    with tempfile.TemporaryDirectory() as tmp:
        console, report = os.path.join(tmp, "console"), os.path.join(tmp, "report")
        ports = [report] if machine == "arm64" else [console, report]
        command = [*MACHINES[machine], "-accel", ACCEL, "-smp", str(cpus), "-m", "1024",
                   "-nodefaults", "-display", "none", "-no-reboot", "-kernel", kernel,
                   "-initrd", initramfs]
        for port in ports:
            command += ["-serial", f"file:{port}"]
        try:
            subprocess.run(command, stdin=subprocess.DEVNULL, timeout=timeout, check=False,
                           capture_output=True)
        except subprocess.TimeoutExpired:
            pass  # what the guest said until then tells more than the fact alone
        texts = []
        for path in (report, console):
            try:
                with open(path, "rb") as text:
                    texts.append(text.read())
            except FileNotFoundError:
                texts.append(b"")
        return Boot(texts[0], texts[1].decode("utf-8", "replace"))
