"""`refresh`: renew now; with `--if-due`, do what the tray would do now, for cron."""

from __future__ import annotations

import sys
from contextlib import closing
from dataclasses import replace
from datetime import UTC, datetime
from typing import TYPE_CHECKING

import click

from tray_app import bootstrap
from tray_app.cli.exit_codes import Exit, exit_code_for
from tray_app.cli.options import may_prompt, profile_options, selected_profile
from tray_app.cli.output import echo, echo_lines
from tray_app.cli.status import as_text, print_notices
from tray_app.model.permissions import RENEW
from tray_app.model.printable import printable
from tray_app.model.signs import Colour
from tray_app.text.health import METHOD_NAMES, renewal_outcome
from tray_app.text.report import terminal_headline, terminal_step

if TYPE_CHECKING:
    from tray_app.model.health import Health
    from tray_app.service.engine import Engine


@click.command()
@click.option(
    "--if-due",
    is_flag=True,
    help="Only what is due: renew, exercise, repair .env. Silent if all is well (for cron or Task"
    " Scheduler).",
)
@profile_options
@click.pass_context
def refresh(context: click.Context, *, if_due: bool) -> int:
    """Renew the token now, whatever its state.

    Exit code: as `status`, but at least 1 if there is no new token. With --if-due, as `status`: 0
    also if nothing was due.
    """
    profile = selected_profile(context, may_prompt(RENEW))
    with closing(bootstrap.open_engine(profile)) as engine:
        health = engine.renew_if_due() if if_due else engine.refresh(by_hand=True)
        health = replace(health, next_try_at=None)
    print_notices(engine)
    if if_due:
        _print_what_was_due(engine, health)
        return Exit.CONFIG if engine.config_fault else exit_code_for(health.colour)
    echo(renewal_outcome(health, engine.last_method))
    echo_lines(as_text(health, engine.config.env_file))
    return max(exit_code_for(health.colour), Exit.AMBER if health.renewing.failures else Exit.GREEN)


def _print_what_was_due(engine: Engine, health: Health) -> None:
    """Print what was done on stdout, and what is wrong on stderr, which cron mails."""
    done = [f"Exercised: {METHOD_NAMES[method]}." for method in engine.exercised]
    if engine.last_method is not None:
        done.append(renewal_outcome(health, engine.last_method))
    for sentence in done:
        echo(sentence)
    if health.colour is not Colour.GREEN:
        now = datetime.now(UTC)
        lines = (f"{health.colour}: {terminal_headline(health, now)}", terminal_step(health, now))
        echo_lines("\n".join(printable(line) for line in lines if line), err=True)
    elif not done and sys.stdout.isatty():
        echo("Nothing was due.")
