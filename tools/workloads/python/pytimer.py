#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0-only
"""pytimer: answers guarded by threading.Timer, cancelled or not."""

import sys
import threading
import time

from lib.run import Run, parser


def main():
    par = parser("pytimer", "answers guarded by one-shot timers",
                 "nobody cancels the timers: each is a thread, and the interpreter's end waits "
                 "for all of them, asleep; with --fixed they are cancelled",
                 work=50, workers=1, operation="answers")
    par.add_argument("--timeout-ms", type=int, default=1000, help="of a timer")
    par.add_argument("--answer-us", type=int, default=2000, help="an answer's time")
    par.add_argument("--fixed", action="store_true", help="cancel a timer once the answer is there")
    args = par.parse_args()
    late = []
    run = Run("pytimer", 1)
    timers = []
    for number in range(args.work):
        timer = threading.Timer(args.timeout_ms / 1e3, late.append, args=(number,))
        timer.start()
        timers.append(timer)
        time.sleep(args.answer_us / 1e6)
        if args.fixed:
            timer.cancel()
    for timer in timers:
        timer.join()
    print(f"pytimer: {len(late)} timers went off, with nothing left to guard")
    run.finish(args.work, args.work)
    return 0


if __name__ == "__main__":
    sys.exit(main())
