#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0-only
"""A service on one host and its clients on others: the example of docs/fleet.md.

usage: service.py serve ADDRESS PORT CLIENTS | ask ADDRESS PORT REQUESTS

The service looks each answer up in a table that only one of its threads may use at a time, and that
takes 5 ms. It ends when CLIENTS have come and gone.
"""

import socket
import sys
import threading
import time

table = threading.Lock()


def answer(connection):
    with connection:
        while connection.recv(16):
            with table:
                time.sleep(0.005)
            connection.sendall(b"an answer")


def serve(address, port, clients):
    with socket.create_server((address, port)) as server:
        threads = []
        for _ in range(clients):
            connection, _ = server.accept()
            connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            threads.append(threading.Thread(target=answer, args=(connection,)))
            threads[-1].start()
        for thread in threads:
            thread.join()


def ask(address, port, requests):
    for attempt in range(200):
        try:
            connection = socket.create_connection((address, port))
            break
        except OSError:
            if attempt == 199:
                raise
            time.sleep(0.05)
    with connection:
        connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        for _ in range(requests):
            connection.sendall(b"a question")
            assert connection.recv(16)
            time.sleep(0.002)  # and thinks about it


if __name__ == "__main__":
    {"serve": serve, "ask": ask}[sys.argv[1]](sys.argv[2], *map(int, sys.argv[3:]))
