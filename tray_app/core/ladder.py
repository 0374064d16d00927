"""The ladder: which way up can act now, and what a refusal closes.

Pure: credentials, remembered refusals and `now` in, a rung out. A refusal is remembered under a
key made of the very values that were presented, so that a corrected value opens the rung again
and no token is ever condemned for a wrong client secret.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from datetime import datetime, timedelta

from tray_app.core.answers import Refusal
from tray_app.core.credentials import Credentials
from tray_app.core.model import Mark, Rung, Standing
from tray_app.core.secret import Secret

Tried = frozenset[tuple[Rung, str]]
Marks = Mapping[str, Mark]

FORBIDDEN_FOR = timedelta(hours=24)
"""A missing right is asked for again once a day; a person's click asks at once."""


def standings(
    creds: Credentials,
    marks: Marks,
    now: datetime,
    *,
    tried: Tried = frozenset(),
) -> dict[Rung, Standing]:
    """Say for each rung whether it could act now, in the order in which they are tried.

    `tried`: what this climb has presented already. A climb that a person asked for passes only
    the marks that it made itself: a click puts remembered refusals to the test again.
    """
    return {rung: _standing(rung, creds, marks, now, tried) for rung in Rung}


def without_store(found: Mapping[Rung, Standing]) -> dict[Rung, Standing]:
    """Return the same for a program that ends soon and has no store: the integration's sign-in,
    which it would renew and lose, is left unspent. `.env` keeps the service app's tokens."""
    kept = found[Rung.INTEGRATION_REFRESH] is not Standing.READY
    return {**found} if kept else {**found, Rung.INTEGRATION_REFRESH: Standing.UNSAVED}


def next_rung(
    creds: Credentials,
    marks: Marks,
    now: datetime,
    *,
    tried: Tried = frozenset(),
) -> Rung | None:
    """Return the first rung that can act, or None when a person is needed."""
    found = standings(creds, marks, now, tried=tried)
    return next((rung for rung, standing in found.items() if standing is Standing.READY), None)


def presented(rung: Rung, creds: Credentials) -> Secret | None:
    """Return the token that this rung would present."""
    match rung:
        case Rung.SERVICE_REFRESH:
            return creds.pair.refresh if creds.pair else None
        case Rung.MINT_CANDIDATE:
            return creds.candidate.access if creds.candidate else None
        case Rung.MINT_PASTED:
            return creds.pasted
        case Rung.MINT_INTEGRATION:
            return creds.integration_access
        case Rung.INTEGRATION_REFRESH:  # pragma: no branch - the last there is
            return creds.integration.refresh_token if creds.integration else None


def mark_keys(creds: Credentials) -> frozenset[str]:
    """Return every key under which a refusal of these credentials may be remembered."""
    return frozenset(mark_key(rung, refusal, creds) for rung in Rung for refusal in Refusal)


def mark_key(rung: Rung, refusal: Refusal, creds: Credentials) -> str:
    """Return the key under which this refusal of this rung is remembered."""
    token = presented(rung, creds)
    digest = token.digest if token else ""
    app = creds.app
    match refusal:
        case Refusal.WRONG_CLIENT:
            return _key("client", *_client(rung, creds))
        case Refusal.BAD_REQUEST:
            return _key("mint", *_client(rung, creds), app.app_id, app.target_org_id)
        case Refusal.FORBIDDEN if rung is Rung.MINT_INTEGRATION:
            # By the account's client, not by the token: a renewed token has the same rights.
            account = creds.integration.client_id if creds.integration else ""
            return _key("right", account, app.app_id, app.target_org_id)
        case Refusal.FORBIDDEN:
            return _key("right", digest, app.app_id, app.target_org_id)
        case Refusal.REJECTED:  # pragma: no branch - the last there is
            return _key("dead", digest, *_client(rung, creds))


def _standing(
    rung: Rung, creds: Credentials, marks: Marks, now: datetime, tried: Tried
) -> Standing:
    if creds.locked:
        return Standing.LOCKED
    token = presented(rung, creds)
    if token is None or not all(_client(rung, creds)):
        return Standing.MISSING
    if _has_acted(rung, token, tried):
        return Standing.TRIED
    closed = _closed(rung, creds, marks, now, tried)
    if closed is Standing.READY and rung is Rung.INTEGRATION_REFRESH:
        # It only serves the mint: where that stays closed whatever the token, it serves nobody.
        return _mint_stays_closed(creds, marks, now, tried)
    return closed


def _has_acted(rung: Rung, token: Secret, tried: Tried) -> bool:
    """Each rung acts once in a climb, so that every climb ends, even where each answer brings a
    new refresh token. Only the mint acts again, with what the integration has just renewed."""
    if rung is Rung.MINT_INTEGRATION:
        return (rung, token.digest) in tried
    return any(step is rung for step, _ in tried)


def _closed(rung: Rung, creds: Credentials, marks: Marks, now: datetime, tried: Tried) -> Standing:
    def found(refusal: Refusal) -> Mark | None:
        return marks.get(mark_key(rung, refusal, creds))

    if found(Refusal.WRONG_CLIENT):
        return Standing.WRONG_CLIENT
    if is_mint(rung) and found(Refusal.BAD_REQUEST):
        return Standing.BAD_REQUEST
    if found(Refusal.REJECTED):
        return Standing.DEAD
    if _forbidden(rung, creds, marks, now, tried):
        return Standing.FORBIDDEN
    return Standing.READY


def _mint_stays_closed(creds: Credentials, marks: Marks, now: datetime, tried: Tried) -> Standing:
    rung = Rung.MINT_INTEGRATION
    if not all(_client(rung, creds)):
        return Standing.MISSING
    if marks.get(mark_key(rung, Refusal.WRONG_CLIENT, creds)):
        return Standing.WRONG_CLIENT
    if marks.get(mark_key(rung, Refusal.BAD_REQUEST, creds)):
        return Standing.BAD_REQUEST
    minted_already = any(step is rung for step, _ in tried)
    if not minted_already and _forbidden(rung, creds, marks, now, tried):
        return Standing.FORBIDDEN
    return Standing.READY


def _forbidden(rung: Rung, creds: Credentials, marks: Marks, now: datetime, tried: Tried) -> bool:
    """A 403 holds for a day; a token renewed in this climb gets its one try all the same."""
    mark = marks.get(mark_key(rung, Refusal.FORBIDDEN, creds))
    # abs(): a mark from the future, after the clock was set back, holds no longer than that.
    if mark is None or abs(now - mark.at) >= FORBIDDEN_FOR:
        return False
    renewed_now = any(step is Rung.INTEGRATION_REFRESH for step, _ in tried)
    return not (rung is Rung.MINT_INTEGRATION and renewed_now)


def is_mint(rung: Rung) -> bool:
    """Whether the rung has a personal access token mint a pair."""
    return rung in (Rung.MINT_CANDIDATE, Rung.MINT_PASTED, Rung.MINT_INTEGRATION)


def _client(rung: Rung, creds: Credentials) -> tuple[str, str]:
    """Client id and the digest of its secret; an empty string for what is not known."""
    if rung is Rung.INTEGRATION_REFRESH:
        client = creds.integration
        if client is None:
            return "", ""
        return client.client_id, client.client_secret.digest if client.client_secret else ""
    app = creds.app
    return app.client_id, app.client_secret.digest if app.client_secret else ""


def _key(*parts: str) -> str:
    # Each part is preceded by its length: no two lists of parts give the same text.
    return hashlib.sha256("".join(f"{len(part)}:{part}" for part in parts).encode()).hexdigest()
