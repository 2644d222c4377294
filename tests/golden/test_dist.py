# SPDX-License-Identifier: GPL-2.0-only
"""What is handed out: one version everywhere, a tarball of sources alone, files that can be uninstalled."""

import os
import re
import shutil
import subprocess
import tarfile

import pytest

ROOT = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
BUILD = os.path.abspath(os.environ.get("CONCTRACE_BUILD", os.path.join(ROOT, "build")))
CONCTRACE = os.path.abspath(os.environ.get("CONCTRACE", os.path.join(BUILD, "conctrace")))
# Neither what make leaves behind nor what runs, tests and editors do.
PRODUCT = re.compile(r"(^|/)(build|\.git|__pycache__|\.pytest_cache)/|\.(o|a|d|pyc|so|deb|orig|rej|swp)$|~$"
                     r"|(^|/)conctrace\.data")


def read(name):
    with open(os.path.join(ROOT, name), encoding="utf-8") as text:
        return text.read()


VERSION = read("VERSION").strip()


def quiet(*command, cwd=ROOT, **env):
    outer = {k: v for k, v in os.environ.items() if k not in ("MAKEFLAGS", "MAKELEVEL", "MFLAGS",
                                                              "SOURCE_DATE_EPOCH")}
    return subprocess.run(command, cwd=cwd, env={**outer, **env}, check=True, text=True,
                          stdin=subprocess.DEVNULL, stdout=subprocess.PIPE).stdout


def pack(tree, folder, **env):
    """The bytes of the tarball that packaging/dist makes of a tree."""
    path = quiet(os.path.join(tree, "packaging/dist"), str(folder), cwd=tree, **env).strip()
    with open(path, "rb") as tarball:
        return path, tarball.read()


@pytest.fixture(scope="module", name="tarball")
def tarball_fixture(tmp_path_factory):
    return pack(ROOT, tmp_path_factory.mktemp("dist"))


def test_one_version():
    assert re.fullmatch(r"\d+\.\d+\.\d+", VERSION)
    assert quiet(CONCTRACE, "--version") == f"conctrace {VERSION}\n"
    released = re.findall(r"^## \[(\d[^\]]*)\] - \d{4}-\d\d-\d\d$", read("CHANGELOG.md"), re.M)
    assert released[0] == VERSION
    assert len(set(released)) == len(released)
    assert "## [Unreleased]" in read("CHANGELOG.md").split(f"## [{VERSION}]")[0]
    packages = re.findall(r"^conctrace \((\S+)-\d+\) ", read("packaging/debian/changelog"), re.M)
    assert packages[0] == VERSION
    # The packages' changelog has an entry for each release, in the same order.
    assert list(dict.fromkeys(packages)) == released


def test_tarball_holds_sources_only(tarball):
    path, _ = tarball
    top = f"conctrace-{VERSION}/"
    assert os.path.basename(path) == f"conctrace-{VERSION}.tar.gz"
    with tarfile.open(path) as tar:
        members = tar.getmembers()
    names = [m.name for m in members]
    assert all(name.startswith(top) for name in names)
    names = {name[len(top):] for name in names}
    for needed in ("Makefile", "VERSION", "LICENSE", "CHANGELOG.md", "README.md", "user/main.c",
                   "bpf/events.h", "packaging/debian/control", "packaging/dist", "scripts/deps",
                   "tests/run.py", "tests/golden/two-cpus.data", "docs/man/conctrace.1"):
        assert needed in names
    assert not [name for name in names if PRODUCT.search(name)]
    assert not [m.name for m in members if not m.isfile() or m.uid or m.gid or m.mode & 0o022]
    assert len({m.mtime for m in members}) == 1
    executable = {m.name[len(top):] for m in members if m.mode & 0o111}
    assert {"packaging/dist", "packaging/debian/rules", "scripts/deps"} <= executable
    assert "Makefile" not in executable
    with tarfile.open(path) as tar:
        assert not [m.name for m in tar if tar.extractfile(m).read(4) == b"\x7fELF"]


def test_tarball_of_a_tarball_is_the_same(tarball, tmp_path):
    path, content = tarball
    with tarfile.open(path) as tar:
        tar.extractall(tmp_path)
    tree = tmp_path / f"conctrace-{VERSION}"
    # What a build, a test run and a recording leave is not packed.
    for name in ("build/conctrace", "build-arm/x", "user/lib/a.o", "tests/__pycache__/a.pyc",
                 "conctrace.data", "conctrace.data.old"):
        (tree / name).parent.mkdir(parents=True, exist_ok=True)
        (tree / name).write_text("x")
    os.utime(tree / "Makefile", (1, 1))
    (tree / "README.md").chmod(0o666)
    assert pack(tree, tmp_path / "again", TZ="Pacific/Auckland", LC_ALL="C")[1] == content
    assert pack(tree, tmp_path / "later", SOURCE_DATE_EPOCH="1")[1] != content


def test_install_and_uninstall(tmp_path):
    if not os.path.exists(os.path.join(BUILD, "conctrace")):
        pytest.skip("there is nothing to install")
    inside = os.path.relpath(BUILD, ROOT)
    build = BUILD if inside.startswith("..") else inside
    where = (f"BUILD={build}", f"DESTDIR={tmp_path}", "PREFIX=/opt/x")
    quiet("make", "-s", "install", *where)
    assert quiet(str(tmp_path / "opt/x/bin/conctrace"), "--version") == f"conctrace {VERSION}\n"
    said = quiet(str(tmp_path / "opt/x/bin/conctrace"), "workload", "convoy", "--help")
    assert "convoy" in said
    share = tmp_path / "opt/x/share"
    manuals = sorted(os.listdir(os.path.join(ROOT, "docs/man")))
    assert sorted(os.listdir(share / "man/man1")) == manuals
    assert (share / "mime/packages/conctrace.xml").exists()
    assert "MimeType=application/x-conctrace;" in (share / "applications/conctrace.desktop").read_text()
    # Somebody else's file stays, and so does its folder.
    (tmp_path / "opt/x/bin/other").write_text("")
    quiet("make", "-s", "uninstall", *where)
    left = [os.path.join(folder, name) for folder, _, names in os.walk(tmp_path) for name in names]
    assert left == [str(tmp_path / "opt/x/bin/other")]


def test_scripts_are_sound():
    """What packages run as root is shell; shellcheck has a look if it is there."""
    scripts = ["packaging/dist", "packaging/deb", "packaging/check-reproducible",
               *(f"packaging/debian/conctrace.{part}" for part in ("config", "postinst", "postrm"))]
    for script in scripts:
        subprocess.run(["sh", "-n", script], cwd=ROOT, check=True)
    if shutil.which("shellcheck"):
        subprocess.run(["shellcheck", "-S", "error", *scripts], cwd=ROOT, check=True)
