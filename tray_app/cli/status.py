"""`status`: check once and say what is so; what was so a moment ago; or whatever changes."""

from __future__ import annotations

import sys
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

import click

from tray_app import bootstrap
from tray_app.cli import render
from tray_app.cli.durations import Duration
from tray_app.cli.exit_codes import Exit, exit_of
from tray_app.cli.options import profile_options, selected_profile
from tray_app.cli.output import echo, echo_lines
from tray_app.model.errors import ConfigError
from tray_app.policy.health import not_set_up
from tray_app.text.report import report

if TYPE_CHECKING:
    from tray_app.model.health import Health
    from tray_app.service.engine import Engine


@click.command()
@click.option("--json", "as_json", is_flag=True, help="One JSON object, for programs.")
@click.option(
    "--max-age",
    metavar="DURATION",
    type=Duration(),
    help="Repeat what the last check found, if it is no older (90s, 5m), without asking Webex.",
)
@click.option("--watch", is_flag=True, help="Go on, with a line for each change, until Ctrl-C.")
@profile_options
@click.pass_context
def status(context: click.Context, *, as_json: bool, max_age: timedelta | None, watch: bool) -> int:
    """Check the token once and say what is so.

    Exit code: 0 green, 1 amber, 2 red, 78 when the config cannot be used.
    """
    if watch and max_age is not None:
        raise click.UsageError("--watch checks by itself: it takes no --max-age.")
    setup = selected_profile(context)
    if max_age is not None:
        from tray_app.service import cached_token

        found = cached_token.report(setup.config_path, setup.folders, setup.api_base, max_age)
        if found is not None:
            echo_lines(render.as_json(found) if as_json else render.as_text(found))
            return exit_of(found["object"]["colour"])
    try:
        engine = bootstrap.open_engine(setup)
    except ConfigError as error:
        if as_json:
            said = report(not_set_up(error.faults), None, datetime.now(UTC))
            echo_lines(render.as_json(said))
        raise
    try:
        if watch:
            from tray_app.cli.status_watch import watch_status

            watch_status(engine, as_json=as_json)
        # Once and no more: nobody will try again by itself.
        health = replace(engine.poll(), next_try_at=None)
        fault = engine.config_fault
    finally:
        engine.close()
    say_news(engine)
    said = report(health, engine.config.env_file, datetime.now(UTC))
    echo_lines(render.as_json(said) if as_json else render.as_text(said))
    return Exit.CONFIG if fault else exit_of(health.colour)


def say_news(engine: Engine) -> None:
    """Say on stderr what a person should know beside the health."""
    left = engine.secrets_left_in_config(again=sys.stderr.isatty())
    for sentence in filter(None, (*engine.drain_notices(), left)):
        echo(sentence, err=True)


def as_text(health: Health, env_file: str) -> str:
    """Return the health in lines for a person."""
    return render.as_text(report(health, env_file, datetime.now(UTC)))
