"""The facts of one profile, gathered for judgement."""

from __future__ import annotations

from datetime import datetime

from tray_app.model.credentials import Credentials
from tray_app.model.health import Observations
from tray_app.model.renewal import StoreState
from tray_app.model.settings import Config, SecretStore
from tray_app.policy import renewal
from tray_app.policy.drift import Repair
from tray_app.secrets.vault import Vault
from tray_app.service.config_sync import ConfigSync
from tray_app.service.dependencies import Dependencies
from tray_app.service.env_sync import EnvSync
from tray_app.service.keep_alive import KeepAlive
from tray_app.service.timetable import Timetable


def is_unreachable(config: Config, creds: Credentials, vault: Vault) -> bool:
    """Whether secrets are missing that the config leaves to a keyring, and none is within reach:
    as in cron, or over ssh."""
    held: list[object] = [creds.app.client_secret]
    if creds.integration is not None:
        held += [creds.integration.client_secret, creds.integration.refresh_token]
    no_keyring = config.secret_store is not SecretStore.FILE and vault.state is StoreState.MEMORY
    return no_keyring and config.leaves_secrets and None in held


def observe(
    tools: Dependencies,
    check: EnvSync,
    timetable: Timetable,
    keeping: KeepAlive,
    *,
    intake: ConfigSync,
    now: datetime,
) -> Observations:
    """Return all that is known at `now` (UTC); asks nobody."""
    creds, token, skew = check.credentials, check.tokens.access, tools.limits.skew
    seen = tools.token_facts.seen(token) if token else None
    tokens = [token, *creds.tokens] if token else creds.tokens
    # What begins in the future was told while the clock was wrong: nothing is known of it.
    told = {t.digest: life for t in tokens if (life := tools.token_facts.lifespan(t))}
    lives = {digest: life for digest, life in told.items() if life.began <= now + skew}
    used = {t.digest: usage for t in tokens if (usage := tools.token_facts.usage(t))}
    usages = {
        digest: usage
        for digest, usage in used.items()
        if max(usage.seen_at, usage.used_at or usage.seen_at) <= now + skew
    }
    availabilities = renewal.availabilities(
        creds, tools.token_facts.refusals(renewal.refusal_keys(creds)), now
    )
    if tools.vault.state is StoreState.MEMORY and not tools.permissions.stays:
        availabilities = renewal.without_store(availabilities)
    return Observations(
        credentials=creds,
        token=token,
        availabilities=availabilities,
        lifespans=lives,
        usages=usages,
        confirmed_at=seen.confirmed_at if seen else None,
        rejected=seen.rejected if seen else False,
        under_scoped=seen.under_scoped if seen else False,
        checked_at=check.asked_at,
        waits_until=check.waits_until,
        probe_failure=check.failure,
        renewing=timetable.renewing,
        store=StoreState.LOCKED if creds.locked else tools.vault.state,
        store_fault=tools.vault.fault,
        save_fault=tools.vault.refusal,
        unreachable=is_unreachable(intake.config, creds, tools.vault),
        env_fault=check.fault,
        config_fault=intake.fault,
        foreign_org=check.foreign_org,
        skew=check.skew,
        next_try_at=timetable.next_try,
        poll_seconds=timetable.poll_seconds(intake.config.poll_seconds),
        sources=keeping.sources,
        kept=intake.config.kept,
        keeping=dict(keeping.failing),
        attended=tools.is_attended,
        can_write_back=check.pending in (Repair.WRITE_BACK, Repair.TRY_REFRESH),
    )
