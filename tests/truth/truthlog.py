# SPDX-License-Identifier: GPL-2.0-only
"""Reads what the programs logged of themselves (lib/truth.h)."""

import glob
import struct
from dataclasses import dataclass, field

WANT, GOT, RELEASING, RELEASED = 1, 2, 3, 4


@dataclass
class Hold:
    """One thread had one lock: times in ns of CLOCK_MONOTONIC, see enum truth_what."""
    tid: int
    want: int
    got: int
    releasing: int
    released: int


@dataclass
class Object:
    """One object of the program, at one address per process."""
    name: str
    places: list = field(default_factory=list)  # (pid, address, size)
    holds: list = field(default_factory=list)

    def covers(self, address, pid=None):
        return any(start <= address < start + size and pid in (None, place)
                   for place, start, size in self.places)


class LogError(Exception):
    """The log is not what lib/truth.c writes."""


def add_events(objects, tid, events, where):
    """Puts one thread's events, (ns, address, what) in order of time, into the objects."""
    by_address, under_way = {}, {}
    for ns, address, what in events:
        if address not in by_address:
            found = [o for o in objects.values() if o.covers(address, where)]
            if len(found) != 1:
                raise LogError(f"{address:#x} belongs to {len(found)} objects")
            by_address[address] = found[0]
        stamps = under_way.setdefault(address, [])
        if what != len(stamps) + 1:
            raise LogError(f"thread {tid}: {what} comes after {len(stamps)}")
        stamps.append(ns)
        if what == RELEASED:
            by_address[address].holds.append(Hold(tid, *under_way.pop(address)))


def read_one(path, objects):
    with open(path, "rb") as log:
        head, body = log.read().split(b"\n\n", 1)
    lines = [line.split(" ") for line in head.decode().split("\n")]
    if lines[0] != ["truth", "1"]:
        raise LogError(f"{path} is no log")
    pid, threads = None, []
    for what, *rest in lines[1:]:
        if what == "process":
            pid = int(rest[0])
        elif what == "object":
            target = objects.setdefault(rest[2], Object(rest[2]))
            target.places.append((pid, int(rest[0], 16), int(rest[1])))
        elif what == "thread":
            threads.append((int(rest[0]), int(rest[1])))
        else:
            raise LogError(f"{path}: {what}")
    at = 0
    for tid, count in threads:
        part = body[at:at + 16 * count]
        if len(part) != 16 * count:
            raise LogError(f"{path} is cut")
        at += 16 * count
        add_events(objects, tid, ((ns, word >> 8, word & 0xff)
                                  for ns, word in struct.iter_unpack("<QQ", part)), pid)


def read(base):
    """{name: Object} of all processes that logged to BASE.PID; empty if none did."""
    objects = {}
    for path in sorted(glob.glob(glob.escape(base) + ".*")):
        read_one(path, objects)
    for found in objects.values():
        found.holds.sort(key=lambda hold: hold.got)
    return objects
