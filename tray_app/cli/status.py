"""`status`: check once and print the state; or repeat the last check's; or print every change."""

from __future__ import annotations

import json
import sys
from collections.abc import Mapping
from contextlib import closing
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, NoReturn

import click

from tray_app import bootstrap
from tray_app.cli import render, streams
from tray_app.cli.durations import Duration
from tray_app.cli.exit_codes import Exit, exit_code_for
from tray_app.cli.options import only_one, profile_options, selected_profiles
from tray_app.cli.output import echo, echo_lines
from tray_app.model.errors import ConfigError
from tray_app.model.health import Health, Reason
from tray_app.model.local_time import local
from tray_app.model.printable import printable
from tray_app.model.renewal import RenewalMethod, Renewing
from tray_app.model.signs import Colour
from tray_app.policy.health import not_set_up
from tray_app.text import health as health_text
from tray_app.text.report import report, terminal_headline, terminal_step

if TYPE_CHECKING:
    from tray_app.service.engine import Engine

_WATCH_INTERVAL = 1.0
"""Seconds between two looks at the files, and at what other processes have found out."""

_ERROR, _WARNING, _NOTICE, _INFO = 3, 4, 5, 6
_PASSING = (Reason.CHECKING, Reason.CANNOT_CHECK, Reason.RENEWING)
_SEVERITIES = {Colour.RED: _ERROR, Colour.AMBER: _WARNING, Colour.GREEN: _INFO}


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
    """Check the token once and say what is true.

    Several profiles are listed with the worst first; --json then prints an object with one entry
    for each name.

    Exit code: 0 green, 1 amber, 2 red; with several profiles, that of the worst; 78 if the only
    config cannot be used.
    """
    if watch and max_age is not None:
        raise click.UsageError("--watch checks by itself: it takes no --max-age.")
    profiles = selected_profiles(context)
    if len(profiles) > 1 and not watch and max_age is None:
        return _print_all(profiles, as_json=as_json)
    profile = only_one(profiles)
    if max_age is not None:
        from tray_app.service import cached_token

        found = cached_token.report(profile.config_path, profile.folders, profile.api_base, max_age)
        if found is not None:
            echo_lines(render.as_json(found) if as_json else render.as_text(found))
            return exit_code_for(found["object"]["colour"])
    try:
        engine = bootstrap.open_engine(profile)
    except ConfigError as error:
        if as_json:
            result = report(not_set_up(error.faults), None, datetime.now(UTC))
            echo_lines(render.as_json(result))
        raise
    with closing(engine):
        if watch:
            _watch(engine, as_json=as_json)
        health = replace(engine.poll(), next_try_at=None)  # nothing tries again after this process
        fault = engine.config_fault
    result = report(health, engine.config.env_file, datetime.now(UTC))
    echo_lines(render.as_json(result) if as_json else render.as_text(result))
    print_notices(engine)
    return Exit.CONFIG if fault else exit_code_for(health.colour)


def _print_all(profiles: Mapping[str, bootstrap.ProfileContext], *, as_json: bool) -> int:
    """Check each, and print the worst first. Returns the exit code of the worst."""
    from tray_app.text.profiles import summary_line, worst_first

    found: dict[str, tuple[Health, str | None]] = {}
    shared = bootstrap.Shared(next(iter(profiles.values())))
    with closing(shared):
        for name, profile in profiles.items():
            found[name] = looked_at(profile, shared)
    now, healths = datetime.now(UTC), {name: health for name, (health, _) in found.items()}
    names = worst_first(healths)
    reports = {name: report(*found[name], now) for name in names}
    if as_json:
        objects = {name: each["object"] for name, each in reports.items()}
        echo_lines(json.dumps(objects, indent=2))
    else:
        echo(summary_line(healths, len(healths), now))
        for name, each in reports.items():
            echo_lines(f"\n{render.styled(printable(name), bold=True)}\n{render.as_text(each)}")
    return exit_code_for(healths[names[0]].colour)


def looked_at(
    profile: bootstrap.ProfileContext, shared: bootstrap.Shared | None
) -> tuple[Health, str | None]:
    """Check one of several, and return its health and its `.env`; a config that cannot be used is
    a state, too."""
    try:
        engine = bootstrap.open_engine(profile, shared)
    except ConfigError as error:
        return not_set_up(error.faults), None
    with closing(engine):
        health = replace(engine.poll(), next_try_at=None)  # nothing tries again after this process
    print_notices(engine)
    return health, engine.config.env_file


def print_notices(engine: Engine) -> None:
    """Print on stderr what you should know beside the health."""
    left = engine.secrets_left_in_config(again=sys.stderr.isatty())
    for sentence in filter(None, (*engine.drain_notices(), left)):
        echo(sentence, err=True)


def as_text(health: Health, env_file: str) -> str:
    """Return the health in lines for a person."""
    return render.as_text(report(health, env_file, datetime.now(UTC)))


@dataclass(frozen=True, slots=True)
class Line:
    """A line of output, without its line feed. `severity`: as in syslog, 3 error to 6 info."""

    text: str
    severity: int = _NOTICE


def health_line(health: Health, now: datetime, last_method: RenewalMethod | None = None) -> Line:
    """Return the state and the next step. `last_method`: the method that has just renewed."""
    parts = [terminal_headline(health, now), terminal_step(health, now)]
    if last_method is not None:
        parts.insert(0, health_text.renewal_outcome(health, last_method).rstrip("."))
    text = ". ".join(part for part in parts if part)
    severity = _NOTICE if health.reason in _PASSING else _SEVERITIES[health.colour]
    return Line(f"{health.colour}: {text}", severity)


def differs(one: Health, other: Health) -> bool:
    """Whether the change is worth a line: the time of a check or of the next try is not."""
    return _stable_part(one) != _stable_part(other)


def _stable_part(health: Health) -> Health:
    """The health without what a line does not show, or what changes all the time."""
    return replace(
        health,
        links=(),
        checked_at=None,
        waits_until=None,
        confirmed_at=None,
        next_try_at=None,
        unanswered=None,
        renewing=Renewing(),
    )


def _watch(engine: Engine, *, as_json: bool) -> NoReturn:
    """Check by the engine's timetable and print each change. Renews nothing.

    Raises BrokenPipeError once nothing reads the output any more."""
    printed: Health | None = None
    health = engine.poll()
    while True:
        health = replace(health, next_try_at=None)  # this process tries nothing again
        if printed is None or differs(health, printed):
            printed = health
            _print_change(health, engine.config.env_file, as_json=as_json)
        for sentence in engine.drain_notices():
            echo(sentence, err=True)
        streams.wait_while_read(_WATCH_INTERVAL)
        health = _current_health(engine)


def _current_health(engine: Engine) -> Health:
    due = engine.next_check
    if engine.files_edited() or due is None or datetime.now(UTC) >= due:
        return engine.poll()
    return engine.reload() if engine.facts_changed() else engine.judge()


def _print_change(health: Health, env_file: str, *, as_json: bool) -> None:
    now = datetime.now(UTC)
    if as_json:
        echo_lines(render.as_json(report(health, env_file, now), indent=None))
        return
    colour, colon, text = health_line(health, now).text.partition(":")
    head = render.coloured(f"{colour}{colon}", colour)
    echo(f"{local(now):%Y-%m-%d %H:%M:%S}  {head}{text}")
