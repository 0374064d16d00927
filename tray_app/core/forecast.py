"""The forecast: what breaks first, and when, of all that no machine will move. Pure.

What this program renews or exercises by itself (core/upkeep.py) breaks nothing and is not here.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime

from tray_app.core.credentials import Effect, Lifespan
from tray_app.core.keeping import Trait, Watched, trait
from tray_app.core.ladder import presented
from tray_app.core.model import Facts, LinkName, Rung, Standing
from tray_app.core.upkeep import can_mint, effect, known_end, known_life


@dataclass(frozen=True, slots=True)
class Break:
    """A link that will break while nobody does anything. `at` (UTC) is None where it is not known
    when; `subject`: which one, where there may be several of its kind."""

    link: LinkName
    at: datetime | None
    subject: str = ""


def breaks_first(facts: Facts, sources: tuple[Watched, ...] | None, now: datetime) -> Break | None:
    """Return what breaks first; None where nothing will, as far as is known."""
    ahead = (
        found for found in _breaks(facts, sources or (), now) if found.at is None or found.at > now
    )
    return min(ahead, key=_order, default=None)


def last_refresh(facts: Facts, now: datetime) -> Lifespan | None:
    """The life of the service app's refresh token, where that ends for good and nothing mints."""
    if _stands(facts, Rung.SERVICE_REFRESH) and not can_mint(facts, now):
        return _fixed_life(facts, Rung.SERVICE_REFRESH)
    return None


def _breaks(facts: Facts, sources: tuple[Watched, ...], now: datetime) -> Iterator[Break]:
    """Everything that will break while nobody does anything. One line for each kind of link."""
    yield from _access(facts)
    yield from _refresh(facts, now)
    yield from _pasted(facts)
    yield from _sign_in(facts)
    yield from _data_sources(sources)


def _order(found: Break) -> datetime:
    """What has a date comes before what has none: that may be never."""
    return found.at or datetime.max.replace(tzinfo=UTC)


def _access(facts: Facts) -> Iterator[Break]:
    """The token of `.env`, where no rung can renew it."""
    if facts.token is not None and Standing.READY not in facts.standings.values():
        yield Break(LinkName.ACCESS, facts.ends_at)


def _refresh(facts: Facts, now: datetime) -> Iterator[Break]:
    """The service app's refresh token, the last that renews."""
    if (life := last_refresh(facts, now)) is not None:
        yield Break(LinkName.REFRESH, life.ends)


def _pasted(facts: Facts) -> Iterator[Break]:
    """A pasted personal access token renews itself by nothing: it counts where all hangs on it."""
    refresh = presented(Rung.SERVICE_REFRESH, facts.credentials)
    lasts = _stands(facts, Rung.SERVICE_REFRESH) and effect(facts, refresh) is not Effect.FIXED
    by_machine = lasts or _stands(facts, Rung.INTEGRATION_REFRESH)
    if _stands(facts, Rung.MINT_PASTED) and not by_machine:
        yield Break(LinkName.PERSONAL, known_end(facts, facts.credentials.pasted))


def _sign_in(facts: Facts) -> Iterator[Break]:
    """The integration's sign-in, once a renewal has left its end where it was."""
    if _stands(facts, Rung.MINT_CANDIDATE) or not _stands(facts, Rung.INTEGRATION_REFRESH):
        return
    if (life := _fixed_life(facts, Rung.INTEGRATION_REFRESH)) is not None:
        yield Break(LinkName.SIGN_IN, life.ends)


def _data_sources(sources: tuple[Watched, ...]) -> Iterator[Break]:
    """Data sources that nobody keeps alive, or that refuse to be."""
    for watched in sources:
        is_tended = watched.kept and not watched.unattended
        lasts = is_tended and trait(watched) is not Trait.FAILING
        if watched.source.ends is not None and not (lasts or watched.source.is_disabled):
            yield Break(LinkName.DATA_SOURCE, watched.source.ends, watched.name)


def _fixed_life(facts: Facts, rung: Rung) -> Lifespan | None:
    """The life of the rung's refresh token, if no renewal moves its end."""
    token = presented(rung, facts.credentials)
    return known_life(facts, token) if effect(facts, token) is Effect.FIXED else None


def _stands(facts: Facts, rung: Rung) -> bool:
    return facts.standings.get(rung) is Standing.READY
