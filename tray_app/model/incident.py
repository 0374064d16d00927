"""What Webex's status page reports."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime


@dataclass(frozen=True, slots=True)
class Incident:
    """An incident that is not over.

    `name`: in one printable line; `since`: when it began (UTC), None if that is not said; `others`:
    how many more there are.
    """

    name: str
    since: datetime | None = None
    others: int = 0
