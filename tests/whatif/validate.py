#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0-only
"""Predicts changes of programs, makes the same changes, and compares.

Of each case the program is recorded and the change predicted, and the changed program is run,
in turn, --runs times each. A case is right if the median of the real times lies in the interval of
the prediction that is the median, or within 10 % of it. Needs root, and two CPUs.
"""

import argparse
import json
import os
import re
import statistics
import subprocess
import sys
import tempfile
import time

HERE = os.path.dirname(os.path.abspath(__file__))
ROOT = os.path.dirname(os.path.dirname(HERE))
PAGE = os.path.join(ROOT, "docs", "whatif.md")
CLOSE = 0.10
SERVER = """
import socket, sys, time
listener = socket.create_server(("127.0.0.1", 0))
print(listener.getsockname()[1], flush=True)
while True:
    peer, _ = listener.accept()
    while peer.recv(1):
        time.sleep(float(sys.argv[1]))
        peer.send(b"x")
"""

# What is changed; the recorded command; the options of the prediction; the changed command.
# W/ are the reference workloads, P/ the programs here, SERVER=S a server that answers after S.
CASES = [
    ("computing: 1 CPU -> 2", "CPUS=0 W/cpu --workers 2 --work 20000", "--cpus 2",
     "W/cpu --workers 2 --work 20000"),
    ("computing: 2 CPUs -> 1", "W/cpu --workers 4 --work 20000", "--cpus 1",
     "CPUS=0 W/cpu --workers 4 --work 20000"),
    ("convoy: without its lock", "W/convoy --work 3000", "--without big_lock",
     "W/convoy --fixed --work 3000"),
    ("convoy: lock held half as long", "W/convoy --work 4000", "--hold big_lock=0.5",
     "W/convoy --work 4000 --step-us 100"),
    ("convoy: 1 CPU -> 2", "CPUS=0 W/convoy --work 3000", "--cpus 2", "W/convoy --work 3000"),
    ("convoy: no IO", "W/convoy --work 3000", "--sleep 0", "W/convoy --work 3000 --io-us 0"),
    ("a lock for a fifth of the time: 1 CPU -> 2", "CPUS=0 P/locked 4 1500 160 40", "--cpus 2",
     "P/locked 4 1500 160 40"),
    ("a lock for two thirds of the time: 1 CPU -> 2", "CPUS=0 P/locked 4 1500 60 120",
     "--cpus 2", "P/locked 4 1500 60 120"),
    ("a lock for two thirds of the time: held half as long", "P/locked 4 2000 60 120",
     "--hold shared_lock=0.5", "P/locked 4 2000 60 60"),
    ("a lock for two thirds of the time: without it", "P/locked 4 2000 60 120",
     "--without shared_lock", "P/locked 4 2000 180 0"),
    ("pipeline: slow stage twice as fast", "P/stages 3000 60 200", "--faster consume=2",
     "P/stages 3000 60 100"),
    ("pipeline: slow stage ten times as fast", "P/stages 4000 60 200", "--faster consume=10",
     "P/stages 4000 60 20"),
    ("pipeline: fast stage twice as fast", "P/stages 3000 100 200", "--faster produce=2",
     "P/stages 3000 50 200"),
    ("pipeline: 2 CPUs -> 1", "P/stages 3000 100 150", "--cpus 1",
     "CPUS=0 P/stages 3000 100 150"),
    ("pipeline: 1 CPU -> 2", "CPUS=0 P/stages 3000 100 150", "--cpus 2", "P/stages 3000 100 150"),
    ("serial part three times as fast", "P/amdahl 100 3000 3000", "--faster prepare=3",
     "P/amdahl 100 1000 3000"),
    ("parallel part twice as fast", "P/amdahl 100 2000 4000", "--faster process=2",
     "P/amdahl 100 2000 2000"),
    ("serial and parallel: 1 CPU -> 2", "CPUS=0 P/amdahl 100 2000 3000", "--cpus 2",
     "P/amdahl 100 2000 3000"),
    ("even barrier: 1 CPU -> 2", "CPUS=0 W/barrier --work 400", "--cpus 2",
     "W/barrier --work 400"),
    ("straggler at a barrier: 1 CPU -> 2", "CPUS=0 W/barrier --straggler --work 200", "--cpus 2",
     "W/barrier --straggler --work 200"),
    ("polling: sleeps half as long", "W/sleepers --work 1500", "--sleep 0.5",
     "W/sleepers --work 1500 --poll-us 500"),
    ("downloads in turn: latency halved", "W/download --fetches 40", "--sleep 0.5",
     "W/download --fetches 40 --latency-ms 10"),
    ("downloads in threads: latency halved", "W/download --mode threads --fetches 400",
     "--sleep 0.5", "W/download --mode threads --fetches 400 --latency-ms 10"),
    ("a server outside answers twice as fast", "SERVER=0.002 P/client PORT 300 500", "--io 0.5",
     "SERVER=0.001 P/client PORT 300 500"),
]


