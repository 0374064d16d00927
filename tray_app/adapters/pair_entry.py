"""The entry of a store that holds two tokens, and the digests of the tokens that they replaced.

All of it is one write: wherever a crash strikes, what is known to be old is as new as the tokens.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import NamedTuple

from tray_app.core.credentials import Pair
from tray_app.core.secret import Secret

_MOST_REPLACED = 6
"""Digests that are kept; what was replaced before that is known from the database."""


class PairEntry(NamedTuple):
    """Two tokens; `replaced`: digests (SHA-256 in hex) of what they took the place of, the latest
    first."""

    pair: Pair
    replaced: tuple[str, ...] = ()


def encoded(pair: Pair, replaced: Sequence[str] = ()) -> Secret:
    """Return the entry. Earlier versions of this program read the tokens and ignore the rest."""
    found: dict[str, object] = {"access": pair.access.reveal()}
    if pair.refresh is not None:
        found["refresh"] = pair.refresh.reveal()
    if replaced:
        found["replaced"] = list(replaced[:_MOST_REPLACED])
    return Secret(json.dumps(found))


def decoded(entry: Secret) -> PairEntry | None:
    """Return what the entry holds; None where it is not ours, or damaged."""
    try:
        found = json.loads(entry.reveal())
    except (ValueError, RecursionError):
        return None
    if not isinstance(found, dict):
        return None
    access, refresh = (_token(found.get(name)) for name in ("access", "refresh"))
    return PairEntry(Pair(access, refresh), _digests(found.get("replaced"))) if access else None


def _digests(value: object) -> tuple[str, ...]:
    return tuple(v for v in value if isinstance(v, str)) if isinstance(value, list) else ()


def _token(value: object) -> Secret | None:
    found = Secret(value) if isinstance(value, str) else None
    return found if found and found.is_bearer else None
