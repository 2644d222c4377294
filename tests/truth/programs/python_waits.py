#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0-only
"""What Python waits with: python_waits.py lock|gil."""
import sys
import threading
import time

registry_lock = threading.Lock()


def update_registry(end):
    while time.monotonic() < end:
        with registry_lock:
            time.sleep(0.001)


def compute(end):
    total = 0
    while time.monotonic() < end:
        for i in range(2000):
            total += i * i
    return total


def main():
    work = update_registry if sys.argv[1:] == ["lock"] else compute
    end = time.monotonic() + 0.4
    crew = [threading.Thread(target=work, args=(end,)) for _ in range(4)]
    for one in crew:
        one.start()
    for one in crew:
        one.join()


main()
