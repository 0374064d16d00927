"""The chain that keeps the token alive, link by link, as the menu and `status` list it."""

from __future__ import annotations

from datetime import datetime

from tray_app.core.keeping import Watched
from tray_app.core.ladder import presented
from tray_app.core.model import Facts, Link, LinkName, LinkState, Rung, Standing
from tray_app.core.upkeep import known_end

_BY_STANDING: dict[Standing | None, LinkState] = {
    Standing.DEAD: LinkState.REJECTED,
    Standing.FORBIDDEN: LinkState.FORBIDDEN,
    Standing.WRONG_CLIENT: LinkState.WRONG_CLIENT,
    Standing.BAD_REQUEST: LinkState.WRONG_CLIENT,
}


def links(
    facts: Facts, sources: tuple[Watched, ...] | None, now: datetime, *, dead: bool
) -> tuple[Link, ...]:
    """List the links from what `.env` carries down to what a person signs, then the data sources'.

    The integration's sign-in is listed only where an integration is configured.
    """
    chain = [
        _access(facts, dead=dead),
        _renewer(LinkName.REFRESH, Rung.SERVICE_REFRESH, facts, now),
        _renewer(LinkName.PERSONAL, _minting_rung(facts), facts, now),
    ]
    if facts.credentials.integration is not None:
        chain.append(_renewer(LinkName.SIGN_IN, Rung.INTEGRATION_REFRESH, facts, now))
    return (*chain, *(_source(watched) for watched in sources or ()))


def _source(watched: Watched) -> Link:
    """The token of a data source, by which its data flows."""
    return Link(
        LinkName.DATA_SOURCE,
        _source_state(watched),
        expires_at=watched.source.ends,
        source_id=watched.source.id,
        label=watched.name,
    )


def _source_state(watched: Watched) -> LinkState:
    if watched.gone:
        return LinkState.MISSING
    if watched.source.is_disabled:
        return LinkState.DISABLED
    return LinkState.EXPIRED if watched.ended else LinkState.PRESENT


def _access(facts: Facts, *, dead: bool) -> Link:
    token = facts.token
    return Link(
        LinkName.ACCESS,
        _access_state(facts, dead=dead),
        expires_at=facts.ends_at,
        fingerprint=token.fingerprint if token else None,
    )


def _access_state(facts: Facts, *, dead: bool) -> LinkState:
    if facts.token is None:
        return LinkState.MISSING
    if facts.rejected:
        return LinkState.REJECTED
    if dead:
        return LinkState.EXPIRED
    if facts.confirmed_at is None:
        return LinkState.PRESENT
    return LinkState.UNDER_SCOPED if facts.under_scoped else LinkState.WORKS


def _minting_rung(facts: Facts) -> Rung:
    """The rung whose personal access token counts: the first that is ready, pasted before the
    integration's; where none is, the integration's, since that renews itself."""
    held = [
        rung
        for rung in (Rung.MINT_PASTED, Rung.MINT_INTEGRATION)
        if presented(rung, facts.credentials) is not None
    ]
    ready = [rung for rung in held if facts.standings.get(rung) is Standing.READY]
    return next(iter(ready or held[::-1]), Rung.MINT_PASTED)


def _renewer(name: LinkName, rung: Rung, facts: Facts, now: datetime) -> Link:
    """A link that a rung would present."""
    if facts.credentials.locked:
        return Link(name, LinkState.LOCKED)
    token = presented(rung, facts.credentials)
    if token is None:
        return Link(name, LinkState.MISSING)
    ends = known_end(facts, token)
    state = _BY_STANDING.get(facts.standings.get(rung), LinkState.PRESENT)
    if state is LinkState.PRESENT and ends is not None and ends <= now:
        state = _ended(rung, facts)
    return Link(name, state, ends, token.fingerprint)


def _ended(rung: Rung, facts: Facts) -> LinkState:
    """What the integration renews for the mint is missed by nobody until then."""
    renews = facts.standings.get(Rung.INTEGRATION_REFRESH) is Standing.READY
    is_renewed = rung is Rung.MINT_INTEGRATION and renews
    return LinkState.ON_DEMAND if is_renewed else LinkState.EXPIRED
