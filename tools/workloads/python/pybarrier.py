#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0-only
"""pybarrier: threads that meet at a threading.Barrier after each round."""

import sys
import threading
import time

from lib.run import Run, parser


def main():
    par = parser("pybarrier", "threads that meet at a barrier after each round",
                 "all wait for worker-1, which sleeps three times as long as the others; with "
                 "--fixed all are there at the same time",
                 work=100, workers=4, operation="rounds")
    par.add_argument("--round-us", type=int, default=3000, help="a round's sleep")
    par.add_argument("--fixed", action="store_true", help="as much for each of them")
    args = par.parse_args()
    barrier = threading.Barrier(args.workers)
    run = Run("pybarrier", args.workers)

    def worker(index):
        share = 1.0 if args.fixed else 3 * args.workers / (args.workers + 2) / (1 if not index
                                                                                else 3)
        for _ in range(args.work):
            time.sleep(args.round_us / 1e6 * share)
            barrier.wait()

    crew = [threading.Thread(target=worker, args=(i,), name=f"worker-{i + 1}")
            for i in range(args.workers)]
    for thread in crew:
        thread.start()
    for thread in crew:
        thread.join()
    run.finish(args.work * args.workers, args.work)
    return 0


if __name__ == "__main__":
    sys.exit(main())
