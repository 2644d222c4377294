# SPDX-License-Identifier: GPL-2.0-only
"""The programs with known answers: what each is, how it is built, what the tool has to say of it.

One program is one source in programs/ and one row (or several rows that run it in several ways).
"""

from dataclasses import dataclass

HOLDERS_RIGHT = 95  # percent of the time, with holds of 20 us and longer
STORM_RIGHT = 80    # with holds of 2 us
# A woken thread that no CPU is free for leaves the lock to those that run: they take and release it
# without a system call, and nothing tells which of them does.
STOLEN_RIGHT = 60


@dataclass(frozen=True)
class Obj:
    """What the report must say of one synchronisation object.

    With a key it is the object of that name in the program's log, told by its address; without one
    it is any object of these kinds. `waits` is the least number of waits. `name` is a regular
    expression, None = no matter; so are `flags`, which the report must have set. `chain` are the
    functions, innermost first, that the call chains of the waits must have; the first of them is
    the site. `many`: the log's object is an array of objects.
    """
    kinds: tuple
    waits: int
    key: str = None
    name: str = None
    flags: tuple = ()
    chain: tuple = ()
    many: bool = False


@dataclass(frozen=True)
class Row:
    """A program, or one way to run it; see build.py for languages and variants.

    `also`: kinds that other objects may have, besides joins and kernel locks. `causes`: by cause
    the least time that the workload's threads were blocked by it, in ms. `scored`: the log's
    locks whose holders are compared, and `right` the share wanted, None = only that nothing is
    wrong with high confidence. `facts`: names of functions in facts.py.
    """
    name: str
    language: str
    source: str
    args: tuple = ()
    flags: str = "-O2 -g"
    variant: str = ""
    objects: tuple = ()
    also: tuple = ()
    causes: dict = None
    scored: tuple = ()
    right: float = None
    facts: tuple = ()
    options: tuple = ()
    code: int = 0


def lock(waits=300, name="registry_lock", chain=("enter_registry", "update_registry"), **more):
    return Obj(("mutex",), waits, more.pop("key", "lock"), name, chain=chain, **more)


def mutex(kind, place, name, **more):
    """A row of programs/mutex.c. Debian's musl has no call-frame information: no call chains."""
    language = more.pop("language", "c")
    chain = () if language == "musl" else ("enter_registry", "update_registry")
    return Row(more.pop("row", f"mutex-{kind}"), language, "mutex.c", (kind, place),
               objects=(lock(name=name, chain=chain),), scored=("lock",),
               **{"right": HOLDERS_RIGHT, **more})


def contention(name, words, waits, right=HOLDERS_RIGHT, **more):
    """A row of programs/contention.c: THREADS LOCKS HOLD_US PAUSE_US compute|sleep."""
    keys = tuple(f"counter-{i}" for i in range(int(words.split()[1])))
    offsets = [rf"counters{'[+]' + hex(64 * i) if i else ''}" for i in range(len(keys))]
    if more.get("variant") == "stripped":
        offsets = [None] * len(keys)
    objects = tuple(lock(waits, name, ("enter_counter", "count_up"), key=key)
                    for key, name in zip(keys, offsets))
    return Row(name, "c", "contention.c", tuple(words.split()), objects=objects, scored=keys,
               right=right, **more)


def kernel(kind, cause, ms=60, **more):
    """A row of programs/kernel_waits.c."""
    return Row(f"wait-{kind}", "c", "kernel_waits.c", (kind,), causes={cause: ms},
               also=("semaphore",), facts=more.pop("facts", ()), **more)


def any_of(kinds, waits, **more):
    """One object at least, not known by address."""
    return Obj(tuple(kinds.split()), waits, **more)


GO_LOCKS = ("futex", "mutex")
JAVA_LOCKS = ("condvar", "mutex", "futex", "semaphore", "rwlock")

MUTEXES = (
    mutex("normal", "static", "registry_lock"),
    mutex("recursive", "struct", r"registry\+0x40", flags="-O2"),
    mutex("errorcheck", "heap", r"heap 0x[0-9a-f]+.*", flags="-O0 -g -fno-omit-frame-pointer"),
    mutex("adaptive", "static", "registry_lock", flags="-O3 -g -fno-plt"),
    mutex("timed", "static", "registry_lock", variant="static-pie"),
    mutex("robust", "stack", r"stack of .*", flags="-O2 -no-pie"),
    mutex("pi", "thread-local", r"thread-local of .*|own_lock.*"),
    mutex("normal", "static", None, row="mutex-stripped", flags="-O2", variant="stripped"),
    mutex("normal", "static", "registry_lock", row="mutex-musl", language="musl", right=None),
    mutex("recursive", "static", "registry_lock", row="mutex-musl-recursive", language="musl"),
    Row("mutex-shared", "c", "shared_mutex.c", scored=("lock",), right=HOLDERS_RIGHT,
        objects=(lock(100, r".*truth-shared\.mem.*", ("enter_shared", "use_shared"),
                      flags=("shared",)),)),
)

