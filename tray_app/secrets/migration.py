"""Moves one profile's secrets from one store to the other."""

from __future__ import annotations

import logging
from collections.abc import Callable, Collection
from contextlib import suppress

from tray_app.model.errors import VaultError
from tray_app.model.secret import Secret
from tray_app.secrets.names import SecretNames
from tray_app.secrets.store import Store

log = logging.getLogger(__name__)


def move_secrets(
    former: Store,
    store: Store,
    names: SecretNames,
    is_old: Callable[[Secret], bool],
    *,
    except_for: Collection[str],
    kept_too: Collection[str],
) -> int:
    """Move them in the calling thread; returns how many.

    `is_old`: whether a secret is known to have been replaced, so that it is only removed;
    `except_for`: names that are not moved; `kept_too`: names that are copied. Raises VaultError.
    """
    moved = 0
    for name in names.all:
        value = None if name in except_for else former.get(name, prompt=False)
        if not value:
            continue
        if not is_old(Secret(value)):
            store.set(name, value, prompt=False)
            moved += 1
        if name not in kept_too:
            with suppress(VaultError):  # it stays there, and becomes an old one
                former.remove(name, prompt=False)
    log.info("%d secrets moved from %s into %s", moved, former.name, store.name)
    return moved
