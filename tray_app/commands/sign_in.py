"""A person's sign-in in the browser, from a terminal: shown, waited for, completed."""

from __future__ import annotations

import os
import sys
from datetime import UTC, datetime
from functools import partial
from typing import TYPE_CHECKING

import click

from tray_app.commands.output import echo
from tray_app.core.sign_in import PATIENCE
from tray_app.core.times import clock
from tray_app.desktop.opener import open_page

if TYPE_CHECKING:
    from tray_app.core.sign_in import Outcome
    from tray_app.engine import Engine, SignIn


def sign_in_here(
    engine: Engine, *, browser: bool = True, paste: bool = False, patience: float = PATIENCE
) -> Outcome:
    """Have the person sign in, and take it as far as it leads.

    `browser`: whether to open one; `paste`: the redirected address is taken by hand; `patience`:
    seconds for the person. Raises CannotSignIn.
    """
    sign_in = engine.begin_sign_in(patience=patience, listen=not paste)
    _show(sign_in, open_it=browser and not paste)
    if paste:
        _read(sign_in)
    else:
        echo(f"Waiting until {clock(sign_in.until, datetime.now(UTC))}; Ctrl-C cancels.")
        sign_in.wait()
        for uid in sorted(sign_in.turned_away):
            echo(
                f"A browser or program of another user (uid {uid}) connected and was not answered:"
                " only a browser of your own may sign in here, or use --paste.",
                err=True,
            )
    return engine.finish_sign_in(sign_in)


def has_screen() -> bool:
    """Whether a desktop may be there to show something."""
    if sys.platform != "linux":
        return True
    return any(os.environ.get(name) for name in ("DISPLAY", "WAYLAND_DISPLAY"))


def _show(sign_in: SignIn, *, open_it: bool) -> None:
    """Give the person the page: opened, and in any case as an address of a line of its own."""
    # In a terminal without a screen, a browser would take that over.
    opened = open_it and (has_screen() or bool(os.environ.get("BROWSER")))
    if opened:
        failed = partial(echo, "No browser could be opened.", err=True)
        open_page(sign_in.start_page(), failed)
    # Webex's own address: the terminal is this person's alone, and it works in any browser.
    echo("If your browser shows nothing, open:" if opened else "Open in a browser:")
    echo(sign_in.url)


def _read(sign_in: SignIn) -> None:
    """Take the address to which the browser was sent back, though nothing answers there."""
    echo(
        f"Then copy the address of the page it ends on ({sign_in.request.redirect.uri}?…),"
        " though that page cannot be shown."
    )
    while not sign_in.read(click.prompt("That address", prompt_suffix=": ")):
        echo("This is not the answer to this sign-in: copy the whole address.", err=True)
