"""What is known of a pair's issue, as the JSON of an entry of its own. No secrets in it.

`of`: the marks of the pair's tokens, the access token's first; `issued`, `after`: seconds since the
epoch, UTC; `replaced`: marks, parted by spaces. It stays below what Windows takes for one entry.
"""

from __future__ import annotations

import json
import math
from contextlib import suppress
from datetime import UTC, datetime

from tray_app.model.secret import Secret
from tray_app.policy.issue_time import Issue


def written(issue: Issue) -> Secret:
    """Return the entry."""
    entry: dict[str, object] = {"of": " ".join(issue.of)}
    for name, moment in (("issued", issue.issued_at), ("after", issue.after)):
        if moment is not None:
            entry[name] = math.floor(moment.timestamp() * 1000) / 1000
    entry["replaced"] = " ".join(issue.replaced)
    return Secret(json.dumps(entry))


def read(entry: Secret | None) -> Issue:
    """Return what an entry says; nothing is known if there is none, or a damaged one."""
    if entry is None:
        return Issue()
    try:
        found = json.loads(entry.reveal())
    except (ValueError, RecursionError):
        return Issue()
    if not isinstance(found, dict):
        return Issue()
    return Issue(
        of=_refusals(found.get("of")),
        issued_at=_moment(found.get("issued")),
        after=_moment(found.get("after")),
        replaced=_refusals(found.get("replaced")),
    )


def _refusals(value: object) -> tuple[str, ...]:
    return tuple(value.split()) if isinstance(value, str) else ()


def _moment(value: object) -> datetime | None:
    if isinstance(value, int | float) and not isinstance(value, bool):
        with suppress(ValueError, OverflowError, OSError):
            return datetime.fromtimestamp(value, UTC)
    return None
