"""`refresh`: climb the ladder now."""

from __future__ import annotations

from dataclasses import replace

import click

from tray_app import wiring
from tray_app.commands.exits import Exit, exit_of
from tray_app.commands.profile import chosen_setup, profile_options
from tray_app.commands.status import as_text, say_news
from tray_app.core.wording import outcome


@click.command()
@profile_options
@click.pass_context
def refresh(context: click.Context) -> int:
    """Renew the token now, whatever its state.

    Exit code: as `status`; a refresh that brought no new token is 1 at least.
    """
    engine = wiring.open_engine(chosen_setup(context))
    try:
        health = replace(engine.refresh(by_hand=True), next_try_at=None)
    finally:
        engine.close()
    say_news(engine)
    click.echo(outcome(health, engine.answered))
    click.echo(as_text(health, engine.config.env_file))
    return max(exit_of(health.colour), Exit.AMBER if health.renewing.failures else Exit.GREEN)
