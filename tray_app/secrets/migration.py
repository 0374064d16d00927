"""Secrets moved from the store that a profile used before into the one that it uses now."""

from __future__ import annotations

import logging
from collections.abc import Callable, Sequence
from contextlib import suppress

from tray_app.model.errors import VaultError
from tray_app.model.secret import Secret
from tray_app.secrets.store import Store

log = logging.getLogger(__name__)


def move(
    former: Store,
    store: Store,
    names: Sequence[str],
    *,
    stay: Sequence[str],
    is_old: Callable[[Secret], bool],
) -> int:
    """Move these entries; returns how many there were. Raises VaultError.

    `stay`: those that stay where they are as well; `is_old`: whether a secret is known to have been
    replaced since.
    """
    moved = 0
    for name in names:
        value = former.get(name, prompt=False)
        if not value:
            continue
        if not is_old(Secret(value)):
            store.set(name, value, prompt=False)
            moved += 1
        if name not in stay:
            with suppress(VaultError):  # it stays there, and is an old one soon
                former.remove(name, prompt=False)
    log.info("%d secrets moved from %s into %s", moved, former.name, store.name)
    return moved
