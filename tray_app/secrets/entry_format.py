"""How a pair of tokens, and what is known of its issue, are written as one entry each, as JSON.

The issue's entry holds no secret. `of`: the digests of the pair's tokens, the access token's first;
`issued`, `after`: seconds since the epoch, UTC; `replaced`: digests with spaces between. It stays
below what Windows takes for one entry.
"""

from __future__ import annotations

import json
import math
from typing import Any

from tray_app.model.credentials import Pair
from tray_app.model.local_time import from_timestamp
from tray_app.model.secret import Secret
from tray_app.policy.issue_time import Issue


def format_pair(pair: Pair) -> Secret:
    """Return the entry."""
    tokens = {"access": pair.access.reveal()}
    if pair.refresh is not None:
        tokens["refresh"] = pair.refresh.reveal()
    return Secret(json.dumps(tokens))


def parse_pair(entry: Secret | None) -> Pair | None:
    """Return the pair; None if the entry is missing or damaged: `.env` still has the tokens."""
    tokens = _object(entry)
    access, refresh = (_token(tokens.get(name)) for name in ("access", "refresh"))
    return Pair(access, refresh) if access else None


def format_issue(issue: Issue) -> Secret:
    """Return the entry."""
    entry: dict[str, object] = {"of": " ".join(issue.of)}
    for name, moment in (("issued", issue.issued_at), ("after", issue.after)):
        if moment is not None:
            entry[name] = math.floor(moment.timestamp() * 1000) / 1000
    entry["replaced"] = " ".join(issue.replaced)
    return Secret(json.dumps(entry))


def parse_issue(entry: Secret | None) -> Issue:
    """Return what the entry says; an empty Issue if it is missing or damaged."""
    found = _object(entry)
    return Issue(
        of=_digests(found.get("of")),
        issued_at=from_timestamp(found.get("issued")),
        after=from_timestamp(found.get("after")),
        replaced=_digests(found.get("replaced")),
    )


def _object(entry: Secret | None) -> dict[str, Any]:
    try:
        found = json.loads(entry.reveal() if entry else "{}")
    except (ValueError, RecursionError):
        return {}
    return found if isinstance(found, dict) else {}


def _token(value: object) -> Secret | None:
    found = Secret(value) if isinstance(value, str) else None
    return found if found and found.is_bearer else None


def _digests(value: object) -> tuple[str, ...]:
    return tuple(value.split()) if isinstance(value, str) else ()
