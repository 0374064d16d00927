"""What the details page shows: facts only, no secret and no wording."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from datetime import datetime

    from tray_app.model.events import Event
    from tray_app.model.health import Health


@dataclass(frozen=True, slots=True)
class ProfileDetails:
    """One profile.

    `name`: "" if it has none; `options`: what names it in a command; `env_file`: "" if the config
    cannot be read; `events`: all that are kept, oldest first; `attended`: whether the tray or
    `watch` runs; `events_fault`: why the events cannot be read, as a clause about the database.
    """

    name: str
    health: Health
    config: str
    env_file: str
    options: tuple[str, ...]
    events: tuple[Event, ...]
    attended: bool
    events_fault: str = ""


@dataclass(frozen=True, slots=True)
class Details:
    """All profiles, at `at` (UTC). `versions`: of this program, Python and the system."""

    profiles: tuple[ProfileDetails, ...]
    at: datetime
    versions: tuple[str, ...]
