"""`authorize`: sign in through the browser."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable
from contextlib import closing
from dataclasses import replace
from datetime import UTC, datetime
from functools import partial
from typing import TYPE_CHECKING

import click

from tray_app import bootstrap
from tray_app.cli.durations import Seconds
from tray_app.cli.exit_codes import Exit, exit_code_for
from tray_app.cli.options import may_prompt, profile_options, selected_profile
from tray_app.cli.output import echo, echo_lines
from tray_app.cli.status import as_text, print_notices
from tray_app.desktop.opener import open_page
from tray_app.desktop.sign_in_page import SignInPage
from tray_app.model.permissions import SET_UP
from tray_app.model.sign_in import SIGN_IN_TIMEOUT
from tray_app.model.snapshot import Snapshot
from tray_app.text.sign_in import sentence
from tray_app.text.times import clock

if TYPE_CHECKING:
    from tray_app.model.health import Health
    from tray_app.model.sign_in import Outcome
    from tray_app.service.engine import Engine
    from tray_app.sign_in.session import SignInSession


@click.command()
@click.option("--no-browser", is_flag=True, help="Print the address and open nothing.")
@click.option(
    "--paste",
    is_flag=True,
    help="Paste the address that the browser ends up on (over ssh, or if the port is taken).",
)
@click.option(
    "--timeout",
    default=SIGN_IN_TIMEOUT,
    show_default=True,
    metavar="SECONDS",
    type=Seconds(1, 3600),
    help="How long to wait for you.",
)
@profile_options
@click.pass_context
def authorize(context: click.Context, *, no_browser: bool, paste: bool, timeout: float) -> int:
    """Sign in to the integration through the browser.

    Exit code: as `status`, but at least 1 if the sign-in did not succeed; 70 if it cannot begin.
    """
    profile = selected_profile(context, may_prompt(SET_UP))
    with closing(bootstrap.open_engine(profile)) as engine:
        outcome, health = sign_in_here(
            engine, echo, browser=not no_browser, paste=paste, timeout=timeout
        )
        health = replace(health, next_try_at=None)
    print_notices(engine)
    echo_lines(as_text(health, engine.config.env_file))
    return max(exit_code_for(health.colour), Exit.GREEN if outcome.succeeded else Exit.AMBER)


def sign_in_here(
    engine: Engine,
    say: Callable[[str], None],
    *,
    browser: bool = True,
    paste: bool = False,
    timeout: float = SIGN_IN_TIMEOUT,
) -> tuple[Outcome, Health]:
    """Let the user sign in, and use the result; returns it, and the health that follows. Blocks
    until then.

    `say`: prints the result, before the browser shows it; `browser`: open one; `paste`: ask for the
    redirect address instead of listening; `timeout`: seconds. Raises CannotSignIn.
    """
    sign_in = engine.begin_sign_in(timeout=timeout, listen=not paste)
    with closing(SignInPage(lambda: engine.config.env_file, attended=False)) as page:
        sign_in.lead_to(page.address)
        _await_answer(sign_in, browser=browser, paste=paste)
        outcome = engine.finish_sign_in(sign_in)
        say(sentence(outcome, datetime.now(UTC)))
        health = engine.judge() if outcome.succeeded else engine.poll()
        page.update(Snapshot(health, signed_in=outcome))
        page.wait_shown()
    return outcome, health


def _await_answer(sign_in: SignInSession, *, browser: bool, paste: bool) -> None:
    _show(sign_in, open_it=browser and not paste)
    if paste:
        _read_pasted(sign_in)
    else:
        echo(f"Waiting until {clock(sign_in.until, datetime.now(UTC))}; Ctrl-C cancels.")
        sign_in.wait()
        for uid in sorted(sign_in.rejected_uids):
            echo(
                f"A browser or program of another user (uid {uid}) connected and was not answered:"
                " only a browser of your own may sign in here, or use --paste.",
                err=True,
            )


def has_screen() -> bool:
    """Whether there may be a desktop to show a browser or an icon."""
    if sys.platform != "linux":
        return True
    return any(os.environ.get(name) for name in ("DISPLAY", "WAYLAND_DISPLAY"))


def _show(sign_in: SignInSession, *, open_it: bool) -> None:
    """Open the page if `open_it`, and in any case print the address."""
    # Without a screen, a text browser would take over the terminal.
    opened = open_it and (has_screen() or bool(os.environ.get("BROWSER")))
    if opened:
        failed = partial(echo, "No browser could be opened.", err=True)
        open_page(sign_in.start_page(), failed)
    # Webex's own address, which works in any browser: only this user sees the terminal.
    echo("If your browser shows nothing, open:" if opened else "Open in a browser:")
    echo(sign_in.url)


def _read_pasted(sign_in: SignInSession) -> None:
    """Ask for the redirect address until it answers this sign-in."""
    echo(
        f"Then copy the address on which the browser ends up ({sign_in.request.redirect.uri}?…);"
        " the browser cannot show that page."
    )
    while not sign_in.read(click.prompt("That address", prompt_suffix=": ")):
        echo("This does not answer this sign-in: copy the whole address.", err=True)
