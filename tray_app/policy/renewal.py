"""The renewal methods: which one can act now, and which ones a refusal rules out.

A refusal is recorded under a key made of the values that were presented. So a corrected value makes
the method available again, and no token is ever given up because of a wrong client secret.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from datetime import datetime, timedelta

from tray_app.model.credentials import Credentials
from tray_app.model.failures import Refusal
from tray_app.model.renewal import Availability, RecordedRefusal, RenewalMethod
from tray_app.model.secret import Secret

Tried = frozenset[tuple[RenewalMethod, str]]
Refusals = Mapping[str, RecordedRefusal]

FORBIDDEN_FOR = timedelta(hours=24)
"""A missing permission is tried again once a day; your click tries at once."""


def availabilities(
    creds: Credentials, refusals: Refusals, now: datetime, *, tried: Tried = frozenset()
) -> dict[RenewalMethod, Availability]:
    """Return for each method whether it could act now, in the order in which they are tried.

    `tried`: what this renewal has presented already. A renewal that you ask for passes only its
    own refusals, so that your click tries the earlier ones again.
    """
    return {method: _availability(method, creds, refusals, now, tried) for method in RenewalMethod}


def without_store(found: Mapping[RenewalMethod, Availability]) -> dict[RenewalMethod, Availability]:
    """Return the same for a command without a secret store: it leaves the integration's sign-in
    unused, since the new one would be lost. `.env` keeps the service app's tokens."""
    kept = found[RenewalMethod.INTEGRATION_REFRESH] is not Availability.READY
    return {**found} if kept else {**found, RenewalMethod.INTEGRATION_REFRESH: Availability.UNSAVED}


def next_method(
    creds: Credentials, refusals: Refusals, now: datetime, *, tried: Tried = frozenset()
) -> RenewalMethod | None:
    """Return the first method that can act; None if a person is needed."""
    found = availabilities(creds, refusals, now, tried=tried)
    return next((method for method, can in found.items() if can is Availability.READY), None)


def token_for(method: RenewalMethod, creds: Credentials) -> Secret | None:
    """Return the token that this method presents."""
    match method:
        case RenewalMethod.SERVICE_REFRESH:
            return creds.pair.refresh if creds.pair else None
        case RenewalMethod.MINT_CANDIDATE:
            return creds.candidate.access if creds.candidate else None
        case RenewalMethod.MINT_PASTED:
            return creds.personal_token
        case RenewalMethod.MINT_INTEGRATION:
            return creds.integration_access
        case RenewalMethod.INTEGRATION_REFRESH:  # pragma: no branch - the last case
            return creds.integration.refresh_token if creds.integration else None


def refusal_keys(creds: Credentials) -> frozenset[str]:
    """Return every key under which a refusal of these credentials may be recorded."""
    return frozenset(
        refusal_key(method, refusal, creds) for method in RenewalMethod for refusal in Refusal
    )


def forbidden_keys(creds: Credentials) -> tuple[str, ...]:
    """Return the keys of the permissions to mint that an admin may have given meanwhile."""
    return tuple(refusal_key(m, Refusal.FORBIDDEN, creds) for m in RenewalMethod if is_mint(m))


def refusal_key(method: RenewalMethod, refusal: Refusal, creds: Credentials) -> str:
    """Return the key under which this refusal of this method is recorded."""
    token = token_for(method, creds)
    digest = token.digest if token else ""
    app = creds.app
    match refusal:
        case Refusal.WRONG_CLIENT:
            return _key("client", *_client(method, creds))
        case Refusal.BAD_REQUEST:
            return _key("mint", *_client(method, creds), app.app_id, app.target_org_id)
        case Refusal.FORBIDDEN if method is RenewalMethod.MINT_INTEGRATION:
            # By client, not by token: a renewed token has the same permissions.
            account = creds.integration.client_id if creds.integration else ""
            return _key("right", account, app.app_id, app.target_org_id)
        case Refusal.FORBIDDEN:
            return _key("right", digest, app.app_id, app.target_org_id)
        case Refusal.REJECTED:  # pragma: no branch - the last case
            return _key("dead", digest, *_client(method, creds))


def _availability(
    method: RenewalMethod, creds: Credentials, refusals: Refusals, now: datetime, tried: Tried
) -> Availability:
    if creds.locked:
        return Availability.LOCKED
    token = token_for(method, creds)
    if token is None or not all(_client(method, creds)):
        return Availability.MISSING
    if _was_tried(method, token, tried):
        return Availability.TRIED
    availability = _availability_after_refusals(method, creds, refusals, now, tried)
    if availability is Availability.READY and method is RenewalMethod.INTEGRATION_REFRESH:
        # It only serves minting: no use if that is ruled out whatever the token.
        method = RenewalMethod.MINT_INTEGRATION
        if not all(_client(method, creds)):
            return Availability.MISSING
        return _availability_after_refusals(method, creds, refusals, now, tried, renewed=True)
    return availability


def _was_tried(method: RenewalMethod, token: Secret, tried: Tried) -> bool:
    """Each method acts once in a renewal, so that it ends even if each response brings a new
    refresh token. Only minting acts again, with the token that the integration has just renewed."""
    if method is RenewalMethod.MINT_INTEGRATION:
        return (method, token.digest) in tried
    return any(step is method for step, _ in tried)


def _availability_after_refusals(
    method: RenewalMethod,
    creds: Credentials,
    refusals: Refusals,
    now: datetime,
    tried: Tried,
    *,
    renewed: bool = False,
) -> Availability:
    """`renewed`: of minting with the token that a renewal would bring."""

    def found(refusal: Refusal) -> RecordedRefusal | None:
        return refusals.get(refusal_key(method, refusal, creds))

    if found(Refusal.WRONG_CLIENT):
        return Availability.WRONG_CLIENT
    if is_mint(method) and found(Refusal.BAD_REQUEST):
        return Availability.BAD_REQUEST
    if found(Refusal.REJECTED) and not renewed:
        return Availability.DEAD
    minted_already = renewed and any(step is method for step, _ in tried)
    if not minted_already and _forbidden(method, creds, refusals, now, tried):
        return Availability.FORBIDDEN
    return Availability.READY


def _forbidden(
    method: RenewalMethod, creds: Credentials, refusals: Refusals, now: datetime, tried: Tried
) -> bool:
    """A 403 counts for a day. A token renewed meanwhile gets one try all the same."""
    mark = refusals.get(refusal_key(method, Refusal.FORBIDDEN, creds))
    # abs(): a record from the future (the clock was set back) counts no longer, either.
    if mark is None or abs(now - mark.at) >= FORBIDDEN_FOR:
        return False
    renewed_now = any(step is RenewalMethod.INTEGRATION_REFRESH for step, _ in tried)
    return not (method is RenewalMethod.MINT_INTEGRATION and renewed_now)


def is_mint(method: RenewalMethod) -> bool:
    """Whether the method mints a pair with a personal access token."""
    return method in (
        RenewalMethod.MINT_CANDIDATE,
        RenewalMethod.MINT_PASTED,
        RenewalMethod.MINT_INTEGRATION,
    )


def _client(method: RenewalMethod, creds: Credentials) -> tuple[str, str]:
    """Client id and the digest of its secret; "" if unknown."""
    client = creds.integration if method is RenewalMethod.INTEGRATION_REFRESH else creds.app
    if client is None:
        return "", ""
    return client.client_id, client.client_secret.digest if client.client_secret else ""


def _key(*parts: str) -> str:
    # Lengths make the text unambiguous.
    return hashlib.sha256("".join(f"{len(part)}:{part}" for part in parts).encode()).hexdigest()
