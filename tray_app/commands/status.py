"""`status`: check once and say what is so."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

import click

from tray_app import wiring
from tray_app.commands.exits import Exit, exit_of
from tray_app.commands.profile import chosen_setup, profile_options
from tray_app.core import wording
from tray_app.core.errors import ConfigError
from tray_app.core.forecast import Break
from tray_app.core.health import not_set_up
from tray_app.core.model import Health, Link

if TYPE_CHECKING:
    from tray_app.engine import Engine


@click.command()
@click.option("--json", "as_json", is_flag=True, help="One JSON object, for programs.")
@profile_options
@click.pass_context
def status(context: click.Context, *, as_json: bool) -> int:
    """Check the token once and say what is so.

    Exit code: 0 green, 1 amber, 2 red, 78 when the config cannot be used.
    """
    setup = chosen_setup(context)
    try:
        engine = wiring.open_engine(setup)
    except ConfigError as error:
        if as_json:
            click.echo(json.dumps(as_object(not_set_up(error.faults), None), indent=2))
        raise
    try:
        # Once and no more: nobody will try again by itself.
        health = replace(engine.poll(), next_try_at=None)
        env_file, fault = engine.config.env_file, engine.config_fault
    finally:
        engine.close()
    say_news(engine)
    if as_json:
        click.echo(json.dumps(as_object(health, env_file), indent=2))
    else:
        click.echo(as_text(health, env_file))
    return Exit.CONFIG if fault else exit_of(health.colour)


def say_news(engine: Engine) -> None:
    """Say on stderr what a person should know beside the health."""
    for sentence in engine.take_news():
        click.echo(sentence, err=True)


def as_text(health: Health, env_file: str) -> str:
    """Return the health in lines for a person."""
    now = datetime.now(UTC)
    lines = [
        f"{health.colour}: {wording.headline(health, now)}",
        wording.step_line(health, now),
        *_forecast(health, now),
        *(f"  {wording.link_line(link, now)}" for link in health.links),
        wording.checked_line(health, now),
        wording.renewal_line(health),
        f".env: {env_file}",
    ]
    return "\n".join(line for line in lines if line)


def _forecast(health: Health, now: datetime) -> tuple[str, ...]:
    """What breaks first, where the headline does not say it already."""
    line = wording.forecast_line(health, now)
    return () if line in wording.headline(health, now) else (line,)


def as_object(health: Health, env_file: str | None) -> dict[str, Any]:
    """Return the health for `--json`. Times are ISO 8601 in UTC; no secret, only fingerprints."""
    now = datetime.now(UTC)
    return {
        "colour": str(health.colour),
        "shape": str(health.shape),
        "row": health.row,
        "reason": str(health.reason),
        "headline": wording.headline(health, now),
        "next_step": wording.next_step(health, now) or None,
        "who": str(health.who) if health.who else None,
        "until": iso(health.until),
        "checked_at": iso(health.checked_at),
        "confirmed_at": iso(health.confirmed_at),
        "breaks_first": _break(health.breaks_first) if health.breaks_first else None,
        "env_file": env_file,
        "links": [_link(link) for link in health.links],
    }


def _break(found: Break) -> dict[str, str | None]:
    return {"name": str(found.link), "subject": found.subject or None, "at": iso(found.at)}


def _link(link: Link) -> dict[str, str | None]:
    return {
        "name": str(link.name),
        "state": str(link.state),
        "expires_at": iso(link.expires_at),
        "fingerprint": link.fingerprint,
        "data_source": link.source_id or None,
    }


def iso(at: datetime | None) -> str | None:
    """Return a time as every `--json` has it: ISO 8601, UTC, whole seconds."""
    return at.astimezone(UTC).isoformat(timespec="seconds").replace("+00:00", "Z") if at else None
