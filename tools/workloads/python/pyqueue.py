#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0-only
"""pyqueue: a producer and a consumer around a bounded queue.Queue, stopped by an Event."""

import queue
import sys
import threading
import time

from lib.run import Run, parser

FULL = 10  # items


def produce(items, stop, pause):
    """Numbers, until told to stop."""
    made = 0
    while not stop.is_set():
        time.sleep(pause)
        made += 1
        items.put(made)
    items.put(None)


def consume(items, stop, pause, work):
    """Stops the producer when there was enough; what is still in the queue by then is used, too:
    the event says that nothing more comes, not that nothing is there."""
    used, total = 0, 0
    while (item := items.get()) is not None:
        time.sleep(pause)
        used += 1
        total += item if used <= work else 0
        if used == work:
            stop.set()
    return used, total


def main():
    par = parser("pyqueue", "a producer and a consumer around a queue",
                 "the consumer is the slow stage, asleep in consume(): the producer waits for "
                 "room in the queue; with --fixed both are as fast as each other",
                 work=300, workers=2, operation="items")
    par.add_argument("--pause-us", type=int, default=500, help="the producer's time for an item")
    par.add_argument("--fixed", action="store_true",
                     help="a consumer that takes no longer, else four times as long")
    args = par.parse_args()
    items, stop = queue.Queue(maxsize=FULL), threading.Event()
    run = Run("pyqueue", 2)
    producer = threading.Thread(target=produce, args=(items, stop, args.pause_us / 1e6),
                                name="producer")
    producer.start()
    used, total = consume(items, stop, args.pause_us / 1e6 * (1 if args.fixed else 4), args.work)
    producer.join()
    print(f"pyqueue: {used - args.work} items were in the queue when the producer was stopped")
    run.finish(args.work, total)
    return 0


if __name__ == "__main__":
    sys.exit(main())
