#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0-only
"""pylogging: threads that log to one file, each line on the disk, or through a queue."""

import logging
import logging.handlers
import os
import queue
import sys
import tempfile
import threading

from lib.run import Run, parser


class SyncedHandler(logging.FileHandler):
    """Keeps nothing back: the handler's lock is held until the line is on the disk."""

    def emit(self, record):
        super().emit(record)
        os.fsync(self.stream.fileno())


def request(log, number):
    """Something to compute, and a line about it."""
    total = sum(i * i for i in range(number % 7 + 500))
    log.info("request %d gave %d", number, total)
    return total


def main():
    par = parser("pylogging", "threads that log to one file",
                 "threads queue for the handler's lock, whose holder waits for the disk; with "
                 "--fixed a thread of its own writes, and syncs once, at the end",
                 work=400, workers=8, operation="lines")
    par.add_argument("--fixed", action="store_true", help="log through a queue, sync at the end")
    par.add_argument("--dir", default=None, help="where the file goes; gone at the end")
    args = par.parse_args()
    with tempfile.TemporaryDirectory(dir=args.dir) as folder:
        kind = logging.FileHandler if args.fixed else SyncedHandler
        handler = kind(os.path.join(folder, "log"))
        log = logging.getLogger("pylogging")
        log.setLevel(logging.INFO)
        log.propagate = False
        listener = None
        if args.fixed:
            lines = queue.SimpleQueue()
            log.addHandler(logging.handlers.QueueHandler(lines))
            listener = logging.handlers.QueueListener(lines, handler)
            listener.start()
        else:
            log.addHandler(handler)
        run = Run("pylogging", args.workers)
        sums = [0] * args.workers

        def worker(index):
            for number in range(index, args.work, args.workers):
                sums[index] += request(log, number)

        crew = [threading.Thread(target=worker, args=(i,), name=f"worker-{i + 1}")
                for i in range(args.workers)]
        for thread in crew:
            thread.start()
        for thread in crew:
            thread.join()
        if listener:
            listener.stop()
            os.fsync(handler.stream.fileno())
        handler.close()
        run.finish(args.work, sum(sums))
    return 0


if __name__ == "__main__":
    sys.exit(main())
