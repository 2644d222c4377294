# SPDX-License-Identifier: GPL-2.0-only
"""The programs by which the verdict is judged: what is wrong with each, or that nothing is.

For each code of a finding there are programs that have the fault, and others that look alike and
do not have it. A program with a fault may be told further things that are true of it: `accept`.
`proof` says by what other tables of the report (see seen.py) the fault was there, or was not, in
this very run; without that, the run is no evidence.
"""

from dataclasses import dataclass

# What a report may say of the run itself: that something was lost, that the machine was busy.
NOTES = ("data-incomplete", "other-load")
GOOD = "cpu-bound-parallel"


@dataclass(frozen=True)
class Row:
    """One way to run a program of programs/.

    `source` and `play`: the file and its argument. `expect`: codes of which one must be found, the
    first is what the program is counted under. `subject`: text of which one must be in what the
    finding names; empty = no matter. `accept`: codes that are no false alarm. `like`: what a
    healthy program looks like. `proof`: conditions of seen.py. `before`: plays that are run first,
    and not recorded. `wrap`: see programs.wrapped(). `quick`: part of `make check`. `known`: what is
    not right yet and why; `make check` does not fail for it, the tables count it.
    """
    name: str
    source: str
    play: str
    expect: tuple = ()
    subject: tuple = ()
    accept: tuple = ()
    like: str = ""
    proof: tuple = ()
    before: tuple = ()
    wrap: str = ""
    options: tuple = ()
    ends: bool = True
    quick: bool = False
    known: str = ""

    @property
    def code(self):
        """The code in whose line of the summary it is counted."""
        return self.expect[0] if self.expect else self.like


def words(text):
    return tuple(text.split())


def fault(code, name, program, subject, **more):
    """`code`: one, or several of which any will do."""
    source, play = program.split()
    accept = words(more.pop("accept", ""))
    proof = tuple(p.strip() for p in more.pop("proof").split(","))
    return Row(name, source, play, words(code), words(subject), accept, proof=proof, **more)


def fine(like, name, program, **more):
    """Nothing is wrong with it. On all CPUs it computes, unless `accept` says what it does."""
    source, play = program.split()
    accept = (GOOD, *words(more.pop("accept", "")))
    proof = tuple(p.strip() for p in more.pop("proof", "used > 85").split(","))
    return Row(name, source, play, words(more.pop("expect", "")), words(more.pop("subject", "")),
               accept, like, proof, **more)


# One lock on which all wait is also a convoy of sorts if the waiters sleep: which of both is more
# to the point depends on how long it is held.
LOCKS = (
    fault("lock-contention", "lock-mutex", "locks.c mutex", "table_lock", quick=True,
          proof="ran < 75, mutex > 100"),
    fault("lock-contention", "lock-heap", "locks.c heap", "heap pay_in",
          proof="ran < 75, mutex > 100"),
    fault("lock-contention", "lock-rwlock", "locks.c rwlock", "catalog_lock",
          proof="ran < 75, rwlock > 100"),
    fault("lock-contention", "lock-two", "locks.c two", "table_lock",
          proof="ran < 75, mutex > 100"),
    fault("lock-contention", "lock-c++", "locks.cpp contended", "shop::ledger_lock",
          proof="ran < 75, mutex > 100"),
    fault("lock-contention", "lock-rust", "rusty.rs mutex", "add_to_total",
          proof="ran < 75, mutex > 100"),
    fine("lock-contention", "lock-uncontended", "locks.c uncontended", quick=True),
    fine("lock-contention", "lock-sharded", "locks.c sharded"),
    fine("lock-contention", "lock-readers", "locks.c readers"),
    fine("lock-contention", "lock-c++-sharded", "locks.cpp sharded"),
    fine("lock-contention", "lock-rust-rarely", "rusty.rs rarely"),
)

CONVOYS = (
    fault("lock-convoy lock-contention", "convoy-inherit", "convoy.c inherit", "counter_lock",
          quick=True,
          proof="ran < 70, mutex > 100, switches > 10000"),
    # No mutex: a lock of their own make, in which each waiter has a condition variable.
    fault("lock-convoy lock-contention", "convoy-fair", "convoy.c fair", "fair place fair_lock",
          proof="ran < 70, switches > 10000"),
    fine("lock-convoy", "convoy-batches", "convoy.c batches"),
    fine("lock-convoy", "convoy-spin", "convoy.c spin"),
    # Half of the time it is held, and they wait for it: by spinning, hardly ever asleep.
    fine("lock-convoy", "convoy-adaptive", "convoy.c adaptive", accept="lock-contention"),
)

