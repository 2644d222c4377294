# SPDX-License-Identifier: GPL-2.0-only
"""Where threads wait and compute: chains are whole and in order, and no name is a wrong one."""

import json
import os
import shutil
import subprocess

import pytest
from chains import (NAP, all_functions, complete_chain, compile_c, copy_of, functions, sleep_of,
                    unresolved, with_chain)
from conftest import assert_sound, program, run, until_seen

MS = 1_000_000


def chain(record, *words, options=(), **how):
    """Records the program `chain`; returns the report of a sound recording."""

    def start():
        result = record([program("chain"), *map(str, words)], *options, **how)
        assert result.code == 0, result.stderr
        assert_sound(result.report)
        return result.report

    return until_seen(start)


def export(conctrace, trace):
    done = run([conctrace, "export", trace, "--json", "-"])
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)


@pytest.mark.parametrize("mode,above", [
    ("nap", ["main"]), ("deep", ["deep_step", "main"]), ("thread", ["in_thread", "start_thread"]),
    ("fork", ["in_child", "run_fork", "main"]),
])
def test_whole_chain(record, mode, above):
    """Without frame pointers, through the C library's frames, in the right order."""
    report = chain(record, mode, 5)
    stack = complete_chain(report, NAP + above)
    assert functions(stack)[:2] == ["clock_nanosleep", "nanosleep"]
    row = sleep_of(report, "chain")
    assert (row["waits"], row["asked_ns"]) == (5, 50 * MS)
    assert row["wait_ns"] >= row["asked_ns"]
    assert (row["function"], row["module"]) == ("nap", "chain")
    assert report["stacks"][row["stack"]] == stack
    assert os.path.basename(row["file"]) == "chain.c" and row["line"] > 0


def test_deeper_than_what_is_kept(record):
    """A copy that ends too early gives the innermost part, and is said to be cut."""
    report = chain(record, "deep", 5, options=("--stack-size", "512"))
    [stack] = with_chain(report, NAP)
    assert not stack["complete"]
    assert "main" not in functions(stack)
    assert sleep_of(report, "chain")["function"] == "nap"


def test_no_stacks(record):
    result = record([program("named"), "run", os.path.dirname(program("named"))], "--no-stacks")
    assert result.code == 0, result.stderr
    report = result.report
    assert_sound(report)
    assert report["stacks"] == [] and report["unresolved"] == []
    assert all("sites" not in item for item in report["sync"])
    assert not any("function" in row or "module" in row for row in report["io"]["sleeps"])
    assert sum(item["waits"] for item in report["sync"]) > 10


def test_loaded_library(record, tmp_path):
    library = compile_c("lib/step.c", tmp_path / "libstep.so", "-g", "-shared", "-fPIC")
    report = chain(record, "library", library, 5)
    stack = complete_chain(report, NAP + ["in_library", "call_back"])
    modules = {frame["function"]: frame["module"] for frame in stack["frames"]}
    assert modules["in_library"] == "libstep.so" and modules["first_step"] == "chain"


def test_deleted_while_it_runs(record, tmp_path):
    """What was mapped is part of the recording if it is gone at the end."""
    mine = copy_of("chain", tmp_path)
    result = record([mine, "unlink", "60"])
    assert result.code == 0, result.stderr
    assert not os.path.exists(mine)
    report = result.report
    assert_sound(report)
    complete_chain(report, NAP + ["run_unlink"])
    row = sleep_of(report, "copied")
    assert (row["function"], row["module"]) == ("nap", "copied")


def test_replaced_while_it_runs(record, tmp_path):
    """Another file has its name at the end: the names are still those of what ran."""
    mine = copy_of("chain", tmp_path)
    other = copy_of("named", tmp_path, "other")
    result = record(["sh", "-c", f'"{mine}" nap 60; mv "{other}" "{mine}"'])
    assert result.code == 0, result.stderr
    complete_chain(result.report, NAP + ["main"])
    # Of other files something may be: a sample in the dynamic linker's first instructions.
    assert [row for row in result.report["unresolved"]
            if row["reason"] in ("changed", "missing", "damaged")] == []


