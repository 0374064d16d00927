"""Which data sources are kept alive, when each gets its next token, and which is worth a word.

Opt-in: `kept` are the ids that a person has ticked. A disabled one is silent whatever else is so.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from hashlib import sha256
from typing import TYPE_CHECKING

from tray_app.core.answers import Refusal
from tray_app.core.data_sources import DataSource, mismatch, names
from tray_app.core.events import GRANTED

if TYPE_CHECKING:
    from tray_app.core.answers import Trouble
    from tray_app.core.health import Limits
    from tray_app.core.model import Facts


@dataclass(frozen=True, slots=True)
class Failing:
    """Failed extensions of one data source in a row; the last one: why, and when it is tried again
    (UTC). `trouble`: no answer; `refusal`: Webex's no; `detail`: what was said."""

    failures: int
    again_at: datetime
    trouble: Trouble | None = None
    refusal: Refusal | None = None
    detail: str = ""

    def is_like(self, other: Failing) -> bool:
        """Whether it fails for the same reason."""
        return self._why == other._why

    @property
    def _why(self) -> tuple[object, ...]:
        return self.trouble, self.refusal, self.detail


@dataclass(frozen=True, slots=True)
class Extension:
    """What came of extending a data source. `until`: the new end (UTC), None where not told.

    Without success: `trouble`, no answer; or `refusal`, Webex's no; or neither, where nothing was
    sent; `detail`: what was said.
    """

    source_id: str
    name: str
    until: datetime | None = None
    trouble: Trouble | None = None
    refusal: Refusal | None = None
    detail: str = ""
    tracking_id: str = ""

    @property
    def succeeded(self) -> bool:
        """Whether it has a new token, or another process has just given it one."""
        return not (self.trouble or self.refusal or self.detail)

    @property
    def outcome(self) -> str:
        """Its name in the history, and in the log."""
        if self.succeeded:
            return GRANTED
        return self.trouble or self.refusal or self.detail


@dataclass(frozen=True, slots=True)
class Watched:
    """A data source as it is watched over.

    `kept`: a person wants it kept alive; `unattended`: nothing runs that does so; `ended`: its
    token is dead; `near`: dead, or will be before long; `mismatch`: in what its token contradicts
    it; `gone`: Webex does not list it, all that is known is its id.
    """

    source: DataSource
    name: str
    kept: bool = False
    ended: bool = False
    near: bool = False
    mismatch: str = ""
    gone: bool = False
    failing: Failing | None = None
    unattended: bool = False


def watch(facts: Facts, now: datetime, limits: Limits) -> tuple[Watched, ...] | None:
    """Return those that Webex lists, then those that are kept and gone; None where not known."""
    if facts.sources is None:
        return None
    named = names(facts.sources)
    target = facts.credentials.app.target_org_id
    listed = [
        Watched(
            source,
            named[source.id],
            kept=source.id in facts.kept,
            ended=is_ended(source, now, limits),
            near=_nears_its_end(source, now, limits),
            mismatch=mismatch(source, target),
            failing=facts.keeping.get(source.id),
            unattended=not facts.attended,
        )
        for source in facts.sources
    ]
    gone = sorted(facts.kept - set(named))
    return (*listed, *(Watched(DataSource(i), i[:8], kept=True, gone=True) for i in gone))


def chosen(text: str, sources: tuple[Watched, ...]) -> tuple[Watched, ...]:
    """Return those that a person may mean: by id or name, else by the beginning of the id."""
    exact = tuple(each for each in sources if text in (each.source.id, each.name))
    return exact or tuple(each for each in sources if text and each.source.id.startswith(text))


def is_ended(source: DataSource, now: datetime, limits: Limits) -> bool:
    """Whether its token is dead, and data has stopped."""
    return source.ends is not None and now > source.ends + limits.skew


def _nears_its_end(source: DataSource, now: datetime, limits: Limits) -> bool:
    if source.ends is None:
        return False
    within = limits.source_within
    if source.length is not None:
        within = min(within, source.length * limits.window_share)
    return now >= source.ends - within


def due_at(source: DataSource, limits: Limits) -> datetime | None:
    """Say when a kept one is to be extended (UTC); None where its end is not told.

    A quarter of its life before the end, ten minutes at least, half of a short life at most; and
    earlier by up to half of that, each by its own share: what was registered together does not
    fall due together.
    """
    if source.ends is None:
        return None
    lead = limits.extend_ahead
    if source.length is not None:
        lead = min(max(lead, source.length * limits.window_share), source.length / 2)
    return source.ends - lead * (1 + _share(source.id) / 2)


def _share(source_id: str) -> float:
    """A number in [0, 1) that is always the same for this data source."""
    return int.from_bytes(sha256(source_id.encode()).digest()[:4]) / 2**32


LONGEST_WAIT = timedelta(minutes=30)


def longest_wait(source: DataSource | None, now: datetime) -> timedelta:
    """Say how long failures may put off the next try: half an hour at most, and no more than a
    tenth of what is left of its life."""
    if source is None or source.ends is None:
        return LONGEST_WAIT
    return min(LONGEST_WAIT, max(source.ends - now, timedelta(0)) / 10)


def next_due(
    source: DataSource, failing: Failing | None, now: datetime, limits: Limits, longest: timedelta
) -> datetime | None:
    """Say when to extend a kept one next, with its failures reckoned in; None where never.

    `longest`: no back-off lasts longer; one that seems to was begun before the clock was set back.
    """
    due = None if source.is_disabled else due_at(source, limits)
    if due is None or failing is None or failing.again_at - now > longest:
        return due
    return max(due, failing.again_at)


# --- what is worth a word -------------------------------------------------------------------------


class Trait(StrEnum):
    """What may be wrong with a data source, the one that can cost most first."""

    STOPPED = "stopped"
    """Kept alive, and its token is dead all the same."""
    FAILING = "failing"
    """Kept alive, and that is refused; or unanswered, and its end is near."""
    ENDING = "ending"
    """Near its end or past it, and nobody keeps it alive."""
    MISMATCH = "mismatch"
    GONE = "gone"


@dataclass(frozen=True, slots=True)
class Worry:
    """The data source that is named. `more`: how many others are no better."""

    watched: Watched
    more: int = 0


def trait(watched: Watched) -> Trait | None:
    """Say what is wrong with it; None where nothing is, or it is disabled."""
    failing, source = watched.failing, watched.source
    if source.is_disabled:
        return None
    if watched.gone:
        return Trait.GONE
    if watched.kept and watched.ended:
        return Trait.STOPPED
    # A token that Webex rejects is the trouble of the rows above.
    refused = (
        failing is not None and failing.trouble is None and failing.refusal is not Refusal.REJECTED
    )
    # One whose end nobody tells cannot be kept alive.
    if watched.kept and (source.ends is None or refused or (failing and watched.near)):
        return Trait.FAILING
    if watched.near and (watched.unattended or not watched.kept):
        return Trait.ENDING
    return Trait.MISMATCH if watched.mismatch else None


def worries(watched: tuple[Watched, ...] | None) -> Mapping[Trait, Worry]:
    """Return what is to be named for each trait: the one that ends or ended first."""
    found: dict[Trait, list[Watched]] = {}
    for each in watched or ():
        what = trait(each)
        if what is not None:
            found.setdefault(what, []).append(each)
    return {what: Worry(min(all_, key=_urgency), len(all_) - 1) for what, all_ in found.items()}


def _urgency(watched: Watched) -> tuple[float, str]:
    ends = watched.source.ends
    return ends.timestamp() if ends else math.inf, watched.source.id
