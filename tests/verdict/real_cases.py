# SPDX-License-Identifier: GPL-2.0-only
"""The real programs of real.py: how each is set up, what it is given to do, what must be found."""

import contextlib
import glob
import os
import pwd
import socket
import threading
import time
from dataclasses import dataclass
from typing import Callable

LIMIT = 90           # seconds for any one command
STARTING = 20        # seconds until a server answers
HOST = "127.0.0.1"
PG_BIN = sorted(glob.glob("/usr/lib/postgresql/*/bin"))[-1:]
THREADS = """
import threading
def count(n=6_000_000):
    while n:
        n -= 1
threads = [threading.Thread(target=count) for _ in range(3)]
for thread in threads: thread.start()
for thread in threads: thread.join()
"""


@dataclass(frozen=True)
class Case:
    """`tools` must be there. `first`: codes of which one must come first; empty = who knows."""
    name: str
    tools: tuple
    play: Callable
    first: tuple = ()


def wait_for(condition):
    end = time.monotonic() + STARTING
    while not condition():
        if time.monotonic() > end:
            raise RuntimeError("the server does not answer")
        time.sleep(0.02)


def free_port():
    with socket.create_server((HOST, 0)) as server:
        return server.getsockname()[1]


def answers(port):
    with contextlib.suppress(OSError), socket.create_connection((HOST, port), 1):
        return True
    return False


def redis(recorder):
    port = free_port()
    command = ["redis-server", "--port", str(port), "--bind", HOST, "--save", "", "--appendonly",
               "no", "--dir", recorder.folder]
    with recorder.server(command, lambda: answers(port)):
        recorder.plain(["redis-benchmark", "-h", HOST, "-p", str(port), "-q", "-n", "40000", "-c",
                        "20", "-t", "set,get"])


# --- PostgreSQL: the same updates on one row, or on many ---

def as_postgres(*command):
    """As the user that the package made: the server does not run as root."""
    return ["setpriv", "--reuid", "postgres", "--regid", "postgres", "--init-groups", "--",
            *command]


def postgres(rows):
    def play(recorder):
        user = pwd.getpwnam("postgres")
        home = os.path.join(recorder.folder, "db")
        os.mkdir(home, 0o700)
        os.chown(home, user.pw_uid, user.pw_gid)
        tool = PG_BIN[0] + "/"
        recorder.plain(as_postgres(tool + "initdb", "-D", home, "-A", "trust", "--no-sync"))
        with open(os.path.join(recorder.folder, "update.sql"), "w", encoding="ascii") as script:
            script.write(f"\\set row random(1, {rows})\n"
                         "UPDATE counters SET value = value + 1 WHERE id = :row;\n")
        where = ["-h", home, "-U", "postgres", "postgres"]
        server = as_postgres(tool + "postgres", "-D", home, "-k", home, "-c", "listen_addresses=",
                             "-c", "shared_buffers=16MB")
        with recorder.server(server, lambda: os.path.exists(home + "/.s.PGSQL.5432")):
            wait_for(lambda: is_ready(recorder, tool, where))
            recorder.plain([tool + "psql", *where, "-q", "-c", "CREATE TABLE counters AS SELECT "
                            "id, 0 AS value FROM generate_series(1, 10000) id", "-c",
                            "CREATE UNIQUE INDEX ON counters (id)"])
            recorder.plain([tool + "pgbench", "-n", "-c", "8", "-j", "2", "-T", "2", "-f",
                            os.path.join(recorder.folder, "update.sql"), *where])
    return play


def is_ready(recorder, tool, where):
    with contextlib.suppress(RuntimeError):
        return bool(recorder.plain([tool + "psql", *where, "-c", "SELECT 1"]))
    return False


# --- nginx ---

NGINX = """
daemon off; worker_processes 2; pid {folder}/nginx.pid; error_log {folder}/error.log;
user www-data;
events {{ worker_connections 256; }}
http {{ access_log off; client_body_temp_path {folder}/t1; proxy_temp_path {folder}/t2;
  fastcgi_temp_path {folder}/t3; uwsgi_temp_path {folder}/t4; scgi_temp_path {folder}/t5;
  keepalive_requests 100000;
  server {{ listen {host}:{port}; root {folder}/www; }} }}
"""


