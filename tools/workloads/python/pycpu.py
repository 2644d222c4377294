#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0-only
"""pycpu: tasks that only compute, in one of the ways that Python has for doing several at once."""

import sys

from lib import models
from lib.run import Run, cpus, parser


def task(number):
    """A sum of squares: nothing but Python code."""
    total = 0
    for i in range(number, number + task.size):
        total += i * i
    return total


async def coroutine(number):
    """The same; it never waits for anything, so nothing else has its turn meanwhile."""
    return task(number)


def main():
    par = parser("pycpu", "tasks that only compute",
                 "threads, thread-pool: 'gil', for only one thread at a time runs Python; "
                 "sequential, asyncio: one thread computes while CPUs idle; processes: all CPUs "
                 "busy", work=16, workers=cpus(), operation="tasks")
    par.add_argument("--size", type=int, default=1000000, help="numbers to square in each")
    models.add_option(par, "threads")
    args = par.parse_args()
    task.size = args.size
    run = Run("pycpu", args.workers)
    total, run.workers = models.run(args.model, task, coroutine, args.work, args.workers)
    run.finish(args.work, total)
    return 0


if __name__ == "__main__":
    sys.exit(main())
