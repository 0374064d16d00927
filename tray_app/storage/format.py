"""What each format of an output can do. All are pure: text in, text out."""

from __future__ import annotations

from abc import ABC, abstractmethod
from dataclasses import dataclass
from datetime import datetime

from tray_app.model.credentials import Pair

BOM = "\ufeff"


class CannotPlace(Exception):
    """Why the tokens cannot be put into a text, as a clause. It holds nothing of the text."""


@dataclass(frozen=True, slots=True)
class Contents:
    """What is written. `expires_at`: of the access token (UTC), None if unknown."""

    pair: Pair
    expires_at: datetime | None = None


class Format(ABC):
    """One format, with the names of one output."""

    __slots__ = ()

    @abstractmethod
    def tokens(self, text: str) -> tuple[str | None, str | None]:
        """Return access and refresh token as a reader finds them, None for one that is not there;
        neither of a text in another format."""

    @abstractmethod
    def place(self, text: str, contents: Contents) -> str:
        """Return the text with the tokens in it. Raises CannotPlace."""

    @abstractmethod
    def has_names(self, text: str) -> bool:
        """Whether the text has a place for one of the tokens, whatever stands there."""

    def is_ours(self, text: str) -> bool:
        """Whether the text was made for tokens of Webex, so that a link may lead to it."""
        return self.has_names(text)

    @abstractmethod
    def is_format(self, text: str) -> bool:
        """Whether tokens can be put into the text without harm to anything else."""

    def candidates(self, text: str) -> tuple[str, ...]:
        """Return what may be the access token, to compare with the one that should be there."""
        return tuple(filter(None, self.tokens(text)[:1]))
