# SPDX-License-Identifier: GPL-2.0-only
"""A server on the loopback interface that takes its time for each page, in a process of its own."""

import asyncio
import contextlib
import multiprocessing
import socket

PAGE = bytes(range(256)) * 4
HEAD = f"HTTP/1.0 200 OK\r\nContent-Length: {len(PAGE)}\r\n\r\n".encode()
BACKLOG = 1024


async def _answer(reader, writer, latency):
    with contextlib.suppress(ConnectionError, asyncio.IncompleteReadError):
        await reader.readuntil(b"\r\n\r\n")
        await asyncio.sleep(latency)
        writer.write(HEAD + PAGE)
        await writer.drain()
    writer.close()


def _serve(listener, latency):
    with open("/proc/self/comm", "w", encoding="ascii") as name:
        name.write("server")  # so that one can tell it from the workers

    async def main():
        server = await asyncio.start_server(lambda r, w: _answer(r, w, latency), sock=listener,
                                            backlog=BACKLOG)
        await server.serve_forever()
    with contextlib.suppress(KeyboardInterrupt):
        asyncio.run(main())


@contextlib.contextmanager
def running(latency):
    """Gives the server's (host, port); ends it afterwards. latency: seconds for each page."""
    listener = socket.create_server(("127.0.0.1", 0), backlog=BACKLOG)
    process = multiprocessing.Process(target=_serve, args=(listener, latency), name="server",
                                      daemon=True)
    process.start()
    address = listener.getsockname()
    listener.close()
    try:
        yield address
    finally:
        process.terminate()
        process.join()
