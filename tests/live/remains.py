# SPDX-License-Identifier: GPL-2.0-only
"""What a recorder that is killed could leave behind: BPF objects, processes, files."""

import contextlib
import ctypes
import errno
import os
import re
import time

PR_SET_CHILD_SUBREAPER = 36
SYS_BPF_X86_64 = 321
# include/uapi/linux/bpf.h: BPF_{PROG,MAP,LINK}_GET_NEXT_ID, and how /proc/PID/fdinfo calls the id
GET_NEXT = {"prog_id": 11, "map_id": 12, "link_id": 31}

LIBC = ctypes.CDLL(None, use_errno=True)


def held_by(pid):
    """(kind, id) of all BPF objects that a process holds."""
    held = set()
    with contextlib.suppress(FileNotFoundError, PermissionError):
        for fd in os.listdir(f"/proc/{pid}/fdinfo"):
            with contextlib.suppress(FileNotFoundError), \
                    open(f"/proc/{pid}/fdinfo/{fd}", encoding="ascii") as info:
                held |= set(re.findall(r"^(prog_id|map_id|link_id):\s+(\d+)$", info.read(), re.M))
    return held


def exists(kind, number):
    """Whether the kernel still has it.

    Not asked for by opening it: Linux 6.18 loses a reference to an array of programs, for good, if
    it is closed twice before a worker has cleared it.
    """
    attr = (ctypes.c_uint32 * 32)(int(number) - 1)
    if LIBC.syscall(SYS_BPF_X86_64, GET_NEXT[kind], attr, ctypes.sizeof(attr)):
        assert ctypes.get_errno() == errno.ENOENT, os.strerror(ctypes.get_errno())
        return False
    return attr[1] == int(number)


def left_over(held, patience=10):
    """Those of them that are still there after a while: the kernel frees later than it answers."""
    deadline = time.monotonic() + patience
    while left := {item for item in held if exists(*item)}:
        if time.monotonic() > deadline:
            return left
        time.sleep(0.02)
    return set()


def pins():
    """Files of BPF file systems, wherever they are mounted."""
    found = set()
    with open("/proc/mounts", encoding="utf-8") as mounts:
        for line in mounts:
            _, where, kind, *_ = line.split()
            if kind == "bpf":
                found |= {os.path.join(root, name) for root, folders, names in os.walk(where)
                          for name in folders + names}
    return found


def children(pid):
    """Of all its threads."""
    found = []
    with contextlib.suppress(FileNotFoundError, PermissionError):
        for task in os.listdir(f"/proc/{pid}/task"):
            with open(f"/proc/{pid}/task/{task}/children", encoding="ascii") as text:
                found += [int(word) for word in text.read().split()]
    return found


@contextlib.contextmanager
def orphanage():
    """Children whose parent is killed come to us, so that it can be told how they end."""
    LIBC.prctl(PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0)
    try:
        yield
    finally:
        LIBC.prctl(PR_SET_CHILD_SUBREAPER, 0, 0, 0, 0)


def exit_of(pid, patience=10):
    """The exit code of an orphan, 128 + the signal; None: it goes on living."""
    deadline = time.monotonic() + patience
    while time.monotonic() < deadline:
        done, status = os.waitpid(pid, os.WNOHANG)
        if done:
            return os.waitstatus_to_exitcode(status) if os.WIFEXITED(status) \
                else 128 + os.WTERMSIG(status)
        time.sleep(0.01)
    return None
