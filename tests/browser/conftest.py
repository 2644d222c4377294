# SPDX-License-Identifier: GPL-2.0-only
"""Browsers without a screen, and pages made from a generated trace and, as root, a recorded one."""

import os

import pytest

pytest.importorskip("selenium", reason="python3-selenium is not installed")
from browsers import BROWSERS  # noqa: E402
from pages import BUILD, generate, record  # noqa: E402


@pytest.fixture(scope="session")
def generated(tmp_path_factory):
    """Some hundred thousand slices."""
    return generate(tmp_path_factory.mktemp("small"), 60000, 4, 12, "full")


@pytest.fixture(scope="session")
def million(tmp_path_factory):
    """A million slices of tasks, and as many again of CPUs and locks."""
    return generate(tmp_path_factory.mktemp("million"), 660000, 4, 40, "full")


@pytest.fixture(scope="session")
def recorded(tmp_path_factory):
    return record(tmp_path_factory.mktemp("recorded"), os.path.join(BUILD, "workloads", "convoy"))


@pytest.fixture(scope="session")
def looped(tmp_path_factory):
    """An event loop, writes to a disk, and two processes that may run on one CPU alone."""
    folder = tmp_path_factory.mktemp("looped")
    return record(folder, "/usr/bin/python3", "-c", LOOP, folder / "written")


LOOP = r"""import os, select, sys, threading, time
for _ in range(2):
    if not os.fork():
        os.sched_setaffinity(0, {min(os.sched_getaffinity(0))})
        until = time.monotonic() + 0.05
        while time.monotonic() < until:
            pass
        os._exit(0)
read, write = os.pipe()
poll = select.epoll()
poll.register(read, select.EPOLLIN)
def send():
    for i in range(60):
        time.sleep(0.002)
        os.write(write, b'x')
thread = threading.Thread(target=send)
thread.start()
for i in range(60):
    poll.poll()
    os.read(read, 1)
    if i == 30:
        until = time.monotonic() + 0.05
        while time.monotonic() < until:
            pass
    if i % 20 == 5:
        with open(sys.argv[1], 'wb') as out:
            out.write(os.urandom(1 << 20))
            os.fsync(out.fileno())
thread.join()
os.wait(), os.wait()
"""


@pytest.fixture(scope="session", params=list(BROWSERS))
def browser(request, tmp_path_factory):
    """Each test runs in every browser that is there."""
    make_page, start, missing = BROWSERS[request.param]
    if missing:
        pytest.skip(f"not installed: {', '.join(missing)}")
    driver = start(tmp_path_factory.mktemp("profile"))
    driver.set_script_timeout(30)
    yield make_page(driver)
    driver.quit()


@pytest.fixture
def page(browser):
    yield browser
    browser.medium("")
    assert browser.errors() == []
