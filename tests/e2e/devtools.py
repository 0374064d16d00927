"""Debian's Chromium without a window, driven through its own protocol (CDP) over a pipe."""

from __future__ import annotations

import base64
import itertools
import json
import os
import subprocess
import sys
import time
from collections import defaultdict, deque
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

from tests.e2e.browser import FLAGS
from tests.e2e.programs import require

_START = """
import fcntl, os, sys
read, write, *command = sys.argv[1:]
read, write = (fcntl.fcntl(int(each), fcntl.F_DUPFD, 10) for each in (read, write))
os.dup2(read, 3)
os.dup2(write, 4)
os.execvp(command[0], command)
"""
"""The browser reads descriptor 3 and writes descriptor 4."""

_FLAGS = (*FLAGS, "--headless", "--remote-debugging-pipe", "--hide-scrollbars")


class Browser:
    """A browser that runs: to start it takes a second of a core, so one is for many tests."""

    def __init__(self, commands: int, answers: int) -> None:
        self._commands, self._answers = commands, answers
        self._numbers = itertools.count(1)
        self._received = b""
        self._messages: dict[str, deque[dict[str, Any]]] = defaultdict(deque)

    @contextmanager
    def person(self) -> Iterator[Chromium]:
        """A tab for somebody else: with cookies and a cache of its own, as in another browser."""
        context = self.call("Target.createBrowserContext")["browserContextId"]
        about = {"url": "about:blank", "browserContextId": context}
        target = self.call("Target.createTarget", **about)["targetId"]
        attached = self.call("Target.attachToTarget", targetId=target, flatten=True)
        try:
            yield Chromium(self, attached["sessionId"])
        finally:
            self.call("Target.disposeBrowserContext", browserContextId=context)

    def call(self, method: str, session: str = "", **params: Any) -> dict[str, Any]:
        """Call a method of the protocol, of the tab with this session, and return its result."""
        number = next(self._numbers)
        message: dict[str, Any] = {"id": number, "method": method, "params": params}
        if session:
            message["sessionId"] = session
        os.write(self._commands, json.dumps(message).encode() + b"\0")
        while True:
            answer = self.next_message(session)
            if answer.get("id") == number:
                assert "error" not in answer, answer["error"]
                result: dict[str, Any] = answer["result"]
                return result

    def next_message(self, session: str) -> dict[str, Any]:
        """The next message for this tab; those for others are kept."""
        while not self._messages[session]:
            while b"\0" not in self._received:
                piece = os.read(self._answers, 1 << 20)
                assert piece, "the browser has ended"
                self._received += piece
            text, _, self._received = self._received.partition(b"\0")
            message: dict[str, Any] = json.loads(text)
            self._messages[message.get("sessionId", "")].append(message)
        return self._messages[session].popleft()


class Chromium:
    """One tab of a browser."""

    def __init__(self, browser: Browser, session: str) -> None:
        self._browser, self._session = browser, session
        self.call("Page.enable")

    def call(self, method: str, **params: Any) -> dict[str, Any]:
        """Call a method of the protocol and return its result."""
        return self._browser.call(method, self._session, **params)

    def open(self, address: str) -> None:
        """Go there, and wait until the page is loaded."""
        self.call("Page.navigate", url=address)
        self.wait_loaded()

    def wait_loaded(self) -> None:
        """Wait for the end of a load that has just begun."""
        while self._browser.next_message(self._session).get("method") != "Page.loadEventFired":
            pass

    def run(self, script: str) -> Any:
        """Return the value of this JavaScript; the page's own policy does not apply to it."""
        done = self.call("Runtime.evaluate", expression=script, returnByValue=True)
        assert "exceptionDetails" not in done, done
        return done["result"].get("value")

    def wait(self, condition: str, seconds: float = 60) -> None:
        """Wait until this JavaScript is true, on this page or on one that follows by itself."""
        deadline = time.monotonic() + seconds
        while True:
            with suppress(AssertionError):  # between two pages there is nothing to ask
                if self.run(condition) is True:
                    return
            if time.monotonic() > deadline:
                page = self.run("document.body ? document.body.innerText : ''")
                raise AssertionError(f"not {condition!r}:\n{page}")
            time.sleep(0.05)

    def look(self, *, dark: bool = False, width: int = 1000, height: int = 800) -> None:
        """Show pages like this from now on."""
        scheme = {"name": "prefers-color-scheme", "value": "dark" if dark else "light"}
        self.call("Emulation.setEmulatedMedia", media="", features=[scheme])
        self.call(
            "Emulation.setDeviceMetricsOverride",
            width=width,
            height=height,
            deviceScaleFactor=1,
            mobile=False,
        )

    def picture(self, path: Path) -> None:
        """Write the whole page as a picture."""
        taken = self.call("Page.captureScreenshot", captureBeyondViewport=True, format="png")
        path.write_bytes(base64.b64decode(taken["data"]))

    def print_page(self, path: Path) -> None:
        """Write the page as it is printed, as PDF."""
        printed = self.call("Page.printToPDF", printBackground=False, paperWidth=8.27)
        path.write_bytes(base64.b64decode(printed["data"]))


@contextmanager
def chromium(folder: Path) -> Iterator[Browser]:
    """Start the browser with a profile in this folder; skips the test if there is none."""
    require("chromium")
    read, commands = os.pipe()
    answers, write = os.pipe()
    start = [sys.executable, "-I", "-c", _START, str(read), str(write)]
    with subprocess.Popen(
        [*start, "chromium", *_FLAGS, f"--user-data-dir={folder}"],
        pass_fds=(read, write),
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    ) as browser:
        os.close(read)
        os.close(write)
        try:
            yield Browser(commands, answers)
        finally:
            os.close(commands)
            os.close(answers)
            browser.terminate()
            browser.wait(60)
