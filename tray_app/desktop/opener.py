"""Opens a file, a folder or a page with the user's program for it."""

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
    """Open the page in the user's browser; `failed` is called if there is none. Returns at once.

    In a thread, because a browser in the terminal, such as lynx, returns only when it ends.
    """
    threading.Thread(target=_open_page, args=(url, failed), name="opener", daemon=True).start()


def _open_page(url: str, failed: Callable[[], None]) -> None:
    import webbrowser

    # Every user of this machine can read a command line, so the key in the address of our start
    # page works only once. The address is never logged.
    if not webbrowser.open(url):
        log.warning("no browser could be opened")
        failed()


def open_path(path: Path) -> None:
    """Open it. Returns at once; a failure is logged."""
    threading.Thread(target=_open, args=(path,), name="opener", daemon=True).start()


def _open_on_windows(path: Path) -> None:
    """Open it, with Notepad if no program is for such files: a new Windows has none for JSON."""
    if sys.platform == "win32":  # for mypy
        try:
            os.startfile(path)  # noqa: S606 - the user's own file, chosen by a click
        except OSError:
            notepad = Path(os.environ.get("SYSTEMROOT", r"C:\Windows"), "notepad.exe")
            os.startfile(notepad, "open", f'"{path}"')  # noqa: S606


def _open(path: Path) -> None:
    import subprocess

    try:
        if sys.platform == "win32":
            _open_on_windows(path)
            return
        program = "open" if sys.platform == "darwin" else "xdg-open"
        done = subprocess.run(  # noqa: S603 - the user's own file, and no shell
            [program, str(path)], env=child_environment(), check=False, capture_output=True
        )
    except OSError as error:
        log.warning("%s cannot be opened: %s", path, error.strerror)
    else:
        if done.returncode:
            log.warning("%s could not open %s (exit %d)", program, path, done.returncode)