PREEMPTED = (
    fault("preempted-holder", "preempted-hogs", "preempted.c hogs", "index_lock",
          accept="lock-contention oversubscription", proof="used > 80, holder runnable > 30"),
    fault("preempted-holder", "preempted-inversion", "preempted.c inversion", "index_lock",
          accept="lock-contention oversubscription sleep-bound",
          proof="used > 80, holder runnable > 60"),
    fine("preempted-holder", "preempted-outside", "preempted.c outside", proof="used > 80"),
    fine("preempted-holder", "preempted-alone", "preempted.c alone", expect="lock-contention",
         subject="index_lock", proof="ran < 70, holder runnable < 15"),
)

DEADLOCKS = (
    fault("deadlock", "deadlock-two", "deadlock.c two", "locks philosopher lock_next", quick=True,
          options=("-d", "0.5"), ends=False, proof="deadlocks > 0"),
    fault("deadlock", "deadlock-three", "deadlock.c three", "locks philosopher lock_next",
          options=("-d", "0.5"), ends=False, proof="deadlocks > 0"),
    fine("deadlock", "deadlock-ends", "deadlock.c ends", accept="lock-contention sleep-bound",
         proof="deadlocks < 1, mutex > 100"),
    # Sleeps and waits until it is stopped: that it sleeps is true.
    fine("deadlock", "deadlock-input", "deadlock.c input", options=("-d", "0.5"), ends=False,
         accept="lock-contention sleep-bound io-bound ipc-bound", proof="deadlocks < 1, mutex > 50"),
    fine("deadlock", "deadlock-pool", "deadlock.c pool", options=("-d", "0.5"), ends=False,
         accept="sleep-bound", proof="deadlocks < 1"),
)

SERIAL = (
    fault("serial-section", "serial-init", "serial.c init", "load_tables serial", quick=True,
          proof="ran < 80, alone > 45"),
    fault("serial-section", "serial-merge", "serial.c merge", "merge_results serial",
          proof="ran < 80, alone > 45"),
    fault("serial-section", "serial-planner", "serial.c planner", "plan_round planner",
          proof="ran < 80, alone > 45"),
    # With one thread it has nothing to wait for and leaves the other CPUs idle: it is told so.
    fault("serial-section", "serial-single", "serial.c single", "compute_alone serial",
          proof="ran < 60, alone > 85"),
    fine("serial-section", "serial-parallel", "serial.c parallel"),
    fine("serial-section", "serial-rounds", "serial.c rounds"),
)

SPLITS = (
    fault("load-imbalance", "split-threads", "split.c threads", "part-1", quick=True,
          accept="serial-section", proof="ran < 75, alone > 45"),
    fault("load-imbalance", "split-processes", "split.c processes", "part-2",
          accept="serial-section", proof="ran < 75, alone > 45"),
    fault("load-imbalance", "split-last", "split.c last", "part-4",
          accept="serial-section", proof="alone > 45"),
    fault("load-imbalance barrier-straggler", "split-openmp", "omp.c static", "omp triangle",
          accept="serial-section barrier-straggler load-imbalance", proof="ran < 80, alone > 35"),
    fine("load-imbalance", "split-even", "split.c even", quick=True),
    fine("load-imbalance", "split-even-processes", "split.c even-processes"),
    fine("load-imbalance", "split-dynamic", "split.c dynamic"),
    fine("load-imbalance", "split-openmp-dynamic", "omp.c dynamic"),
)

BARRIERS = (
    fault("barrier-straggler", "barrier-slow", "barriers.c slow", "party-1", quick=True,
          accept="load-imbalance serial-section", proof="ran < 75, barrier > 40"),
    fault("barrier-straggler load-imbalance", "barrier-random", "barriers.c random", "",
          accept="serial-section load-imbalance", proof="ran < 80, barrier > 35"),
    fine("barrier-straggler", "barrier-balanced", "barriers.c balanced"),
    fine("barrier-straggler", "barrier-short", "barriers.c short"),
    fine("barrier-straggler", "barrier-openmp-even", "omp.c even"),
)

