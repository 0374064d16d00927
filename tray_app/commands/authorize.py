"""`authorize`: a person signs in through the browser."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime

import click

from tray_app import wiring
from tray_app.commands.exits import Exit, exit_of
from tray_app.commands.output import echo, echo_lines
from tray_app.commands.profile import chosen_setup, may_prompt, profile_options
from tray_app.commands.sign_in import sign_in_here
from tray_app.commands.status import as_text, say_news
from tray_app.core.permissions import SET_UP
from tray_app.core.sign_in import PATIENCE, sentence


@click.command()
@click.option("--no-browser", is_flag=True, help="Print the address and open nothing.")
@click.option(
    "--paste",
    is_flag=True,
    help="Paste the address that the browser ends up on (over ssh, or if the port is taken).",
)
@click.option(
    "--timeout",
    default=PATIENCE,
    show_default=True,
    metavar="SECONDS",
    type=click.FloatRange(1, 3600),
    help="How long to wait for you.",
)
@profile_options
@click.pass_context
def authorize(context: click.Context, *, no_browser: bool, paste: bool, timeout: float) -> int:
    """Sign in to the integration through the browser.

    Exit code: as `status`, but at least 1 if the sign-in did not succeed; 70 if it cannot begin.
    """
    engine = wiring.open_engine(chosen_setup(context, may_prompt(SET_UP)))
    try:
        outcome = sign_in_here(engine, browser=not no_browser, paste=paste, patience=timeout)
        health = engine.judge() if outcome.succeeded else engine.poll()
        health = replace(health, next_try_at=None)
    finally:
        engine.close()
    say_news(engine)
    echo(sentence(outcome, datetime.now(UTC)))
    echo_lines(as_text(health, engine.config.env_file))
    return max(exit_of(health.colour), Exit.GREEN if outcome.succeeded else Exit.AMBER)
