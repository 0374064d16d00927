"""Why nothing renews by itself, and who can mend it."""

from __future__ import annotations

from tray_app.core.answers import Refusal, Trouble
from tray_app.core.keeping import Failing
from tray_app.core.model import Facts, Reason, Rung, Standing, Who

# A sign-in that has not proven itself for this app yet may be of a wrong account: what it is
# refused says nothing of the others.
PROVEN = tuple(rung for rung in Rung if rung is not Rung.MINT_CANDIDATE)


def why_unable(facts: Facts) -> tuple[Reason, Who]:
    """Say why no rung can act alone, or none helps: the one cause whose cure helps first."""
    found = facts.standings

    def any_is(standing: Standing, *rungs: Rung) -> bool:
        return any(found.get(rung) is standing for rung in rungs)

    if facts.env_fault:
        return Reason.ENV_FAULT, Who.YOU
    if any_is(Standing.LOCKED, *Rung):
        return Reason.STORE_FAULT if facts.store_fault else Reason.KEYRING_LOCKED, Who.YOU
    if facts.config_fault:
        return Reason.CONFIG_FAULT, Who.YOU
    if facts.unreachable:
        return Reason.KEYRING_UNREACHABLE, Who.YOU
    if facts.credentials.app.client_secret is None:
        return Reason.APP_SECRET_MISSING, Who.DEVELOPER
    if any_is(Standing.WRONG_CLIENT, *(r for r in Rung if r is not Rung.INTEGRATION_REFRESH)):
        return Reason.WRONG_APP_SECRET, Who.DEVELOPER
    if any_is(Standing.BAD_REQUEST, *Rung):
        return Reason.WRONG_APP_IDS, Who.YOU
    if any_is(Standing.FORBIDDEN, *PROVEN):
        # Of an organization that has not authorized the app: a slip, where `.env` names another.
        return (Reason.FOREIGN_ORG, Who.YOU) if facts.foreign_org else (Reason.FORBIDDEN, Who.ADMIN)
    if any_is(Standing.WRONG_CLIENT, Rung.INTEGRATION_REFRESH):
        return Reason.WRONG_INTEGRATION_SECRET, Who.DEVELOPER
    if any_is(Standing.UNSAVED, Rung.INTEGRATION_REFRESH):
        return Reason.MEMORY_ONLY, Who.YOU
    if (cause := why_not_signed_in(facts)) is not None:
        return cause
    if any_is(Standing.DEAD, Rung.MINT_PASTED):
        return Reason.PERSONAL_TOKEN_ENDED, Who.YOU
    return Reason.NOTHING_TO_RENEW_WITH, Who.YOU


def why_not_signed_in(facts: Facts) -> tuple[Reason, Who] | None:
    """Say what the integration lacks, None where it lacks nothing or none is configured."""
    integration = facts.credentials.integration
    if integration is None or is_signed_in_anew(facts):
        return None
    if facts.unreachable and None in (integration.client_secret, integration.refresh_token):
        return Reason.KEYRING_UNREACHABLE, Who.YOU
    if integration.client_secret is None:
        return Reason.INTEGRATION_SECRET_MISSING, Who.DEVELOPER
    if facts.standings.get(Rung.INTEGRATION_REFRESH) is Standing.DEAD:
        return Reason.SIGN_IN_ENDED, Who.YOU
    if integration.refresh_token is None:
        return Reason.SIGN_IN_MISSING, Who.YOU
    return None


def is_signed_in_anew(facts: Facts) -> bool:
    """Whether somebody has just signed in: it is about to be proven."""
    return facts.standings.get(Rung.MINT_CANDIDATE) is Standing.READY


def source_owner(failing: Failing | None) -> Who:
    """Who can get a data source going again."""
    if failing is not None and failing.trouble is not None:
        return blame(failing.trouble)
    if failing is not None and failing.refusal is Refusal.FORBIDDEN:
        return Who.ADMIN
    return Who.YOU


def blame(trouble: Trouble | None) -> Who:
    """Who can end a trouble: Webex where Webex answered, else the network."""
    if trouble is None:
        return Who.YOU
    if trouble in (Trouble.THROTTLED, Trouble.SERVER_ERROR):
        return Who.WEBEX
    if trouble is Trouble.BUSY:
        return Who.ITSELF
    return Who.NETWORK
