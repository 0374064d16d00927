"""Behind the adapter: the session that its next exchange goes through."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tray_app.webex.connections import _Line

if TYPE_CHECKING:
    import requests

    from tray_app.webex.client import Webex


def session_of(webex: Webex) -> requests.Session:
    """That session; made now, where there is none."""
    lines = webex.lines
    if not lines._free:
        lines._free.append(_Line(lines._base, lines._release))
    return lines._free[-1].session
