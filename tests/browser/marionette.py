# SPDX-License-Identifier: GPL-2.0-only
"""
Drives Firefox without geckodriver: Selenium's commands go over Firefox's own remote protocol.

Marionette listens on a port of the loopback interface and talks JSON, each message after its length
in bytes and a colon: [0, id, command, parameters] there, [1, id, error, result] back.
"""

import json
import os
import signal
import socket
import subprocess
import time

from selenium.webdriver.remote.webdriver import WebDriver

FIREFOX = next((path for path in ("/usr/bin/firefox-esr", "/usr/bin/firefox") if os.path.exists(path)), None)
STARTS_WITHIN = 60

# Selenium's name of a command, and Marionette's.
COMMANDS = {
    "newSession": "WebDriver:NewSession",
    "get": "WebDriver:Navigate",
    "getTitle": "WebDriver:GetTitle",
    "w3cExecuteScript": "WebDriver:ExecuteScript",
    "w3cExecuteScriptAsync": "WebDriver:ExecuteAsyncScript",
    "setTimeouts": "WebDriver:SetTimeouts",
    "findElement": "WebDriver:FindElement",
    "findElements": "WebDriver:FindElements",
    "clickElement": "WebDriver:ElementClick",
    "sendKeysToElement": "WebDriver:ElementSendKeys",
    "getElementText": "WebDriver:GetElementText",
    "getElementAttribute": "WebDriver:GetElementAttribute",
    "getElementRect": "WebDriver:GetElementRect",
    "isElementDisplayed": "WebDriver:IsElementDisplayed",
    "actions": "WebDriver:PerformActions",
    "clearActionState": "WebDriver:ReleaseActions",
    "screenshot": "WebDriver:TakeScreenshot",
    "printPage": "WebDriver:Print",
    "setWindowRect": "WebDriver:SetWindowRect",
    "setContext": "Marionette:SetContext",
}

# What else Firefox would do by itself is of no use to tests, and asks servers.
PREFERENCES = {
    "app.update.disabledForTesting": True,
    "browser.safebrowsing.update.enabled": False,
    "browser.shell.checkDefaultBrowser": False,
    "datareporting.policy.dataSubmissionEnabled": False,
    "extensions.getAddons.cache.enabled": False,
    "extensions.update.enabled": False,
    "network.captive-portal-service.enabled": False,
    "network.connectivity-service.enabled": False,
    "remote.prefs.recommended": True,
    "services.settings.server": "",
    "toolkit.telemetry.enabled": False,
}


class Marionette:
    """Takes Selenium's commands, as its own connection to a driver program does."""

    def __init__(self, port):
        self.socket = socket.create_connection(("127.0.0.1", port), timeout=120)
        self.pending, self.last = b"", 0
        assert self.receive()["marionetteProtocol"] == 3

    def receive(self):
        while b":" not in self.pending:
            self.more()
        length, _, self.pending = self.pending.partition(b":")
        while len(self.pending) < int(length):
            self.more()
        message, self.pending = self.pending[:int(length)], self.pending[int(length):]
        return json.loads(message)

    def more(self):
        got = self.socket.recv(1 << 16)
        if not got:
            raise ConnectionError("Firefox has closed the connection")
        self.pending += got

    def send(self, command, parameters):
        self.last += 1
        message = json.dumps([0, self.last, command, parameters]).encode()
        self.socket.sendall(str(len(message)).encode() + b":" + message)
        _, answered, error, result = self.receive()
        assert answered == self.last
        return error, result

    def execute(self, command, params):
        params = {key: value for key, value in params.items() if key != "sessionId"}
        if command == "newSession":
            params = {"capabilities": params["capabilities"].get("firstMatch", [{}])[0]}
        error, result = self.send(COMMANDS[command], params)
        if error:
            return {"status": 500, "value": json.dumps({"value": error})}
        if command != "newSession" and isinstance(result, dict) and set(result) == {"value"}:
            result = result["value"]
        return {"value": result}

    def close(self):
        self.socket.close()


def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


class Firefox(WebDriver):
    """With a profile of its own in `folder`, which is there and empty."""

    def __init__(self, folder):
        port = free_port()
        with open(os.path.join(folder, "user.js"), "w", encoding="ascii") as prefs:
            for name, value in {**PREFERENCES, "marionette.port": port}.items():
                prefs.write(f"user_pref({json.dumps(name)}, {json.dumps(value)});\n")
        self.log = open(os.path.join(folder, "firefox.log"), "wb")
        self.process = subprocess.Popen(
            [FIREFOX, "--headless", "--no-remote", "--marionette", "--remote-allow-system-access",
             "--profile", str(folder)], stdin=subprocess.DEVNULL, stdout=self.log, stderr=self.log,
            env={**os.environ, "HOME": str(folder), "MOZ_CRASHREPORTER_DISABLE": "1"},
            start_new_session=True)
        try:
            super().__init__(self.connect(port))
        except BaseException:
            self.stop()
            raise

    def connect(self, port):
        limit = time.monotonic() + STARTS_WITHIN
        while True:
            try:
                return Marionette(port)
            except ConnectionRefusedError:
                assert self.process.poll() is None, "Firefox ended"
                assert time.monotonic() < limit, "Firefox does not listen"
                time.sleep(0.1)

    def inside(self, script, *arguments):
        """Runs a script as a part of Firefox, not of the page."""
        self.execute("setContext", {"value": "chrome"})
        try:
            return self.execute_script(script, *arguments)
        finally:
            self.execute("setContext", {"value": "content"})

    def stop(self):
        """Ends it with all its processes; they are a group of their own."""
        try:
            os.killpg(self.process.pid, signal.SIGKILL)
        except ProcessLookupError:
            pass
        self.process.wait()
        self.log.close()

    def quit(self):
        try:
            self.command_executor.close()
        finally:
            self.stop()
