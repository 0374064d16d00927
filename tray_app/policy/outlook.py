"""For each link of the chain: what renews it, when that is due, and whether it needs a person."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime

from tray_app.model.data_sources import WatchedDataSource
from tray_app.model.health import Link, LinkName, Observations, Outlook
from tray_app.model.renewal import RenewalMethod
from tray_app.model.settings import Thresholds
from tray_app.policy.data_sources import due_at
from tray_app.policy.exercise import ANY_MINT, due_exercises
from tray_app.policy.forecast import expected_failures
from tray_app.policy.health_links import minting_method

_MINTING = (
    RenewalMethod.MINT_PASTED,
    RenewalMethod.MINT_INTEGRATION,
    RenewalMethod.INTEGRATION_REFRESH,
)


def with_outlook(
    links: tuple[Link, ...],
    facts: Observations,
    sources: tuple[WatchedDataSource, ...] | None,
    now: datetime,
    limits: Thresholds,
    *,
    renew_at: datetime | None,
) -> tuple[Link, ...]:
    """Return the links with their outlook. `renew_at` (UTC): when to renew the token in `.env`."""
    failing = {(found.link, found.subject) for found in expected_failures(facts, sources, now)}
    dues = {exercise.method: exercise.due_at for exercise in due_exercises(facts, now)}
    watched = {each.source.id: each for each in sources or ()}

    def outlook(link: Link) -> Outlook:
        if (link.name, link.label) in failing:
            return Outlook(needs_you=True)
        match link.name:
            case LinkName.ACCESS:
                return Outlook(_first_ready(facts, tuple(RenewalMethod)), _renewal(dues, renew_at))
            case LinkName.REFRESH:
                return Outlook(_of_refresh(facts, dues), _renewal(dues, renew_at))
            case LinkName.PERSONAL if minting_method(facts) is RenewalMethod.MINT_INTEGRATION:
                return Outlook(_first_ready(facts, (RenewalMethod.INTEGRATION_REFRESH,)))
            case LinkName.PERSONAL:
                return Outlook()
            case LinkName.SIGN_IN:
                method = _first_ready(facts, (RenewalMethod.INTEGRATION_REFRESH,))
                return Outlook(method, dues.get(RenewalMethod.INTEGRATION_REFRESH))
            case LinkName.DATA_SOURCE:  # pragma: no branch - the last case
                each = watched[link.source_id]
                return Outlook(due_at=due_at(each.source, limits) if each.kept else None)

    return tuple(replace(link, outlook=outlook(link)) for link in links)


def _renewal(dues: dict[RenewalMethod, datetime], renew_at: datetime | None) -> datetime | None:
    """When the pair is renewed next: at the end of its life, or as an exercise."""
    pair = (dues.get(RenewalMethod.SERVICE_REFRESH), dues.get(ANY_MINT))
    return min((at for at in (renew_at, *pair) if at is not None), default=None)


def _of_refresh(facts: Observations, dues: dict[RenewalMethod, datetime]) -> RenewalMethod | None:
    """What brings the next refresh token, or lets this one live longer."""
    if ANY_MINT in dues:
        return _first_ready(facts, _MINTING)
    return _first_ready(facts, tuple(RenewalMethod))


def _first_ready(facts: Observations, methods: tuple[RenewalMethod, ...]) -> RenewalMethod | None:
    return next((method for method in methods if facts.is_ready(method)), None)