def test_replaced_before_the_report(record, conctrace, tmp_path):
    """A changed file gives no names, for they would be wrong; the rest is still there."""
    mine = copy_of("chain", tmp_path)
    result = record([mine, "nap", "5"])
    complete_chain(result.report, NAP)
    expected = sleep_of(result.report, "copied")
    os.unlink(mine)
    copy_of("named", tmp_path)
    report = export(conctrace, result.trace)
    assert "changed" in unresolved(report, "copied")
    row = sleep_of(report, "copied")
    assert "function" not in row and row["module"] == "copied" and "offset" in row
    assert (row["waits"], row["wait_ns"]) == (expected["waits"], expected["wait_ns"])
    assert all(not frame.get("function") for stack in report["stacks"]
               for frame in stack["frames"] if frame.get("module") == "copied")
    # The other libraries are what they were.
    assert "nanosleep" in all_functions(report)


def test_rewritten_before_the_report(record, conctrace, tmp_path):
    """The same file, with other bytes in it."""
    mine = copy_of("chain", tmp_path)
    result = record([mine, "nap", "5"])
    shutil.copyfile(program("named"), mine)
    report = export(conctrace, result.trace)
    assert "changed" in unresolved(report, "copied")
    assert "function" not in sleep_of(report, "copied")


def test_missing_at_the_report(record, conctrace, tmp_path):
    mine = copy_of("chain", tmp_path)
    result = record([mine, "nap", "5"])
    os.unlink(mine)
    report = export(conctrace, result.trace)
    assert "missing" in unresolved(report, "copied")
    assert "function" not in sleep_of(report, "copied")


def test_ended_long_before_the_end(record):
    result = record(["sh", "-c", f'"{program("chain")}" nap 5; sleep 0.5'])
    assert result.code == 0, result.stderr
    complete_chain(result.report, NAP + ["main"])
    assert sleep_of(result.report, "chain")["function"] == "nap"


def test_vfork_and_exec(record):
    """The parent's chain, while it waits, is not read in its child's new program."""
    report = chain(record, "vfork", program("waits"), os.path.dirname(program("waits")))
    names = all_functions(report)
    assert "block_mutex" in names or "run_kind" in names
    assert not names & set(NAP)
    assert unresolved(report, "chain") == set()


def test_exec_in_the_same_process(record, tmp_path):
    """Two programs one after the other under one pid: each chain is its own program's."""
    report = chain(record, "exec", 50, program("named"), "run", tmp_path)
    complete_chain(report, NAP + ["main"])
    assert {"registry_lock", "table_lock"} <= {item.get("name") for item in report["sync"]}
    assert "hold_mutex" in all_functions(report)
    report = chain(record, "exec", 5, program("chain"), "thread", 5)
    complete_chain(report, NAP + ["main"])
    complete_chain(report, NAP + ["in_thread"])


def test_loaded_at_two_addresses(record):
    """A position-independent program in two processes: one place in the file."""
    with open("/proc/sys/kernel/randomize_va_space", encoding="ascii") as setting:
        if setting.read().strip() == "0":
            pytest.skip("address space layout randomization is off")
    report = chain(record, "twice", 5)
    rows = report["io"]["sleeps"]
    assert len(rows) == 2 and len({row["pid"] for row in rows}) == 2
    assert {row["function"] for row in rows} == {"nap"}
    assert len({(row["offset"], row["module"]) for row in rows}) == 1
    # The same place at other addresses is another chain of the same functions.
    assert len(with_chain(report, NAP)) in (1, 2)


@pytest.fixture
def generated(record):
    """generated(kind, ...): records the program of that name; the file it leaves is removed."""
    left = []

    def start(*words):
        result = record([program("generated"), *map(str, words)])
        assert result.code == 0, result.stderr
        left.append(result.stdout.strip())
        assert_sound(result.report)
        return result.report

    yield start
    for path in left:
        for name in (path, path + ".target"):
            if os.path.lexists(name):
                os.unlink(name)