class Bench:
    def __init__(self, build, folder, nice):
        self.build, self.folder, self.nice = build, folder, nice
        self.conctrace = os.path.join(build, "conctrace")
        self.servers = {}

    def build_programs(self):
        for name in os.listdir(os.path.join(HERE, "programs")):
            subprocess.run(["cc", "-std=gnu11", "-O2", "-g", "-Wall", "-Wextra", "-Werror",
                            os.path.join(HERE, "programs", name), "-o",
                            os.path.join(self.folder, name.removesuffix(".c")), "-lpthread"],
                           check=True)

    def port_of(self, delay):
        if delay not in self.servers:
            server = subprocess.Popen([sys.executable, "-c", SERVER, delay],
                                      stdout=subprocess.PIPE, text=True)
            self.servers[delay] = (server, server.stdout.readline().strip())
        return self.servers[delay][1]

    def stop_servers(self):
        for server, _ in self.servers.values():
            server.kill()
            server.wait()

    def command(self, text):
        """The words, and before them what sets CPUs and priority."""
        words, cpus, port = [], None, ""
        for word in text.split():
            if word.startswith("CPUS="):
                cpus = word[5:]
            elif word.startswith("SERVER="):
                port = self.port_of(word[7:])
            elif word.startswith("W/"):
                words.append(os.path.join(self.build, "workloads", word[2:]))
            elif word.startswith("P/"):
                words.append(os.path.join(self.folder, word[2:]))
            else:
                words.append(port if word == "PORT" else word)
        return (["taskset", "-c", cpus] if cpus else []) + words

    def run(self, words):
        begin = time.monotonic()
        subprocess.run(words, check=True, stdout=subprocess.DEVNULL, preexec_fn=self.prefer)
        return time.monotonic() - begin

    def prefer(self):
        """Others on the machine have little of it; where sessions share CPUs, as a session."""
        os.setsid()
        os.nice(self.nice)
        try:
            with open("/proc/self/autogroup", "w", encoding="ascii") as group:
                group.write(str(self.nice))
        except OSError:
            pass

    def predict(self, command, options):
        data = os.path.join(self.folder, "whatif.data")
        self.run([self.conctrace, "record", "-q", "-o", data, "--", *command])
        done = subprocess.run([self.conctrace, "whatif", data, *options, "--json", "-"],
                              check=True, stdout=subprocess.PIPE, text=True)
        return json.loads(done.stdout)


def judge(bench, case, runs):
    name, recorded, options, changed = case
    answers, real, plain = [], [], []
    for _ in range(runs):
        answers.append(bench.predict(bench.command(recorded), options.split()))
        real.append(bench.run(bench.command(changed)))
        plain.append(bench.run(bench.command(recorded)))
    answers.sort(key=lambda a: a["predicted_ns"])
    answer = answers[len(answers) // 2]
    row = {"name": name, "options": options, "recorded": answer["recorded_ns"] / 1e9,
           "plain": statistics.median(plain), "error": answer["error"],
           "predicted": answer["predicted_ns"] / 1e9, "low": answer["low_ns"] / 1e9,
           "high": answer["high_ns"] / 1e9, "real": statistics.median(real),
           "limit": answer["limit"]["kind"]}
    row["off"] = row["predicted"] / row["real"] - 1
    row["inside"] = row["low"] <= row["real"] <= row["high"]
    row["right"] = row["inside"] or abs(row["off"]) <= CLOSE
    return row


HEAD = ["| change | options | recorded | replayed | predicted | interval | real | off | |",
        "|---|---|---|---|---|---|---|---|---|"]


def line_of(row):
    verdict = "inside" if row["inside"] else "close" if row["right"] else "**wrong**"
    return (f"| {row['name']} | `{row['options']}` | {row['recorded']:.3f} s | "
            f"{100 * row['error']:+.1f} % | {row['predicted']:.3f} s | {row['low']:.3f} to "
            f"{row['high']:.3f} s | {row['real']:.3f} s | {100 * row['off']:+.1f} % | {verdict} |")


def closing(rows):
    right = sum(r["right"] for r in rows)
    inside = sum(r["inside"] for r in rows)
    width = statistics.median((r["high"] - r["low"]) / r["predicted"] for r in rows)
    off = statistics.median(abs(r["off"]) for r in rows)
    return (f"{right} of {len(rows)} right, {inside} of them inside the interval; half of the "
            f"predictions are off by less than {100 * off:.1f} %, half of the intervals are "
            f"narrower than {100 * width:.0f} % of the prediction.")


def save(rows):
    with open(PAGE, encoding="utf-8") as page:
        text = page.read()
    table = "\n".join(HEAD + [line_of(r) for r in rows] + ["", closing(rows)])
    text = re.sub(r"(<!-- validate -->\n).*?(<!-- end -->)",
                  lambda m: m[1] + table + "\n" + m[2], text, flags=re.S)
    with open(PAGE, "w", encoding="utf-8") as page:
        page.write(text)


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--build", default=os.path.join(ROOT, "build"))
    parser.add_argument("--runs", type=int, default=5)
    parser.add_argument("--nice", type=int, default=-15, help="of all that is measured")
    parser.add_argument("--only", default="", help="cases whose name or options have this in them")
    parser.add_argument("--save", action="store_true", help="write the table into docs/whatif.md")
    args = parser.parse_args()
    rows = []
    with tempfile.TemporaryDirectory() as folder:
        os.chmod(folder, 0o755)
        bench = Bench(os.path.abspath(args.build), folder, args.nice)
        try:
            bench.build_programs()
            print("\n".join(HEAD))
            for case in CASES:
                if args.only not in case[0] + " " + case[2] + " " + case[1]:
                    continue
                rows.append(judge(bench, case, args.runs))
                print(line_of(rows[-1]), flush=True)
        finally:
            bench.stop_servers()
    print("\n" + closing(rows))
    if args.save:
        save(rows)
    return 0 if sum(r["right"] for r in rows) >= 0.9 * len(rows) else 1


if __name__ == "__main__":
    sys.exit(main())
