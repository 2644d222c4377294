# SPDX-License-Identifier: GPL-2.0-only
"""Threads and processes of Python: some wait for the interpreter's lock, some never do.

    threads.py compute|parse|processes|sleep|hash
"""

import hashlib
import json
import os
import sys
import threading
import time

CPUS = len(os.sched_getaffinity(0))


def count_down(n=6_000_000):
    while n:
        n -= 1


def parse_text(times=60):
    text = json.dumps([{"key": str(i), "value": [i] * 5} for i in range(4000)])
    for _ in range(times):
        sum(len(row["value"]) for row in json.loads(text))


def nap():
    for _ in range(40):
        time.sleep(0.01)


def digest():
    block = bytes(8 << 20)
    for _ in range(90):
        hashlib.sha256(block).digest()


def run(count, work):
    threads = [threading.Thread(target=work, name=f"py-{i}") for i in range(count)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()


def run_processes():
    children = []
    for _ in range(CPUS):
        child = os.fork()
        if not child:
            count_down(22_000_000)
            os._exit(0)
        children.append(child)
    for child in children:
        os.waitpid(child, 0)


PLAYS = {"compute": lambda: run(3, count_down), "parse": lambda: run(3, parse_text),
         "processes": run_processes, "sleep": lambda: run(4, nap),
         "hash": lambda: run(CPUS, digest)}

PLAYS[sys.argv[1]]()