STAGES = (
    fault("pipeline-stage", "stage-middle", "stages.c middle", "encode", quick=True,
          accept="serial-section", proof="ran < 80, busiest > 80"),
    fault("pipeline-stage", "stage-last", "stages.c last", "store", accept="serial-section",
          proof="ran < 80, busiest > 80"),
    fault("pipeline-stage", "stage-pipes", "stages.c pipes", "crunch", accept="serial-section",
          proof="ran < 80, busiest > 80"),
    fault("pipeline-stage", "stage-channel", "rusty.rs channel", "resize",
          accept="serial-section", proof="ran < 80, busiest > 80"),
    fine("pipeline-stage", "stage-balanced", "stages.c balanced"),
    fine("pipeline-stage", "stage-balanced-pipes", "stages.c balanced-pipes"),
    fine("pipeline-stage", "stage-wide", "stages.c wide"),
)

CROWDS = (
    fault("oversubscription", "crowd-yield", "crowd.c yield", "", proof="used > 80, forced > 5000"),
    fault("oversubscription", "crowd-spin", "crowd.c spin", "", proof="used > 80, runnable > 200"),
    fine("oversubscription", "crowd-exact", "crowd.c exact"),
    fine("oversubscription", "crowd-asleep", "crowd.c asleep"),
    # Twice as many threads as CPUs that only compute: fewer would not be faster.
    fine("oversubscription", "crowd-twice", "crowd.c twice"),
)

PINNED = (
    fault("affinity", "affinity-taskset", "pinned.c free", "", wrap="one-cpu", quick=True,
          proof="alone > 85, runnable > 150"),
    fault("affinity", "affinity-one", "pinned.c one", "", proof="alone > 85, runnable > 150"),
    fault("affinity", "affinity-most", "pinned.c most", "", accept="load-imbalance serial-section",
          proof="alone > 50, runnable > 80"),
    fine("affinity", "affinity-each", "pinned.c each"),
    fine("affinity", "affinity-free", "pinned.c free"),
    # It has one thread: another CPU would be of no use to it.
    fine("affinity", "affinity-single", "pinned.c single", wrap="one-cpu", accept="serial-section",
         proof="ran < 60"),
)

QUOTAS = (
    fault("throttled", "throttled-half", "busy.c threads", "", wrap="quota-half",
          proof="runnable > 60"),
    fault("throttled", "throttled-pool", "busy.c pool", "", wrap="quota-half",
          accept="preempted-holder", proof="runnable > 60"),
    fine("throttled", "throttled-ample", "busy.c threads", wrap="quota-ample"),
    fine("throttled", "throttled-single", "serial.c single", wrap="quota-ample",
         expect="serial-section", proof="ran < 60"),
)

SPAWNS = (
    fault("spawn-bound", "spawn-processes", "spawn.c processes", "run_task spawn task", quick=True,
          accept="serial-section", proof="processes > 300"),
    fault("spawn-bound", "spawn-threads", "spawn.c threads", "run_in_thread spawn task",
          accept="serial-section", proof="threads > 3000"),
    fault("spawn-bound", "spawn-shell", "sh loop", "sh true", accept="serial-section",
          proof="processes > 100"),
    fine("spawn-bound", "spawn-long", "spawn.c long"),
    fine("spawn-bound", "spawn-make", "spawn.c make"),
)

DISKS = (
    # Each has one thread: that is true of them, too.
    fault("io-bound", "disk-fsync", "disk.c fsync", "verdict-records save_record", quick=True,
          accept="serial-section",
          proof="ran < 60, disk > 25, other < 15"),
    fault("io-bound", "disk-direct", "disk.c direct", "verdict-input read_block",
          before=("prepare",), accept="serial-section", proof="ran < 60, disk > 25"),
    fault("io-bound", "disk-uncached", "disk.c uncached", "verdict-input read_block",
          before=("prepare",), accept="serial-section", proof="ran < 60, disk > 25"),
    fine("io-bound", "disk-cached", "disk.c cached", before=("warm",)),
    fine("io-bound", "disk-unsynced", "disk.c unsynced"),
)

NAPS = (
    fault("sleep-bound", "nap-poll", "naps.c poll", "poll_for_turn player", quick=True,
          proof="ran < 40, sleep > 100"),
    fault("sleep-bound", "nap-retry", "naps.c retry", "lock_or_retry user",
          proof="ran < 80, sleep > 150"),
    fine("sleep-bound", "nap-pause", "naps.c pause"),
    fine("sleep-bound", "nap-ticker", "naps.c ticker", quick=True),
)

