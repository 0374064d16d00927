"""The chain of credentials that keeps the token alive, as the details page and `status` list it."""

from __future__ import annotations

from datetime import datetime

from tray_app.model.data_sources import WatchedDataSource
from tray_app.model.health import Link, LinkName, LinkState, Observations
from tray_app.model.renewal import Availability, RenewalMethod
from tray_app.policy.exercise import known_expiry
from tray_app.policy.renewal import token_for

_STATES: dict[Availability | None, LinkState] = {
    Availability.DEAD: LinkState.REJECTED,
    Availability.FORBIDDEN: LinkState.FORBIDDEN,
    Availability.WRONG_CLIENT: LinkState.WRONG_CLIENT,
    Availability.BAD_REQUEST: LinkState.WRONG_CLIENT,
}


def links(
    facts: Observations, sources: tuple[WatchedDataSource, ...] | None, now: datetime, *, dead: bool
) -> tuple[Link, ...]:
    """Return the links from the token in `.env` down to the sign-in, then the data sources.

    The sign-in is included only if an integration is configured.
    """
    chain = [
        _access(facts, dead=dead),
        _renewer(LinkName.REFRESH, RenewalMethod.SERVICE_REFRESH, facts, now),
        _renewer(LinkName.PERSONAL, minting_method(facts), facts, now),
    ]
    if facts.credentials.integration is not None:
        chain.append(_renewer(LinkName.SIGN_IN, RenewalMethod.INTEGRATION_REFRESH, facts, now))
    return (*chain, *(_source(watched) for watched in sources or ()))


def _source(watched: WatchedDataSource) -> Link:
    return Link(
        LinkName.DATA_SOURCE,
        _source_state(watched),
        expires_at=watched.source.ends,
        source_id=watched.source.id,
        label=watched.name,
    )


def _source_state(watched: WatchedDataSource) -> LinkState:
    if watched.gone:
        return LinkState.MISSING
    if watched.source.is_disabled:
        return LinkState.DISABLED
    return LinkState.EXPIRED if watched.ended else LinkState.PRESENT


def _access(facts: Observations, *, dead: bool) -> Link:
    token = facts.token
    return Link(
        LinkName.ACCESS,
        _access_state(facts, dead=dead),
        expires_at=facts.ends_at,
        fingerprint=token.fingerprint if token else None,
    )


def _access_state(facts: Observations, *, dead: bool) -> LinkState:
    if facts.token is None:
        return LinkState.MISSING
    if facts.rejected:
        return LinkState.REJECTED
    if dead:
        return LinkState.EXPIRED
    if facts.confirmed_at is None:
        return LinkState.PRESENT
    return LinkState.UNDER_SCOPED if facts.under_scoped else LinkState.WORKS


def minting_method(facts: Observations) -> RenewalMethod:
    """The method whose personal access token is listed: the first that is ready, pasted before the
    integration's; if none is ready, the integration's, since that can be renewed."""
    held = [
        method
        for method in (RenewalMethod.MINT_PASTED, RenewalMethod.MINT_INTEGRATION)
        if token_for(method, facts.credentials) is not None
    ]
    ready = [method for method in held if facts.is_ready(method)]
    return next(iter(ready or held[::-1]), RenewalMethod.MINT_PASTED)


def _renewer(name: LinkName, method: RenewalMethod, facts: Observations, now: datetime) -> Link:
    if facts.credentials.locked:
        return Link(name, LinkState.LOCKED)
    token = token_for(method, facts.credentials)
    if token is None:
        return Link(name, LinkState.MISSING)
    ends = known_expiry(facts, token)
    state = _STATES.get(facts.availabilities.get(method), LinkState.PRESENT)
    if state is LinkState.PRESENT and ends is not None and ends <= now:
        state = _ended(method, facts)
    if state is LinkState.PRESENT and name is LinkName.SIGN_IN and facts.sign_in_unsaved:
        state = LinkState.UNSAVED
    return Link(name, state, ends, token.fingerprint)


def _ended(method: RenewalMethod, facts: Observations) -> LinkState:
    """The integration renews its expired access token only when a mint needs it."""
    renews = facts.is_ready(RenewalMethod.INTEGRATION_REFRESH)
    is_renewed = method is RenewalMethod.MINT_INTEGRATION and renews
    return LinkState.ON_DEMAND if is_renewed else LinkState.EXPIRED
