#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0-only
"""Makes what the corpora in tests/fuzz/corpus began with: small recordings, programs, texts.

What fuzzers found worth keeping lies beside it and stays.
"""

import argparse
import os
import subprocess
import tempfile

HERE = os.path.dirname(os.path.abspath(__file__))
ROOT = os.path.dirname(os.path.dirname(HERE))
CORPUS = os.path.join(HERE, "corpus")
FORMS = 7  # enum pass_form in lib/pass.h
MEND_ALL = 0x07  # lib/mend.h
RECORDS_MOST = 6000

PROGRAM = """
int registry_lock, cache[16];
struct node { struct node *next; int value; };
__attribute__((noinline)) static int inner(int x) { return x * 3 + cache[x & 15]; }
static inline int middle(struct node *n) { int s = 0; for (; n; n = n->next) s += inner(n->value);
\treturn s; }
__attribute__((noinline)) int outer(int n, char **v) { volatile char big[64]; big[n & 63] = 1;
\tstruct node a = {0, n}, b = {&a, (int)(long)v}; return middle(&b) + big[0]; }
void _start(void) { __asm__ volatile("" : : "r"(outer(1, 0))); for (;;) ; }
"""

TEXTS = {
    "perf-map": b"\x00" + bytes(8) + b"7f00 40 void java.lang.Thread.run()\n7f40 10 LazyCompile:~f "
                b"/a b.js:3\n0x10 20 x\nzz 1 no\n100 ffffffffffffffff all\n",
    "kallsyms": b"\x01" + bytes(8) + b"ffffffff81000000 T _text\nffffffff81000040 t do_one\t[ext4]\n"
                b"ffffffff81000080 futex_wait\n",
    "mounts": b"\x0221 28 8:1 / / rw,relatime - ext4 /dev/sda1 rw\n22 21 8:2 / /a\\040b rw - ext4 x\n"
              b"23 21 8:3 /sub /c rw - ext4 x rw\n",
    "cpus": b"\x030-3,8,10-11",
}
NAMES = [b"_ZNSt6vectorIiSaIiEE9push_backERKi", b"_ZN4core3fmt5write17h0123456789abcdefE",
         b"_RNvNtCs1234_7mycrate3foo3bar", b"_RINvCs0_4demo3mapNtB2_1SyE", b"main.constprop.0",
         b"memcpy@@GLIBC_2.14", b"_ZZN1A1bEvENKUlvE_clEv",
         b"_RNvXs_Cs0_1aINtB4_1bpENtB4_1c1d", b"_RNCNvC1a1b0B3_",
         b"_RMC0INtC8arrayvec8ArrayVechKj7b_E", b"_RYFTkPhRaEuNtC1a1b",
         b"_ZN5outer17hffffffffffffffffE.llvm.1234"]
HOST = b"Host: 127.0.0.1:9001\r\n"
ORIGIN = b"Origin: https://ui.perfetto.dev\r\n"
REQUESTS = [b"GET /t HTTP/1.1\r\n" + HOST + ORIGIN + b"\r\n",
            b"OPTIONS /t HTTP/1.1\r\n" + HOST + ORIGIN +
            b"Access-Control-Request-Method: GET\r\n\r\n",
            b"GET /t HTTP/1.0\r\n" + ORIGIN + b"X-Y:\t z \r\n" + HOST + b"\r\nmore",
            b"POST /u HTTP/1.1\r\nHost: evil.example\r\n\r\n"]
LINES = [b"--flag -t x --duration=1.5 -b 64K --pid 12 -n 3 word", b"--from 20% --to 1.5s a.data",
         b"--hold lock=0.5 --io 0 --sleep 2 --faster f()=3", b"-ftfile -- --text x",
         b"-l a --list=b --from 200ms --to 7us", b"--buffer 1G --duration 0.000000001 -p1"]
ESCAPES = [b"plain", b"</script><!--\"\\\x1b[2J", b"\xc3\xa9\xe2\x82\xac\xf0\x9f\x98\x80",
           b"\xff\xc3\xed\xa0\x80\xc2\x9b\x7f\x00\n\t", b"a,\"b\"\r\n;=1+1", b"&amp;<b>'",
           b"\xe2\x80\xae\xef\xbf\xbf\xe2\x80\xa8"]


def write(target, name, data):
    folder = os.path.join(CORPUS, target)
    os.makedirs(folder, exist_ok=True)
    with open(os.path.join(folder, name), "wb") as out:
        out.write(data)


