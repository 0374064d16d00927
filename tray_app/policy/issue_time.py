"""When a pair was issued and which tokens it replaced: may a token found elsewhere be newer?"""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from enum import StrEnum
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from tray_app.model.credentials import Pair
    from tray_app.model.secret import Secret

MAX_REPLACED = 20
"""Replaced tokens that are recorded. With two in a renewal every two weeks that is 20 weeks: longer
than a refresh token lives."""

_ROUNDING = timedelta(seconds=5)
"""Tolerance: Webex reports whole seconds, and clocks differ."""


@dataclass(frozen=True, slots=True)
class Issue:
    """What is stored about a pair. Times are UTC, None if unknown.

    `of`: the marks of the pair's tokens, the access token's first; `issued_at`: when Webex was
    asked for it; `after`: if another program renewed it, when its predecessor was issued;
    `replaced`: the marks of the tokens that it and its predecessors replaced, newest first.
    """

    of: tuple[str, ...] = ()
    issued_at: datetime | None = None
    after: datetime | None = None
    replaced: tuple[str, ...] = ()

    @property
    def not_before(self) -> datetime | None:
        """The earliest time at which the pair can have been issued."""
        return self.issued_at or self.after

    def has_replaced(self, token: Secret) -> bool:
        """Whether the token is known to have been replaced."""
        return mark(token) in self.replaced


def mark(token: Secret) -> str:
    """Return a token's mark: 16 characters of its digest."""
    return token.digest[:16]


def issue_of(held: Pair, kept: Issue) -> Issue:
    """Return what is known of the held pair. `kept`: the stored record.

    The record is of another pair if the program crashed between both entries, or if an earlier
    version, which does not know the second entry, has renewed. That pair was then replaced.
    """
    if kept.of[:1] == _marks(held)[:1]:
        return kept
    gone = replace(kept, replaced=(*kept.of, *kept.replaced))
    return _following(gone, held, None)


def succeeding(former: Issue, held: Pair, new: Pair, issued_at: datetime | None) -> Issue:
    """Return what is known of a pair that replaces the held one.

    `former`: the record of the held one; `issued_at`: when Webex was asked for the new one, None
    if another program asked.
    """
    gone = replace(former, replaced=(*_marks(held), *former.replaced))
    return _following(gone, new, issued_at)


def _following(former: Issue, new: Pair, issued_at: datetime | None) -> Issue:
    current = _marks(new)
    replaced = [each for each in dict.fromkeys(former.replaced) if each not in current]
    after = None if issued_at else former.not_before
    return Issue(current, issued_at, after, tuple(replaced[:MAX_REPLACED]))


def _marks(pair: Pair) -> tuple[str, ...]:
    return tuple(mark(token) for token in (pair.access, pair.refresh) if token is not None)


@dataclass(frozen=True, slots=True)
class Found:
    """What is known of a token that is not the held one. Times are UTC by our clock, None if
    unknown.

    `is_replaced`: whether it is known to have been replaced; `issued_at`: as the token or the
    database says; `used_at`: when it was first used here; `file_changed_at`: when the file that
    has it was last changed.
    """

    is_replaced: bool = False
    issued_at: datetime | None = None
    used_at: datetime | None = None
    file_changed_at: datetime | None = None


class Age(StrEnum):
    """What is known of a token's age, beside the held pair's."""

    UNKNOWN = "unknown"
    """It may be newer."""
    OLDER_FILE = "older-file"
    """Only the time of its file says that it is older: a copy may have kept that of another."""
    OLDER = "older"


def age_of(found: Found, not_before: datetime | None, now: datetime) -> Age:
    """Return how old a token is beside the held pair.

    `not_before`: see `Issue`; ignored if in the future, since the clock was wrong then.
    """
    if found.is_replaced:
        return Age.OLDER
    if not_before is None or not_before > now:
        return Age.UNKNOWN
    if found.issued_at is not None and abs(found.issued_at - not_before) > _ROUNDING:
        return Age.UNKNOWN if found.issued_at > not_before else Age.OLDER
    if found.used_at is not None and found.used_at < not_before:
        return Age.OLDER
    if found.file_changed_at is not None and found.file_changed_at < not_before:
        return Age.OLDER_FILE
    return Age.UNKNOWN
