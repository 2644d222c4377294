#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0-only
"""pysleep: tasks that sleep, in one of the ways that Python has for doing several at once."""

import asyncio
import sys
import time

from lib import models
from lib.run import Run, parser


class Sleeper:
    """A task is a sleep; its result is its number."""

    def __init__(self, seconds):
        self.seconds = seconds

    def task(self, number):
        """A sleeping thread, or process, takes no CPU, nor the interpreter's lock."""
        time.sleep(self.seconds)
        return number

    async def coroutine(self, number):
        """Not even a thread each."""
        await asyncio.sleep(self.seconds)
        return number


def main():
    par = parser("pysleep", "tasks that sleep",
                 "hardly any CPU time; CPUs idle because all threads sleep",
                 work=20, workers=20, operation="sleeps")
    par.add_argument("--sleep-ms", type=int, default=100, help="how long each")
    models.add_option(par, "threads")
    args = par.parse_args()
    sleeper = Sleeper(args.sleep_ms / 1000)
    run = Run("pysleep", args.workers)
    total, run.workers = models.run(args.model, sleeper.task, sleeper.coroutine, args.work,
                                    args.workers)
    run.finish(args.work, total)
    return 0


if __name__ == "__main__":
    sys.exit(main())
