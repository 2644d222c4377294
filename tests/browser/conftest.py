# SPDX-License-Identifier: GPL-2.0-only
"""A browser without a screen, and pages made from a generated trace and, as root, a recorded one."""

import os
import time

import pytest

webdriver = pytest.importorskip("selenium.webdriver", reason="python3-selenium is not installed")
from selenium.webdriver.chrome.options import Options  # noqa: E402
from selenium.webdriver.chrome.service import Service  # noqa: E402
from pages import BUILD, CONCTRACE, export, generate, run  # noqa: E402

CHROMIUM, DRIVER = "/usr/bin/chromium", "/usr/bin/chromedriver"


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


class Page:
    """A timeline in the browser."""

    def __init__(self, driver):
        self.driver = driver

    def open(self, path, width=1400, height=850, dark=False):
        command = self.driver.execute_cdp_cmd
        command("Emulation.setDeviceMetricsOverride", {
            "width": width, "height": height, "deviceScaleFactor": 1, "mobile": width < 600})
        command("Emulation.setEmulatedMedia", {"features": [
            {"name": "prefers-color-scheme", "value": "dark" if dark else "light"}]})
        self.driver.get_log("browser")
        self.driver.get_log("performance")
        self.driver.get(f"file://{path}")
        limit = time.monotonic() + 20
        while not self("return performance.getEntriesByName('first-picture').length"):
            assert time.monotonic() < limit, self.driver.get_log("browser")
            time.sleep(0.02)
        return self

    def __call__(self, script, *arguments):
        return self.driver.execute_script(script, *arguments)

    def wait(self, script, *arguments):
        return self.driver.execute_async_script(script, *arguments)

    def canvas(self):
        return self.driver.find_element("id", "canvas")

    def text(self, name):
        return self.driver.find_element("id", name).text

    def errors(self):
        return self.driver.get_log("browser")


@pytest.fixture(scope="session")
def driver(tmp_path_factory):
    if not os.path.exists(CHROMIUM) or not os.path.exists(DRIVER):
        pytest.skip("chromium and chromium-driver are not installed")
    options = Options()
    options.binary_location = CHROMIUM
    for argument in ("--headless=new", "--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage",
                     f"--user-data-dir={tmp_path_factory.mktemp('profile')}"):
        options.add_argument(argument)
    options.set_capability("goog:loggingPrefs", {"browser": "ALL", "performance": "ALL"})
    browser = webdriver.Chrome(service=Service(DRIVER), options=options)
    browser.set_script_timeout(30)
    yield browser
    browser.quit()


@pytest.fixture
def page(driver):
    made = Page(driver)
    yield made
    assert made.errors() == []