SETTINGS = (
    contention("4x20us", "4 1 20 20 compute", 30),
    contention("8x50us", "8 1 50 5 compute", 40, flags="-O2", variant="stripped"),
    contention("8-on-4-locks", "8 4 50 20 sleep", 100, variant="static-pie"),
    contention("8-on-4-computing", "8 4 50 20 compute", 10, STOLEN_RIGHT),
    contention("storm", "8 1 2 2 compute", 30, STORM_RIGHT, flags="-O2 -fno-omit-frame-pointer"),
    contention("preempted", "6 1 3000 20 compute", 20, flags="-O2 -g -no-pie"),
)

GLIBC = (
    Row("rwlock-readers", "c", "rwlock.c", ("readers",), scored=("lock",), right=HOLDERS_RIGHT,
        objects=(Obj(("rwlock",), 200, "lock", "table_lock", chain=("lock_for_reading",)),)),
    Row("rwlock-writer", "c", "rwlock.c", ("writer",), flags="-O2", scored=("lock",),
        objects=(Obj(("rwlock",), 300, "lock", "table_lock"),)),
    *(Row(f"condvar-{how}", "c", "condvar.c", (how,), flags=flags,
          objects=(Obj(("condvar",), 500, "condvar", "queue_ready", chain=chain),
                   Obj(("mutex",), 0, "lock", "queue_lock")))
      for how, flags, chain in (
          ("plain", "-O2 -g", ("take_item", "queue_thread")),
          ("timed", "-O2", ("wait_timed", "take_item")),
          ("monotonic", "-O0 -g -fno-omit-frame-pointer", ("wait_timed", "take_item")))),
    Row("semaphore", "c", "semaphore.c", ("private",),
        objects=(Obj(("semaphore",), 500, "semaphore", "free_slots", chain=("take_slot",)),)),
    Row("semaphore-timed", "c", "semaphore.c", ("timed",), flags="-O2", variant="static",
        objects=(Obj(("semaphore",), 500, "semaphore", "free_slots", chain=("take_slot",)),)),
    Row("semaphore-shared", "c", "semaphore.c", ("shared",),
        objects=(Obj(("semaphore",), 500, "semaphore", flags=("shared",), chain=("take_slot",)),)),
    Row("barrier", "c", "meet.c", ("barrier",),
        objects=(Obj(("barrier",), 1000, "barrier", "all_here", chain=("meet_at_barrier",)),)),
    Row("once", "c", "meet.c", ("once",), flags="-O2",
        objects=(Obj(("once",), 60, "once", r"set_up_once(\+0x[0-9a-f]+)?", many=True,
                     chain=("set_up_or_wait", "once_thread")),)),
    Row("join", "c", "meet.c", ("join",),
        objects=(any_of("join", 5, chain=("truth_threads", "wait_for_sleepers", "main")),)),
    Row("stdio", "c", "libc_locks.c", ("stdio",), scored=("lock",), right=HOLDERS_RIGHT,
        objects=(lock(300, r"stdio lock.*", ("enter_stream", "print_slowly"), flags=("libc",)),)),
    Row("malloc", "c", "libc_locks.c", ("malloc",), flags="-O2",
        objects=(any_of("mutex", 20, name="malloc lock.*", flags=("libc",), chain=("use_heap",)),)),
    Row("deadlock", "c", "deadlock.c", options=("-d", "1"), code=None, facts=("deadlock",),
        objects=(lock(1, "accounts_lock", ("lock_both", "second_way"), key="accounts"),
                 lock(1, "journal_lock", ("lock_both", "first_way"), key="journal"))),
    Row("chain", "c", "chain.c", scored=("a", "b", "c"), right=HOLDERS_RIGHT,
        also=("barrier", "mutex"), facts=("chain",),
        objects=(*(lock(6, f"lock_{key}", ("enter", "wait_for_link"), key=key)
                   for key in ("a", "b", "c")),
                 Obj(("barrier",), 4, "barrier", "round_begins"))),
    Row("openmp-barrier", "openmp", "openmp.c", ("barrier",),
        objects=(any_of("barrier", 100),), also=("futex", "mutex")),
    Row("openmp-critical", "openmp", "openmp.c", ("critical",),
        objects=(any_of("mutex", 100),), also=("barrier", "futex")),
)

