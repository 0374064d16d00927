"""The secrets that an earlier version kept for a config of another user, among this user's own.

That version told no owners apart. What it kept is moved once, and only if nothing but this config
can have used it; else its owner could name the ids of this user's app, and get that app's tokens.
"""

from __future__ import annotations

import logging
from collections.abc import Iterable

from tray_app.model.errors import Busy, ConfigError, VaultError
from tray_app.model.printable import printable, quoted
from tray_app.model.renewal import StoreState
from tray_app.secrets.names import SecretNames
from tray_app.service.dependencies import Dependencies
from tray_app.service.env_sync import EnvSync
from tray_app.service.other_profiles import OtherProfile
from tray_app.system.dirs import profile_id

log = logging.getLogger(__name__)


def take_over_served(tools: Dependencies, names: SecretNames, env_sync: EnvSync) -> str:
    """Move what an earlier version kept for this config to `names`; returns what the person should
    hear, once, "" if nothing. Without permission to renew, only says what would be done.

    If the store or its lock is not available, that is left for another time.
    """
    path, facts = tools.config_file.path, tools.token_facts
    served, told = tools.report.served_config(), f"kept-apart/{profile_id(path)}"
    if served is None:
        return ""
    whose = f"{printable(str(path))} belongs to another user; its secrets are kept apart from yours"
    is_told = facts.paused_until(told) is not None
    if not tools.permissions.renew:
        if is_told:
            return ""
        command = quoted("webex-token-tray", "--config", str(path), "refresh", "--if-due")
        return f"{whose}: {command} looks for what an earlier version kept for it."
    try:
        with env_sync.locked():
            left = _move(tools, names, is_same=served == tools.config_file.opened)
    except (Busy, ConfigError, VaultError) as error:
        log.warning("what an earlier version has kept for another user is not moved yet: %s", error)
        return ""
    if is_told or not left:
        return ""
    facts.pause(told, tools.clock())
    step = quoted("webex-token-tray", "--config", str(path), "setup")
    return f"{whose}. No longer used for it: {'; '.join(left)}. Enter what it needs with {step}."


def _move(tools: Dependencies, names: SecretNames, *, is_same: bool) -> list[str]:
    """Move them; returns what is left, and why. Raises ConfigError, VaultError.

    The app's client secret is copied if this user's own configs have the app for other
    organizations only: without a token it gives nothing.
    """
    vault, shared, left, moved = tools.vault, names.of_this_user, [], 0
    app_secrets = (shared.app_secret, shared.displaced(shared.app_secret))
    others = [it for it in tools.other_profiles() if not _has_owner(it, names.owner)]
    for name, new_name in zip(shared.all, names.all, strict=True):
        secret = vault.load(name)
        if secret is None or vault.load(new_name) is not None:
            continue
        reasons = _users(others, shared.pair if name in app_secrets else name)
        if not is_same:
            reasons = ["the config has changed since"]
        if reasons:
            left.append(f"{shared.describe(name)} ({', '.join(map(printable, reasons))})")
            continue
        vault.save(new_name, secret)
        if vault.state is not StoreState.DURABLE:
            raise VaultError("it cannot be saved")
        if not _users(others, name):
            vault.remove(name)
        moved += 1
    if vault.state is StoreState.DURABLE and not left:
        tools.report.forget_served()
    log.info("%d secrets of another user's config moved, %d left", moved, len(left))
    return left


def _has_owner(other: OtherProfile, owner: str) -> bool:
    return other.names is not None and other.names.owner == owner


def _users(others: Iterable[OtherProfile], name: str) -> list[str]:
    """Those whose entry of this name it is, or may be, in the terms of the earlier version."""
    return [it.label for it in others if it.names is None or name in it.names.of_this_user.all]
