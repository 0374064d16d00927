"""The forecast in a sentence."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime

from tray_app.core.forecast import Break
from tray_app.core.model import LinkName

_NAMES = {
    LinkName.ACCESS: "the service app token",
    LinkName.REFRESH: "its refresh token",
    LinkName.PERSONAL: "the personal access token",
    LinkName.DATA_SOURCE: "data source",
}


def forecast(found: Break, say: Callable[[datetime], str]) -> str:
    """Say what breaks, and when; a sign-in by what a person has to do. `say`: puts a time as a
    person reads it."""
    when = say(found.at) if found.at else "when is not known"
    if found.link is LinkName.SIGN_IN:
        return f"Browser sign-in needed by {when}"
    name = f"{_NAMES[found.link]} {found.subject}".rstrip()
    return f"Breaks first: {name}, {when}"
