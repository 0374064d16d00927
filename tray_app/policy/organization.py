"""Whether the organization id of the config may be wrong."""

from __future__ import annotations

from tray_app.model.health import Fixer, Health, Observations, Reason
from tray_app.model.sign_in import Outcome, SignInResult
from tray_app.model.signs import Colour
from tray_app.model.webex_ids import organization_uuid, token_organization

ODD = "the organization id does not look like one"
FOREIGN_TOKEN = ".env holds another organization's token"  # noqa: S105 - a sentence, not a value
_UNPROVEN = {Reason.SIGN_IN_MISSING, Reason.FORBIDDEN, Reason.WRONG_APP_IDS}
"""Reasons for which no token has come for this organization yet."""


def doubt(reason: Reason, facts: Observations) -> str:
    """Return why the organization id is the first suspect; "" if it is not."""
    if facts.foreign_org and reason is Reason.FORBIDDEN:
        return FOREIGN_TOKEN
    is_odd = organization_uuid(facts.credentials.app.target_org_id) is None
    return ODD if is_odd and reason in _UNPROVEN else ""


def has_worked(facts: Observations) -> bool:
    """Whether the token in `.env` is of the config's organization, and Webex has confirmed it: then
    the id is right."""
    if facts.token is None or facts.confirmed_at is None:
        return False
    named = token_organization(facts.token)
    return named is not None and named == organization_uuid(facts.credentials.app.target_org_id)


def is_doubtful(health: Health, signed_in: Outcome | None) -> bool:
    """Whether the organization id may be why there is no token. `signed_in`: the last outcome."""
    works = health.colour is Colour.AMBER and health.who is Fixer.ADMIN
    is_forbidden = health.reason is Reason.FORBIDDEN and not works
    return (is_forbidden or _is_refused(signed_in)) and not is_account_refused(health, signed_in)


def is_account_refused(health: Health, signed_in: Outcome | None) -> bool:
    """Whether Webex has refused the account, but had given others tokens for this organization."""
    has_worked = signed_in is not None and signed_in.has_worked
    return has_worked and _is_refused(signed_in) and health.who is not Fixer.ADMIN


def _is_refused(signed_in: Outcome | None) -> bool:
    return signed_in is not None and signed_in.ending is SignInResult.WRONG_ACCOUNT
