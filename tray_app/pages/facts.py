"""Gathers what the details page shows. Changes nothing but our own database."""

from __future__ import annotations

import platform
from collections.abc import Collection, Mapping
from datetime import UTC, datetime
from importlib import metadata
from typing import TYPE_CHECKING, NamedTuple

from tray_app import bootstrap
from tray_app.model.details import Details, ProfileDetails
from tray_app.model.errors import ConfigError
from tray_app.system.dirs import APP, CONFIG_NAME, resource

if TYPE_CHECKING:
    from tray_app.model.health import Health

_SHEETS = ("style.css", "details.css")


class Known(NamedTuple):
    """A profile and its health. `attended`: whether the tray or `watch` runs."""

    setup: bootstrap.ProfileContext
    health: Health
    attended: bool


def gather(profiles: Mapping[str, Known], wanted: Collection[str]) -> Details:
    """Return the details of these profiles, by name, as of now.

    `wanted`: the profiles of which more than the health is needed; a single one always is.
    """
    found = tuple(
        _details(name, *known)
        if name in wanted or len(profiles) == 1
        else _health_alone(name, *known)
        for name, known in profiles.items()
    )
    versions = (
        f"{APP} {metadata.version(APP)}",
        f"Python {platform.python_version()}",
        f"{platform.system()} {platform.machine()}",
    )
    return Details(found, datetime.now(UTC), versions)


def style(*more: str) -> str:
    """Return the style sheet of the page, with these files of ours after it. Raises OSError if one
    is missing."""
    folder = resource("assets/pages")
    return "".join((folder / name).read_text(encoding="utf-8") for name in (*_SHEETS, *more))


def _details(
    name: str, setup: bootstrap.ProfileContext, health: Health, attended: bool
) -> ProfileDetails:
    with bootstrap.history(setup) as event_log:
        events, events_fault = event_log.since(), event_log.fault
    return ProfileDetails(
        name=name,
        health=health,
        config=str(setup.config_path),
        env_file=_env_file(setup),
        options=_options(name, setup),
        events=events,
        attended=attended,
        events_fault=events_fault,
    )


def _health_alone(
    name: str, setup: bootstrap.ProfileContext, health: Health, attended: bool
) -> ProfileDetails:
    """Reads nothing: there may be a thousand."""
    config = str(setup.config_path)
    return ProfileDetails(name, health, config, "", options=(), events=(), attended=attended)


def _env_file(setup: bootstrap.ProfileContext) -> str:
    try:
        return bootstrap.read_config(setup).env_file
    except ConfigError:
        return ""


def _options(name: str, setup: bootstrap.ProfileContext) -> tuple[str, ...]:
    """What names this profile in a command."""
    try:
        listed = bootstrap.profiles(setup.folders).all()
    except ConfigError:
        listed = {}
    if listed.get(name) == setup.config_path:
        return "--profile", name
    is_default = not listed and setup.config_path == setup.folders.config / CONFIG_NAME
    return () if is_default else ("--config", str(setup.config_path))