def output(*command, folder=None):
    return subprocess.run(command, check=True, stdout=subprocess.PIPE, cwd=folder).stdout


def recordings(build):
    """Records and plain files of the golden recordings, and of two that are made up."""
    seed = os.path.join(build, "tests", "fuzz", "seed")
    with tempfile.TemporaryDirectory() as tmp:
        traces = {"two-cpus": os.path.join(ROOT, "tests/golden/two-cpus.data"),
                  "four-cpus": os.path.join(ROOT, "tests/golden/four-cpus.data")}
        for name, more in (("made", []), ("full", ["full"])):
            traces[name] = os.path.join(tmp, name)
            output(os.path.join(build, "tests", "gen_trace"), traces[name], "150", "2", "4", *more)
        for number, (name, path) in enumerate(traces.items()):
            records = output(seed, "records", path, str(RECORDS_MOST))
            half = output(seed, "records", path, str(RECORDS_MOST // 3))
            write("trace_records", name, bytes([number % FORMS]) + records)
            write("trace_records", name + "-short", bytes([(number + 3) % FORMS]) + half)
            write("whatif", name, bytes([number, 8]) + records)
            write("compare", name, len(half).to_bytes(2, "little") + bytes([number % 2]) + half +
                  half)
            plain = output(seed, "plain", path)
            if len(plain) < 16384:
                write("trace_file", name, bytes([number % FORMS, MEND_ALL]) + plain)
            with open(path, "rb") as whole:
                data = whole.read()
            if len(data) < 8192:
                write("trace_file", name + "-packed", bytes([1, 0]) + data)


def programs():
    """Small ones, which need nothing, in the formats that debuggers' information comes in."""
    kinds = {"plain": "-O1", "dwarf5": "-O1 -g", "dwarf4": "-O1 -gdwarf-4",
             "packed": "-O1 -g -gz=zlib", "shared": "-O1 -shared -fPIC",
             "no-frame": "-O1 -g -fno-asynchronous-unwind-tables", "stripped": "-O1 -s"}
    with tempfile.TemporaryDirectory() as tmp:
        with open(os.path.join(tmp, "p.c"), "w", encoding="ascii") as out:
            out.write(PROGRAM)
        for name, flags in kinds.items():
            # Linked at 0: what is asked lies at low addresses.
            output("cc", *flags.split(), "-nostdlib", *([] if "shared" in name else
                                                        ["-fPIE", "-static-pie"]),
                   "-Wl,-z,noseparate-code,-z,max-page-size=4096,--hash-style=gnu", "-o", "p", "p.c",
                   f"-ffile-prefix-map={tmp}=/build", folder=tmp)
            with open(os.path.join(tmp, "p"), "rb") as made:
                # Four addresses, the registers ip, bp, bx, then a stack of return addresses.
                head = bytes([0]) + b"\x30\x02\x50\x02\x70\x02\xa0\x02" + b"\x38\x02\x02" + bytes(4)
                write("elf", name, head + b"\x58\x02" * 64 + made.read())


def python():
    table = bytes.fromhex("8000d8090ad8090af103010a0b8041e50d12903189588c58f000030527f0")
    code = (b"\x05\x00\x00\x00" + b"\x01\x01" + b"\x04\x00\x05\x00" +
            len(table).to_bytes(2, "little") + b"main" + b"/a.py" + table)
    wide = (b"\xff\xff\xff\x7f" + b"\x02\x04" + b"\x04\x00\x08\x00\x00\x00" +
            "h\u00e9".encode("utf-16-le") + "x\U0001f600".encode("utf-32-le"))
    write("python", "codes", code + wide + code * 4 + b"\x03" + b"\x01\x04\x00\x02\x02\x00\x03\x08\x00")


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--build", default="build", help="build directory")
    options = parser.parse_args()
    recordings(os.path.abspath(options.build))
    programs()
    python()
    for name, text in TEXTS.items():
        write("texts", name, text)
    for number, name in enumerate(NAMES):
        write("names", f"name-{number}", name)
    for number, request in enumerate(REQUESTS):
        write("http", f"request-{number}", bytes([number * 9]) + request)
    for number, line in enumerate(LINES):
        write("options", f"line-{number}", bytes([number & 1]) + line.replace(b" ", b"\n"))
    for number, text in enumerate(ESCAPES):
        write("escapes", f"text-{number}", bytes([number * 7, number & 1]) + text)


if __name__ == "__main__":
    main()