# As in mutex(): no call chains. Condition variables and barriers are waited for on the waiter's own
# stack, so that each thread has one of its own there.
MUSL = (
    Row("musl-rwlock", "musl", "rwlock.c", ("readers",), scored=("lock",),
        objects=(Obj(("rwlock",), 200, "lock", "table_lock"),), also=("mutex", "futex")),
    Row("musl-condvar", "musl", "condvar.c", ("plain",), also=("mutex", "futex"),
        objects=(any_of("condvar", 300),)),
    Row("musl-semaphore", "musl", "semaphore.c", ("private",), also=("futex",),
        objects=(Obj(("semaphore",), 500, "semaphore", "free_slots"),)),
    Row("musl-join", "musl", "meet.c", ("join",), also=("futex",), objects=(any_of("join", 5),)),
)

CXX = (
    Row("c++-mutex", "c++", "cxx_mutex.cpp", scored=("lock",), right=HOLDERS_RIGHT,
        objects=(lock(300, "bank::ledger_lock", ("bank::Account<long>::deposit",)),)),
    *(Row(f"c++-{kind}", "c++", "cxx_waits.cpp", (kind,), flags=flags,
          objects=(Obj(kinds, 60, kind if key else None, name, chain=(chain,)),),
          also=("mutex", "futex") if kind == "condvar" else ())
      for kind, kinds, key, name, chain, flags in (
          ("condvar", ("condvar",), 1, "shop::order_ready", "shop::wait_condvar", "-O2 -g"),
          ("future", ("futex",), 0, None, "shop::wait_future", "-O2"),
          ("atomic", ("futex",), 0, None, "shop::wait_atomic", "-O2 -g"),
          ("semaphore", ("futex",), 0, None, "shop::wait_semaphore", "-O2 -g"),
          ("latch", ("futex",), 0, None, "shop::wait_latch", "-O2 -g"))),
    Row("c++-shared_mutex", "c++", "cxx_waits.cpp", ("shared_mutex",), flags="-O2",
        objects=(Obj(("rwlock",), 60, "rwlock", "shop::menu_lock", chain=("shop::wait_shared",)),)),
)

RUST = tuple(
    Row(f"rust-{kind}", "rust", "rust_waits.rs", (kind,), flags=flags, also=also,
        objects=(any_of(kinds, waits, chain=chain, **more),))
    for kind, kinds, waits, chain, flags, also, more in (
        ("mutex", "mutex", 300, ("rust_waits::add_to_total",), "-C opt-level=2 -g", ("futex",), {}),
        ("condvar", "condvar futex", 60, ("rust_waits::wait_for_condvar",), "-C opt-level=2", (),
         {}),
        ("park", "futex", 60, ("rust_waits::wait_parked",), "-C opt-level=2 -g", (),
         {"flags": ("parking",)}),
        ("channel", "futex", 60, (), "-C opt-level=1", (), {"flags": ("parking",)}),
        ("rwlock", "rwlock futex", 60, ("rust_waits::read_table",), "-C opt-level=2 -g", (), {}),
    ))

RUNTIMES = (
    *(Row(f"go-{kind}", "go", "go_waits.go", (kind,), flags="", also=GO_LOCKS,
          objects=(any_of("futex", 100, flags=("parking",)),)) for kind in ("mutex", "channel")),
    *(Row(f"java-{kind}", "java", "JavaWaits.java", (kind,), flags="", also=JAVA_LOCKS,
          objects=(any_of("condvar futex", 100, flags=("parking",)),))
      for kind in ("synchronized", "park")),
    Row("python-lock", "python", "python_waits.py", ("lock",), flags="",
        objects=(any_of("semaphore", 100),), also=("condvar", "mutex", "gil")),
    Row("python-gil", "python", "python_waits.py", ("gil",), flags="",
        objects=(any_of("condvar gil", 20),), also=("semaphore", "mutex")),
)

KERNEL = (
    kernel("sleep", "sleep", facts=("sleeper",)),
    kernel("pipe", "pipe", facts=("pipe_target",)),
    kernel("unix", "network", facts=("socket_target",)),
    kernel("tcp", "network", facts=("tcp_target",)),
    kernel("flock", "file", facts=("flock_target",)),
    kernel("fsync", "disk", 0.5, facts=("fsync_target",)),
    kernel("fault", "pagefault", 0.2, facts=("faulted_file",)),
    kernel("epoll", "poll", facts=("loop",)),
    kernel("poll", "poll"),
    kernel("select", "poll"),
    kernel("signal", "signal"),
    kernel("child", "child", facts=("forks",)),
    kernel("waitid", "child"),
    kernel("spawn", "child", 3, facts=("spawns",)),
)

ROWS = (*MUTEXES, *SETTINGS, *GLIBC, *MUSL, *CXX, *RUST, *RUNTIMES, *KERNEL)