def test_generated_code(generated):
    """/tmp/perf-PID.map, as just-in-time compilers write it, names code that is in no file."""
    report = generated("map")
    stack = complete_chain(report, ["nap_often", "generated_step", "main"])
    [frame] = [f for f in stack["frames"] if f.get("function") == "generated_step"]
    assert frame["module"] == "[generated code]"


@pytest.mark.parametrize("kind", ["mute", "fifo", "link"])
def test_generated_code_without_a_map(generated, kind):
    """No names, or none that may be believed; the chain goes on all the same."""
    report = generated(kind)
    assert "generated_step" not in all_functions(report)
    stacks = with_chain(report, ["nap_often", None, "main"])
    assert stacks and all(stack["complete"] for stack in stacks)
    assert unresolved(report, "[generated code]")


def test_no_samples(record):
    report = chain(record, "compute", 50, options=("-F", "0"))
    assert report["samples"]["count"] == 0
    assert "hz" not in report["samples"] and not report["samples"].get("sites")


def test_samples_are_where_it_computes(record):
    report = chain(record, "compute", 300, options=("-F", "999"))
    samples = report["samples"]
    assert samples["hz"] == 999
    running = sum(task["running_ns"] for task in report["tasks"])
    # One per millisecond on a CPU; a clock that is late now and then is forgiven.
    assert 0.7 <= samples["count"] / (running / MS) <= 1.1
    [site] = [site for site in samples["sites"] if site.get("function") == "churn"]
    assert site["samples"] >= 0.9 * samples["count"]
    complete_chain(report, ["churn", "compute", "main"])


@pytest.mark.parametrize("words", [("-F", "10001"), ("-F", "x"), ("--stack-size", "511"),
                                   ("--stack-size", "8193"), ("--stack-size", "0")], ids=" ".join)
def test_wrong_values(conctrace, tmp_path, words):
    done = run([conctrace, "record", *words, "--", "touch", "mark"], cwd=tmp_path)
    assert done.returncode == 125
    assert os.listdir(tmp_path) == []


@pytest.mark.parametrize("strip,reasons", [("--strip-debug", set()),
                                           ("--strip-all", {"no-symbols"})])
def test_stripped(record, tmp_path, strip, reasons):
    """Names without lines; then places without names, but still whole chains."""
    mine = copy_of("chain", tmp_path)
    if not shutil.which("strip"):
        pytest.skip("no strip here")
    subprocess.run(["strip", strip, mine], check=True)
    result = record([mine, "nap", "5"])
    report = result.report
    row = sleep_of(report, "copied")
    assert ("function" in row) == (not reasons) and "line" not in row
    assert row["module"] == "copied" and "offset" in row
    assert report["stacks"][row["stack"]]["complete"]
    assert unresolved(report, "copied") == reasons


def test_inlined_functions_are_in_the_chain(record, tmp_path):
    """A function that was inlined does not hide the one that it was inlined into."""
    result = record([program("named"), "run", tmp_path])
    assert result.code == 0, result.stderr
    names = all_functions(result.report)
    assert {"wait_registry", "wait_cache", "wait_heap"} <= names, names


def test_another_mount_namespace(record, tmp_path):
    """A program that nobody else sees at its path, and that is gone at the end."""
    (tmp_path / "hidden").mkdir()
    script = f'mount -t tmpfs none "{tmp_path}/hidden" && cp "{program("chain")}" ' \
        f'"{tmp_path}/hidden/unseen" && "{tmp_path}/hidden/unseen" nap 60'
    result = record(["unshare", "-m", "sh", "-c", script])
    if result.code and "unshare" in result.stderr:
        pytest.skip("no mount namespaces here")
    assert result.code == 0, result.stderr
    assert os.listdir(tmp_path / "hidden") == []
    complete_chain(result.report, NAP + ["main"])
    assert sleep_of(result.report, "unseen")["function"] == "nap"
