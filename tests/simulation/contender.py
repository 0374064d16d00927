"""Who keeps a token alive in the simulation, and what a person makes of what it says."""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum
from typing import Protocol


class Asks(StrEnum):
    """What is asked of a person."""

    NOTHING = "nothing"
    IN_TIME = "in-time"  # to sign in before a day that is named
    NOW = "now"  # nothing else can renew the token any more


class Contender(Protocol):
    """One way of keeping the token in `.env` alive. Whatever it does takes no time."""

    next_at: datetime
    """When it acts next by itself."""

    @property
    def asks(self) -> Asks:
        """What it wants of a person now."""

    @property
    def asked_by(self) -> datetime | None:
        """The day that is named, if one is."""

    def wake(self, *, fresh: bool) -> None:
        """The machine is awake; `fresh`: the program was not running."""

    def act(self) -> None:
        """Check, and renew where it thinks fit."""

    def repeats(self) -> bool:
        """Whether a check now would find what the last one found, since Webex would answer the
        same, and do nothing; then the next one is planned instead."""

    def refresh(self) -> None:
        """A person clicks, or runs the script by hand."""

    def sign_in(self) -> None:
        """A person signs in, in the browser."""

    def close(self) -> None:
        """It is over."""
