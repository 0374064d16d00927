"""Moves the secrets that a config had for itself before it was approved."""

from __future__ import annotations

import logging
import os
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path

from tray_app.model.errors import Busy, VaultError
from tray_app.model.renewal import StoreState
from tray_app.model.secret import Secret
from tray_app.secrets.entry_format import parse_pair
from tray_app.secrets.file_store import SecretFile
from tray_app.secrets.names import SecretNames
from tray_app.secrets.vault import Vault
from tray_app.system.locks import Locks

log = logging.getLogger(__name__)


def take_over(
    path: Path,
    vault: Vault,
    names: SecretNames,
    locks: Locks,
    *,
    is_old: Callable[[Secret], bool],
) -> None:
    """Move the secrets in the file at `path` into the profile's store.

    `is_old`: whether a newer value has replaced a secret. Secrets in the store stay unless they are
    old. If moving fails, the rest stays in the file for another time.
    """
    if not os.path.exists(path):  # noqa: PTH110 - never raises
        return
    lock = locks.acquire("app", names.host, names.app_id, names.org_id)
    try:
        with lock:
            moved = _move(SecretFile(path), vault, names, is_old)
    except (VaultError, Busy) as error:
        log.warning("secrets stay in %s: %s", path, error)
    else:
        log.info("%d secrets taken over from %s", moved, path)


def _move(
    own: SecretFile, vault: Vault, names: SecretNames, is_old: Callable[[Secret], bool]
) -> int:
    """Move them; returns how many. Raises VaultError."""
    moved = 0
    for own_name, name in zip(names.of_this_user.all, names.all, strict=True):
        value = own.get(own_name, prompt=False)
        if value is None:
            continue
        new_name = _new_name(name, Secret(value), vault, names, is_old)
        if new_name:
            vault.save(new_name, Secret(value))
            if vault.state is not StoreState.DURABLE:
                raise VaultError("there is no keyring to move them into")
            moved += 1
        own.remove(own_name, prompt=False)
    return moved


def remove(path: Path) -> bool:
    """Remove such a file; False if there is none."""
    with suppress(OSError):
        path.unlink()
        return True
    return False


def _new_name(
    name: str, secret: Secret, vault: Vault, names: SecretNames, is_old: Callable[[Secret], bool]
) -> str:
    """The name to save it under; "" if the store has a newer one or the same."""
    if name in (names.pair, names.issue, names.candidate):
        # The pair decides, also for what is known about it.
        held_pair = parse_pair(vault.load(names.pair if name == names.issue else name))
        return name if held_pair is None or is_old(held_pair.access) else ""
    held = vault.load(name)
    if is_old(secret) or held == secret:
        return ""
    if held is None or is_old(held):
        return name
    displaced = SecretNames.displaced(name)  # restored if Webex rejects the current one
    return displaced if displaced in names.all and vault.load(displaced) is None else ""
