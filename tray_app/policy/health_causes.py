"""Why no method can renew, and who can fix it."""

from __future__ import annotations

from tray_app.model.data_sources import ExtensionFailure
from tray_app.model.failures import Refusal, TransportFailure
from tray_app.model.health import Fixer, Observations, Reason
from tray_app.model.renewal import Availability, RenewalMethod
from tray_app.policy import organization

# A new sign-in may be of a wrong account until it has minted: a refusal says nothing of the others.
PROVEN = tuple(method for method in RenewalMethod if method is not RenewalMethod.MINT_CANDIDATE)


def cause_of_no_renewal(facts: Observations) -> tuple[Reason, Fixer]:
    """Return why no method can act, or none helps: the cause to fix first."""
    found = facts.availabilities

    def any_is(availability: Availability, *methods: RenewalMethod) -> bool:
        return any(found.get(method) is availability for method in methods)

    if facts.env_fault:
        return Reason.ENV_FAULT, Fixer.YOU
    if any_is(Availability.LOCKED, *RenewalMethod):
        return Reason.STORE_FAULT if facts.store_fault else Reason.KEYRING_LOCKED, Fixer.YOU
    if facts.config_fault:
        return Reason.CONFIG_FAULT, Fixer.YOU
    if facts.unreachable:
        return Reason.KEYRING_UNREACHABLE, Fixer.YOU
    if facts.credentials.app.client_secret is None:
        return Reason.APP_SECRET_MISSING, Fixer.DEVELOPER
    if any_is(
        Availability.WRONG_CLIENT,
        *(r for r in RenewalMethod if r is not RenewalMethod.INTEGRATION_REFRESH),
    ):
        return Reason.WRONG_APP_SECRET, Fixer.DEVELOPER
    if any_is(Availability.BAD_REQUEST, *RenewalMethod):
        return Reason.WRONG_APP_IDS, Fixer.YOU
    if any_is(Availability.FORBIDDEN, *PROVEN):
        return _why_forbidden(facts)
    if any_is(Availability.WRONG_CLIENT, RenewalMethod.INTEGRATION_REFRESH):
        return Reason.WRONG_INTEGRATION_SECRET, Fixer.DEVELOPER
    if any_is(Availability.UNSAVED, RenewalMethod.INTEGRATION_REFRESH):
        return Reason.MEMORY_ONLY, Fixer.YOU
    if (cause := why_not_signed_in(facts)) is not None:
        return cause
    if any_is(Availability.DEAD, RenewalMethod.MINT_PASTED):
        return Reason.PERSONAL_TOKEN_ENDED, Fixer.YOU
    return Reason.NOTHING_TO_RENEW_WITH, Fixer.YOU


def _why_forbidden(facts: Observations) -> tuple[Reason, Fixer]:
    """Not authorized by the organization. If `.env` names another one, targetOrgId is the suspect:
    to offer the refresh again that was just refused leads nowhere."""
    if _is_blocked(facts) and not facts.foreign_org:
        return Reason.BLOCKED, Fixer.ADMIN
    is_doubted = bool(organization.doubt(Reason.FORBIDDEN, facts))
    return Reason.FORBIDDEN, Fixer.YOU if is_doubted else Fixer.ADMIN


def _is_blocked(facts: Observations) -> bool:
    """Whether the app has lost its authorization, or is blocked in Control Hub: Webex refuses the
    pair before its end. Else a 403 may also mean that the account lacks the permission to mint."""
    life, asked = facts.lifespan, facts.checked_at
    is_early = life is not None and asked is not None and asked < life.ends
    refresh = facts.availabilities.get(RenewalMethod.SERVICE_REFRESH)
    return facts.rejected and is_early and refresh is Availability.DEAD


def why_not_signed_in(facts: Observations) -> tuple[Reason, Fixer] | None:
    """Return what the integration lacks; None for nothing, or without an integration."""
    integration = facts.credentials.integration
    if integration is None or is_signed_in_anew(facts):
        return None
    if facts.unreachable and None in (integration.client_secret, integration.refresh_token):
        return Reason.KEYRING_UNREACHABLE, Fixer.YOU
    if integration.client_secret is None:
        return Reason.INTEGRATION_SECRET_MISSING, Fixer.DEVELOPER
    if facts.availabilities.get(RenewalMethod.INTEGRATION_REFRESH) is Availability.DEAD:
        return Reason.SIGN_IN_ENDED, Fixer.YOU
    if integration.refresh_token is not None:
        return None
    refused = facts.availabilities.get(RenewalMethod.MINT_CANDIDATE) is Availability.FORBIDDEN
    if refused and not organization.has_worked(facts):
        return Reason.FORBIDDEN, Fixer.YOU  # the organization id may be wrong, or the account
    return Reason.SIGN_IN_MISSING, Fixer.YOU


def is_signed_in_anew(facts: Observations) -> bool:
    """Whether there is a new sign-in that has not minted yet."""
    return facts.is_ready(RenewalMethod.MINT_CANDIDATE)


def source_fixer(failing: ExtensionFailure | None) -> Fixer:
    """Return who can fix a data source."""
    if failing is not None and failing.failure is not None:
        return failure_fixer(failing.failure)
    if failing is not None and failing.refusal is Refusal.FORBIDDEN:
        return Fixer.ADMIN
    return Fixer.YOU


def failure_fixer(failure: TransportFailure | None) -> Fixer:
    """Return who can fix a failure: Webex if it answered, else the network."""
    if failure is None:
        return Fixer.YOU
    if failure in (TransportFailure.THROTTLED, TransportFailure.SERVER_ERROR):
        return Fixer.WEBEX
    if failure is TransportFailure.BUSY:
        return Fixer.ITSELF
    return Fixer.NETWORK