# The clients think for 2 ms between two requests: that they sleep is true of all of these.
LOOPS = (
    fault("blocked-event-loop", "loop-computes", "loop.c computes", "make_report loop", quick=True,
          accept="sleep-bound serial-section", proof="turn > 40"),
    fault("blocked-event-loop", "loop-lock", "loop.c lock", "look_up_store store_lock loop",
          accept="sleep-bound serial-section lock-contention", proof="turn > 20, mutex > 30"),
    fault("blocked-event-loop io-bound", "loop-fsync", "loop.c fsync", "log_and_sync loop",
          accept="sleep-bound io-bound serial-section",
          proof="turn > 0.3, disk > 20, other < 15"),
    fault("blocked-event-loop", "loop-sleeps", "loop.c sleeps", "nap loop", accept="sleep-bound",
          proof="turn > 15"),
    fault("blocked-event-loop", "loop-asyncio", "aloop.py blocks", "python3 render",
          accept="sleep-bound serial-section", proof="turn > 40"),
    fine("blocked-event-loop", "loop-short", "loop.c short", accept="sleep-bound serial-section",
         proof="turn < 20"),
    fine("blocked-event-loop", "loop-idle", "loop.c idle", accept="sleep-bound", proof="turn < 20"),
    fine("blocked-event-loop", "loop-asyncio-waits", "aloop.py waits",
         accept="sleep-bound serial-section", proof="turn < 20"),
)

PINGS = (
    fault("ipc-bound", "ping-pipe", "ping.c pipe", "ping pong exchange", quick=True,
          proof="switches > 20000, pipe > 25"),
    fault("ipc-bound", "ping-socket", "ping.c socket", "ping pong exchange",
          proof="switches > 20000, network > 25"),
    fault("ipc-bound", "ping-bulk", "ping.c bulk", "send_block take_block sender taker",
          proof="used > 50, pipe > 5"),
    fault("ipc-bound", "ping-blocks", "ping.c blocks", "send_block take_block",
          accept="serial-section", proof="used > 30, network > 3"),
    fine("ipc-bound", "ping-large", "ping.c large"),
    fine("ipc-bound", "ping-files", "ping.c files"),
    fine("ipc-bound", "ping-jobs", "ping.c jobs"),
)

PYTHON = (
    fault("gil", "gil-compute", "threads.py compute", "", quick=True,
          proof="alone > 80, runners > 2"),
    fault("gil", "gil-parse", "threads.py parse", "", proof="alone > 80, runners > 2"),
    fine("gil", "gil-processes", "threads.py processes"),
    fine("gil", "gil-hash", "threads.py hash", proof="used > 80"),
    fine("gil", "gil-sleep", "threads.py sleep", accept="sleep-bound serial-section",
         proof="ran < 40, sleep > 200"),
)

HERDS = (
    fault("thundering-herd", "herd-broadcast", "herd.c broadcast", "item_ready take_item announce",
          accept="lock-contention lock-convoy pipeline-stage", proof="switches > 5000"),
    fault("thundering-herd", "herd-epoll", "herd.c epoll", "server serve",
          accept="ipc-bound", proof="switches > 5000"),
    fine("thundering-herd", "herd-signal", "herd.c signal", accept="pipeline-stage",
         proof="used > 80"),
    fine("thundering-herd", "herd-exclusive", "herd.c exclusive", accept="ipc-bound",
         proof="used > 70"),
)

HEALTHY = (
    *(fault("cpu-bound-parallel", f"busy-{name}", program, "", proof="used > 85", **more)
      for name, program, more in (
          ("threads", "busy.c threads", {"quick": True}), ("processes", "busy.c processes", {}),
          ("pool", "busy.c pool", {}), ("big-pool", "busy.c big-pool", {}),
          ("idle-pool", "busy.c idle-pool", {"quick": True}), ("rust", "rusty.rs scoped", {}))),
)

ROWS = (*LOCKS, *CONVOYS, *PREEMPTED, *DEADLOCKS, *SERIAL, *SPLITS, *BARRIERS, *STAGES, *CROWDS,
        *PINNED, *QUOTAS, *SPAWNS, *DISKS, *NAPS, *LOOPS, *PINGS, *PYTHON, *HERDS, *HEALTHY)
