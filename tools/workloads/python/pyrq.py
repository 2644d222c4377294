#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0-only
"""pyrq: jobs for RQ workers, through a real redis-server on a free port of the loopback."""

import contextlib
import multiprocessing
import os
import shutil
import socket
import subprocess
import sys
import tempfile
import time

from lib.run import Run, need, parser, unsupported

PATIENCE = 10.0  # seconds for the server to come up


def job(number):
    """A short one."""
    return sum(i * i for i in range(number % 3 + 20000))


@contextlib.contextmanager
def redis_server(redis):
    """A connection's port; the server ends with the block, and keeps nothing."""
    if not shutil.which("redis-server"):
        unsupported("pyrq", "redis-server")
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    with tempfile.TemporaryDirectory() as folder:
        with subprocess.Popen(["redis-server", "--port", str(port), "--bind", "127.0.0.1",
                               "--save", "", "--dir", folder, "--loglevel", "warning"],
                              stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL) as server:
            try:
                deadline = time.monotonic() + PATIENCE
                while True:
                    try:
                        redis.Redis(port=port).ping()
                        break
                    except redis.exceptions.ConnectionError:
                        if time.monotonic() > deadline or server.poll() is not None:
                            sys.exit("pyrq: redis-server does not answer")
                        time.sleep(0.01)
                yield port
            finally:
                server.terminate()


def work_on(port, simple):
    """An RQ worker until the queue is empty; it forks for each job, a simple one does not."""
    redis, rq = need("pyrq", "redis", "python3-redis"), need("pyrq", "rq", "python3-rq")
    connection = redis.Redis(port=port)
    kind = rq.SimpleWorker if simple else rq.Worker
    kind([rq.Queue(connection=connection)], connection=connection).work(
        burst=True, logging_level="ERROR")


def main():
    par = parser("pyrq", "jobs for RQ workers through redis",
                 "a worker forks for each job: starting processes takes most of the time; with "
                 "--fixed it does the jobs itself",
                 work=60, workers=2, operation="jobs")
    par.add_argument("--fixed", action="store_true", help="RQ's SimpleWorker, which does not fork")
    args = par.parse_args()
    redis, rq = need("pyrq", "redis", "python3-redis"), need("pyrq", "rq", "python3-rq")
    sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
    with redis_server(redis) as port:
        jobs = rq.Queue(connection=redis.Redis(port=port))
        queued = [jobs.enqueue("pyrq.job", number) for number in range(args.work)]
        run = Run("pyrq", args.workers)
        crew = [multiprocessing.Process(target=work_on, args=(port, args.fixed),
                                        name=f"worker-{i + 1}") for i in range(args.workers)]
        for process in crew:
            process.start()
        for process in crew:
            process.join()
        results = [each.return_value() if hasattr(each, "return_value") else each.result
                   for each in queued]
        run.finish(len(results), sum(results))
    return 0


if __name__ == "__main__":
    sys.exit(main())
