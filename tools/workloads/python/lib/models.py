# SPDX-License-Identifier: GPL-2.0-only
"""The same tasks, done in one of the ways that Python has for doing several at once.

A task is a function of its number that returns an integer; for asyncio there is a coroutine of the
same. What comes back is the sum, which does not depend on the order.
"""

import asyncio
import concurrent.futures
import multiprocessing
import threading

NAMES = ("sequential", "threads", "processes", "asyncio", "thread-pool", "process-pool")


def add_option(par, default):
    """The option --model."""
    par.add_argument("--model", choices=NAMES, default=default, help="how to do several at once")


def run(model, task, coroutine, work, workers):
    """Does tasks 0 to work - 1. Returns (their sum, workers it took). The pools of
    concurrent.futures choose for themselves how many workers they have."""
    return {"sequential": _sequential, "threads": _threads, "processes": _processes,
            "asyncio": _asyncio, "thread-pool": _thread_pool,
            "process-pool": _process_pool}[model](task, coroutine, work, workers)


def _sequential(task, _coroutine, work, _workers):
    return sum(task(i) for i in range(work)), 1


def _share(task, first, work, workers):
    return sum(task(i) for i in range(first, work, workers))


def _threads(task, _coroutine, work, workers):
    workers = min(workers, work)
    sums = [0] * workers

    def worker(first):
        sums[first] = _share(task, first, work, workers)

    crew = [threading.Thread(target=worker, args=(i,), name=f"worker-{i + 1}")
            for i in range(workers)]
    for thread in crew:
        thread.start()
    for thread in crew:
        thread.join()
    return sum(sums), workers


def _send_share(results, task, first, work, workers):
    results.put(_share(task, first, work, workers))


def _processes(task, _coroutine, work, workers):
    workers = min(workers, work)
    results = multiprocessing.SimpleQueue()
    crew = [multiprocessing.Process(target=_send_share, args=(results, task, i, work, workers),
                                    name=f"worker-{i + 1}") for i in range(workers)]
    for process in crew:
        process.start()
    total = sum(results.get() for _ in crew)
    for process in crew:
        process.join()
    return total, workers


def _asyncio(_task, coroutine, work, _workers):
    async def main():
        return sum(await asyncio.gather(*(coroutine(i) for i in range(work))))
    return asyncio.run(main()), 1


def _thread_pool(task, _coroutine, work, _workers):
    with concurrent.futures.ThreadPoolExecutor() as pool:
        return sum(pool.map(task, range(work))), pool._max_workers


def _process_pool(task, _coroutine, work, _workers):
    with concurrent.futures.ProcessPoolExecutor() as pool:
        return sum(pool.map(task, range(work))), pool._max_workers
