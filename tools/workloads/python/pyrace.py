#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0-only
"""pyrace: threads that add to one number: read, sleep, write back."""

import contextlib
import sys
import threading
import time

from lib.run import Run, parser


def add(shared, pause, within, after):
    """One addition. What another thread adds between the read and the write is lost."""
    with within:
        value = shared["total"]
        if not after:
            time.sleep(pause)
        shared["total"] = value + 1
    if after:
        time.sleep(pause)


def main():
    par = parser("pyrace", "threads that add to one number",
                 "with --hold-while-sleeping: threads queue for the lock, whose holder sleeps; "
                 "a race without a lock is not seen in how threads wait",
                 work=400, workers=4, operation="additions")
    par.add_argument("--pause-us", type=int, default=1000, help="sleep in each addition")
    how = par.add_mutually_exclusive_group()
    how.add_argument("--locked", action="store_true", help="with a lock, and sleep without it")
    how.add_argument("--hold-while-sleeping", action="store_true",
                     help="with a lock that is kept in the sleep")
    args = par.parse_args()
    shared = {"total": 0}
    lock = threading.Lock() if args.locked or args.hold_while_sleeping \
        else contextlib.nullcontext()
    run = Run("pyrace", args.workers)

    def worker():
        for _ in range(args.work // args.workers):
            add(shared, args.pause_us / 1e6, lock, args.locked)

    crew = [threading.Thread(target=worker, name=f"worker-{i + 1}") for i in range(args.workers)]
    for thread in crew:
        thread.start()
    for thread in crew:
        thread.join()
    done = args.work // args.workers * args.workers
    print(f"pyrace: {done} added, {shared['total']} arrived, {done - shared['total']} lost")
    run.finish(done, done)
    return 0


if __name__ == "__main__":
    sys.exit(main())
