#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0-only
"""pypickle: large arguments for a process pool, pickled through a pipe or in shared memory."""

import multiprocessing
import sys
from multiprocessing import shared_memory

from lib.run import Run, cpus, parser


def total(data):
    """Little to do for each argument."""
    return sum(data[::4097])


def total_of_slice(where):
    """The same, of memory that is there already."""
    name, start, end = where
    block = shared_memory.SharedMemory(name=name)
    try:
        return total(block.buf[start:end])
    finally:
        block.close()


def main():
    par = parser("pypickle", "large arguments for a process pool",
                 "the processes exchange copies through a pipe, and wait for each other at it; "
                 "with --fixed only names and offsets go through it",
                 work=60, workers=cpus(), operation="arguments")
    par.add_argument("--mib", type=int, default=8, help="size of each")
    par.add_argument("--fixed", action="store_true", help="use shared memory")
    args = par.parse_args()
    size = args.mib << 20
    pattern = bytes(range(256)) * (size // 256)
    # Before the pool, so that all share one process that looks after such blocks.
    block = shared_memory.SharedMemory(create=True, size=size)
    try:
        with multiprocessing.Pool(args.workers) as pool:
            run = Run("pypickle", args.workers)
            if args.fixed:
                block.buf[:size] = pattern
                sums = pool.map(total_of_slice, [(block.name, 0, size)] * args.work, chunksize=1)
            else:
                sums = pool.map(total, [pattern] * args.work, chunksize=1)
            run.finish(args.work, sum(sums))
    finally:
        block.close()
        block.unlink()
    return 0


if __name__ == "__main__":
    sys.exit(main())
