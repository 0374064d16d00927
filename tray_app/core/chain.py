"""The chain that keeps the token alive, link by link, as the menu and `status` list it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tray_app.core.model import Facts, Link, LinkName, LinkState, Rung, Standing

if TYPE_CHECKING:
    from tray_app.core.secret import Secret

_BY_STANDING = {
    Standing.DEAD: LinkState.REJECTED,
    Standing.FORBIDDEN: LinkState.FORBIDDEN,
    Standing.WRONG_CLIENT: LinkState.WRONG_CLIENT,
    Standing.BAD_REQUEST: LinkState.WRONG_CLIENT,
}


def links(facts: Facts, *, dead: bool) -> tuple[Link, ...]:
    """List the links from what `.env` carries down to what a person signs.

    The integration's sign-in is listed only where an integration is configured.
    """
    creds = facts.credentials
    chain = [
        _link(LinkName.ACCESS, _access_state(facts, dead=dead), facts.token, facts),
        _renewer(LinkName.REFRESH, creds.pair.refresh if creds.pair else None, facts),
        _personal(facts),
    ]
    if creds.integration is not None:
        chain.append(_renewer(LinkName.SIGN_IN, creds.integration.refresh_token, facts))
    return tuple(chain)


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


def _renewer(name: LinkName, token: Secret | None, facts: Facts) -> Link:
    rung = Rung.SERVICE_REFRESH if name is LinkName.REFRESH else Rung.INTEGRATION_REFRESH
    return _link(name, _state(facts.standings.get(rung), token, facts), token, facts)


def _personal(facts: Facts) -> Link:
    """The personal access token that rung 2 would use: pasted first, then the integration's."""
    creds = facts.credentials
    candidates = (
        (Rung.MINT_PASTED, creds.pasted),
        (Rung.MINT_INTEGRATION, creds.integration_access),
    )
    found = [
        (rung, token)
        for rung, token in candidates
        if token is not None and facts.standings.get(rung) is Standing.READY
    ] or [(rung, token) for rung, token in reversed(candidates) if token is not None]
    rung, token = found[0] if found else candidates[0]
    return _link(LinkName.PERSONAL, _state(facts.standings.get(rung), token, facts), token, facts)


def _state(standing: Standing | None, token: Secret | None, facts: Facts) -> LinkState:
    if facts.credentials.locked:
        return LinkState.LOCKED
    if token is None:
        return LinkState.MISSING
    return _BY_STANDING.get(standing, LinkState.PRESENT) if standing else LinkState.PRESENT


def _link(name: LinkName, state: LinkState, token: Secret | None, facts: Facts) -> Link:
    life = facts.lifespans.get(token.digest) if token else None
    return Link(
        name=name,
        state=state,
        expires_at=life.ends if life else None,
        fingerprint=token.fingerprint if token else None,
    )
