"""Open a file, a folder or a page with the program that the person uses for it."""

from __future__ import annotations

import logging
import os
import sys
import threading
from collections.abc import Callable
from pathlib import Path

from tray_app.system.hardening import child_environment

log = logging.getLogger(__name__)


PORTAL = "https://developer.webex.com"
CONTROL_HUB = "https://admin.webex.com"


def open_page(url: str, failed: Callable[[], None]) -> None:
    """Open the page in the person's browser, and return at once; `failed`: there is none.

    In a thread: a browser in the terminal, such as lynx, does not return before it ends.
    """
    threading.Thread(target=_open_page, args=(url, failed), name="opener", daemon=True).start()


def _open_page(url: str, failed: Callable[[], None]) -> None:
    import webbrowser

    # Every user of the machine can read a command line. The address of our start page has a key
    # that works once; it is never logged.
    if not webbrowser.open(url):
        log.warning("no browser could be opened")
        failed()


def open_path(path: Path) -> None:
    """Open it and return at once; where that fails, the log says so."""
    threading.Thread(target=_open, args=(path,), name="opener", daemon=True).start()


def _open(path: Path) -> None:
    import subprocess

    try:
        if sys.platform == "win32":
            os.startfile(path)  # noqa: S606 - the person's own file, chosen by a click
            return
        program = "open" if sys.platform == "darwin" else "xdg-open"
        done = subprocess.run(  # noqa: S603 - the person's own file, and no shell
            [program, str(path)], env=child_environment(), check=False, capture_output=True
        )
    except OSError as error:
        log.warning("%s cannot be opened: %s", path, error.strerror)
    else:
        if done.returncode:
            log.warning("%s could not open %s (exit %d)", program, path, done.returncode)
