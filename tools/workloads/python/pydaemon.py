#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0-only
"""pydaemon: a background thread that is joined, told to stop, or dropped as a daemon at the end."""

import sys
import threading
import time

from lib.run import Run, parser

ENDS = ("joined", "told", "dropped")


def main():
    par = parser("pydaemon", "a background thread at the program's end",
                 "joined: the end waits for the thread, asleep until its next turn; told: an event "
                 "wakes it, and what it had is written; dropped: no wait, and what it had is lost",
                 work=50, workers=1, operation="entries")
    par.add_argument("--end", choices=ENDS, default="joined", help="what becomes of the thread")
    par.add_argument("--period-ms", type=int, default=700, help="between its turns")
    par.add_argument("--entry-us", type=int, default=2000, help="an entry's time")
    args = par.parse_args()
    entries, written, stop = [], [], threading.Event()
    done = False

    def flush():
        while not done:
            if args.end == "told":
                stop.wait(args.period_ms / 1e3)
            else:
                time.sleep(args.period_ms / 1e3)
            written.extend(entries[len(written):])

    run = Run("pydaemon", 1)
    flusher = threading.Thread(target=flush, name="flusher", daemon=args.end == "dropped")
    flusher.start()
    for number in range(args.work):
        time.sleep(args.entry_us / 1e6)
        entries.append(number)
    done = True
    stop.set()
    if args.end != "dropped":
        flusher.join()
    print(f"pydaemon: {len(written)} of {len(entries)} entries written")
    run.finish(args.work, args.work)
    return 0


if __name__ == "__main__":
    sys.exit(main())
