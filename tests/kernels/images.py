# SPDX-License-Identifier: GPL-2.0-only
"""Fetches Debian kernel images through apt, with apt state of its own: the machine's sources and
package database are only read, never changed."""

import glob
import os
import re
import shutil
import subprocess

MIRROR = os.environ.get("CONCTRACE_MIRROR", "http://deb.debian.org/debian")
KEYRING = "/usr/share/keyrings/debian-archive-keyring.gpg"


class Unavailable(Exception):
    """A suite or an image that cannot be had; the text says why, in one line."""


class Suite:
    """One Debian suite with its own apt directories below `cache`."""

    def __init__(self, name, cache, arch="amd64"):
        self.name = name
        self.arch = arch
        self.dir = os.path.join(cache, name)
        for sub in ("lists/partial", "archives/partial"):
            os.makedirs(os.path.join(self.dir, sub), exist_ok=True)
        # As if nothing were installed, where that is another machine's.
        self.status = os.path.join(self.dir, "status") if arch != "amd64" else "/var/lib/dpkg/status"
        if arch != "amd64":
            with open(self.status, "w", encoding="utf-8"):
                pass
        self.sources = os.path.join(self.dir, "sources.list")
        with open(self.sources, "w", encoding="utf-8") as out:
            out.write(f"deb [signed-by={KEYRING}] {MIRROR} {name} main\n")

    def apt(self, tool, *args, cwd=None, timeout=300):
        options = {
            "Dir::State": self.dir,
            "Dir::State::Lists": os.path.join(self.dir, "lists"),
            "Dir::State::status": self.status,
            "Dir::Cache": self.dir,
            "Dir::Etc::sourcelist": self.sources,
            "Dir::Etc::sourceparts": "/dev/null",
            "Dir::Etc::preferences": "/dev/null",
            "Dir::Etc::preferencesparts": "/dev/null",
            "APT::Architecture": self.arch,
            "APT::Architectures": self.arch,
            "APT::Sandbox::User": "",
            "Acquire::Languages": "none",
            "Acquire::Retries": "1",
            "Acquire::http::Timeout": "20",
        }
        command = [tool]
        for key, value in options.items():
            command += ["-o", f"{key}={value}"]
        try:
            done = subprocess.run(command + list(args), cwd=cwd, timeout=timeout, text=True,
                                  stdin=subprocess.DEVNULL, capture_output=True, check=False)
        except subprocess.TimeoutExpired:
            raise Unavailable(f"{tool} {args[0]} for {self.name} took over {timeout} s") from None
        if done.returncode:
            lines = [l for l in done.stderr.splitlines() if l.startswith("E:")] or ["no reason given"]
            raise Unavailable(f"{tool} {args[0]} for {self.name}: {lines[0]}")
        return done.stdout

    def image_package(self):
        """The real package behind the suite's meta package."""
        self.apt("apt-get", "update")
        meta = f"linux-image-cloud-{self.arch}"
        text = self.apt("apt-cache", "depends", meta)
        names = re.findall(r"Depends: (linux-image-\S+)", text)
        if not names:
            raise Unavailable(f"{self.name} has no {meta}")
        return names[0]

    def kernel(self):
        """Path of the suite's vmlinuz, downloaded and unpacked when it is not cached yet."""
        cached = sorted(glob.glob(os.path.join(self.dir, "boot/vmlinuz-*")))
        if cached:
            return cached[-1]
        if not shutil.which("apt-get") or not os.path.exists(KEYRING):
            raise Unavailable("needs apt and Debian's archive keyring")
        wanted = [self.image_package()]
        # Newer suites keep vmlinuz in a package of its own that linux-image depends on.
        text = self.apt("apt-cache", "depends", wanted[0])
        wanted += re.findall(r"Depends: (linux-binary-\S+)", text)
        debs = os.path.join(self.dir, "debs")
        os.makedirs(debs, exist_ok=True)
        tree = os.path.join(self.dir, "tree")
        self.apt("apt-get", "download", *wanted, cwd=debs)
        for deb in glob.glob(os.path.join(debs, "*.deb")):
            subprocess.run(["dpkg-deb", "-x", deb, tree], check=True)
        found = glob.glob(os.path.join(tree, "boot/vmlinuz-*")) + \
            glob.glob(os.path.join(tree, "usr/lib/modules/*/vmlinuz")) + \
            glob.glob(os.path.join(tree, "usr/lib/linux/*/vmlinuz"))
        if not found:
            raise Unavailable(f"{wanted[0]} holds no vmlinuz where it is looked for")
        boot = os.path.join(self.dir, "boot")
        os.makedirs(boot, exist_ok=True)
        release = re.sub(r"^linux-image-", "", wanted[0])
        kernel = os.path.join(boot, f"vmlinuz-{release}")
        shutil.copyfile(found[0], kernel + ".part")
        os.rename(kernel + ".part", kernel)
        shutil.rmtree(tree)
        shutil.rmtree(debs)
        return kernel
