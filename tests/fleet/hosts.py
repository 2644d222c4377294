# SPDX-License-Identifier: GPL-2.0-only
"""Hosts with names and addresses of their own, on one machine: network and UTS namespaces on a bridge
that is in a namespace, too. Nothing of it is seen from outside."""

import contextlib
import os
import subprocess

NET = "10.77.0."


def ip(*words):
    subprocess.run(["ip", *words], check=True, stdin=subprocess.DEVNULL,
                   stdout=subprocess.PIPE, stderr=subprocess.PIPE)


class Hosts:
    """with Hosts(["db", "app-1"]) as hosts: subprocess.run(hosts.on("db", command))"""

    def __init__(self, names):
        self.names = names
        self.space = {name: f"conctrace-{os.getpid()}-{name}" for name in [*names, "switch"]}

    def address(self, name):
        return f"{NET}{self.names.index(name) + 1}"

    def on(self, name, command):
        """The command line that runs `command` there."""
        return ["nsenter", f"--net=/run/netns/{self.space[name]}", "unshare", "--uts", "sh", "-c",
                'hostname "$1"; shift; exec "$@"', "sh", name, *map(str, command)]

    def __enter__(self):
        try:
            for space in self.space.values():
                ip("netns", "add", space)
            switch = self.space["switch"]
            ip("-n", switch, "link", "add", "bridge", "type", "bridge")
            ip("-n", switch, "link", "set", "bridge", "up")
            for name in self.names:
                self.join(name, switch)
        except BaseException:
            self.__exit__()
            raise
        return self

    def join(self, name, switch):
        space, port = self.space[name], f"port-{self.names.index(name)}"
        ip("-n", switch, "link", "add", port, "type", "veth", "peer", "name", "eth0", "netns", space)
        ip("-n", switch, "link", "set", port, "master", "bridge", "up")
        ip("-n", space, "addr", "add", f"{self.address(name)}/24", "dev", "eth0")
        ip("-n", space, "link", "set", "eth0", "up")
        ip("-n", space, "link", "set", "lo", "up")

    def __exit__(self, *_):
        for space in self.space.values():
            with contextlib.suppress(subprocess.CalledProcessError):
                ip("netns", "del", space)
