# SPDX-License-Identifier: GPL-2.0-only
"""Fresh Debian systems in folders, to try things in as on a machine that never saw them.

Commands run in a mount namespace of their own: /proc, /sys and /dev are mounted there and nowhere
else, and go with the last process, however it ends. Nothing needs to be unmounted.
"""

import glob
import os
import re
import shutil
import subprocess
import sys

ENTER = ("mount -t proc proc \"$0/proc\" && mount --rbind /sys \"$0/sys\" && "
         "mount --rbind /dev \"$0/dev\" && exec chroot \"$0\" \"$@\"")
ENVIRONMENT = {"PATH": "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin",
               "LC_ALL": "C.UTF-8", "TERM": "dumb", "DEBIAN_FRONTEND": "noninteractive"}


def apt_sources():
    """(release, lines for sources.list) as this machine has them, Debian's own only."""
    with open("/etc/os-release", encoding="utf-8") as text:
        release = re.search(r"^VERSION_CODENAME=(\w+)", text.read(), re.M)[1]
    text = ""
    for path in ["/etc/apt/sources.list", *glob.glob("/etc/apt/sources.list.d/*")]:
        if os.path.isfile(path):
            with open(path, encoding="utf-8", errors="replace") as source:
                text += re.sub(r"(?m)^\s*#.*$", "", source.read())
    main = re.search(r"https?://[^\s\]]+/debian\b(?!-)", text)
    security = re.search(r"https?://[^\s\]]+/debian-security\b", text)
    mirror = main[0] if main else "http://deb.debian.org/debian"
    lines = [f"deb {mirror} {release} main", f"deb {mirror} {release}-updates main"]
    if security:
        lines.append(f"deb {security[0]} {release}-security main")
    return release, mirror, lines


def home(user):
    """Where the user's files are, inside."""
    return f"/home/{user}" if user else "/root"


class Chroot:
    """A fresh system in folder/name; `with` removes it at the end."""

    def __init__(self, folder, name):
        self.folder = folder
        self.root = os.path.join(folder, name)

    def __enter__(self):
        release, mirror, lines = apt_sources()
        base = os.path.join(self.folder, f"{release}.tar")
        self.remove()
        os.makedirs(self.folder, exist_ok=True)
        if not os.path.exists(base):
            self.bootstrap(base, release, mirror)
        os.mkdir(self.root, 0o755)
        subprocess.run(["tar", "-C", self.root, "--numeric-owner", "-xpf", base], check=True)
        self.write("etc/apt/sources.list", "\n".join(lines) + "\n")
        shutil.copy("/etc/resolv.conf", os.path.join(self.root, "etc/resolv.conf"))
        # Nothing that a package brings is to be started here.
        self.write("usr/sbin/policy-rc.d", "#!/bin/sh\nexit 101\n", 0o755)
        self.run("apt-get", "update", "-q")
        return self

    def __exit__(self, *_):
        self.remove()

    def bootstrap(self, base, release, mirror):
        print(f"{release}: made with debootstrap, once", flush=True)
        try:
            subprocess.run(["debootstrap", "--variant=minbase", release, self.root, mirror],
                           check=True, stdout=subprocess.PIPE)
            subprocess.run(["tar", "-C", self.root, "--numeric-owner", "--one-file-system", "-cf",
                            base + ".part", "."], check=True)
            os.rename(base + ".part", base)
        finally:
            self.remove()

    def remove(self):
        subprocess.run(["rm", "-rf", "--one-file-system", self.root], check=True)

    def path(self, name):
        return os.path.join(self.root, name.lstrip("/"))

    def write(self, name, text, mode=0o644):
        with open(self.path(name), "w", encoding="utf-8") as out:
            out.write(text)
        os.chmod(self.path(name), mode)

    def start(self, *command, user=None, cwd="/", **env):
        """What to give to subprocess to run the command inside, as root or as the user."""
        setting = [f"{k}={v}" for k, v in {**ENVIRONMENT, "HOME": home(user), **env}.items()]
        if user:
            # setpriv itself still has root's capabilities as it starts a program; env has none.
            command = ("setpriv", f"--reuid={user}", f"--regid={user}", "--init-groups",
                       "--inh-caps=-all", "env", *command)
        return ["unshare", "--mount", "--propagation", "private", "sh", "-c", ENTER, self.root,
                "env", "-i", f"--chdir={cwd}", *setting, *command]

    def run(self, *command, user=None, cwd="/", code=0, **env):
        """Runs the command inside; its output. It must end with `code` (None: with any)."""
        done = subprocess.run(self.start(*command, user=user, cwd=cwd, **env), text=True, check=False,
                              stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                              stderr=subprocess.STDOUT, errors="replace")
        if code is not None and done.returncode != code:
            sys.exit(f"{done.stdout[-3000:]}\nin a fresh Debian: {' '.join(command)}: exit "
                     f"{done.returncode}, not {code}")
        return done.stdout
