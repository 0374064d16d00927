"""`authorize`: a person signs in through the browser."""

from __future__ import annotations

import os
import sys
from dataclasses import replace
from datetime import UTC, datetime
from typing import TYPE_CHECKING

import click

from tray_app import wiring
from tray_app.commands.exits import Exit, exit_of
from tray_app.commands.patience import patiently
from tray_app.commands.profile import chosen_setup, profile_options
from tray_app.commands.status import as_text, say_news
from tray_app.core.sign_in import PATIENCE, sentence
from tray_app.core.wording import clock
from tray_app.desktop.opener import open_page

if TYPE_CHECKING:
    from tray_app.engine import SignIn


@click.command()
@click.option("--no-browser", is_flag=True, help="Print the address; open nothing.")
@click.option(
    "--paste",
    is_flag=True,
    help="Take the redirected address by hand (over ssh, or where the port is taken).",
)
@click.option(
    "--timeout",
    default=PATIENCE,
    show_default=True,
    metavar="SECONDS",
    type=click.FloatRange(1, 3600),
    help="How long to wait for the person.",
)
@profile_options
@click.pass_context
def authorize(context: click.Context, *, no_browser: bool, paste: bool, timeout: float) -> int:
    """Sign in through the browser, when the integration's consent has ended.

    Exit code: as `status`; a sign-in without success is 1 at least, 70 where it cannot begin.
    """
    engine = wiring.open_engine(chosen_setup(context))
    try:
        sign_in = engine.begin_sign_in(patience=timeout, listen=not paste)
        _show(sign_in, open_it=not (no_browser or paste))
        if paste:
            _read(sign_in)
        else:
            click.echo(f"Waiting until {clock(sign_in.until, datetime.now(UTC))}; Ctrl-C cancels.")
            sign_in.wait()
        with patiently():
            outcome = engine.finish_sign_in(sign_in)
        health = engine.judge() if outcome.succeeded else engine.poll()
        health = replace(health, next_try_at=None)
    finally:
        engine.close()
    say_news(engine)
    click.echo(sentence(outcome, datetime.now(UTC)))
    click.echo(as_text(health, engine.config.env_file))
    return max(exit_of(health.colour), Exit.GREEN if outcome.succeeded else Exit.AMBER)


def _show(sign_in: SignIn, *, open_it: bool) -> None:
    """Give the person the page: opened, and in any case as an address of a line of its own."""
    opened = open_it and _has_desktop()
    if opened:
        open_page(sign_in.url, lambda: click.echo("No browser could be opened.", err=True))
    click.echo("If your browser shows nothing, open:" if opened else "Open in a browser:")
    click.echo(sign_in.url)


def _read(sign_in: SignIn) -> None:
    """Take the address to which the browser was sent back, though nothing answers there."""
    click.echo(
        f"Then copy the address of the page it ends on ({sign_in.request.redirect.uri}?…),"
        " though that page cannot be shown."
    )
    while not sign_in.read(click.prompt("That address", prompt_suffix=": ")):
        click.echo("This is not the answer to this sign-in: copy the whole address.", err=True)


def _has_desktop() -> bool:
    """Whether a browser has a place to open; in a terminal it would take that over."""
    if sys.platform != "linux":
        return True
    return any(os.environ.get(name) for name in ("DISPLAY", "WAYLAND_DISPLAY", "BROWSER"))
