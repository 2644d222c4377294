# SPDX-License-Identifier: GPL-2.0-only
"""Browsers without a screen, and pages made from a generated trace and, as root, a recorded one."""

import os

import pytest

pytest.importorskip("selenium", reason="python3-selenium is not installed")
from browsers import BROWSERS  # noqa: E402
from pages import BUILD, CONCTRACE, export, generate, run  # noqa: E402


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
    if os.geteuid():
        pytest.skip("recording needs root")
    folder = tmp_path_factory.mktemp("recorded")
    run(CONCTRACE, "record", "-q", "-o", str(folder / "convoy.data"), "--",
        os.path.join(BUILD, "workloads", "convoy"))
    return export(folder / "convoy.data", folder / "convoy.html")


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
