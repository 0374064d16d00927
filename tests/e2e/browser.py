"""The person's browser in a private session: Debian's Chromium in a window of its own."""

from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from tests.e2e.private_session import Session, end_by_number
from tests.e2e.programs import require

FLAGS = (
    "--no-sandbox",  # as root there is none
    "--no-first-run",
    "--no-default-browser-check",
    "--disable-gpu",
    "--disable-quic",
    "--disable-sync",
    "--disable-component-update",
    "--disable-background-networking",
    "--password-store=basic",  # not the session's keyring, which is the program's
    "--test-type",  # no bar that warns of the flags
    "--window-position=20,40",
    "--window-size=760,620",
)


@contextmanager
def default_browser(session: Session, *more: str) -> Iterator[dict[str, str]]:
    """The environment in which Chromium is the browser that a program opens pages with."""
    require("chromium")
    script, data = session.root / "browser", f"--user-data-dir={session.root / 'chromium'}"
    flags = " ".join((*FLAGS, data, *more))
    # As xdg-open does, it returns at once.
    script.write_text(f'#!/bin/sh\nchromium {flags} "$1" >>{session.log} 2>&1 &\n')
    script.chmod(0o700)
    try:
        yield session.environ | {"BROWSER": str(script)}
    finally:
        # Its processes have an environment of their own; it writes into its folder to the last.
        while numbers := _processes(data):
            end_by_number(numbers)


def picture_folder() -> Path:
    """Where screenshots go, to be looked at."""
    return Path(__file__).parents[2] / "test-results"


def _processes(argument: str) -> list[int]:
    """The processes that were started with that argument."""
    found = []
    for folder in Path("/proc").iterdir():
        with suppress(OSError):
            if folder.name.isdigit() and argument.encode() in (folder / "cmdline").read_bytes():
                found.append(int(folder.name))
    return found
