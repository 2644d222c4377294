# SPDX-License-Identifier: GPL-2.0-only
"""A timeline in a browser without a screen: what tests do alike in each."""

import base64
import json
import os
import time

from selenium import webdriver
from selenium.webdriver.chrome.options import Options
from selenium.webdriver.chrome.service import Service

import marionette

CHROMIUM, DRIVER = "/usr/bin/chromium", "/usr/bin/chromedriver"


class Page:
    """A timeline in the browser."""

    def __init__(self, driver):
        self.driver = driver
        self.url = None
        self.scheme = "light"

    def open(self, path, width=1400, height=850, dark=False):
        self.size(width, height)
        self.prefer("dark" if dark else "light")
        self.errors()
        self.requests()
        self.url = f"file://{path}"
        self.driver.get(self.url)
        limit = time.monotonic() + 20
        while not self("return performance.getEntriesByName('first-picture').length"):
            assert time.monotonic() < limit, self.errors()
            time.sleep(0.02)
        return self

    def __call__(self, script, *arguments):
        return self.driver.execute_script(script, *arguments)

    def wait(self, script, *arguments):
        return self.driver.execute_async_script(script, *arguments)

    def fails(self):
        """What the console says once it says something; that is to come."""
        limit = time.monotonic() + 10
        while not (said := self.errors()) and time.monotonic() < limit:
            time.sleep(0.02)
        return said

    def canvas(self):
        return self.driver.find_element("id", "canvas")

    def text(self, name):
        return self.driver.find_element("id", name).text


class ChromiumPage(Page):
    def size(self, width, height):
        self.driver.execute_cdp_cmd("Emulation.setDeviceMetricsOverride", {
            "width": width, "height": height, "deviceScaleFactor": 1, "mobile": width < 600})

    def prefer(self, scheme):
        self.scheme = scheme
        self.medium("")

    def medium(self, name):
        self.driver.execute_cdp_cmd("Emulation.setEmulatedMedia", {
            "media": name, "features": [{"name": "prefers-color-scheme", "value": self.scheme}]})

    def pdf(self):
        printed = self.driver.execute_cdp_cmd("Page.printToPDF", {"printBackground": True})
        return base64.b64decode(printed["data"])

    def errors(self):
        """What the console said since it was asked last."""
        return [entry["message"] for entry in self.driver.get_log("browser")]

    def requests(self):
        """Addresses that were asked for since then."""
        sent = [entry["message"] for entry in self.driver.get_log("performance")]
        sent = [json.loads(text)["message"] for text in sent]
        return {m["params"]["request"]["url"] for m in sent if m["method"] == "Network.requestWillBeSent"}


class FirefoxPage(Page):
    def size(self, width, height):
        # The window has a bar on top; and would not be as narrow as a phone.
        self.driver.inside("window.document.documentElement.style.minWidth = '0'")
        bar = self("return outerHeight - innerHeight")
        self.driver.execute("setWindowRect", {"width": width, "height": height + bar})
        assert self("return [innerWidth, innerHeight]") == [width, height]

    def prefer(self, scheme):
        self.driver.inside("Services.prefs.setIntPref('layout.css.prefers-color-scheme.content-override',"
                           " arguments[0])", 0 if scheme == "dark" else 1)

    def medium(self, name):
        self.driver.inside("window.gBrowser.selectedBrowser.browsingContext.mediumOverride = arguments[0]", name)

    def pdf(self):
        return base64.b64decode(self.driver.execute("printPage", {"background": True})["value"])

    def errors(self):
        # The page is another process: what it said may still be on its way.
        self.wait("setTimeout(arguments[0], 50)")
        return self.driver.inside("""
            const said = Services.console.getMessageArray().filter(m => m instanceof Ci.nsIScriptError)
                .filter(m => m.sourceName.startsWith('file:') || m.innerWindowID).map(m => m.errorMessage);
            Services.console.reset();
            const storage = Cc['@mozilla.org/consoleAPI-storage;1'].getService(Ci.nsIConsoleAPIStorage);
            const logged = storage.getEvents().filter(e => e.filename.startsWith('file:'))
                .map(e => `${e.level}: ${e.arguments.map(String).join(' ')}`);
            storage.clearEvents();
            return said.concat(logged);""")

    def requests(self):
        """Those of pages: of what Firefox does for itself there is no page."""
        asked = self.driver.inside("""
            const before = window.conctraceAsked ?? [];
            if (!window.conctraceAsked)
                Services.obs.addObserver(subject => {
                    const channel = subject.QueryInterface(Ci.nsIChannel);
                    if (channel.loadInfo.browsingContextID)
                        window.conctraceAsked.push(channel.URI.spec);
                }, 'http-on-opening-request');
            window.conctraceAsked = [];
            return before;""")
        return {*asked, *self("return [location.href, ...performance.getEntriesByType('resource').map(e => e.name)]")}


def start_chromium(folder):
    options = Options()
    options.binary_location = CHROMIUM
    for argument in ("--headless=new", "--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage",
                     f"--user-data-dir={folder}"):
        options.add_argument(argument)
    options.set_capability("goog:loggingPrefs", {"browser": "ALL", "performance": "ALL"})
    return webdriver.Chrome(service=Service(DRIVER), options=options)


# name: what makes its page, starts it in a folder, and what is missing for that
BROWSERS = {
    "chromium": (ChromiumPage, start_chromium,
                 [path for path in (CHROMIUM, DRIVER) if not os.path.exists(path)]),
    "firefox": (FirefoxPage, marionette.Firefox, [] if marionette.FIREFOX else ["firefox-esr"]),
}
