#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0-only
"""pyloop: clients of an asyncio server, one of whose coroutines blocks the loop."""

import asyncio
import sys
import time

from lib.run import Run, parser


def look_up(seconds):
    """A call that blocks, as many libraries do: nothing else of the loop runs meanwhile."""
    time.sleep(seconds)


class Service:
    """Answers at once, but now and then something has to be looked up."""

    def __init__(self, args):
        self.args, self.answered = args, 0

    async def serve(self, reader, writer):
        """One client: a line, a line back."""
        while line := await reader.readline():
            self.answered += 1
            if self.answered % self.args.every == 0:
                if self.args.fixed:
                    await asyncio.to_thread(look_up, self.args.block_ms / 1e3)
                else:
                    look_up(self.args.block_ms / 1e3)
            writer.write(line)
            await writer.drain()
        writer.close()


async def client(address, requests, waits):
    """Keeps its longest wait for an answer."""
    reader, writer = await asyncio.open_connection(*address)
    for number in range(requests):
        start = time.monotonic()
        writer.write(b"%d\n" % number)
        await reader.readline()
        waits.append(time.monotonic() - start)
        await asyncio.sleep(0.002)
    writer.close()


async def run_all(args):
    """The server in this thread's loop, and so are its clients. Returns the waits in seconds."""
    server = await asyncio.start_server(Service(args).serve, "127.0.0.1", 0)
    address, waits = server.sockets[0].getsockname(), []
    await asyncio.gather(*(client(address, args.work // args.workers, waits)
                           for _ in range(args.workers)))
    server.close()
    await server.wait_closed()
    return waits


def main():
    par = parser("pyloop", "an asyncio server with a call that blocks",
                 "the event loop is held up in look_up(), all clients wait; with --fixed another "
                 "thread is", work=1000, workers=10, operation="requests")
    par.add_argument("--block-ms", type=int, default=30, help="how long the call blocks")
    par.add_argument("--every", type=int, default=40, help="requests from one such call to the next")
    par.add_argument("--fixed", action="store_true", help="block in another thread")
    args = par.parse_args()
    run = Run("pyloop", args.workers)
    waits = sorted(asyncio.run(run_all(args)))
    late = sum(wait > args.block_ms / 2e3 for wait in waits)
    print(f"pyloop: an answer took {waits[len(waits) // 2] * 1e3:.1f} ms in the middle; "
          f"{late} of {len(waits)} took {args.block_ms / 2:g} ms or more")
    run.finish(len(waits), len(waits))
    return 0


if __name__ == "__main__":
    sys.exit(main())
