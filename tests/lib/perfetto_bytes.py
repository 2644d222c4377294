#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0-only
"""Says which packets take the bytes of a Perfetto trace.

    perfetto_bytes.py FILE [EVENTS]     a table by kind: bytes, share, count, bytes each, and,
                                        if the number of recorded events is given, bytes an event

Reads the wire format itself, so that a trace of any size can be looked at. What is compressed
counts by what it decompresses to.
"""
import sys
import zlib
from collections import Counter

KINDS = {1: "ftrace", 2: "process tree", 6: "clocks", 12: "interned", 45: "system",
         59: "defaults", 60: "track", 66: "sample"}
FTRACE = {18: "blocked reason", 20: "waking", 235: "newtask", 240: "free"}
TYPES = {1: "begin", 2: "end", 3: "instant", 4: "counter"}
PACKET, TRACK_EVENT, COMPRESSED = 1, 11, 50


def varint(data, at):
    value, shift = 0, 0
    while True:
        byte = data[at]
        at += 1
        value |= (byte & 0x7F) << shift
        shift += 7
        if byte < 0x80:
            return value, at


def fields(data, at, end):
    """(number, value, first byte, byte after it) of each field; value: a number, or where the
    content begins."""
    while at < end:
        start = at
        tag, at = varint(data, at)
        kind = tag & 7
        if kind == 0:
            value, at = varint(data, at)
        elif kind == 1:
            value, at = at, at + 8
        elif kind == 2:
            size, value = varint(data, at)
            at = value + size
        else:
            raise ValueError(f"wire type {kind} at byte {start}")
        yield tag >> 3, value, start, at


class Sizes:
    def __init__(self):
        self.bytes, self.count = Counter(), Counter()

    def add(self, name, size):
        self.bytes[name] += size
        self.count[name] += 1

    def ftrace(self, data, at, end):
        for number, value, start, stop in fields(data, at, end):
            if number == 4:
                for inner, first, from_, to in fields(data, value, stop):
                    self.add(f"ftrace: sched column {inner}", to - from_)
            elif number == 2:
                kind = next((FTRACE.get(n, n) for n, _, _, _ in fields(data, value, stop)
                             if n > 5), "?")
                self.add(f"ftrace: {kind}", stop - start)
            else:
                self.add("ftrace: head", stop - start)

    def event(self, data, at, end, size):
        kind, parts = "slice or default", Counter()
        for number, value, start, stop in fields(data, at, end):
            if number == 9:
                kind = TYPES[value]
            parts[number] += stop - start
        self.add(f"event: {kind}", size)
        for number, part in parts.items():
            self.add(f"event: {kind}: field {number}", part)

    def packets(self, data, at, end):
        for _, value, start, stop in fields(data, at, end):
            inner = list(fields(data, value, stop))
            kind = None
            for number, first, _, to in inner:
                if number == COMPRESSED:
                    raw = zlib.decompress(data[first:to])
                    self.packets(raw, 0, len(raw))
                elif number == TRACK_EVENT:
                    self.event(data, first, to, stop - start)
                elif number == 1:
                    self.ftrace(data, first, to)
                elif number in KINDS and kind is None:
                    kind = KINDS[number]
                    self.add(kind, stop - start)


def main():
    with open(sys.argv[1], "rb") as file:
        data = file.read()
    sizes = Sizes()
    sizes.packets(data, 0, len(data))
    events = int(sys.argv[2]) if len(sys.argv) > 2 else 0
    total = len(data)
    print(f"{total} bytes" + (f", {total / events:.1f} an event" if events else ""))
    for name, size in sizes.bytes.most_common():
        row = f"{size:12} {size / total:7.1%} {sizes.count[name]:10} {size / sizes.count[name]:8.1f}"
        print(row + (f" {size / events:7.2f}" if events else ""), name)


if __name__ == "__main__":
    main()
