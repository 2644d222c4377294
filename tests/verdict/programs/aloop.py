# SPDX-License-Identifier: GPL-2.0-only
"""An event loop of asyncio: a coroutine that blocks it, or one that waits as it should.

    aloop.py blocks|waits
"""

import asyncio
import sys
import time

BLOCKS = {"blocks": True, "waits": False}[sys.argv[1]]


def render():
    """What a coroutine must not do: nobody else is served meanwhile."""
    end = time.thread_time() + 0.05
    while time.thread_time() < end:
        pass


async def handle(reader, writer):
    count = 0
    while await reader.read(1):
        count += 1
        if BLOCKS and count % 10 == 0:
            render()
        writer.write(b"x")
        await writer.drain()
    writer.close()


async def client(port):
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    for _ in range(20):
        writer.write(b"x")
        await reader.read(1)
        await asyncio.sleep(0.01)
    writer.close()


async def main():
    server = await asyncio.start_server(handle, "127.0.0.1", 0)
    port = server.sockets[0].getsockname()[1]
    await asyncio.gather(*(client(port) for _ in range(4)))
    server.close()

asyncio.run(main())
