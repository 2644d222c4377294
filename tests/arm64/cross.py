# SPDX-License-Identifier: GPL-2.0-only
"""A cross compiler for arm64 and Debian's libraries for it, below the build directory."""

import glob
import os
import shutil
import subprocess
import sys

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path.append(os.path.join(os.path.dirname(HERE), "kernels"))

import images  # noqa: E402

PREFIX = "aarch64-linux-gnu-"
SYSTEM = "/usr/aarch64-linux-gnu"  # the cross compiler's own C library
# Of the release that the cross compiler is of.
RELEASE = "bookworm"
PACKAGES = ["libbpf-dev", "libbpf1", "libelf-dev", "libelf1", "libdw-dev", "libdw1", "zlib1g-dev",
            "zlib1g", "liblzma-dev", "liblzma5", "libbz2-dev", "libbz2-1.0", "libcmocka-dev",
            "libcmocka0", "libseccomp-dev", "libseccomp2", "busybox-static"]


def missing():
    return [tool for tool in (PREFIX + "gcc", PREFIX + "g++", "dpkg-deb") if not shutil.which(tool)]


def sysroot(out):
    """What PACKAGES hold, unpacked below `out`. Raises images.Unavailable."""
    root = os.path.join(out, "sysroot")
    stamp = os.path.join(root, "complete")
    wanted = " ".join(PACKAGES)
    if os.path.exists(stamp):
        with open(stamp, encoding="utf-8") as text:
            if text.read() == wanted:
                return root
    debs = os.path.join(out, "debs")
    shutil.rmtree(root, ignore_errors=True)
    os.makedirs(debs, exist_ok=True)
    suite = images.Suite(RELEASE, os.path.join(out, "apt"), "arm64")
    suite.apt("apt-get", "update")
    suite.apt("apt-get", "download", *PACKAGES, cwd=debs)
    for deb in glob.glob(os.path.join(debs, "*.deb")):
        subprocess.run(["dpkg-deb", "-x", deb, root], check=True)
    shutil.rmtree(debs)
    with open(stamp, "w", encoding="utf-8") as text:
        text.write(wanted)
    return root


def make_arguments(root):
    return ["ARCH=aarch64", f"CROSS={PREFIX}", f"SYSROOT={root}"]


def library_folders(root):
    return [os.path.join(root, folder, "aarch64-linux-gnu") for folder in ("usr/lib", "lib")]
