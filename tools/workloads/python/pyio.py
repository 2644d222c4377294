#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0-only
"""pyio: pages from a slow loopback server, in one of the ways of doing several at once."""

import asyncio
import socket
import sys

from lib import models, server
from lib.run import Run, parser

REQUEST = b"GET / HTTP/1.0\r\n\r\n"


class Fetcher:
    """Fetches pages from one address; a page's result is the sum of its bytes."""

    def __init__(self, address):
        self.address = address

    def task(self, _number):
        """Waits for the answer in recv()."""
        page = bytearray()
        with socket.create_connection(self.address) as connection:
            connection.sendall(REQUEST)
            while chunk := connection.recv(65536):
                page += chunk
        return sum(page)

    async def coroutine(self, _number):
        """Leaves the thread to others while it waits."""
        reader, writer = await asyncio.open_connection(*self.address)
        writer.write(REQUEST)
        page = await reader.read()
        writer.close()
        return sum(page)


def main():
    par = parser("pyio", "pages from a slow loopback server",
                 "sequential: one wait for the network after the other, CPUs idle; all others: "
                 "the waits overlap, nothing computes for long",
                 work=100, workers=100, operation="pages")
    par.add_argument("--latency-ms", type=int, default=20, help="the server's time for a page")
    models.add_option(par, "threads")
    args = par.parse_args()
    with server.running(args.latency_ms / 1000) as address:
        fetcher = Fetcher(address)
        run = Run("pyio", args.workers)
        total, run.workers = models.run(args.model, fetcher.task, fetcher.coroutine, args.work,
                                        args.workers)
        run.finish(args.work, total)
    return 0


if __name__ == "__main__":
    sys.exit(main())
