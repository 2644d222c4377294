# SPDX-License-Identifier: GPL-2.0-only
"""The command line, the result line and the end of a workload; times in seconds."""

import argparse
import importlib
import os
import sys
import time

UNSUPPORTED = 77  # exit code: this machine has not got what it takes


def cpus():
    """CPUs this process may use."""
    return len(os.sched_getaffinity(0))


class Run:
    """One run: counts what is done, and prints the result line, the same for all workloads."""

    def __init__(self, name, workers):
        self.name, self.workers = name, workers
        self.start = time.monotonic()

    def finish(self, ops, checksum):
        """Prints what was done; `checksum` (an integer) is the same for the same work."""
        seconds = time.monotonic() - self.start
        print(f"{self.name}: ops={ops} seconds={seconds:.3f} "
              f"ops_per_s={ops / max(seconds, 1e-9):.1f} workers={self.workers} "
              f"checksum={checksum % 2**64:016x}", flush=True)


def parser(name, summary, expect, *, work, workers, operation):
    """An argparse parser with the options that all have. `expect`: what a report finds."""
    par = argparse.ArgumentParser(
        prog=name, description=f"{name}: {summary}",
        epilog=f"What conctrace finds: {expect}",
        formatter_class=argparse.ArgumentDefaultsHelpFormatter)
    par.add_argument("--workers", "--threads", type=bounded(1, 1024), default=workers,
                     help="how many at the same time")
    par.add_argument("--work", type=bounded(1, 10**9), default=work,
                     help=f"how many {operation}")
    return par


def bounded(least, most):
    """A type for argparse: an integer within least..most."""
    def integer(text):
        try:
            value = int(text)
        except ValueError:
            value = least - 1
        if not least <= value <= most:
            raise argparse.ArgumentTypeError(f"'{text}' is not a number from {least} to {most}")
        return value
    return integer


def need(name, module, package):
    """The module, or the end of the program with the name of the Debian package that has it."""
    try:
        return importlib.import_module(module)
    except ImportError:
        unsupported(name, package)


def unsupported(name, package):
    """Ends the program: that package is missing."""
    print(f"{name}: needs the package {package} (apt-get install {package})", file=sys.stderr)
    sys.exit(UNSUPPORTED)
