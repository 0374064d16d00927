"""What is too old to be of use is forgotten, once a day, and never what is in use."""

from __future__ import annotations

from collections.abc import Collection
from datetime import timedelta

from tray_app.model.failures import Refusal
from tray_app.model.renewal import RenewalMethod
from tray_app.model.secret import Secret
from tray_app.policy import renewal
from tray_app.service.credentials import CredentialRepository
from tray_app.service.dependencies import Dependencies
from tray_app.service.env_sync import EnvSync
from tray_app.storage.event_log import KEPT_FOR

FACTS_KEPT_FOR = timedelta(days=365)
"""Since they were last of use. Longer than tokens live: what comes back after that is dead."""
_EVERY = timedelta(days=1)
_NAME = "forgetting"


def forget_old(tools: Dependencies, check: EnvSync, custody: CredentialRepository) -> None:
    """Forget events and facts by their age, unless that was done today.

    Only where Webex's clock agrees with ours: one that is years ahead would forget everything.
    """
    now, done = tools.clock(), tools.journal.paused_until(_NAME)
    if done is not None and now < done <= now + _EVERY:
        return
    agrees = check.skew is not None and abs(check.skew) < tools.limits.clock_off
    if check.trouble is not None or not agrees:
        return
    tools.journal.pause(_NAME, now + _EVERY)
    tools.history.forget_before(now - KEPT_FOR)
    tools.journal.forget_before(now - FACTS_KEPT_FOR, _needed(check, custody))


def forget_profile(
    tools: Dependencies, custody: CredentialRepository, kept: Collection[str]
) -> tuple[str, ...]:
    """Remove the profile's secrets but those `kept` for others, then its history, its last report,
    and what is known of tokens that nobody else uses. Returns where each secret was.

    Raises VaultError.
    """
    prompt = tools.permissions.prompt
    custody.load(prompt=prompt)
    tokens = _own_tokens(custody, kept)
    gone = custody.forget(kept, prompt=prompt)
    tools.report.forget()
    tools.history.forget()
    tools.journal.forget_tokens(tokens)
    return gone


def _own_tokens(custody: CredentialRepository, kept: Collection[str]) -> list[Secret]:
    """The tokens held by entries of this profile other than those `kept`."""
    creds, entries = custody.credentials, custody.entries
    name = entries.of_integration
    held: dict[str, tuple[Secret | None, ...]] = {
        entries.pasted: (creds.pasted,),
        name("access"): (creds.integration_access,),
        name("refresh"): (creds.integration.refresh_token if creds.integration else None,),
    }
    for entry, pair in ((entries.pair, creds.pair), (entries.candidate, creds.candidate)):
        held[entry] = (pair.access, pair.refresh) if pair else ()
    own = (tokens for entry, tokens in held.items() if entry not in kept)
    return [token for tokens in own for token in tokens if token is not None]


def _needed(check: EnvSync, custody: CredentialRepository) -> set[str]:
    """The digests of what is held, and the keys of its refusals."""
    creds = custody.credentials
    tokens = [*creds.tokens, *filter(None, (check.tokens.access, check.tokens.refresh))]
    keys = {
        renewal.refusal_key(rung, refusal, creds) for rung in RenewalMethod for refusal in Refusal
    }
    return keys | {token.digest for token in tokens}
