"""Forgets once a day what is too old to be of use, and never what is in use."""

from __future__ import annotations

from collections.abc import Collection
from datetime import timedelta

from tray_app.model.secret import Secret
from tray_app.policy import renewal
from tray_app.service.credentials import CredentialRepository
from tray_app.service.dependencies import Dependencies
from tray_app.service.env_sync import EnvSync
from tray_app.service.timetable import is_ahead
from tray_app.storage.event_log import KEPT_FOR

FACTS_KEPT_FOR = timedelta(days=365)
"""Since they were last used. Longer than tokens live: a token that comes back later is dead."""
_EVERY = timedelta(days=1)
_NAME = "forgetting"


def forget_old(tools: Dependencies, env_sync: EnvSync, repository: CredentialRepository) -> None:
    """Forget events and facts by their age, unless that was done today.

    Only if Webex's clock agrees with ours: one that is years ahead would forget everything.
    """
    now, done = tools.clock(), tools.token_facts.paused_until(_NAME)
    if is_ahead(done, now, _EVERY.total_seconds()):
        return
    check = env_sync.check
    agrees = check.skew is not None and abs(check.skew) < tools.limits.clock_off
    if check.failure is not None or not agrees:
        return
    tools.token_facts.pause(_NAME, now + _EVERY)
    tools.history.forget_before(now - KEPT_FOR)
    tools.token_facts.forget_before(now - FACTS_KEPT_FOR, _needed(env_sync, repository))


def forget_profile(
    tools: Dependencies, repository: CredentialRepository, kept: Collection[str]
) -> tuple[tuple[str, str], ...]:
    """Remove the profile's secrets but those `kept` for others, then its history, its last report,
    and what is known of tokens that no other profile uses. Returns which there were, and where.

    Raises VaultError.
    """
    prompt = tools.permissions.prompt
    repository.load(prompt=prompt)
    tokens = _own_tokens(repository, kept)
    own = [name for name in repository.names.all if name not in kept]
    gone = repository.vault.forget(own, prompt=prompt)
    tools.report.forget()
    tools.token_facts.report(tools.config_file.path, tools.webex.base).forget_base()
    tools.history.forget()
    if tools.told is not None:
        tools.told.forget()
    tools.token_facts.forget_tokens(tokens)
    return gone


def _own_tokens(repository: CredentialRepository, kept: Collection[str]) -> list[Secret]:
    """The tokens held by entries of this profile other than those `kept`."""
    creds, names = repository.credentials, repository.names
    name = names.of_integration
    held: dict[str, tuple[Secret | None, ...]] = {
        names.personal_token: (creds.personal_token,),
        name("access"): (creds.integration_access,),
        name("refresh"): (creds.integration.refresh_token if creds.integration else None,),
    }
    for entry, pair in ((names.pair, creds.pair), (names.candidate, creds.candidate)):
        held[entry] = (pair.access, pair.refresh) if pair else ()
    own = (tokens for entry, tokens in held.items() if entry not in kept)
    return [token for tokens in own for token in tokens if token is not None]


def _needed(env_sync: EnvSync, repository: CredentialRepository) -> set[str]:
    """The digests of what is held, and the keys of its refusals."""
    creds = repository.credentials
    tokens = [*creds.tokens, *filter(None, (env_sync.tokens.access, env_sync.tokens.refresh))]
    return {*renewal.refusal_keys(creds), *(token.digest for token in tokens)}