def get_often(port, times):
    """One client of many requests on one connection."""
    request = b"GET /page HTTP/1.1\r\nHost: x\r\n\r\n"
    with socket.create_connection((HOST, port)) as client:
        for _ in range(times):
            client.sendall(request)
            got = b""
            while not got.endswith(b"</html>"):
                part = client.recv(65536)
                if not part:
                    raise RuntimeError("nginx closed the connection")
                got += part


def nginx(recorder):
    port, www = free_port(), os.path.join(recorder.folder, "www")
    os.mkdir(www)
    with open(os.path.join(www, "page"), "w", encoding="ascii") as page:
        page.write("x" * 2000 + "</html>")
    config = os.path.join(recorder.folder, "nginx.conf")
    with open(config, "w", encoding="ascii") as out:
        out.write(NGINX.format(folder=recorder.folder, host=HOST, port=port))
    with recorder.server(["nginx", "-c", config, "-p", recorder.folder], lambda: answers(port)):
        clients = [threading.Thread(target=get_often, args=(port, 1500)) for _ in range(4)]
        for client in clients:
            client.start()
        for client in clients:
            client.join(LIMIT)


# --- what people run on all their CPUs ---

def make(recorder):
    lines = ["SRC := $(wildcard m*.c)", "program: $(SRC:.c=.o)", "\tgcc -o $@ $^",
             "%.o: %.c", "\tgcc -O2 -c -o $@ $<", ""]
    with open(os.path.join(recorder.folder, "Makefile"), "w", encoding="ascii") as out:
        out.write("\n".join(lines))
    for number in range(24):
        with open(os.path.join(recorder.folder, f"m{number}.c"), "w", encoding="ascii") as out:
            out.write("#include <stdio.h>\n#include <stdlib.h>\n#include <string.h>\n")
            out.writelines(f"int f{number}_{i}(int a, int b) {{ for (int k = 0; k < b; k++) "
                           f"a = a * {i + 3} + (a >> k) - b; return a ? printf(\"%d\", a) : b; }}\n"
                           for i in range(60))
            if not number:
                out.write("int main(void) { return f0_0(1, 2) < 0; }\n")
    recorder.record(["make", "-s", f"-j{len(os.sched_getaffinity(0))}"])


def numbers(recorder, count):
    """A file of lines that do not compress well and are not in order."""
    path, state = os.path.join(recorder.folder, "numbers"), 1
    with open(path, "w", encoding="ascii") as out:
        for _ in range(count):
            state = (state * 6364136223846793005 + 1442695040888963407) % 2**64
            out.write(f"{state:x}\n")
    return path


def cpus():
    return str(len(os.sched_getaffinity(0)))


def sort(recorder):
    path = numbers(recorder, 1_200_000)
    recorder.record(["env", "LC_ALL=C", "sort", f"--parallel={cpus()}", "-S", "200M", "-o",
                     os.path.join(recorder.folder, "sorted"), path])


def xz(recorder):
    recorder.record(["xz", "-1", "-k", "-c", "-T" + cpus(), numbers(recorder, 900_000)])


def pigz(recorder):
    recorder.record(["pigz", "-9", "-k", "-c", "-p" + cpus(), numbers(recorder, 900_000)])


def python(recorder):
    recorder.record(["/usr/bin/python3", "-c", THREADS])


PG_TOOLS = ("setpriv", *(PG_BIN[0] + "/" + tool if PG_BIN else "postgres (PostgreSQL)"
                         for tool in ("postgres", "initdb", "pgbench", "psql")))
GOOD = ("cpu-bound-parallel",)
CASES = (
    Case("redis", ("redis-server", "redis-benchmark"), redis),
    Case("postgres-one-row", PG_TOOLS, postgres(1)),
    Case("postgres-many-rows", PG_TOOLS, postgres(10_000)),
    Case("nginx", ("nginx",), nginx),
    Case("make", ("make", "gcc"), make, GOOD),
    Case("sort", ("sort",), sort),
    # An odd number of blocks: the last one is on its own.
    Case("xz", ("xz",), xz, (*GOOD, "serial-section", "load-imbalance")),
    Case("pigz", ("pigz",), pigz, GOOD),
    Case("python-threads", ("/usr/bin/python3",), python, ("gil",)),
)
