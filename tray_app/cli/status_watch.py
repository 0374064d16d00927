"""`status --watch`: what is so, and from then on a line a change. Renews nothing."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime
from typing import TYPE_CHECKING, NoReturn

from tray_app.cli import render, streams
from tray_app.cli.lines import differs, health_line
from tray_app.cli.output import echo, echo_lines
from tray_app.model.local_time import local
from tray_app.text.report import report

if TYPE_CHECKING:
    from tray_app.model.health import Health
    from tray_app.service.engine import Engine

_GLANCE = 1.0
"""Seconds between two looks at what other processes have found out, and at the files."""


def watch_status(engine: Engine, *, as_json: bool) -> NoReturn:
    """Check by the engine's timetable, and say what changes, until the process is interrupted.
    Raises BrokenPipeError once nobody reads the output any more."""
    told: Health | None = None
    health = engine.poll()
    while True:
        health = replace(health, next_try_at=None)  # nobody here will act by itself
        if told is None or differs(health, told):
            told = health
            _say(health, engine.config.env_file, as_json=as_json)
        for sentence in engine.drain_notices():
            echo(sentence, err=True)
        streams.wait_while_read(_GLANCE)
        health = _look(engine)


def _look(engine: Engine) -> Health:
    due = engine.next_check
    if engine.files_edited() or due is None or datetime.now(UTC) >= due:
        return engine.poll()
    return engine.reload() if engine.facts_changed() else engine.judge()


def _say(health: Health, env_file: str, *, as_json: bool) -> None:
    now = datetime.now(UTC)
    if as_json:
        echo_lines(render.as_json(report(health, env_file, now), indent=None))
        return
    colour, colon, said = health_line(health, now).text.partition(":")
    head = render.in_its_colour(f"{colour}{colon}", colour)
    echo(f"{local(now):%Y-%m-%d %H:%M:%S}  {head}{said}")
